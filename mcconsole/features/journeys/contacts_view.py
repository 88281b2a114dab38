"""Sets of test contacts for the chosen entry source: edit them, fire a set, see what became of each."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QProgressBar, QSpinBox, QVBoxLayout, QWidget

from mcconsole.core.contacts import ContactSet, TestContact
from mcconsole.core.errors import ConsoleError
from mcconsole.core.guard import Repeated
from mcconsole.core.jobs import Progress
from mcconsole.core.tenant import Environment
from mcconsole.features.journeys import looks, set_run
from mcconsole.features.journeys.draft import Draft
from mcconsole.features.journeys.set_run import SetRun
from mcconsole.ui import icons, theme
from mcconsole.ui.banner import Action
from mcconsole.ui.confirm import ask
from mcconsole.ui.contact_sets import ContactSets
from mcconsole.ui.many.file_page import BUDGET, LONGEST
from mcconsole.ui.pages import show_on_bar
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, MainButton, has_keyboard, plain, small_button

RUN_KEY = "journeys.set"


class ContactsView(QWidget):
    """The editor of the sets, and the button that fires the one that is shown."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.question: QMessageBox | None = None
        self._firing = False
        self._key = ""
        self.sets = ContactSets(self.state, looks.by_word())
        self.line = Line()
        self.seconds = QSpinBox()
        self.bar = QProgressBar()
        self.note = plain("")
        self.cancel = small_button(self.tr("Stop"))
        self.main = MainButton()
        self._build()
        self.sets.changed.connect(self._look_at_main)
        self.main.clicked.connect(self.run)
        self.cancel.clicked.connect(self._cancel)
        draft.changed.connect(self.look)
        self.look()

    def _build(self) -> None:
        icons.follow(self.cancel, "cancel")
        self.seconds.setRange(0, LONGEST)
        self.seconds.setValue(BUDGET)
        self.seconds.setSuffix(self.tr(" s"))
        self.seconds.setSpecialValueText(self.tr("do not look"))
        self.seconds.setAccessibleName(self.tr("Seconds to look whether the contacts entered"))
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Contacts fired"))
        self.bar.setMaximumWidth(180)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(QLabel(self.tr("Look for entries")))
        foot.addWidget(self.seconds)
        foot.addWidget(self.bar)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.main)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.sets, 1)
        column.addWidget(self.line)
        column.addLayout(foot)

    def look(self) -> None:
        """Show the sets for the chosen entry source."""
        known = self.draft.situation
        described = known.described if known is not None else None
        key = known.source.key if known is not None else ""
        if key != self._key:
            self._key = key
            self.line.say(Tone.INFO, "")
        if known is not None:
            field = next(iter(known.contact_fields), "")
            self.sets.show_for(known.source.key, described.schema if described is not None else None, field)
        self._look_at_main()

    def keep(self, contact_key: str, data: dict[str, object]) -> None:
        """Add a contact to the set that is shown; not while one is fired, as its results are about to be noted."""
        if self._firing:
            self.state.messages.info(self.tr("A set is being fired. Keep the contact when it has ended."), key=RUN_KEY)
        elif not self.sets.keeper.ready:
            self.state.messages.info(self.tr("The test contacts could not be read, so none can be kept."), key=RUN_KEY)
        else:
            self.sets.put_contact(TestContact(contact_key, data))

    @Slot()
    def _look_at_main(self) -> None:
        chosen, firing = self.sets.chosen, self._firing
        self.sets.setEnabled(self.draft.situation is not None and not firing)
        for widget in (self.bar, self.cancel):
            widget.setVisible(firing)
        if not firing:
            self.note.setText(self._why_not(chosen))
        self.main.setEnabled(not firing and not self._why_not(chosen))
        if firing:
            self.main.say(self.tr("Firing…"))
        else:
            self.main.say(self._sentence(chosen) if chosen is not None else self.tr("Fire the set"))
        self.main.setToolTip(self.main.accessibleName())

    def _why_not(self, chosen: ContactSet | None) -> str:
        known = self.draft.situation
        if known is None or self.draft.connection is None:
            return self.tr("Choose an entry source first.")
        if known.described is None:
            return self.tr("The fields of this entry source are not known, so no set can be checked.")
        if chosen is None:
            return self.tr("Make a set of test contacts with “New set”.")
        return "" if chosen.contacts else self.tr("The set has no contacts.")

    def _sentence(self, chosen: ContactSet) -> str:
        known, connection = self.draft.situation, self.draft.connection
        place = ""
        if connection is not None:
            unit = connection.business_unit_name or connection.account_id or connection.profile_name
            place = f"{theme.word(connection.environment)} / {unit}"
        event = known.source.name if known is not None else chosen.event_key
        return self.tr("Fire {} for {} of “{}” in {}").format(
            event, contacts(len(chosen.contacts), self), chosen.name, place
        )

    @Slot()
    def run(self) -> None:
        """Ctrl+Return: fire the set, once it is in order."""
        connection = self.draft.connection
        if not self.main.isEnabled() or connection is None or self.question is not None:
            return
        if faults := self.sets.faults():
            self._say(Tone.ERROR, self.tr("Nothing was sent."), *faults[:5])
            return
        chosen = self.sets.chosen
        if chosen is None:
            return
        if connection.environment is Environment.PRODUCTION:
            sentence = self.tr("{}, tenant {}?").format(self._sentence(chosen), connection.tenant_name)
            self._ask(self.tr("This is production"), sentence, force=False)
        else:
            self._fire(force=False)

    def _ask(self, title: str, sentence: str, *, force: bool) -> None:
        self.question = ask(self, title, sentence, self.tr("Fire"), partial(self._fire, force=force))
        self.question.finished.connect(self._answered)

    @Slot()
    def _answered(self) -> None:
        self.question = None

    def _ask_again(self) -> None:
        if (chosen := self.sets.chosen) is not None and self.question is None:
            form = self.tr("{} once more, although it was fired within the last minute?")
            self._ask(self.tr("Fire again"), form.format(self._sentence(chosen)), force=True)

    def _fire(self, *, force: bool) -> None:
        chosen, known, client = self.sets.chosen, self.draft.situation, self.draft.client
        if chosen is None or known is None or client is None:
            return
        task = self.state.runner.start(
            partial(
                set_run.fire,
                client=client,
                known=known,
                chosen=chosen,
                store=self.sets.keeper.store,
                budget=float(self.seconds.value()) or None,
                force=force,
            ),
            key=RUN_KEY,
            label=self._sentence(chosen),
            on_result=self._ended,
            on_error=self._failed,
            on_cancelled=self._stopped,
            on_progress=self._progress,
            on_done=self._done,
            uninterruptible=True,
        )
        if task is not None:
            self._firing = True
            if has_keyboard(self):
                self.seconds.setFocus()  # as what is disabled meanwhile loses the keyboard to anywhere
            self.line.say(Tone.INFO, "")
            self._progress(Progress())
            self.cancel.setEnabled(True)
            self._look_at_main()

    @Slot()
    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.state.runner.cancel(RUN_KEY)
        self.note.setText(self.tr("Stopping. An event that was accepted cannot be recalled."))

    def _progress(self, progress: Progress) -> None:
        show_on_bar(self.bar, progress)
        self.note.setText(progress.note)

    def _ended(self, ended: SetRun) -> None:
        self.sets.note(ended.contacts)
        if ended.problem is not None:
            self.state.show_error(ended.problem, key="journeys.set.save")
        total = len(ended.receipts)
        words = self.tr("{} of {} entered; what became of each stands beside it.").format(
            f"{ended.entered:,}", contacts(total, self)
        )
        errors = dict.fromkeys(str(one.error) for one in ended.receipts if one.error is not None)
        self._say(Tone.SUCCESS if ended.entered == total else Tone.WARNING, words, *list(errors)[:3])

    def _failed(self, error: ConsoleError) -> None:
        actions = ((self.tr("Fire again…"), self._ask_again),) if isinstance(error, Repeated) else ()
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        self._say(Tone.ERROR, str(error), said, error.advice, actions=actions)

    def _stopped(self) -> None:
        self._say(Tone.INFO, self.tr("It was stopped; nothing was sent."))

    def _say(self, tone: Tone, *words: str, actions: tuple[Action, ...] = ()) -> None:
        self.line.say(tone, "\n".join(filter(None, words)), *actions)

    def _done(self) -> None:
        self._firing = False
        self._look_at_main()
        if self.seconds.hasFocus():
            self.sets.table.setFocus()


def contacts(count: int, widget: QWidget) -> str:
    """A number of contacts that is certain."""
    return widget.tr("1 contact") if count == 1 else widget.tr("{} contacts").format(f"{count:,}")
