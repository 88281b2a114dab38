"""Two bodies, JSON or XML, compared by structure. Values are compared as received, never through a float. No Qt.

Members and elements are paired by name; those of an array, and elements of the same name, by what is in them, so that
one more item is one difference and not a hundred.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from fnmatch import translate
from functools import cached_property
from re import IGNORECASE, Pattern, compile

from mcconsole.core.aside import Tell
from mcconsole.features.responses import index
from mcconsole.features.responses.index import Document, Kind, Node

MOST_BYTES = 8 * 1024 * 1024
"""Of a body; of a larger one this beginning is compared."""
MOST_NODES = 200_000
MOST_ROWS = 50_000
"""Lines after which what is the same is left out."""
MOST_DIFFERING = 100_000
"""Lines after which nothing more is listed."""
DEEPEST = 100
"""Levels; what is deeper is compared as text."""
ALIGNED = 1500
"""Items of a list that are paired by what is in them; those of a longer one by their place."""
SHOWN = 400
"""Characters of a value."""

USUAL = (
    *("requestId", "request_id", "RequestID", "MessageID", "RelatesTo", "To", "Created", "Expires", "Date"),
    *("X-Request-Id", "X-MC-Request-Id", "ETag", "Set-Cookie", "Content-Length", "access_token", "expires_in"),
    *("createdDate", "modifiedDate", "lastModifiedDate", "*Timestamp*"),
)
"""Names whose values differ each time."""


class Mark(StrEnum):
    """What became of a value from the first call to the second."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Row:
    """A value beside the other. Of containers only their kind is shown."""

    mark: Mark
    depth: int
    name: str
    path: str
    left: str
    right: str
    holds: bool = False
    """Whether the rows after it, as far as they are deeper, are in it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """All rows, and what could not be compared."""

    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()

    def count(self, mark: Mark) -> int:
        """How many values have a mark."""
        return sum(1 for row in self.rows if row.mark is mark and not row.holds)


Facts = tuple[tuple[str, str], ...]
"""Names and values, such as headers."""


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared of one call, part by part: names and values, or a body."""

    parts: tuple[tuple[str, Facts | bytes], ...]


class Item:
    """A node of either language: its name, its value as received, its children."""

    __slots__ = ("__dict__", "children", "ignored", "kind", "name", "text")

    def __init__(
        self, kind: str, name: str, text: str = "", children: Sequence[Item] = (), *, ignored: bool = False
    ) -> None:
        self.kind, self.name, self.text, self.children, self.ignored = kind, name, text, children, ignored

    @cached_property
    def digest(self) -> bytes:
        """Alike for what is alike but for what is ignored by its name."""
        made = hashlib.blake2b(f"{self.kind}\0{self.name}\0{self.text}\0".encode("utf-8", "replace"), digest_size=16)
        for child in self.children:
            if not child.ignored:
                made.update(child.digest)
        return made.digest()


class Ignored:
    """The paths that make no difference: a name, or with a “.” or “[” in it a whole path; “*” stands for anything."""

    def __init__(self, patterns: Sequence[str]) -> None:
        given = [pattern.strip() for pattern in patterns if pattern.strip()]
        self._names = _any([one for one in given if not _is_path(one)])
        self._paths = _any([one for one in given if _is_path(one)])

    def name(self, name: str) -> bool:
        """Whether all values of this name are ignored."""
        return self._names is not None and self._names.match(name) is not None

    def path(self, path: str) -> bool:
        """Whether the value at this path is ignored."""
        return self._paths is not None and self._paths.match(path) is not None


def _is_path(pattern: str) -> bool:
    return "." in pattern or "[" in pattern or "/" in pattern


def _any(patterns: list[str]) -> Pattern[str] | None:
    escaped = (translate(one.replace("[", "[[]")) for one in patterns)
    return compile("|".join(escaped), IGNORECASE) if patterns else None


def work(_: Tell, left: Side, right: Side, ignored: Sequence[str]) -> Compared:
    """Compare two calls; runs in a process of its own for large bodies."""
    return compare(left, right, ignored)


def compare(left: Side, right: Side, ignored: Sequence[str] = USUAL) -> Compared:
    """Compare two calls section by section."""
    making = _Making(Ignored(ignored))
    for (title, one), (_, other) in zip(left.parts, right.parts, strict=True):
        making.pair(making.item(title, one), making.item(title, other), 0, title)
    return Compared(tuple(making.rows), tuple(making.notes))


class _Making:
    """The rows as they come up."""

    def __init__(self, ignored: Ignored) -> None:
        self.rows: list[Row] = []
        self.notes: list[str] = []
        self._ignored = ignored
        self._left = 0

    def item(self, title: str, part: Facts | bytes) -> Item:
        """A part of a call as items."""
        return self._body(title, part) if isinstance(part, bytes) else self._facts(title, part)

    def _body(self, title: str, data: bytes) -> Item:
        """A body as items; one that cannot be read is a text, line by line."""
        if len(data) > MOST_BYTES:
            self.note(f"{title}: only the first {MOST_BYTES:,} bytes are compared.")
            data = data[:MOST_BYTES]
        outline = index.outline(data)
        if outline is None or not outline.whole:
            if outline is not None:
                self.note(f"{title}: it cannot be read as {outline.language}, so it is compared line by line.")
            lines = data.decode("utf-8", "replace").splitlines()
            return Item("lines", title, "", [Item("text", "", line) for line in lines])
        document = Document(data, outline)
        self._left = MOST_NODES
        read = self._item(document, document.root, title, 0)
        if self._left <= 0:
            self.note(f"{title}: what comes after {MOST_NODES:,} values is compared as text.")
        return read

    def _facts(self, title: str, facts: Facts) -> Item:
        ignored = self._ignored.name
        return Item("object", title, "", [Item("text", name, text, ignored=ignored(name)) for name, text in facts])

    def _item(self, document: Document, node: Node, name: str, depth: int) -> Item:
        """A node and what is in it; too deep or too late, as text."""
        self._left -= 1
        ignored = depth > 0 and self._ignored.name(name)
        if not node.kind.holds or depth >= DEEPEST or self._left <= 0:
            plain = node.kind in (Kind.STRING, Kind.TEXT, Kind.ATTRIBUTE)
            text = document.text(node) if plain else document.span(node).decode("utf-8", "replace")
            return Item(
                "string" if node.kind is Kind.STRING else "text" if plain else node.kind, name, text, ignored=ignored
            )
        xml = document.outline.language == "XML"
        children = [
            self._item(document, child, document.query_name(child) if xml else document.name(child), depth + 1)
            for child in document.walk(node)
        ]
        if xml and len(children) == 1 and children[0].name == "#text":
            return Item("text", name, children[0].text, ignored=ignored)
        return Item(node.kind, name, "", children, ignored=ignored)

    def note(self, text: str) -> None:
        """Tell something once."""
        if text not in self.notes:
            self.notes.append(text)

    def pair(self, left: Item | None, right: Item | None, depth: int, path: str) -> bool:
        """Add the rows of two items, or of one that has no other; returns whether they differ."""
        item = left or right
        if item is None:
            return False
        if len(self.rows) >= MOST_ROWS:
            alike = left is not None and right is not None and left.digest == right.digest
            if alike:
                self.note(f"After {MOST_ROWS:,} lines only differences are listed, and only they are counted.")
                return False
            if len(self.rows) >= MOST_DIFFERING:
                self.note(f"The first {MOST_DIFFERING:,} lines are listed; there are more differences.")
                return True
        mark = Mark.ADDED if left is None else Mark.REMOVED if right is None else None
        if item.ignored or self._ignored.path(path):
            mark = Mark.IGNORED
        holds = bool((left and left.children) or (right and right.children))
        both = left is not None and right is not None and left.kind == right.kind
        deeper = holds and mark is not Mark.IGNORED and (both or left is None or right is None)
        place = len(self.rows)
        before, after = (_shown(one) if one is not None else "" for one in (left, right))
        self.rows.append(Row(mark or Mark.SAME, depth, item.name, path, before, after, deeper))
        differs = mark in (Mark.ADDED, Mark.REMOVED)
        if deeper:
            for one, other, below in _pairs(left.children if left else (), right.children if right else (), path):
                differs |= self.pair(one, other, depth + 1, below)
        elif mark is None:
            differs = left is None or right is None or left.digest != right.digest
        if differs and mark is None:
            self.rows[place] = Row(Mark.CHANGED, depth, item.name, path, before, after, deeper)
        return differs


def _pairs(left: Sequence[Item], right: Sequence[Item], path: str) -> Iterator[tuple[Item | None, Item | None, str]]:
    """The children of two containers beside each other, each with its path."""
    groups: dict[str, tuple[list[Item], list[Item]]] = {}
    for side, items in enumerate((left, right)):
        for item in items:
            groups.setdefault(item.name, ([], []))[side].append(item)
    for name, (first, second) in groups.items():
        several = not name or max(len(first), len(second)) > 1
        for number, (one, other) in enumerate(_aligned(first, second)):
            below = f"{path}.{name}" if name else path
            yield one, other, f"{below}[{number}]" if several else below


def _aligned(left: list[Item], right: list[Item]) -> Iterator[tuple[Item | None, Item | None]]:
    """Items of two lists: those that are alike beside each other, and between them pair by pair."""
    if max(len(left), len(right)) > ALIGNED or min(len(left), len(right)) == 0:
        yield from _by_place(left, right)
        return
    matcher = SequenceMatcher(None, [one.digest for one in left], [one.digest for one in right], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(left[a:b], right[c:d], strict=True)
        else:
            yield from _by_place(left[a:b], right[c:d])


def _by_place(left: list[Item], right: list[Item]) -> Iterator[tuple[Item | None, Item | None]]:
    for at in range(max(len(left), len(right))):
        yield (left[at] if at < len(left) else None), (right[at] if at < len(right) else None)


def _shown(item: Item) -> str:
    if item.kind in ("object", "array", "element", "lines") and not item.text:
        kinds = {"object": "{…}", "array": f"[{len(item.children)}]", "lines": f"{len(item.children)} lines"}
        return kinds.get(item.kind, "<…>")
    text = item.text if len(item.text) <= SHOWN else item.text[:SHOWN] + "…"
    return json.dumps(text, ensure_ascii=False) if item.kind == "string" else text
