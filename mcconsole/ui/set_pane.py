"""Sets of test contacts for what is chosen in a tab: edit them, fire one as a whole, see what became of each.

A tab says for what the sets are and what fires one; when and how often is decided here, alike for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout

from mcconsole.core.contacts import ContactSet, TestContact
from mcconsole.core.errors import ConsoleError
from mcconsole.core.guard import Repeated
from mcconsole.core.jobs import Progress
from mcconsole.ui import icons
from mcconsole.ui.banner import Action
from mcconsole.ui.confirm import Asking
from mcconsole.ui.contact_sets import ContactSets
from mcconsole.ui.many.words import Words
from mcconsole.ui.pages import show_on_bar
from mcconsole.ui.state import AppState, Connection
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, MainButton, has_keyboard, plain, seconds_box, small_button


@dataclass(frozen=True, slots=True)
class SetWords:
    """What differs from the words of a run over many, translated."""

    key: str
    """Of the job and its messages."""
    seconds: str
    seconds_long: str
    longest: int
    unlooked: str
    """In place of 0 seconds."""
    bar: str
    whole: str
    """On the button while there is no set."""
    first: str
    recall: str
    """What stopping cannot do."""
    busy: str = ""
    """On the button meanwhile, instead of what it does."""
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class SetResult:
    """A set after it was fired, and how many of its contacts came to a good end."""

    contacts: ContactSet
    good: int
    total: int
    errors: tuple[str, ...] = ()
    problem: ConsoleError | None = None
    """Why the results could not be saved."""


class Draft(Protocol):
    """What is chosen in the tab."""

    state: AppState

    @property
    def connection(self) -> Connection | None:
        """The tenant and business unit that everything here belongs to."""

    @property
    def client(self) -> Any:
        """The API client for the jobs of the tab; None without a connection."""

    @property
    def situation(self) -> Any:
        """For what the sets are; None until it is chosen and read."""


class SetPane(Asking):
    """The editor of the sets, and the button that fires the one that is shown. A tab fills in the hooks below."""

    def __init__(self, draft: Draft, people: Words, words: SetWords, fire: Callable[..., Any]) -> None:
        """`fire` is a job for what `result_of` takes."""
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.people, self.words = people, words
        self._fire_set = fire
        self.firing = False
        self._key = ""
        """Of what was chosen when something was said."""
        self.sets = ContactSets(self.state, people.outcomes)
        self.line = Line()
        self.seconds = seconds_box(words.seconds_long, words.longest, words.unlooked)
        self.bar = QProgressBar()
        self.note = plain("")
        self.cancel = small_button(self.tr("Stop"))
        self.main = MainButton()
        self._build()
        self.sets.changed.connect(self.look_at_main)
        self.main.clicked.connect(self.run)
        self.cancel.clicked.connect(self._cancel)

    # What a tab fills in

    def look(self) -> None:
        """Show the sets for what is chosen."""
        raise NotImplementedError

    def sentence(self, chosen: ContactSet) -> str:
        """What the button does."""
        raise NotImplementedError

    def result_of(self, ended: Any) -> SetResult:
        """What the job came to."""
        raise NotImplementedError

    def obstacle(self) -> str:
        """Why no set can be fired for what is chosen, or ""."""
        return ""

    # The same for all

    def _build(self) -> None:
        icons.follow(self.cancel, "cancel")
        watch = QLabel(self.words.seconds)
        watch.setBuddy(self.seconds)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.words.bar)
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

    def keep(self, key: str, data: dict[str, object]) -> None:
        """Add a contact to the set that is shown; not while one is fired, as its results are about to be noted."""
        if self.firing:
            text = self.tr("A set is on its way. Keep the contact when it has ended.")
            self.state.messages.info(text, key=self.words.key)
        elif not self.sets.keeper.ready:
            text = self.tr("The test contacts could not be read, so none can be kept.")
            self.state.messages.info(text, key=self.words.key)
        else:
            self.sets.put_contact(TestContact(key, data))

    def look_at(self, key: str) -> None:
        """Say nothing any more of what came of another choice."""
        if key != self._key:
            self._key = key
            self.line.say(Tone.INFO, "")

    @Slot()
    def look_at_main(self) -> None:
        """Show what the button does and, where it cannot, why."""
        chosen, firing = self.sets.chosen, self.firing
        why_not = self._why_not(chosen)
        self.sets.setEnabled(self.draft.situation is not None and not firing)
        for widget in (self.bar, self.cancel):
            widget.setVisible(firing)
        if not firing:
            self.note.setText(why_not)
        self.main.setEnabled(not firing and not why_not)
        sentence = self.sentence(chosen) if chosen is not None else self.words.whole
        self.main.say((firing and self.words.busy) or sentence)
        self.main.setToolTip(self.main.accessibleName())

    def _why_not(self, chosen: ContactSet | None) -> str:
        if self.draft.situation is None or self.draft.connection is None:
            return self.words.first
        if obstacle := self.obstacle():
            return obstacle
        if chosen is None:
            return self.tr("Make a set of test contacts with “New set”.")
        return "" if chosen.contacts else self.tr("The set has no contacts.")

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
        act = partial(self._fire, force=False)
        self.ask_in_production(connection, self.sentence(chosen), self.people.fire, act)

    def _ask_again(self) -> None:
        if (chosen := self.sets.chosen) is not None and self.question is None:
            sentence = self.people.once_more.format(self.sentence(chosen))
            self.ask(self.people.again, sentence, self.people.fire, partial(self._fire, force=True))

    def _fire(self, *, force: bool) -> None:
        chosen, known, client = self.sets.chosen, self.draft.situation, self.draft.client
        if chosen is None or known is None or client is None:
            return
        task = self.state.runner.start(
            partial(
                self._fire_set,
                client=client,
                known=known,
                chosen=chosen,
                store=self.sets.keeper.store,
                budget=float(self.seconds.value()) or None,
                force=force,
            ),
            key=self.words.key,
            label=self.sentence(chosen),
            on_result=self._ended,
            on_error=self._failed,
            on_cancelled=self._stopped,
            on_progress=self._progress,
            on_done=self._done,
            uninterruptible=True,
        )
        if task is not None:
            self.firing = True
            if has_keyboard(self):
                self.seconds.setFocus()  # as what is disabled meanwhile loses the keyboard to anywhere
            self.line.say(Tone.INFO, "")
            self._progress(Progress())
            self.cancel.setEnabled(True)
            self.look_at_main()

    @Slot()
    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.state.runner.cancel(self.words.key)
        self.note.setText(self.words.recall)

    def _progress(self, progress: Progress) -> None:
        show_on_bar(self.bar, progress)
        self.note.setText(progress.note)

    def _ended(self, ended: object) -> None:
        found = self.result_of(ended)
        self.sets.note(found.contacts)
        if found.problem is not None:
            self.state.show_error(found.problem, key=f"{self.words.key}.save")
        counted = self.people.good_of.format(f"{found.good:,}", self.people.count(found.total))
        words = self.tr("{}; what became of each stands beside it.").format(counted)
        self._say(Tone.SUCCESS if found.good == found.total else Tone.WARNING, words, *found.errors)

    def _failed(self, error: ConsoleError) -> None:
        actions = ((f"{self.people.again}…", self._ask_again),) if isinstance(error, Repeated) else ()
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        self._say(Tone.ERROR, str(error), said, error.advice, actions=actions)

    def _stopped(self) -> None:
        self._say(Tone.INFO, self.words.stopped)

    def _say(self, tone: Tone, *words: str, actions: tuple[Action, ...] = ()) -> None:
        self.line.say(tone, "\n".join(filter(None, words)), *actions)

    def _done(self) -> None:
        self.firing = False
        self.look_at_main()
        if self.seconds.hasFocus():
            self.sets.table.setFocus()
