"""Other messages of a definition to the same subscriber: a tracking event does not tell which of them it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from mcconsole.core import clock
from mcconsole.core.runs import Runs
from mcconsole.features.sends.follow import Fired, Outcome, Rivals

KEPT_IN_MIND = timedelta(days=3)
"""A message without a known end may still go out so long after it was sent."""
JUST_BEFORE = timedelta(seconds=60)


def find(runs: Runs, run_id: str, about: Mapping[str, object], fired: Sequence[Fired]) -> dict[int, Rivals]:
    """The rivals of messages of a run, by their numbers; `about` are definition, tenant and business unit."""
    by_key: dict[str, list[Fired]] = defaultdict(list)
    for one in fired:
        by_key[one.subscriber_key.casefold()].append(one)
    found: dict[int, Rivals] = {}
    for journal in runs.recent(KEPT_IN_MIND):
        noted = journal.about()
        if any(noted.get(name) != value for name, value in about.items()):
            continue
        own = journal.folder.name == run_id
        finished = None if own else clock.moment(noted.get("finished"))
        for row, key, verdict in journal.left():
            for one in by_key.get(key.casefold(), ()):
                if not (own and row == one.id):
                    found[one.id] = _with(found.get(one.id, Rivals()), verdict, finished, one.left)
    return found


def _with(known: Rivals, verdict: str, finished: datetime | None, left: datetime | None) -> Rivals:
    if finished is None or left is None or finished > left or verdict not in (Outcome.SENT, Outcome.NOT_SENT):
        return Rivals(open=True)
    return known if finished < left - JUST_BEFORE else Rivals(known.open, known.ended | {verdict})
