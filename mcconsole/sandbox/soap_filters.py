"""SOAP filters: simple and complex, tried on one object after the other (API reference 7.5, documented)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from mcconsole.sandbox.schema import server_time
from mcconsole.sandbox.soap_xml import Node, Value, child, children, text, type_of

Test = Callable[[Mapping[str, Value]], bool]
_DEPTH = 50
_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d)", re.ASCII)


class BadFilter(Exception):
    """A filter that cannot be carried out; the text goes behind `Error: `."""


def compile_filter(node: Node | None, properties: Collection[str], depth: int = 0) -> Test:
    """Return a test for objects that have `properties`; raises BadFilter."""
    if node is None:
        return lambda _: True
    if depth > _DEPTH:
        raise BadFilter("The filter is nested too deeply.")
    if type_of(node) == "ComplexFilterPart" or child(node, "LogicalOperator") is not None:
        operands = [child(node, "LeftOperand"), child(node, "RightOperand")]
        operands += children(child(node, "AdditionalOperands"), "Operand")
        tests = [compile_filter(operand, properties, depth + 1) for operand in operands if operand is not None]
        combine = {"AND": all, "OR": any}.get(text(node, "LogicalOperator").upper())
        if combine is None or len(tests) < 2:
            raise BadFilter("A complex filter needs AND or OR and two operands.")
        return lambda values: combine(test(values) for test in tests)
    return _simple(node, properties)


def _simple(node: Node, properties: Collection[str]) -> Test:
    name, operator = text(node, "Property"), text(node, "SimpleOperator")
    if name not in properties:
        raise BadFilter(f"Invalid column name '{name}'.")
    wanted = [(value.text or "").strip() for kind in ("Value", "DateValue") for value in children(node, kind)]
    if operator in ("isNull", "isNotNull"):
        return lambda values: (values[name] in (None, "")) == (operator == "isNull")
    if not wanted:
        raise BadFilter(f"The filter on '{name}' has no value.")
    if operator == "like":
        pattern = re.compile(".*".join(map(re.escape, wanted[0].split("%"))), re.IGNORECASE | re.DOTALL)
        return lambda values: pattern.fullmatch(_shown(values[name])) is not None
    if operator == "IN":
        folded = {value.casefold() for value in wanted}
        return lambda values: _shown(values[name]).casefold() in folded
    if operator == "between" and len(wanted) == 2:
        return lambda values: _order(values[name], wanted[0]) >= 0 and _order(values[name], wanted[1]) <= 0
    compare = {
        "equals": lambda order: order == 0,
        "notEquals": lambda order: order != 0,
        "greaterThan": lambda order: order > 0,
        "lessThan": lambda order: order < 0,
        "greaterThanOrEqual": lambda order: order >= 0,
        "lessThanOrEqual": lambda order: order <= 0,
    }.get(operator)
    if compare is None:
        raise BadFilter(f"The operator '{operator}' is not known.")
    return lambda values: compare(_order(values[name], wanted[0]))


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _server_time(wanted: str) -> str:
    """Turn a moment with a zone into server time, which dates are shown in (API reference 4.3)."""
    if not _ZONED.fullmatch(wanted):
        return wanted
    try:
        return server_time(datetime.fromisoformat(wanted))
    except ValueError:
        raise BadFilter(f"'{wanted}' is not a date.") from None


def _order(value: Value, wanted: str) -> int:
    """Compare a number as one, anything else as text without case; -1, 0 or 1."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        with contextlib.suppress(ValueError):
            number = float(wanted)
            return (value > number) - (value < number)
    first, second = _shown(value).casefold(), _server_time(wanted).casefold()
    return (first > second) - (first < second)
