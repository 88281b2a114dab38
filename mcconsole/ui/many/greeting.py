"""What waits since the last time: a run that was cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from mcconsole.core.jobs import JobContext
from mcconsole.ui.many.start_page import Listed
from mcconsole.ui.many.words import Words
from mcconsole.ui.state import AppState


def greet(state: AppState, words: Words, listed: Listed) -> None:
    """Look for runs that were not finished, and tell of the newest."""
    state.runner.start(
        partial(_list, listed=listed),
        key=words.unfinished_key,
        label=QCoreApplication.translate("Runs", "Looking for runs that were not finished"),
        on_result=partial(_tell, state, words),
        on_error=partial(state.show_error, key=words.unfinished_key),
    )


def _list(_: JobContext, listed: Listed) -> list[Mapping[str, object]]:
    return [one for one in listed() if one["state"] == "unfinished"]


def _tell(state: AppState, words: Words, unfinished: Sequence[Mapping[str, object]]) -> None:
    if not unfinished:
        return
    newest, more = unfinished[0], len(unfinished) - 1
    tr = partial(QCoreApplication.translate, "Runs")
    people = words.count(int(str(newest[words.counts[0][1]])))
    name = Path(str(newest["file"] or "")).name or str(newest[words.about])
    text = tr("A run of {} was not finished: {}.").format(people, name)
    others = ("", tr(" There is one more."), tr(" There are {} more.").format(f"{more:,}"))[min(more, 2)]
    state.messages.warning(
        text + others,
        advice=words.going_on,
        actions=((tr("Show it"), partial(state.show_runs, words.tab)),),
        key=words.unfinished_key,
    )
