"""Any of the keys that people have at hand, led to the event definition key that an event must name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mcconsole.api import schemas
from mcconsole.api.client import Client
from mcconsole.core.errors import BadAnswer, Rejected
from mcconsole.core.jobs import JobContext
from mcconsole.features.journeys.calls import EventDefinition, Journey


@dataclass(frozen=True, slots=True)
class Found:
    """The entry source that was meant, and one sentence that says what was given instead of its key."""

    source: EventDefinition
    explanation: str


def known(text: str, sources: Sequence[EventDefinition], journeys: Sequence[Journey]) -> Found | None:
    """What a pasted text names, by what is loaded already; None when it names nothing, or more than one source."""
    wanted = text.strip().casefold()
    for what, value in _SOURCE_KEYS:
        if found := _only([source for source in sources if value(source).casefold() == wanted]):
            return Found(found, f"“{text.strip()}” is {what}; its event definition key is {found.key}.")
    for what, name in _JOURNEY_KEYS:
        fed = [journey for journey in journeys if name(journey).casefold() == wanted]
        if found := _only([source for source in sources if any(journey.fed_by(source) for journey in fed)]):
            return Found(
                found, f"“{text.strip()}” is {what} “{fed[0].name}”; the key of its entry source is {found.key}."
            )
    return None


_SOURCE_KEYS: tuple[tuple[str, Callable[[EventDefinition], str]], ...] = (
    ("the event definition key in other case", lambda source: source.key),
    ("the id of an event definition", lambda source: source.id),
    ("the name of an event definition", lambda source: source.name),
    ("the id of an entry data extension", lambda source: source.data_extension_id),
    ("the name of an entry data extension", lambda source: source.data_extension_name),
)
_JOURNEY_KEYS: tuple[tuple[str, Callable[[Journey], str]], ...] = (
    ("the key of the journey", lambda journey: journey.key),
    ("the id of the journey", lambda journey: journey.id),
    ("the id of a version of the journey", lambda journey: journey.definition_id),
    ("the name of the journey", lambda journey: journey.name),
)


def _only(found: Sequence[EventDefinition]) -> EventDefinition | None:
    return found[0] if len({source.id for source in found}) == 1 else None


def recognise(
    client: Client,
    text: str,
    sources: Sequence[EventDefinition],
    journeys: Sequence[Journey],
    ctx: JobContext | None = None,
) -> Found | None:
    """The same, and the external key of an entry data extension too, which takes a call."""
    if found := known(text, sources, journeys):
        return found
    try:
        object_id = schemas.schema(client, text.strip(), ctx).object_id.casefold()
    except (Rejected, BadAnswer):
        return None
    found_source = _only([source for source in sources if source.data_extension_id.casefold() == object_id])
    if found_source is None:
        return None
    return Found(
        found_source,
        f"“{text.strip()}” is the external key of an entry data extension; the key of its event is {found_source.key}.",
    )
