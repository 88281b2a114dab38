"""The check of rows: every row is accounted for, and what is sent means what the file says."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.core.checks import CHUNK, Ambiguous, Checked, Checker, suggest_dates
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.mapping import DateRule, Empty, Mapping

FIELDS = (
    Field("Id", FieldType.TEXT, 10, required=True, primary_key=True),
    Field("Visits", FieldType.NUMBER),
    Field("Balance", FieldType.DECIMAL, 10, 2),
    Field("Active", FieldType.BOOLEAN),
    Field("Born", FieldType.DATE),
    Field("Plan", FieldType.TEXT, 10, required=True, default="basic"),
    Field("Note", FieldType.TEXT, 5),
)
SCHEMA = Schema("k", "Customers", FIELDS)
HEADERS = tuple(field.name.lower() for field in FIELDS)
MAPPING = Mapping({field.name.lower(): field.name for field in FIELDS})
GOOD = ["a1", "42", "1.50", "yes", "2024-01-02", "gold", "hello"]


def check(rows: Sequence[list[str]], mapping: Mapping = MAPPING, mode: str = "upsert") -> Checked:
    return Checker(SCHEMA, mapping, HEADERS, mode=mode).check(rows, range(2, 2 + len(rows)))


def with_cell(field: str, cell: str) -> list[str]:
    row = list(GOOD)
    row[HEADERS.index(field.lower())] = cell
    return row


def test_a_good_row_is_ready_to_be_sent() -> None:
    checked = check([GOOD])
    assert checked.faults == []
    assert list(checked.numbers) == [2]
    assert checked.rows() == [
        {
            "Id": "a1",
            "Visits": "42",
            "Balance": "1.50",
            "Active": "true",
            "Born": "2024-01-02",
            "Plan": "gold",
            "Note": "hello",
        }
    ]


def test_faults_come_by_row_then_column_and_name_row_header_and_field() -> None:
    rows = [GOOD, ["", "x", *GOOD[2:]], ["a2"], GOOD, with_cell("Note", "y" * 300)]
    checked = check(rows)
    assert [(f.row, f.column, f.field, f.code) for f in checked.faults] == [
        (3, "id", "Id", "Required"),
        (3, "visits", "Visits", "InvalidNumber"),
        (4, "", "", "Ragged"),
        (6, "note", "Note", "TooLong"),
    ]
    assert checked.faults[2].text == "the row has 1 cell, the header has 7"
    assert checked.faults[3].value == "y" * 200
    assert list(checked.numbers) == [2, 5]


def test_an_empty_cell_clears_unless_it_is_to_be_left() -> None:
    rows = [with_cell("Visits", ""), GOOD]
    assert check(rows).rows()[0]["Visits"] == ""
    left = check(rows, dataclasses.replace(MAPPING, empty={"Visits": Empty.LEAVE})).rows()
    assert "Visits" not in left[0]
    assert left[1]["Visits"] == "42"


def test_a_required_field_may_be_empty_only_when_its_default_applies() -> None:
    row = with_cell("Plan", "")
    assert [f.code for f in check([row]).faults] == ["Required"]
    checked = check([row], dataclasses.replace(MAPPING, empty={"Plan": Empty.LEAVE}))
    assert checked.faults == []
    assert "Plan" not in checked.rows()[0]


def test_a_blank_text_is_a_value_but_a_blank_number_is_not() -> None:
    assert check([with_cell("Plan", " ")]).rows()[0]["Plan"] == " "
    required = Schema("k", "n", (*FIELDS[:1], dataclasses.replace(FIELDS[1], required=True)))
    mapping = Mapping({"id": "Id", "visits": "Visits"})
    checked = Checker(required, mapping, ["id", "visits"], mode="upsert").check([["a", "  "]], [2])
    assert [f.code for f in checked.faults] == ["Required"]


def test_a_blank_locale_that_is_required_is_a_fault() -> None:
    target = Schema("k", "n", (Field("Region", FieldType.LOCALE, 5, required=True),))
    checked = Checker(target, Mapping({"r": "Region"}), ["r"], mode="insert").check([[" "], ["en-US"]], [2, 3])
    assert [(f.row, f.code) for f in checked.faults] == [(2, "Required")]


def test_columns_without_a_field_are_left_out_whatever_they_hold() -> None:
    mapping = Mapping({"id": "Id", "note": None})
    assert check([with_cell("Note", "far too long")], mapping).rows() == [{"Id": "a1"}]


def test_a_constant_is_sent_with_every_row_in_the_form_of_its_type() -> None:
    mapping = Mapping({"id": "Id"}, {"Active": "Yes", "Born": "02.01.2024"}, {"Born": DateRule("DD.MM.YYYY")})
    assert check([GOOD, GOOD], mapping).rows() == [{"Id": "a1", "Active": "true", "Born": "2024-01-02"}] * 2


@pytest.mark.parametrize(("name", "value"), [("Visits", "many"), ("Plan", ""), ("Note", "too long"), ("Nope", "1")])
def test_a_constant_that_does_not_fit_is_refused_at_once(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=f"“{name}”"):
        Checker(SCHEMA, Mapping({"id": "Id"}, {name: value}), HEADERS, mode="upsert")


def test_a_date_rule_that_makes_no_sense_is_refused_at_once() -> None:
    mapping = dataclasses.replace(MAPPING, dates={"Born": DateRule("soon")})
    with pytest.raises(BadInput, match="“Born”"):
        Checker(SCHEMA, mapping, HEADERS, mode="upsert")


def test_a_batch_without_rows_and_one_without_good_rows() -> None:
    assert check([]).rows() == []
    checked = check([["a"], ["b"]])
    assert (checked.rows(), list(checked.numbers), len(checked.faults)) == ([], [], 2)


def test_one_bad_cell_among_many_is_found_where_it_is() -> None:
    rows = [with_cell("Visits", str(n)) for n in range(5 * CHUNK + 3)]
    rows[3 * CHUNK + 1] = with_cell("Visits", "x")
    checked = check(rows)
    assert [f.row for f in checked.faults] == [3 * CHUNK + 1 + 2]
    assert [row["Visits"] for row in checked.rows()] == [str(n) for n in range(5 * CHUNK + 3) if n != 3 * CHUNK + 1]


cells = st.sampled_from(
    ["", "a", "7", "1.5", "yes", "2024-01-02", "2024-02-30", "01/03/2024", "x" * 9, "🎉🎉🎉", "\0", " "]
)
rows_strategy = st.lists(st.lists(cells, min_size=7, max_size=7) | st.lists(cells, max_size=9), max_size=2 * CHUNK)


@given(rows=rows_strategy, mode=st.sampled_from(["upsert", "insert"]), left=st.sampled_from(["Plan", "Note", "Born"]))
def test_good_and_bad_rows_are_all_rows_in_order(rows: list[list[str]], mode: str, left: str) -> None:
    numbers = [3 * n + 2 for n in range(len(rows))]
    checker = Checker(SCHEMA, dataclasses.replace(MAPPING, empty={left: Empty.LEAVE}), HEADERS, mode=mode)
    checked = checker.check(rows, numbers)
    bad = {fault.row for fault in checked.faults}
    assert sorted([*checked.numbers, *bad]) == numbers
    assert list(checked.numbers) == sorted(checked.numbers)
    order = [(f.row, HEADERS.index(f.column) if f.column else -1) for f in checked.faults]
    assert order == sorted(set(order))
    assert {len(column) for column in checked.columns} == {len(checked.numbers)}
    by_number = dict(zip(numbers, rows, strict=True))
    for number, sent in zip(checked.numbers, checked.rows(), strict=True):
        row = by_number[number]
        assert (sent["Id"], sent.get("Note", "")) == (row[0], row[6])
        assert set(sent) == {f.name for f in FIELDS} - (
            {left} if not row[HEADERS.index(left.lower())].strip() else set()
        )
    alone = [bool(checker.check([row], [1]).faults) for row in rows]
    assert alone == [number in bad for number in numbers], "a row's verdict does not hang on its neighbours"


def test_schema_and_mapping_cross_to_another_process() -> None:
    schema, mapping = pickle.loads(pickle.dumps((SCHEMA, MAPPING)))
    assert Checker(schema, mapping, HEADERS, mode="upsert").check([GOOD], range(2, 3)) == check([GOOD])
    assert pickle.loads(pickle.dumps(check([["x"]]))) == check([["x"]])


def keys_of(field: Field, cells: list[str], mode: str) -> list[str]:
    schema = Schema("k", "n", (dataclasses.replace(field, primary_key=True),))
    checker = Checker(schema, Mapping({"h": field.name}), ["h"], mode=mode)
    checked = checker.check([[cell] for cell in cells], range(len(cells)))
    assert checked.faults == []
    return checker.keys(checked)


@pytest.mark.parametrize("mode", ["upsert", "insert"])
@pytest.mark.parametrize(
    ("field", "same"),
    [
        (Field("f", FieldType.NUMBER), ["7", "007", "+7"]),
        (Field("f", FieldType.NUMBER), ["0", "-0"]),
        (Field("f", FieldType.DECIMAL, 30, 3), ["1.5", "01.500", "+1.50"]),
        (Field("f", FieldType.DECIMAL, 30, 3), ["0", "-0.00", ".0"]),
        (Field("f", FieldType.BOOLEAN), ["yes", "1", "TRUE"]),
        (Field("f", FieldType.DATE), ["2024-01-02", "2024-01-02T00:00", "2024-01-02T06:00Z", "2024-01-02T07:00+01:00"]),
    ],
)
def test_keys_that_mean_the_same_are_the_same(mode: str, field: Field, same: list[str]) -> None:
    assert len(set(keys_of(field, same, mode))) == 1


@pytest.mark.parametrize(
    ("field", "different"),
    [
        (Field("f", FieldType.NUMBER), ["7", "-7", "70"]),
        (Field("f", FieldType.DECIMAL, 38, 0), ["1" + "0" * 36, "1" + "0" * 35 + "1"]),
        (Field("f", FieldType.DECIMAL, 9, 3), ["1.5", "-1.5", "15", "0.15", "1.05"]),
        (Field("f", FieldType.DATE), ["2024-01-02", "2024-01-02T00:00Z", "2024-01-03"]),
        (Field("f", FieldType.TEXT, 9), ["a", "b", " a"]),
    ],
)
def test_keys_that_differ_stay_apart(field: Field, different: list[str]) -> None:
    assert len(set(keys_of(field, different, "upsert"))) == len(different)


def test_texts_are_compared_loosely_in_upsert_and_exactly_in_insert() -> None:
    text = Field("f", FieldType.TEXT, 9)
    assert len(set(keys_of(text, ["Straße", "STRASSE ", "strasse"], "upsert"))) == 1
    assert len(set(keys_of(text, ["a", "A", "a "], "insert"))) == 3


def test_parts_of_a_composite_key_do_not_run_together() -> None:
    schema = Schema("k", "n", tuple(Field(name, FieldType.TEXT, 9, primary_key=True) for name in "ab"))
    checker = Checker(schema, Mapping({"a": "a", "b": "b"}), ["a", "b"], mode="upsert")
    assert len(set(checker.keys(checker.check([["x", "yz"], ["xy", "z"]], [1, 2])))) == 2


DATED = Schema("k", "n", (Field("Born", FieldType.DATE), Field("Seen", FieldType.DATE), Field("Note", FieldType.TEXT)))
DATE_HEADERS = ["b", "s", "n"]
DATE_MAPPING = Mapping({"b": "Born", "s": "Seen", "n": "Note"})


def test_a_format_is_suggested_where_it_is_certain_and_asked_for_where_it_is_not() -> None:
    rows = [["31/12/2024", "01/03/2024", "05/06/2024"], ["01/03/2024", "", "x"], []]
    assert suggest_dates(DATE_HEADERS, rows, DATE_MAPPING, DATED) == (
        {"Born": DateRule("DD/MM/YYYY")},
        [Ambiguous("s", "Seen", ("DD/MM/YYYY", "MM/DD/YYYY"))],
    )


def test_a_stated_format_is_neither_suggested_nor_asked_for() -> None:
    stated = dataclasses.replace(DATE_MAPPING, dates={"Seen": DateRule("MM/DD/YYYY")})
    rows = [["2024-01-02T03:04Z", "01/03/2024", ""]]
    assert suggest_dates(DATE_HEADERS, rows, stated, DATED) == ({"Born": DateRule("ISO 8601")}, [])


@pytest.mark.parametrize("left", [{}, {"Visits": Empty.LEAVE, "Note": Empty.LEAVE}])
def test_records_are_written_as_the_rows_are(left: dict[str, Empty]) -> None:
    mapping = dataclasses.replace(MAPPING, empty=left)
    checked = check([GOOD, with_cell("Visits", ""), with_cell("Note", 'a "b" \\ ’')], mapping)
    assert msgspec.json.decode(msgspec.json.encode(checked.records())) == checked.rows()
    assert ("Visits" in checked.rows()[1]) == (not left)


def test_names_that_json_escapes_are_written_too() -> None:
    checked = Checked(('a "b"', "c\\d"), [("1", "2"), ("3", "")], [1, 2], [], frozenset({"c\\d"}))
    assert msgspec.json.decode(msgspec.json.encode(checked.records())) == checked.rows()
    assert checked.rows()[1] == {'a "b"': "2"}


def test_the_header_once_more_is_no_row() -> None:
    again = list(HEADERS)
    checked = check([GOOD, again, with_cell("Id", "id"), GOOD])
    assert [(fault.row, fault.code) for fault in checked.faults if fault.code == "RepeatedHeader"] == [
        (3, "RepeatedHeader")
    ]
    assert list(checked.numbers) == [2, 4, 5]
