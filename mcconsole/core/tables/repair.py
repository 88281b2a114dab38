"""Reading one line whose quotes are not as they should be: ``""AB-12"`` or ``"10" boots"``."""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST = 64 * 1024
"""Characters of a line that is worth repairing: the time taken grows faster than the line."""


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
