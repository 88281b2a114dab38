"""A file of people before it is fired: how its columns are mapped, its first rows, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.checks import Fault
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import Progress
from mcconsole.core.matching import Matching
from mcconsole.core.tables import Preview
from mcconsole.ui import icons, theme
from mcconsole.ui.banner import Action
from mcconsole.ui.dialect_form import DialectForm
from mcconsole.ui.many.models import FaultsModel
from mcconsole.ui.many.words import Words
from mcconsole.ui.mapping.pane import MappingPane
from mcconsole.ui.pages import heading, show_on_bar
from mcconsole.ui.preview_table import PreviewTable
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, MainButton, plain, seconds_box, small_button

MODE = "insert"
"""Each row is written once."""
LONGEST = 24 * 3600
"""Seconds."""


class FilePage(QWidget):
    """Mapping, first rows and faults of a file, and the button that checks it, then fires."""

    other = Signal()
    """The user wants another file."""
    edited = Signal()
    """How the file is read was changed, so a check of before holds no more."""
    reread = Signal(object)
    """A Dialect: the file is written in another way than was guessed."""
    go = Signal()
    cancel = Signal()

    def __init__(self, state: AppState, words: Words) -> None:
        super().__init__()
        self._words = words
        self.preview: Preview | None = None
        self.matching: Matching | None = None
        self.known: Any = None
        """What the columns are matched to."""
        self.name = heading("", 1.1)
        self.facts = plain("")
        self.note = Line()
        self.pane = MappingPane(state, key=words.mapping_key)
        self.rows = PreviewTable()
        self.dialect = DialectForm()
        self.faults = FaultsModel(self)
        self.fault_table = TableView(self.faults, name=self.tr("Faults"), widths=(70, 170, 220), stretch=3)
        self.seconds = seconds_box(words.seconds_long, LONGEST, self.tr("do not look"))
        self.error = Line()
        self.checked = Line()
        self.warnings = Line()
        self.bar = QProgressBar()
        self.stop = small_button(self.tr("Cancel"))
        self.main = MainButton()
        self.why = plain("")
        self._build()
        self.pane.edited.connect(self._edited)
        self.dialect.edited.connect(self.reread)
        self.dialect.refused.connect(self._refuse)

    def _build(self) -> None:
        another = small_button(self.tr("Another file…"))
        icons.follow(another, "file")
        another.clicked.connect(self.other)
        theme.tint(self.facts, Tone.NEUTRAL)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.name)
        words.addWidget(self.facts)
        head = QHBoxLayout()
        head.addLayout(words, 1)
        head.addWidget(another)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.pane, self.tr("Mapping"))
        first = QWidget()
        beside = QHBoxLayout(first)
        beside.setContentsMargins(0, 8, 0, 0)
        beside.setSpacing(12)
        beside.addWidget(self.dialect, 0, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self.rows, 1)
        self.tabs.addTab(first, self.tr("First rows"))
        self.tabs.addTab(self.fault_table, self.tr("Faults"))
        self.seconds.setToolTip(self._words.seconds_long)
        row = self.row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(QLabel(self._words.seconds))
        row.addWidget(self.seconds)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Rows checked"))
        self.stop.clicked.connect(self.cancel)
        self.main.clicked.connect(self.go)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.stop)
        foot.addWidget(self.why, 1)
        foot.addWidget(self.main)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self.tabs, 1)
        column.addLayout(row)
        for line in (self.error, self.warnings, self.checked):
            column.addWidget(line)
        column.addLayout(foot)

    @property
    def budget(self) -> float | None:
        """Seconds to look whether the contacts entered; None does not look."""
        return float(self.seconds.value()) or None

    def show_file(self, preview: Preview, matching: Matching, known: object) -> None:
        """Show another file, or the same for what was read of its target anew."""
        same = self.matching is not None and self.matching.headers == matching.headers
        self.preview, self.matching, self.known = preview, matching, known
        self.name.setText(preview.path.name)
        columns = self.tr("{} columns").format(f"{len(matching.headers):,}")
        self.facts.setText(f"{rows_of(preview, self._words)} · {columns} · {preview.path.parent}")
        self.facts.setToolTip(str(preview.path))
        self.rows.show_preview(preview)
        self.dialect.show_dialect(preview.dialect)
        if not same:
            self.take_headers(matching.headers)
        self.note.say(Tone.WARNING, _doubt(preview, self))
        if not same:
            self.tabs.setCurrentIndex(0)
        self.forget()
        self.look()

    def take_headers(self, headers: Sequence[str]) -> None:
        """Another file has other columns, for what a tab asks of them."""

    def clear(self) -> None:
        """There is no file."""
        self.preview = self.matching = self.known = None
        self.forget()
        self.look()

    def forget(self) -> None:
        """What a check said holds no more."""
        self.show_faults((), 0)
        self.error.say(Tone.ERROR, "")
        self.checked.say(Tone.SUCCESS, "")
        self.warnings.say(Tone.WARNING, "")

    def look(self) -> None:
        """Show the mapping as it stands."""
        self.pane.show_matching(self.matching, MODE)

    @property
    def obstacle(self) -> str:
        """Why the file cannot be checked yet."""
        if self.preview is None or self.matching is None:
            return self.tr("There is no file.")
        if self.preview.tables > 1 or not self.preview.rows:
            return _doubt(self.preview, self)
        return self.pane.obstacle

    def show_main(self, text: str, *, possible: bool, why_not: str = "") -> None:
        """The main button and, where it is not possible, why."""
        self.main.say(text)
        self.main.setToolTip(text)
        self.main.setEnabled(possible)
        self.why.setText(why_not)

    def show_checking(self, *, checking: bool) -> None:
        """Whether the rows are being checked just now."""
        for widget in (self.bar, self.stop):
            widget.setVisible(checking)
        self.why.setVisible(not checking)
        self.stop.setEnabled(True)
        if checking:
            show_on_bar(self.bar, Progress())

    def show_progress(self, progress: Progress) -> None:
        """How far the check is."""
        rows = self.preview.estimated_rows if self.preview is not None else None
        show_on_bar(self.bar, Progress(progress.done, rows))

    def show_prepared(self, count: int, warnings: Sequence[str]) -> None:
        """Every row is in order."""
        self.checked.say(Tone.SUCCESS, self.tr("{} checked; nothing was sent yet.").format(self._words.count(count)))
        self.warnings.say(Tone.WARNING, "\n".join(warnings))

    def show_faults(self, faults: Sequence[Fault], count: int) -> None:
        """Rows that cannot be sent; the first of them."""
        self.faults.show_rows(faults)
        self.tabs.setTabText(2, self.tr("Faults ({})").format(f"{count:,}") if count else self.tr("Faults"))
        self.tabs.setTabEnabled(2, bool(count))
        if count:
            self.tabs.setCurrentIndex(2)
            more = self.tr(" The first {} are listed.").format(f"{len(faults):,}") if count > len(faults) else ""
            text = self.tr("Nothing was sent: {} faults in the file. Mend them, then check again.").format(f"{count:,}")
            self.error.say(Tone.ERROR, text + more)

    def show_error(self, error: ConsoleError, *actions: Action) -> None:
        """Why it cannot be checked or fired."""
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        self.error.say(Tone.ERROR, "\n".join(filter(None, (str(error), said, error.advice))), *actions)

    @Slot(str)
    def _refuse(self, why: str) -> None:
        self.note.say(Tone.ERROR, why)

    @Slot()
    def _edited(self) -> None:
        self.forget()
        self.look()
        self.edited.emit()


def rows_of(preview: Preview, words: Words) -> str:
    """How many rows there are; an estimate says so, and is rounded to two figures."""
    rows = preview.estimated_rows
    if preview.complete:
        return words.count(rows)
    return words.estimated.format(f"{round(rows, 2 - len(str(rows))):,}")


def _doubt(preview: Preview, widget: QWidget) -> str:
    if preview.tables > 1:
        return widget.tr(
            "The file holds {} tables below each other. Set “Lines to skip” to where the wanted one begins, or save it "
            "to a file of its own."
        ).format(preview.tables)
    if not preview.rows:
        return widget.tr("The file has no rows.")
    return "\n".join(preview.warnings)
