"""JSON and XML laid out in lines, in pieces. The text is only laid out anew, so that nothing in it can change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcconsole.features.responses.index import Buffer, Outline, readable
from mcconsole.features.responses.lines import PIECE

INDENT = b"  "
DEEPEST = 64
"""Levels that are indented: beyond that, indentation would outgrow the text."""

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_SCALAR = rb"(?:" + _STRING + rb'|[^\s"{}\[\]:,]++)'
_MEMBER = rb"(" + _STRING + rb")\s*+:\s*+(" + _SCALAR + rb")\s*+,\s*+"
_ITEM = rb"(" + _SCALAR + rb")\s*+,\s*+"
_RUN = rb"{1,256}+"
"""Members or items that are laid out in one go."""
_JSON = re.compile(
    rb"(?P<members>(?:" + _MEMBER + rb")" + _RUN + rb")|(?P<items>(?:" + _ITEM + rb")" + _RUN + rb")"
    rb"|" + _SCALAR + rb"|[{}\[\]:,]",
    re.DOTALL,
)
_PARTS = {"members": (re.compile(_MEMBER, re.DOTALL), rb"\1: \2,"), "items": (re.compile(_ITEM, re.DOTALL), rb"\1,")}
_strings = re.compile(_STRING, re.DOTALL)
_XML = re.compile(
    rb"<!--(?:[^-]++|-(?!->))*+-->|<\?(?:[^?]++|\?(?!>))*+\?>|<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+\]\]>"
    rb"|<!DOCTYPE[^\[>]*+(?:\[[^\]]*+\][^>]*+)?+>|</?(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>|[^<]++"
)


def pretty(data: Buffer, outline: Outline) -> Iterator[bytes]:
    """The body in lines, up to where it could be read; the rest as it came."""
    start = 3 if data[:3] == b"\xef\xbb\xbf" else 0
    yield from (_json if outline.language == "JSON" else _xml)(data, start, outline.end)
    if not outline.whole and outline.end < len(data):
        yield b"\n"
        for at in range(outline.end, len(data), PIECE):
            yield data[at : at + PIECE]


def _breaks() -> list[bytes]:
    return [b"\n" + INDENT * depth for depth in range(DEEPEST + 1)]


def _json(data: Buffer, start: int, end: int) -> Iterator[bytes]:
    breaks, size = _breaks(), 0
    parts: list[bytes] = []
    depth, before = 0, b""
    for match in _JSON.finditer(data, start, end):
        piece = match[0]
        if piece in b"}]":
            depth -= 1
            if before not in b"{[":
                parts.append(breaks[min(max(depth, 0), DEEPEST)])
        elif before and before in b"{[,":
            parts.append(breaks[min(depth, DEEPEST)])
        if piece in b"{[":
            depth += 1
        before = piece
        if b"\\u" in piece:
            piece = _strings.sub(lambda found: readable(found[0]), piece)
        if match.lastgroup in _PARTS:
            part, shown = _PARTS[match.lastgroup]
            new_line = breaks[min(depth, DEEPEST)]
            piece = part.sub(shown + new_line, piece)[: -len(new_line)]
            before = b","
        parts.append(b": " if piece == b":" else piece)
        size += len(piece) + 8
        if size > PIECE:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join(parts)


def _xml(data: Buffer, start: int, end: int) -> Iterator[bytes]:
    breaks, size = _breaks(), 0
    parts: list[bytes] = []
    depth, opened = 0, False
    for match in _XML.finditer(data, start, end):
        piece = match[0]
        if not piece.strip():
            continue
        closing = piece.startswith(b"</")
        opening = piece[:1] == b"<" and not closing and piece[1:2] not in b"!?" and not piece.endswith(b"/>")
        written = piece[:1] != b"<" or piece.startswith(b"<![CDATA[")
        depth -= closing
        inline = opened and (written or closing)
        if (parts or size) and not inline:
            parts.append(breaks[min(max(depth, 0), DEEPEST)])
        parts.append(piece)
        depth += opening
        opened = opening or (inline and written)
        size += len(piece) + 8
        if size > PIECE:
            yield b"".join(parts)
            parts = [b""]
            size = 1
    yield b"".join(parts)
