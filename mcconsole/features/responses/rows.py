"""Lists of objects in a body as rows and columns, on the screen and as a CSV file. No Qt."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

from mcconsole.core import paths
from mcconsole.core.aside import Tell, aside
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.spill import Spill
from mcconsole.features.responses.bodies import IN_THREAD, OpenBody, mapped
from mcconsole.features.responses.index import Document, Kind, Node, Outline

MOST_LISTS = 20
LOOKED_AT = 40
"""Nodes that are looked at for lists."""
EDGE = 20
"""Children at either end of an element that are looked at for what is no row."""
SAMPLE = 200
SAMPLE_BYTES = 64 * 1024
"""Rows, and bytes of rows, whose names become columns on the screen; the file has those of all rows."""
MOST_COLUMNS = 300
"""Columns on the screen."""
MOST_IN_FILE = 16_384
"""Columns in a file, which is as many as a spreadsheet takes; a list with more is refused, as none may be left out."""
VALUE = "value"
"""The column of an item that is no object."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of objects: where it is, and the node that holds it."""

    path: str
    node: Node


def lists(document: Document) -> list[Listed]:
    """The lists of objects near the top of a body, the outermost first."""
    found: list[Listed] = []
    waiting = [("$", document.root)]
    looked = 0
    while waiting and looked < LOOKED_AT and len(found) < MOST_LISTS:
        path, node = waiting.pop(0)
        looked += 1
        children = document.children(node, 0, 20)
        if is_list(document, node, children):
            found.append(Listed(path, node))
        for child in children:
            if child.kind.holds:
                name = document.name(child)
                waiting.append((f"{path}.{name}" if name else f"{path}[{child.place}]", child))
    return found


def is_list(document: Document, node: Node, children: Sequence[Node]) -> bool:
    """Whether a node is an array of objects, or an element that holds several of one name."""
    holding = [child for child in children if child.kind.holds]
    if node.kind is Kind.ARRAY:
        return any(child.kind is Kind.OBJECT for child in holding)
    names = [document.name(child) for child in holding]
    return node.kind is Kind.ELEMENT and len(names) > len(set(names))


def span(document: Document, node: Node) -> tuple[int, int]:
    """Which children of a list are its rows, from the first, up to but without the last.

    In an answer of SOAP the results stand among others, such as its status, which are no rows where they come before
    or after all results.
    """
    count = document.count(node)
    if node.kind is not Kind.ELEMENT:
        return 0, count
    edges = document.children(node, 0, EDGE) + document.children(node, max(EDGE, count - EDGE), EDGE)
    names = Counter(document.name(child) for child in edges if child.kind.holds)
    places = [child.place for child in edges if child.kind.holds and names[document.name(child)] > 1]
    return (places[0], places[-1] + 1) if places else (0, count)


def columns(document: Document, rows: Iterator[Node], most: int = MOST_COLUMNS) -> list[str]:
    """The names of what is in rows, in the order in which they come up; one more than `most` where there are more."""
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(cells(document, row, most + 1)))
        if len(names) > most:
            break
    return list(names)[: most + 1]


def cells(document: Document, row: Node, most: int = MOST_COLUMNS) -> dict[str, Node]:
    """The first values in a row by name; of a name that occurs again the later ones are numbered."""
    if not row.kind.holds:
        return {VALUE: row}
    found: dict[str, Node] = {}
    for child in document.children(row, 0, most):
        name = document.name(child) or (f"[{child.place}]" if row.kind is Kind.ARRAY else "#text")
        number = 2
        unique = name
        while unique in found:
            unique, number = f"{name} ({number})", number + 1
        found[unique] = child
    return found


def cell_text(document: Document, node: Node, most: int | None = None) -> str:
    """A value as a cell: texts without quotes, all else as received."""
    if node.kind in (Kind.STRING, Kind.TEXT, Kind.ATTRIBUTE):
        return document.text(node, most)
    end = node.end if most is None else min(node.end, node.start + most)
    return document.data[node.start : end].decode("utf-8", "replace")


def sample(document: Document, node: Node) -> list[str]:
    """The columns of a list as its first rows have them."""
    first, last = span(document, node)
    near = takewhile(
        lambda row: row.start - node.start < SAMPLE_BYTES or row.place == first,
        document.walk(node, first, last - first),
    )
    return columns(document, islice(near, SAMPLE))


def export(ctx: JobContext, opened: OpenBody, node: Node, path: Path) -> int:
    """Write a list as CSV (UTF-8 with BOM) and return the number of rows; only a whole one takes the file's place."""
    if opened.document is None:
        raise ConsoleError("There is nothing to export.")
    first, last = span(opened.document, node)
    total = last - first

    def heard(rows: object) -> None:
        ctx.check()
        if isinstance(rows, int):
            ctx.report(Progress(rows, total, f"{rows:,} rows"))

    large = len(opened.data) > IN_THREAD
    source: Path | bytes = opened.body.spill.path if opened.body.spill is not None else bytes(opened.data)
    try:
        made = Spill()  # so that nothing is left beside the file where the process is ended in the middle
        if large:
            written = aside(ctx, write, source, opened.document.outline, node, made.path, heard=heard)
        else:
            written = write(heard, source, opened.document.outline, node, made.path)
        with paths.atomic_write(path) as file, made.path.open("rb") as copied:
            shutil.copyfileobj(copied, file)
    except OSError as error:
        raise ConsoleError(
            f"{path} could not be written: {error.strerror or error}.", advice="Choose another place."
        ) from None
    return written


def write(tell: Tell, source: Path | bytes, outline: Outline, node: Node, path: Path) -> int:
    """Write a list as CSV; runs in a process of its own for a large body."""
    document = Document(source if isinstance(source, bytes) else mapped(source), outline)
    first, last = span(document, node)
    names = columns(document, document.walk(node, first, last - first), MOST_IN_FILE)
    if len(names) > MOST_IN_FILE:
        raise ConsoleError(
            f"The list has more than {MOST_IN_FILE:,} columns; no file was written.",
            advice="Filter by a path to a list with fewer names, and export that.",
        )
    written = 0
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        out = csv.writer(file)
        out.writerow(names)
        for row in document.walk(node, first, last - first):
            found = cells(document, row, MOST_IN_FILE)
            out.writerow([cell_text(document, found[name]) if name in found else "" for name in names])
            written += 1
            if written % 1000 == 0:
                tell(written)
    return written
