"""How the index reads XML: elements, attributes and texts as received. No entity but the five of XML is resolved."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from mcconsole.features.responses.index import RUN, SMALL, Buffer, Frame, Kind, Node, Outline, Outliner, Problem, Pulse

_SPACE = rb"[ \t\r\n]*+"
_NAME = rb"[^\s<>/=\"'!?&;]++"
_ATTRIBUTES = rb"(?:\s++" + _NAME + rb"\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+\s*+"
_ASIDE = rb"<!--(?:[^-]++|-(?!->))*+-->|<\?(?:[^?]++|\?(?!>))*+\?>"
_CDATA = rb"<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+\]\]>"
_TEXT = rb"(?:[^<]++|" + _CDATA + rb"|" + _ASIDE + rb")*+"
_LEAF = rb"<(?P<%s>" + _NAME + rb")" + _ATTRIBUTES + rb"(?:/>|>[^<]*+</(?P=%s)\s*+>)"
_BRANCH = (
    rb"<(?P<branch>" + _NAME + rb")" + _ATTRIBUTES + rb">"
    rb"(?:" + _SPACE + _LEAF % (b"inner", b"inner") + rb")++" + _SPACE + rb"</(?P=branch)\s*+>"
)  # fmt: skip
_SMALL = rb"(?:" + _LEAF % (b"leaf", b"leaf") + rb"|" + _BRANCH + rb")" + _SPACE

_space = re.compile(_SPACE)
_small = re.compile(_SMALL)
_run = re.compile(rb"(?:" + _SMALL + rb"){%d}+" % RUN)
_start = re.compile(rb"<(" + _NAME + rb")(" + _ATTRIBUTES + rb")(/?)>")
_end = re.compile(rb"</(" + _NAME + rb")\s*+>")
_text = re.compile(_TEXT)
_prolog = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t\r\n]++|" + _ASIDE + rb"|<!DOCTYPE[^\[>]*+(?:\[[^\]]*+\][^>]*+)?+>)*+")
_attribute = re.compile(rb"\s++(" + _NAME + rb")\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
_asides = re.compile(_ASIDE)
_blank = re.compile(rb"(?:[ \t\r\n]++|" + _ASIDE + rb")*+")
_sections = re.compile(r"<!\[CDATA\[(.*?)\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ENTITIES = re.compile(r"&(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});")


def outline(data: Buffer, pulse: Pulse, size: int) -> Outline:
    """Pass over the first `size` bytes."""
    found = Outline("XML")
    work = Outliner(found, pulse)
    prolog = _prolog.match(data, 0, size)
    at = found.root = prolog.end() if prolog is not None else 0
    try:
        at = _element(data, work, at, size)
        while work.frames:
            at = _step(data, work, at, size)
            work.tell(at)
        prolog = _blank.match(data, at)
        at = prolog.end() if prolog is not None else at
        if at < len(data):
            raise Problem(at, "something follows after the end")  # noqa: TRY301
        found.end = at
    except Problem as problem:
        work.stop(problem)
    return found


def _element(data: Buffer, work: Outliner, at: int, size: int) -> int:
    """Enter the element at an offset; returns where its content begins, or the offset after an empty one."""
    match = _start.match(data, at, size)
    if match is None:
        raise _unexpected(data, at, size)
    if match[3]:
        return match.end()
    frame = Frame(at, name=match[1])
    work.open(frame)
    frame.count = len(_attribute.findall(match[2]))
    return match.end()


def _step(data: Buffer, work: Outliner, at: int, size: int) -> int:
    """Pass children of the innermost element, or its end."""
    frame = work.frames[-1]
    blank = _space.match(data, at, size)
    inside = blank.end() if blank is not None else at
    if not frame.single:
        match = _run.match(data, inside, min(inside + SMALL, size))
        if match is not None:
            frame.count += RUN
            frame.mark(match.end())
            return match.end()
        frame.single = RUN
    frame.single -= 1
    match = _small.match(data, inside, min(inside + SMALL, size))
    if match is not None and match.end() < size:
        frame.count += 1
        frame.mark(match.end())
        return match.end()
    written = _text.match(data, at, size)
    if written is not None and written.end() > at:
        if not _is_blank(data, at, written.end()):
            frame.count += 1
            frame.mark(written.end())
        at = written.end()
    match = _end.match(data, at, size)
    if match is not None:
        if match[1] != frame.name:
            raise Problem(at, f"</{frame.name.decode('utf-8', 'replace')}> was expected here")
        work.close(match.end())
        if work.frames:
            work.frames[-1].count += 1
            work.frames[-1].mark(match.end())
        return match.end()
    depth = len(work.frames)
    at = _element(data, work, at, size)
    if len(work.frames) == depth:
        frame.count += 1
        frame.mark(at)
    return at


def _unexpected(data: Buffer, at: int, size: int) -> Problem:
    if at >= size or (size < len(data) and b">" not in data[at:size]):
        return Problem(at, "it ends in the middle")
    shown = data[at : at + 20].decode("utf-8", "replace")
    return Problem(at, f"“{shown}” is not XML here")


def _is_blank(data: Buffer, start: int, end: int) -> bool:
    match = _blank.match(data, start, end)
    return match is not None and match.end() == end


def node_at(data: Buffer, found: Outline, at: int, place: int = 0) -> Node:
    """The element that begins at an offset. One with nothing but text in it is a text by the element's name."""
    match = _start.match(data, at)
    if match is None:
        return Node(Kind.BROKEN, at, at, place=place)
    key = match.span(1)
    if match[3]:
        kind = Kind.ELEMENT if match[2].strip() else Kind.TEXT
        return Node(kind, at, match.end(), key, place)
    if at in found.noted:
        return Node(Kind.ELEMENT, at, found.noted[at][0], key, place)
    if at in found.near:
        return Node(Kind.ELEMENT, at, found.near[at], key, place)
    written = _text.match(data, match.end())
    after = written.end() if written is not None else match.end()
    close = _end.match(data, after)
    if close is not None:
        return Node(Kind.ELEMENT if match[2].strip() else Kind.TEXT, at, close.end(), key, place)
    return Node(Kind.ELEMENT, at, _element_end(data, found, at, after), key, place)


def _element_end(data: Buffer, found: Outline, start: int, at: int) -> int:
    """The offset after a small element whose content goes on at `at`.

    Those of all elements in it that hold others are kept until the next one, so that going down level by level reads
    it once.
    """
    found.near = {}
    opened, outer = [start], False
    while opened:
        written = _text.match(data, at)
        at = written.end() if written is not None else at
        if (close := _end.match(data, at)) is not None:
            at = close.end()
            begun = opened.pop()
            if outer:
                found.near[begun] = at
            outer = True
        elif (match := _start.match(data, at)) is not None:
            if not match[3]:
                opened.append(at)
                outer = False
            at = match.end()
        else:
            return at
    return at


def children(
    data: Buffer, found: Outline, node: Node, first: int, most: int | None, start: int | None = None
) -> Iterator[Node]:
    """Attributes, then elements and texts. With `start`, that is where number `first` lies."""
    last = None if most is None else first + most
    place = 0 if start is None else first
    at = start
    if at is None:
        head = _start.match(data, node.start)
        if head is None:
            return
        for match in _attribute.finditer(data, head.start(2), head.end(2)):
            value = match.span(2) if match[2] is not None else match.span(3)
            if place >= first and (last is None or place < last):
                yield Node(Kind.ATTRIBUTE, *value, match.span(1), place)
            place += 1
        if head[3]:
            return
        at = head.end()
    stop = len(data) if node.start in found.noted else node.end
    while at < stop and (last is None or place < last):
        written = _text.match(data, at, stop)
        end = written.end() if written is not None else at
        if end > at and not _is_blank(data, at, end):
            child = Node(Kind.TEXT, at, end, place=place)
        elif (opening := _start.match(data, end, stop)) is not None:
            child = node_at(data, found, opening.start(), place)
        else:
            return
        if place >= first:
            yield child
        place += 1
        at = child.end


def text(data: Buffer, node: Node, most: int | None) -> str:
    """The text of a node without markup, of a long one the beginning."""
    start, end = node.start, node.end
    if node.kind is Kind.TEXT and node.key[1]:
        head = _start.match(data, start)
        if head is not None:
            start = head.end()
            end = start if head[3] else data.rfind(b"</", start, end)
    if most is not None:
        end = min(end, start + most)
    written = data[start:end].decode("utf-8", "replace")
    if node.kind is Kind.TEXT and "<" in written:
        pieces, at = [], 0
        for match in _sections.finditer(written):
            pieces += [_plain(written[at : match.start()]), match[1] or ""]
            at = match.end()
        return "".join((*pieces, _plain(written[at:])))
    return _plain(written)


def name(data: Buffer, node: Node) -> str:
    """The element's or attribute's name with its prefix; attributes begin with “@”, and "" is a text among elements."""
    start, end = node.key
    received = data[start:end].decode("utf-8", "replace")
    return f"@{received}" if node.kind is Kind.ATTRIBUTE else received


def _plain(written: str) -> str:
    return _ENTITIES.sub(lambda match: html.unescape(match[0]), written) if "&" in written else written
