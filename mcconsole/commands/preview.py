"""`mcconsole preview`: how a CSV file will be read."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mcconsole.commands import Commands
from mcconsole.commands.terminal import error_json, print_json
from mcconsole.core.errors import ConsoleError

if TYPE_CHECKING:
    from mcconsole.core.tables import Preview


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    preview = commands.add_parser("preview", help="show how a CSV file will be read")
    preview.add_argument("file", type=Path, metavar="FILE")
    preview.add_argument("--all", action="store_true", help="every row instead of the first 100")
    preview.add_argument("--json", action="store_true", help="one JSON object on stdout")
    preview.set_defaults(run=run)


def run(namespace: argparse.Namespace) -> int:
    """Print the preview."""
    from mcconsole.core import tables

    preview = tables.preview(namespace.file, limit=None if namespace.all else 100)
    if namespace.json:
        print_json(_as_json(preview))
    else:
        _print(preview)
    return 0


def nothing(error: ConsoleError | None, _: Sequence[str]) -> dict[str, object]:
    """The contract's object for a file that is empty or cannot be read."""
    unknown = dict.fromkeys(("encoding", "delimiter", "quotechar", "escapechar"))
    empty: dict[str, object] = {"has_header": False, "skipped_lines": 0, "tables": 0, "columns": [], "rows": []}
    return {**unknown, **empty, "error": error_json(error)}


def _as_json(preview: Preview) -> dict[str, object]:
    dialect = preview.dialect
    return {
        "encoding": dialect.encoding,
        "delimiter": dialect.delimiter,
        "quotechar": dialect.quotechar,
        "escapechar": dialect.escapechar,
        "has_header": dialect.has_header,
        "skipped_lines": dialect.skipped_lines,
        "tables": preview.tables,
        "columns": preview.columns,
        "rows": preview.rows,
    }


def _print(preview: Preview) -> None:
    for name, value in _as_json(preview).items():
        if name not in ("columns", "rows"):
            print(f"{name.replace('_', ' '):>14}: {value if isinstance(value, (int, bool)) else repr(value)}")
    for warning in preview.warnings:
        print(f"{'note':>14}: {warning}")
    print()
    listed = ([preview.columns] if preview.columns else []) + preview.rows
    for row in listed:
        print(" | ".join(cell if len(cell) <= 40 else cell[:39] + "…" for cell in row))
