"""What waits since the last time: a run that was cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from mcconsole.core.jobs import JobContext
from mcconsole.features.journeys import many
from mcconsole.ui.state import AppState

UNFINISHED = "journeys.many.unfinished"


def greet(state: AppState) -> None:
    """Look for runs that were not finished, and tell of the newest."""
    state.runner.start(
        _list,
        key=UNFINISHED,
        label=QCoreApplication.translate("Journeys", "Looking for runs that were not finished"),
        on_result=partial(_tell, state),
        on_error=partial(state.show_error, key=UNFINISHED),
    )


def _list(_: JobContext) -> list[dict[str, object]]:
    return [one for one in many.listed() if one["state"] == "unfinished"]


def _tell(state: AppState, unfinished: Sequence[Mapping[str, object]]) -> None:
    if not unfinished:
        return
    newest, more = unfinished[0], len(unfinished) - 1
    tr = partial(QCoreApplication.translate, "Journeys")
    text = tr("A run of {} contacts was not finished: {}.").format(
        f"{newest['contacts']:,}", Path(str(newest["file"])).name
    )
    state.messages.warning(
        text + (tr(" There are {} more.").format(f"{more:,}") if more else ""),
        advice=tr("Going on fires nothing twice: what may have left already is only looked for."),
        actions=((tr("Show it"), partial(state.show_runs, "journeys")),),
        key=UNFINISHED,
    )
