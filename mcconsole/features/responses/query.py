"""JSONPath (RFC 9535) over an indexed body: nothing is read but what the path leads through, numbers stay exact.

XML is queried as the tree shows it: an element is an object of its children by local name, attributes begin with “@”,
text beside them is “#text”, and children of the same name are an array.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, overload

import jsonpath
from jsonpath import JSONPathEnvironment
from jsonpath.filter import FloatLiteral, IntegerLiteral
from jsonpath.match import JSONPathMatch
from jsonpath.parse import Parser

from mcconsole.core.aside import Tell, aside
from mcconsole.core.errors import BadInput
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.responses.bodies import IN_THREAD, OpenBody, mapped
from mcconsole.features.responses.index import Document, Kind, Node, Outline

MOST_MATCHES = 10_000
_PATTERN = re.compile(r"\b(?:match|search)\(")
"""A regular expression in a path: it may take for ever, and nothing but the end of its process ends it."""
LONGEST_NUMBER = 1000
"""Digits of a number in a path."""
LONGEST_EXPONENT = 18
"""Characters of the exponent of a number; with more it is nothing or beyond every other."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What a path leads to, each with its own normalized path."""

    found: tuple[tuple[str, Node], ...]
    more: bool = False


def query(ctx: JobContext, opened: OpenBody, path: str) -> Matches:
    """What a path leads to; BadInput where it is not a path."""
    document = opened.document
    if document is None:
        return Matches(())
    _compiled(path)
    source: Path | bytes = opened.body.spill.path if opened.body.spill is not None else bytes(opened.data)

    def heard(found: object) -> None:
        ctx.check()
        ctx.report(Progress(note=f"{found:,}" if isinstance(found, int) else ""))

    if len(opened.data) <= IN_THREAD and not _PATTERN.search(path):
        return work(heard, source, document.outline, path)
    return aside(ctx, work, source, document.outline, path, heard=heard)


def work(tell: Tell, source: Path | bytes, outline: Outline, path: str) -> Matches:
    """Follow a path; runs in a process of its own for a large body."""
    document = Document(source if isinstance(source, bytes) else mapped(source), outline)
    found: list[tuple[str, Node]] = []
    try:
        for number, match in enumerate(_compiled(path).finditer(_root(document))):
            if number >= MOST_MATCHES:
                return Matches(tuple(found), more=True)
            found.append((match.path, _node(match)))
            if number % 500 == 0:
                tell(number)
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise BadInput(f"The path cannot be followed to its end: {error.args[0]}.") from None
    return Matches(tuple(found))


class _Match(JSONPathMatch):
    """A match that does not hold on to everything it leads to."""

    def add_child(self, *children: JSONPathMatch) -> None:
        """Nothing: a body may have millions."""


class _Parser(Parser):
    """Numbers in a path are taken as written, never through a float."""

    def parse_integer_literal(self, stream: Any) -> Any:
        return IntegerLiteral(value=int(_exact(stream.next())))

    def parse_float_literal(self, stream: Any) -> Any:
        return FloatLiteral(value=_exact(stream.next()))  # type: ignore[arg-type]


class _Environment(JSONPathEnvironment):
    parser_class = _Parser
    match_class = _Match


def _exact(token: Any) -> Decimal:
    try:
        number = Decimal(token.value)
    except InvalidOperation:
        raise jsonpath.JSONPathSyntaxError("not a number", token=token) from None
    if abs(number.adjusted()) > LONGEST_NUMBER:
        raise jsonpath.JSONPathSyntaxError("a number of too many digits", token=token)
    return number


_environment = _Environment(strict=True)


def _compiled(path: str) -> Any:
    try:
        return _environment.compile(path)
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise BadInput(
            f"This is not a JSONPath: {error.args[0]}",
            advice="Write it like $.items[?@.hasErrors == true].",
        ) from None


class _Text(str):
    __slots__ = ("node",)
    node: Node


class _Whole(int):
    node: Node


class _Fraction(Decimal):
    node: Node


class _Object(Mapping[str, Any]):
    """An object or element as the library sees it; a name that occurs twice is given twice."""

    def __init__(self, document: Document, node: Node) -> None:
        self.document, self.node = document, node

    def items(self) -> Any:
        return self._pairs()

    def values(self) -> Any:
        return (value for _, value in self._pairs())

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs())

    def __len__(self) -> int:
        return sum(1 for _ in self._pairs())

    def __getitem__(self, name: str) -> Any:
        found = None
        for child in self.document.walk(self.node):
            if self.document.name(child) == name:
                found = child
        if found is None:
            raise KeyError(name)
        return _value(self.document, found)

    def child(self, name: str | int) -> Node:
        """The node of a member."""
        return next(c for c in self.document.walk(self.node) if self.document.name(c) == name)

    def _pairs(self) -> Iterator[tuple[str, Any]]:
        return ((self.document.name(child), _value(self.document, child)) for child in self.document.walk(self.node))


class _Array(Sequence[Any]):
    def __init__(self, document: Document, node: Node) -> None:
        self.document, self.node = document, node
        self._count = document.count(node)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return (_value(self.document, child) for child in self.document.walk(self.node))

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(self._count))]
        return _value(self.document, self.child(at))

    def child(self, at: str | int) -> Node:
        """The node of an item."""
        place = int(at) + (self._count if int(at) < 0 else 0)
        found = self.document.children(self.node, place, 1) if place >= 0 else []
        if not found:
            raise IndexError(at)
        return found[0]


class _Element(_Object):
    """An element: its children by local name, those of the same name together."""

    def _pairs(self) -> Iterator[tuple[str, Any]]:
        found: dict[str, tuple[Node, int]] = {}
        for child in self.document.walk(self.node):
            name = self.document.query_name(child)
            first, count = found.get(name, (child, 0))
            found[name] = first, count + 1
        return ((name, self._under(name, first, count)) for name, (first, count) in found.items())

    def __getitem__(self, name: str) -> Any:
        same = (child for child in self.document.walk(self.node) if self.document.query_name(child) == name)
        first = next(same, None)
        if first is None:
            raise KeyError(name)
        return self._under(name, first, 1 + sum(1 for _ in same))

    def _under(self, name: str, first: Node, count: int) -> Any:
        if count == 1:
            return _value(self.document, first)
        return _Repeated(self.document, self.node, name, count)

    def child(self, name: str | int) -> Node:
        return next(c for c in self.document.walk(self.node) if self.document.query_name(c) == name)


class _Repeated(Sequence[Any]):
    """The children of an element that have the same name."""

    def __init__(self, document: Document, node: Node, name: str, count: int) -> None:
        self.document, self.node = document, node
        self._name, self._count = name, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return (_value(self.document, child) for child in self._nodes())

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        return list(self)[at] if isinstance(at, slice) else _value(self.document, self.child(at))

    def child(self, at: str | int) -> Node:
        """The node of one of them."""
        place = int(at) + (self._count if int(at) < 0 else 0)
        for number, node in enumerate(self._nodes()):
            if number == place:
                return node
        raise IndexError(at)

    def _nodes(self) -> Iterator[Node]:
        return (c for c in self.document.walk(self.node) if self.document.query_name(c) == self._name)


class _Top(_Element):
    """What `$` is for XML: an object with the root element in it."""

    def _pairs(self) -> Iterator[tuple[str, Any]]:
        return iter([(self.document.query_name(self.node), _value(self.document, self.node))])

    def __getitem__(self, name: str) -> Any:
        if name != self.document.query_name(self.node):
            raise KeyError(name)
        return _value(self.document, self.node)

    def child(self, _name: str | int) -> Node:
        return self.node


def _root(document: Document) -> Any:
    if document.outline.language == "XML":
        return _Top(document, document.root)
    return _value(document, document.root)


def _value(document: Document, node: Node) -> Any:
    """A node as a value of Python that knows its node."""
    kind = node.kind
    if kind is Kind.OBJECT:
        return _Object(document, node)
    if kind is Kind.ARRAY:
        return _Array(document, node)
    if kind is Kind.ELEMENT:
        return _Element(document, node)
    if kind is Kind.WORD:
        return {b"true": True, b"false": False}.get(document.span(node))
    text = document.text(node)
    made: _Text | _Whole | _Fraction
    if kind is not Kind.NUMBER:
        made = _Text(text)
    elif text.lstrip("-").isdigit() and len(text) < LONGEST_NUMBER:
        made = _Whole(text)
    else:
        made = _Fraction(_held(text))
    made.node = node
    return made


def _held(number: str) -> str:
    """A number of JSON as Decimal takes it, whose exponent has no more than eighteen digits."""
    digits, _, exponent = number.lower().partition("e")
    if len(exponent) < LONGEST_EXPONENT:
        return number
    if exponent.startswith("-") or not digits.strip("-0."):
        return "0"
    return "-Infinity" if digits.startswith("-") else "Infinity"


def _node(match: JSONPathMatch) -> Node:
    node = getattr(match.obj, "node", None)
    if isinstance(node, Node):
        return node
    parent: Any = match.parent
    found: Node = parent.obj.child(match.parts[-1])
    return found
