"""One recipient: address and attributes, the checklist, the firing, and what became of the message."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, Signal, Slot

from mcconsole.core import payload
from mcconsole.core.errors import ConsoleError
from mcconsole.features.sends import checklist, service
from mcconsole.features.sends.definitions import Status
from mcconsole.features.sends.draft import Draft, same
from mcconsole.features.sends.outcome_view import OutcomeView
from mcconsole.features.sends.recipient_form import Message, RecipientForm
from mcconsole.features.sends.run import Receipt
from mcconsole.features.sends.service import Checked
from mcconsole.features.sends.situation import Situation
from mcconsole.ui.fire_pane import FirePane, Job, Words, place
from mcconsole.ui.state import Connection
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import BUDGET, Line, small_button


def _words() -> Words:
    def tr(text: str) -> str:
        return QCoreApplication.translate("SendView", text)

    return Words(
        fire=tr("Send"),
        before=tr("Before sending"),
        again=tr("Send again…"),
        not_fired=tr("Not sent"),
        not_again=tr("Not sent again"),
        repeat_title=tr("Send the same again"),
        repeated=tr("The same was sent a moment ago. {} again?"),
        busy=tr("A message is on its way or being watched."),
        checking=tr("Checking the message"),
        budget=tr("How long it is looked whether the message was sent"),
    )


class OneView(FirePane):
    """Sends to one recipient."""

    start_wanted = Signal()
    """The definition should be started."""
    keep_wanted = Signal(str, object)
    """A subscriber key and its data should be kept in a set."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.form = RecipientForm()
        self.checked: Checked | None = None
        """What the checklist shows; None while something has changed since."""
        outcome = OutcomeView(draft.state)
        super().__init__(draft.state, self.form, outcome, _words(), "sends")
        self.sent = outcome
        self.start = Line()
        self.keep = small_button(self.tr("Keep as test contact"))
        self.tools.addWidget(self.keep)
        self.notes.addWidget(self.start)
        self.form.changed.connect(self._form_changed)
        self.keep.clicked.connect(self._keep)
        outcome.look_again.connect(self._look_again)
        self._form_changed()

    def look(self) -> None:
        """Show the situation that the draft has."""
        known, former = self.draft.situation, self.form.situation
        self._offer_start(known)
        if known is None or known is former:
            self.look_at_button()
            return
        if former is None or not same(former.definition, known.definition):
            self.begin_anew()
        self.form.show_situation(known)

    def _offer_start(self, known: Situation | None) -> None:
        """Beside what is not started stands how to start it."""
        status = known.definition.status if known is not None else ""
        texts = {
            "": (Tone.INFO, ""),
            Status.NEW: (Tone.ERROR, self.tr("It was never started, so nothing can be sent through it.")),
            Status.INACTIVE: (Tone.WARNING, self.tr("It is paused: what is sent waits until it is started.")),
        }
        tone, text = texts.get(status, texts[""])
        self.start.say(tone, text, *(((self.tr("Start it…"), self.start_wanted.emit),) if text else ()))

    def request(self) -> Message | None:
        """What would be sent now; None while the draft and the form do not agree, or the form says nothing."""
        return self.form.message() if self.draft.situation is self.form.situation else None

    def waiting(self) -> str:
        """Why there is no message."""
        return self.tr("The definition is being read.")

    def check_job(self, request: Message) -> Job:
        """Go through the checklist."""
        client = self.draft.client
        return partial(service.check, client=client, known=request.situation, to=request.recipient)

    def show_checked(self, _: Message, checked: Checked) -> str:
        """Show the checklist."""
        self.checked = checked
        self.checklist.show_items(checklist.items(checked))
        return checked.refusals[0].text if checked.refusals else ""

    def fire_job(self, request: Message, budget: float | None, *, force: bool) -> Job:
        """Send once."""
        return partial(
            service.check_and_send,
            client=self.draft.client,
            known=request.situation,
            to=request.recipient,
            budget=budget,
            force=force,
        )

    def show_fired(self, result: tuple[Checked, Receipt]) -> None:
        """Show what became of it."""
        self.sent.show_receipt(*result)

    def sentence(self, connection: Connection) -> str:
        """What the button does."""
        known = self.draft.situation
        if known is None:
            return ""
        to = self.form.address.text().strip() or self.tr("one recipient")
        return self.tr("Send {} to {} in {}").format(known.definition.name, to, place(connection))

    @Slot()
    def _look_again(self) -> None:
        """What was not known may be known now."""
        checked, receipt = self.sent.checked, self.sent.receipt
        if checked is None or receipt is None or self.draft.client is None or self.firing:
            return
        seconds = float(self.budget.value() or BUDGET)
        job = partial(
            service.look_again,
            client=self.draft.client,
            checked=checked,
            before=receipt,
            budget=seconds,
        )
        self.begin(job, self.tr("Looking what became of {}").format(receipt.address), seconds, self._not_looked)

    def _not_looked(self, error: ConsoleError) -> None:
        """What is known of the message stays."""
        self.sent.show_repeated(error, self.tr("It could not be looked for"))

    @Slot()
    def _form_changed(self) -> None:
        self.checked = None
        self.keep.setEnabled(bool(self.form.subscriber.text().strip()) and self.form.editor.data() is not None)

    @Slot()
    def _keep(self) -> None:
        data = self.form.editor.data()
        if data is not None:
            own = {"EmailAddress": self.form.address.text().strip()}
            known = self.form.situation
            if known is not None and known.address_field:
                own = {known.address_field: self.form.address.text().strip()}
            self.keep_wanted.emit(self.form.subscriber.text().strip(), payload.as_json({**own, **data}))
