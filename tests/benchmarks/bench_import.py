"""`mcconsole import` as a whole command against a loopback server, as ratios to two baselines of the same run.

Ours, with checks and journal, by `--invalid skip` and `refuse`; L and D are those of `bare_import`. For each latency of
the server, median of three. Peak memory is that of the command and its processes together (Linux only: /proc).

    python -m tests.benchmarks.bench_import [ROWS=1000000] [--latency 0 50 200] [--runs 3] [--memory ROWS …]
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.bench_read import COLUMNS, write

HEADERS = [f"Column {number}" for number in range(COLUMNS)]
Command = list[str]


@contextlib.contextmanager
def serving(latency: float) -> Iterator[int]:
    """A loopback server in a process of its own; its port."""
    command = [sys.executable, "-m", "tests.benchmarks.loopback", str(latency), *HEADERS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()


def bare(which: str, path: Path, port: int) -> Command:
    """One of the baselines."""
    return [sys.executable, "-m", "tests.benchmarks.bare_import", which, str(path), str(port)]


def ours(path: Path, invalid: str) -> Command:
    """The command that is measured."""
    options = ["--de", "bench", "--invalid", invalid, "--route", "async", "--json"]
    return [sys.executable, "-m", "mcconsole", "import", str(path), *options]


def environment(home: str, port: int) -> dict[str, str]:
    """What leads the command to the server."""
    return os.environ | {
        "MCCONSOLE_HOME": home,
        "MCCONSOLE_AUTH_URL": f"http://127.0.0.1:{port}/",
        "MCCONSOLE_CLIENT_ID": "bench",
        "MCCONSOLE_CLIENT_SECRET": "bench-secret-of-nobody",
        "MCCONSOLE_ACCOUNT_ID": "1",
    }


def seconds(command: Command, port: int, rows: int) -> float:
    """How long a command takes; what it says of itself must be right."""
    with tempfile.TemporaryDirectory(prefix="bench-home-") as home:
        started = time.perf_counter()
        done = subprocess.run(command, env=environment(home, port), capture_output=True, text=True, check=False)
        taken = time.perf_counter() - started
    if done.returncode or ("mcconsole" in command and _landed(done.stdout) != rows):
        raise RuntimeError(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return taken


def _landed(stdout: str) -> int:
    return int(json.loads(stdout.splitlines()[-1])["rows_succeeded"])


def peak_memory(command: Command, port: int, rows: int) -> float:
    """MB that the command and its processes take together at the most (proportional set size)."""
    most = 0.0
    with tempfile.TemporaryDirectory(prefix="bench-home-") as home, tempfile.TemporaryFile("w+") as told:
        with subprocess.Popen(command, env=environment(home, port), stdout=told, stderr=subprocess.DEVNULL) as process:
            ended = threading.Event()
            while process.poll() is None:
                most = max(most, sum(map(_proportional, _family(process.pid))))
                ended.wait(0.05)
        told.seek(0)
        if process.returncode or _landed(told.read()) != rows:
            raise RuntimeError(f"{command}: {process.returncode}")
    return most


def _family(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
        return [pid, *(one for child in children for one in _family(child))]
    return []


def _proportional(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def speed(folder: Path, rows: int, latencies: list[int], runs: int) -> None:
    """Print seconds and ratios for each latency."""
    path = folder / "rows.csv"
    write(path, rows, csv.QUOTE_MINIMAL)
    print(f"{rows:,} rows × {COLUMNS} columns, {path.stat().st_size / 1e6:,.0f} MB, median of {runs}")
    for latency in latencies:
        with serving(latency / 1000) as port:
            commands = {
                "L": bare("L", path, port),
                "D": bare("D", path, port),
                "skip": ours(path, "skip"),
                "refuse": ours(path, "refuse"),
            }
            times: dict[str, list[float]] = {name: [] for name in commands}
            for _ in range(runs):
                for name, command in commands.items():
                    times[name].append(seconds(command, port, rows))
        print(f"{latency} ms, load {os.getloadavg()[0]:.1f}")
        middle = {name: statistics.median(listed) for name, listed in times.items()}
        for name, listed in times.items():
            spread = f"{min(listed):.2f} to {max(listed):.2f} s"
            ratios = f"{middle['L'] / middle[name]:5.2f} × L {middle['D'] / middle[name]:5.2f} × D"
            print(f"  {name:8} {middle[name]:7.2f} s  {ratios}  ({spread})")


def memory(folder: Path, sizes: list[int]) -> None:
    """Print peak memory for each number of rows."""
    for rows in sizes:
        path = folder / f"{rows}.csv"
        write(path, rows, csv.QUOTE_MINIMAL)
        with serving(0.0) as port:
            print(f"{rows:>12,} rows: {peak_memory(ours(path, 'skip'), port, rows):6.1f} MB at the most", flush=True)
        path.unlink()


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--latency", nargs="*", type=int, default=[0, 50, 200], help="milliseconds")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", nargs="*", type=int, default=[], help="numbers of rows to take peak memory at")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        if arguments.latency:
            speed(Path(folder), arguments.rows, arguments.latency, arguments.runs)
        memory(Path(folder), arguments.memory)


if __name__ == "__main__":
    main()
