"""What became of a message: the timeline while it is watched, then the end and the receipt."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal

from mcconsole.core.snippets import Call
from mcconsole.features.sends import calls
from mcconsole.features.sends.definitions import Kind
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.looks import outcome_look
from mcconsole.features.sends.run import Receipt
from mcconsole.features.sends.service import Checked
from mcconsole.ui import icons, outcome_view
from mcconsole.ui.outcome_view import End, Words
from mcconsole.ui.state import AppState
from mcconsole.ui.widgets import small_button


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

    look_again = Signal()
    """What is not known shall be looked for again."""

    def __init__(self, state: AppState) -> None:
        super().__init__(state, _words(), self._call)
        self.receipt: Receipt | None = None
        self.checked: Checked | None = None
        self.again = small_button(self.tr("Look again"))
        self.again.setToolTip(self.tr("Look again what became of the message; a triggered send is never repeated"))
        icons.follow(self.again, "refresh")
        self.more.addWidget(self.again)
        self.more.addStretch(1)
        self.again.clicked.connect(self.look_again)
        self.clear()

    def show_receipt(self, checked: Checked, receipt: Receipt) -> None:
        """The end."""
        self.receipt, self.checked = receipt, checked
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

    def show_end(self, end: End) -> None:
        """The end, and where it is not known a way to look again."""
        super().show_end(end)
        told = self.receipt
        self.again.setVisible(
            told is not None and bool(told.send_id) and told.outcome in (Outcome.NOT_KNOWN, Outcome.NOT_CHECKED)
        )

    def _show(self, title: str, *, watching: bool) -> None:
        super()._show(title, watching=watching)
        self.again.hide()

    def _call(self) -> Call | None:
        if self.checked is None or self.receipt is None:
            return None
        key = self.receipt.reference if self.receipt.kind is Kind.TRANSACTIONAL else ""
        return calls.written(self.checked.situation.definition, self.checked.recipient, key)
