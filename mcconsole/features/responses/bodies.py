"""Bodies for reading: JSON and XML indented, everything else as it came. No Qt: large ones are done in a job."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from mcconsole.core.exchange import Body

LINE_LIMIT = 2000
"""Characters after which a line is broken for display: a text widget lays out a line as a whole."""
DUMP_LIMIT = 4096
"""Bytes of a binary body that are shown."""
INDENT = "  "

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s"{}\[\]:,]+')
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")


@dataclass(frozen=True, slots=True)
class Shown:
    """A body as text. `kind` is "JSON", "XML", "text", "binary" or "" (empty)."""

    pretty: str
    raw: str
    kind: str
    broken: bool = False
    """Whether lines were broken for display."""


def show(body: Body) -> Shown:
    """Make a body readable. What cannot be read as what it claims to be is shown as it came."""
    if not body.data:
        return Shown("", "", "")
    text = _decoded(body)
    if text is None:
        dump = _dump(body.data)
        return Shown(dump, dump, "binary")
    kind, pretty = "text", None
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in ("{", "[", '"') or "json" in body.content_type:
        pretty, kind = json_text(text), "JSON"
    elif start == "<":
        pretty, kind = xml_text(body.data), "XML"
    if pretty is None:
        pretty, kind = text, "text"
    shown, raw = _broken(pretty), _broken(text)
    return Shown(shown, raw, kind, broken=raw is not text or shown is not pretty)


def json_text(text: str) -> str | None:
    """Indent JSON; numbers, the order and repeated names of members stay as received. None when it is not JSON.

    `json` says whether it is JSON; the text itself is only laid out anew, so that nothing in it can change.
    """
    text = text.lstrip("\ufeff")
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    parts: list[str] = []
    depth, before = 0, ""
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece in "}]":
            depth -= 1
            if before not in "{[":
                parts.append("\n" + INDENT * depth)
        elif before and before in "{[,":
            parts.append("\n" + INDENT * depth)
        if piece in "{[":
            depth += 1
        parts.append(": " if piece == ":" else _unescaped(piece))
        before = piece
    return "".join(parts)


def xml_text(data: bytes) -> str | None:
    """Indent XML; None when it is not well-formed. Entities are left alone and nothing is fetched."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_blank_text=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return etree.tostring(root.getroottree(), pretty_print=True, encoding="unicode").rstrip()


def note(body: Body) -> str:
    """What was not kept, or "" when the whole body is there."""
    if not body.cut:
        return ""
    left = body.size - len(body.data)
    told = f", SHA-256 of the whole {body.sha256}" if body.sha256 else ""
    return f"Not kept: the last {left:,} of {body.size:,} bytes{told}"


def _decoded(body: Body) -> str | None:
    charset = re.search(r"charset=[\"']?([\w.-]+)", body.content_type, re.IGNORECASE)
    data = body.data
    if b"\x00" in data[:1024] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode(charset[1] if charset else "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _unescaped(piece: str) -> str:
    """A string with letters instead of \\u escapes, where that shows the same value."""
    if piece[0] != '"' or not _ESCAPED.search(piece):
        return piece
    value = json.loads(piece)
    if any(0xD800 <= ord(c) <= 0xDFFF or not c.isprintable() for c in value):
        return piece
    return json.dumps(value, ensure_ascii=False)


def _broken(text: str) -> str:
    if len(text) <= LINE_LIMIT or max(map(len, text.splitlines() or [""])) <= LINE_LIMIT:
        return text
    pieces = (
        line[start : start + LINE_LIMIT] for line in text.splitlines() for start in range(0, len(line) or 1, LINE_LIMIT)
    )
    return "\n".join(pieces)


def _dump(data: bytes) -> str:
    lines = []
    for start in range(0, min(len(data), DUMP_LIMIT), 16):
        row = data[start : start + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:08x}  {row.hex(' '):<47}  {letters}")
    if len(data) > DUMP_LIMIT:
        lines.append(f"… {len(data) - DUMP_LIMIT:,} more bytes")
    return "\n".join(lines)
