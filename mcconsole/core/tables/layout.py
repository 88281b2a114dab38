"""How a file is laid out in a known dialect: lines before the table, header rows, tables below each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mcconsole.core.tables.cells import DATA_KINDS, Kind, kind_of
from mcconsole.core.tables.header import (
    count_header_rows,
    data_columns,
    has_blanks,
    is_prose,
    looks_like_names,
    names_groups,
)
from mcconsole.core.tables.model import Dialect
from mcconsole.core.tables.parse import parse, split_lines
from mcconsole.core.tables.records import Sample

_BODY = 60
_BEGINNING = 200
_KEY_VALUE_ROWS = 12
_FEW_NUMBERS = 5
_MOST_PLACES = 1000
"""Places where another table may begin that are looked at; a file with more of them is ragged everywhere. So many rows
of the first table are looked at, too.
"""
_HEADER = 4
"""Records that may be header, with gaps between them."""
_SKIP = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the first table begins and ends."""

    dialect: Dialect
    tables: int
    first_table_rows: int | None
    """Rows of the first table where another one follows; None where it goes on to the end."""
    repaired: int
    """Rows with stray quotes in the sample."""


@dataclass(frozen=True, slots=True)
class _Record:
    cells: list[str]
    line: int
    """Physical line on which it begins, from 0."""
    after_gap: bool
    """Whether a blank record comes before it."""
    index: int
    """How many records that reading delivers come before it: blank ones are not."""
    position: int
    """How many records that are not blank come before it."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Consecutive records, as positions among those that are not blank; nearly all have `width` cells."""

    start: int
    end: int
    width: int

    @property
    def size(self) -> int:
        """How many records."""
        return self.end - self.start


def lay_out(sample: Sample, dialect: Dialect) -> Layout:
    """Find the lines before the table, its header, and how many tables there are, in a sample."""
    parsed = parse(sample.text, dialect, final=sample.whole, skip=_SKIP)
    records, tables = _tables_of(parsed.rows, dialect)
    if not records:
        return Layout(replace(dialect, has_header=False, header_rows=0), 1, None, parsed.repaired)
    dialect = replace(dialect, width=tables[0].width if tables[0].width > 1 else 0)
    if parsed.passed and dialect.width:
        parsed = parse(sample.text, dialect, final=sample.whole, skip=_SKIP)
        records, tables = _tables_of(parsed.rows, dialect)
    first = tables[0]
    header_rows = count_header_rows([record.cells for record in _section(records[first.start : first.end])])
    begin = records[first.start]
    found = replace(
        dialect,
        has_header=header_rows > 0,
        header_rows=header_rows,
        skipped_lines=begin.line if begin.position else 0,
    )
    return Layout(found, len(tables), _rows(records, first, header_rows, tables), parsed.repaired)


def _tables_of(rows: list[list[str]], dialect: Dialect) -> tuple[list[_Record], list[_Block]]:
    """The records from where the first table may begin, and the tables."""
    records = _records(rows, dialect)
    records = records[max(_comments(records), _above_numbers(records[:_BEGINNING])) :]
    return records, _tables(records) if records else []


def lay_out_as_told(sample: Sample, dialect: Dialect) -> Layout:
    """Count the tables in a dialect whose header and skipped lines are given."""
    text = "".join(split_lines(sample.text)[dialect.skipped_lines :])
    parsed = parse(text, dialect, final=sample.whole, skip=_SKIP)
    records = _records(parsed.rows, dialect)
    tables = _tables(records) if records else [_Block(0, 0, 1)]
    first = replace(tables[0], start=0)
    return Layout(dialect, len(tables), _rows(records, first, dialect.header_rows, tables), parsed.repaired)


def lay_out_further(layout: Layout, names: list[list[str]], rows: list[list[str]], numbers: Sequence[int]) -> Layout:
    """Count the tables again with all rows below the header known, of which a sample holds the beginning only.

    Rows far from any gap, another width or the header once more cannot begin a table: they need not be looked at.
    """
    gapless = len(rows) > 0 and numbers[-1] - numbers[0] == len(numbers) - 1
    if gapless and len(set(map(len, rows))) == 1 and not any(row in rows for row in names):
        return layout
    after_gap = [False, *(later - number > 1 for number, later in pairwise(numbers))]
    other_width = [False, *(len(row) != len(later) for row, later in pairwise(rows))]
    places = [at for at, row in enumerate(rows) if after_gap[at] or other_width[at] or row in names]
    if not places or len(places) > _MOST_PLACES:
        return layout
    near = {at for place in places for at in range(max(0, place - 2), min(len(rows), place + _BODY))}
    near |= set(range(min(len(rows), _MOST_PLACES)))
    kept = [(row, False, -1) for row in names] + [(rows[at], after_gap[at], at) for at in sorted(near)]
    records = [_Record(row, 0, gap, at, position) for position, (row, gap, at) in enumerate(kept)]
    tables = _tables(records)
    first = records[tables[0].end - 1].index + 1
    return replace(layout, tables=len(tables), first_table_rows=first if len(tables) > 1 else None)


def _section(records: list[_Record]) -> list[_Record]:
    """The records before the first title that stands below a gap: what follows may have a header of its own."""
    ends = (at for at in range(_HEADER, len(records)) if _is_heading(records[at]))
    return records[: next(ends, len(records))]


def _rows(records: list[_Record], first: _Block, header_rows: int, tables: list[_Block]) -> int | None:
    if len(tables) < 2:
        return None
    before = records[first.start + header_rows - 1].index if header_rows else records[first.start].index - 1
    return max(0, records[first.end - 1].index - before)


def _records(rows: list[list[str]], dialect: Dialect) -> list[_Record]:
    found: list[_Record] = []
    line, index, gap = 0, 0, False
    for row in rows:
        if any(cell.strip() for cell in row):
            found.append(_Record(row, line, gap, index, len(found)))
            gap = False
        else:
            gap = True
        index += any(row) if dialect.skip_empty else bool(row)
        line += 1 + sum(len(split_lines(f"{cell}|")) - 1 for cell in row if "\n" in cell or "\r" in cell)
    return found


def _comments(records: list[_Record]) -> int:
    """How many records at the top are comments (``# made by hand``); those as wide as the table may be its first."""
    count = next((at for at, record in enumerate(records) if not record.cells[0].startswith("#")), 0)
    width = len(records[count].cells) if count else 0
    while count and len(records[count - 1].cells) == width > 1:
        count -= 1
    return count


def _above_numbers(records: list[_Record]) -> int:
    """How many records at the top are preamble because only rows of numbers follow them, below a header or none."""
    width = len(records[-1].cells) if records else 0
    start = len(records)
    while start and len(records[start - 1].cells) == width and _is_numeric(records[start - 1]):
        start -= 1
    if not start or len(records) - start < max(_FEW_NUMBERS, start):
        return 0
    header = start
    while header and start - header < _HEADER and _may_be_header(records[header - 1], width):
        header -= 1
        if width == 1 or records[header].after_gap:
            break
    if 0 < header < start and len(records[header - 1].cells) == width and names_groups(records[header - 1].cells):
        header -= 1
    above = len(records[start - 1].cells)
    told = header < start or above == 1 < width or abs(above - width) > 1
    begun = any(len(record.cells) == width and _is_numeric(record) for record in records[:header])
    tables = any(_may_be_table(block, records) for block in _blocks(records[:header]))
    return header if told and not begun and not tables else 0


def _may_be_table(block: _Block, records: list[_Record]) -> bool:
    """Whether records above numbers are a table of their own, and not pairs of name and value."""
    named = block.size > 2 and looks_like_names(records[block.start].cells)
    return named and (block.width > 2 or _is_uniform(block, records))


def _is_numeric(record: _Record) -> bool:
    kinds = {kind_of(cell) for cell in record.cells}
    return bool(kinds & DATA_KINDS) and kinds <= {*DATA_KINDS, Kind.EMPTY, Kind.MISSING}


def _may_be_header(record: _Record, width: int) -> bool:
    """Whether a record above rows of numbers could name them; either may end in a delimiter too many."""
    cells = record.cells[:-1] if len(record.cells) > 1 and not record.cells[-1].strip() else record.cells
    return width == len(record.cells) == 1 or (abs(len(record.cells) - width) <= 1 and looks_like_names(cells))


def _tables(records: list[_Record]) -> list[_Block]:
    """The tables below each other; the first begins after the preamble, and ragged rows and notes belong to theirs."""
    blocks = _blocks(records)
    wide = [block for block in blocks if block.width > 1]
    if not wide:
        return [_Block(0, len(records), 1)]
    usual = _usual_width(wide)
    at = next(i for i, block in enumerate(blocks) if _begins(blocks, i, usual, records))
    first = blocks[at]
    start = first.start + _titles(records[first.start : first.end])
    tables = [_Block(start, first.end, first.width)]
    for block in blocks[at + 1 :]:
        table = tables[-1]
        if _is_new(block, table, records):
            tables[-1] = replace(table, end=_without_title(table, records))
            tables.append(block)
        else:
            width = block.width if block.size > table.size and table.size < 2 else table.width
            tables[-1] = _Block(table.start, block.end, width)
    return tables


def _blocks(records: list[_Record]) -> list[_Block]:
    """Runs of records of one width, cut also at blank records, below headings and where the header is repeated."""
    blocks: list[_Block] = []
    start = 0
    first = next((i for i, record in enumerate(records) if looks_like_names(record.cells)), len(records))
    for i in range(1, len(records) + 1):
        ends = i == len(records) or records[i].after_gap or len(records[i].cells) != len(records[start].cells)
        again = not ends and i > first + 2 and records[i].cells == records[first].cells
        below = i == start + 1 and _is_heading(records[start])
        if ends or again or below:
            blocks.append(_Block(start, i, len(records[start].cells)))
            start = i
    return blocks


def _usual_width(blocks: Sequence[_Block]) -> int:
    records: Counter[int] = Counter()
    for block in blocks:
        records[block.width] += block.size
    return max(records, key=lambda width: (records[width] * (1 - 0.5 / width), width))


def _begins(blocks: list[_Block], i: int, usual: int, records: list[_Record]) -> bool:
    """Whether the first table begins with this block; what comes before it is preamble."""
    block = blocks[i]
    if block.width == usual:
        later = any(other.width == usual for other in blocks[i + 1 :])
        if later and block.size == 1 and has_blanks(records[block.start].cells):
            return has_blanks(records[block.end].cells)  # else it is a sentence that has as many commas by chance
        return not later or not all(_is_title(record, []) for record in records[block.start : block.end])
    if block.width == 1:
        return False
    following = blocks[i + 1] if i + 1 < len(blocks) else None
    names = looks_like_names(records[block.start].cells)
    if following is not None and following.width > 1 and not records[following.start].after_gap:
        near = abs(block.width - usual) == 1 or (names and 0.6 * usual <= block.width <= 1.7 * usual)
        below = looks_like_names(records[following.start].cells) and _has_data_below(following, records)
        if near and (block.size == 1 or not below):
            return not below
    most = sum(other.size for other in blocks[i + 1 :] if other.width == usual)
    pairs = block.width == 2 and usual > 2 and (block.size <= _KEY_VALUE_ROWS or 2 * block.size <= most)
    return block.size > 2 and names and not (pairs and not _is_uniform(block, records))


def _is_uniform(block: _Block, records: list[_Record]) -> bool:
    """Whether a column below the first record holds one kind of thing, as in a table, and not now this, now that.

    Of few records it must be the first column, where pairs have their names.
    """
    body = [record.cells for record in records[block.start + 1 : min(block.end, block.start + _BODY)]]
    kinds = [{kind_of(row[index]) for row in body} for index in range(block.width if len(body) > 2 else 1)]
    return len(body) > 1 and any(len(found) == 1 and found <= {*DATA_KINDS, Kind.CODE} for found in kinds)


def _titles(records: list[_Record]) -> int:
    """Records at the top that fill one cell only, above a fuller one: a title that was saved with all delimiters.

    Or a sentence that happens to have as many cells as the table, above names that stand over data.
    """
    count = 0
    while count < len(records) - 1 and _is_title(records[count], records[count + 1 : count + _BODY]):
        count += 1
    if count:
        narrow = len(records[count].cells) < 3
        return count if _filled(records[count]) > 1 and not (narrow and not _names_over_data(records[count:])) else 0
    if len(records) > 3 and is_prose(records[0].cells) and not is_prose(records[1].cells):
        return int(_names_over_data(records[1:]))
    return 0


def _is_title(record: _Record, below: list[_Record]) -> bool:
    """Whether a record has one text and nothing else, and not a text that rows below have in the same column."""
    if len(record.cells) < 2 or _filled(record) != 1:
        return False
    at, text = next((at, cell) for at, cell in enumerate(record.cells) if cell.strip())
    again = any(other.cells[at] == text for other in below if _filled(other) > 1 and at < len(other.cells))
    return kind_of(text) not in DATA_KINDS and not again


def _names_over_data(records: list[_Record]) -> bool:
    names, body = records[0].cells, [record.cells for record in records[1:_BODY]]
    return looks_like_names(names) and bool(data_columns(body, len(names)))


def _without_title(table: _Block, records: list[_Record]) -> int:
    """The end of a table that another one follows: what fills one cell below a gap is the title of that one."""
    end = table.end
    while end > table.start + 1 and _filled(records[end - 1]) == 1:
        end -= 1
        if records[end].after_gap:
            return end
    return table.end


def _filled(record: _Record) -> int:
    return sum(bool(cell.strip()) for cell in record.cells)


def _is_new(block: _Block, table: _Block, records: list[_Record]) -> bool:
    """Whether this block is a table of its own and not ragged rows, notes or more rows of the table before it."""
    if block.width < 2 or block.size < 2 or table.size < 2:
        return False
    head = records[block.start]
    header = records[table.start].cells
    if head.cells == header and looks_like_names(header):
        rows = [record.cells for record in records[table.start : block.end]]
        return count_header_rows(rows[:_BODY]) > 0
    if not looks_like_names(head.cells) or any(kind_of(cell) is Kind.MISSING for cell in head.cells):
        return False
    apart = head.after_gap or _is_heading(records[block.start - 1])
    if block.width != table.width:
        return apart or (block.size > 2 and _has_data_below(block, records))
    return apart and _has_data_below(block, records) and _has_data_below(table, records)


def _is_heading(record: _Record) -> bool:
    """Whether a record fills one cell below a gap: what follows it may be a table of its own."""
    return record.after_gap and _filled(record) == 1


def _has_data_below(block: _Block, records: list[_Record]) -> bool:
    """Whether the first record of the block is a header over at least one column of numbers, dates or addresses."""
    body = [record.cells for record in records[block.start + 1 : min(block.end, block.start + _BODY)]]
    return bool(data_columns(body, block.width))
