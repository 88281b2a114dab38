"""The objects around sends that SOAP can list: definitions and what they are made of (API reference 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mcconsole.sandbox import assets, schema, send_definitions, triggered_sends
from mcconsole.sandbox.assets import Asset
from mcconsole.sandbox.send_definitions import TRIGGERED, Definition
from mcconsole.sandbox.soap_objects import ObjectType
from mcconsole.sandbox.soap_xml import Value

if TYPE_CHECKING:
    from mcconsole.sandbox.tenant import Tenant

ASSETS = {
    assets.EMAIL: {"Subject": "", "HTMLBody": "", "TextBody": "", "EmailType": "HTML", "CharacterSet": "UTF-8"},
    assets.LIST: {"ListName": "", "Description": "", "Type": "Public", "ListClassification": "ExactTargetList"},
    assets.CLASSIFICATION: {
        "Description": "",
        "SendClassificationType": "Operational",
        "SenderProfile.CustomerKey": "",
        "DeliveryProfile.CustomerKey": "",
    },
    assets.SENDER: {"Description": "", "FromName": "", "FromAddress": ""},
    assets.DELIVERY: {"Description": "", "SourceAddressType": "DefaultPrivateIPAddress"},
}
"""What each kind shows besides its name and ids, and what it is when nothing was given."""


def asset_properties(asset: Asset) -> dict[str, Value]:
    """Return the retrievable properties of an asset; a list has a ListName instead of a Name."""
    named = {"ListName": asset.name} if asset.kind == assets.LIST else {"Name": asset.name}
    return {
        "ID": asset.id,
        "ObjectID": asset.object_id,
        "PartnerKey": None,
        "Client.ID": asset.mid,
        "CustomerKey": asset.key,
        "CreatedDate": asset.created,
        "ModifiedDate": asset.modified,
        **ASSETS[asset.kind],
        **asset.body,
        **named,
    }


def definition_properties(definition: Definition, tenant: Tenant | None = None) -> dict[str, Value]:
    """Return the retrievable properties of a triggered send definition; IsPaused is not one of them (observed)."""
    parts: dict[str, Value] = {}
    for kind in triggered_sends.PARTS:
        found = _part(tenant, definition, kind)
        parts |= {
            f"{kind}.ID": found.id if found else None,
            f"{kind}.ObjectID": found.object_id if found else None,
            f"{kind}.CustomerKey": found.key if found else None,
        }
    extension = tenant and schema.find_by_id(tenant.store.connection, definition.mid, definition.extension)
    shown: dict[str, Value] = {
        name: value if isinstance(value, str | int | bool) else None
        for name, value in triggered_sends.shown_body(definition).items()
    }
    return {
        "ObjectID": definition.id,
        "PartnerKey": None,
        "Client.ID": definition.mid,
        "CustomerKey": definition.key,
        "Name": definition.name,
        "TriggeredSendStatus": definition.status,
        "CreatedDate": definition.created,
        "ModifiedDate": definition.modified,
        **parts,
        "SendSourceDataExtension.ObjectID": extension.id if extension else None,
        "SendSourceDataExtension.CustomerKey": extension.key if extension else None,
        "SendSourceDataExtension.Name": extension.name if extension else None,
        **shown,
    }


def _part(tenant: Tenant | None, definition: Definition, kind: str) -> Asset | None:
    number = definition.parts.get(kind)
    if tenant is None or number is None:
        return None
    return next(iter(assets.select(tenant.store.connection, definition.mid, kind, "number = ?", [number])), None)


def _definitions(tenant: Tenant, mid: int) -> list[Mapping[str, Value]]:
    found = send_definitions.select(tenant.store.connection, mid, TRIGGERED)
    return [definition_properties(definition, tenant) for definition in found]


def _assets(kind: str) -> Callable[[Tenant, int], list[Mapping[str, Value]]]:
    return lambda tenant, mid: [asset_properties(one) for one in assets.select(tenant.store.connection, mid, kind)]


_SCOPES = {assets.LIST: ("list_and_subscribers_read",)}
SEND_TYPES = (
    ObjectType(
        *("TriggeredSendDefinition", (*definition_properties(Definition(0, TRIGGERED, "", "")),), _definitions),
        ("email_read",),
    ),
    *(
        ObjectType(
            kind, (*asset_properties(Asset(0, kind, "", "")),), _assets(kind), _SCOPES.get(kind, ("email_read",))
        )
        for kind in ASSETS
    ),
)
