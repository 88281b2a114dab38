"""What a triggered send needs, whether it comes by REST or by SOAP (API reference 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mcconsole.sandbox import messages, recipients, schema
from mcconsole.sandbox.messages import Draft
from mcconsole.sandbox.recipients import INVALID_ADDRESS, Failure
from mcconsole.sandbox.replies import new_id
from mcconsole.sandbox.send_definitions import ACTIVE, INACTIVE, NEW, Definition

if TYPE_CHECKING:
    from mcconsole.sandbox.tenant import Tenant

UNKNOWN = "The Triggered Send Definition ID or Customer Key provided is not valid for this account."
NO_SUBSCRIBERS = "Unable to queue Triggered Send request. There are no valid subscribers."
"""Observed, with code 180008."""


def refused_status(definition: Definition) -> Failure | None:
    """Return why a definition in this status takes no send; codes documented, exact words not."""
    if definition.status in (ACTIVE, INACTIVE):
        return None
    if definition.status == NEW:
        return Failure(18001, "The Triggered Send Definition is not completely configured or in a new status")
    return Failure(18002, "Triggered Send must be in an Active or Inactive status")


def check(tenant: Tenant, definition: Definition, draft: Draft) -> tuple[Draft | None, Failure | None]:
    """Return the message to accept, or None and why its subscriber is refused.

    What is wrong with a subscriber shows at once, or when the message is due (switch `subscriber_check`); an address
    that is none is always refused (observed).
    """
    extension = schema.find_by_id(tenant.store.connection, definition.mid, definition.extension)
    failure = recipients.address_failure(draft.address) or recipients.attribute_failure(
        extension, tenant.switches, draft.contact, draft.address, draft.attributes
    )
    if failure is None:
        return draft, None
    if failure.code == INVALID_ADDRESS or tenant.switches["subscriber_check"] == "accept":
        return None, failure
    return replace(draft, failure=failure), failure


def queue(tenant: Tenant, definition: Definition, drafts: Sequence[Draft]) -> tuple[str, list[str]]:
    """Accept messages, inside a write; return the id of the request and those of the messages."""
    request = new_id()
    delay = tenant.switches.seconds("delivery_delay")
    made = messages.accept(tenant.store.connection, definition, request, drafts, delay)
    tenant.send_work.set()
    return request, made
