"""Making definitions, and starting, pausing, refreshing and canceling them. A status is re-read, never assumed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lxml.etree import _Element

from mcconsole.api import soap
from mcconsole.api.client import Client
from mcconsole.api.envelope import element
from mcconsole.api.operations import Operation
from mcconsole.core.errors import ApiError, BadInput, ConsoleError, OutcomeUnknown, Refused
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.features.sends import definitions
from mcconsole.features.sends.definitions import SOAP_TYPE, Definition, Kind, Status
from mcconsole.features.sends.explain import explained

WRITE = "email_write"
_BASE = "/messaging/v1/email/definitions"
MAKE = Operation("definitions.create", "POST", _BASE, scope=WRITE, once=True)
CHANGE = Operation("definitions.change", "PATCH", f"{_BASE}/{{key}}", scope=WRITE)
REMOVE = Operation("definitions.delete", "DELETE", f"{_BASE}/{{key}}", scope=WRITE)

ALLOWED = {
    Status.ACTIVE: (Status.NEW, Status.INACTIVE),
    Status.INACTIVE: (Status.ACTIVE,),
    Status.CANCELED: (Status.NEW, Status.ACTIVE, Status.INACTIVE),
}
"""Wanted status to those from which it can be reached (API reference 3.1, documented)."""
_VERBS = {Status.ACTIVE: "Start", Status.INACTIVE: "Pause", Status.CANCELED: "Cancel"}


@dataclass(frozen=True, slots=True)
class NewDefinition:
    """A definition to be made. What is "" is left to Marketing Cloud's defaults."""

    kind: Kind
    key: str
    name: str
    email_key: str = ""
    """Key of the e-mail; a triggered send definition may name its id instead."""
    email_id: str = ""
    list_key: str = ""
    """The subscriber list: its id for a triggered send definition, its key for a transactional one."""
    classification: str = ""
    sender_profile: str = ""
    delivery_profile: str = ""
    data_extension: str = ""
    """External key of the send's data extension."""
    description: str = ""
    auto_add: bool = True
    auto_update: bool = True


def create(client: Client, new: NewDefinition, ctx: JobContext | None = None) -> Definition:
    """Make a definition and read it back. One whose answer was lost is looked for before anything is said.

    The status is "" when the tenant does not show it yet.
    """
    _demand_complete(new)
    make = _create_triggered if new.kind is Kind.TRIGGERED else _create_transactional
    made = Definition(new.kind, new.key, new.name, "")
    with explained():
        try:
            make(client, new, ctx)
        except OutcomeUnknown as error:
            error.advice = "Look into the list of definitions before you make it anew."
            found = _after(client, made, ctx, error)
            if found is None:
                error.advice = "It is not there now. Look again in a minute before you make it anew."
                raise
            return found
    try:
        return definitions.again(client, made, _apart(ctx)) or made
    except ApiError:
        return made  # that it was made is known all the same


def _after(client: Client, definition: Definition, ctx: JobContext | None, lost: ConsoleError) -> Definition | None:
    """A definition after something was done to it; where it cannot be read now, `lost` tells what matters more."""
    try:
        return definitions.again(client, definition, _apart(ctx))
    except ApiError:
        raise lost from None


def _apart(ctx: JobContext | None) -> JobContext | None:
    """For reading what was done already: a cancel comes too late for it."""
    return ctx.apart() if ctx is not None else None


def _demand_complete(new: NewDefinition) -> None:
    missing = [word for word, value in (("external key", new.key), ("name", new.name)) if not value.strip()]
    if not (new.email_key.strip() or (new.kind is Kind.TRIGGERED and new.email_id.strip())):
        missing.append("e-mail")
    if missing:
        raise BadInput(f"The definition lacks its {' and its '.join(missing)}.")
    if new.email_id and not (new.email_id.isascii() and new.email_id.isdigit()):
        raise BadInput(f"“{new.email_id}” is not the id of an e-mail, which is a number.")


def _create_triggered(client: Client, new: NewDefinition, ctx: JobContext | None) -> None:
    """API reference 3.1 (documented; the answer observed), the parts in the order of the WSDL."""
    parts = [element("CustomerKey", new.key), element("Name", new.name)]
    parts += [element("Description", new.description)] if new.description else []
    parts += _keyed(SendClassification=new.classification, SenderProfile=new.sender_profile)
    parts += _keyed(DeliveryProfile=new.delivery_profile)
    parts.append(element("TriggeredSendType", "Continuous"))
    parts.append(
        element("Email", element("ID", new.email_id) if new.email_id else element("CustomerKey", new.email_key))
    )
    parts += [element("List", element("ID", new.list_key))] if new.list_key else []
    parts.append(element("AutoAddSubscribers", _word(new.auto_add)))
    parts.append(element("AutoUpdateSubscribers", _word(new.auto_update)))
    parts += _keyed(SendSourceDataExtension=new.data_extension)
    label = f"Create the triggered send definition {new.name}"
    soap.create(client, element("Objects", *parts, type_name=SOAP_TYPE), label=label, scope=WRITE, ctx=ctx)


def _keyed(**keys: str) -> list[_Element]:
    """Objects named by their external keys; those without one are left out."""
    return [element(name, element("CustomerKey", key)) for name, key in keys.items() if key]


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _create_transactional(client: Client, new: NewDefinition, ctx: JobContext | None) -> None:
    """API reference 3.3 (documented)."""
    audience: dict[str, object] = {"autoAddSubscriber": new.auto_add, "updateSubscriber": new.auto_update}
    audience |= {"list": new.list_key} if new.list_key else {}
    audience |= {"dataExtension": new.data_extension} if new.data_extension else {}
    body: dict[str, object] = {
        "definitionKey": new.key,
        "name": new.name,
        "status": Status.ACTIVE,
        "content": {"customerKey": new.email_key},
        "subscriptions": audience,
        "options": {"trackLinks": True},
    }
    body |= {"classification": new.classification} if new.classification else {}
    body |= {"description": new.description} if new.description else {}
    answer = client.rest(MAKE, json=body, label=f"Create the transactional definition {new.name}", ctx=ctx)
    answer.refuse(answer.object())


def start(client: Client, definition: Definition, ctx: JobContext | None = None) -> Definition:
    """Let it send; what is queued goes out."""
    return _move(client, definition, Status.ACTIVE, ctx)


def pause(client: Client, definition: Definition, ctx: JobContext | None = None) -> Definition:
    """Let it queue what is sent to it (for up to three days where it is transactional: 3.3, documented)."""
    return _move(client, definition, Status.INACTIVE, ctx)


def cancel(client: Client, definition: Definition, ctx: JobContext | None = None) -> Definition:
    """End it for good; this cannot be undone (3.1, documented). A transactional definition is deleted."""
    return _move(client, definition, Status.CANCELED, ctx)


def refresh_content(client: Client, definition: Definition, ctx: JobContext | None = None) -> Definition:
    """Let a triggered send use its e-mail as it is now: pause, refresh, start (API reference 3.1, observed).

    One that was paused stays paused, as starting would send what is queued. A failure between the steps says in
    which status the definition is now.
    """
    if definition.kind is Kind.TRANSACTIONAL:
        raise BadInput("Refreshing content is for triggered send definitions; a transactional one is not known to.")
    now = _read(client, definition, ctx)
    if not now.takes_messages:
        raise Refused(
            f"“{now.name}” is {now.status}; content is refreshed while a definition is Active or Inactive.",
            advice="A definition that is New takes the e-mail as it is when it is started.",
        )
    was_active = now.status == Status.ACTIVE
    try:
        if was_active:
            now = _demand(pause(client, now, ctx), Status.INACTIVE)
        with explained():
            _update(client, now, element("RefreshContent", "true"), f"Refresh the content of {now.name}", ctx)
        return _demand(start(client, now, ctx), Status.ACTIVE) if was_active else _read(client, now, ctx)
    except Cancelled:
        stopped = ConsoleError(f"Refreshing the content of “{now.name}” was stopped halfway.")
        raise _halfway(client, definition, stopped, ctx) from None
    except ConsoleError as error:
        raise _halfway(client, definition, error, ctx) from None


def _halfway(client: Client, definition: Definition, error: ConsoleError, ctx: JobContext | None) -> ConsoleError:
    try:
        now = _read(client, definition, _apart(ctx)).status
    except ConsoleError:
        now = "in a status that could not be read"
    start_it = ", and takes messages without sending them until you start it" if now == Status.INACTIVE else ""
    error.advice = f"{error.advice} “{definition.name}” is {now} now{start_it}.".strip()
    return error


def _move(client: Client, definition: Definition, wanted: Status, ctx: JobContext | None) -> Definition:
    now = _read(client, definition, ctx)
    if now.status == wanted:
        return now
    if now.status not in ALLOWED[wanted]:
        raise Refused(f"“{now.name}” is {now.status}; it cannot become {wanted}.", advice="Make a new definition.")
    with explained():
        try:
            _change(client, now, wanted, ctx)
        except OutcomeUnknown as error:
            error.advice = "Read it again before you try once more."
            reached = _after(client, now, ctx, error)
            if (reached.status if reached is not None else Status.DELETED) not in (wanted, Status.DELETED):
                raise
    unread = ConsoleError(
        f"Marketing Cloud took the change of “{now.name}” to {wanted}, but its status could not be read since.",
        advice="Read it again.",
    )
    reached = _after(client, now, ctx, unread)
    if reached is None and wanted is not Status.CANCELED:
        raise _gone(now)
    return reached or replace(now, status=Status.DELETED)


def _change(client: Client, definition: Definition, wanted: Status, ctx: JobContext | None) -> None:
    label, path = f"{_VERBS[wanted]} {definition.name}", {"key": definition.key}
    if definition.kind is Kind.TRIGGERED:
        _update(client, definition, element("TriggeredSendStatus", wanted), label, ctx)
        return
    if wanted is Status.CANCELED:
        answer = client.rest(REMOVE, path=path, label=label, ctx=ctx)
    else:
        answer = client.rest(CHANGE, path=path, json={"status": wanted}, label=label, ctx=ctx)
    answer.refuse(answer.object())


def _read(client: Client, definition: Definition, ctx: JobContext | None) -> Definition:
    found = definitions.again(client, definition, ctx)
    if found is None:
        raise _gone(definition)
    return found


def _gone(definition: Definition) -> Refused:
    name = definition.name or definition.key
    return Refused(f"“{name}” is not there any more.", advice="Read the list again; it may be deleted.")


def _demand(definition: Definition, wanted: Status) -> Definition:
    if definition.status != wanted:
        raise ConsoleError(
            f"Marketing Cloud took the change, but “{definition.name}” is {definition.status}, not {wanted}.",
            advice="Read it again in a minute.",
        )
    return definition


def _update(client: Client, definition: Definition, part: _Element, label: str, ctx: JobContext | None) -> None:
    names = [element("ObjectID", definition.object_id)] if definition.object_id else []
    names.append(element("CustomerKey", definition.key))
    soap.update(client, element("Objects", *names, part, type_name=SOAP_TYPE), label=label, scope=WRITE, ctx=ctx)
