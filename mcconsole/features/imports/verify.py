"""After an import: is what was sent really there? Rows are read back and compared by meaning, cell for cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from mcconsole.api import paging, soap
from mcconsole.api.client import Client
from mcconsole.core import meaning, paths
from mcconsole.core.errors import ConsoleError, Refused
from mcconsole.core.fields import Field, FieldType
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.journal import TROUBLE, Journal, trouble
from mcconsole.features.imports import expected
from mcconsole.features.imports.expected import Expectation, Expected
from mcconsole.features.imports.plan import Plan

SAMPLE = 200
"""Rows that a sample reads."""
_PAGE = 2500
_TOGETHER = 50
"""Keys in one SOAP filter."""


class How(StrEnum):
    """How much is read back."""

    ALL = "all"
    SAMPLE = "sample"
    COUNT = "count"


class Verdict(StrEnum):
    """What the comparison came to."""

    MATCHES = "matches"
    DIFFERS = "differs"
    NOT_PROVEN = "not_proven"


@dataclass(frozen=True, slots=True)
class Verification:
    """The end of a comparison. Rows of which nobody knew whether they landed are counted by themselves."""

    how: How
    verdict: Verdict
    reason: str
    rows_compared: int = 0
    rows_missing: int = 0
    rows_different: int = 0
    unknown_found: int = 0
    unknown_missing: int = 0
    difference_file: Path | None = None
    error: ConsoleError | None = None

    @property
    def exit_code(self) -> int:
        """What this alone would end with."""
        return {Verdict.MATCHES: 0, Verdict.DIFFERS: 1, Verdict.NOT_PROVEN: 3}[self.verdict]

    def as_json(self) -> dict[str, object]:
        """As an object beside the result's."""
        return {
            "how": self.how.value,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "rows_compared": self.rows_compared,
            "rows_missing": self.rows_missing,
            "rows_different": self.rows_different,
            "unknown_found": self.unknown_found,
            "unknown_missing": self.unknown_missing,
            "difference_file": str(self.difference_file) if self.difference_file else None,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not as it was sent, or (with an empty field) a row that is not there."""

    row: int
    key: str
    field: str
    sent: str
    found: str


def verify(ctx: JobContext, client: Client, plan: Plan, journal: Journal, how: How) -> Verification:
    """Compare what should be there with what is. An error on the way makes it unproven; cancelling raises."""
    try:
        with Expected(plan, journal.folder) as rows:
            expected.in_process(ctx, plan, journal.folder)
            if how is How.COUNT:
                return _by_count(ctx, client, plan, rows)
            if how is How.SAMPLE:
                chosen = rows.sample(SAMPLE)
                rows.keep_only([one.key for one in chosen])
                found = _sampled(ctx, client, plan, rows, chosen)
            else:
                found = _all(ctx, client, plan)
            return _compare(ctx, plan, journal, rows, found, how)
    except TROUBLE as error:
        return unproven(how, trouble(journal.folder, error))
    except ConsoleError as error:
        return unproven(how, error)


def unproven(how: How, error: ConsoleError) -> Verification:
    """The verdict where an error came between."""
    return Verification(how, Verdict.NOT_PROVEN, f"It could not be compared: {error}", error=error)


def _asked_by(plan: Plan) -> Field:
    """The field of the key by which single rows are asked for: one whose values read the same wherever they stand."""
    plain = (field for field in plan.schema.keys if field.type not in (FieldType.DATE, FieldType.DECIMAL))
    found = next((field for field in plain if field.type is not FieldType.BOOLEAN), None)
    if found is None:
        raise Refused("Single rows cannot be asked for by this key.", advice="Compare all rows, or the count.")
    return found


def _all(ctx: JobContext, client: Client, plan: Plan) -> Iterator[dict[str, str]]:
    """Every row of the data extension, by lower-cased names."""
    rows = paging.custom_object_rows(client, plan.schema.key, size=_PAGE, label="Read the rows back", ctx=ctx)
    return ({**row.get("keys", {}), **row.get("values", {})} for row in rows)


def _sampled(
    ctx: JobContext, client: Client, plan: Plan, rows: Expected, chosen: list[Expectation]
) -> Iterator[dict[str, str]]:
    """The chosen rows, asked for by a field of their key (SOAP; API reference 4.6, observed)."""
    first = _asked_by(plan)
    at = rows.fields.index(first)
    names = [field.name for field in dict.fromkeys((*plan.schema.keys, *rows.fields))]
    values = list(dict.fromkeys(word for one in chosen if (word := one.words[at])))
    for start in range(0, len(values), _TOGETHER):
        found = soap.retrieve(
            client,
            f"DataExtensionObject[{plan.schema.key}]",
            names,
            soap.in_(first.name, values[start : start + _TOGETHER]),
            scope="data_extensions_read",
            label="Read a sample back",
            ctx=ctx,
        )
        for row in found:
            yield {name.lower(): value for name, value in row.items()}


def _by_count(ctx: JobContext, client: Client, plan: Plan, rows: Expected) -> Verification:
    answer = client.rest(
        paging.ROWS, path={"key": plan.schema.key}, query={"$page": 1, "$pagesize": 1}, label="Count the rows", ctx=ctx
    )
    document = answer.json()
    there = document.get("count") if isinstance(document, dict) else None
    known, unknown = rows.count(), rows.count(unknown=True)
    if not isinstance(there, int):
        return Verification(How.COUNT, Verdict.NOT_PROVEN, "The answer does not count the rows.")
    told = f"The data extension has {there:,} rows; {known:,} different ones of the file landed"
    told += f", and of {unknown:,} nobody knows." if unknown else "."
    if there < known:
        return Verification(How.COUNT, Verdict.DIFFERS, told, known, rows_missing=known - there)
    if plan.empties and there > known + unknown:
        return Verification(How.COUNT, Verdict.DIFFERS, told, known)
    return Verification(How.COUNT, Verdict.MATCHES, f"{told} A count says nothing of their cells.", known)


def _compare(
    ctx: JobContext, plan: Plan, journal: Journal, rows: Expected, found: Iterator[dict[str, str]], how: How
) -> Verification:
    path = journal.folder / f"{plan.path.stem[:50]}.differences.csv"
    total, different, read = rows.count(), 0, 0
    with paths.atomic_write(path) as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        writer = csv.writer(text)
        writer.writerow(["_row", "_key", "_field", "_sent", "_found"])
        while part := list(islice(found, _PAGE)):
            read += len(part)
            ctx.check()
            wrong = list(_differences(rows, part))
            different += len({one.row for one in wrong})
            writer.writerows(map(_written, wrong))
            ctx.report(Progress(read, None, f"{read:,} rows read back, {different:,} differ"))
        for one in rows.missing():
            writer.writerow(_written(Difference(one.row, one.key, "", "a row", "no row with this key")))
        text.flush()
        text.detach()
    missing = rows.count(missing=True)
    unknown_missing = rows.count(unknown=True, missing=True)
    if not missing and not different:
        path.unlink()
    return Verification(
        how,
        Verdict.DIFFERS if missing or different else Verdict.MATCHES,
        _reason(total, missing, different, rows.count(unknown=True), unknown_missing, how),
        rows_compared=total,
        rows_missing=missing,
        rows_different=different,
        unknown_found=rows.count(unknown=True) - unknown_missing,
        unknown_missing=unknown_missing,
        difference_file=path.absolute() if missing or different else None,
    )


def _differences(rows: Expected, part: list[dict[str, str]]) -> Iterator[Difference]:
    keys = [rows.key_of(row) for row in part]
    known = rows.find(keys)
    seen: list[str] = []
    for key, row in zip(keys, part, strict=True):
        one = known.get(key)
        if one is None:
            continue
        seen.append(one.key)
        for field, word in zip(rows.fields, one.words, strict=True):
            there = row.get(field.name.lower(), "")
            if (
                word is not None
                and meaning.read_back(field, there) != word
                and not (field.primary_key and key != one.key)
            ):
                yield Difference(one.row, one.key, field.name, word, there)
    rows.see(seen)


def _written(one: Difference) -> list[object]:
    return [one.row, one.key.replace("\0", ", "), one.field, one.sent, one.found]


def _reason(total: int, missing: int, different: int, unknown: int, unknown_missing: int, how: How) -> str:
    what = f"{total:,} rows" if how is How.ALL else f"A sample of {total:,} rows"
    told = f"{what} compared: {total - missing - different:,} as sent, {different:,} different, {missing:,} not there."
    if unknown:
        told += f" Of {unknown:,} unknown rows {unknown - unknown_missing:,} are there and {unknown_missing:,} are not."
    return told
