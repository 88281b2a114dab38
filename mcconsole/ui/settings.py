"""What the window remembers: one JSON file, written atomically."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from mcconsole.core.paths import atomic_write

SCHEMA_VERSION = 1
RECENT_LIMIT = 10

log = logging.getLogger(__name__)


class Settings:
    """Named JSON values. Never a secret: those live in the keychain."""

    def __init__(self, path: Path | None) -> None:
        """Read `path`; None keeps everything in memory (tests). A damaged file is set aside, as it is only comfort."""
        self._path = path
        self._values: dict[str, object] = {}
        if path is not None and path.exists():
            try:
                self._values = _read(path)
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("The settings were set aside (%s): %s", path, error)
                path.replace(path.with_suffix(".damaged.json"))

    def get(self, name: str, default: object = None) -> object:
        """The value, or the default."""
        return self._values.get(name, default)

    def text(self, name: str, default: str = "") -> str:
        """The value where it is a string, else the default."""
        value = self._values.get(name)
        return value if isinstance(value, str) else default

    def texts(self, name: str) -> list[str]:
        """The value where it is a list of strings, else an empty list."""
        value = self._values.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def set(self, **values: object) -> None:
        """Change values (JSON only) and write them all."""
        if all(name in self._values and self._values[name] == value for name, value in values.items()):
            return
        self._values.update(values)
        if self._path is not None:
            with atomic_write(self._path) as file:
                kept = {"schema_version": SCHEMA_VERSION, "values": self._values}
                file.write(json.dumps(kept, ensure_ascii=False, indent=1).encode())

    def add_recent(self, name: str, entry: str) -> None:
        """Put `entry` in front of the list `name`, once."""
        self.set(**{name: [entry, *(other for other in self.texts(name) if other != entry)][:RECENT_LIMIT]})


def _read(path: Path) -> dict[str, object]:
    kept = json.loads(path.read_text("utf-8"))
    if kept["schema_version"] > SCHEMA_VERSION:
        raise ValueError("written by a newer mcconsole")
    return dict(kept["values"])
