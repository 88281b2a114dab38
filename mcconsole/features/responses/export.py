"""Calls written to a file for somebody else: HAR, or a pack of evidence for a ticket. No Qt.

Secrets were masked before anything was recorded. Here every call is gone through once more: what was masked is listed
by place, and e-mail addresses and phone numbers are masked where that is asked for.
"""

from __future__ import annotations

import csv
import io
import json
import platform
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TypeVar

from mcconsole import __version__
from mcconsole.core import clock, paths, results
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.history import History, Line, Query
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.personal import Masker
from mcconsole.core.redact import SECRETS
from mcconsole.features.responses import har

MOST_CALLS = 5000
MOST_LISTED = 10_000
"""Masked places that a preview lists; the pack lists all."""
MOST_ATTACHED = 64 * 1024 * 1024
"""Bytes of a file that is put into a pack."""

Masked = TypeVar("Masked")
Calls = Callable[[JobContext], Iterator[Exchange]]
"""Gives the calls to be handed on, oldest first, each time it is called."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """One thing that is masked in what is handed on."""

    call: int
    """Number of the call, from 1; 0 for a file of its own."""
    part: str
    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What is handed on, and what is masked in it."""

    calls: Calls
    emails: bool = True
    phones: bool = True
    results: tuple[Path, ...] | None = ()
    """CSV files that go into a pack beside those that the runs of the calls have made; None for no files at all."""


@dataclass(slots=True)
class Preview:
    """What a file will hold."""

    calls: int = 0
    hidden: list[Hidden] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """How many places by what was there."""
    more_calls: bool = False
    """Whether there are more calls than go into one file."""
    jobs: set[str] = field(default_factory=set)
    """The jobs that made the calls."""
    results: list[Path] = field(default_factory=list)
    """The files of results that go along."""
    too_large: list[Path] = field(default_factory=list)
    """Such files that are left out."""

    def add(self, found: Iterable[Hidden]) -> None:
        """Count, and list as many as can be listed."""
        for one in found:
            self.counts[one.what] = self.counts.get(one.what, 0) + 1
            if len(self.hidden) < MOST_LISTED:
                self.hidden.append(one)


def of_lines(history: History, lines: Sequence[Line]) -> Calls:
    """The calls in lines of the list, with all of those of a job."""

    def read(ctx: JobContext) -> Iterator[Exchange]:
        for line in sorted(lines, key=lambda one: one.exchange):
            for row, key in _rows(history, line, ctx):
                ctx.check()
                if (exchange := history.exchange(row, key, ctx)) is not None:
                    yield exchange

    return read


def _rows(history: History, line: Line, ctx: JobContext) -> list[tuple[int, int]]:
    if line.count == 1:
        return [(line.exchange, line.key)]
    query = Query(job=line.job)
    with history.reader(ctx) as reader:
        return [(one.exchange, one.key) for block in reader.blocks(query) for one in reader.lines(query, block)]


def look(ctx: JobContext, wish: Wish) -> Preview:
    """Go through everything without writing it."""
    preview = Preview()
    for number, _, hidden in _prepared(ctx, wish, preview):
        preview.calls = number
        preview.add(hidden)
    for path in _results(wish, preview):
        preview.add(_masked_file(wish, path)[1])
    return preview


def write_har(ctx: JobContext, wish: Wish, path: Path) -> Preview:
    """Write a HAR file; only a whole one takes the file's place."""
    preview = Preview()

    def exchanges() -> Iterator[Exchange]:
        for number, exchange, hidden in _prepared(ctx, wish, preview):
            preview.calls = number
            preview.add(hidden)
            yield exchange

    with _written(path) as file:
        for piece in har.pieces(exchanges()):
            file.write(piece)
    return preview


def write_pack(ctx: JobContext, wish: Wish, path: Path, versions: Mapping[str, str]) -> Preview:
    """Write a zip with the HAR, every body, results, versions and the list of what was masked."""
    preview = Preview()
    listed = io.StringIO()
    places = csv.writer(listed)
    places.writerow(("call", "part", "path", "what"))

    def note(found: Sequence[Hidden]) -> None:
        preview.add(found)
        places.writerows((one.call or "", one.part, one.path, one.what) for one in found)

    with _written(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:

        def exchanges() -> Iterator[Exchange]:
            for number, exchange, hidden in _prepared(ctx, wish, preview):
                preview.calls = number
                note(hidden)
                for part, body in (("request", exchange.request), ("answer", exchange.response)):
                    if body.data:
                        bodies.append((f"bodies/{number:04d}-{part}{extension(body)}", body.data))
                yield exchange

        bodies: list[tuple[str, bytes]] = []
        # A zip has one file open at a time, so the HAR waits until all bodies are in.
        with tempfile.TemporaryFile(dir=path.parent) as waiting:
            for piece in har.pieces(exchanges()):
                waiting.write(piece)
                for name, data in bodies:
                    pack.writestr(name, data)
                bodies.clear()
            waiting.seek(0)
            with pack.open("calls.har", "w") as inside:
                shutil.copyfileobj(waiting, inside)
        for result in _results(wish, preview):
            text, hidden = _masked_file(wish, result)
            note(hidden)
            pack.writestr(f"results/{result.name}", text)
        about = {**versions, "made": clock.now().isoformat(timespec="seconds"), "calls": str(preview.calls)}
        pack.writestr("about.json", json.dumps(about, indent=2, ensure_ascii=False) + "\n")
        pack.writestr("masked.csv", "\ufeff" + listed.getvalue())
    return preview


def versions(qt: str) -> dict[str, str]:
    """What the calls were made and written with."""
    return {"mcconsole": __version__, "Python": platform.python_version(), "Qt": qt, "system": platform.platform()}


def extension(body: Body) -> str:
    """The end of a file name for a body, by what it begins with."""
    start = body.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return ".json"
    if start == b"<":
        return ".html" if "html" in body.content_type.lower() else ".xml"
    return ".bin" if b"\0" in body.data[:1024] else ".txt"


def save_body(ctx: JobContext, body: Body, path: Path) -> int:
    """Write a body as it was received, as far as it was kept; returns how many bytes that is."""
    ctx.check()
    with _written(path) as file:
        if body.spill is None:
            return file.write(body.data)
        with body.spill.path.open("rb") as whole:
            while piece := whole.read(1024 * 1024):
                ctx.check()
                file.write(piece)
                ctx.report(Progress(file.tell(), body.size))
        return file.tell()


def _prepared(ctx: JobContext, wish: Wish, preview: Preview) -> Iterator[tuple[int, Exchange, list[Hidden]]]:
    """The calls as they are handed on, each with its number and what is masked in it."""
    for number, exchange in enumerate(wish.calls(ctx), 1):
        ctx.check()
        if number > MOST_CALLS:
            preview.more_calls = True
            return
        ctx.report(Progress(number, None, f"{number:,}"))
        preview.jobs.update({exchange.job} - {""})
        hidden: list[Hidden] = []
        yield number, prepared(number, exchange, wish, hidden), hidden


def prepared(number: int, exchange: Exchange, wish: Wish, hidden: list[Hidden]) -> Exchange:
    """An exchange as it is handed on; what is masked is added to `hidden`."""

    def masked(part: str, work: Callable[[Masker], Masked]) -> Masked:
        masker = Masker(wish.emails, wish.phones, recorded=True)
        made = work(masker)
        hidden.extend(Hidden(number, part, one.path, one.what) for one in masker.masked)
        return made

    def text(part: str, value: str) -> str:
        return masked(part, lambda masker: masker.text(SECRETS.mask_text(value), ""))

    def headers(part: str, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return masked(part, lambda masker: tuple((n, masker.text(SECRETS.mask_text(v), n)) for n, v in pairs))

    def body(part: str, kept: Body) -> Body:
        data = masked(part, lambda masker: masker.body(SECRETS.mask(kept.data), kept.content_type))
        if data == kept.data:
            return replace(kept, spill=None)
        return Body(data, len(data) + kept.size - len(kept.data), "", kept.content_type)

    return replace(
        exchange,
        url=masked("address", lambda masker: masker.url(SECRETS.mask_text(exchange.url))),
        reason=text("status", exchange.reason),
        error=text("error", exchange.error),
        label=text("purpose", exchange.label),
        job_label=text("job", exchange.job_label),
        request_headers=headers("request headers", exchange.request_headers),
        response_headers=headers("answer headers", exchange.response_headers),
        request=body("request", exchange.request),
        response=body("answer", exchange.response),
    )


def _results(wish: Wish, preview: Preview) -> list[Path]:
    """The files of results that go along, each name once; asked for when all calls have been gone through."""
    given = wish.results if wish.results is not None else ()
    made = results.of(preview.jobs) if wish.results is not None else []
    for path in {path.name: path for path in (*given, *made)}.values():
        large = path in made and path.stat().st_size > MOST_ATTACHED
        (preview.too_large if large else preview.results).append(path)
    return preview.results


def _masked_file(wish: Wish, path: Path) -> tuple[str, list[Hidden]]:
    """A CSV file with people masked cell by cell, and what that was."""
    try:
        if path.stat().st_size > MOST_ATTACHED:
            raise BadInput(f"It has more than {MOST_ATTACHED:,} bytes.", path=path)
        text = SECRETS.mask_text(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} cannot be put into the pack: {error}.", path=path) from None
    head = text.partition("\n")[0]
    delimiter = max(",;\t|", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = next(rows, [])
    out = io.StringIO()
    write = csv.writer(out, delimiter=delimiter).writerow
    write(names)
    hidden: list[Hidden] = []
    for number, row in enumerate(rows, 2):
        masker = Masker(wish.emails, wish.phones, recorded=True)
        write(masker.cell(value, names[at] if at < len(names) else "") for at, value in enumerate(row))
        hidden += [Hidden(0, path.name, f"record {number}, {one.path}", one.what) for one in masker.masked]
    return "\ufeff" + out.getvalue(), hidden


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` at the end; ConsoleError when that cannot be."""
    try:
        with paths.atomic_write(path) as file:
            yield file
    except OSError as error:
        raise ConsoleError(
            f"{path} could not be written: {error.strerror or error}.", advice="Choose another place."
        ) from None
