"""JSON as people type it: the place of every fault, nothing rounded, nothing invisible."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.core import json_text
from mcconsole.core.json_text import DEEPEST, LIMIT, NotJson

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False, places=4),
    st.text(st.characters(), max_size=12),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=6), VALUES, max_size=5)


@given(OBJECTS)
def test_what_is_written_is_read_again_and_can_be_seen(data: dict[str, object]) -> None:
    text = json_text.written(data)
    assert json_text.parse(text) == data
    assert all(one.isprintable() or one in "\n\u200c\u200d" for one in text)


@given(OBJECTS, st.integers(0, 3))
def test_every_member_is_where_it_is_said_to_be(data: dict[str, object], indent: int) -> None:
    text = "\n " + json.dumps(data, indent=indent, default=float) + " "
    found = list(json_text.members(text))
    assert [member.name for member in found] == list(data)
    for member in found:
        assert json.loads(text[member.start : member.end]) == member.name
        assert json.loads(text[member.value_start : member.value_end]) == json.loads(text)[member.name]


@given(st.text(max_size=30) | st.text('{}[]":,\\ntrue01.e- \n', max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        data = json_text.parse(text)
    except NotJson as refused:
        error = refused
    else:
        assert [member.name for member in json_text.members(text)] == list(data)
        return
    assert error.at is None or 0 <= error.at <= len(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ('{"a": 1,\n "b" 2}', "line 2, column 6"),
        ('{"a": 1,\n "😀": 1,\n "a": 2}', "line 3, column 2"),
        ('{\n"a": 1', "line 2, column 7"),
    ],
)
def test_a_fault_has_its_place(text: str, place: str) -> None:
    with pytest.raises(NotJson, match=place):
        json_text.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("[1]", '"a"', '{"a": NaN}', '{"a": {"b": 1, "b": 2}}', '{"a": {"b": 1, "b": 2}, oops'),
        *('{"a": 1e999999999}', '{"a": 1e99999999999999999999}', '{"a": -0.1e-9999}', f'{{"a": 1{"0" * 5000}}}'),
        *(f'{{"a": "{"x" * LIMIT}"}}', "[" * 100_000, f'{{"a": {"[" * DEEPEST}{"]" * DEEPEST}}}'),
    ],
)
def test_what_is_no_object_or_has_no_bounds_is_refused(text: str) -> None:
    with pytest.raises(NotJson) as caught:
        json_text.parse(text)
    assert len(str(caught.value)) < 200


def test_numbers_keep_their_digits() -> None:
    data = json_text.parse('{"a": 12.50, "b": 0.1000000000000000000001}')
    assert data == {"a": Decimal("12.50"), "b": Decimal("0.1000000000000000000001")}
    assert json_text.written(data) == '{\n  "a": 12.50,\n  "b": 0.1000000000000000000001\n}'
