"""Which dialect a file is written in: every plausible one is tried, and the one that gives the best table is taken.

The idea is the one of published work on dialect detection (a good cut gives rows of one width and cells that look like
something), extended by what comes before and after the table and by how well the quotes fit.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from mcconsole.core.tables.cells import SCORES, Kind, kind_of
from mcconsole.core.tables.header import data_columns
from mcconsole.core.tables.layout import Layout, lay_out
from mcconsole.core.tables.model import Dialect
from mcconsole.core.tables.parse import Parsed, Stop, parse
from mcconsole.core.tables.records import Sample

_PRIORS = {
    ",": 1.0,
    ";": 1.0,
    "\t": 1.0,
    "|": 0.98,
    "||": 0.98,
    ";;": 0.98,
    "|~|": 0.98,
    "~|~": 0.98,
    "::": 0.9,
    "\t\t": 0.97,
    "\\t": 0.9,
    "^": 0.9,
    "~": 0.9,
    "\x01": 0.98,
    "\x1f": 0.98,
    "\x1e": 0.98,
    "§": 0.95,
    "¦": 0.95,
    "¬": 0.95,
    "•": 0.8,
    "#": 0.75,
    "!": 0.7,
    "*": 0.7,
    "&": 0.7,
    ":": 0.75,
    " ": 0.72,
    "": 1.0,
}
"""Delimiters that are tried, and how much each is to be expected."""

_HEAD = 48 * 1024
_FEW_LINES = 8
_ROWS = 150
_SKIP = 20
_ESCAPES = "\\^~/%$"
_QUOTES = "\"'`~"
_EMPTY = 0.05
"""The score of delimiters with nothing between them, where there is nothing else."""
_LATER, _WORDS = 0.9, 0.3
"""How much less likely a table is that begins below the first line, and one of mere words."""
_STRONG, _LIST = (";", "\t", "|", "||"), 0.4
"""Delimiters between which a cell may well be a list, and how much that mends a cell with commas that says nothing."""
_COLON_INSIDE = re.compile(r"://|\d[T ]\d{1,2}:\d{2}")
"""Addresses, and dates with a time: a colon in them separates nothing."""
_COMMENTS = re.compile(r"\A(?:#[^\r\n]*[\r\n]+)+(?=[^#])")
"""Lines at the top that begin with a mark for comments tell nothing of the delimiter."""


def detect(sample: Sample) -> Layout:
    """The most likely dialect of a sample, and how the file is laid out in it."""
    head, whole = _head(sample)
    head = _COMMENTS.sub("", head)
    best: tuple[float, Dialect] | None = None
    for dialect in _candidates(head, sample.encoding):
        score = _score(dialect, parse(head, dialect, final=whole, skip=_SKIP), head)
        if best is None or score > best[0]:
            best = score, dialect
    if best is None:  # pragma: no cover (the single column is always a candidate)
        raise AssertionError
    dialect = _refined(best[1], head, whole=whole)
    return lay_out(sample, replace(dialect, skip_empty=bool(dialect.delimiter)))


def _head(sample: Sample) -> tuple[str, bool]:
    """The lines that the dialect is told from, and whether they are the whole file."""
    if len(sample.text) <= _HEAD:
        return sample.text, sample.whole
    end = max(sample.text.rfind(mark, 0, _HEAD) for mark in "\r\n") + 1
    head = sample.text[:end]
    if head.count("\n") + head.count("\r") < _FEW_LINES:
        return sample.text, sample.whole
    return head, False


def _candidates(text: str, encoding: str) -> Iterator[Dialect]:
    for delimiter in _PRIORS:
        if delimiter not in text or (delimiter == ":" and _COLON_INSIDE.search(text)):
            continue
        twice = delimiter * 2
        if delimiter and twice in _PRIORS and twice in text and text.count(delimiter) == 2 * text.count(twice):
            continue  # it never stands alone
        if delimiter in (";;", "||", "\t\t") and text.count(delimiter[0]) > 2.2 * text.count(delimiter):
            continue  # it is two delimiters, and nothing between them
        for quotechar in _quotes(text, delimiter):
            for escapechar in _escapes(text, delimiter, quotechar):
                plain = Dialect(encoding, delimiter, quotechar, escapechar, has_header=False, header_rows=0)
                yield plain
                if quotechar and delimiter.strip(" ") and re.search(f"{re.escape(delimiter)} {{1,9}}{quotechar}", text):
                    yield replace(plain, skip_space=True)


def _quotes(text: str, delimiter: str) -> list[str | None]:
    """Quote characters that cells begin and end with."""
    found: list[str | None] = []
    for quote in _QUOTES:
        if quote == delimiter or quote not in text:
            continue
        opened, closed = _quoted_cells(text, delimiter, quote)
        if closed and closed >= 0.5 * opened and (quote == '"' or closed >= 2 or opened == closed):
            found.append(quote)
        elif quote == '"' and 0 < opened < 3:
            found.append(quote)  # one that is never closed is an error to tell, not text
    if '"' not in found:
        opened, _ = _quoted_cells(text, delimiter, '"')
        found.append(None if opened else '"')
    return found


def _quoted_cells(text: str, delimiter: str, quote: str) -> tuple[int, int]:
    """How many cells begin with this quote, and how many of them end with it, too."""
    separator = re.escape(delimiter) if delimiter else "(?!)"
    begin = f"(?:^|{separator}|\r|\n) {{0,9}}{quote}"
    if not re.search(begin, text):
        return 0, 0
    rest, closed = re.subn(
        f"{begin}(?:[^{quote}]|{quote}{quote}|\\\\{quote})*{quote}(?= {{0,9}}(?:{separator}|\r|\n|$))", "", text
    )
    opened = closed + len(re.findall(begin, rest))  # not those that a closed cell holds, doubled
    return opened, closed


def _escapes(text: str, delimiter: str, quotechar: str | None) -> list[str | None]:
    """None (a doubled quote), and what stands before quotes that neither open nor close a cell."""
    if not quotechar:
        return [None]
    separator = re.escape(delimiter) if delimiter else "(?!)"
    inner = re.findall(rf"([^\w\s{quotechar}]){quotechar}(?! {{0,9}}(?:{separator}|[\r\n]|$))", text)
    before = Counter(mark for mark in inner if mark in _ESCAPES and mark != delimiter)
    usual = before.most_common(1)
    escaped_end = f"\\{quotechar}{quotechar}" in text
    if usual and usual[0][1] >= 0.5 * before.total():
        return [None, usual[0][0]]
    return [None, "\\"] if escaped_end else [None]


def _score(dialect: Dialect, parsed: Parsed, text: str) -> float:
    """How good a table this dialect gives, from 0 to about 1."""
    rows = [row for row in parsed.rows if any(row)]
    if not rows:
        return _EMPTY * bool(dialect.delimiter)
    coverage = parsed.length / len(text) if parsed.stop is not Stop.END else 1.0
    clean = 1 - 0.6 * parsed.repaired / len(rows)
    return _PRIORS[dialect.delimiter] * _shape(rows, dialect) * _look(rows, dialect) * coverage**2 * clean


def _shape(rows: list[list[str]], dialect: Dialect) -> float:
    """How much the rows are of one width, where the table is; wide tables are less likely to be chance."""
    widths = Counter(map(len, rows))
    if not dialect.delimiter:
        whole = sum(kind_of(row[0]) in _WHOLE for row in rows) / len(rows)
        # a mark in nearly all rows parts columns; but a comma does not part decimals, where their name has none
        marks = ",;|" if "," in rows[0][0] or kind_of(rows[-1][0]) is Kind.ADDRESS else ";|"
        cut = any(sum(mark in row[0] for row in rows) > 0.8 * len(rows) for mark in marks)
        return 0.25 + 0.65 * (whole > 0.8 and not cut)
    del widths[1]
    if not widths:
        return 0.0
    width = max(widths, key=lambda w: (widths[w] * (1 - 0.5 / w), w))
    first = next(i for i, row in enumerate(rows) if len(row) == width)
    last = max(i for i, row in enumerate(rows) if len(row) == width) + 1
    inside = rows[first:last]
    if len(inside) < len(rows) / 2:  # tables of other widths count as well, notes in one cell do not
        inside = [row for row in rows if len(row) > 1]
    even = sum(count * count for w, count in Counter(map(len, inside)).items() if w > 1) / len(inside) ** 2
    begun = _WORDS if _are_words(rows, inside, dialect) else _LATER if first else 1.0
    return begun * even * (1 - 0.6 / width) * math.sqrt(_size(inside) / _size(rows))


def _are_words(rows: list[list[str]], inside: list[list[str]], dialect: Dialect) -> bool:
    """Whether the rows are words of texts: blanks between them, or `Last, First` below a name that is one word."""
    if dialect.delimiter != " " and not (
        len(rows[0]) == 1 and all(cell.startswith(" ") for row in inside for cell in row[1:])
    ):
        return False
    return not data_columns(inside[1:] or inside, max(map(len, inside)))


def _size(rows: list[list[str]]) -> int:
    """Characters, delimiters included: a long preamble of short lines must not outweigh a few long rows."""
    return sum(len(cell) + 1 for row in rows for cell in row)


_WHOLE = frozenset({Kind.NUMBER, Kind.MOMENT, Kind.ADDRESS, Kind.CODE, Kind.WORD, Kind.MISSING})


def _look(rows: list[list[str]], dialect: Dialect) -> float:
    """The mean score of the cells, each column weighing the same in each row.

    A cell may hold a list: commas in it say little against a cut at something else.
    """
    step = max(1, len(rows) // _ROWS)
    cells = [cell for row in rows[::step] for cell in row[:200]]
    told = sum(SCORES[kind_of(cell)] for cell in cells)
    if dialect.delimiter in _STRONG:
        told += _LIST * sum("," in cell and kind_of(cell) is Kind.ODD for cell in cells)
    return told / len(cells)


def _refined(dialect: Dialect, text: str, *, whole: bool) -> Dialect:
    """Blanks that come with every delimiter belong to it.

    Not where numbers are all that follows: blanks may align them, and a longer number further down has none before it.
    """
    if not dialect.delimiter.strip():
        return dialect
    rows = [row for row in parse(text, replace(dialect, skip_space=False), final=whole).rows if len(row) > 1]
    after = [cell for row in rows for cell in row[1:]]
    if not after or len(rows) < 2 or not all(cell.startswith(" ") for cell in after):
        return dialect
    below = [cell for row in rows[1:] for cell in row[1:]]
    if all(kind_of(cell) in (Kind.NUMBER, Kind.MISSING, Kind.EMPTY) for cell in below):
        return dialect
    before = [cell for row in rows for cell in row[:-1]]
    lead = " " if all(cell.endswith(" ") for cell in before) else ""
    return replace(dialect, delimiter=f"{lead}{dialect.delimiter} ", skip_space=False)
