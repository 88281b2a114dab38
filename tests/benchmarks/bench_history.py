"""Open, scroll and search a history of a million calls in the window while a 5 ms timer measures the event loop.

    python -m tests.benchmarks.bench_history [CALLS=1000000] [--file history.sqlite]

Prints one JSON object: calls written a second and MB on disk; milliseconds until the first line is shown and until a
search has its first line; and for each part the gaps of the event loop in milliseconds (p50, p99, longest). With
`--file` that history is filled up to the number of calls and kept for the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mcconsole.core import clock
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.history import History, Policy, tables
from tests.benchmarks.bench_window import Pulse, memory

FEATURES = ("imports", "journeys", "sends", "credentials")
IN_A_JOB = 7


def fill(path: Path, calls: int) -> dict[str, float]:
    """Write calls as the console would, without waiting for each."""
    path.touch(mode=0o600)
    db = tables.connect(path)
    tables.prepare(db)
    (there,) = db.execute("SELECT count(*) FROM exchanges").fetchone()
    chance = random.Random(1)
    started = time.perf_counter()
    for start in range(there, calls, 5000):
        with tables.transaction(db):
            for number in range(start, min(calls, start + 5000)):
                tables.add(db, call(number, chance))
    seconds = time.perf_counter() - started
    db.close()
    return {"per_second": round((calls - there) / seconds), "mb": round(path.stat().st_size / 1e6, 1)}


def call(number: int, chance: random.Random) -> Exchange:
    """One of a million."""
    known = f'"contactKey":"C-{number}","email":"person{number}@example.com","status":"ok"'
    sent = f'{{"requestId":"{chance.getrandbits(128):032x}",{known}}}'.encode()
    said = f'{{"requestId":"{chance.getrandbits(128):032x}","resultMessages":[],{known},{known}}}'.encode()
    return replace(
        PATTERN,
        id=number + 1,
        started=PATTERN.started + timedelta(seconds=number),
        url=f"https://mc.rest.marketingcloudapis.com/data/v1/async/dataextensions/key:customers/rows/{number}",
        request=Body(sent, len(sent), "", "application/json"),
        response=Body(said, len(said), "", "application/json"),
        status=200 if number % 50 else 500,
        feature=FEATURES[number // IN_A_JOB % len(FEATURES)],
        job=f"job {number // IN_A_JOB}",
    )


PATTERN = Exchange(
    0,
    clock.now() - timedelta(days=20),
    "PUT",
    "",
    request_headers=(("Authorization", "Bearer ***"), ("Content-Type", "application/json; charset=UTF-8")),
    response_headers=(("Date", "Wed, 04 Mar 2026 09:00:00 GMT"), ("Content-Type", "application/json")),
    seconds=0.2,
    profile="Prod",
    label="Upsert 2,000 rows",
    job_label="Import of customers.csv into Customers",
)


def measure(path: Path, calls: int) -> dict[str, object]:
    """Fill, open, scroll, search."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    from mcconsole.features.responses.tab import ResponsesView
    from mcconsole.ui.settings import Settings
    from mcconsole.ui.state import AppState
    from mcconsole.ui.tasks import TaskRunner

    figures: dict[str, object] = {"calls": calls, "written": fill(path, calls)}
    application = QApplication.instance() or QApplication([])

    def wait(condition: Callable[[], bool]) -> float:
        started = time.perf_counter()
        while not condition():
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
            assert time.perf_counter() - started < 60
        return round((time.perf_counter() - started) * 1000, 1)

    history = History(path, Policy(days=100_000, megabytes=1_000_000))
    state = AppState(TaskRunner(), Settings(None), history)
    warm = ResponsesView(AppState(TaskRunner(), Settings(None)))  # icons and fonts are not what is measured
    warm.show()
    wait(lambda: not warm.model.searching)
    warm.hide()
    pulse = Pulse()
    before = memory()

    def first_line() -> bool:
        return not view.model.searching and view.model.rowCount() > 0 and view.model.line(0) is not None

    started = time.perf_counter()
    view = ResponsesView(state)
    view.resize(1200, 700)
    view.show()
    wait(first_line)
    opened = round((time.perf_counter() - started) * 1000, 1)
    figures["open"] = {"first_line_ms": opened, "lines": view.model.rowCount(), **pulse.take()}
    view.filter.by_job.setChecked(False)
    flat = wait(lambda: not view.model.searching and view.model.rowCount() == calls and first_line())
    figures["ungrouped"] = {"first_line_ms": flat, **pulse.take()}
    bar, chance, shown = view.table.verticalScrollBar(), random.Random(2), []
    for _ in range(60):
        bar.setValue(chance.randrange(bar.maximum()))
        row = view.table.rowAt(10)
        shown.append(wait(lambda row=row: view.model.line(row) is not None))  # type: ignore[misc]
    figures["scroll"] = {"line_ms_p50": sorted(shown)[30], "line_ms_max": max(shown), **pulse.take()}
    # A key that is there once, the beginning of many, two words, a word that stands in every call.
    for text in (f"C-{calls // 2}", "person4", "customers 500", "ok"):
        view.filter.text.setText(text)
        view.filter.changed.emit()
        took = wait(lambda text=text: view.model.query.text == text and first_line())  # type: ignore[misc]
        figures[f"search “{text}”"] = {"first_line_ms": took, "found": view.model.rowCount(), **pulse.take()}
    figures["window_mb"] = {"before": before, "after": memory()}
    wait(lambda: not state.runner.running())
    history.close()
    return figures


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--file", type=Path)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="bench-home-") as home:
        os.environ["MCCONSOLE_HOME"] = home
        print(json.dumps(measure(arguments.file or Path(home) / "history.sqlite", arguments.calls), ensure_ascii=False))


if __name__ == "__main__":
    main()
