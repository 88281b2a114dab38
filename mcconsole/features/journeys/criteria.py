"""Entry filters, goals and exits, judged here as far as they are understood: to explain, never to prove.

The FilterDefinition XML is observed in public journey definitions; it is not in the API reference, and how the platform
compares is unverified. So every doubt is answered with None.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from lxml import etree

_LIMIT = 100_000
_DEPTH = 20


def holds(criteria: str, data: Mapping[str, str | None]) -> bool | None:
    """Whether the values of an event meet a filter; None where nobody can say. "" is met by everything."""
    if not criteria:
        return True
    if len(criteria) > _LIMIT:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(criteria.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return _judge(root, {name.lower(): value or "" for name, value in data.items()}, 0)


def _judge(node: etree._Element, values: Mapping[str, str], depth: int) -> bool | None:
    if node.tag == "Condition":
        return _condition(node, values)
    if node.tag not in ("FilterDefinition", "ConditionSet") or depth > _DEPTH:
        return None
    parts = [_judge(part, values, depth + 1) for part in node.iterchildren("*")]
    one = node.get("Operator", "AND").upper() == "OR"
    if not parts:
        return None
    if one in parts:
        return one
    return None if None in parts else not one


def _condition(node: etree._Element, values: Mapping[str, str]) -> bool | None:
    value = values.get(node.get("Key", "").rpartition(".")[2].lower())
    test = _TESTS.get(node.get("Operator", "").lower())
    wanted = node.find("Value")
    if value is None or test is None:
        return None
    return test(value, (wanted.text or "") if wanted is not None else "")


def _compared(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str], bool | None]:
    def test(value: str, wanted: str) -> bool | None:
        try:
            return compare(Decimal(value), Decimal(wanted))
        except InvalidOperation:
            return None

    return test


def _equal(value: str, wanted: str) -> bool | None:
    if value.casefold() == wanted.casefold():
        return True
    numbers = _compared(operator.eq)(value, wanted)
    return False if numbers is None else numbers


def _differ(value: str, wanted: str) -> bool | None:
    return not _equal(value, wanted)


_TESTS: dict[str, Callable[[str, str], bool | None]] = {
    "equal": _equal,
    "is": _equal,
    "notequal": _differ,
    "isnot": _differ,
    "isnull": lambda value, _: not value,
    "isnotnull": lambda value, _: bool(value),
    "beginswith": lambda value, wanted: value.casefold().startswith(wanted.casefold()),
    "endswith": lambda value, wanted: value.casefold().endswith(wanted.casefold()),
    "contains": lambda value, wanted: wanted.casefold() in value.casefold(),
    "greaterthan": _compared(operator.gt),
    "greaterthanorequal": _compared(operator.ge),
    "lessthan": _compared(operator.lt),
    "lessthanorequal": _compared(operator.le),
}
