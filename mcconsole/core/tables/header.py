"""How many rows at the top of a table are its header."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from mcconsole.core.tables.cells import DATA_KINDS, Kind, kind_of

_BODY = 200
_MOST_ROWS = 4
_TYPED = 0.65
_LONGEST_NAME = 100
_NAMES = re.compile(
    r"(?i)(?:^|[\W_]|(?<=[a-z])(?=[A-Z]))(?:id|key|name|code|date|time|email|e-?mail|mail|first|last|city|country|state|zip|"
    r"status|type|phone|address|street|number|no|nr|amount|price|total|value|count|title|description|comments?|notes?|"
    r"product|customer|subscriber|contact|user|category|url|year|month|day|gender|age|locale|language|company)s?\b"
)

Row = list[str]


def count_header_rows(rows: list[Row]) -> int:
    """Rows of the header of a table that begins with `rows`: 0 to 4."""
    if not rows:
        return 0
    if not _is_header(rows[0], rows[1:_BODY]):
        below = len(rows) > 2 and names_groups(rows[0]) and looks_like_names(rows[1])
        return 2 if below and data_columns(rows[2:_BODY], len(rows[1])) else 0
    count = 1
    while count < min(_MOST_ROWS, len(rows) - 1) and _goes_on(rows[:count], rows[count], rows[count + 1 : _BODY]):
        count += 1
    return count


def looks_like_names(row: Row) -> bool:
    """Whether a row could be column names: several, all different, none empty, none a number, date or address."""
    cells = [cell.strip() for cell in row]
    return (
        len(cells) > 1
        and all(cells)
        and len(set(cells)) == len(cells)
        and not any(kind_of(cell) in DATA_KINDS or len(cell) > _LONGEST_NAME for cell in cells)
    )


def names_groups(row: Row) -> bool:
    """Whether a row above names could name groups of them: several cells with gaps, and not a name beside its value."""
    filled = [at for at, cell in enumerate(row) if cell.strip()]
    parted = len(filled) > 1 and filled != [0, 1] and len(filled) < len(row)
    return parted and not any(kind_of(row[at]) in DATA_KINDS for at in filled)


def is_prose(row: Row) -> bool:
    """Whether a row is a sentence about the file rather than names of columns."""
    return max(len(cell.split()) for cell in row) > 5 or has_blanks(row)


def has_blanks(row: Row) -> bool:
    """Whether blanks come after all commas, as in a sentence, or as in a file whose cells all have blanks before."""
    return len(row) > 1 and all(cell.startswith(" ") for cell in row[1:])


def data_columns(body: list[Row], width: int) -> list[int]:
    """Columns where nearly every cell that is not empty is a number, a date or an address."""
    found = []
    for index in range(width):
        kinds = [kind_of(row[index]) for row in body if index < len(row)]
        told = [kind for kind in kinds if kind not in (Kind.EMPTY, Kind.MISSING)]
        if told and sum(kind in DATA_KINDS for kind in told) >= _TYPED * len(told):
            found.append(index)
    return found


def _is_header(first: Row, body: list[Row]) -> bool:
    cells = [cell.strip() for cell in first]
    if not any(cells):
        return False
    data = [index for index, cell in enumerate(cells) if kind_of(cell) in DATA_KINDS]
    typed = set(data_columns(body, len(cells)))
    if data:
        return bool(body) and _numbered_names(cells, data, body, typed)
    if any(cells[index] for index in typed):
        return True
    return _points(cells, body) >= 0


def _numbered_names(cells: Row, data: list[int], body: list[Row], typed: set[int]) -> bool:
    """Names such as 2018, 2019, 2020 or 1, 2, 3 over columns that hold something else."""
    named = [index for index, cell in enumerate(cells) if cell and index not in data]
    if not named or any(kind_of(cells[index]) is not Kind.NUMBER or not cells[index].isdigit() for index in data):
        return False
    numbers = [int(cells[index]) for index in data]
    steps = {b - a for a, b in pairwise(numbers)} - {0}
    in_steps = len(steps) == 1 and (len(numbers) > 2 or steps == {1})
    for index, number in zip(data, numbers, strict=True):
        in_steps = in_steps and not _counts_on(number, [row[index].strip() for row in body[:3] if index < len(row)])
    years = all(1900 <= number <= 2100 for number in numbers)
    again = sum(row[index].strip() == cells[index] for row in body for index in data if index < len(row))
    text_over_data = any(index in typed for index in named)
    return (in_steps or years or text_over_data) and again <= len(body) * len(data) // 4


def _counts_on(number: int, column: Row) -> bool:
    """Whether a column goes on counting where its first cell began: then that is a row like the others."""
    return bool(column) and column == [str(number + step) for step in range(1, len(column) + 1)]


def _points(cells: Row, body: list[Row]) -> float:
    """What speaks for a header where nothing but text is in the table; less than 0 speaks against it."""
    points = 0.3
    filled = [cell for cell in cells if cell]
    same = [sum(a == b.strip() for a, b in zip(cells, row, strict=False) if a) for row in body]
    if 1 not in same and 0 in same:  # rows that are the header once more, of a further table, do not speak against it
        body = [row for row, count in zip(body, same, strict=True) if not count]
    points -= 1.5 * (len(set(filled)) < len(filled))
    nameless = [index for index, cell in enumerate(cells) if not cell]
    points -= 0.5 * any(row[index].strip() for row in body for index in nameless if index < len(row))
    points -= 2.0 * any(len(cell) > _LONGEST_NAME for cell in filled)
    points += 1.0 * (sum(bool(_NAMES.search(cell)) for cell in filled) >= 0.3 * len(filled))
    for index, cell in enumerate(cells):
        column = [row[index].strip() for row in body if index < len(row)]
        if not cell or not column:
            continue
        again = column.count(cell)
        points -= 1.0 if again > len(column) // 10 else 0.2 if again else 0.0
        kinds = Counter(map(kind_of, column))
        usual, often = kinds.most_common(1)[0]
        if usual is Kind.CODE and often > 0.7 * len(column):
            points += 0.5 if kind_of(cell) is not Kind.CODE else -0.5 * any(map(str.isdigit, cell))
        lengths = {len(text) for text in column}
        points += 0.3 * (len(column) > 2 and len(lengths) == 1 and len(cell) not in lengths)
    return points


def _goes_on(header: list[Row], row: Row, body: list[Row]) -> bool:
    """Whether `row`, below `header`, belongs to it: a repetition, or text (units, sub-titles) over columns of data."""
    if row == header[0]:
        return True
    if (
        len(row) != len(header[0])
        or any(kind_of(cell) in DATA_KINDS for cell in row)
        or not any(cell.strip() for cell in row)
    ):
        return False
    told = [index for index in data_columns(body, len(row)) if row[index].strip()]
    real = [index for index in told if kind_of(row[index]) is not Kind.MISSING]
    sparse = sum(not cell.strip() for cell in header[-1]) * 3 >= len(row)
    needed = 1 if sparse else 2
    return len(body) >= 2 and len(real) >= needed and len(real) >= 0.3 * len(data_columns(body, len(row)))
