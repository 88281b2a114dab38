"""What an import is going to do, decided before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from mcconsole.core import mapping as mappings
from mcconsole.core import tables
from mcconsole.core.errors import Refused
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.mapping import Empty, Mapping
from mcconsole.core.readable import decide
from mcconsole.core.readable import headers_of as headers_of

SYNC_ROWS = 50
"""Rows in one synchronous call (API reference, section 6, documented as a soft limit)."""
ASYNC_ROWS = 10_000
"""Rows in one asynchronous batch; the hard limit is 32,000 (section 6, documented)."""
ASYNC_BYTES = 5_000_000
"""Bytes in one asynchronous batch (section 6: 5 MB documented, 5.9 MB practice)."""
BULK_ROWS = 1_000_000
"""Rows from which the platform's own engine is better (section 5.4, advice); below, each row gets its own verdict."""
BULK_KEY = 36
"""Characters that an external key may have in bulk ingest (section 4.1, documented)."""
SEED_ROWS = 2_000
"""Rows in one call of the seed's route (section 8, line 3, seed-only)."""


class Mode(StrEnum):
    """What happens to a row whose key is there already."""

    UPSERT = "upsert"
    INSERT = "insert"
    UPDATE = "update"
    """Rows whose key is not there are left out."""
    OVERWRITE = "overwrite"
    """The data extension is emptied first; by bulk ingest only."""

    @property
    def checks_as(self) -> str:
        """The mode by which rows are mapped and checked: into an emptied data extension they are inserted."""
        return mappings.INSERT if self is Mode.OVERWRITE else self.value


class Route(StrEnum):
    """The way rows take."""

    AUTO = "auto"
    SYNC = "sync"
    ASYNC = "async"
    BULK = "bulk"
    SEED = "seed"


class Invalid(StrEnum):
    """What to do when rows fail the check: send nothing, or leave those rows out."""

    REFUSE = "refuse"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Plan:
    """A file, a target and how the one becomes the other. Can be pickled; holds no secret."""

    path: Path
    identity: tables.Identity
    size: int
    dialect: tables.Dialect
    headers: tuple[str, ...]
    schema: Schema
    mapping: Mapping
    """In the tenant's own case, with every date rule decided."""
    mode: Mode = Mode.UPSERT
    route: Route = Route.AUTO

    @property
    def batch_rows(self) -> int:
        """Rows that a batch may hold."""
        return {Route.SYNC: SYNC_ROWS, Route.SEED: SEED_ROWS}.get(self.route, ASYNC_ROWS)

    @property
    def repeatable(self) -> bool:
        """Whether rows may be sent twice without harm."""
        return self.mode in (Mode.UPSERT, Mode.UPDATE)

    @property
    def empties(self) -> bool:
        """Whether the data extension is emptied first."""
        return self.mode is Mode.OVERWRITE

    def as_json(self) -> dict[str, object]:
        """The plan as JSON data, for the journal."""
        return {
            "path": str(self.path),
            "identity": asdict(self.identity),
            "size": self.size,
            "dialect": asdict(self.dialect),
            "headers": self.headers,
            "schema": asdict(self.schema),
            "mapping": mappings.as_json(self.mapping),
            "mode": self.mode,
            "route": self.route,
        }

    @classmethod
    def from_json(cls, data: Any) -> Plan:
        """The plan that `as_json` gave. KeyError, TypeError or ValueError when it is none."""
        schema = data["schema"]
        fields = tuple(Field(**{**field, "type": FieldType(field["type"])}) for field in schema["fields"])
        return cls(
            path=Path(data["path"]),
            identity=tables.Identity(**data["identity"]),
            size=int(data["size"]),
            dialect=tables.Dialect(**data["dialect"]),
            headers=tuple(data["headers"]),
            schema=Schema(**{**schema, "fields": fields}),
            mapping=mappings.parse(data["mapping"], "the journal"),
            mode=Mode(data["mode"]),
            route=Route(data["route"]),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The route taken, and why, in a sentence for the user."""

    route: Route
    reason: str


def make_plan(
    preview: tables.Preview,
    schema: Schema,
    mapping: Mapping | None = None,
    mode: Mode = Mode.UPSERT,
    route: Route = Route.AUTO,
) -> Plan:
    """Decide all that can be before the rows are counted. BadInput or Refused says what is in the way."""
    resolved = decide(preview, schema, mapping, mode=mode.checks_as)
    headers = headers_of(preview)
    plan = Plan(preview.path, preview.identity, preview.size, preview.dialect, headers, schema, resolved, mode, route)
    obstacle = _no_keyed_rows(plan)
    if obstacle and route in (Route.SYNC, Route.SEED):
        raise Refused(f"The route “{route}” cannot be used: {obstacle}.", advice="Use the route “async”.")
    obstacle = _no_bulk(plan)
    if obstacle and route is Route.BULK:
        raise Refused(f"The route “bulk” cannot be used: {obstacle}.", advice="Use the route “async”.")
    if mode is Mode.OVERWRITE and (obstacle or route not in (Route.AUTO, Route.BULK)):
        raise Refused(
            f"A data extension is overwritten by bulk ingest only{f', and {obstacle}' if obstacle else ''}.",
            advice="Use the route “bulk”, or empty the data extension in Marketing Cloud first.",
        )
    return plan


def choose_route(plan: Plan, rows: int, *, estimated: bool = False) -> Choice:
    """The route for so many rows, and why."""
    many = f"about {rows:,} rows" if estimated else f"{rows:,} rows"
    if plan.route is not Route.AUTO:
        return Choice(plan.route, "chosen by you")
    if plan.mode is Mode.OVERWRITE:
        return Choice(Route.BULK, "only bulk ingest can overwrite")
    obstacle = _no_keyed_rows(plan)
    if rows > BULK_ROWS and plan.repeatable and not _no_bulk(plan):
        return Choice(Route.BULK, f"{many} are work for the platform's own engine, where the tenant has it")
    if rows > SYNC_ROWS:
        return Choice(Route.ASYNC, f"{many} are more than the {SYNC_ROWS} that a synchronous call should carry")
    if obstacle:
        return Choice(Route.ASYNC, obstacle)
    if not rows:
        return Choice(Route.SYNC, "there is no row to send")
    fit = "1 row fits" if rows == 1 else f"{many} fit"
    return Choice(Route.SYNC, f"{fit} one synchronous call, which answers at once")


def _no_keyed_rows(plan: Plan) -> str:
    """Why rows cannot be sent as keys and values, or ""."""
    if plan.mode in (Mode.INSERT, Mode.OVERWRITE):
        return f"synchronous calls upsert and cannot {plan.mode} only"
    keys = {field.name for field in plan.schema.keys}
    if not keys:
        return "the data extension has no primary key"
    filled = _targets(plan.mapping)
    if not any(name not in keys and plan.mapping.empty.get(name) is not Empty.LEAVE for name in filled):
        return "a synchronous row needs at least one value beside its key"
    return ""


def _no_bulk(plan: Plan) -> str:
    """Why bulk ingest cannot take the rows, or ""."""
    if len(plan.schema.key) > BULK_KEY:
        return f"bulk ingest takes external keys of {BULK_KEY} characters at most"
    return ""


def _targets(mapping: Mapping) -> Sequence[str]:
    return [field for field in mapping.columns.values() if field] + list(mapping.constants)
