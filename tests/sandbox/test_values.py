"""Coercion by type, against section 4.7 of the API reference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.sandbox.schema import Field
from mcconsole.sandbox.switches import Switches
from mcconsole.sandbox.values import Invalid, converter, shown


def stored(kind: str, value: object, length: int | None = None, scale: int | None = None, **switches: str) -> str:
    return converter(Field("F", kind, length, scale), Switches(**switches))(value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("Number", "42", "42"),
        ("Number", -7, "-7"),
        ("Number", "+007", "7"),
        ("Number", 2**31 - 1, "2147483647"),
        ("Boolean", True, "True"),
        ("Boolean", "false", "False"),
        ("Boolean", 1, "True"),
        ("Boolean", "no", "False"),
        ("EmailAddress", "a.b+c@example.co.uk", "a.b+c@example.co.uk"),
        ("Phone", "+49 (221) 555-0107", "+49 (221) 555-0107"),
        ("Locale", "en-US", "en-US"),
        ("Date", "2024-06-23", "2024-06-23T00:00:00"),
        ("Date", "2026-01-01T00:00:00Z", "2025-12-31T18:00:00"),
        ("Date", "2026-01-01T00:00:00+01:00", "2025-12-31T17:00:00"),
        ("Date", "2026-01-01 08:30", "2026-01-01T08:30:00"),
        ("Date", "2026-01-01T08:30:15.1234567", "2026-01-01T08:30:15"),
        ("Date", "3/4/2026", "2026-03-04T00:00:00"),
        ("Date", "12/31/2025 6:05:04 PM", "2025-12-31T18:05:04"),
        ("Date", "12/31/2025 12:00 AM", "2025-12-31T00:00:00"),
        ("Text", 12.5, "12.5"),
        ("Text", True, "True"),
    ],
)
def test_a_good_value_is_kept_as(kind: str, value: object, expected: str) -> None:
    assert stored(kind, value, 50) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Number", "12.5"),
        ("Number", "2147483648"),
        ("Number", "1e3"),
        ("Number", "٣"),
        ("Boolean", "maybe"),
        ("Boolean", 2),
        ("EmailAddress", "a@b"),
        ("EmailAddress", "a b@example.com"),
        ("EmailAddress", "a@example..com"),
        ("Phone", "call me"),
        ("Phone", "---"),
        ("Locale", "english"),
        ("Date", "1752-12-31"),
        ("Date", "2026-02-30"),
        ("Date", "31/12/2025"),
        ("Date", "20240623"),
        ("Date", "2024-W05-1"),
        ("Date", 20240623),
        ("Date", "13/1/2026 13:00 PM"),
        ("Text", {"a": 1}),
        ("Text", ["a"]),
    ],
)
def test_a_bad_value_is_refused(kind: str, value: object) -> None:
    with pytest.raises(Invalid):
        stored(kind, value, 50)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12.5", "12.50"), (12.5, "12.50"), ("-0", "0.00"), (".5", "0.50"), ("99999999.99", "99999999.99"), (3, "3.00")],
)
def test_a_decimal_has_its_scale(value: object, expected: str) -> None:
    assert stored("Decimal", value, 10, 2) == expected


@pytest.mark.parametrize("value", ["1.234", "100000000", "1,5", "", "1e2", "NaN"])
def test_a_decimal_out_of_shape_is_refused(value: str) -> None:
    with pytest.raises(Invalid):
        stored("Decimal", value, 10, 2)


def test_switches_make_rounding_and_words_different() -> None:
    assert stored("Decimal", "1.235", 10, 2, decimal_scale="round") == "1.24"
    assert stored("Number", "12.5", number_decimals="round") == "13"
    with pytest.raises(Invalid):
        stored("Boolean", "Yes", boolean_words="reject")


def test_length_counts_utf_16_units() -> None:
    assert stored("Text", "😀😀", 4) == "😀😀"
    with pytest.raises(Invalid, match="maximum length"):
        stored("Text", "😀😀", 3)


@given(st.datetimes(datetime(1753, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))
def test_a_date_reads_back_in_server_time(moment: datetime) -> None:
    kept = stored("Date", moment.isoformat())
    local = moment.astimezone(timezone(timedelta(hours=-6)))
    seen = shown(Field("F", "Date"), kept)
    assert datetime.strptime(seen, "%m/%d/%Y %I:%M:%S %p") == local.replace(tzinfo=None, microsecond=0)


def test_a_switch_that_does_not_exist_or_fit_changes_nothing() -> None:
    switches = Switches()
    with pytest.raises(ValueError, match="no switch"):
        switches.change({"filter": "apply", "nonsense": 1})
    with pytest.raises(ValueError, match="one of"):
        switches.change({"filter": "perhaps"})
    with pytest.raises(ValueError, match="seconds"):
        switches.change({"pickup_delay": -1})
    assert switches["filter"] == "ignore"
