"""The list of exchanges, newest first: of a million lines only the blocks that are seen are read."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import accumulate
from typing import Protocol
from urllib.parse import urlsplit

from PySide6.QtCore import (
    QLocale,
    QObject,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor

from mcconsole.core import clock
from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Exchange
from mcconsole.core.history import Change, History, Line, Query
from mcconsole.core.jobs import JobContext
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import ROOT, Index, TitledTable
from mcconsole.ui.tasks import TaskRunner
from mcconsole.ui.theme import Tone

TIME, STATUS, METHOD, PATH, DURATION, SIZE, FEATURE, PROFILE, LABEL = range(9)
COUNT_KEY, PAGES_KEY = "responses.count", "responses.pages"
KEPT = 64
"""Blocks of lines kept in memory."""
AT_ONCE = 6
"""Blocks read in one job; those that were asked for last come first."""


class Outcome(Protocol):
    """How a call ended: an Exchange or a Line."""

    @property
    def status(self) -> int | None:
        """HTTP status, or None."""

    @property
    def failed(self) -> bool:
        """Whether the answer carries an error."""

    @property
    def started(self) -> datetime:
        """When it began."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many lines of a query there are in each block; with `after` only newer ones than that id."""

    query: Query
    after: int
    last: int
    blocks: dict[int, int]


class HistoryModel(TitledTable):
    """The lines of one query. Counting and reading are quiet jobs; a line that is not read yet shows as “…”."""

    counted = Signal()
    """The number of lines is known, or known anew."""
    failed = Signal(object)
    """With the ConsoleError when the history could not be read."""

    def __init__(self, history: History, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self._runner = runner
        self._query = Query(by_job=True)
        self._next: Query | None = None
        self._recount = self._look = False
        self._last = 0
        self._blocks: list[int] = []
        self._ends: list[int] = []
        self._pages: OrderedDict[int, list[Line]] = OrderedDict()
        self._stale: set[int] = set()
        self._wanted: dict[int, None] = {}
        self._missing: set[tuple[int, int]] = set()
        self._fetch = QTimer(self, singleShot=True, interval=0)
        self._fetch.timeout.connect(self._read_pages)
        self.titles = (
            self.tr("Time"),
            self.tr("Status"),
            self.tr("Method"),
            self.tr("Path"),
            self.tr("ms"),
            self.tr("Size"),
            self.tr("Tab"),
            self.tr("Profile"),
            self.tr("What for"),
        )

    @property
    def query(self) -> Query:
        """What is shown."""
        return self._query

    @property
    def searching(self) -> bool:
        """Whether the lines of another query are being counted."""
        return self._next is not None

    def ask(self, query: Query) -> None:
        """Show the lines of another query, as soon as they are counted."""
        self._next = query
        self._runner.cancel(COUNT_KEY)
        self._count()

    @Slot(object)
    def heard(self, changes: Sequence[Change]) -> None:
        """Follow what became of the history."""
        self._recount |= any(change is not Change.ADDED for change in changes)
        self._look = True
        self._count()

    def line(self, row: int) -> Line | None:
        """The line in a row; None when it is not read yet, and will be."""
        if not 0 <= row < self.rowCount():
            return None
        place = self.rowCount() - 1 - row
        at = bisect_right(self._ends, place)
        block = self._blocks[at]
        page = self._pages.get(block)
        if page is None or block in self._stale:
            self._wanted.pop(block, None)
            self._wanted[block] = None
            if not self._fetch.isActive():
                self._fetch.start()
        offset = place - (self._ends[at - 1] if at else 0)
        return page[offset] if page is not None and offset < len(page) else None

    def _count(self) -> None:
        query = self._next or self._query
        anew = self._next is not None or self._recount
        if not (anew or self._look):
            return
        recount, self._recount, self._look = self._recount, False, False
        task = self._runner.start(
            partial(_count, history=self._history, query=query, after=0 if anew else self._last),
            key=COUNT_KEY,
            label=self.tr("Looking through the history"),
            on_result=self._count_arrived,
            on_error=self._count_failed,
            on_done=self._count,
            quiet=True,
        )
        if task is None:  # on_done of the one that runs comes back here
            self._recount, self._look = recount, True

    def _count_arrived(self, counted: _Counted) -> None:
        if self._next is not None and self._next != counted.query:
            return
        if counted.after:
            self._add(counted)
        elif counted.query == self._query and self._next is None:
            self._replace(counted)
        else:
            self._next = None
            self._reset(counted)
        self.counted.emit()

    def _count_failed(self, error: ConsoleError) -> None:
        self._next = None
        self.failed.emit(error)

    def _add(self, counted: _Counted) -> None:
        """Put newer lines on top."""
        counts = self._counts()
        changed = set(self._pages) if self._query.grouped else set(self._blocks[-1:])
        self._stale |= changed
        new = sum(counted.blocks.values())
        if new:
            self.beginInsertRows(ROOT, 0, new - 1)
            for block, count in counted.blocks.items():
                counts[block] = counts.get(block, 0) + count
            self._set(counts)
            self.endInsertRows()
        if changed and self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, LABEL))
        self._last = counted.last

    def _replace(self, counted: _Counted) -> None:
        """Take the same lines anew; where only the oldest went, the others stay as they are."""
        old, total = self._counts(), sum(counted.blocks.values())
        first = min(counted.blocks, default=0)
        same = all(old.get(block) == count for block, count in counted.blocks.items() if block != first)
        if not same or not set(counted.blocks) <= set(old) or not 0 < total < self.rowCount():
            self._reset(counted)
            return
        self.beginRemoveRows(ROOT, total, self.rowCount() - 1)
        self._set(counted.blocks)
        self._stale.update(self._pages)
        self.endRemoveRows()

    def _reset(self, counted: _Counted) -> None:
        self.beginResetModel()
        self._query, self._last = counted.query, counted.last
        self._pages.clear()
        self._stale.clear()
        self._wanted.clear()
        self._missing.clear()
        self._set(counted.blocks)
        self.endResetModel()

    def _counts(self) -> dict[int, int]:
        starts = [0, *self._ends]
        return {b: end - start for b, start, end in zip(self._blocks, starts, self._ends, strict=False)}

    def _set(self, counts: dict[int, int]) -> None:
        self._blocks = sorted(counts)
        self._ends = list(accumulate(counts[block] for block in self._blocks))

    @Slot()
    def _read_pages(self) -> None:
        chosen = list(self._wanted)[-AT_ONCE:]
        if chosen:
            self._runner.start(
                partial(_read, history=self._history, query=self._query, blocks=chosen),
                key=PAGES_KEY,
                label=self.tr("Reading the history"),
                on_result=self._pages_arrived,
                on_error=self._pages_failed,
                on_done=self._read_pages,
                quiet=True,
            )

    def _pages_arrived(self, result: tuple[Query, dict[int, list[Line]]]) -> None:
        query, pages = result
        if query != self._query:
            return
        counts = self._counts()
        for block, lines in pages.items():
            self._wanted.pop(block, None)
            self._stale.discard(block)
            self._pages[block] = lines
            self._pages.move_to_end(block)
            missing = (block, counts.get(block, 0) - len(lines))
            if missing[1] > 0 and missing not in self._missing:  # another process removed some
                self._missing.add(missing)
                self._recount = True
        while len(self._pages) > KEPT:
            self._stale.discard(self._pages.popitem(last=False)[0])
        self.dataChanged.emit(self.index(0, 0), self.index(max(0, self.rowCount() - 1), LABEL))
        if self._recount:
            self._count()

    def _pages_failed(self, error: ConsoleError) -> None:
        self._wanted.clear()
        self.failed.emit(error)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Lines of the query."""
        return 0 if parent.isValid() or not self._ends else self._ends[-1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's question for one cell."""
        if role not in _ROLES:
            return None
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = column in (DURATION, SIZE)
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter if right else None
        line = self.line(index.row())
        if line is None:
            return "…" if column == TIME and role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(line, column)
        if role == Qt.ItemDataRole.DecorationRole:
            if column == PATH and line.count > 1:
                return icons.icon("group")
            return icons.icon(*_line_tone(line)) if column == STATUS else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(theme.ink(_line_tone(line)[1])) if column == STATUS else None
        return {TIME: full_time(line), PATH: line.url, LABEL: line.label}.get(column)

    def _text(self, line: Line, column: int) -> str:
        several = line.count > 1
        if column == TIME:
            return time_text(line.started.astimezone(), clock.now().astimezone())
        if column == STATUS:
            if not several:
                return status_text(line)
            if line.bad == 1:
                return self.tr("1 with an error")
            return self.tr("{:,} with errors").format(line.bad) if line.bad else self.tr("no errors")
        if column == METHOD:
            return self.tr("{:,} calls").format(line.count) if several else line.method
        if column == PATH:
            return line.label if several else path_text(line.url)
        if column == DURATION:
            return f"{line.seconds * 1000:,.0f}"
        if column == SIZE:
            return size_text(line.size)
        if column == LABEL:
            return self.tr("Opens with Return") if several else line.label
        return line.feature if column == FEATURE else line.profile


_ROLES = frozenset(
    int(role)
    for role in (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.ForegroundRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ToolTipRole,
    )
)
"""As plain numbers, since half of the hundreds of questions in one painting are about others."""


def tone_of(outcome: Outcome) -> tuple[str, Tone]:
    """Icon and colour of how it ended."""
    if outcome.status is None:
        return "unknown", Tone.WARNING
    if outcome.status >= 400:
        return "error", Tone.ERROR
    if outcome.failed:
        return "warning", Tone.WARNING
    return "success", Tone.SUCCESS


def status_text(outcome: Outcome) -> str:
    """The status in words; an answer that carries an error says so whatever its number."""
    if outcome.status is None:
        return "no answer"
    return f"{outcome.status} with errors" if outcome.failed and outcome.status < 400 else str(outcome.status)


def whole_status(exchange: Exchange) -> str:
    """The status with the reason that came with it."""
    if exchange.status is None or not exchange.reason:
        return status_text(exchange)
    told = f"{exchange.status} {exchange.reason}"
    return f"{told}, with errors" if exchange.failed and exchange.status < 400 else told


def time_text(moment: datetime, now: datetime) -> str:
    """The time of day, of another day with its date; both times in the user's zone."""
    if moment.date() == now.date():
        return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    return f"{moment:%d %b %H:%M}" if moment.year == now.year else f"{moment:%Y-%m-%d}"


def full_time(outcome: Outcome) -> str:
    """Date, time and zone."""
    return f"{outcome.started.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def size_text(size: int) -> str:
    """A size in the user's own way."""
    return QLocale().formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def path_text(url: str) -> str:
    """A URL without its host."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _line_tone(line: Line) -> tuple[str, Tone]:
    if line.count > 1:
        return ("warning", Tone.WARNING) if line.bad else ("success", Tone.SUCCESS)
    return tone_of(line)


def _count(ctx: JobContext, *, history: History, query: Query, after: int) -> _Counted:
    ctx.check()
    with history.reader(ctx) as reader, reader.at_once():
        return _Counted(query, after, reader.last(query), reader.blocks(query, after))


def _read(
    ctx: JobContext, *, history: History, query: Query, blocks: Sequence[int]
) -> tuple[Query, dict[int, list[Line]]]:
    with history.reader(ctx) as reader:
        return query, {block: reader.lines(query, block) for block in blocks}
