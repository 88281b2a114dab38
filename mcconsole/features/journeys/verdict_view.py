"""What became of an event: the timeline while it is watched, then the verdict with its evidence and the receipt."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal, Slot

from mcconsole.core import snippets
from mcconsole.features.journeys.looks import look_of
from mcconsole.features.journeys.service import Checked, Receipt
from mcconsole.features.journeys.verdict import Verdict
from mcconsole.ui.outcome_view import End, OutcomeView, Words
from mcconsole.ui.state import AppState
from mcconsole.ui.widgets import small_button


def _tr(text: str) -> str:
    return QCoreApplication.translate("Verdict", text)


def _words() -> Words:
    return Words(
        title=_tr("Verdict"),
        hint=_tr(
            "Here it is told what became of the event: accepted, written, in the journey, and what proves it."
        ),
        what=_tr("the event"),
        copy_id=_tr("Copy the event instance id"),
        stages={
            "accepted": _tr("Accepted"),
            "row": _tr("Row written"),
            "processed": _tr("Processed"),
            "in the journey": _tr("In the journey"),
            "history": _tr("History"),
        },
    )  # fmt: skip


class VerdictView(OutcomeView):
    """From firing to the verdict on one contact."""

    exit_wanted = Signal(str)
    """The contact with this key should be taken out of the journey."""

    def __init__(self, state: AppState) -> None:
        super().__init__(state, _words(), self._call)
        self.receipt: Receipt | None = None
        self._checked: Checked | None = None
        self.exit = small_button(self.tr("Take this contact out…"))
        self.more.addWidget(self.exit)
        self.more.addStretch(1)
        self.exit.clicked.connect(self._exit)
        self.clear()

    def show_receipt(self, checked: Checked, receipt: Receipt) -> None:
        """The verdict."""
        self.receipt, self._checked = receipt, checked
        _, tone, word = look_of(receipt.verdict)
        if receipt.accepted is False:
            word = self.tr("not accepted")
        proof = self.tr("Proof: {}.").format(receipt.reason)
        self.show_end(
            End(
                title=f"{word[:1].upper()}{word[1:]}: {receipt.contact_key}",
                tone=tone,
                word=word,
                text=proof if receipt.verdict is Verdict.ENTERED else receipt.reason,
                reason=receipt.reason,
                stages=receipt.stages,
                id_text=self.tr("Event instance id {}").format(receipt.event_instance_id),
                id=receipt.event_instance_id,
                advice=receipt.advice,
                error=receipt.error,
                exchange=receipt.exchange,
            )
        )

    def show_end(self, end: End) -> None:
        """The verdict, and what may be done with the contact."""
        super().show_end(end)
        if self.receipt is not None and self._checked is not None:
            self.exit.setVisible(self.receipt.accepted is not False and bool(self._checked.situation.journeys))

    def _show(self, title: str, *, watching: bool) -> None:
        super()._show(title, watching=watching)
        self.exit.hide()

    @Slot()
    def _exit(self) -> None:
        if self.receipt is not None:
            self.exit_wanted.emit(self.receipt.contact_key)

    def _call(self) -> snippets.Call | None:
        if self._checked is None:
            return None
        checked = self._checked
        return snippets.event_call(checked.situation.source.key, checked.contact_key, checked.data)
