"""What the pages let be done in the background before anything is fired."""

from __future__ import annotations

from pathlib import Path

from mcconsole.api.client import Client
from mcconsole.core import mapping, tables
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.core.matching import Matching
from mcconsole.core.tables import Dialect, Preview
from mcconsole.features.journeys import contacts_file, many
from mcconsole.features.journeys.many import Prepared
from mcconsole.features.journeys.situation import Situation


def look_at(_: JobContext, path: Path, known: Situation, dialect: Dialect | None) -> tuple[Preview, Matching]:
    """Read the first rows of a file and match its columns to the fields of the entry source."""
    if known.described is None:
        raise ConsoleError("The fields of the entry source are not known.")
    preview = tables.preview(path, dialect)
    return preview, Matching(preview, known.described.schema)


def check(
    ctx: JobContext,
    client: Client,
    preview: Preview,
    known: Situation,
    chosen: mapping.Mapping,
    contact: str,
    budget: float | None,
) -> Prepared:
    """Check and journal every row."""
    planned = contacts_file.planned(preview, known, chosen, contact)
    return many.prepare(ctx, client, planned, budget=budget)
