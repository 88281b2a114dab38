"""Reading one line whose quotes are not as they should be: ``""AB-12"`` or ``"10" boots"``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_LONGEST = 64 * 1024
"""Characters of a line that is worth repairing: the time taken grows faster than the line."""
_MOST_CELLS = 2000
_CLOSINGS = 8
"""Quotes that are tried as the end of a cell."""
_FOR_TEXT, _MISSED = 3, 2
"""How odd it is that an opening quote is text, and that the row has a cell too many or too few."""
_NEAR = 4
"""A row may miss its width by a quarter: a delimiter too many or too few is often why its quotes are odd."""


def repaired_row(
    line: str, *, delimiter: str, quotechar: str, escapechar: str | None, skip_space: bool
) -> list[str] | None:
    """The cells of a line where a quote closes a cell only before a delimiter or the end, else it is part of the text.

    None when a quote is opened and not closed on this line: then the record cannot be told from its neighbours.
    """
    if len(line) > _LONGEST:
        return None
    quoted, stray, plain, escaped = _patterns(delimiter, quotechar, escapechar)
    text = line.rstrip("\r\n")
    cells: list[str] = []
    at = 0
    while True:
        if skip_space:
            at += len(text[at:]) - len(text[at:].lstrip(" "))
        if text.startswith(quotechar, at):
            found = quoted.match(text, at)
            if found is not None:
                cell = found[1].replace(quotechar * 2, quotechar)
            else:
                found = stray.match(text, at)
                if found is None:
                    return None
                cell = found[1]
        else:
            found = plain.match(text, at)
            if found is None:  # pragma: no cover (it matches the empty text)
                return None
            cell = found[0]
        cells.append(escaped.sub(r"\1", cell) if escaped else cell)
        at = found.end()
        if at >= len(text):
            return cells
        at += len(delimiter)


def likeliest_row(line: str, width: int, *, delimiter: str, quotechar: str) -> list[str] | None:
    """The cells of a line in which a quote is opened and not closed, or closed in the middle of a cell.

    Each quote at the beginning of a cell may be a mark or part of the text. Of all ways to read the line the least odd
    is returned: about `width` cells, and few quotes that are text. None when that is not near `width`.
    """
    text = line.rstrip("\r\n")
    starts = [0, *(found.end() for found in re.finditer(re.escape(delimiter), text))]
    if len(text) > _LONGEST or len(starts) > _MOST_CELLS:
        return None
    ways: dict[int, dict[int, tuple[int, str, int]]] = {}  # start: cells from there on: (cost, first cell, next start)
    for start in reversed(starts):
        here: dict[int, tuple[int, str, int]] = ways.setdefault(start, {})
        for end, cell, cost in _readings(text, start, delimiter, quotechar):
            after = end + len(delimiter)
            following = ways[after] if end < len(text) else {0: (0, "", 0)}
            for count, (more, _, _) in following.items():
                if count < 2 * width and (count + 1 not in here or cost + more < here[count + 1][0]):
                    here[count + 1] = (cost + more, cell, after)
    count = min(ways[0], key=lambda cells: _MISSED * abs(cells - width) + ways[0][cells][0], default=0)
    if abs(count - width) > width // _NEAR:
        return None
    cells: list[str] = []
    at = 0
    for left in range(count, 0, -1):
        _, cell, at = ways[at][left]
        cells.append(cell)
    return cells


def _readings(text: str, start: int, delimiter: str, quotechar: str) -> Iterator[tuple[int, str, int]]:
    """The ways to read the cell that begins at `start`: where it ends, what it holds, how odd that is."""
    ends = text.find(delimiter, start)
    ends = len(text) if ends < 0 else ends
    cell = text[start:ends]
    if not cell.startswith(quotechar):
        yield ends, cell, (quotechar in cell) + (cell.startswith(" ") and delimiter != " ")
        return
    yield ends, cell, _FOR_TEXT
    at, oddities, tried = start + 1, 0, 0
    while tried < _CLOSINGS and (at := text.find(quotechar, at)) >= 0:
        if text.startswith(quotechar * 2, at) and at + 2 < len(text) and not text.startswith(delimiter, at + 2):
            at += 2
            continue
        ends = text.find(delimiter, at + 1)
        ends = len(text) if ends < 0 else ends
        after = text[at + 1 : ends]
        inner = text[start + 1 : at].replace(quotechar * 2, quotechar)
        yield ends, inner + after, oddities + _MISSED * bool(after.strip(" ")) + (quotechar in after)
        tried, oddities, at = tried + 1, oddities + 1, at + 1


@lru_cache(maxsize=16)
def _patterns(
    delimiter: str, quotechar: str, escapechar: str | None
) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str] | None]:
    separator, quote = re.escape(delimiter), re.escape(quotechar)
    blanks = "[ ]{0,9}" if delimiter != " " else ""
    end = f"{blanks}(?:{separator}|$)"
    again = f"{separator}{quote}(?!{end})"  # a cell that begins anew: the quote before it was a stray one
    if escapechar is None:
        body, plain, escaped = f"[^{quote}{separator}]", f"[^{separator}]*", None
    else:
        escape = re.escape(escapechar)
        body = f"[^{quote}{separator}{escape}]|{escape}."
        plain = f"(?:[^{separator}{escape}]|{escape}.)*"
        escaped = re.compile(f"{escape}(.)")
    text = f"(?:{body}|(?!{again}){separator}|{quote}(?!{end}))*"
    return (
        re.compile(f"{quote}({text}){quote}(?={end}){blanks}"),
        re.compile(f"({quote}(?:{plain}(?=.*?{again})|$))"),
        re.compile(plain),
        escaped,
    )
