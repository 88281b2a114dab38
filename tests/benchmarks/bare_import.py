"""What an import is measured against: rows sent to the loopback server without checks, journal or a look at the end.

L: `csv.reader`, `orjson` and raw sockets, eight connections. D: a loop of `csv.DictReader` and `requests`.

Run: python -m tests.benchmarks.bare_import L|D FILE PORT
"""

from __future__ import annotations

import csv
import queue
import socket
import sys
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

CONNECTIONS = 8
BATCH = 10_000
ROUTE = "/data/v1/async/dataextensions/key:bench/rows"


def limit(path: Path, port: int) -> None:
    """L: as fast as Python can."""
    import orjson

    waiting: queue.Queue[bytes | None] = queue.Queue(CONNECTIONS)

    def post() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (body := waiting.get()) is not None:
                head = f"PUT {ROUTE} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode())
                connection.sendall(body)
                answer = b""
                while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
                    answer += connection.recv(65536)
                if not answer.startswith(b"HTTP/1.1 202"):
                    raise RuntimeError(answer)

    threads = [threading.Thread(target=post) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        names = next(rows)
        while part := list(islice(rows, BATCH)):
            waiting.put(orjson.dumps({"items": [dict(zip(names, row)) for row in part]}))  # noqa: B905
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()


def loop(path: Path, port: int) -> None:
    """D: what one writes in five minutes."""
    import requests

    def parts(rows: Iterator[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
        while part := list(islice(rows, BATCH)):
            yield part

    with path.open(newline="", encoding="utf-8") as file, requests.Session() as session:
        for part in parts(iter(csv.DictReader(file))):
            session.put(f"http://127.0.0.1:{port}{ROUTE}", json={"items": part}).raise_for_status()


if __name__ == "__main__":
    {"L": limit, "D": loop}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
