"""What became of a message: the timeline while it is watched, then the end and the receipt."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from mcconsole.core.snippets import Call
from mcconsole.features.sends import calls
from mcconsole.features.sends.definitions import Kind
from mcconsole.features.sends.looks import outcome_look
from mcconsole.features.sends.run import Receipt
from mcconsole.features.sends.service import Checked
from mcconsole.ui import outcome_view
from mcconsole.ui.outcome_view import End, Words
from mcconsole.ui.state import AppState


def _words() -> Words:
    def tr(text: str) -> str:
        return QCoreApplication.translate("SendOutcome", text)

    return Words(
        title=tr("Outcome"),
        hint=tr("Here it is told what became of the message: accepted, queued, sent, or not sent and why."),
        what=tr("the send"),
        copy_id=tr("Copy the id of the message"),
        stages={
            "accepted": tr("Accepted"),
            "queued": tr("Queued"),
            "sent": tr("Sent"),
            "delivered": tr("Delivered"),
        },
    )


class OutcomeView(outcome_view.OutcomeView):
    """From firing to Sent, Not sent or Not known yet."""

    def __init__(self, state: AppState) -> None:
        super().__init__(state, _words(), self._call)
        self.receipt: Receipt | None = None
        self._checked: Checked | None = None
        self.clear()

    def show_receipt(self, checked: Checked, receipt: Receipt) -> None:
        """The end."""
        self.receipt, self._checked = receipt, checked
        _, tone, word = outcome_look(receipt.outcome)
        if receipt.accepted is False:
            word = self.tr("not accepted")
        ids = {Kind.TRIGGERED: self.tr("Recipient send id {}"), Kind.TRANSACTIONAL: self.tr("Message key {}")}
        self.show_end(
            End(
                title=f"{word[:1].upper()}{word[1:]}: {receipt.address}",
                tone=tone,
                word=word,
                text=receipt.reason,
                reason=receipt.reason,
                stages=[replace(one, text="") if one.text == receipt.reason else one for one in receipt.stages],
                id_text=ids[receipt.kind].format(receipt.reference),
                id=receipt.reference,
                advice=receipt.advice,
                error=receipt.error,
                exchange=receipt.exchange,
            )
        )

    def _call(self) -> Call | None:
        if self._checked is None or self.receipt is None:
            return None
        key = self.receipt.reference if self.receipt.kind is Kind.TRANSACTIONAL else ""
        return calls.written(self._checked.situation.definition, self._checked.recipient, key)
