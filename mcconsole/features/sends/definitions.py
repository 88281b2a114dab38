"""Definitions of both send systems: triggered send definitions (SOAP) and transactional e-mail definitions (REST)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from mcconsole.api import paging, soap
from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.core.clock import moment
from mcconsole.core.errors import ApiError, BadAnswer, BadInput, NotFound, NotPermitted, Rejected
from mcconsole.core.jobs import JobContext

READ = "email_read"
LIST = Operation("definitions.list", "GET", "/messaging/v1/email/definitions", scope=READ, reads=True)
ONE = Operation("definitions.read", "GET", "/messaging/v1/email/definitions/{key}", scope=READ, reads=True)

SOAP_TYPE = "TriggeredSendDefinition"
_NEEDED = ("CustomerKey", "Name", "TriggeredSendStatus")
_WISHED = (
    *("ObjectID", "Description", "ModifiedDate", "Email.ID", "List.ID", "AutoAddSubscribers", "AutoUpdateSubscribers"),
    *("SendClassification.CustomerKey", "SenderProfile.CustomerKey", "DeliveryProfile.CustomerKey"),
    *("SendSourceDataExtension.CustomerKey", "EmailSubject"),
)


class Kind(StrEnum):
    """Which of the two send systems a definition belongs to."""

    TRIGGERED = "triggered"
    TRANSACTIONAL = "transactional"


class Status(StrEnum):
    """`TriggeredSendStatus` (3.1, WSDL, documented); transactional definitions know three of them (3.3, documented)."""

    NEW = "New"
    ACTIVE = "Active"
    INACTIVE = "Inactive"
    CANCELED = "Canceled"
    DELETED = "Deleted"
    MOVED = "Moved"


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as the tenant told it. What a list leaves out is ""; `status` is the tenant's own word."""

    kind: Kind
    key: str
    """External key: what a send names."""
    name: str
    status: str
    object_id: str = ""
    email: str = ""
    """The e-mail: its id for a triggered send definition, its key for a transactional one."""
    list_key: str = ""
    """The subscriber list: its id, or its key for a transactional definition."""
    data_extension: str = ""
    """External key of the send's data extension; "" for none, or where the tenant does not tell."""
    classification: str = ""
    sender_profile: str = ""
    delivery_profile: str = ""
    subject: str = ""
    description: str = ""
    auto_add: bool | None = None
    auto_update: bool | None = None
    modified: datetime | None = None

    @property
    def takes_messages(self) -> bool:
        """Whether it sends, or queues until it is started (API reference 3.2, documented)."""
        return self.status in (Status.ACTIVE, Status.INACTIVE)


@dataclass(frozen=True, slots=True)
class Listing:
    """What could be listed, and why the rest could not."""

    definitions: tuple[Definition, ...]
    obstacles: Mapping[Kind, ApiError]


def listing(client: Client, ctx: JobContext | None = None) -> Listing:
    """Every definition of both systems, by name. Where one of them is refused the other is listed all the same."""
    found: list[Definition] = []
    obstacles: dict[Kind, ApiError] = {}
    readers: Mapping[Kind, Callable[[], Iterator[Definition]]] = {
        Kind.TRIGGERED: lambda: triggered(client, None, ctx),
        Kind.TRANSACTIONAL: lambda: transactional(client, ctx),
    }
    for kind, read in readers.items():
        try:
            found += read()
        except (Rejected, BadAnswer) as error:
            obstacles[kind] = error
    return Listing(tuple(sorted(found, key=lambda one: (one.name.casefold(), one.key))), obstacles)


def triggered(client: Client, key: str | None = None, ctx: JobContext | None = None) -> Iterator[Definition]:
    """Triggered send definitions of every status, or those with a key (API reference 3.1, observed)."""
    by_status = soap.in_("TriggeredSendStatus", list(Status))
    found = soap.retrieve_wished(
        client,
        SOAP_TYPE,
        _NEEDED,
        _WISHED,
        by_status if key is None else soap.equals("CustomerKey", key),
        scope=READ,
        label="List the triggered send definitions" if key is None else f"Read the triggered send definition {key}",
        ctx=ctx,
    )
    return map(_triggered, found)


def _triggered(row: Mapping[str, str]) -> Definition:
    return Definition(
        kind=Kind.TRIGGERED,
        key=row.get("CustomerKey", ""),
        name=row.get("Name", ""),
        status=row.get("TriggeredSendStatus", ""),
        object_id=row.get("ObjectID", ""),
        email=row.get("Email.ID", ""),
        list_key=row.get("List.ID", ""),
        data_extension=row.get("SendSourceDataExtension.CustomerKey", ""),
        classification=row.get("SendClassification.CustomerKey", ""),
        sender_profile=row.get("SenderProfile.CustomerKey", ""),
        delivery_profile=row.get("DeliveryProfile.CustomerKey", ""),
        subject=row.get("EmailSubject", ""),
        description=row.get("Description", ""),
        auto_add=_flag(row.get("AutoAddSubscribers")),
        auto_update=_flag(row.get("AutoUpdateSubscribers")),
        modified=moment(row.get("ModifiedDate")),
    )


def _flag(value: object) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())


def transactional(client: Client, ctx: JobContext | None = None) -> Iterator[Definition]:
    """Every transactional e-mail definition (API reference 3.3, observed)."""
    label = "List the transactional definitions"
    return map(_transactional, paging.until_short(client, LIST, items="definitions", label=label, ctx=ctx))


def one_transactional(client: Client, key: str, ctx: JobContext | None = None) -> Definition:
    """The transactional definition of a key; NotFound when there is none."""
    answer = client.rest(ONE, path={"key": key}, label=f"Read the transactional definition {key}", ctx=ctx)
    found = answer.object()
    answer.refuse(found)
    return _transactional(found)


def _transactional(item: Mapping[str, Any]) -> Definition:
    def part(name: str) -> Mapping[str, Any]:
        found = item.get(name)
        return found if isinstance(found, dict) else {}

    audience = part("subscriptions")
    return Definition(
        kind=Kind.TRANSACTIONAL,
        key=str(item.get("definitionKey") or ""),
        name=str(item.get("name") or ""),
        status=str(item.get("status") or ""),
        object_id=str(item.get("definitionId") or ""),
        email=str(part("content").get("customerKey") or ""),
        list_key=str(audience.get("list") or ""),
        data_extension=str(audience.get("dataExtension") or ""),
        classification=str(item.get("classification") or ""),
        description=str(item.get("description") or ""),
        auto_add=_flag(audience.get("autoAddSubscriber")),
        auto_update=_flag(audience.get("updateSubscriber")),
        modified=moment(item.get("modifiedDate")),
    )


def one_triggered(client: Client, key: str, ctx: JobContext | None = None) -> Definition | None:
    """The triggered send definition of a key; where the filter finds none, all are looked through.

    The filter on the key gave nothing on some tenants (API reference 3.1, observed).
    """
    found = list(triggered(client, key, ctx)) or list(triggered(client, None, ctx))
    same = [one for one in found if one.key.casefold() == key.casefold()]
    return next((one for one in same if one.key == key), next(iter(same), None))


def again(client: Client, definition: Definition, ctx: JobContext | None = None) -> Definition | None:
    """A definition as it is now; None when the tenant does not show it any more."""
    if definition.kind is Kind.TRIGGERED:
        return one_triggered(client, definition.key, ctx)
    try:
        return one_transactional(client, definition.key, ctx)
    except NotFound:
        return None


def find(client: Client, key: str, ctx: JobContext | None = None, *, kind: Kind | None = None) -> Definition:
    """The definition of a key in either system. BadInput when there is none, or when both systems have one.

    Of a system that is said by `kind` and may not be read only the key is known; sending needs no more.
    """
    found: list[Definition] = []
    obstacles: list[ApiError] = []
    for one in (kind,) if kind is not None else Kind:
        try:
            read = again(client, Definition(one, key, "", ""), ctx)
        except (Rejected, BadAnswer) as error:
            obstacles.append(error)
        else:
            found += [read] if read is not None else []
    if len(found) > 1:
        raise BadInput(
            f"There is a triggered send definition and a transactional definition with the key “{key}”.",
            advice="Say which is meant: --kind triggered or --kind transactional.",
        )
    if found:
        return found[0]
    if kind is not None and isinstance(next(iter(obstacles), None), NotPermitted):
        return Definition(kind, key, key, "")
    if obstacles:
        raise obstacles[0]
    raise BadInput(
        f"There is no send definition with the external key “{key}” in this business unit.",
        advice="Check the external key (not the name), and that the right business unit is chosen.",
    )
