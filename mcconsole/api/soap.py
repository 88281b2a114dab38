"""Retrieve, create, update and delete by SOAP, with errors and paging as they really come (API reference 7.5, 7.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element

from mcconsole.api import verdict
from mcconsole.api.client import Client
from mcconsole.api.envelope import SoapAnswer, element, flatten, text
from mcconsole.core.errors import BadAnswer, NotPermitted, Rejected
from mcconsole.core.jobs import JobContext

_MOST_PAGES = 10_000
MOST_BYTES = 256 * 1024 * 1024
"""Bytes of all pages of a retrieve after which it is given up, as their objects may be kept in memory; each object
counts as `_OBJECT` more, however short it is written."""
_OBJECT = 1024
_SAME_PAGES = 20
"""Pages like the one before, or without a result, after which a retrieve that promises more is given up."""
_TRY = "Try again in a few minutes."


@dataclass(frozen=True, slots=True)
class Simple:
    """A condition on one property. Operators: 7.5 (WSDL, documented)."""

    property: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Complex:
    """Two conditions joined by AND or OR."""

    left: Filter
    operator: str
    right: Filter


Filter = Simple | Complex


def simple(name: str, operator: str, *values: str) -> Simple:
    """A condition such as `simple("Name", "like", "Cust%")`."""
    return Simple(name, operator, values)


def equals(name: str, value: str) -> Simple:
    """The property has exactly this value."""
    return Simple(name, "equals", (value,))


def in_(name: str, values: Sequence[str]) -> Simple:
    """The property has one of these values."""
    return Simple(name, "IN", tuple(values)) if len(values) > 1 else equals(name, values[0])


def and_(first: Filter, second: Filter, *more: Filter) -> Filter:
    """All conditions hold."""
    return _join("AND", (first, second, *more))


def or_(first: Filter, second: Filter, *more: Filter) -> Filter:
    """At least one condition holds."""
    return _join("OR", (first, second, *more))


def retrieve(
    client: Client,
    object_type: str,
    properties: Sequence[str],
    filter: Filter | None = None,
    *,
    scope: str = "",
    label: str = "",
    ctx: JobContext | None = None,
) -> Iterator[dict[str, str]]:
    """Every object that matches, page after page, as names and texts (see `envelope.flatten`).

    Raises Rejected with the OverallStatus that Marketing Cloud gave, NotPermitted when it speaks of permission.
    """
    for result in retrieve_elements(client, object_type, properties, filter, scope=scope, label=label, ctx=ctx):
        yield flatten(result)


def retrieve_wished(
    client: Client,
    object_type: str,
    needed: Sequence[str],
    wished: Sequence[str],
    filter: Filter | None = None,
    *,
    scope: str = "",
    label: str = "",
    ctx: JobContext | None = None,
) -> Iterator[dict[str, str]]:
    """As `retrieve`, but without those of the wished properties that the tenant says it cannot retrieve.

    One such property fails the whole call (API reference 7.6, observed), and which ones differs by tenant.
    """
    while True:
        try:
            yield from retrieve(client, object_type, (*needed, *wished), filter, scope=scope, label=label, ctx=ctx)
        except Rejected as error:
            left = [name for name in wished if not re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", error.said)]
            if "request propert" not in error.said.lower() or len(left) == len(wished):
                raise
            wished = left
        else:
            return


def retrieve_elements(
    client: Client,
    object_type: str,
    properties: Sequence[str],
    filter: Filter | None = None,
    *,
    scope: str = "",
    label: str = "",
    ctx: JobContext | None = None,
) -> Iterator[_Element]:
    """The same as `Results` elements, for objects with lists inside."""
    label = label or f"Retrieve {object_type}"
    body = [element("ObjectType", object_type)]
    body += [element("Properties", name) for name in properties]
    if filter is not None:
        body.append(_filter("Filter", filter))
    stuck, former, weight = 0, b"", 0
    for _ in range(_MOST_PAGES):
        message = element("RetrieveRequestMsg", element("RetrieveRequest", *body))
        answer = client.soap("Retrieve", message, once=False, scope=scope, label=label, ctx=ctx)
        if answer.overall_status not in ("OK", "MoreDataAvailable"):
            error = _refused(label, answer, answer.overall_status)
            error.advice = error.advice or verdict.LOOK
            raise error
        yield from answer.results
        if answer.overall_status == "OK":
            return
        if not answer.request_id:
            what = f"{label}: there should be more, but the answer does not say where."
            raise BadAnswer(what, advice=_TRY, exchange=answer.exchange)
        weight += answer.exchange.response.size + _OBJECT * len(answer.results)
        if weight > MOST_BYTES:
            raise BadAnswer(f"{label}: there is more than can be meant.", advice=_TRY, exchange=answer.exchange)
        page = b"".join(map(etree.tostring, answer.results))
        stuck, former = (stuck + 1 if page == former else 0), page
        if stuck >= _SAME_PAGES:
            what = f"{label}: there should be more, but the answers bring nothing new."
            raise BadAnswer(what, advice=_TRY, exchange=answer.exchange)
        # Further pages are asked for by the id alone, without the filter (7.5, observed).
        body = [element("ObjectType", object_type), *(element("Properties", name) for name in properties)]
        body = [element("ContinueRequest", answer.request_id), *body]
    raise BadAnswer(f"{label}: there are more than {_MOST_PAGES:,} pages.")


def create(
    client: Client, *objects: _Element, label: str, scope: str = "", ctx: JobContext | None = None
) -> SoapAnswer:
    """Create objects (elements named `Objects` with an `xsi:type`). Raises Rejected unless all were created."""
    return _change(client, "Create", objects, label, scope, ctx)


def update(
    client: Client, *objects: _Element, label: str, scope: str = "", ctx: JobContext | None = None
) -> SoapAnswer:
    """Update objects. Raises Rejected unless all were updated."""
    return _change(client, "Update", objects, label, scope, ctx)


def delete(
    client: Client, *objects: _Element, label: str, scope: str = "", ctx: JobContext | None = None
) -> SoapAnswer:
    """Delete objects. Raises Rejected unless all were deleted."""
    return _change(client, "Delete", objects, label, scope, ctx)


def _change(
    client: Client, action: str, objects: Sequence[_Element], label: str, scope: str, ctx: JobContext | None
) -> SoapAnswer:
    message = element(f"{action}Request", *objects)
    answer = client.soap(action, message, once=action == "Create", scope=scope, label=label, ctx=ctx)
    bad = [result for result in answer.results if text(result, "StatusCode") != "OK"]
    if bad or answer.overall_status != "OK" or len(answer.results) != len(objects):
        said = "; ".join(text(result, "StatusMessage") for result in bad) or answer.overall_status
        raise _refused(label, answer, said, tuple(_number(text(result, "ErrorCode")) for result in bad))
    return answer


def _refused(label: str, answer: SoapAnswer, said: str, codes: tuple[int, ...] = ()) -> Rejected:
    said = verdict.bounded(said)
    if "api permission failed" in said.lower():
        return NotPermitted(
            f"{label}: Marketing Cloud does not permit this.",
            status=200,
            said=said,
            advice="The installed package lacks a scope for it; the Credentials tab shows which are missing.",
            exchange=answer.exchange,
        )
    return Rejected(
        f"{label}: Marketing Cloud refused it.",
        status=200,
        codes=tuple(code for code in codes if code),
        said=said,
        exchange=answer.exchange,
    )


def _number(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _join(operator: str, conditions: Sequence[Filter]) -> Filter:
    joined = conditions[-1]
    for condition in reversed(conditions[:-1]):
        joined = Complex(condition, operator, joined)
    return joined


def _filter(name: str, condition: Filter) -> _Element:
    if isinstance(condition, Complex):
        return element(
            name,
            _filter("LeftOperand", condition.left),
            element("LogicalOperator", condition.operator),
            _filter("RightOperand", condition.right),
            type_name="ComplexFilterPart",
        )
    return element(
        name,
        element("Property", condition.property),
        element("SimpleOperator", condition.operator),
        *(element("Value", value) for value in condition.values),
        type_name="SimpleFilterPart",
    )
