"""File: which file, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from mcconsole.core import tables
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.core.mapping import Mapping
from mcconsole.core.tables import Dialect, Preview
from mcconsole.features.imports.draft import Draft, short
from mcconsole.features.imports.steps.step import Action, Step
from mcconsole.features.imports.welcome import Welcome
from mcconsole.ui import icons
from mcconsole.ui.dialect_form import DialectForm
from mcconsole.ui.pages import Pages, heading
from mcconsole.ui.preview_table import PreviewTable
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, plain, small_button

PREVIEW_KEY = "imports.preview"
RECENT_SHOWN = 6


class FileStep(Step):
    """Drop or choose a file, see how it is read, change what was guessed wrongly."""

    choose = Signal()
    earlier = Signal()
    """Show the imports so far."""
    """The user wants the dialog that opens a file."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.tr("File"))
        self._path: Path | None = None
        self._wanted: tuple[Path, Dialect | None, Mapping | None, tuple[str, ...]] | None = None
        self._failed = False
        self.table = PreviewTable()
        self.form = DialectForm()
        self.name = heading("", 1.1)
        self.facts = plain("", selectable=True)
        self.note = Line()
        self.welcome = Welcome(self)
        self.pages = Pages(self._content())
        self.pages.addWidget(self.welcome)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.form.edited.connect(self._reread)
        self.form.refused.connect(self._refuse)
        self._guess.clicked.connect(self._retry)
        self._other.clicked.connect(self.choose)
        self.welcome.choose.connect(self.choose)
        self.welcome.earlier.connect(self.earlier)
        self._show_welcome()

    def _content(self) -> QWidget:
        self._guess = small_button(self.tr("Guess again"))
        self._other = small_button(self.tr("Another file…"))
        icons.follow(self._other, "file")
        buttons = QHBoxLayout()
        buttons.addWidget(self._other)
        buttons.addWidget(self._guess)
        buttons.addStretch(1)
        side = QWidget()
        left = QVBoxLayout(side)
        left.setContentsMargins(0, 0, 12, 0)
        left.setSpacing(8)
        left.addWidget(self.name)
        left.addWidget(self.facts)
        left.addLayout(buttons)
        left.addSpacing(6)
        left.addWidget(heading(self.tr("How it is read"), 1.0))
        left.addWidget(self.form)
        left.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(side)
        scroll.setMinimumWidth(320)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        shown = QWidget()
        right = QVBoxLayout(shown)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(8)
        right.addWidget(self.note)
        right.addWidget(self.table, 1)
        whole = QSplitter()
        whole.setChildrenCollapsible(False)
        whole.addWidget(scroll)
        whole.addWidget(shown)
        whole.setStretchFactor(1, 1)
        whole.setSizes([340, 800])
        return whole

    def open_file(
        self,
        path: Path,
        dialect: Dialect | None = None,
        carried: Mapping | None = None,
        leave: tuple[str, ...] = (),
    ) -> None:
        """Look at a file in the background; the latest wish wins. `carried` is a mapping to take over."""
        self._wanted = (path, dialect, carried, leave)
        self._start()

    def enter(self) -> None:
        """The recent files may have changed."""
        if self._path is None and self._wanted is None:
            self._show_welcome()

    def look(self) -> None:
        """Start over when the file was taken away."""
        waiting = self._wanted is not None or any(task.key == PREVIEW_KEY for task in self.state.runner.running())
        if self.draft.preview is None and self._path is not None and not waiting and not self._failed:
            self._path = None
            self._show_welcome()

    def action(self) -> Action:
        """Go on to the target."""
        preview = self.draft.preview
        text = self.tr("Choose the target")
        if preview is None:
            return Action(text, possible=False)
        if preview.tables > 1:
            return Action(text, possible=False, why_not=self.tr("Choose which table is meant."))
        if not preview.rows:
            return Action(text, possible=False, why_not=self.tr("The file has no rows."))
        return Action(text)

    def done(self) -> bool:
        """Whether there are rows."""
        return self.action().possible

    def summary(self) -> str:
        """The file's name."""
        return self.draft.preview.path.name if self.draft.preview is not None else ""

    def refresh(self) -> None:
        """Read the file again."""
        if self._path is not None:
            preview = self.draft.preview
            self.open_file(self._path, preview.dialect if preview is not None else None)

    def _start(self) -> None:
        if self._wanted is None or any(task.key == PREVIEW_KEY for task in self.state.runner.running()):
            return
        path, dialect, carried, leave = self._wanted
        if path != self._path or self.draft.preview is None:
            self.pages.show_working(self.tr("Looking at {}").format(path.name))
        self._wanted = None
        self._path = path
        self._asked = (carried, leave)
        self._failed = False
        self.state.runner.start(
            partial(_look, path=path, dialect=dialect),
            key=PREVIEW_KEY,
            label=self.tr("Looking at {}").format(path.name),
            on_result=self._arrived,
            on_error=self._fail,
            on_done=self._start,
        )

    def _arrived(self, looked: _Looked) -> None:
        if self._wanted is not None or self._path is None:
            return
        preview = looked.preview
        self._failed = preview is None
        self.table.show_preview(preview)
        self.form.show_dialect(looked.dialect)
        self.name.setText(self._path.name)
        self.facts.setText("\n".join([*([_facts(preview, self)] if preview else []), short(self._path.parent)]))
        self.facts.setToolTip(str(self._path))
        if preview is not None:
            self._say(preview)
        elif looked.error is not None:
            self.note.say(Tone.ERROR, "\n".join(filter(None, (str(looked.error), looked.error.advice))))
        self.pages.show_content()
        carried, leave = self._asked
        self.draft.set_preview(preview, carried, leave=leave)
        self.looked.emit()

    def _say(self, preview: Preview) -> None:
        if preview.tables > 1:
            self.note.say(
                Tone.WARNING,
                self.tr(
                    "The file holds {} tables below each other; these rows are the first one's. Set “Lines to skip” to "
                    "where the wanted table begins. One in the middle must be saved to a file of its own."
                ).format(preview.tables),
                (self.tr("Set lines to skip"), self.form.skipped.setFocus),
            )
        elif not preview.rows:
            text = (
                self.tr("The file has a header and no rows.") if preview.columns else self.tr("The file has no rows.")
            )
            self.note.say(Tone.WARNING, text)
        else:
            self.note.say(Tone.WARNING, "\n".join(preview.warnings))

    def _fail(self, error: ConsoleError) -> None:
        if self._wanted is not None:
            return
        self._failed = True
        self.pages.show_error(
            error, self._retry, (self.tr("Another file…"), self.choose.emit), title=self.tr("The file cannot be read")
        )
        self.draft.set_preview(None)
        self.looked.emit()

    @Slot()
    def _retry(self) -> None:
        if self._path is not None:
            self.open_file(self._path)

    @Slot(object)
    def _reread(self, dialect: Dialect) -> None:
        if self._path is not None:
            self.open_file(self._path, dialect)

    @Slot(str)
    def _refuse(self, why: str) -> None:
        self.note.say(Tone.ERROR, why)

    def _show_welcome(self) -> None:
        self.welcome.show_recent(
            [Path(name) for name in self.state.settings.texts("recent_files")[:RECENT_SHOWN]], self._open_recent
        )
        self.pages.setCurrentWidget(self.welcome)

    def _open_recent(self, path: Path) -> None:
        self.open_file(path)


@dataclass(frozen=True, slots=True)
class _Looked:
    """A preview, or how the file seems to be written and why it could not be read so."""

    preview: Preview | None
    dialect: Dialect
    error: BadInput | None = None


def _look(_: JobContext, path: Path, dialect: Dialect | None) -> _Looked:
    try:
        preview = tables.preview(path, dialect)
    except BadInput as error:
        try:
            return _Looked(None, dialect or tables.sniff(path), error)
        except BadInput:
            raise error from None
    return _Looked(preview, preview.dialect)


def _facts(preview: Preview, step: Step) -> str:
    rows = preview.estimated_rows
    counted = count_rows(rows, step) if preview.complete else about_rows(rows, step)
    return f"{size_of(preview.size)} · {counted} · " + step.tr("{} columns").format(
        f"{len(preview.columns) or _width(preview):,}"
    )


def count_rows(rows: int, step: Step) -> str:
    """A number of rows that is certain."""
    return step.tr("1 row") if rows == 1 else step.tr("{} rows").format(f"{rows:,}")


def about_rows(rows: int, step: Step) -> str:
    """An estimate, rounded to two figures, so that nobody takes it for a count."""
    digits = max(0, len(str(rows)) - 2)
    return step.tr("about {} rows").format(f"{round(rows, -digits):,}")


def _width(preview: Preview) -> int:
    return max((len(row) for row in preview.rows), default=0)


def size_of(size: int) -> str:
    """Bytes in words."""
    amount = float(size)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:
            return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} GB"
