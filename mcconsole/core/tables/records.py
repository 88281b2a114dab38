"""Reading a file of any size in pieces of whole records, each with its byte range and record numbers."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from mcconsole.core.errors import BadInput
from mcconsole.core.tables.encoding import BINARY, codec_for, detect_encoding, mark_length
from mcconsole.core.tables.even import even_columns
from mcconsole.core.tables.model import MIB, PIECE_BYTES, RECORD_LIMIT, Dialect, Identity, Piece
from mcconsole.core.tables.parse import Parsed, Stop, parse, split_lines
from mcconsole.core.tables.source import changed, check_unchanged, identity, opened

_HEAD = 64 * 1024
_SHIFTING = ("iso2022", "hz", "utf-7")
"""Codecs in which the bytes of a character depend on what stands before it."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
SAMPLE_BYTES = 512 * 1024
"""Bytes that are looked at to tell how a file is written."""


@dataclass(frozen=True, slots=True)
class Start:
    """What lies before the rows."""

    header: list[list[str]]
    offset: int
    """Where the first byte after the header is."""
    number: int
    """Record number of the first record after the header."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a file, decoded."""

    path: Path
    identity: Identity
    encoding: str
    text: str
    """Whole characters, without a byte order mark; the last line may be cut unless `whole`."""
    whole: bool
    """Whether this is all of the file."""


@dataclass(frozen=True, slots=True)
class _Reading:
    path: Path
    file: BinaryIO
    identity: Identity
    dialect: Dialect
    codec: str


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    """Without the first bytes of a last character that is cut."""
    size: int
    """Bytes read."""
    final: bool
    """Whether the file ends here."""

    cut: int
    """Bytes at the end that are not in the text, as they are the beginning of a character."""

    def size_of(self, length: int, codec: str) -> int:
        """Bytes of the first characters."""
        if codec.startswith(_SHIFTING):
            return self.size if self.final and length == len(self.text) else len(self.text[:length].encode(codec))
        return self.size - self.cut - len(self.text[length:].encode(codec))


def pieces(
    path: Path,
    dialect: Dialect,
    *,
    start: int | None = None,
    first_number: int = 1,
    target_bytes: int = PIECE_BYTES,
    expected: Identity | None = None,
) -> Iterator[Piece]:
    """Read the rows after the header in pieces of about `target_bytes`; memory is bounded by that and the record limit.

    `start` goes on at the byte where an earlier piece ended, with `first_number` as its record number. The file is
    opened once; when it is not `expected`, or changes meanwhile, BadInput is raised before any more rows are given.
    Raises BadInput, naming the record, for a byte that does not decode, a NUL, an open quote, a record without end.
    """
    with opened(path) as file:
        reading = _begin(path, file, dialect, expected)
        if start is None:
            before = _start(reading)
            offset, number = before.offset, before.number
        else:
            offset, number = start, first_number
        while offset < reading.identity.size:
            piece = _next_piece(reading, offset, number, max(1, target_bytes))
            check_unchanged(path, file, reading.identity)
            if piece.numbers:
                yield piece
            offset, number = piece.offset + piece.length, piece.next_number
        check_unchanged(path, file, reading.identity)


def read_piece(
    path: Path, dialect: Dialect, offset: int, length: int, first_number: int, *, expected: Identity | None = None
) -> Piece:
    """Read again what `pieces` gave for this byte range; raises BadInput as it does."""
    with opened(path) as file:
        reading = _begin(path, file, dialect, expected)
        block = replace(_block(reading, offset, length, first_number), final=True)
        check_unchanged(path, file, reading.identity)
        if even := _even_piece(reading, block, offset, first_number):
            return even
        parsed = parse(block.text, dialect, final=True)
        if parsed.stop is not Stop.END:
            raise _no_end(reading, first_number + len(parsed.rows), parsed.stop)
        return _piece(dialect, offset, length, first_number, parsed)


def read_sample(path: Path, dialect: Dialect | None = None) -> Sample:
    """The first part of the file, in the dialect's encoding or else the most likely one; raises BadInput."""
    with opened(path) as file:
        found = identity(file.fileno())
        data = file.read(SAMPLE_BYTES)
        if not data:
            raise _empty(path)
        whole = len(data) >= found.size
        encoding = dialect.encoding if dialect else detect_encoding(data, whole=whole)
        if encoding == BINARY:
            raise _not_text(path, data)
        reading = _begin(path, file, Dialect(encoding, "", None, None, has_header=False), None)
        block = _block(reading, mark_length(data), SAMPLE_BYTES, 1)
        check_unchanged(path, file, found)
        if whole and not block.text.strip("\r\n"):
            raise _empty(path)
        return Sample(path, found, encoding, block.text, whole)


def columns(path: Path, dialect: Dialect) -> list[str]:
    """The names of the columns word for word; several header rows joined by a space; [] without a header."""
    with opened(path) as file:
        return joined(_start(_begin(path, file, dialect, None)).header)


def joined(header: list[list[str]]) -> list[str]:
    """One name for each column from one or several header rows."""
    if len(header) < 2:
        return header[0] if header else []
    width = max(map(len, header))
    return [" ".join(row[i] for row in header if i < len(row) and row[i]) for i in range(width)]


def _begin(path: Path, file: BinaryIO, dialect: Dialect, expected: Identity | None) -> _Reading:
    found = identity(file.fileno())
    if expected is not None and found != expected:
        raise BadInput("this is not the file that was chosen: it changed since", path=path, advice="Open it again.")
    if not found.size:
        raise _empty(path)
    _check(path, dialect)
    file.seek(0)
    try:
        codec = codec_for(dialect.encoding, file.read(4))
    except LookupError as error:
        raise BadInput(
            f"there is no encoding named “{dialect.encoding}”", path=path, advice="Choose another encoding."
        ) from error
    return _Reading(path, file, found, dialect, codec)


def _not_text(path: Path, data: bytes) -> BadInput:
    if data.startswith(_WORKBOOKS):
        advice = "Open it in Excel and save the sheet as “CSV UTF-8”."
        return BadInput("this is an Excel workbook or another archive, not a CSV file", path=path, advice=advice)
    return BadInput("this is not a text file", path=path, advice="Choose a CSV file, or export one.")


def _empty(path: Path) -> BadInput:
    return BadInput("the file is empty", path=path, advice="Export it again, with rows.")


def _check(path: Path, dialect: Dialect) -> None:
    """Refuse what nothing can be read with; a person may have typed it."""
    marks = [mark for mark in (dialect.quotechar, dialect.escapechar) if mark is not None]
    unusable = [mark for mark in marks if len(mark) != 1 or mark in "\r\n\0" or mark == dialect.delimiter]
    if unusable or len(set(marks)) < len(marks) or set(dialect.delimiter) & set("\r\n\0"):
        raise BadInput(
            "delimiter, quote and escape character must differ from each other and from a line end",
            path=path,
            advice="Leave the escape character empty where quotes are doubled.",
        )


def _start(reading: _Reading) -> Start:
    """Skip the lines before the header, then read the header's records."""
    reading.file.seek(0)
    offset = mark_length(reading.file.read(4))
    skipped = reading.dialect.skipped_lines
    if skipped:
        offset = _after_lines(reading, offset, skipped)
    number = skipped + 1
    header: list[list[str]] = []
    while len(header) < reading.dialect.header_rows and offset < reading.identity.size:
        piece = _next_piece(reading, offset, number, _HEAD, limit=1)
        header += [row for row in piece.rows if any(cell.strip() for cell in row)]
        offset, number = offset + piece.length, piece.next_number
    return Start(header, offset, number)


def _after_lines(reading: _Reading, offset: int, count: int) -> int:
    """The offset after so many physical lines."""
    wanted = _HEAD
    while True:
        block = _block(reading, offset, wanted, 1)
        lines = split_lines(block.text)
        if block.final or len(lines) > count:  # the last line may be cut, and a CR may be half of CR LF
            return offset + len("".join(lines[:count]).encode(reading.codec))
        if wanted > RECORD_LIMIT:
            raise BadInput(
                f"the first {count:,} lines take more than {RECORD_LIMIT // MIB} MiB",
                path=reading.path,
                advice="Set fewer lines to skip.",
            )
        wanted *= 2


def _next_piece(reading: _Reading, offset: int, number: int, wanted: int, limit: int | None = None) -> Piece:
    """The whole records among the next `wanted` bytes, or among more where the first record is longer."""
    while True:
        block = _block(reading, offset, wanted, number)
        if limit is None and (even := _even_piece(reading, block, offset, number)):
            return even
        parsed = parse(block.text, reading.dialect, final=block.final, limit=limit)
        if parsed.rows:
            return _piece(reading.dialect, offset, block.size_of(parsed.length, reading.codec), number, parsed)
        if block.final or block.size >= RECORD_LIMIT or parsed.stop is Stop.BROKEN:
            raise _no_end(reading, number, parsed.stop)
        wanted *= 2


def _even_piece(reading: _Reading, block: _Block, offset: int, number: int) -> Piece | None:
    found = even_columns(block.text, reading.dialect, final=block.final)
    if found is None:
        return None
    columns, length = found
    following = number + len(columns[0])
    size = block.size_of(length, reading.codec)
    return Piece(offset, size, range(number, following), columns, True, frozenset(), following)


def _piece(dialect: Dialect, offset: int, length: int, first: int, parsed: Parsed) -> Piece:
    rows = parsed.rows
    numbers: Sequence[int] = range(first, first + len(rows))
    following = first + len(rows)
    if not all(map(any, rows)):
        filled = any if dialect.skip_empty else bool
        numbers = [number for number, row in zip(numbers, rows, strict=True) if filled(row)]
        rows = [row for row in rows if filled(row)]
    return Piece(offset, length, numbers, rows, False, frozenset(first + at for at in parsed.doubtful), following)


def _block(reading: _Reading, offset: int, wanted: int, number: int) -> _Block:
    """Read and decode the next `wanted` bytes, of which the first is in record `number`."""
    reading.file.seek(offset)
    data = reading.file.read(wanted)
    final = offset + len(data) >= reading.identity.size
    if len(data) < wanted and not final:
        raise changed(reading.path)
    decoder = codecs.getincrementaldecoder(reading.codec)()
    try:
        text = decoder.decode(data, final)
    except UnicodeDecodeError as error:
        good = codecs.getincrementaldecoder(reading.codec)().decode(data[: error.start])
        raise BadInput(
            f"the byte 0x{data[error.start]:02X} at offset {offset + error.start:,} is not {reading.dialect.encoding}",
            path=reading.path,
            row=number + len(parse(good, reading.dialect, final=False).rows),
            advice="Choose another encoding, or export the file as UTF-8.",
        ) from error
    if (b"\0" in data or reading.codec.startswith(_SHIFTING)) and "\0" in text:  # in bytes it is found much faster
        good = text[: text.index("\0")]
        raise BadInput(
            "there is a NUL character, which text does not have",
            path=reading.path,
            row=number + len(parse(good, reading.dialect, final=False).rows),
            advice="It may be a binary file, or UTF-16: choose another encoding, or export it as CSV again.",
        )
    return _Block(text, len(data), final, len(decoder.getstate()[0]))


def _no_end(reading: _Reading, number: int, stop: Stop) -> BadInput:
    if stop is not Stop.END:
        return BadInput(
            "a quote is opened here and not closed as it should be",
            path=reading.path,
            row=number,
            advice="Close the quote in the file, or choose another quote character (or none).",
        )
    return BadInput(
        f"this row is longer than {RECORD_LIMIT // MIB} MiB",
        path=reading.path,
        row=number,
        advice="Is this a CSV file? Check its line ends.",
    )
