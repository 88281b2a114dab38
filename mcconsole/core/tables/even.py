"""Text whose records are all alike, read column by column: what most pieces of most files are."""

from __future__ import annotations

from itertools import repeat

from mcconsole.core.tables.model import Dialect

_INNER, _END, _BETWEEN = "\x1d", "\x1e", "\x1f"
"""Stand-ins: for a delimiter in quotes, for a line end, and between cells. A text that holds one is not read here."""


def even_columns(text: str, dialect: Dialect, *, final: bool) -> tuple[list[list[str]], int] | None:
    """The cells column by column, and how many characters the whole records take.

    None where it is not certain that every line is a record of the same number of cells, more than one and not all
    empty: then the text has to be read record by record. Unless it is `final`, what follows the last line end is left.
    Nothing here is done line by line, so it takes half the time: the text is cut at its delimiters alone, and only the
    seams, where a line's last cell and the next line's first are one piece, are looked at for their one line end.
    """
    end, delimiter = "\r\n" if "\r\n" in text else "\n", dialect.delimiter
    if (
        end not in text
        or len(delimiter) != 1
        or dialect.skip_space
        or (dialect.escapechar and dialect.escapechar in text)
    ):
        return None
    if _INNER in text or _END in text or _BETWEEN in text:
        return None
    length = len(text) if final else text.rindex(end) + len(end)
    text = text[:length] if text.endswith(end, 0, length) else text + end
    quoted = dialect.quotechar is not None and dialect.quotechar in text
    bare = _without_quotes(text, dialect, end) if quoted else text
    if bare is None:
        return None
    count, width = bare.count("\n"), bare.count(delimiter, 0, bare.index(end)) + 1
    if width < 2 or ("\r" in end and bare.count("\r") != count) or ("\r" not in end and "\r" in bare):
        return None
    cells = bare.split(delimiter)
    if len(cells) != count * (width - 1) + 1:
        return None
    seams = f"{end}{_END}{end}".join(cells[:: width - 1]).split(end)
    if len(seams) != 3 * count + 1 or seams[1::3].count(_END) != count:
        return None
    columns = [seams[:-1:3], *(cells[at :: width - 1] for at in range(1, width - 1)), seams[2::3]]
    if _may_be_blank(columns):
        return None
    if quoted:
        _put_back(columns, bare, delimiter, end)
    return columns, length


def _without_quotes(text: str, dialect: Dialect, end: str) -> str | None:
    """The text without its quotes, stand-ins for the delimiters within; None unless quotes only surround whole cells
    that have neither quotes nor line ends in them.
    """
    parts = text.split(dialect.quotechar)
    outside, inside = parts[::2], parts[1::2]
    borders = (dialect.delimiter, end)
    opened = all(map(str.endswith, outside[1:-1], repeat(borders))) and (outside[0].endswith(borders) or not outside[0])
    closed = all(map(str.startswith, outside[1:], repeat(borders)))
    within = _BETWEEN.join(inside)
    if len(parts) % 2 == 0 or not opened or not closed or end in within:
        return None
    if dialect.delimiter in within:
        parts[1::2] = within.replace(dialect.delimiter, _INNER).split(_BETWEEN)
    return "".join(parts)


def _may_be_blank(columns: list[list[str]]) -> bool:
    """Whether some record may consist of empty cells."""
    return "" in columns[0] and any(not any(row) for row in zip(*columns, strict=True) if not row[0])


def _put_back(columns: list[list[str]], bare: str, delimiter: str, end: str) -> None:
    """Put the delimiters that stood within quotes back into their cells; they are in few columns as a rule."""
    left, at = bare.count(_INNER), -1
    done: set[int] = set()
    while left:
        at = bare.index(_INNER, at + 1)
        column = bare.count(delimiter, bare.rfind(end, 0, at) + 1, at)
        if column not in done:
            done.add(column)
            text = _BETWEEN.join(columns[column])
            left -= text.count(_INNER)
            columns[column] = text.replace(_INNER, delimiter).split(_BETWEEN)
