"""Filters of entry sources, goals and exits."""

from __future__ import annotations

import pytest

from mcconsole.sandbox import criteria
from mcconsole.sandbox.criteria import BadCriteria


def condition(field: str, operator: str, value: str = "") -> str:
    return f'<Condition Key="Event.a-b.{field}" Operator="{operator}"><Value><![CDATA[{value}]]></Value></Condition>'


def definition(*parts: str, operator: str = "AND") -> str:
    return f'<FilterDefinition><ConditionSet Operator="{operator}">{"".join(parts)}</ConditionSet></FilterDefinition>'


ROW = {"points": "1000", "name": "Ada", "paid": "True", "empty": None, "since": "2024-06-01T00:00:00"}


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("Points", "Equal", "1000.0", True),
        ("points", "GreaterThan", "1000", False),
        ("points", "GreaterThanOrEqual", "1000", True),
        ("points", "LessThan", "9", False),
        ("points", "LessThanOrEqual", "1e3", True),
        ("Name", "equal", "ADA", True),
        ("Name", "NotEqual", "Ada", False),
        ("Name", "BeginsWith", "a", True),
        ("Name", "EndsWith", "a", True),
        ("Name", "Contains", "<d>", False),
        ("Name", "DoesNotContain", "x", True),
        ("Name", "In", "Bob, Ada", True),
        ("Paid", "Is", "true", True),
        ("Paid", "IsNot", "true", False),
        ("Empty", "IsNull", "", True),
        ("Empty", "LessThan", "5", False),
        ("Missing", "IsNotNull", "", False),
        ("Since", "GreaterThan", "2024-05-31", True),
    ],
)
def test_a_condition(field: str, operator: str, value: str, expected: bool) -> None:
    assert criteria.matches(definition(condition(field, operator, value)), ROW) is expected


def test_conditions_are_joined() -> None:
    good, bad = condition("Name", "Equal", "Ada"), condition("Name", "Equal", "Bob")
    assert criteria.matches(definition(good, bad, operator="OR"), ROW)
    assert not criteria.matches(definition(good, bad), ROW)
    nested = f'<ConditionSet Operator="OR">{good}{bad}</ConditionSet>'
    assert criteria.matches(definition(nested, good), ROW)
    assert criteria.matches("", ROW)
    assert criteria.matches(definition(), ROW)


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "<Filter/>",
        definition("<Other/>"),
        definition(condition("Name", "Near")),
        definition('<Condition Operator="Equal"/>'),
        # The first condition would decide, but the second is wrong all the same.
        definition(condition("Name", "Equal", "Ada"), condition("Name", "Near"), operator="OR"),
        '<!DOCTYPE a [<!ENTITY b "c">]>' + definition(),
        "<!DOCTYPE FilterDefinition>" + definition(),
        definition("<ConditionSet>" * 30 + "</ConditionSet>" * 30),
        definition(condition("Name", "Equal", "x" * 100_000)),
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(BadCriteria):
        criteria.check(text)
