"""Data extensions by REST: search, fields, create, delete and clear (API reference 4.3)."""

from __future__ import annotations

from collections.abc import Mapping

from mcconsole.sandbox import replies, schema
from mcconsole.sandbox.replies import Reply, refusal
from mcconsole.sandbox.routing import Call, Route, folded
from mcconsole.sandbox.schema import DataExtension, Field, SchemaError

PAGE = 25


def search(call: Call) -> Reply:
    """`GET /data/v1/customobjects?$search=…`: at most 25 a page, and `$search` is required (observed)."""
    wanted = call.query.get("$search", "").strip()
    if not wanted:
        raise refusal(400, "$search is a required parameter", 10002)
    text = "" if wanted in ("%", "*") else wanted.strip("%*").casefold()
    found = [e for e in _all(call) if text in e.name.casefold() or text in e.key.casefold()]
    return _listed(call, found)


def in_folder(call: Call) -> Reply:
    """`GET /data/v1/customobjects/category/{categoryId}` (observed)."""
    wanted = call.parameters["category"]
    return _listed(call, [e for e in _all(call) if str(e.category) == wanted])


def read(call: Call) -> Reply:
    """`GET /data/v1/customobjects/{id}`, by GUID only (observed)."""
    return replies.json(_item(call, _target(call)))


def read_fields(call: Call) -> Reply:
    """`GET /data/v1/customobjects/{id}/fields` (observed)."""
    extension = _target(call)
    fields = [_field_item(field) for field in extension.fields]
    return replies.json({"id": extension.id, "fields": fields, "fieldCount": len(fields)})


def create(call: Call) -> Reply:
    """`POST /data/v1/customobjects`: 201; `categoryId` is required (observed; the texts of refusals unverified)."""
    asked = folded(call.json())
    if not _number(asked, "categoryid"):
        raise refusal(400, "categoryId is a required parameter", 10002)
    fields = asked.get("fields")
    drafts = [_draft_field(folded(field)) for field in fields] if isinstance(fields, list) else []
    drafts.sort(key=lambda pair: pair[0])
    draft = DataExtension(
        name=_text(asked, "name"),
        key=_text(asked, "key"),
        mid=call.grant.mid,
        fields=tuple(field for _, field in drafts),
        description=_text(asked, "description"),
        category=_number(asked, "categoryid"),
        sendable_field=_text(asked, "sendablecustomobjectfield") if asked.get("issendable") else "",
        sendable_subscriber=_text(asked, "sendablesubscriberfield") if asked.get("issendable") else "",
        testable=bool(asked.get("istestable")),
    )
    try:
        with call.tenant.store.write() as connection:
            extension = schema.create(connection, draft)
    except SchemaError as error:
        exists = error.code == schema.NAME_EXISTS
        raise refusal(409 if exists else 400, str(error), 30004 if exists else 10000) from None
    return replies.json(_item(call, extension) | {"fields": [_field_item(f) for f in extension.fields]}, 201)


def delete(call: Call) -> Reply:
    """`DELETE /data/v1/customobjects/{id}` (the route is observed, its answer unverified)."""
    extension = _target(call)
    with call.tenant.store.write() as connection:
        schema.delete(connection, extension)
    return replies.json({})


def clear(call: Call) -> Reply:
    """`POST /data/v1/customobjects/{id}/cleardata` empties it (the route is observed, its answer unverified)."""
    extension = _target(call)
    with call.tenant.store.write() as connection:
        connection.execute(f"DELETE FROM {extension.table}")  # noqa: S608
    return replies.json({})


def _all(call: Call) -> list[DataExtension]:
    delay = call.tenant.switches.seconds("search_delay")
    found = schema.extensions(call.tenant.store.connection, call.grant.mid)
    return [extension for extension in found if not schema.is_young(extension, delay)]


def _target(call: Call) -> DataExtension:
    object_id = call.parameters["id"]
    extension = schema.find_by_id(call.tenant.store.connection, call.grant.mid, object_id)
    if extension is None:
        if call.tenant.switches["cross_unit"] == "403":
            call.tenant.refuse_foreign(call.grant.mid, object_id)
        raise refusal(404, f"No data extension exists for id '{object_id}'.", 30003)
    return extension


def _listed(call: Call, found: list[DataExtension]) -> Reply:
    page, size = call.page(PAGE, PAGE)
    items = [_item(call, extension) for extension in found[(page - 1) * size : page * size]]
    return replies.json({"count": len(found), "page": page, "pageSize": size, "links": {}, "items": items})


def _item(call: Call, extension: DataExtension) -> dict[str, object]:
    query = f"SELECT COUNT(*) FROM {extension.table}"  # noqa: S608
    rows = call.tenant.store.connection.execute(query).fetchone()[0]
    sendable: dict[str, object] = {}
    if extension.sendable_field:
        sendable = {
            "sendableCustomObjectField": extension.sendable_field,
            "sendableSubscriberField": extension.sendable_subscriber,
        }
    person = {"Id": 700_100_200, "Name": "App user"}
    return {
        "id": extension.id,
        "name": extension.name,
        "key": extension.key,
        "description": extension.description,
        "isActive": True,
        "isSendable": bool(extension.sendable_field),
        **sendable,
        "isTestable": extension.testable,
        "categoryId": extension.category,
        "ownerId": person["Id"],
        "isObjectDeletable": True,
        "isFieldAdditionAllowed": True,
        "isFieldModificationAllowed": True,
        "createdDate": extension.created,
        "createdById": person["Id"],
        "createdByName": person["Name"],
        "modifiedDate": extension.modified,
        "modifiedById": person["Id"],
        "modifiedByName": person["Name"],
        "ownerName": person["Name"],
        "partnerApiObjectTypeId": 310,
        "partnerApiObjectTypeName": "DataExtension",
        "rowCount": rows,
        "dataRetentionProperties": {
            "isDeleteAtEndOfRetentionPeriod": False,
            "isRowBasedRetention": False,
            "isResetRetentionPeriodOnImport": False,
        },
        "fieldCount": len(extension.fields),
    }


def _field_item(field: Field) -> dict[str, object]:
    """Describe a field; length, scale and default only where they apply (observed)."""
    item: dict[str, object] = {
        "id": field.id,
        "name": field.name,
        "type": field.type,
        "maskType": "None",
        "storageType": "Plain",
        "description": "",
        "ordinal": field.number,
        "isNullable": not field.required,
        "isPrimaryKey": field.primary_key,
        "isTemplateField": False,
        "isHidden": False,
        "isReadOnly": False,
        "isInheritable": False,
        "isOverridable": False,
        "mustOverride": False,
    }
    applying = {"length": field.length, "scale": field.scale, "defaultValue": field.default or None}
    return item | {name: value for name, value in applying.items() if value is not None}


def _draft_field(asked: Mapping[str, object]) -> tuple[int, Field]:
    nullable = asked.get("isnullable", not asked.get("isprimarykey"))
    field = Field(
        name=_text(asked, "name"),
        type=_text(asked, "type") or "Text",
        length=_number(asked, "length") or None,
        scale=_number(asked, "scale") or None,
        required=not nullable,
        primary_key=bool(asked.get("isprimarykey")),
        default=_text(asked, "defaultvalue"),
    )
    return _number(asked, "ordinal"), field


def _text(asked: Mapping[str, object], name: str) -> str:
    value = asked.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    raise refusal(400, f"{name} has the wrong data type.", 10001)


def _number(asked: Mapping[str, object], name: str) -> int:
    value = asked.get(name) or 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and abs(value) < 10**9:
        return value
    raise refusal(400, f"{name} has the wrong data type.", 10001)


_WRITE, _READ = ("data_extensions_write",), ("data_extensions_read",)
ROUTES = (
    Route("GET", "/data/v1/customobjects", search, _READ),
    Route("POST", "/data/v1/customobjects", create, _WRITE),
    Route("GET", "/data/v1/customobjects/category/{category}", in_folder, _READ),
    Route("GET", "/data/v1/customobjects/{id}", read, _READ),
    Route("DELETE", "/data/v1/customobjects/{id}", delete, _WRITE),
    Route("GET", "/data/v1/customobjects/{id}/fields", read_fields, _READ),
    Route("POST", "/data/v1/customobjects/{id}/cleardata", clear, _WRITE),
)
