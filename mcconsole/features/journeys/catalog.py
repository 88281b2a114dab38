"""What there is to fire: every entry source with the journeys that it feeds, read page after page."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from mcconsole.api.client import Client
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.journeys import calls
from mcconsole.features.journeys.calls import EventDefinition, Journey
from mcconsole.features.journeys.situation import RUNNING

TOLD_EVERY = 50
"""Things read between two reports: a page."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """The entry sources and every version of the journeys of a business unit, as far as they are read."""

    sources: tuple[EventDefinition, ...] = ()
    journeys: tuple[Journey, ...] = ()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An entry source with one journey that it feeds; either may be missing."""

    source: EventDefinition | None
    journey: Journey | None

    @property
    def fireable(self) -> bool:
        """Whether it can be fired."""
        return self.source is not None and self.source.fireable


def read(ctx: JobContext, client: Client) -> Catalog:
    """Everything, with a Catalog of what is read so far in the progress."""
    sources: list[EventDefinition] = []
    journeys: list[Journey] = []

    def tell() -> None:
        note = f"{len(sources):,} entry sources and {len(journeys):,} journey versions so far"
        ctx.report(Progress(len(sources) + len(journeys), None, note, Catalog(tuple(sources), tuple(journeys))))

    for source in calls.definitions(client, ctx):
        sources.append(source)
        if len(sources) % TOLD_EVERY == 0:
            tell()
    tell()
    for journey in calls.journeys(client, ctx):
        journeys.append(journey)
        if len(journeys) % TOLD_EVERY == 0:
            tell()
    return Catalog(tuple(sources), tuple(journeys), complete=True)


def rows(catalog: Catalog) -> list[Row]:
    """A row for each entry source and journey version that matters: those that run, and the newest of each journey.

    What can be fired comes first, then by name.
    """
    newest: dict[str, int] = defaultdict(int)
    for journey in catalog.journeys:
        newest[journey.key] = max(newest[journey.key], journey.version)
    fed: dict[str, list[Journey]] = defaultdict(list)
    for journey in catalog.journeys:
        if journey.status in RUNNING or journey.version == newest[journey.key]:
            for name in journey.sources or ("",):
                fed[name].append(journey)
    found: list[Row] = []
    known: set[str] = set()
    for source in catalog.sources:
        names = (source.id.lower(), source.key.lower())
        known.update(names)
        journeys = dict.fromkeys(journey for name in names for journey in fed.get(name, ()))
        found += [Row(source, journey) for journey in journeys] or [Row(source, None)]
    if catalog.complete:
        orphans = (journey for name, journeys in fed.items() if name not in known for journey in journeys)
        found += [Row(None, one) for one in dict.fromkeys(orphans) if known.isdisjoint(one.sources)]
    return sorted(found, key=_order)


def _order(row: Row) -> tuple[bool, bool, str, str, int]:
    source, journey = row.source, row.journey
    runs = journey is not None and journey.published
    name = source.name if source is not None else ""
    return (
        not row.fireable,
        not runs,
        name.casefold(),
        journey.name if journey else "",
        -(journey.version if journey else 0),
    )
