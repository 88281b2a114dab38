"""A run at its end: counts, every contact with its verdict, and what can be done now."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.features.journeys import run
from mcconsole.features.journeys.looks import look_of
from mcconsole.features.journeys.many_pages.file_page import contacts
from mcconsole.features.journeys.many_pages.models import ContactsModel
from mcconsole.features.journeys.run import Run
from mcconsole.features.journeys.verdict import Verdict
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import heading
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, Tile, plain, small_button

SAVE_KEY = "journeys.save_results"
_ORDER: tuple[Verdict | None, ...] = (
    Verdict.ENTERED,
    Verdict.NOT_ENTERED,
    Verdict.NOT_PROVEN,
    Verdict.NOT_CHECKED,
    None,
)


class ResultPage(QWidget):
    """Every contact accounted for."""

    another = Signal()
    resume = Signal(str)

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.run: Run | None = None
        self._tally: dict[Verdict | None, int] = {}
        self._icon = QLabel()
        self.headline = heading("", 1.3)
        self.facts = plain("", selectable=True)
        self.error = Line()
        self.unknown = Line()
        self.tiles = {one: Tile(*look_of(one)) for one in _ORDER}
        self.shown = QComboBox()
        self.search = QLineEdit()
        self.model = ContactsModel(self)
        self.table = TableView(
            self.model, name=self.tr("Contacts with their verdicts"), widths=(60, 150, 110, 130, 360, 270)
        )
        self.save = small_button(self.tr("Save the results as CSV…"))
        self.go_on = small_button(self.tr("Resume"))
        self.new = small_button(self.tr("Fire another file"))
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
        self.shown.setAccessibleName(self.tr("Verdicts that are shown"))
        self.shown.addItem(self.tr("All verdicts"), ())
        for one in _ORDER:
            icon, tone, word = look_of(one)
            self.shown.addItem(icons.icon(icon, tone), word, (one,))
        self.search.setPlaceholderText(self.tr("Find a contact key or reason"))
        self.search.setAccessibleName(self.tr("Find a contact key or reason"))
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

    def show_run(self, found: Run) -> None:
        """Show a run."""
        self.run, self._tally = found, found.tally()
        self.model.show(found)
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
            tile.setVisible(bool(number) or one in (Verdict.ENTERED, Verdict.NOT_ENTERED, Verdict.NOT_PROVEN))
        icon, tone, text = self._ended(found)
        self._icon.setPixmap(icons.pixmap(icon, 40, tone))
        self.headline.setText(text)
        self.facts.setText(f"{Path(found.file).name} → {found.event_definition_key} · {found.fire_id}")
        error = found.error
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error is not None and error.said else ""
        words = (str(error), said, error.advice) if error is not None else ()
        self.error.say(Tone.ERROR, "\n".join(filter(None, words)))
        form = self.tr("Of {} nobody knows whether the event was accepted. See in Marketing Cloud before firing again.")
        unknown = found.unknown
        self.unknown.say(Tone.WARNING, form.format(contacts(unknown, self)) if unknown else "")
        self.go_on.setVisible(not found.finished)

    def _ended(self, found: Run) -> tuple[str, Tone, str]:
        total, entered = len(found.contacts), self._tally[Verdict.ENTERED]
        form = self.tr("{} of {} entered").format(f"{entered:,}", contacts(total, self))
        if found.cancelled:
            return "cancel", Tone.WARNING, self.tr("Cancelled: {}").format(form)
        if found.error is not None:
            return "error", Tone.ERROR, self.tr("Stopped by an error: {}").format(form)
        if not found.finished:
            return "warning", Tone.WARNING, self.tr("Unfinished: {}").format(form)
        if self._tally[Verdict.NOT_CHECKED] == total:
            return (
                "clock",
                Tone.INFO,
                self.tr("{} fired; whether they entered was not looked for").format(contacts(total, self)),
            )
        if entered == total:
            return "success", Tone.SUCCESS, form
        return "warning", Tone.WARNING, form

    @Slot()
    def _filter(self) -> None:
        self.model.filter(self.shown.currentData(), self.search.text())

    @Slot()
    def _resume(self) -> None:
        if self.run is not None:
            self.resume.emit(self.run.fire_id)

    @Slot()
    def _ask_save(self) -> None:
        if self.run is None:
            return
        dialog = QFileDialog(self, self.tr("Save the results"), self.state.settings.text("last_folder"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("CSV (*.csv)"))
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{Path(self.run.file).stem}.results.csv")
        dialog.fileSelected.connect(self.save_results)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def save_results(self, name: str) -> None:
        """Write every contact with its verdict to a file."""
        if self.run is not None:
            self.state.runner.start(
                partial(_save, found=self.run, path=Path(name)),
                key=SAVE_KEY,
                label=self.tr("Saving the results"),
                on_result=self._saved,
                on_error=self._not_saved,
            )

    def _saved(self, path: Path) -> None:
        self.state.messages.success(self.tr("Saved: {}").format(path), key=SAVE_KEY)

    def _not_saved(self, error: ConsoleError) -> None:
        self.state.show_error(error, key=SAVE_KEY)


def _save(_: JobContext, found: Run, path: Path) -> Path:
    run.write_csv(found, path)
    return path
