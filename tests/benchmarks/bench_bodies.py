"""Open bodies in the view while a 5 ms timer measures how long the event loop is away.

    python -m tests.benchmarks.bench_bodies [MB=1,10,100] [--shapes wide,deep,line,xml]

Prints one JSON object a body: milliseconds until its beginning is painted, seconds until the tree covers all of it and
until all is laid out, gaps of the event loop (p50, p99, longest; scrolling included), and memory in MB: of this process
(without the pages of files) before and at the most, and of the child process at the most.
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

from tests.benchmarks.bench_window import Pulse

MB = 1024 * 1024
ROW = {"contactKey": "C-000001", "email": "person@example.com", "values": {"First": "Anna", "Points": 12}, "at": None}


def wide(size: int) -> bytes:
    """An answer with many rows, indented."""
    one = json.dumps(ROW, indent=1).encode() + b",\n"
    return b'{"count": 1, "items": [' + one * (size // len(one)) + b"{}]}"


def line(size: int) -> bytes:
    """The same in one line."""
    one = json.dumps(ROW, separators=(",", ":")).encode() + b","
    return b'{"count":1,"items":[' + one * (size // len(one)) + b"{}]}"


def deep(size: int) -> bytes:
    """Objects 200 levels deep, side by side."""
    one = b'{"level":' * 200 + b"1" + b"}" * 200 + b","
    return b"[" + one * (size // len(one)) + b"{}]"


def xml(size: int) -> bytes:
    """A SOAP answer to Retrieve."""
    one = (
        b'<Results xsi:type="DataExtensionObject"><PartnerKey xsi:nil="true"/><Properties><Property><Name>Id</Name>'
        b"<Value>C-000001</Value></Property></Properties></Results>"
    )
    head = b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    return head + one * (size // len(one)) + b"</soap:Body></soap:Envelope>"


SHAPES: dict[str, Callable[[int], bytes]] = {"wide": wide, "deep": deep, "line": line, "xml": xml}


def memory() -> float:
    """Resident memory of this process in MB without the pages of files, which the system takes back at will."""
    status = Path("/proc/self/status").read_text()
    return round(int(status.partition("RssAnon:")[2].split()[0]) / 1024, 1)


def measure(shape: str, megabytes: int) -> dict[str, object]:
    """Open one body and return the figures."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    from mcconsole.core.exchange import ANSWER_LIMIT, Body
    from mcconsole.core.spill import Spill
    from mcconsole.features.responses.body_view import PRETTY, TREE, BodyView
    from mcconsole.ui.tasks import TaskRunner

    spill = Spill()
    size = spill.path.write_bytes(SHAPES[shape](megabytes * MB))
    with spill.path.open("rb") as file:
        body = Body(file.read(ANSWER_LIMIT), size, "", "application/json", spill)
    runner = TaskRunner()
    view = BodyView(runner, "Answer")
    view.resize(900, 700)
    view.show()
    highest = 0.0

    def live(seconds: float) -> None:
        nonlocal highest
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
            highest = max(highest, memory())

    live(0.3)
    before = memory()
    pulse = Pulse()
    live(0.05)
    pulse.take()
    started = time.perf_counter()
    view.show_body(body)
    view.repaint()
    painted = time.perf_counter() - started
    outlined = None
    step = 0
    while not view.opened.complete:
        live(0.02)
        document = view.opened.document
        if outlined is None and document is not None and document.outline.whole:
            outlined = time.perf_counter() - started
        if step % 10 == 0:
            view.layouts.setCurrentIndex((TREE, PRETTY)[step // 10 % 2])
            bar = view.pretty.verticalScrollBar()
            bar.setValue(bar.maximum() * (step % 7) // 7)
        step += 1
    whole = time.perf_counter() - started
    for place in range(20):
        bar = view.pretty.verticalScrollBar()
        bar.setValue(bar.maximum() * place // 20)
        live(0.02)
    gaps = pulse.take()
    runner.close()
    figures = {
        "shape": shape,
        "mb": megabytes,
        "first_paint_ms": round(painted * 1000, 1),
        "tree_s": round(outlined or whole, 2),
        "whole_s": round(whole, 2),
        "lines": view.pretty.lines.count,
        "gaps": gaps,
        "window_mb": {"before": before, "most": highest},
        "child_mb_most": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
    }
    view.deleteLater()
    return figures


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mb", nargs="?", default="1,10,100")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="bench-home-") as home:
        os.environ["MCCONSOLE_HOME"] = home
        from PySide6.QtWidgets import QApplication

        application = QApplication([])
        for megabytes in arguments.mb.split(","):
            for shape in arguments.shapes.split(","):
                print(json.dumps(measure(shape, int(megabytes))), flush=True)
        application.processEvents()


if __name__ == "__main__":
    main()
