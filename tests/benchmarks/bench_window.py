"""Import a generated CSV in the window while a 5 ms timer measures how long the event loop is away.

    python -m tests.benchmarks.bench_window [ROWS=1000000] [--columns 12]

Prints one JSON object: rows a second, gaps of the event loop in milliseconds (p50, p99, longest) while checking and
while running, and memory in MB: of the window's process before and at the most, of the reader process at the most.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TICK = 5
"""Milliseconds between two ticks of the timer."""
LOOK = 50
"""Milliseconds between two looks whether a step has ended."""
LIMIT = 3600.0


class Pulse:
    """Notes the time between ticks of a timer in the event loop."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now

    def take(self) -> dict[str, float]:
        """The gaps since the last call."""
        gaps, self.gaps = sorted(self.gaps), []
        if not gaps:
            return {}
        return {
            "ticks": len(gaps),
            "p50_ms": round(gaps[len(gaps) // 2], 1),
            "p99_ms": round(gaps[int(len(gaps) * 0.99)], 1),
            "max_ms": round(gaps[-1], 1),
        }


def write(path: Path, rows: int, columns: int) -> None:
    """A file for the data extension “Twelve texts”."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(["Id", *(f"Column{n}" for n in range(2, columns + 1))]) + "\r\n")
        rest = ",".join(f"value {n}" for n in range(2, columns + 1))
        for number in range(rows):
            file.write(f"K{number:08},{rest}\r\n")


def memory() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


def peak(whose: int) -> float:
    """The most resident memory so far in MB; not sampled meanwhile, as that would hold up the event loop."""
    return round(resource.getrusage(whose).ru_maxrss / 1e3, 1)


def measure(rows: int, columns: int) -> dict[str, object]:
    """Import one file and return the figures."""
    from PySide6.QtCore import QEventLoop, QTimer

    from mcconsole import app
    from mcconsole.features.imports.tab import CHECK, MAP, RESULT, RUN, TARGET, ImportsTab

    folder = Path(tempfile.mkdtemp(prefix="bench-window-"))
    path = folder / "rows.csv"
    write(path, rows, columns)
    program = app.Program(sandbox=True, remember=False)
    program.connector.reload()
    window = program.window
    window.show()
    window.show_tab("imports")
    tab = window.tab("imports")
    assert isinstance(tab, ImportsTab)

    def wait(condition: Callable[[], bool]) -> None:
        loop, looking, end = QEventLoop(), QTimer(), time.monotonic() + LIMIT

        def look() -> None:
            if condition():
                loop.exit(0)
            elif time.monotonic() > end:
                loop.exit(1)

        looking.timeout.connect(look)
        looking.start(LOOK)
        if loop.exec():  # as in the window's life: it does not come back to Python for every event
            raise TimeoutError(condition)

    def idle() -> bool:
        return not program.state.runner.running()

    def step(number: int) -> None:
        tab.run()
        wait(idle)
        assert tab.current == number, (tab.current, number, tab.why.text())

    program.begin_sandbox()
    wait(lambda: program.state.connection is not None and idle())
    window.open_file(path)
    wait(idle)
    step(TARGET)
    tab.target._select("twelve-texts")
    wait(lambda: tab.draft.schema is not None and idle())
    step(MAP)
    before = memory()
    pulse = Pulse()
    started = time.monotonic()
    step(CHECK)
    checked = time.monotonic() - started
    checking = pulse.take()
    step(RUN)
    pulse.take()
    started = time.monotonic()
    step(RESULT)
    ran = time.monotonic() - started
    running = pulse.take()
    result = tab.draft.result
    assert result is not None
    figures = {
        "rows": rows,
        "landed": result.rows_succeeded,
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "check": {"seconds": round(checked, 1), "rows_per_second": round(rows / checked), **checking},
        "run": {"seconds": round(ran, 1), "rows_per_second": round(rows / ran), **running},
        "window_mb": {"before": before, "most": peak(resource.RUSAGE_SELF)},
        "reader_mb_most": peak(resource.RUSAGE_CHILDREN),
    }
    window.close()
    wait(idle)
    program.finish()
    path.unlink()
    folder.rmdir()
    return figures


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=12)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="bench-home-") as home:
        os.environ["MCCONSOLE_HOME"] = home
        print(json.dumps(measure(arguments.rows, arguments.columns)))


if __name__ == "__main__":
    main()
