"""How the index reads JSON. Strings may hold control characters; in all else the grammar is that of RFC 8259."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from mcconsole.features.responses.index import RUN, SMALL, Buffer, Frame, Kind, Node, Outline, Outliner, Problem, Pulse

_SPACE = rb"[ \t\r\n]*+"
_STRING = rb'"[^"\\]*+(?:\\[\s\S][^"\\]*+)*+"'
_NUMBER = rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+(?![0-9.eE+-])"
_SCALAR = rb"(?:" + _STRING + rb"|" + _NUMBER + rb"|true\b|false\b|null\b)"


def _container(value: bytes) -> bytes:
    """A container of such values; it is matched in one go or not at all, without backtracking."""
    items = rb"\[%(s)b(?:%(v)b%(s)b(?:,%(s)b(?!\])|(?=\])))*+\]"
    members = rb"\{%(s)b(?:%(k)b%(s)b:%(s)b%(v)b%(s)b(?:,%(s)b(?!\})|(?=\})))*+\}"
    parts = {b"s": _SPACE, b"k": _STRING, b"v": value}
    return rb"(?:" + items % parts + rb"|" + members % parts + rb")"


_FLAT = rb"(?:" + _SCALAR + rb"|" + _container(_SCALAR) + rb")"
_LOW = rb"(?:" + _SCALAR + rb"|" + _container(_FLAT) + rb")"
_VALUE = rb"(?:" + _SCALAR + rb"|" + _container(_LOW) + rb")"
_KEY = _STRING + _SPACE + rb":" + _SPACE
_space = re.compile(_SPACE)
_scalar = re.compile(_SCALAR)
_key = re.compile(rb"(" + _STRING + rb")" + _SPACE + rb":" + _SPACE)
_value = re.compile(_VALUE)
_bracket = re.compile(rb'[^\[\]{}"]*+(?:' + _STRING + rb'[^\[\]{}"]*+)*+[\[\]{}]')
_item = {ord("]"): re.compile(_VALUE + _SPACE), ord("}"): re.compile(_KEY + _VALUE + _SPACE)}
_run = {
    ord("]"): re.compile(rb"(?:%b%b,%b(?!\])){%d}+" % (_VALUE, _SPACE, _SPACE, RUN)),
    ord("}"): re.compile(rb"(?:%b%b%b,%b(?!\})){%d}+" % (_KEY, _VALUE, _SPACE, _SPACE, RUN)),
}
_CLOSERS = {ord("["): ord("]"), ord("{"): ord("}")}
_KINDS = {ord("["): Kind.ARRAY, ord("{"): Kind.OBJECT, ord('"'): Kind.STRING}
_COMMA = ord(",")


def outline(data: Buffer, pulse: Pulse, size: int) -> Outline:
    """Pass over the first `size` bytes."""
    found = Outline("JSON")
    work = Outliner(found, pulse)
    at = _skip(data, 3 if data[:3] == b"\xef\xbb\xbf" else 0, size)
    found.root = at
    try:
        at = _begin(data, work, at, size)
        while work.frames:
            at = _step(data, work, at, size)
            work.tell(at)
        at = _skip(data, at, size)
        if at < len(data):
            what = "something follows after the end" if at < size else "it ends in the middle"
            raise Problem(at, what)  # noqa: TRY301
        found.end = at
    except Problem as problem:
        work.stop(problem)
    return found


def _begin(data: Buffer, work: Outliner, at: int, size: int) -> int:
    """Enter the container at an offset, or pass a scalar there; returns the offset after it."""
    closer = _CLOSERS.get(data[at] if at < size else 0)
    if closer is None:
        match = _scalar.match(data, at, size)
        if match is None:
            raise _unexpected(data, at, size)
        if match.end() - at > SMALL:
            work.outline.long[at] = match.end()
        return match.end()
    work.open(Frame(at, closer))
    return _skip(data, at + 1, size)


def _step(data: Buffer, work: Outliner, at: int, size: int) -> int:
    """Pass children of the innermost container, or its end."""
    frame = work.frames[-1]
    if at >= size:
        raise Problem(size, "it ends in the middle")
    if data[at] == frame.closer and not frame.count:
        work.close(at + 1)
        return _after(data, work, at + 1, size)
    if not frame.single:
        match = _run[frame.closer].match(data, at, min(at + SMALL, size))
        if match is not None:
            frame.count += RUN
            frame.mark(match.end())
            return match.end()
        frame.single = RUN
    frame.single -= 1
    match = _item[frame.closer].match(data, at, min(at + SMALL, size))
    if match is not None and match.end() < min(at + SMALL, size):
        return _after(data, work, match.end(), size)
    if frame.closer == ord("}"):
        name = _key.match(data, at, size)
        if name is None:
            raise _unexpected(data, at, size)
        at = name.end()
    depth = len(work.frames)
    at = _begin(data, work, at, size)
    return at if len(work.frames) > depth else _after(data, work, at, size)


def _after(data: Buffer, work: Outliner, at: int, size: int) -> int:
    """A value has ended: pass the comma, or the ends of the containers around it."""
    while work.frames:
        frame = work.frames[-1]
        at = _skip(data, at, size)
        frame.count += 1
        if at >= size:
            raise Problem(size, "it ends in the middle")
        if data[at] == _COMMA:
            at = _skip(data, at + 1, size)
            if at < size and data[at] == frame.closer:
                raise _unexpected(data, at, size)
            frame.mark(at)
            return at
        if data[at] != frame.closer:
            raise _unexpected(data, at, size)
        at += 1
        work.close(at)
    return at


def _unexpected(data: Buffer, at: int, size: int) -> Problem:
    if at >= size or (data[at] == ord('"') and not _scalar.match(data, at, size)):
        return Problem(min(at, size), "it ends in the middle")
    shown = data[at : at + 20].decode("utf-8", "replace")
    return Problem(at, f"“{shown}” is not JSON here")


def _skip(data: Buffer, at: int, size: int | None = None) -> int:
    match = _space.match(data, at, len(data) if size is None else size)
    return match.end() if match is not None else at


def node_at(data: Buffer, found: Outline, at: int, key: tuple[int, int] = (0, 0), place: int = 0) -> Node:
    """The value that begins at an offset, of a body that was passed over."""
    first = data[at] if at < len(data) else 0
    if first not in _CLOSERS:
        kind = _KINDS.get(first) or (Kind.NUMBER if chr(first) in "-0123456789" else Kind.WORD)
        if at in found.long:
            return Node(kind, at, found.long[at], key, place)
        match = _scalar.match(data, at)
        end = match.end() if match is not None else at
        return Node(kind if match is not None else Kind.BROKEN, at, end, key, place)
    if at in found.noted:
        end = found.noted[at][0]
    elif at in found.near:
        end = found.near[at]
    else:
        match = _value.match(data, at)
        end = match.end() if match is not None else _end(data, found, at)
    return Node(_KINDS[first], at, end, key, place)


def _end(data: Buffer, found: Outline, at: int) -> int:
    """The offset after a small container that is nested too deep to be matched in one go.

    Those of all containers in it are kept until the next one, so that going down level by level reads it once.
    """
    found.near = {}
    opened: list[int] = []
    reached = at
    while (match := _bracket.match(data, reached)) is not None:
        reached = match.end()
        if data[reached - 1] in _CLOSERS:
            opened.append(reached - 1)
            continue
        found.near[opened.pop()] = reached
        if not opened:
            break
    return reached


def children(
    data: Buffer, found: Outline, node: Node, first: int, most: int | None, start: int | None = None
) -> Iterator[Node]:
    """The children of a container. With `start`, that is where number `first` lies; else the ones before are passed."""
    at = _skip(data, node.start + 1) if start is None else start
    place = 0 if start is None else first
    last = None if most is None else first + most
    # Where reading stopped there is no closing bracket; the number of children is then known.
    stop = len(data) if node.start in found.noted else node.end - 1
    while at < stop and (last is None or place < last):
        key = (0, 0)
        if node.kind is Kind.OBJECT:
            name = _key.match(data, at)
            if name is None:
                return
            key, at = name.span(1), name.end()
        child = node_at(data, found, at, key, place)
        if place >= first:
            yield child
        place += 1
        at = _skip(data, child.end)
        if at >= stop or data[at] != _COMMA:
            return
        at = _skip(data, at + 1)


def text(data: Buffer, node: Node, most: int | None) -> str:
    """The value as text, of a long one the beginning."""
    end = node.end if most is None else min(node.end, node.start + most)
    received = data[node.start : end].decode("utf-8", "replace")
    if node.kind is not Kind.STRING:
        return received
    if end < node.end:
        received = re.sub(r"\\[^\\]?[0-9a-fA-F]{0,3}$", "", received) + '"'
    return _unquoted(received)


def name(data: Buffer, node: Node) -> str:
    """The member's name, "" for an item of an array."""
    start, end = node.key
    return _unquoted(data[start:end].decode("utf-8", "replace")) if end else ""


def _unquoted(received: str) -> str:
    if "\\" not in received:
        return received[1:-1]
    try:
        return str(json.loads(received, strict=False))
    except ValueError:
        return received[1:-1]
