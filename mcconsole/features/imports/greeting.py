"""What waits since the last time: an import that was cut."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from mcconsole.core.jobs import JobContext
from mcconsole.features.imports import history
from mcconsole.features.imports.history import Entry
from mcconsole.features.imports.report import State
from mcconsole.ui.state import AppState

INTERRUPTED = "imports.interrupted"


def greet(state: AppState) -> None:
    """Look for imports that were cut, and tell of the newest."""
    state.runner.start(
        _list,
        key=INTERRUPTED,
        label=QCoreApplication.translate("Imports", "Looking for imports that were interrupted"),
        on_result=partial(_tell, state),
        on_error=partial(state.show_error, key=INTERRUPTED),
    )


def _list(_: JobContext) -> list[Entry]:
    return [entry for entry in history.listed() if entry.result.state is State.INTERRUPTED]


def _tell(state: AppState, interrupted: Sequence[Entry]) -> None:
    if not interrupted:
        return
    newest, more = interrupted[0], len(interrupted) - 1
    tr = partial(QCoreApplication.translate, "Imports")
    text = tr("The import of {} into {} was interrupted: {} of {} rows landed.").format(
        Path(newest.file).name, newest.name, f"{newest.result.rows_succeeded:,}", f"{newest.result.rows_read:,}"
    )
    others = ("", tr(" There is one more."), tr(" There are {} more.").format(f"{more:,}"))[min(more, 2)]
    state.messages.warning(
        text + others,
        advice=tr("Going on loses nothing and repeats nothing that could be doubled."),
        actions=((tr("Show it"), partial(state.show_runs, "imports")),),
        key=INTERRUPTED,
    )
