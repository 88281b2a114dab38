"""A run at its end: counts, everybody with what became of it, and what can be done now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.ui import icons, theme
from mcconsole.ui.many.models import PeopleModel, Person
from mcconsole.ui.many.words import Words
from mcconsole.ui.pages import heading
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, Tile, plain, small_button


@dataclass(frozen=True, slots=True)
class Result:
    """A run as it stands, whatever it fired."""

    id: str
    about: str
    """Key of what was fired."""
    file: str
    people: Sequence[Person]
    error: ConsoleError | None
    cancelled: bool
    finished: bool
    unknown: int
    """Of how many nobody knows whether it was accepted."""
    write: Callable[[Path], object]
    """Write everybody with what became of it."""
    open: int = 0
    """Of how many the end may be found out by looking again, where that is possible."""


class ResultPage(QWidget):
    """Everybody accounted for."""

    another = Signal()
    resume = Signal(str)

    def __init__(self, state: AppState, words: Words) -> None:
        super().__init__()
        self.state = state
        self._words = words
        self.run: Result | None = None
        self._tally: Counter[str] = Counter()
        self._icon = QLabel()
        self.headline = heading("", 1.3)
        self.facts = plain("", selectable=True)
        self.error = Line()
        self.unknown = Line()
        self.tiles = {one: Tile(*look) for one, look in words.outcomes.items()}
        self.shown = QComboBox()
        self.search = QLineEdit()
        self.model = PeopleModel(words, self)
        self.table = TableView(self.model, name=words.table, widths=(50, 220, 100, 130, 330, 270))
        self.save = small_button(self.tr("Save the results as CSV…"))
        self.go_on = small_button(self.tr("Resume"))
        self.new = small_button(words.another)
        self._build()
        theme.changed.connect(self._look)

    def _build(self) -> None:
        theme.tint(self.facts, Tone.NEUTRAL)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.headline)
        words.addWidget(self.facts)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._icon)
        head.addLayout(words, 1)
        tiles = QHBoxLayout()
        tiles.setSpacing(10)
        for tile in self.tiles.values():
            tiles.addWidget(tile, 1)
        self.shown.setAccessibleName(self.tr("What is shown"))
        self.shown.addItem(self.tr("All"), None)
        for one, (icon, tone, word) in self._words.outcomes.items():
            self.shown.addItem(icons.icon(icon, tone), word, one)
        self.search.setPlaceholderText(self.tr("Find a key or reason"))
        self.search.setAccessibleName(self.tr("Find a key or reason"))
        self.search.setClearButtonEnabled(True)
        self.table.horizontalHeader().setStretchLastSection(True)
        icons.follow(self.save, "save")
        icons.follow(self.go_on, "run")
        icons.follow(self.new, "file")
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.shown)
        tools.addWidget(self.search, 1)
        for button in (self.go_on, self.save, self.new):
            tools.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.error)
        column.addWidget(self.unknown)
        column.addLayout(tiles)
        column.addLayout(tools)
        column.addWidget(self.table, 1)
        self.shown.currentIndexChanged.connect(self._filter)
        self.search.textChanged.connect(self._filter)
        self.save.clicked.connect(self._ask_save)
        self.go_on.clicked.connect(self._resume)
        self.new.clicked.connect(self.another)

    def show_run(self, found: Result) -> None:
        """Show a run."""
        self.run, self._tally = found, Counter(map(itemgetter(1), found.people))
        self.model.show(found.people)
        self.shown.setCurrentIndex(0)
        self.search.clear()
        self._look()

    @Slot()
    def _look(self) -> None:
        found = self.run
        if found is None:
            return
        for one, tile in self.tiles.items():
            number = self._tally[one]
            tile.show_number(number)
            tile.setVisible(bool(number) or one in self._words.always)
        icon, tone, text = self._ended(found)
        self._icon.setPixmap(icons.pixmap(icon, 40, tone))
        self.headline.setText(text)
        self.facts.setText(f"{Path(found.file).name or self._words.one} → {found.about} · {found.id}")
        error = found.error
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error is not None and error.said else ""
        words = (str(error), said, error.advice) if error is not None else ()
        self.error.say(Tone.ERROR, "\n".join(filter(None, words)))
        unknown = self._words.unknown.format(self._words.count(found.unknown)) if found.unknown else ""
        self.unknown.say(Tone.WARNING, unknown)
        self.go_on.setText(self.tr("Look again") if found.finished else self.tr("Resume"))
        self.go_on.setVisible(not found.finished or found.open > 0)

    def _ended(self, found: Result) -> tuple[str, Tone, str]:
        total, good = len(found.people), self._tally[self._words.good]
        form = self._words.good_of.format(f"{good:,}", self._words.count(total))
        if found.cancelled:
            return "cancel", Tone.WARNING, self.tr("Cancelled: {}").format(form)
        if found.error is not None:
            return "error", Tone.ERROR, self.tr("Stopped by an error: {}").format(form)
        if not found.finished:
            return "warning", Tone.WARNING, self.tr("Unfinished: {}").format(form)
        if self._tally[self._words.unlooked] == total:
            return "clock", Tone.INFO, self._words.not_looked.format(self._words.count(total))
        if good == total:
            return "success", Tone.SUCCESS, form
        return "warning", Tone.WARNING, form

    @Slot()
    def _filter(self) -> None:
        self.model.filter(self.shown.currentData(), self.search.text())

    @Slot()
    def _resume(self) -> None:
        if self.run is not None:
            self.resume.emit(self.run.id)

    @Slot()
    def _ask_save(self) -> None:
        if self.run is None:
            return
        dialog = QFileDialog(self, self.tr("Save the results"), self.state.settings.text("last_folder"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("CSV (*.csv)"))
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{Path(self.run.file).stem or self.run.id}.results.csv")
        dialog.fileSelected.connect(self.save_results)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def save_results(self, name: str) -> None:
        """Write everybody with what became of it to a file."""
        if self.run is not None:
            self.state.runner.start(
                partial(_save, write=self.run.write, path=Path(name)),
                key=f"{self._words.key}.save",
                label=self.tr("Saving the results"),
                on_result=self._saved,
                on_error=self._not_saved,
            )

    def _saved(self, path: Path) -> None:
        self.state.messages.success(self.tr("Saved: {}").format(path), key=f"{self._words.key}.save")

    def _not_saved(self, error: ConsoleError) -> None:
        self.state.show_error(error, key=f"{self._words.key}.save")


def _save(_: JobContext, write: Callable[[Path], object], path: Path) -> Path:
    write(path)
    return path
