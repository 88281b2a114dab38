"""Matching columns to fields, mapping files, and what a mapping must have."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.core import mapping
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.mapping import DateRule, Empty, How, Mapping, Match, automatic, match, parse, resolve


def schema(*fields: Field) -> Schema:
    return Schema("k", "Customers", fields)


CUSTOMERS = schema(
    Field("Id", FieldType.TEXT, 36, primary_key=True, required=True),
    Field("EmailAddress", FieldType.EMAIL, 254, required=True),
    Field("First Name", FieldType.TEXT, 50),
    Field("Born", FieldType.DATE),
    Field("Balance", FieldType.DECIMAL, 18, 2),
    Field("Plan", FieldType.TEXT, 20, required=True, default="basic"),
)
HEADERS = ["ID", "email_address", "first-name", "born"]


def test_names_match_from_exact_to_loose_and_the_rest_is_suggested_or_nothing() -> None:
    headers = ["Id", "EMAILADDRESS", "first_name", "Balanse", "zzz", ""]
    assert match(headers, CUSTOMERS) == [
        Match("Id", "Id", How.EXACT),
        Match("EMAILADDRESS", "EmailAddress", How.CASE),
        Match("first_name", "First Name", How.LOOSE),
        Match("Balanse", "Balance", How.SUGGESTED),
        Match("zzz", None, How.NONE),
        Match("", None, How.NONE),
    ]


def test_a_name_within_a_name_is_suggested() -> None:
    assert match(["Email"], CUSTOMERS) == [Match("Email", "EmailAddress", How.SUGGESTED)]


def test_the_better_match_gets_the_field_whatever_the_order() -> None:
    assert match(["id", "Id"], CUSTOMERS) == [Match("id", None, How.NONE), Match("Id", "Id", How.EXACT)]


def test_fields_that_differ_in_punctuation_only_are_told_apart_by_exact_names() -> None:
    pair = schema(Field("First Name", FieldType.TEXT), Field("FirstName", FieldType.TEXT))
    assert [m.field for m in match(["FirstName", "First Name"], pair)] == ["FirstName", "First Name"]
    assert [m.field for m in match(["first-name"], pair)] == ["First Name"]


def test_a_suggestion_is_never_applied_by_itself() -> None:
    assert automatic(["Id", "Balanse"], CUSTOMERS) == Mapping({"Id": "Id"})


names = st.text(st.sampled_from("abAB _-é1"), max_size=6)


@given(st.lists(names, max_size=12), st.lists(names, min_size=1, max_size=12, unique_by=str.casefold))
def test_matching_gives_every_header_one_match_and_no_field_twice(headers: list[str], fields: list[str]) -> None:
    target = schema(*(Field(name, FieldType.TEXT) for name in fields))
    matches = match(headers, target)
    given = [m.field for m in matches if m.field is not None]
    assert [m.header for m in matches] == headers
    assert len(given) == len(set(given))
    assert set(given) <= set(fields)
    assert all((m.field is None) == (m.how is How.NONE) for m in matches)
    assert all(m.how is How.EXACT for m in matches if m.field == m.header)


def test_resolving_gives_the_tenants_own_case_in_the_order_of_the_file() -> None:
    stated = Mapping(
        {"born": "BORN", "ID": "id", "email_address": "emailaddress", "first-name": None},
        {"plan": "gold"},
        {"BORN": DateRule("DD.MM.YYYY", "Europe/Berlin")},
        {"balance": ","},
        {"born": Empty.LEAVE},
    )
    resolved = resolve(stated, HEADERS, CUSTOMERS, mode="upsert")
    assert list(resolved.columns.items()) == [("ID", "Id"), ("email_address", "EmailAddress"), ("born", "Born")]
    assert resolved.constants == {"Plan": "gold"}
    assert resolved.dates == {"Born": DateRule("DD.MM.YYYY", "Europe/Berlin")}
    assert resolved.decimals == {"Balance": ","}
    assert resolved.empty == {"Born": Empty.LEAVE}
    assert resolve(resolved, HEADERS, CUSTOMERS, mode="upsert") == resolved


def test_without_columns_they_are_matched_by_name_but_not_into_fields_with_a_constant() -> None:
    resolved = resolve(Mapping(constants={"born": "2024-01-01"}), HEADERS, CUSTOMERS, mode="upsert")
    assert resolved.columns == {"ID": "Id", "email_address": "EmailAddress", "first-name": "First Name"}


ID_ONLY: dict[str, str | None] = {"ID": "Id", "email_address": "EmailAddress"}


@pytest.mark.parametrize(
    ("stated", "headers", "words"),
    [
        (Mapping(), ["ID", " ", "email_address"], ["Column 2", "blank"]),
        (Mapping(), ["ID", "x", "ID"], ["“ID” occurs 2 times", "1, 3"]),
        (Mapping({"Nope": "Id"}), HEADERS, ["“Nope”", "file does not have"]),
        (Mapping({"ID": "Nope"}), HEADERS, ["“Nope”", "“Customers” does not have"]),
        (Mapping({"ID": "Id", "born": "ID"}), HEADERS, ["“Id” twice", "“born”", "“ID”"]),
        (Mapping({"ID": "Id"}, {"id": "1"}), HEADERS, ["“Id” twice", "constant"]),
        (Mapping({"ID": "Id"}), HEADERS, ["required field “EmailAddress”"]),
        (Mapping({"email_address": "EmailAddress"}), HEADERS, ["primary key “Id”"]),
        (Mapping({"born": "Born"}), HEADERS, ["“Id”", "1 more: EmailAddress"]),
        (Mapping({"ID": None}), HEADERS, ["No column of the file"]),
        (Mapping(), ["Column 1", "Column 2"], ["No column of the file"]),
        (Mapping(ID_ONLY, {"nope": "1"}), HEADERS, ["“nope”", "constants"]),
        (Mapping(ID_ONLY, dates={"Id": DateRule()}), HEADERS, ["“Id”", "Text, not Date"]),
        (Mapping(ID_ONLY, decimals={"born": ","}), HEADERS, ["“Born”", "Date, not Decimal"]),
        (Mapping(ID_ONLY, dates={"born": DateRule(), "BORN": DateRule()}), HEADERS, ["“Born” twice", "dates"]),
        (Mapping(ID_ONLY, dates={"born": DateRule("DD/MM")}), HEADERS, ["“Born”", "DD/MM"]),
        (Mapping(ID_ONLY, dates={"born": DateRule(zone="Mars/Base")}), HEADERS, ["“Born”", "Mars/Base"]),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(stated: Mapping, headers: list[str], words: list[str]) -> None:
    with pytest.raises(BadInput) as error:
        resolve(stated, headers, CUSTOMERS, mode="upsert")
    assert [word for word in words if word not in str(error.value)] == []


def test_upsert_without_a_primary_key_names_insert() -> None:
    keyless = schema(Field("Name", FieldType.TEXT))
    with pytest.raises(BadInput) as error:
        resolve(Mapping(), ["Name"], keyless, mode="upsert")
    assert "--mode insert" in error.value.advice
    assert resolve(Mapping(), ["Name"], keyless, mode="insert").columns == {"Name": "Name"}


def test_a_key_with_a_default_may_be_left_out_of_an_insert_only() -> None:
    target = schema(Field("Id", FieldType.TEXT, primary_key=True, default="0"), Field("Name", FieldType.TEXT))
    assert resolve(Mapping(), ["Name"], target, mode="insert").columns == {"Name": "Name"}
    with pytest.raises(BadInput, match="primary key “Id”"):
        resolve(Mapping(), ["Name"], target, mode="upsert")


words = st.text(max_size=8)
mappings = st.builds(
    Mapping,
    st.dictionaries(words, st.none() | words),
    st.dictionaries(words, words),
    st.dictionaries(
        words,
        st.builds(
            DateRule,
            st.sampled_from(["ISO 8601", "DD.MM.YYYY", "MM/DD/YYYY hh:mm A"]),
            st.sampled_from(["platform", "UTC", "+05:30", "Europe/Berlin"]),
        ),
    ),
    st.dictionaries(words, st.sampled_from(".,")),
    st.dictionaries(words, st.sampled_from(Empty)),
)


@given(stated=mappings)
def test_a_saved_mapping_is_read_back_the_same(stated: Mapping, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("mapping") / "mapping.json"
    mapping.save(stated, path)
    assert mapping.load(path) == stated
    assert pickle.loads(pickle.dumps(stated)) == stated


def test_parts_may_be_left_out() -> None:
    assert parse({}, "x") == Mapping()
    assert parse({"dates": {"Born": {"format": "DD.MM.YYYY"}}}, "x").dates == {
        "Born": DateRule("DD.MM.YYYY", "platform")
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "JSON object"),
        (None, "JSON object"),
        ({"colums": {}}, "no part “colums”"),
        ({"columns": []}, "“columns” must be a JSON object"),
        ({"columns": {"A": 1}}, "“A” under “columns”"),
        ({"constants": {"A": 5}}, "“A” under “constants” must be a text in quotes"),
        ({"constants": {"A": None}}, "“A” under “constants”"),
        ({"dates": {"A": "DD.MM.YYYY"}}, "“A” under “dates” must be a JSON object"),
        ({"dates": {"A": {"form": "ISO 8601"}}}, "“A” under “dates” has “form”"),
        ({"dates": {"A": {"format": 1}}}, "A.format"),
        ({"dates": {"A": {"format": "whenever"}}}, "“whenever” is no date format"),
        ({"dates": {"A": {"zone": "Nowhere"}}}, "“Nowhere” is no zone"),
        ({"decimals": {"A": ";"}}, "“A” under “decimals” must be one of “.”, “,”"),
        ({"decimals": {"A": [","]}}, "“A” under “decimals”"),
        ({"empty": {"A": "drop"}}, "“clear”, “leave”"),
        ({"empty": {"A": {}}}, "“A” under “empty”"),
    ],
)
def test_malformed_data_is_refused_by_name(data: object, words: str) -> None:
    with pytest.raises(BadInput) as error:
        parse(data, "my.json")
    assert str(error.value).startswith("my.json: ")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"columns": {"A": "B", "A": "C"}}', "“A” occurs twice"),
        (b'{"columns": ', "not JSON"),
        (b"\xff\xfe{", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b" " * (mapping.FILE_LIMIT + 1), "bytes"),
    ],
)
def test_a_bad_file_is_refused_by_its_name(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "mapping.json"
    path.write_bytes(content)
    with pytest.raises(BadInput) as error:
        mapping.load(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)


def test_a_missing_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        mapping.load(tmp_path / "none.json")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"columns": {"A": None}}).encode())
    assert mapping.load(path) == Mapping({"A": None})
