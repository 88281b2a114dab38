"""Taking a contact out of a journey, for the next test: where it is, one question, and how far the exit is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
)

from mcconsole.api.client import Client
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import Progress
from mcconsole.features.journeys import exits
from mcconsole.features.journeys.draft import Draft
from mcconsole.features.journeys.evidence import Membership
from mcconsole.features.journeys.exits import Departure, Exit, Exited
from mcconsole.features.journeys.exits_model import ExitsModel
from mcconsole.ui import icons, theme
from mcconsole.ui.confirm import Asking
from mcconsole.ui.fire_pane import place
from mcconsole.ui.many.file_page import LONGEST
from mcconsole.ui.pages import show_on_bar
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, MainButton, plain, seconds_box, small_button

EXIT_KEY = "journeys.exit"
WHERE_KEY = "journeys.exit.where"
_LOOKS = {
    Departure.LEFT: Tone.SUCCESS,
    Departure.STILL_IN: Tone.ERROR,
    Departure.NOT_PROVEN: Tone.WARNING,
    Departure.REFUSED: Tone.ERROR,
}


class ExitView(Asking):
    """A contact key, a journey, and what Marketing Cloud says of the exit, version by version."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self._running = False
        self._inside: list[str] = []
        self.contact = QLineEdit()
        self.ask_where = small_button(self.tr("Where is it?"))
        self.journey = QComboBox()
        self.inside = Line()
        self.seconds = seconds_box(self.tr("Seconds to follow the exit"), LONGEST)
        self.line = Line()
        self.model = ExitsModel(self)
        self.table = TableView(
            self.model, name=self.tr("What Marketing Cloud says of the exit"), widths=(260, 80), stretch=2
        )
        self.bar = QProgressBar()
        self.note = plain("")
        self.cancel = small_button(self.tr("Stop following"))
        self.main = MainButton()
        self._build()
        self.contact.textChanged.connect(self._contact_changed)
        self.contact.returnPressed.connect(self._look_where)
        self.journey.currentIndexChanged.connect(self._look_at_main)
        self.ask_where.clicked.connect(self._look_where)
        self.main.clicked.connect(self.run)
        self.cancel.clicked.connect(self._cancel)
        draft.changed.connect(self.look)
        self._show_exits("", ())
        self.look()

    def _build(self) -> None:
        icons.follow(self.ask_where, "search")
        icons.follow(self.cancel, "cancel")
        self.contact.setPlaceholderText(self.tr("Contact key"))
        self.contact.setAccessibleName(self.tr("Contact key"))
        self.journey.setAccessibleName(self.tr("Journey"))
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(160)
        self.bar.setAccessibleName(self.tr("The exit is being followed"))
        who = QHBoxLayout()
        who.setSpacing(8)
        who.addWidget(self.contact, 1)
        who.addWidget(self.ask_where)
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        for words, part in ((self.tr("Contact key"), who), (self.tr("Journey"), self.journey)):
            form.addRow(QLabel(words), part)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(QLabel(self.tr("Follow the exit for")))
        foot.addWidget(self.seconds)
        foot.addWidget(self.bar)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.main)
        about = plain(
            self.tr(
                "The contact leaves every version of the journey. It stays in Contact Builder, and may enter again "
                "where the entry mode allows."
            )
        )
        theme.tint(about, Tone.NEUTRAL)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(self.inside)
        column.addWidget(self.line)
        column.addWidget(self.table, 1)
        column.addStretch(0)
        column.addLayout(foot)

    def look(self) -> None:
        """Offer the journeys of the chosen entry source."""
        self._offer()
        self._look_at_main()

    def show_contact(self, contact_key: str) -> None:
        """Begin with this contact, and see where it is."""
        self.contact.setText(contact_key)
        self.contact.setFocus()
        self._look_where()

    def _offer(self) -> None:
        """The journeys that the contact is in, then those of the chosen entry source."""
        before, known = self.journey.currentData(), self.draft.situation
        fed = [one.key for one in known.journeys] if known is not None else []
        with QSignalBlocker(self.journey):
            self.journey.clear()
            for key in dict.fromkeys([*self._inside, *fed]):
                name = self._name_of(key)
                self.journey.addItem(self.tr("{} ({})").format(name, key) if name != key else key, key)
            if not self._inside:
                self.journey.setCurrentIndex(max(0, self.journey.findData(before)))

    def _name_of(self, key: str) -> str:
        named = [one.name for one in self.draft.journeys if one.key == key]
        known = self.draft.situation
        named += [one.name for one in known.journeys if one.key == key] if known is not None else []
        return named[0] if named else key

    @Slot()
    def _contact_changed(self) -> None:
        self._inside = []
        self.inside.say(Tone.INFO, "")
        self._look_at_main()

    @Slot()
    def _look_at_main(self) -> None:
        running = self._running
        contact, key = self.contact.text().strip(), str(self.journey.currentData() or "")
        connected = self.draft.connection is not None
        for widget in (self.bar, self.cancel):
            widget.setVisible(running)
        for other in (self.contact, self.journey):
            other.setEnabled(not running)
        self.ask_where.setEnabled(bool(contact) and connected and not running)
        self.main.setEnabled(bool(contact and key) and connected and not running)
        if not running:
            missing = self.tr("Enter a contact key.") if not contact else self.tr("Choose a journey.")
            why = self.tr("Connect to a tenant first.") if not connected else missing
            self.note.setText("" if self.main.isEnabled() else why)
        self.main.say(self._sentence(contact or "…", key) if key else self.tr("Take the contact out"))
        self.main.setToolTip(self.main.accessibleName())

    def _sentence(self, contact: str, key: str) -> str:
        return self.tr("Take {} out of “{}”").format(contact, self._name_of(key))

    # Where the contact is

    @Slot()
    def _look_where(self) -> None:
        contact, client = self.contact.text().strip(), self.draft.client
        if contact and client is not None and not self._running:
            self.state.runner.start(
                partial(exits.where, client=client, contact_key=contact),
                key=WHERE_KEY,
                label=self.tr("Asking in which journeys {} is").format(contact),
                on_result=partial(self._show_where, contact),
                on_error=self._failed,
            )

    def _show_where(self, contact: str, found: list[Membership]) -> None:
        if contact != self.contact.text().strip():
            return
        keys = list(dict.fromkeys(one.journey_key for one in found))
        if not keys:
            self.inside.say(Tone.INFO, self.tr("{} is in no journey now.").format(contact))
            return
        places = [self.tr("“{}” (version {})").format(self._name_of(one.journey_key), one.version) for one in found]
        self.inside.say(Tone.INFO, self.tr("{} is in {}.").format(contact, ", ".join(places)))
        self._inside = keys
        self._offer()
        self._look_at_main()

    # The exit

    @Slot()
    def run(self) -> None:
        """Ctrl+Return: ask, then take the contact out."""
        connection = self.draft.connection
        if not self.main.isEnabled() or connection is None or self.question is not None:
            return
        contact, key = self.contact.text().strip(), str(self.journey.currentData())
        form, at = self.tr("{}, every version, in {}?"), place(connection, always=True)
        sentence = form.format(self._sentence(contact, key), at)
        act = partial(self._start, self.draft.client, contact, key)
        self.ask(self.tr("Take the contact out"), sentence, self.tr("Take it out"), act)

    def _start(self, client: Client, contact: str, key: str) -> None:
        """Act where the question said, even if another business unit is chosen meanwhile."""
        job = partial(
            exits.take_out, client=client, contact_key=contact, journey_key=key, budget=float(self.seconds.value())
        )
        task = self.state.runner.start(
            job,
            key=EXIT_KEY,
            label=self._sentence(contact, key),
            on_result=self._ended,
            on_error=self._failed,
            on_cancelled=self._cancelled,
            on_progress=partial(self._progress, self._name_of(key)),
            on_done=self._done,
        )
        if task is not None:
            self._running = True
            self.seconds.setFocus()  # as what is disabled meanwhile loses the keyboard to anywhere
            self.line.say(Tone.INFO, "")
            self.inside.say(Tone.INFO, "")
            self._show_exits("", ())
            self.cancel.setEnabled(True)
            self.note.setText("")
            self._look_at_main()

    def _progress(self, name: str, progress: Progress) -> None:
        show_on_bar(self.bar, progress)
        if isinstance(progress.detail, tuple):
            self._show_exits(name, progress.detail)

    def _show_exits(self, name: str, found: Sequence[Exit]) -> None:
        self.model.show(name, found)
        self.table.setVisible(bool(found))

    @Slot()
    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.state.runner.cancel(EXIT_KEY)
        self.note.setText(self.tr("Stopping. A request that was taken goes on."))

    def _ended(self, ended: Exited) -> None:
        self._show_exits(self._name_of(ended.journey_key), ended.exits)
        self.line.say(_LOOKS[ended.departure], self.tr("{}: {}").format(ended.contact_key, ended.reason))

    def _cancelled(self) -> None:
        self.line.say(Tone.INFO, self.tr("Stopped before anything was asked."))

    def _failed(self, error: ConsoleError) -> None:
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        self.line.say(Tone.ERROR, "\n".join(filter(None, (str(error), said, error.advice))))

    def _done(self) -> None:
        self._running = False
        self._look_at_main()
        if self.focusWidget() is self.seconds:
            self.contact.setFocus()
