"""A tenant for measuring: it drains requests and answers at once, after `latency` seconds, from a process of its own.

It speaks just enough for an import (token, schema by SOAP, async rows, status) and keeps nothing but a count of bytes.

Run: python -m tests.benchmarks.loopback LATENCY COLUMN…   (prints its port; ends with its stdin)
"""

from __future__ import annotations

import itertools
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

_ROOM = 1024 * 1024


class Loopback:
    """Answers by path; one thread a connection."""

    def __init__(self, latency: float, columns: Sequence[str]) -> None:
        self._latency = latency
        self._columns = columns
        self._ids = itertools.count(1)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Take connections until the process ends."""
        while True:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        room = memoryview(bytearray(_ROOM))
        with connection:
            for line, body in _requests(connection, room):
                status, kind, content = self._answer(line, body)
                if self._latency:
                    time.sleep(self._latency)
                head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
                connection.sendall(head.encode() + content)

    def _answer(self, line: str, body: bytes) -> tuple[int, str, bytes]:
        method, path, _ = line.split(" ")
        url = f"http://127.0.0.1:{self.port}/"
        if path == "/v2/token":
            return _json(
                200,
                {
                    "access_token": "loopback-token",
                    "token_type": "Bearer",
                    "expires_in": 1079,
                    "scope": "data_extensions_read data_extensions_write",
                    "rest_instance_url": url,
                    "soap_instance_url": url,
                },
            )
        if path == "/Service.asmx":
            return 200, "text/xml", self._soap(body)
        if path.startswith("/data/v1/async/dataextensions/") and path.endswith("/rows"):
            return _json(202, {"requestId": f"request-{next(self._ids)}", "resultMessages": []})
        if path.endswith("/status") and method == "GET":
            state = {"requestStatus": "Complete", "resultStatus": "OK", "hasErrors": False}
            return _json(200, {"status": state, "requestId": path.split("/")[-2], "resultMessages": []})
        return _json(404, {"message": "Not Found", "errorcode": 404})

    def _soap(self, body: bytes) -> bytes:
        if b">DataExtensionField<" in body:
            results = "".join(
                f'<Results xsi:type="DataExtensionField"><Name>{escape(name)}</Name><FieldType>Text</FieldType>'
                f"<MaxLength>100</MaxLength><IsRequired>false</IsRequired><Ordinal>{at}</Ordinal>"
                f"<IsPrimaryKey>{'false' if at else 'true'}</IsPrimaryKey></Results>"
                for at, name in enumerate(self._columns)
            )
        else:
            results = (
                '<Results xsi:type="DataExtension"><ObjectID>1</ObjectID><CustomerKey>bench</CustomerKey>'
                "<Name>bench</Name></Results>"
            )
        return (
            '<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>'
            '<RetrieveResponseMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><OverallStatus>OK</OverallStatus>'
            f"<RequestID>1</RequestID>{results}</RetrieveResponseMsg></soap:Body></soap:Envelope>"
        ).encode()


def _requests(connection: socket.socket, room: memoryview) -> Iterator[tuple[str, bytes]]:
    """(request line, body) of each request; of a long body only the beginning is kept."""
    pending = b""
    while True:
        while b"\r\n\r\n" not in pending:
            received = connection.recv(65536)
            if not received:
                return
            pending += received
        head, _, pending = pending.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        sizes = [field.partition(":")[2] for field in fields if field.lower().startswith("content-length:")]
        size = int(sizes[0]) if sizes else 0
        body, pending = pending[:size], pending[size:]
        left = size - len(body)
        while left:
            got = connection.recv_into(room, min(left, _ROOM))
            if not got:
                return
            if len(body) < 65536:
                body += bytes(room[:got])
            left -= got
        yield line, body


def _json(status: int, content: object) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(content).encode()


def main() -> None:
    """Serve until stdin ends."""
    server = Loopback(float(sys.argv[1]), sys.argv[2:])
    threading.Thread(target=server.serve, daemon=True).start()
    print(server.port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
