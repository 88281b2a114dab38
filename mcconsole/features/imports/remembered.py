"""Mappings that were used before, offered again for the same header and data extension."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mcconsole.core import clock, mapping, paths
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.mapping import Mapping

SCHEMA_VERSION = 1
KEPT = 200
"""Mappings kept; the one that was not used for the longest time goes first."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A mapping and when it was last used (ISO 8601, UTC)."""

    used: str
    mapping: Mapping


def recall(de_key: str, headers: Sequence[str]) -> Remembered | None:
    """The mapping last used for this header, in any order, and this data extension. BadInput when damaged."""
    wanted = _name(de_key, headers)
    entry = next((entry for entry in _read() if entry["name"] == wanted), None)
    if entry is None:
        return None
    return Remembered(str(entry["used"]), mapping.parse(entry["mapping"], str(_path())))


def remember(de_key: str, headers: Sequence[str], used: Mapping) -> None:
    """Keep a mapping as the last one used. ConsoleError when it cannot be written."""
    name = _name(de_key, headers)
    entry: dict[str, object] = {"name": name, "used": clock.now().isoformat(), "mapping": as_json(used)}
    try:
        before = [other for other in _read() if other["name"] != name]
    except BadInput:
        before = []
    kept = {"schema_version": SCHEMA_VERSION, "mappings": [entry, *before][:KEPT]}
    try:
        with paths.atomic_write(_path()) as file:
            file.write(json.dumps(kept, ensure_ascii=False, indent=1).encode())
    except OSError as error:
        raise ConsoleError(f"The mapping could not be remembered: {error.strerror or error}.") from None


def as_json(used: Mapping) -> dict[str, object]:
    """The contract's JSON object."""
    return {
        "columns": used.columns,
        "constants": used.constants,
        "dates": {name: asdict(rule) for name, rule in used.dates.items()},
        "decimals": used.decimals,
        "empty": {name: empty.value for name, empty in used.empty.items()},
    }


def _name(de_key: str, headers: Sequence[str]) -> list[object]:
    return [de_key, sorted(headers)]


def _path() -> Path:
    return paths.home() / "mappings.json"


def _read() -> list[dict[str, object]]:
    path = _path()
    try:
        kept = json.loads(path.read_bytes())
        if kept["schema_version"] > SCHEMA_VERSION:
            raise BadInput("the remembered mappings were written by a newer mcconsole.", path=path)
        return [entry for entry in kept["mappings"] if {"name", "used", "mapping"} <= set(entry)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"the remembered mappings cannot be read: {error}.", path=path) from None
