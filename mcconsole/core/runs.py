"""Where the journals of runs over many people are kept: made, found, opened again and tidied away."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from mcconsole.core import clock, paths
from mcconsole.core.errors import BadInput
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.members import Member, MemberJournal
from mcconsole.core.run_journal import TROUBLE, trouble

ABANDONED_AFTER = 24 * 3600.0
"""Seconds."""
MOST_BYTES = 4 * 1024 * 1024
"""Of a batch as JSON; an older page of the documentation names 5 MB for a request (API reference 6)."""
_STAMP = "%Y%m%d-%H%M%S"
_AROUND = 400
"""Bytes of a member beside its data: key, address, a message key, and the names of these."""


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was started: its id, what was noted of it, and how many members there are of each (state, verdict)."""

    id: str
    about: Mapping[str, object]
    counts: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one kind, each in a folder of its own. A journal notes `started` and `finished` about itself."""

    name: str
    """Of the folder with all of them."""
    command: str
    """Whose `--list` shows them."""

    @property
    def folder(self) -> Path:
        """Where they are; made when there is a first one, so that looking for runs leaves nothing behind."""
        return paths.home() / self.name

    @contextmanager
    def new(self) -> Iterator[MemberJournal]:
        """A journal for a new run, closed at the end; nothing is left when the preparation fails or is cancelled."""
        folder = paths.private_folder(self.folder) / f"{clock.now():{_STAMP}}-{secrets.token_hex(3)}"
        try:
            with MemberJournal.create(folder) as journal:
                yield journal
        except TROUBLE as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise trouble(folder, error) from None
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def open(self, run_id: str) -> MemberJournal:
        """The journal of a run; BadInput when there is none of this id."""
        folder = self.folder / run_id
        if Path(run_id).name != run_id or not (folder / "journal.sqlite").is_file():
            raise BadInput(f"There is no run {run_id}.", advice=f"mcconsole {self.command} --list shows them.")
        try:
            return MemberJournal(folder)
        except TROUBLE as error:
            raise BadInput(
                f"What was noted of the run {run_id} cannot be read: {error}.",
                path=folder,
                advice="See in Marketing Cloud what became of its contacts before sending to them again.",
            ) from None

    def started(self) -> list[Started]:
        """Every run that was started, newest first; what cannot be read is left out."""
        found: list[Started] = []
        for folder in self._folders():
            with suppress(*TROUBLE), MemberJournal(folder) as journal:
                about = journal.about()
                if "started" in about:
                    found.append(Started(folder.name, about, journal.counts()))
        return sorted(found, key=lambda one: str(one.about["started"]), reverse=True)

    def recent(self, age: timedelta) -> Iterator[MemberJournal]:
        """The journals of the runs made since then, each open while it is looked at; unreadable ones are left out."""
        oldest = f"{clock.now() - age:{_STAMP}}"
        for folder in self._folders():
            if folder.name >= oldest:
                with suppress(*TROUBLE), MemberJournal(folder) as journal:
                    yield journal

    def tidy(self) -> None:
        """Delete what was prepared a day ago and never started, as it holds people's data."""
        for folder in self._folders():
            with suppress(*TROUBLE):
                if time.time() - folder.stat().st_mtime < ABANDONED_AFTER:
                    continue
                with MemberJournal(folder) as journal:
                    started = "started" in journal.about()
                if not started:
                    shutil.rmtree(folder)

    def _folders(self) -> list[Path]:
        return [journal.parent for journal in self.folder.glob("*/journal.sqlite")]


def fill(ctx: JobContext, journal: MemberJournal, members: Iterable[Member], size: int) -> int:
    """Plan members in batches of at most `size`, which stay below what one request may hold.

    Returns how many there are. Raises Cancelled between two batches.
    """
    count = 0
    for batch, listed in enumerate(_batches(members, size), 1):
        ctx.check()
        journal.add(batch, listed)
        count += len(listed)
        ctx.report(Progress(count, note=f"{count:,} rows checked"))
    return count


def _batches(members: Iterable[Member], size: int) -> Iterator[list[Member]]:
    listed: list[Member] = []
    total = 0
    for one in members:
        weight = _AROUND + len(json.dumps(one.data))
        if listed and (len(listed) == size or total + weight > MOST_BYTES):
            yield listed
            listed, total = [], 0
        listed.append(one)
        total += weight
    if listed:
        yield listed


def demand_resumable(about: Mapping[str, object], run_id: str, place: Mapping[str, str]) -> None:
    """Raise BadInput when a run was never started, or belongs to another tenant or business unit than `place`."""
    if "started" not in about:
        raise BadInput(f"The run {run_id} was never started.", advice="Start it anew with the file.")
    if any(about.get(name) != value for name, value in place.items()):
        raise BadInput(
            f"The run {run_id} belongs to {about.get('tenant')}, business unit {about.get('account_id') or '-'}.",
            advice="Choose the profile that it was started with.",
        )
