"""One contact: its key and data, the checklist, the firing, and the verdict."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, Signal, Slot

from mcconsole.core import payload
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.features.journeys import checklist, service
from mcconsole.features.journeys.before import Before
from mcconsole.features.journeys.draft import Draft
from mcconsole.features.journeys.event_form import Event, EventForm
from mcconsole.features.journeys.service import Checked, Receipt
from mcconsole.features.journeys.situation import Situation
from mcconsole.features.journeys.verdict_view import VerdictView
from mcconsole.ui.fire_pane import FirePane, Job, Words, place
from mcconsole.ui.state import Connection
from mcconsole.ui.widgets import small_button


def _words() -> Words:
    def tr(text: str) -> str:
        return QCoreApplication.translate("OneView", text)

    return Words(
        fire=tr("Fire"),
        before=tr("Before firing"),
        again=tr("Fire again…"),
        not_fired=tr("Not fired"),
        not_again=tr("Not fired again"),
        repeat_title=tr("Fire the same again"),
        repeated=tr("The same was fired a moment ago. {} again?"),
        busy=tr("An event is on its way or being watched."),
        checking=tr("Checking the event"),
        budget=tr("How long it is looked for a proof that the contact entered"),
    )


class OneView(FirePane):
    """Fires for one contact."""

    exit_wanted = Signal(str)
    """A contact should be taken out of the journey."""
    keep_wanted = Signal(str, object)
    """A contact and its data should be kept as a test contact."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.form = EventForm()
        self.contact, self.raw, self.editor = self.form.contact, self.form.raw, self.form.editor
        self.verdict = VerdictView(draft.state)
        self.checked: Checked | None = None
        """What the checklist shows; None while something has changed since."""
        self._before: tuple[Situation, str, Before] | None = None
        super().__init__(draft.state, self.form, self.verdict, _words(), "journeys")
        self.keep = small_button(self.tr("Keep as test contact"))
        self.tools.addWidget(self.keep)
        self.form.changed.connect(self._form_changed)
        self.keep.clicked.connect(self._keep)
        self.verdict.exit_wanted.connect(self.exit_wanted)

    def look(self) -> None:
        """Show the situation that the draft has."""
        known, former = self.draft.situation, self.form.situation
        if known is None or known is former:
            self.look_at_button()
            return
        if former is None or former.source.key != known.source.key:
            self.begin_anew()
        self.form.show_situation(known)

    def request(self) -> Event | None:
        """What would be fired now; None while the draft and the form do not agree, or the form says nothing."""
        return self.form.event_now() if self.draft.situation is self.form.situation else None

    def waiting(self) -> str:
        """Why there is no event."""
        return self.tr("The fields are being read.")

    def check_job(self, request: Event) -> Job:
        """Go through the checklist."""
        before = None
        if self._before is not None and self._before[:2] == (request.situation, request.contact_key):
            before = self._before[2]
        return partial(
            service.check,
            client=self.draft.client,
            known=request.situation,
            contact_key=request.contact_key,
            data=request.data,
            raw=request.raw,
            before=before,
        )

    def show_checked(self, request: Event, checked: Checked) -> str:
        """Show the checklist."""
        if checked.before.seen:
            self._before = (request.situation, request.contact_key, checked.before)
        self.checked = checked
        self.checklist.show_items(checklist.items(checked))
        return checked.refusals[0].text if checked.refusals else ""

    def fire_job(self, request: Event, budget: float | None, *, force: bool) -> Job:
        """Fire once."""
        return partial(
            service.check_and_fire,
            client=self.draft.client,
            known=request.situation,
            contact_key=request.contact_key,
            data=request.data,
            raw=request.raw,
            budget=budget,
            force=force,
        )

    def show_fired(self, result: tuple[Checked, Receipt]) -> None:
        """Show the verdict."""
        self._before = None
        self.verdict.show_receipt(*result)

    def _not_fired(self, error: ConsoleError) -> None:
        super()._not_fired(error)
        if isinstance(error, BadInput):  # what the form rests on may be old
            self.draft.choose(self.draft.chosen)

    def sentence(self, connection: Connection) -> str:
        """What the button does."""
        known = self.draft.situation
        if known is None:
            return ""
        contact = self.contact.text().strip() or self.tr("a contact")
        return self.tr("Fire {} for {} in {}").format(known.source.name, contact, place(connection))

    @Slot()
    def _form_changed(self) -> None:
        self.checked = None
        self.keep.setEnabled(bool(self.contact.text().strip()) and self.editor.data() is not None)

    @Slot()
    def _keep(self) -> None:
        if (data := self.editor.data()) is not None:
            self.keep_wanted.emit(self.contact.text().strip(), payload.as_json(data))
