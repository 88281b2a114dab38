"""A ladder of upgrade steps for JSON documents on disk, one step per `schema_version`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcconsole.core.errors import BadInput

Document = dict[str, Any]
Step = Callable[[Document], Document]


class Ladder:
    """The steps that lead an old document to the present version. Version 1 needs none."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    @property
    def version(self) -> int:
        """The version that is written now."""
        return len(self.steps) + 1

    def step(self, function: Step) -> Step:
        """Decorate the next step: it takes a document of the version before and returns one of its own."""
        self.steps.append(function)
        return function

    def upgrade(self, document: object) -> Document:
        """A document of the present version.

        ValueError for what is no document of ours; BadInput when a newer console wrote it.
        """
        if not isinstance(document, dict):
            raise ValueError("not a JSON object")  # noqa: TRY004  (one error for everything that is unreadable)
        found = document.get("schema_version")
        if type(found) is not int or found < 1:
            raise ValueError("no schema_version")
        if found > self.version:
            raise BadInput(
                f"It was written by a newer mcconsole (schema {found}; this one knows {self.version}).",
                advice="Install the newer version again, or move the file away.",
            )
        for step in self.steps[found - 1 :]:
            document = step(document)
        document["schema_version"] = self.version
        return document
