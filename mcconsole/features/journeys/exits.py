"""Taking a contact out of a journey, and how far that is, in Marketing Cloud's own words (API reference 2.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.core import clock
from mcconsole.core.errors import ApiError
from mcconsole.core.jobs import Cancelled, JobContext, Progress
from mcconsole.features.journeys import evidence
from mcconsole.features.journeys.calls import objects, whole
from mcconsole.features.journeys.evidence import Membership

FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0
"""Seconds between two looks; each wait doubles the one before."""

_SCOPE = "journeys_read journeys_execute journeys_aspr list_and_subscribers_read data_extensions_read"
_PATH = "/interaction/v1/interactions/contactexit"
EXIT = Operation("journeys.exit", "POST", _PATH, scope=_SCOPE)
EXIT_STATUS = Operation("journeys.exit_status", "POST", f"{_PATH}/status", reads=True)


@dataclass(frozen=True, slots=True)
class Exit:
    """What Marketing Cloud says of the exit from one version of a journey."""

    version: int
    message: str

    @property
    def completed(self) -> bool:
        """Whether it is done (“Exit process Completed.”, documented)."""
        return "completed" in self.message.casefold()


class Departure(StrEnum):
    """What is known of a contact that was asked to leave."""

    LEFT = "left"
    STILL_IN = "still_in"
    NOT_PROVEN = "not_proven"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Exited:
    """How the exit of a contact from a journey ended. `exits` are by version, word for word."""

    contact_key: str
    journey_key: str
    departure: Departure
    reason: str
    exits: tuple[Exit, ...] = ()
    cancelled: bool = False


def request(client: Client, contact_key: str, journey_key: str, ctx: JobContext | None = None) -> list[Exit]:
    """Ask that a contact leaves every version of a journey; what was refused, [] when the request was taken."""
    label = f"Take {contact_key} out of the journey"
    document = client.rest(EXIT, json=_asked(contact_key, journey_key), label=label, ctx=ctx).json()
    return _exits(document.get("errors")) if isinstance(document, dict) else []


def progress(client: Client, contact_key: str, journey_key: str, ctx: JobContext | None = None) -> list[Exit]:
    """How far a contact's exit is, for each version that it was asked of."""
    label = f"Ask whether {contact_key} has left"
    return _exits(client.rest(EXIT_STATUS, json=_asked(contact_key, journey_key), label=label, ctx=ctx).json())


def _asked(contact_key: str, journey_key: str) -> list[dict[str, str]]:
    return [{"ContactKey": contact_key, "DefinitionKey": journey_key}]


def _exits(listed: object) -> list[Exit]:
    return [
        Exit(whole(status.get("version")), str(status.get("message") or ""))
        for item in objects(listed)
        for status in objects(item.get("status"))
    ]


def where(ctx: JobContext, client: Client, contact_key: str) -> list[Membership]:
    """The journeys that a contact is in now, by journey key and version."""
    found = evidence.memberships(client, [contact_key], ctx).memberships
    return sorted(found, key=lambda one: (one.journey_key, one.version))


def take_out(ctx: JobContext, client: Client, contact_key: str, journey_key: str, *, budget: float) -> Exited:
    """Ask that a contact leaves a journey, and follow it until it has, or `budget` seconds are over.

    It has left when it is no longer in the journey, whatever the status says. Cancelling ends the following only; it is
    raised where nothing was asked yet.
    """
    before = _inside(ctx, client, contact_key, journey_key)
    if refused := request(client, contact_key, journey_key, ctx):
        reason = "Marketing Cloud did not take the request."
        return Exited(contact_key, journey_key, Departure.REFUSED, reason, tuple(refused))
    exits: list[Exit] = []
    end, wait = clock.monotonic() + budget, FIRST_WAIT
    try:
        while True:
            exits = progress(client, contact_key, journey_key, ctx)
            ctx.report(Progress(note="; ".join(dict.fromkeys(one.message for one in exits)), detail=tuple(exits)))
            inside = _inside(ctx, client, contact_key, journey_key)
            left = end - clock.monotonic()
            # “Completed” may tell of an earlier exit, so that alone does not end the following.
            if (not inside and (before or _settled(exits))) or left <= 0:
                break
            ctx.sleep(min(wait, left))
            wait = min(wait * 2, LONGEST_WAIT)
    except Cancelled:
        reason = "The request was taken; whether the contact has left was not followed to the end."
        return Exited(contact_key, journey_key, Departure.NOT_PROVEN, reason, tuple(exits), cancelled=True)
    except ApiError as error:
        reason = f"The request was taken; whether the contact has left could not be looked for: {error} {error.advice}"
        return Exited(contact_key, journey_key, Departure.NOT_PROVEN, reason.rstrip(), tuple(exits))
    departure, reason = _weighed(before, inside, exits, budget)
    return Exited(contact_key, journey_key, departure, reason, tuple(exits))


def _inside(ctx: JobContext, client: Client, contact_key: str, journey_key: str) -> list[int]:
    return [one.version for one in where(ctx, client, contact_key) if one.journey_key == journey_key]


def _settled(exits: Sequence[Exit]) -> bool:
    return bool(exits) and all(one.completed for one in exits)


def _weighed(
    before: Sequence[int], inside: Sequence[int], exits: Sequence[Exit], budget: float
) -> tuple[Departure, str]:
    if inside and _settled(exits):
        text = f"Marketing Cloud says completed, but lists the contact in the journey even after {budget:g} s."
        return Departure.STILL_IN, text
    if inside:
        return Departure.NOT_PROVEN, f"The contact was still in the journey after {budget:g} s."
    if before:
        return Departure.LEFT, "The contact is not in the journey any more."
    return Departure.LEFT, "The contact is not in the journey, and was not in it before."
