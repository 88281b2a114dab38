"""Typed and pasted data against a schema: exact names only, and nothing is lost."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mcconsole.core import payload
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.values import Problem

SCHEMA = Schema(
    "k",
    "Orders",
    (
        Field("SubscriberKey", FieldType.TEXT, 50, required=True),
        Field("FirstName", FieldType.TEXT, 5),
        Field("Total", FieldType.DECIMAL, 10, 2),
        Field("Gift", FieldType.BOOLEAN),
        Field("Source", FieldType.TEXT, 10, required=True, default="web"),
    ),
)


def test_good_data_go_out_as_texts_under_exact_names() -> None:
    data = payload.parse('{"SubscriberKey": "1", "Total": 12.50, "Gift": true, "FirstName": null}')
    checked = payload.check(data, SCHEMA)
    assert checked.faults == ()
    assert checked.values == {"SubscriberKey": "1", "Total": "12.50", "Gift": "true", "FirstName": None}


@pytest.mark.parametrize(
    ("given_", "code", "field", "suggestion"),
    [
        ({"SubscriberKey": "1", "firstname": "x"}, "FieldName", "firstname", "FirstName"),
        ({"SubscriberKey": "1", "First Name": "x"}, "FieldName", "First Name", "FirstName"),
        ({"SubscriberKey": "1", "FrstName": "x"}, "FieldName", "FrstName", "FirstName"),
        ({"SubscriberKey": "1", "Shoe": "x"}, "FieldNotFound", "Shoe", ""),
        ({"SubscriberKey": "1", "subscriberkey": "1"}, "FieldName", "subscriberkey", "SubscriberKey"),
        ({"SubscriberKey": "1", "subscriber key": "2"}, "FieldTwice", "subscriber key", ""),
        ({"FirstName": "x"}, "Missing", "SubscriberKey", ""),
        ({"SubscriberKey": ""}, "Required", "SubscriberKey", ""),
        ({"SubscriberKey": None}, "Required", "SubscriberKey", ""),
        ({"SubscriberKey": "1", "FirstName": "longer"}, "TooLong", "FirstName", ""),
        ({"SubscriberKey": "1", "FirstName": ["x"]}, "NotPlain", "FirstName", ""),
    ],
)
def test_every_fault_is_named(given_: dict[str, object], code: str, field: str, suggestion: str) -> None:
    (fault,) = payload.check(given_, SCHEMA).faults
    assert (fault.code, fault.field, fault.suggestion) == (code, field, suggestion)


def test_one_click_mends_all_names() -> None:
    given_ = {"subscriber_key": "1", "FIRSTNAME": "x", "FirstNam": "y"}
    mended = payload.mend(given_, SCHEMA)
    assert mended == {"SubscriberKey": "1", "FirstName": "x", "FirstNam": "y"}
    assert payload.mend({"FrstName": "x"}, SCHEMA, guesses=False) == {"FrstName": "x"}


def test_what_stands_there_twice_is_mended_where_nothing_is_lost() -> None:
    filled = {"SubscriberKey": "1", "subscriberkey": "1", "FIRSTNAME": "x", "first name": "y"}
    assert payload.mend(filled, SCHEMA) == {"SubscriberKey": "1", "FirstName": "x", "first name": "y"}
    numbers = Schema("k", "n", (Field("Key", FieldType.TEXT, 20), Field("Key2", FieldType.TEXT, 20)))
    assert payload.mend({"Key": "1", "KEY": "1"}, numbers) == {"Key": "1"}


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        payload.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"FirstName": "x"}', {"FirstName": "x"}),
        ("SubscriberKey\tFirstName\tTotal\n1\tAnn\t2.5\n", {"SubscriberKey": "1", "FirstName": "Ann", "Total": "2.5"}),
        ("SubscriberKey\t1\nFirstName\tAnn\n", {"SubscriberKey": "1", "FirstName": "Ann"}),
        ("SubscriberKey;FirstName\r\n1;Ann", {"SubscriberKey": "1", "FirstName": "Ann"}),
        ('subscriber key,firstname\n"1, or ""2""",Ann', {"subscriber key": '1, or "2"', "firstname": "Ann"}),
        ("SubscriberKey\t1\nFirstName\t\nShoe\t9", {"SubscriberKey": "1", "FirstName": "", "Shoe": "9"}),
    ],
)
def test_rows_and_blocks_are_pasted_with_nothing_lost(text: str, expected: dict[str, object]) -> None:
    assert payload.pasted(text, SCHEMA) == expected


@pytest.mark.parametrize("text", ["", "hello", "a,b,c\n1,2,3", "FirstName,FirstName\n1,2", '"FirstName,x'])
def test_what_cannot_be_read_is_not_pasted(text: str) -> None:
    with pytest.raises(BadInput):
        payload.pasted(text, SCHEMA)


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
SCHEMAS = st.lists(NAMES, min_size=1, max_size=6, unique_by=str.casefold).map(
    lambda names: Schema("k", "n", tuple(Field(name, FieldType.TEXT, 20) for name in names))
)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=25), st.lists(st.integers(), max_size=1))


@st.composite
def pasted(draw: st.DrawFn) -> tuple[Schema, dict[str, object]]:
    schema = draw(SCHEMAS)
    name = st.sampled_from([field.name for field in schema.fields])
    near = st.one_of(name, name.map(str.upper), name.map(str.lower), name.map(lambda text: f" {text}_"), NAMES)
    return schema, draw(st.dictionaries(near, VALUES, max_size=6))


@given(pasted())
def test_only_exact_names_are_sent_and_nothing_typed_is_lost(case: tuple[Schema, dict[str, object]]) -> None:
    schema, given_ = case
    names = {field.name for field in schema.fields}
    checked = payload.check(given_, schema)
    assert checked.values.keys() <= names
    assert checked.values.keys() | {fault.field for fault in checked.faults} >= given_.keys()
    for name, sent in checked.values.items():
        value = given_[name]
        assert sent == (value if isinstance(value, str | None) else json.dumps(value))
    mended = payload.mend(given_, schema)
    assert all(new in names or new in given_ for new in mended)
    assert {_text(value) for value in mended.values()} == {_text(value) for value in given_.values()}
    assert not [fault for fault in payload.check(mended, schema).faults if fault.suggestion]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _csv(pairs: list[tuple[str, str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(zip(*pairs, strict=True))
    return out.getvalue()


def _block(pairs: list[tuple[str, str]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter="\t").writerows(pairs)
    return out.getvalue()


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.dictionaries(st.one_of(st.sampled_from([f.name.upper() for f in SCHEMA.fields]), NAMES), TEXTS), TEXTS)
def test_a_row_and_a_block_are_read_as_they_were_written(others: dict[str, str], first: str) -> None:
    texts = {"FirstName": first, **others}
    pairs = [(name, text) for name, text in texts.items() if name.strip()]
    assume(len(pairs) > 2 and any(text for _, text in pairs))
    for text in (_csv(pairs), _block(pairs)):
        assert list(payload.pasted(text, SCHEMA).items()) == pairs


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02 10:00", "2026-01-02T10:00:00-06:00"),
        ("2026-07-02T10:00:05", "2026-07-02T10:00:05-06:00"),
        ("2026-07-02T10:00:05Z", "2026-07-02T10:00:05+00:00"),
        ("2026-07-02T10:00+02:00", "2026-07-02T10:00:00+02:00"),
    ],
)
def test_a_day_stays_a_day_and_a_time_without_zone_is_the_platforms(text: str, sent: str) -> None:
    schema = Schema("k", "n", (Field("Born", FieldType.DATE),))
    assert payload.check({"Born": text}, schema).values == {"Born": sent}


def test_a_time_is_read_in_the_zone_that_was_chosen() -> None:
    born = Field("Born", FieldType.DATE)
    assert payload.sent_form(born, "2026-07-02 10:00", "Europe/Berlin") == "2026-07-02T10:00:00+02:00"
    assert payload.sent_form(born, "2026-07-02", "Europe/Berlin") == "2026-07-02"
    unclear = payload.sent_form(born, "2026-10-25 02:30", "Europe/Berlin")
    assert isinstance(unclear, Problem)
    assert "happened twice" in unclear.text


def test_a_new_value_stands_where_its_field_does() -> None:
    given_ = {"Shoe": 1, "Total": "1", "SubscriberKey": "1"}
    assert list(payload.placed(given_, "FirstName", "x", SCHEMA)) == ["Shoe", "FirstName", "Total", "SubscriberKey"]
    assert list(payload.placed(given_, "Source", "x", SCHEMA)) == [*given_, "Source"]
    assert payload.placed(given_, "Shoe", 2, SCHEMA) == {**given_, "Shoe": 2}


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_raw_numbers_keep_their_value(number: Decimal) -> None:
    sent = payload.as_json({"a": [number]})
    assert isinstance(sent, dict)
    assert Decimal(str(sent["a"][0])) == number
