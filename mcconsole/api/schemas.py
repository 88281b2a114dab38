"""Schemas of data extensions, read by SOAP from an external key, or by REST or SOAP from an object id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mcconsole.api import soap
from mcconsole.api.client import Answer, Client
from mcconsole.api.operations import Operation
from mcconsole.core.errors import BadAnswer, NotFound, NotPermitted, Rejected
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.jobs import JobContext

_READ = "data_extensions_read"
_DESCRIBE = Operation("de", "GET", "/data/v1/customobjects/{id}", scope=_READ, reads=True)
_FIELDS = Operation("de.fields", "GET", "/data/v1/customobjects/{id}/fields", scope=_READ, reads=True)
_CONTACT_RELATIONS = ("_subscriberkey", "subscriberkey", "_contactkey", "contactkey")
_SENDABLE = ("SendableDataExtensionField.Name", "SendableSubscriberField.Name")


@dataclass(frozen=True, slots=True)
class Described:
    """A schema, and the field that holds the contact key; "" where the data extension relates to none."""

    schema: Schema
    contact_field: str = ""


def schema(client: Client, key: str, ctx: JobContext | None = None) -> Schema:
    """The fields of a data extension, sorted by ordinal; NotFound when the business unit has none with this key."""
    return keyed(client, key, ctx).schema


def keyed(client: Client, key: str, ctx: JobContext | None = None) -> Described:
    """A data extension by its external key; NotFound when the business unit has none with it."""
    found = _by_soap(client, "CustomerKey", key, ctx)
    if found is None:
        raise NotFound(
            f"There is no data extension with the external key “{key}” in this business unit.",
            status=404,
            advice="Check the external key (not the name), and that the right business unit is chosen.",
        )
    return found


def described(client: Client, object_id: str, ctx: JobContext | None = None) -> Described:
    """A data extension by its object id (GUID): by REST, or by SOAP where REST refuses (API reference 2.3, observed).

    NotFound when there is none, for example because it was deleted; NotPermitted names the scope that is missing.
    """
    refusal: Rejected | None = None
    try:
        return _by_rest(client, object_id, ctx)
    except Rejected as error:
        refusal = error
    try:
        found = _by_soap(client, "ObjectID", object_id, ctx)
    except NotPermitted:
        raise refusal from None
    if found is None:
        raise NotFound(
            f"The data extension {object_id} is not there, or not visible from this business unit.",
            status=404,
            said=refusal.said,
            advice="It may have been deleted, or belong to another business unit.",
        )
    return found


def _by_soap(client: Client, name: str, value: str, ctx: JobContext | None) -> Described | None:
    client.token(ctx)  # else both of the calls below would ask for one where none is given
    with ThreadPoolExecutor(1, "schema") as pool:
        # Nearly always the key is right, and then nobody has to wait for two answers one after the other.
        guess = pool.submit(_soap_fields, client, value, ctx) if name == "CustomerKey" else None
        found = soap.retrieve(
            client,
            "DataExtension",
            ("ObjectID", "CustomerKey", "Name", *_SENDABLE),
            soap.equals(name, value),
            scope=_READ,
            label=f"Find the data extension {value}",
            ctx=ctx,
        )
        about = next(iter(found), None)
        if about is None:
            return None
        key = about["CustomerKey"]
        rows = guess.result() if guess is not None and key == value else _soap_fields(client, key, ctx)
    fields = sorted((_soap_field(row) for row in rows), key=lambda field: field.ordinal)
    made = Schema(key, about.get("Name", ""), tuple(fields), about.get("ObjectID", ""))
    return Described(made, _contact_field(*(about.get(part, "") for part in _SENDABLE)))


def _soap_fields(client: Client, key: str, ctx: JobContext | None) -> Sequence[Mapping[str, str]]:
    found = soap.retrieve(
        client,
        "DataExtensionField",
        ("Name", "FieldType", "MaxLength", "Scale", "DefaultValue", "IsRequired", "IsPrimaryKey", "Ordinal"),
        soap.equals("DataExtension.CustomerKey", key),
        scope=_READ,
        label=f"Read the fields of {key}",
        ctx=ctx,
    )
    return list(found)


def _by_rest(client: Client, object_id: str, ctx: JobContext | None) -> Described:
    about = _object(client.rest(_DESCRIBE, path={"id": object_id}, label="Find the data extension", ctx=ctx))
    name = str(about.get("name", ""))
    answer = client.rest(_FIELDS, path={"id": object_id}, label=f"Read the fields of {name}", ctx=ctx)
    listed = _object(answer).get("fields")
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise BadAnswer("The fields of the data extension are not a list.", exchange=answer.exchange)
    fields = sorted((_rest_field(item) for item in listed), key=lambda field: field.ordinal)
    made = Schema(str(about.get("key", "")), name, tuple(fields), str(about.get("id", object_id)))
    relation = (str(about.get(part) or "") for part in ("sendableCustomObjectField", "sendableSubscriberField"))
    return Described(made, _contact_field(*relation))


def _object(answer: Answer) -> Mapping[str, object]:
    found = answer.json()
    if not isinstance(found, dict):
        raise BadAnswer("The data extension is not a JSON object.", exchange=answer.exchange)
    return found


def _contact_field(field: str, subscriber: str) -> str:
    """The field related to the subscriber key; it reads back as `_SubscriberKey` (API reference 4.2, observed)."""
    return field if subscriber.replace(" ", "").casefold() in _CONTACT_RELATIONS else ""


def _soap_field(row: Mapping[str, str]) -> Field:
    kind = _kind(row.get("Name", ""), row.get("FieldType", ""))
    return Field(
        name=row["Name"],
        type=kind,
        length=_number(row.get("MaxLength")),
        scale=_number(row.get("Scale")) if kind is FieldType.DECIMAL else None,
        required=row.get("IsRequired", "").lower() == "true",
        primary_key=row.get("IsPrimaryKey", "").lower() == "true",
        default=row.get("DefaultValue", ""),
        ordinal=_number(row.get("Ordinal")) or 0,
    )


def _rest_field(item: Mapping[str, object]) -> Field:
    """A field as REST tells it: `isNullable` is the opposite of required (API reference 4.3, observed)."""
    name, texts = str(item.get("name", "")), {part: str(value) for part, value in item.items() if value is not None}
    kind = _kind(name, texts.get("type", ""))
    return Field(
        name=name,
        type=kind,
        length=_number(texts.get("length")),
        scale=_number(texts.get("scale")) if kind is FieldType.DECIMAL else None,
        required=item.get("isNullable") is False,
        primary_key=item.get("isPrimaryKey") is True,
        default=texts.get("defaultValue", ""),
        ordinal=_number(texts.get("ordinal")) or 0,
    )


def _kind(name: str, text: str) -> FieldType:
    try:
        return FieldType({"Email": "EmailAddress"}.get(text, text))
    except ValueError:
        raise BadAnswer(
            f"The field “{name}” is of type “{text}”, which cannot be filled here.",
            advice="Encrypted and newer field types cannot be filled with this version.",
        ) from None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.lstrip("-").isdigit() and int(text) > 0 else None
