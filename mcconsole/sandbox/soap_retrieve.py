"""SOAP Retrieve: properties, filters, batches and their continuation (API reference 4.2, 4.6 and 7.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from mcconsole.sandbox.replies import new_id
from mcconsole.sandbox.routing import Call
from mcconsole.sandbox.schema import DataExtension, Field, extensions
from mcconsole.sandbox.soap_filters import BadFilter, Test, compile_filter
from mcconsole.sandbox.soap_objects import DATA_TYPES, EMPTY_TYPES
from mcconsole.sandbox.soap_sends import SEND_TYPES
from mcconsole.sandbox.soap_xml import Node, Value, add, add_object, add_typed, child, children, flag, response, text
from mcconsole.sandbox.tracking import TRACKING_TYPES
from mcconsole.sandbox.values import shown

BATCH = 2500
"""Objects per response at most (API reference 6, documented)."""
_ROWS = re.compile(r"DataExtensionObject\[(.*)\]", re.DOTALL)
_SCAN = 5000

TYPES = {kind.name: kind for kind in (*DATA_TYPES, *SEND_TYPES, *TRACKING_TYPES)}

Properties = Mapping[str, Value]


class Unretrievable(Exception):
    """A retrieve that fails as a whole; the text goes behind `Error: `."""


@dataclass(slots=True)
class Listing:
    """A retrieve in progress: `more` gives up to `size` objects from a cursor on, and the next cursor or None."""

    mid: int
    kind: str
    size: int
    properties: Sequence[str]
    more: Callable[[int, int], tuple[list[Properties], int | None]]
    cursor: int = 0


def retrieve(call: Call, body: Node) -> Node:
    """Answer a RetrieveRequestMsg; a failure is an answer too, with `Error: …` as OverallStatus."""
    request = child(body, "RetrieveRequest")
    answer = response("RetrieveResponseMsg")
    request_id = text(request, "ContinueRequest") or new_id()
    try:
        listing = _continued(call, request_id) if text(request, "ContinueRequest") else _begin(call, request)
        found, following = listing.more(listing.cursor, listing.size)
    except (Unretrievable, BadFilter) as error:
        add(answer, "OverallStatus", f"Error: {error}")
        add(answer, "RequestID", request_id)
        return answer
    if following is not None:
        listing.cursor = following
        call.tenant.snapshots[request_id] = listing
    add(answer, "OverallStatus", "OK" if following is None else "MoreDataAvailable")
    add(answer, "RequestID", request_id)
    for properties in found:
        if listing.kind == "DataExtensionObject":
            _add_row(answer, properties, listing.properties)
        else:
            _add_result(answer, listing.kind, properties, listing.properties)
    return answer


def _continued(call: Call, request_id: str) -> Listing:
    listing = call.tenant.snapshots.get(request_id)
    if not isinstance(listing, Listing) or listing.mid != call.grant.mid:
        raise Unretrievable("The ContinueRequest is not known.")
    return listing


def _begin(call: Call, request: Node | None) -> Listing:
    kind, grant = text(request, "ObjectType"), call.grant
    properties = [text(node) for node in children(request, "Properties")]
    asked = text(request, "Options", "BatchSize")
    size = min(int(asked), BATCH) if asked.isascii() and asked.isdigit() and int(asked[:6]) > 0 else BATCH
    if kind in EMPTY_TYPES:
        return Listing(grant.mid, kind, size, (), lambda _cursor, _size: ([], None))
    rows = _ROWS.fullmatch(kind)
    object_type = TYPES.get(kind)
    if object_type is None and rows is None:
        raise Unretrievable(
            f"Unable to find a handler for object type: {kind}. Object types are case-sensitive, check spelling."
        )
    scopes = object_type.scopes if object_type else ("data_extensions_read",)
    if not grant.scopes.issuperset(scopes):
        raise Unretrievable("API Permission Failed. The package lacks a permission for this call.")
    if rows:
        return _rows(call, rows[1], properties, child(request, "Filter"), size)
    known = object_type.properties if object_type else ()
    wrong = [name for name in properties if name not in known]
    if wrong or not properties:
        raise Unretrievable(
            f"The Request Property(s) {', '.join(wrong)} do not match with the fields of {kind} retrieve"
        )
    test = compile_filter(child(request, "Filter"), known)
    if kind == "TriggeredSendDefinition" and _is_blind(call, child(request, "Filter")):
        return Listing(grant.mid, kind, size, (), lambda _cursor, _size: ([], None))
    units = [grant.mid]
    if flag(request, "QueryAllAccounts") and grant.mid == grant.enterprise and kind != "BusinessUnit":
        units = [row[0] for row in call.tenant.store.connection.execute("SELECT mid FROM business_units")]
    found = [one for unit in units for one in object_type.objects(call.tenant, unit)] if object_type else []
    chosen = [one for one in found if test(one)]

    def more(cursor: int, count: int) -> tuple[list[Properties], int | None]:
        end = cursor + count
        return chosen[cursor:end], end if end < len(chosen) else None

    return Listing(grant.mid, kind, size, properties, more)


def _is_blind(call: Call, condition: Node | None) -> bool:
    """Whether a filter finds nothing although it should, as one tenant's did (API reference 3.1, observed)."""
    names = [] if condition is None else [node.text for node in condition.iter("{*}Property")]
    return call.tenant.switches["definition_key_filter"] == "empty" and "CustomerKey" in names


def _rows(call: Call, name: str, wanted: Sequence[str], condition: Node | None, size: int) -> Listing:
    """List rows: by external key or by name, each property named (API reference 4.6; the name is what clients send)."""
    connection = call.tenant.store.connection
    found = call.tenant.find(call.grant.mid, name) or next(
        iter(extensions(connection, call.grant.mid, "lower(name) = lower(?)", [name])), None
    )
    if found is None:
        raise Unretrievable(f"Unable to find a data extension '{name}'.")
    extension: DataExtension = found
    exact = {field.name.casefold(): field for field in extension.fields}
    wrong = [one for one in wanted if one.casefold() not in exact]
    if wrong or not wanted:
        raise Unretrievable(
            f"The Request Property(s) {', '.join(wrong)} do not match with the fields of {extension.name} retrieve"
        )
    test = compile_filter(condition, [field.name for field in extension.fields])
    names = [exact[one.casefold()].name for one in wanted]

    def more(cursor: int, count: int) -> tuple[list[Properties], int | None]:
        return _scan(call, extension, test, cursor, count)

    return Listing(call.grant.mid, "DataExtensionObject", size, names, more)


def _scan(
    call: Call, extension: DataExtension, test: Test, cursor: int, count: int
) -> tuple[list[Properties], int | None]:
    """Read rows behind a row id until `count` of them pass the test, and one more to know whether there is more."""
    query = f"SELECT id, body FROM {extension.table} WHERE id > ? ORDER BY id LIMIT {_SCAN}"  # noqa: S608
    found: list[Properties] = []
    last = cursor
    while rows := call.tenant.store.connection.execute(query, (last,)).fetchall():
        for number, body in rows:
            stored = orjson.loads(body)
            values = [(field, stored.get(str(field.number))) for field in extension.fields]
            if test({field.name: _comparable(field, value) for field, value in values}):
                if len(found) == count:
                    return found, last
                found.append({field.name: shown(field, value) for field, value in values})
            last = number
    return found, None


def _comparable(field: Field, stored: str | None) -> Value:
    return float(stored) if stored and field.type in ("Number", "Decimal") else stored


def _add_result(answer: Node, kind: str, values: Properties, wanted: Sequence[str]) -> None:
    # PartnerKey and ObjectID come with every object, empty unless asked for (observed in recordings of API reference).
    always: dict[str, Value] = {"PartnerKey": None, "ObjectID": None}
    add_object(answer, "Results", kind, always | {name: values[name] for name in wanted})


def _add_row(answer: Node, values: Properties, wanted: Sequence[str]) -> None:
    node = add_typed(answer, "Results", "DataExtensionObject")
    add(node, "PartnerKey", None)
    add(node, "ObjectID", None)
    add(node, "Type", "DataExtensionObject")
    properties = add(node, "Properties")
    for name in wanted:
        one = add(properties, "Property")
        add(one, "Name", name)
        add(one, "Value", values[name])
