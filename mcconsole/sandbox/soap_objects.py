"""The objects that SOAP can list: which properties they have, and what they are now (API reference 4.2 and 7.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcconsole.sandbox import schema
from mcconsole.sandbox.schema import DataExtension, Field, Folder
from mcconsole.sandbox.soap_xml import Value

if TYPE_CHECKING:
    from mcconsole.sandbox.tenant import Tenant

EMPTY_TYPES = frozenset(
    (
        "Account",
        "AccountUser",
        "Automation",
        "ClickEvent",
        "ContentArea",
        "DataExtensionTemplate",
        "EmailSendDefinition",
        "FileTrigger",
        "FilterDefinition",
        "Group",
        "ImportDefinition",
        "ImportResultsSummary",
        "ListSubscriber",
        "MessagingConfiguration",
        "OpenEvent",
        "Portfolio",
        "PrivateLabel",
        "Program",
        "PublicationList",
        "QueryDefinition",
        "Role",
        "Send",
        "Subscriber",
        "SubscriberList",
        "SuppressionListDefinition",
        "Template",
        "TriggeredSendSummary",
        "UnsubEvent",
    )
)
"""Types that exist and of which this tenant has none: an answer without Results, not an error."""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One type: the names of what can be retrieved, and the objects that a business unit has of it."""

    name: str
    properties: tuple[str, ...]
    objects: Callable[[Tenant, int], list[Mapping[str, Value]]]
    scopes: tuple[str, ...] = ()


def extension_properties(extension: DataExtension) -> dict[str, Value]:
    """Return the retrievable properties of a data extension; RowCount is not one of them (observed)."""
    return {
        "ObjectID": extension.id,
        "PartnerKey": None,
        "Client.ID": extension.mid,
        "CustomerKey": extension.key,
        "Name": extension.name,
        "Description": extension.description,
        "CreatedDate": extension.created,
        "ModifiedDate": extension.modified,
        "IsSendable": bool(extension.sendable_field),
        "IsTestable": extension.testable,
        "SendableDataExtensionField.Name": extension.sendable_field or None,
        "SendableSubscriberField.Name": extension.sendable_subscriber or None,
        "Template.CustomerKey": None,
        "CategoryID": extension.category,
        "Status": None,
        "IsPlatformObject": False,
        "DataRetentionPeriodLength": 0,
        "DataRetentionPeriodUnitOfMeasure": 0,
        "DataRetentionPeriod": None,
        "RowBasedRetention": False,
        "ResetRetentionPeriodOnImport": False,
        "DeleteAtEndOfRetentionPeriod": False,
        "RetainUntil": None,
    }


def field_properties(extension: DataExtension, field: Field) -> dict[str, Value]:
    """Return the retrievable properties of a field."""
    return {
        "ObjectID": field.id,
        "PartnerKey": None,
        "Client.ID": extension.mid,
        "CustomerKey": f"[{extension.key}].[{field.name}]",
        "Name": field.name,
        "FieldType": field.type,
        "MaxLength": field.length,
        "Scale": field.scale,
        "DefaultValue": field.default,
        "IsRequired": field.required,
        "IsPrimaryKey": field.primary_key,
        "Ordinal": field.number,
        "CreatedDate": extension.created,
        "ModifiedDate": extension.modified,
        "StorageType": "Plain",
        "DataExtension.CustomerKey": extension.key,
    }


def folder_properties(folder: Folder, parent: Folder | None) -> dict[str, Value]:
    """Return the retrievable properties of a folder; at the root `ParentFolder.ID` is 0."""
    return {
        "ID": folder.id,
        "ObjectID": folder.object_id,
        "PartnerKey": None,
        "Client.ID": folder.mid,
        "CustomerKey": folder.key,
        "Name": folder.name,
        "Description": folder.description,
        "ContentType": folder.content_type,
        "IsActive": True,
        "IsEditable": folder.parent != 0,
        "AllowChildren": True,
        "CreatedDate": folder.created,
        "ModifiedDate": folder.created,
        "ParentFolder.ID": folder.parent,
        "ParentFolder.ObjectID": parent.object_id if parent else None,
        "ParentFolder.CustomerKey": parent.key if parent else None,
        "ParentFolder.Name": parent.name if parent else None,
        "ParentFolder.ContentType": parent.content_type if parent else None,
    }


def unit_properties(mid: int, name: str, parent: int) -> dict[str, Value]:
    """Return the retrievable properties of a business unit."""
    return {
        "ID": mid,
        "ObjectID": None,
        "PartnerKey": None,
        "Client.ID": mid,
        "CustomerKey": str(mid),
        "Name": name,
        "ParentID": parent,
        "AccountType": "BUSINESS_UNIT" if parent else "ENTERPRISE_2",
        "IsActive": True,
    }


def _extensions(tenant: Tenant, mid: int) -> list[Mapping[str, Value]]:
    return [extension_properties(found) for found in schema.extensions(tenant.store.connection, mid)]


def _fields(tenant: Tenant, mid: int) -> list[Mapping[str, Value]]:
    found = schema.extensions(tenant.store.connection, mid)
    fields = [(field.id, field_properties(extension, field)) for extension in found for field in extension.fields]
    # By their random ids: the real ones come in no order either (API reference 4.2, observed).
    return [properties for _, properties in sorted(fields, key=lambda pair: pair[0])]


def _folders(tenant: Tenant, mid: int) -> list[Mapping[str, Value]]:
    found = {folder.id: folder for folder in schema.folders(tenant.store.connection, mid)}
    return [folder_properties(folder, found.get(folder.parent)) for folder in found.values()]


def _units(tenant: Tenant, mid: int) -> list[Mapping[str, Value]]:
    """List the units that a unit sees: the enterprise all of them, another itself (unverified)."""
    rows = tenant.store.connection.execute("SELECT mid, name, parent FROM business_units ORDER BY mid").fetchall()
    return [unit_properties(*row) for row in rows if mid in (row["mid"], tenant.enterprise)]


_READ = ("data_extensions_read",)
_BLANK = DataExtension("", "", 0)
DATA_TYPES = (
    ObjectType("DataExtension", (*extension_properties(_BLANK),), _extensions, _READ),
    ObjectType("DataExtensionField", (*field_properties(_BLANK, Field("")),), _fields, _READ),
    ObjectType("DataFolder", (*folder_properties(Folder("", 0, 0), None),), _folders),
    ObjectType("BusinessUnit", (*unit_properties(0, "", 0),), _units),
)
