"""Sets of test contacts for the chosen definition: edit them, send to a set, see what became of each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QProgressBar, QSpinBox, QVBoxLayout, QWidget

from mcconsole.core.contacts import ContactSet, TestContact
from mcconsole.core.errors import ConsoleError
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.guard import Repeated
from mcconsole.core.jobs import Progress
from mcconsole.core.tenant import Environment
from mcconsole.features.sends import looks, set_run
from mcconsole.features.sends.draft import Draft
from mcconsole.features.sends.set_run import SetRun
from mcconsole.features.sends.situation import ADDRESS, ADDRESS_NAMES, Situation
from mcconsole.features.sends.situation import plain as plain_name
from mcconsole.ui import icons
from mcconsole.ui.banner import Action
from mcconsole.ui.confirm import ask
from mcconsole.ui.contact_sets import ContactSets
from mcconsole.ui.fire_pane import BUDGET, LONGEST_BUDGET, place
from mcconsole.ui.pages import show_on_bar
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, MainButton, has_keyboard, plain, small_button

RUN_KEY = "sends.set"


class PeopleView(QWidget):
    """The editor of the sets, and the button that sends to the one that is shown."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.question: QMessageBox | None = None
        self._sending = False
        self._shown: Schema | None = None
        self.sets = ContactSets(self.state, looks.by_word())
        self.line = Line()
        self.seconds = QSpinBox()
        self.bar = QProgressBar()
        self.note = plain("")
        self.cancel = small_button(self.tr("Stop"))
        self.main = MainButton()
        self._build()
        self.sets.changed.connect(self._sets_changed)
        self.main.clicked.connect(self.run)
        self.cancel.clicked.connect(self._cancel)
        self.look()

    def _build(self) -> None:
        icons.follow(self.cancel, "cancel")
        self.seconds.setRange(0, LONGEST_BUDGET)
        self.seconds.setValue(BUDGET)
        self.seconds.setSuffix(self.tr(" s"))
        self.seconds.setSpecialValueText(self.tr("do not watch"))
        self.seconds.setAccessibleName(self.tr("Watch for so many seconds"))
        watch = QLabel(self.tr("W&atch for"))
        watch.setBuddy(self.seconds)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Messages sent"))
        self.bar.setMaximumWidth(180)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for widget in (watch, self.seconds, self.bar):
            foot.addWidget(widget)
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
        """Show the sets for the chosen definition."""
        known = self.draft.situation
        if known is not None:
            self._shown = self._schema(known)
            self.sets.show_for(known.definition.key, self._shown, known.subscriber_field)
        self._look_at_main()

    def _schema(self, known: Situation) -> Schema:
        """The fields of a recipient; without a data extension those that the sets have, as nothing tells others."""
        key, name = known.definition.key, known.definition.name
        if known.described is None:
            sets = [one for one in self.sets.keeper.sets if one.event_key == key]
            used = dict.fromkeys(field for one in sets for contact in one.contacts for field in contact.data)
            own = [field for field in used if plain_name(field) not in ADDRESS_NAMES]
            return Schema("", name, (ADDRESS, *(Field(field, FieldType.TEXT) for field in own)))
        schema = known.described.schema
        return schema if known.address_field else replace(schema, fields=(ADDRESS, *schema.fields))

    def keep(self, key: str, data: dict[str, object]) -> None:
        """Add a recipient to the set that is shown."""
        self.sets.put_contact(TestContact(key, data))

    @Slot()
    def _sets_changed(self) -> None:
        """Without a data extension another set may have other fields."""
        known = self.draft.situation
        if known is not None and known.described is None and self._schema(known) != self._shown:
            self.look()
        self._look_at_main()

    @Slot()
    def _look_at_main(self) -> None:
        chosen, sending = self.sets.chosen, self._sending
        self.sets.setEnabled(self.draft.situation is not None and not sending)
        for widget in (self.bar, self.cancel):
            widget.setVisible(sending)
        if not sending:
            self.note.setText(self._why_not(chosen))
        self.main.setEnabled(not sending and not self._why_not(chosen))
        self.main.say(self._sentence(chosen) if chosen is not None else self.tr("Send to the set"))
        self.main.setToolTip(self.main.accessibleName())

    def _why_not(self, chosen: ContactSet | None) -> str:
        known = self.draft.situation
        if known is None or self.draft.connection is None:
            return self.tr("Choose a definition first.")
        if chosen is None:
            return self.tr("Make a set of test contacts with “New set”.")
        return "" if chosen.contacts else self.tr("The set has no contacts.")

    def _sentence(self, chosen: ContactSet) -> str:
        known, connection = self.draft.situation, self.draft.connection
        if known is None or connection is None:
            return self.tr("Send to the set")
        form = self.tr("Send {} to {} of “{}” in {}")
        return form.format(
            known.definition.name, recipients(len(chosen.contacts), self), chosen.name, place(connection)
        )

    @Slot()
    def run(self) -> None:
        """Ctrl+Return: send to the set, once it is in order."""
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
            self._send(force=False)

    def _ask(self, title: str, sentence: str, *, force: bool) -> None:
        self.question = ask(self, title, sentence, self.tr("Send"), partial(self._send, force=force))
        self.question.finished.connect(self._answered)

    @Slot()
    def _answered(self) -> None:
        self.question = None

    def _ask_again(self) -> None:
        if (chosen := self.sets.chosen) is not None and self.question is None:
            form = self.tr("{} once more, although it was sent within the last minute?")
            self._ask(self.tr("Send again"), form.format(self._sentence(chosen)), force=True)

    def _send(self, *, force: bool) -> None:
        chosen, known, client = self.sets.chosen, self.draft.situation, self.draft.client
        if chosen is None or known is None or client is None:
            return
        task = self.state.runner.start(
            partial(
                set_run.send,
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
            on_progress=self._progress,
            on_done=self._done,
            uninterruptible=True,
        )
        if task is not None:
            self._sending = True
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
        self.note.setText(self.tr("Stopping. A message that was accepted cannot be recalled."))

    def _progress(self, progress: Progress) -> None:
        show_on_bar(self.bar, progress)
        self.note.setText(progress.note)

    def _ended(self, ended: SetRun) -> None:
        self.sets.note(ended.recipients)
        if ended.problem is not None:
            self.state.show_error(ended.problem, key="sends.set.save")
        total = len(ended.run.recipients)
        words = self.tr("{} of {} sent; what became of each stands beside it.").format(
            f"{ended.sent:,}", recipients(total, self)
        )
        error = ended.run.error
        self._say(Tone.SUCCESS if ended.sent == total else Tone.WARNING, words, str(error) if error else "")

    def _failed(self, error: ConsoleError) -> None:
        actions = ((self.tr("Send again…"), self._ask_again),) if isinstance(error, Repeated) else ()
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        self._say(Tone.ERROR, str(error), said, error.advice, actions=actions)

    def _say(self, tone: Tone, *words: str, actions: tuple[Action, ...] = ()) -> None:
        self.line.say(tone, "\n".join(filter(None, words)), *actions)

    def _done(self) -> None:
        self._sending = False
        self._look_at_main()
        if self.seconds.hasFocus():
            self.sets.table.setFocus()


def recipients(count: int, widget: QWidget) -> str:
    """A number of recipients that is certain."""
    return widget.tr("1 recipient") if count == 1 else widget.tr("{} recipients").format(f"{count:,}")
