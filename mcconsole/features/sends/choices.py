"""What a definition can be made of, as lists to pick from: e-mails, lists, classifications, profiles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mcconsole.api import soap
from mcconsole.api.client import Client
from mcconsole.core.jobs import JobContext


class Pick(StrEnum):
    """SOAP object types that a definition names (API reference 3.1, WSDL, documented)."""

    EMAIL = "Email"
    LIST = "List"
    CLASSIFICATION = "SendClassification"
    SENDER = "SenderProfile"
    DELIVERY = "DeliveryProfile"


_PARTS = {
    Pick.EMAIL: ("ID", "Name", "e-mails"),
    Pick.LIST: ("ID", "ListName", "subscriber lists"),
    Pick.CLASSIFICATION: ("CustomerKey", "Name", "send classifications"),
    Pick.SENDER: ("CustomerKey", "Name", "sender profiles"),
    Pick.DELIVERY: ("CustomerKey", "Name", "delivery profiles"),
}
"""Identity, name, and the word for many of them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to pick. `id` is "" for what is known by its key alone."""

    name: str
    key: str
    id: str = ""


def choices(client: Client, what: Pick, ctx: JobContext | None = None) -> list[Choice]:
    """Everything of one type in the business unit, by name. Rejected where it cannot be listed; a key can be typed."""
    identity, name, many = _PARTS[what]
    others = [other for other in ("CustomerKey", "ID") if other != identity]
    rows = soap.retrieve_wished(
        client, what, (identity, name), others, scope="email_read", label=f"List the {many}", ctx=ctx
    )
    found = (Choice(row.get(name, ""), row.get("CustomerKey", ""), row.get("ID", "")) for row in rows)
    return sorted(found, key=lambda one: one.name.casefold())
