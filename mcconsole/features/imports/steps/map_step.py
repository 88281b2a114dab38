"""Map: which column goes into which field, and how its cells are read."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout

from mcconsole.core.jobs import JobContext
from mcconsole.core.mapping import Mapping
from mcconsole.core.matching import Matching
from mcconsole.features.imports import remembered
from mcconsole.features.imports.draft import Draft
from mcconsole.features.imports.remembered import Remembered
from mcconsole.features.imports.steps.file_step import about_rows, count_rows
from mcconsole.features.imports.steps.step import Action, Step
from mcconsole.ui.mapping.pane import MappingPane
from mcconsole.ui.theme import Tone

MAPPING_KEY = "imports.mapping"
RECALL_KEY = "imports.recall"


class MapStep(Step):
    """The mapping table, and the offer of a mapping that was used before."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.tr("Map"))
        self._shown: Matching | None = None
        self.pane = MappingPane(self.state, key=MAPPING_KEY)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pane)
        self.pane.edited.connect(self.draft.mapping_changed)

    def open(self) -> bool:
        """There must be a file and a target."""
        return self.draft.matching is not None

    def enter(self) -> None:
        """Let the keyboard begin at the first field."""
        self.pane.focus_table()

    def look(self) -> None:
        """Show the matching and what is in the way."""
        matching = self.draft.matching
        self.pane.show_matching(matching, self.draft.mode.checks_as)
        self.draft.obstacle = self.pane.obstacle
        if matching is not self._shown:
            self._shown = matching
            if matching is not None:
                self._recall(matching)
        self.looked.emit()

    def action(self) -> Action:
        """Check every row."""
        preview = self.draft.preview
        if self.draft.matching is None or preview is None:
            return Action(self.tr("Check every row"), possible=False)
        rows = (
            count_rows(preview.estimated_rows, self) if preview.complete else about_rows(preview.estimated_rows, self)
        )
        text = self.tr("Check {}").format(rows)
        return Action(text, not self.draft.obstacle, self.draft.obstacle)

    def done(self) -> bool:
        """Whether nothing is in the way."""
        return self.draft.matching is not None and not self.draft.obstacle

    def summary(self) -> str:
        """How many columns are mapped."""
        matching = self.draft.matching
        if matching is None:
            return ""
        mapped = len(matching.columns) - matching.left_out
        return self.tr("{} of {} columns").format(f"{mapped:,}", f"{len(matching.columns):,}")

    def _recall(self, matching: Matching) -> None:
        self._recalled_for = matching
        self.state.runner.start(
            partial(_recall, de_key=matching.schema.key, headers=matching.headers),
            key=RECALL_KEY,
            label=self.tr("Looking for the mapping used before"),
            on_result=self._offer,
            on_error=self.pane.tell,
        )

    def _offer(self, found: Remembered | None) -> None:
        matching = self.draft.matching
        if found is None or matching is None or matching is not self._recalled_for:
            return
        if _same(found.mapping, matching.mapping()):
            return
        self.pane.offer.say(
            Tone.INFO,
            self.tr("A file with this header was imported into {} before, on {}.").format(
                matching.schema.name, found.used[:10]
            ),
            (self.tr("Use that mapping"), partial(self.pane.adopt, found.mapping)),
            (self.tr("No"), partial(self.pane.offer.say, Tone.INFO, "")),
        )


def _same(one: Mapping, other: Mapping) -> bool:
    filled = {header: name for header, name in one.columns.items() if name}
    return filled == {h: n for h, n in other.columns.items() if n} and (
        (one.constants, one.empty, one.decimals, one.dates)
        == (other.constants, other.empty, other.decimals, other.dates)
    )


def _recall(_: JobContext, de_key: str, headers: tuple[str, ...]) -> Remembered | None:
    return remembered.recall(de_key, headers)
