"""What a cell becomes by the type of its field, one by one and a column at a time."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcconsole.core.dates import DateRule
from mcconsole.core.fields import Field, FieldType
from mcconsole.core.values import Problem, rule_for, utf16_length

TEXT = Field("f", FieldType.TEXT, 5)
NUMBER = Field("f", FieldType.NUMBER)
DECIMAL = Field("f", FieldType.DECIMAL, 5, 2)
PLAIN_DECIMAL = Field("f", FieldType.DECIMAL)
FRACTION = Field("f", FieldType.DECIMAL, 2, 2)
BOOLEAN = Field("f", FieldType.BOOLEAN)
DATE = Field("f", FieldType.DATE)
EMAIL = Field("f", FieldType.EMAIL)
PHONE = Field("f", FieldType.PHONE)
LOCALE = Field("f", FieldType.LOCALE)


@pytest.mark.parametrize(
    ("field", "cell", "sent"),
    [
        (TEXT, " a\n ", " a\n "),
        (TEXT, "🎉🎉a", "🎉🎉a"),
        (TEXT, "\x01\t", "\x01\t"),
        (NUMBER, " 42 ", "42"),
        (NUMBER, "+7", "7"),
        (NUMBER, "-007", "-007"),
        (NUMBER, "2147483647", "2147483647"),
        (NUMBER, "-2147483648", "-2147483648"),
        (NUMBER, "00000000000000000001", "00000000000000000001"),
        (NUMBER, "  ", ""),
        (DECIMAL, "123.45", "123.45"),
        (DECIMAL, "+000123.4", "000123.4"),
        (DECIMAL, ".5", "0.5"),
        (DECIMAL, "-.5", "-0.5"),
        (DECIMAL, "5.", "5"),
        (PLAIN_DECIMAL, "123456789012345678", "123456789012345678"),
        (FRACTION, "0.25", "0.25"),
        (BOOLEAN, "TRUE", "true"),
        (BOOLEAN, "no", "false"),
        (BOOLEAN, " yEs", "true"),
        (BOOLEAN, "0", "false"),
        (DATE, " 2024-01-02 ", "2024-01-02"),
        (DATE, "2024-01-02 03:04:05", "2024-01-02T03:04:05-06:00"),
        (EMAIL, " a.b+c@sub.example.com ", "a.b+c@sub.example.com"),
        (EMAIL, "jürgen@exämple.de", "jürgen@exämple.de"),
        (EMAIL, "o'neil@example.co.uk", "o'neil@example.co.uk"),
        (PHONE, "+49 (30) 123-45", "+49 (30) 123-45"),
        (LOCALE, "en-US", "en-US"),
        (LOCALE, "en_US", "en-US"),
        (LOCALE, "de", "de"),
    ],
)
def test_what_is_sent(field: Field, cell: str, sent: str) -> None:
    assert rule_for(field).one(cell) == sent


@pytest.mark.parametrize(
    ("field", "cell", "code"),
    [
        (TEXT, "abcdef", "TooLong"),
        (TEXT, "🎉🎉🎉", "TooLong"),
        (TEXT, "a\0", "InvalidText"),
        (TEXT, "\ud83c", "InvalidText"),
        (NUMBER, "1.0", "InvalidNumber"),
        (NUMBER, "1,000", "InvalidNumber"),
        (NUMBER, "1_000", "InvalidNumber"),
        (NUMBER, "1e3", "InvalidNumber"),
        (NUMBER, "٣", "InvalidNumber"),
        (NUMBER, "1\n2", "InvalidNumber"),
        (NUMBER, "-", "InvalidNumber"),
        (NUMBER, "2147483648", "InvalidNumber"),
        (NUMBER, "-2147483649", "InvalidNumber"),
        (NUMBER, "9" * 5000, "InvalidNumber"),
        (DECIMAL, "1.234", "InvalidDecimalScale"),
        (DECIMAL, "1.000", "InvalidDecimalScale"),
        (DECIMAL, "1234.5", "InvalidDecimalPrecision"),
        (DECIMAL, "1e2", "InvalidNumber"),
        (DECIMAL, "1,5", "InvalidNumber"),
        (DECIMAL, ".", "InvalidNumber"),
        (DECIMAL, "NaN", "InvalidNumber"),
        (PLAIN_DECIMAL, "1.5", "InvalidDecimalScale"),
        (PLAIN_DECIMAL, "1234567890123456789", "InvalidDecimalPrecision"),
        (FRACTION, "1.25", "InvalidDecimalPrecision"),
        (BOOLEAN, "maybe", "InvalidBoolean"),
        (BOOLEAN, "2", "InvalidBoolean"),
        (DATE, "2023-02-29", "InvalidDate"),
        (DATE, "soon", "InvalidDate"),
        (DATE, "31/12/2024", "InvalidDate"),
        (DATE, "01/03/2024", "AmbiguousDate"),
        (EMAIL, "a@b", "InvalidEmailAddress"),
        (EMAIL, "a b@example.com", "InvalidEmailAddress"),
        (EMAIL, "a@@example.com", "InvalidEmailAddress"),
        (EMAIL, "a..b@example.com", "InvalidEmailAddress"),
        (EMAIL, "a@example..com", "InvalidEmailAddress"),
        (EMAIL, "a\x00@example.com", "InvalidEmailAddress"),
        (EMAIL, "\ud83c@example.com", "InvalidEmailAddress"),
        (EMAIL, "a" * 250 + "@example.com", "TooLong"),
        (PHONE, "ask Bob", "InvalidPhone"),
        (PHONE, "()", "InvalidPhone"),
        (PHONE, "1" * 51, "TooLong"),
        (LOCALE, "english", "InvalidLocale"),
        (LOCALE, "en-U", "InvalidLocale"),
    ],
)
def test_what_is_refused(field: Field, cell: str, code: str) -> None:
    found = rule_for(field).one(cell)
    assert isinstance(found, Problem)
    assert found.code == code
    assert rule_for(field).whole([cell]) is None


def test_a_decimal_comma_is_sent_as_a_point_and_a_point_is_then_refused() -> None:
    rule = rule_for(DECIMAL, decimal_sign=",")
    assert rule.one("1,5") == "1.5"
    assert rule.whole(["1,5", "", "-2"]) == ["1.5", "", "-2"]
    assert isinstance(rule.one("1.5"), Problem)
    assert rule.whole(["1,5", "1.5"]) is None


def test_an_unclear_format_names_what_it_may_be() -> None:
    found = rule_for(DATE).one("01/03/2024")
    assert isinstance(found, Problem)
    assert "DD/MM/YYYY or MM/DD/YYYY" in found.text


def test_once_the_format_is_stated_nothing_is_unclear() -> None:
    rule = rule_for(DATE, DateRule("DD/MM/YYYY"))
    assert rule.one("01/03/2024") == "2024-03-01"
    other = rule.one("2024-03-01")
    assert isinstance(other, Problem)
    assert other.code == "InvalidDate"


def test_a_cell_with_a_line_break_is_not_taken_for_two() -> None:
    assert rule_for(NUMBER).whole(["1\n2"]) is None
    assert rule_for(EMAIL).whole(["a@example.com\nb@example.com"]) is None
    assert rule_for(DATE).whole(["2024-01-01\n2024-01-02"]) is None


@given(st.text())
def test_length_is_counted_in_utf16_units(text: str) -> None:
    assert utf16_length(text) == sum(2 if ord(character) > 0xFFFF else 1 for character in text)


SHAPES = {
    TEXT: st.text(max_size=7) | st.text(st.characters(max_codepoint=127), max_size=6),
    NUMBER: st.from_regex(r"\A ?[+-]?[0-9]{0,11} ?\Z") | st.integers(-(2**32), 2**32).map(str),
    DECIMAL: st.from_regex(r"\A ?[+-]?[0-9]{0,4}(\.[0-9]{0,3})? ?\Z"),
    FRACTION: st.from_regex(r"\A[+-]?[0-9]{0,2}(\.[0-9]{0,3})?\Z"),
    BOOLEAN: st.sampled_from(["true", "True", "TRUE", "tRue", "no", "No", "1", "0", " yes", "2", ""]),
    DATE: st.datetimes(datetime(1700, 1, 1)).map(lambda m: m.isoformat(timespec="seconds"))
    | st.dates().map(str)
    | st.from_regex(
        r"\A(1[789]|2[0-9])[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-6]0(:[0-6]0)?(Z|[+-]1[0-9]:[0-7]0)?)?\Z"
    ),
    EMAIL: st.emails() | st.from_regex(r"\A[a-z.+ @]{1,5}@[a-zA-Z0-9.-]{1,8}\.[a-z]{0,3}\Z"),
    PHONE: st.from_regex(r"\A[0-9+() -]{0,12}\Z"),
    LOCALE: st.from_regex(r"\A[a-zA-Z]{2}([_-][A-Z]{1,2})?\Z"),
}


def meaning(field: Field, sent: str) -> object:
    """What the platform is told, however it is spelt."""
    if field.type is FieldType.DATE and len(sent) > 10:
        return datetime.fromisoformat(sent)
    return sent


@given(
    column=st.lists(st.datetimes(datetime(2024, 3, 25), datetime(2024, 4, 5)), min_size=1, max_size=4),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "+05:30", "platform"]),
)
@example([datetime(2024, 3, 31, 2, 30)], "Europe/Berlin")
def test_local_times_at_once_have_the_offset_of_their_day(column: list[datetime], zone: str) -> None:
    rule = rule_for(DATE, DateRule(zone=zone))
    texts = [moment.isoformat(" ", "seconds") for moment in column]
    whole = rule.whole(texts)
    if whole is None:
        assert zone == "Europe/Berlin"
        assert any(text.startswith("2024-03-31") for text in texts)
    else:
        assert whole == [rule.one(text) for text in texts]


@pytest.mark.parametrize("field", SHAPES, ids=lambda field: f"{field.type} {field.length or ''}")
@given(data=st.data())
def test_a_column_at_once_says_the_same_as_one_by_one(field: Field, data: st.DataObject) -> None:
    column = data.draw(st.lists(st.just("") | SHAPES[field], min_size=1, max_size=6))
    rule = rule_for(field)
    whole = rule.whole(column)
    if whole is None:
        return
    single = [rule.one(cell) for cell in column]
    assert not [found for found in single if isinstance(found, Problem)]
    assert [meaning(field, sent) for sent in whole] == [meaning(field, str(sent)) for sent in single]


@pytest.mark.parametrize(
    ("field", "column"),
    [
        (TEXT, ["", "é", "abcde"]),
        (TEXT, ["", "é", "ab", "🎉"]),
        (NUMBER, ["1", "", "-2147483648", "123456789"]),
        (DECIMAL, ["1.5", "", "-999.99", "7"]),
        (BOOLEAN, ["TRUE", "no", "1", "False", ""]),
        (DATE, ["2024-01-02", "", "2024-01-02T03:04:05Z", "2024-01-02 03:04:05", "2024-01-02T03:04:05+05:30"]),
        (EMAIL, ["a.b@example.com", "", "x_y+z@sub.example.co"]),
        (PHONE, ["+49 30 123", "", "(030) 123", "1"]),
        (LOCALE, ["en-US", "", "de"]),
    ],
)
def test_ordinary_columns_need_no_second_look(field: Field, column: list[str]) -> None:
    assert rule_for(field).whole(column) is not None


def test_the_last_day_that_there_is_may_stand_beside_times() -> None:
    column = ["9999-12-31", "2024-01-02 03:04:05"]
    assert rule_for(DATE).whole(column) == [rule_for(DATE).one(cell) for cell in column]


@given(st.integers(-(2**33), 2**33))
@example(2**31 - 1)
@example(2**31)
@example(-(2**31))
@example(-(2**31) - 1)
def test_a_number_is_sent_exactly_when_it_has_32_bits(number: int) -> None:
    sent = rule_for(NUMBER).one(f" {number}")
    if -(2**31) <= number < 2**31:
        assert not isinstance(sent, Problem)
        assert int(sent) == number
    else:
        assert isinstance(sent, Problem)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-2000, max_value=2000), st.sampled_from(".,")
)
def test_a_decimal_is_sent_exactly_when_it_fits(number: Decimal, sign: str) -> None:
    text = format(number, "f").rstrip("0").rstrip(".")
    sent = rule_for(DECIMAL, decimal_sign=sign).one(text.replace(".", sign))
    if number == round(number, 2) and abs(number) < 1000:
        assert not isinstance(sent, Problem)
        assert Decimal(sent) == number
    else:
        assert isinstance(sent, Problem)
