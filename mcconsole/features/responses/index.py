"""An index of a JSON or XML body: where its large parts lie, so that any part can be read without reading the whole.

The body stays bytes, in memory or mapped from a file, and is passed over once. Only containers of more than `SMALL`
bytes are noted, each with a mark every few hundred children; what is small is read again whenever it is looked at.
So the index stays thousands of times smaller than the body, and everything shown is a slice of what was received.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from mmap import mmap
from typing import Protocol

SMALL = 16 * 1024
"""Bytes of a container that is read again rather than noted."""
RUN = 64
"""Children between two marks."""
MOST_DEPTH = 100_000
MOST_NOTED = 200_000
"""Containers inside one another, and containers noted: a body with more is hostile, and is shown up to there."""
PULSE = 2 * 1024 * 1024
"""Bytes between two reports of progress."""

Buffer = bytes | mmap
Pulse = Callable[[int], object]
"""Told the offset now and then; raises to stop."""


class Kind(StrEnum):
    """What a node is."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    NUMBER = "number"
    WORD = "word"
    """true, false, null."""
    ELEMENT = "element"
    TEXT = "text"
    ATTRIBUTE = "attribute"
    BROKEN = "broken"
    """Where reading stopped."""

    @property
    def holds(self) -> bool:
        """Whether there may be children."""
        return self in (Kind.OBJECT, Kind.ARRAY, Kind.ELEMENT)


@dataclass(frozen=True, slots=True)
class Node:
    """One value: `start` to `end` is what was received, `key` the span of its name ((0, 0) for none)."""

    kind: Kind
    start: int
    end: int
    key: tuple[int, int] = (0, 0)
    place: int = 0
    """Number among its siblings, from 0."""


@dataclass(slots=True)
class Outline:
    """The noted containers. `marks` hold pairs (number of a child, its offset)."""

    language: str = ""
    """"JSON" or "XML"."""
    root: int = 0
    noted: dict[int, tuple[int, int, array[int]]] = field(default_factory=dict)
    """By start: end, number of children, marks."""
    long: dict[int, int] = field(default_factory=dict)
    """By start: the ends of long strings and numbers, so that they are passed over once."""
    near: dict[int, int] = field(default_factory=dict, compare=False, repr=False)
    """By start: the ends of the containers in a small one that was read last."""
    end: int = 0
    """Offset after the last byte that could be read."""
    problem: str = ""
    """Why the rest could not be read; "" when all was."""
    broken: int = -1
    """The start of the container in which reading stopped."""

    @property
    def whole(self) -> bool:
        """Whether all of it could be read."""
        return not self.problem


class Problem(ValueError):
    """The body is not what it seemed to be, from `at` on."""

    def __init__(self, at: int, what: str) -> None:
        super().__init__(what)
        self.at = at


@dataclass(slots=True)
class Frame:
    """A container that is open while the body is passed over."""

    start: int
    closer: int = 0
    """The byte that ends it (JSON)."""
    name: bytes = b""
    """Of the element (XML)."""
    count: int = 0
    marks: array[int] = field(default_factory=lambda: array("Q"))
    marked: int = 0
    """The offset of the last mark."""
    single: int = 0
    """Children to be read one by one, after a run was tried in vain."""

    def mark(self, at: int) -> None:
        """Note where the next child begins, unless the last mark is near."""
        last = self.marks[-2] if self.marks else 0
        if self.count - last >= RUN or at - (self.marked or self.start) >= SMALL:
            self.marks.extend((self.count, at))
            self.marked = at


class Outliner:
    """Keeps the open containers, and notes the large ones as they close."""

    def __init__(self, outline: Outline, pulse: Pulse) -> None:
        self.outline = outline
        self.frames: list[Frame] = []
        self._pulse = pulse
        self._told = 0

    def open(self, frame: Frame) -> None:
        """A container begins."""
        if len(self.frames) >= MOST_DEPTH:
            raise Problem(frame.start, f"nested more than {MOST_DEPTH:,} levels deep")
        self.frames.append(frame)

    def close(self, end: int) -> None:
        """The innermost container ends before `end`."""
        frame = self.frames.pop()
        if end - frame.start > SMALL:
            self._note(frame, end)

    def tell(self, at: int) -> None:
        """Report progress now and then."""
        if at - self._told >= PULSE:
            self._told = at
            self._pulse(at)

    def stop(self, problem: Problem) -> None:
        """Close everything that is open where reading stopped."""
        self.outline.problem, self.outline.end = str(problem), problem.at
        self.outline.broken = self.frames[-1].start if self.frames else -1
        for depth, frame in enumerate(self.frames, 1):
            begun = depth < len(self.frames)
            self.outline.noted[frame.start] = (problem.at, frame.count + begun, frame.marks)
        self.frames.clear()

    def _note(self, frame: Frame, end: int) -> None:
        if len(self.outline.noted) >= MOST_NOTED:
            self.frames.append(frame)
            raise Problem(end, f"more than {MOST_NOTED:,} large containers inside one another")
        self.outline.noted[frame.start] = (end, frame.count, frame.marks)


class Language(Protocol):
    """How nodes are read: `index_json` or `index_xml`."""

    def node_at(self, data: Buffer, found: Outline, at: int, /) -> Node:
        """The value that begins at an offset."""

    def children(
        self, data: Buffer, found: Outline, node: Node, first: int, most: int | None, start: int | None = None, /
    ) -> Iterator[Node]:
        """The children of a node from number `first`, which lies at `start` where that is known."""

    def text(self, data: Buffer, node: Node, most: int | None, /) -> str:
        """The value as text, of a long one the beginning."""

    def name(self, data: Buffer, node: Node, /) -> str:
        """The name of the member or element."""


_ESCAPED = re.compile(rb"\\u[0-9a-fA-F]{4}")


def readable(received: bytes) -> bytes:
    """A JSON string with letters instead of \\u escapes, where that shows the same value."""
    if received[:1] != b'"' or not _ESCAPED.search(received):
        return received
    try:
        value = json.loads(received)
    except ValueError:
        return received
    if any(0xD800 <= ord(c) <= 0xDFFF or not c.isprintable() for c in value):
        return received
    return json.dumps(value, ensure_ascii=False).encode()


class Document:
    """A body and its outline: the children of any node, without a copy of more than is asked for."""

    def __init__(self, data: Buffer, outline: Outline) -> None:
        from mcconsole.features.responses import index_json, index_xml

        self.data = data
        self.outline = outline
        self._language: Language = index_json if outline.language == "JSON" else index_xml
        self.root = self._language.node_at(data, outline, outline.root)

    def span(self, node: Node) -> bytes:
        """The value as received."""
        return self.data[node.start : node.end]

    def text(self, node: Node, most: int | None = None) -> str:
        """The value as text: strings without quotes and escapes, numbers as received."""
        return self._language.text(self.data, node, most)

    def shown(self, node: Node, most: int) -> str:
        """The beginning of the value as received, with letters for escapes where that shows the same."""
        received = self.data[node.start : min(node.end, node.start + most)]
        return (readable(received) if node.end - node.start <= most else received).decode("utf-8", "replace")

    def name(self, node: Node) -> str:
        """The member's or element's name, without escapes; "" for none."""
        return self._language.name(self.data, node)

    def query_name(self, node: Node) -> str:
        """The name by which a path leads to a part of XML: without its prefix, “#text” for a text among elements."""
        name = self.name(node)
        return name if name.startswith("@") else name.rpartition(":")[2] or "#text"

    def count(self, node: Node) -> int:
        """How many children there are."""
        if not node.kind.holds:
            return 0
        noted = self.outline.noted.get(node.start)
        if noted is not None:
            return noted[1] + (node.start == self.outline.broken)
        return sum(1 for _ in self._language.children(self.data, self.outline, node, 0, None))

    def holds(self, node: Node) -> bool:
        """Whether there are children."""
        if not node.kind.holds:
            return False
        noted = self.outline.noted.get(node.start)
        if noted is not None:
            return noted[1] > 0 or node.start == self.outline.broken
        return any(True for _ in self._language.children(self.data, self.outline, node, 0, 1))

    def children(self, node: Node, first: int = 0, most: int | None = None) -> list[Node]:
        """The children from the first one asked for."""
        return list(self.walk(node, first, most))

    def walk(self, node: Node, first: int = 0, most: int | None = None) -> Iterator[Node]:
        """The same one after another."""
        if not node.kind.holds:
            return
        noted = self.outline.noted.get(node.start)
        if noted is None:
            yield from self._language.children(self.data, self.outline, node, first, most)
            return
        _, count, marks = noted
        last = count if most is None else min(count, first + most)
        at, start = 0, None
        if slot := bisect_right(_Numbers(marks), first):
            at, start = marks[2 * slot - 2], marks[2 * slot - 1]
        if first < last:
            for child in self._language.children(self.data, self.outline, node, at, last - at, start):
                if child.place >= first:
                    yield child
        if node.start == self.outline.broken and (most is None or first <= count < first + most):
            end = self.outline.end
            yield Node(Kind.BROKEN, end, min(len(self.data), end + 200), place=count)

    def path_to(self, offset: int, most: int | None = None) -> list[Node]:
        """The nodes that hold an offset, from the root to the innermost, or as many of them."""
        path = [self.root]
        while (most is None or len(path) < most) and (below := self._child_at(path[-1], offset)) is not None:
            path.append(below)
        return path

    def _child_at(self, node: Node, offset: int) -> Node | None:
        noted = self.outline.noted.get(node.start)
        first = 0
        if noted is not None and (slot := bisect_right(_Numbers(noted[2], 1), offset)):
            first = noted[2][2 * slot - 2]
        for child in self.walk(node, first):
            if offset < child.end:
                begin = min(child.start, child.key[0]) if child.key[1] else child.start
                return child if begin <= offset else None
        return None


class _Numbers:
    """The numbers of children in the marks (or with `part` 1, their offsets), as a sequence to be searched."""

    def __init__(self, marks: array[int], part: int = 0) -> None:
        self._marks, self._part = marks, part

    def __len__(self) -> int:
        return len(self._marks) // 2

    def __getitem__(self, at: int) -> int:
        return self._marks[2 * at + self._part]


def outline(data: Buffer, pulse: Pulse = lambda _: None, most: int | None = None) -> Outline | None:
    """Pass over a body (or its first `most` bytes); None when it is neither JSON nor XML from its first byte on."""
    from mcconsole.features.responses import index_json, index_xml

    head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    language = index_xml if head[:1] == b"<" else index_json
    found = language.outline(data, pulse, len(data) if most is None else min(most, len(data)))
    begun = found.end > found.root and data[found.root] in b"{[<"
    return found if found.whole or found.noted or begun else None
