"""SOAP Create, Update and Delete of data extensions and of their rows (API reference 4.2, 4.6 and 7.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcconsole.sandbox import records, schema
from mcconsole.sandbox.records import BadRow, Problem, Reader
from mcconsole.sandbox.routing import Call
from mcconsole.sandbox.schema import DataExtension, Field, SchemaError
from mcconsole.sandbox.soap_xml import Node, child, children, flag, raw_text, text

NOT_PERMITTED = 11
"""Authorization failure (API reference 7.6, documented)."""
GENERAL = 2
_SUBSCRIBER_FIELDS = {"subscriber key": "_SubscriberKey", "email address": "_EmailAddress"}
"""A relation is written one way and read back another (API reference 4.2: the first observed, the second alike)."""


SCOPE = "data_extensions_write"


@dataclass(frozen=True, slots=True)
class SubscriberFailure:
    """One subscriber of a triggered send who gets nothing (API reference 3.2, documented)."""

    ordinal: int
    subscriber: Node
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object. `code` is None when it went well."""

    message: str
    code: int | None = None
    new_id: int = 0
    new_object_id: str | None = None
    failures: tuple[SubscriberFailure, ...] = ()


Write = Callable[[Call, Node, bool], Outcome]


def create_extension(call: Call, node: Node, _upsert: bool) -> Outcome:
    """Create a data extension with its fields; the answer's text is observed."""
    relation = text(node, "SendableSubscriberField", "Name")
    sendable = flag(node, "IsSendable")
    try:
        draft = DataExtension(
            name=text(node, "Name"),
            key=text(node, "CustomerKey"),
            mid=call.grant.mid,
            fields=tuple(_field(field) for field in children(child(node, "Fields"), "Field")),
            description=text(node, "Description"),
            category=_number(node, "CategoryID") or 0,
            sendable_field=text(node, "SendableDataExtensionField", "Name") if sendable else "",
            sendable_subscriber=_SUBSCRIBER_FIELDS.get(relation.lower(), relation) if sendable else "",
            testable=flag(node, "IsTestable"),
        )
        with call.tenant.store.write() as connection:
            extension = schema.create(connection, draft)
    except SchemaError as error:
        return Outcome(str(error), error.code)
    return Outcome("Data Extension created.", new_object_id=extension.id)


def update_extension(call: Call, node: Node, _upsert: bool) -> Outcome:
    """Change a data extension's description, change its fields and add new ones."""
    extension = _target(call, node)
    if extension is None:
        return Outcome("The data extension does not exist.", GENERAL)
    description = text(node, "Description") if child(node, "Description") is not None else extension.description
    try:
        there = {field.name.casefold(): field for field in extension.fields}
        fields = [
            _field(field, there.get(text(field, "Name").casefold()))
            for field in children(child(node, "Fields"), "Field")
        ]
        with call.tenant.store.write() as connection:
            schema.update(connection, extension, description, fields)
    except SchemaError as error:
        return Outcome(str(error), error.code)
    return Outcome("Data Extension updated.")


def delete_extension(call: Call, node: Node, _upsert: bool) -> Outcome:
    """Delete a data extension by external key or ObjectID."""
    extension = _target(call, node)
    if extension is None:
        return Outcome("The data extension does not exist.", GENERAL)
    with call.tenant.store.write() as connection:
        schema.delete(connection, extension)
    return Outcome("Data Extension deleted.")


def create_row(call: Call, node: Node, upsert: bool) -> Outcome:
    """Insert one row, or upsert it with SaveAction UpdateAdd."""
    return _write_row(call, node, "Created", records.upsert if upsert else records.insert)


def update_row(call: Call, node: Node, upsert: bool) -> Outcome:
    """Change one row that exists, or upsert it with SaveAction UpdateAdd."""
    return _write_row(call, node, "Updated", records.upsert, must_exist=not upsert)


def delete_row(call: Call, node: Node, _upsert: bool) -> Outcome:
    """Delete one row by its Keys."""
    extension = _target(call, node)
    if extension is None:
        return Outcome("The data extension does not exist.", GENERAL)
    try:
        record = Reader(extension, call.tenant.switches).read(_pairs(node, "Keys", "Key"))
    except BadRow as bad:
        return Outcome(_words(bad.problems), GENERAL)
    with call.tenant.store.write() as connection:
        query = f"DELETE FROM {extension.table} WHERE key = ?"  # noqa: S608
        if connection.execute(query, (record.key,)).rowcount == 0:
            return Outcome("The row does not exist.", GENERAL)
    return Outcome("Deleted DataExtensionObject")


def _write_row(
    call: Call, node: Node, done: str, write: Callable[..., dict[int, BadRow]], *, must_exist: bool = False
) -> Outcome:
    extension = _target(call, node)
    if extension is None:
        return Outcome("The data extension does not exist.", GENERAL)
    if write is records.upsert and not extension.keys:
        return Outcome("Primary key field required for upsert operations", GENERAL)
    pairs = [*_pairs(node, "Properties", "Property"), *_pairs(node, "Keys", "Key")]
    try:
        record = Reader(extension, call.tenant.switches).read(pairs)
        with call.tenant.store.write() as connection:
            if must_exist and not records.present(connection, extension, [record.key or ""]):
                return Outcome("Cannot locate the existing record.", GENERAL)
            refused = write(connection, extension, [record])
    except BadRow as bad:
        return Outcome(_words(bad.problems), GENERAL)
    return Outcome(_words(refused[0].problems), GENERAL) if refused else Outcome(f"{done} DataExtensionObject")


def _words(problems: tuple[Problem, ...]) -> str:
    return " ".join(problem.text for problem in problems)


def _pairs(node: Node, outer: str, inner: str) -> list[tuple[str, object]]:
    return [(text(one, "Name"), raw_text(one, "Value")) for one in children(child(node, outer), inner)]


def _target(call: Call, node: Node) -> DataExtension | None:
    reference = text(node, "CustomerKey") or text(node, "ObjectID")
    return call.tenant.find(call.grant.mid, reference) if reference else None


def _field(node: Node, known: Field | None = None) -> Field:
    """Read a field; what is left out stays as it is in `known`."""
    base = known or Field("")
    return Field(
        name=text(node, "Name"),
        type=text(node, "FieldType") or base.type,
        length=_number(node, "MaxLength") or base.length,
        scale=_number(node, "Scale") or base.scale,
        required=flag(node, "IsRequired") if child(node, "IsRequired") is not None else base.required,
        primary_key=flag(node, "IsPrimaryKey") if child(node, "IsPrimaryKey") is not None else base.primary_key,
        default=text(node, "DefaultValue") if child(node, "DefaultValue") is not None else base.default,
    )


def _number(node: Node, name: str) -> int | None:
    value = text(node, name)
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise SchemaError(f"{name} is not a number.", GENERAL)
    return int(value)


WRITES: dict[tuple[str, str], Write] = {
    ("Create", "DataExtension"): create_extension,
    ("Update", "DataExtension"): update_extension,
    ("Delete", "DataExtension"): delete_extension,
    ("Create", "DataExtensionObject"): create_row,
    ("Update", "DataExtensionObject"): update_row,
    ("Delete", "DataExtensionObject"): delete_row,
}
