"""Reading a text column by column gives exactly what reading it record by record gives, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.core.tables import Dialect
from mcconsole.core.tables.even import even_columns
from mcconsole.core.tables.parse import Stop, parse

COMMA = Dialect("utf-8", ",", '"', None, has_header=False)


def by_row(text: str, dialect: Dialect = COMMA) -> list[list[str]] | None:
    found = even_columns(text, dialect, final=True)
    return None if found is None else [list(row) for row in zip(*found[0], strict=True)]


@given(
    st.text(st.sampled_from('a’,;"\n\r\\\x1d\x1e\x1f'))
    | st.lists(st.sampled_from(["a,b\n", '"a,",b\n', '"",\n'])).map("".join),
    st.sampled_from(
        [COMMA, Dialect("utf-8", ";", "'", "\\", has_header=False), Dialect("utf-8", ",", None, None, False)]
    ),
    st.booleans(),
)
def test_it_is_what_reading_by_records_gives(text: str, dialect: Dialect, final: bool) -> None:
    found = even_columns(text, dialect, final=final)
    if found is not None:
        columns, length = found
        parsed = parse(text, dialect, final=final)
        assert [list(row) for row in zip(*columns, strict=True)] == parsed.rows
        assert length == parsed.length
        assert (parsed.stop, parsed.repaired, parsed.doubtful) == (Stop.END, 0, ())


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
        ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
        ('a,"b, c"\n"",","\n', [["a", "b, c"], ["", ","]]),
        ('"a","b"\n"c","d"\n', [["a", "b"], ["c", "d"]]),
        (",b\n,d\n", [["", "b"], ["", "d"]]),
    ],
)
def test_lines_of_one_width_are_read(text: str, rows: list[list[str]]) -> None:
    assert by_row(text) == rows


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b",
        "a\nb\n",
        "a,b\nc\n",
        "a,b,c\nd\ne\n",
        "a,b\n\nc,d\n",
        "a,b\n,\n",
        "a,b\rc,d\n",
        "a,b\r\nc,d\n",
        'a,"b\nc"\n',
        'a,"b ""c"""\n',
        'a,b"c\nd,e"f\n',
        'a,"b"c\n',
        'a,"b\n',
        "a,b\x1e\n",
    ],
)
def test_anything_else_is_left_to_be_read_by_records(text: str) -> None:
    assert by_row(text) is None
