"""Bodies opened for reading: the bytes, what kind they are, and the work of laying them out. No Qt."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from mcconsole.core.aside import Tell, aside
from mcconsole.core.exchange import Body
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.spill import Spill
from mcconsole.features.responses import index, pretty
from mcconsole.features.responses.index import Buffer, Document, Outline
from mcconsole.features.responses.lines import PIECE, Counted, Counter, FileText, Lines

AT_ONCE = 32 * 1024
"""Bytes of a body that is laid out at once; it takes a few milliseconds, some tens where it is deeply nested."""
FIRST_LOOK = 16 * 1024
"""Bytes of the beginning of a larger one that are."""
IN_THREAD = 128 * 1024
"""Bytes that are laid out in a thread; what is larger takes a process of its own."""
PRETTY_MOST = 1024 * 1024 * 1024
"""Bytes of a body in lines after which no more are made."""
_CHARSET = re.compile(
    r"charset=[\"']?((?:iso-8859|latin|windows-12|cp12|utf-?16|utf-?32|shift_?jis|euc|gb|big5|koi8)[\w-]*)",
    re.IGNORECASE,
)
"""Encodings of text other than UTF-8. Not every one that Python knows: some of them fail, or take hours."""
DUMP_LIMIT = 4096
"""Bytes of a binary body that are shown."""


@dataclass(slots=True)
class OpenBody:
    """A body as it is looked at. `kind` is "JSON", "XML", "text", "binary" or "" (empty)."""

    body: Body
    data: Buffer
    kind: str
    document: Document | None = None
    raw: Lines = field(default_factory=lambda: Lines(b""))
    pretty: Lines | None = None
    complete: bool = False
    """Whether all of it has been passed over."""
    limited: bool = False
    """Whether the layout in lines ends at a limit."""
    spill: Spill | None = None
    """The file of the layout in lines, where that is large."""

    @property
    def problem(self) -> str:
        """Why it cannot be read to its end as what it is, or ""."""
        return self.document.outline.problem if self.document is not None else ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the layout in lines; `text` is empty where it was written to a file."""

    text: bytes
    counted: Counted
    limited: bool = False


def open_body(body: Body) -> OpenBody:
    """Open a body with a first look at its beginning; `lay_out` does the rest."""
    data = readable_bytes(body)
    if data is None:
        shown = dump(body.data)
        return OpenBody(body, shown, "binary", raw=first_lines(shown, Lines(shown)), complete=True)
    opened = OpenBody(body, data, "text" if len(data) else "", raw=Lines(data))
    head = data[: AT_ONCE if len(data) <= AT_ONCE else FIRST_LOOK]
    outline = index.outline(data, most=len(head))
    if outline is not None:
        opened.document = Document(data, outline)
        opened.kind = outline.language
        text = b"".join(pretty.pretty(head, outline))
        opened.pretty = Lines(text)
        first_lines(text, opened.pretty)
    first_lines(head, opened.raw)
    opened.complete = len(data) <= AT_ONCE
    return opened


def lay_out(ctx: JobContext, opened: OpenBody) -> OpenBody:
    """Pass over a whole body. Progress carries the OpenBody as far as it is made."""
    body, size = opened.body, len(opened.data)
    made = OpenBody(body, opened.data, opened.kind, raw=Lines(opened.data))

    def heard(thing: object) -> None:
        ctx.check()
        if isinstance(thing, Counted):
            made.raw.take(thing)
        elif isinstance(thing, Piece):
            _add(made, thing)
        elif isinstance(thing, Outline):
            made.document, made.kind = Document(made.data, thing), thing.language
        elif isinstance(thing, int):
            ctx.report(Progress(thing, 2 * size, detail=made))

    if size <= IN_THREAD:
        work(heard, bytes(opened.data), None)
    else:
        made.spill = Spill()
        aside(
            ctx, work, body.spill.path if body.spill is not None else bytes(opened.data), made.spill.path, heard=heard
        )
    made.complete = True
    return made


def work(tell: Tell, source: Path | bytes, pretty_to: Path | None) -> None:
    """Count lines, make the outline and lay the body out in lines, telling of each; where there is a path, to a file.

    Runs in a process of its own for a large body.
    """
    data = source if isinstance(source, bytes) else mapped(source)
    size = len(data)
    counter = Counter(tell)
    for at in range(0, size, PIECE):
        counter.add(data[at : at + PIECE], last=at + PIECE >= size)
    tell(0)
    outline = index.outline(data, tell)
    if outline is None:
        return
    tell(outline)
    tell(size)
    _lay_out_lines(tell, pretty.pretty(data, outline), pretty_to, size)


def _lay_out_lines(tell: Tell, pieces: Iterator[bytes], pretty_to: Path | None, size: int) -> None:
    counted: list[Counted] = []
    counter = Counter(counted.append)
    made = 0
    with pretty_to.open("wb", buffering=0) if pretty_to is not None else nullcontext() as file:
        for piece in chain(pieces, (b"",)):
            limited = made + len(piece) > PRETTY_MOST
            if file is not None:
                file.write(b"" if limited else piece)
            counter.add(b"" if limited else piece, last=not piece or limited)
            tell(Piece(piece if file is None else b"", counted.pop(), limited))
            made += len(piece)
            tell(size + min(made // 3, size))
            if limited:
                return


def _add(made: OpenBody, piece: Piece) -> None:
    """Add a piece of the layout in lines."""
    if made.pretty is None:
        made.pretty = Lines(FileText(made.spill.path) if made.spill is not None else bytearray())
    text = made.pretty.text
    if isinstance(text, FileText):
        text.size = piece.counted.end
    elif isinstance(text, bytearray):
        text += piece.text
    made.pretty.take(piece.counted)
    made.limited = piece.limited


def first_lines(data: bytes, lines: Lines) -> Lines:
    """The lines of bytes that are all there."""
    Counter(lines.take).add(data, last=True)
    return lines


def readable_bytes(body: Body) -> Buffer | None:
    """A body as UTF-8, or in an encoding that is alike for what JSON and XML are made of; None for a binary one."""
    if body.spill is not None:
        return mapped(body.spill.path)
    data = body.data
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return bytes(data).decode("utf-16", "replace").encode()
    if b"\x00" in data[:1024] and data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] not in b"{[<":
        return None
    charset = _CHARSET.search(body.content_type)
    if charset is None:
        return data
    try:
        return bytes(data).decode(charset[1], "replace").encode()
    except (LookupError, ValueError):
        return data


def mapped(path: Path) -> Buffer:
    """A file as bytes without reading it."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def json_text(text: str) -> str | None:
    """JSON in lines; None when it is not JSON."""
    return _whole(text.encode("utf-8", "surrogatepass"), "JSON")


def xml_text(data: bytes) -> str | None:
    """XML in lines; None when it is not XML."""
    return _whole(data, "XML")


def _whole(data: bytes, language: str) -> str | None:
    outline = index.outline(data)
    if outline is None or not outline.whole or outline.language != language:
        return None
    return b"".join(pretty.pretty(data, outline)).decode("utf-8", "surrogatepass")


def note(body: Body) -> str:
    """What was not kept, or "" when the whole body is there."""
    if not body.cut or body.spill is not None:
        return ""
    left = body.size - len(body.data)
    told = f", SHA-256 of the whole {body.sha256}" if body.sha256 else ""
    return f"Not kept: the last {left:,} of {body.size:,} bytes{told}"


def dump(data: bytes) -> bytes:
    """The beginning of a binary body as bytes and letters."""
    lines = []
    for start in range(0, min(len(data), DUMP_LIMIT), 16):
        row = data[start : start + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:08x}  {row.hex(' '):<47}  {letters}")
    if len(data) > DUMP_LIMIT:
        lines.append(f"… {len(data) - DUMP_LIMIT:,} more bytes")
    return "\n".join(lines).encode()
