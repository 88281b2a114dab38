"""Filters of entry sources, goals and exits: the FilterDefinition XML of Journey Builder.

Which attributes and operators it has is observed in public journey definitions, not in the API reference; what a
comparison does with values of mixed types is unverified.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from lxml import etree

Node = etree._Element
Values = Mapping[str, str | None]
"""Stored values by lower-cased field name."""

_LIMIT = 100_000
_DEPTH = 20


class BadCriteria(ValueError):
    """A filter that is not understood."""


def check(criteria: str) -> None:
    """Raise BadCriteria unless the tenant can judge this filter; "" means no filter."""
    if criteria:
        _judge(_parse(criteria), {}, 0)


def matches(criteria: str, values: Values) -> bool:
    """Whether a row with these values passes a filter; "" lets everything pass."""
    return not criteria or _judge(_parse(criteria), values, 0)


def _parse(criteria: str) -> Node:
    if len(criteria) > _LIMIT:
        raise BadCriteria("The filter is too long.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(criteria.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadCriteria(f"The filter is not XML: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None or root.tag != "FilterDefinition":
        raise BadCriteria("The filter is not a FilterDefinition.")
    return root


def _judge(node: Node, values: Values, depth: int) -> bool:
    if depth > _DEPTH:
        raise BadCriteria("The filter is too deep.")
    if node.tag == "Condition":
        return _holds(node, values)
    if node.tag not in ("FilterDefinition", "ConditionSet"):
        raise BadCriteria(f"The filter has an element {node.tag}, which this tenant does not know.")
    # All parts are judged, so that a wrong one is found whatever stands before it.
    parts = [_judge(part, values, depth + 1) for part in node.iterchildren("*")]
    return any(parts) if node.get("Operator", "AND").upper() == "OR" and parts else all(parts)


def _holds(condition: Node, values: Values) -> bool:
    # A key is `<data extension>.<field>` or `Event.<event definition key>.<field>`.
    name = condition.get("Key", "").rpartition(".")[2].lower()
    test = _TESTS.get(condition.get("Operator", "").lower())
    if not name or test is None:
        raise BadCriteria("The filter has a condition without a key or with an unknown operator.")
    found = condition.find("Value")
    return test(values.get(name) or "", (found.text or "") if found is not None else "")


def _ordered(compare: Callable[[Decimal | str, Decimal | str], bool]) -> Callable[[str, str], bool]:
    def test(value: str, wanted: str) -> bool:
        try:
            return bool(value) and compare(Decimal(value), Decimal(wanted))
        except InvalidOperation:
            return bool(value) and compare(value.casefold(), wanted.casefold())

    return test


def _equal(value: str, wanted: str) -> bool:
    return value.casefold() == wanted.casefold() or (bool(value) and _same(value, wanted))


_same = _ordered(operator.eq)
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "equal": _equal,
    "is": _equal,
    "notequal": lambda value, wanted: not _equal(value, wanted),
    "isnot": lambda value, wanted: not _equal(value, wanted),
    "isnull": lambda value, _: not value,
    "isnotnull": lambda value, _: bool(value),
    "beginswith": lambda value, wanted: value.casefold().startswith(wanted.casefold()),
    "endswith": lambda value, wanted: value.casefold().endswith(wanted.casefold()),
    "contains": lambda value, wanted: wanted.casefold() in value.casefold(),
    "doesnotcontain": lambda value, wanted: wanted.casefold() not in value.casefold(),
    "in": lambda value, wanted: value.casefold() in [part.strip().casefold() for part in wanted.split(",")],
    "greaterthan": _ordered(operator.gt),
    "greaterthanorequal": _ordered(operator.ge),
    "lessthan": _ordered(operator.lt),
    "lessthanorequal": _ordered(operator.le),
}
