"""The list of exchanges, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from mcconsole.core.exchange import Exchange
from mcconsole.ui import icons, theme
from mcconsole.ui.table import SORT_ROLE
from mcconsole.ui.theme import Tone

TIME, STATUS, METHOD, PATH, DURATION, SIZE, FEATURE, LABEL = range(8)
MOST = 10_000
MOST_BYTES = 48 * 1024 * 1024
"""Rows and bytes of bodies that the list keeps; the oldest go first."""

Index = QModelIndex | QPersistentModelIndex


class ExchangeModel(QAbstractTableModel):
    """Rows are kept oldest first and shown newest first, so that adding costs the same at any length."""

    def __init__(self, parent: QObject | None = None, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(parent)
        self._rows: list[Exchange] = []
        self._bytes = 0
        self._most, self._most_bytes = most, most_bytes
        self._titles = (
            self.tr("Time"),
            self.tr("Status"),
            self.tr("Method"),
            self.tr("Path"),
            self.tr("ms"),
            self.tr("Size"),
            self.tr("Tab"),
            self.tr("What for"),
        )

    def add(self, exchanges: Sequence[Exchange]) -> None:
        """Add newer exchanges, and let go of the oldest where there are too many."""
        exchanges = exchanges[-self._most :]
        self.beginInsertRows(QModelIndex(), 0, len(exchanges) - 1)
        self._rows.extend(exchanges)
        self._bytes += sum(map(_weight, exchanges))
        self.endInsertRows()
        surplus, heavy = max(0, len(self._rows) - self._most), self._bytes
        heavy -= sum(map(_weight, self._rows[:surplus]))
        while heavy > self._most_bytes and surplus < len(self._rows) - 1:
            heavy -= _weight(self._rows[surplus])
            surplus += 1
        if surplus:
            last = len(self._rows) - 1
            self.beginRemoveRows(QModelIndex(), last - surplus + 1, last)
            del self._rows[:surplus]
            self._bytes = heavy
            self.endRemoveRows()

    def clear(self) -> None:
        """Forget all."""
        self.beginResetModel()
        self._rows.clear()
        self._bytes = 0
        self.endResetModel()

    def exchange(self, row: int) -> Exchange:
        """The exchange shown in a row."""
        return self._rows[len(self._rows) - 1 - row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        """Exchanges kept."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Always the same."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The titles."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's question for one cell."""
        exchange, column = self.exchange(index.row()), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(exchange, column)
        if role == SORT_ROLE:
            return _sort_value(exchange, column)
        if role == Qt.ItemDataRole.DecorationRole and column == STATUS:
            return icons.icon(*tone_of(exchange))
        if role == Qt.ItemDataRole.ForegroundRole and column == STATUS:
            return QColor(theme.ink(tone_of(exchange)[1]))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (DURATION, SIZE):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return {TIME: full_time(exchange), PATH: exchange.url, STATUS: exchange.error}.get(column)
        return None


def tone_of(exchange: Exchange) -> tuple[str, Tone]:
    """Icon and colour of how it ended."""
    if exchange.status is None:
        return "unknown", Tone.WARNING
    if exchange.status >= 400:
        return "error", Tone.ERROR
    if exchange.failed:
        return "warning", Tone.WARNING
    return "success", Tone.SUCCESS


def status_text(exchange: Exchange) -> str:
    """The status in words; an answer that carries an error says so whatever its number."""
    if exchange.status is None:
        return "no answer"
    return f"{exchange.status} with errors" if exchange.failed and exchange.status < 400 else str(exchange.status)


def search_text(exchange: Exchange) -> str:
    """What a filter searches."""
    words = (exchange.method, exchange.url, status_text(exchange), exchange.feature, exchange.label)
    return " ".join(words).casefold()


def full_time(exchange: Exchange) -> str:
    """Date, time and zone."""
    return f"{exchange.started.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def size_text(size: int) -> str:
    """A size in the user's own way."""
    return QLocale().formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def _text(exchange: Exchange, column: int) -> str:
    if column == TIME:
        moment = exchange.started.astimezone()
        return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    if column == METHOD:
        return exchange.method
    if column == PATH:
        parts = urlsplit(exchange.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    if column == STATUS:
        return status_text(exchange)
    if column == DURATION:
        return f"{exchange.seconds * 1000:,.0f}"
    if column == SIZE:
        return size_text(exchange.response.size)
    return exchange.feature if column == FEATURE else exchange.label


def _sort_value(exchange: Exchange, column: int) -> object:
    if column == TIME:
        return exchange.id
    if column == STATUS:
        return exchange.status or 0
    if column == DURATION:
        return exchange.seconds
    if column == SIZE:
        return exchange.response.size
    return _text(exchange, column)


def _weight(exchange: Exchange) -> int:
    return len(exchange.request.data) + len(exchange.response.data)
