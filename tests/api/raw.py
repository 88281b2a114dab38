"""A tenant made of raw bytes, for answers that no well-behaved server gives."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core.tenant import Credentials, Tenant

SECRET = "raw-client-s3cret"
Script = bytes | Callable[[socket.socket], None]


@dataclass
class Seen:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Raw:
    """Answers each request with the next script, tokens by itself. Every answer closes its connection."""

    listener: socket.socket
    tls: ssl.SSLContext | None = None
    scripts: list[Script] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    token_scripts: list[Script] = field(default_factory=list)
    tokens: int = 0
    life: float = 1079
    scope: str = "data_extensions_read"
    instance_url: str = ""

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.listener.getsockname()[1]}/"

    def token(self) -> bytes:
        self.tokens += 1
        base = self.instance_url or self.url
        return answer(
            {
                "access_token": f"raw-token-number-{self.tokens}",
                "token_type": "Bearer",
                "expires_in": self.life,
                "scope": self.scope,
                "rest_instance_url": base,
                "soap_instance_url": base,
            }
        )

    def stop(self) -> None:
        """Take no more connections: they are refused from now on."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, ValueError):
                if self.tls is not None:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                self.one(connection)
            connection.close()

    def one(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with connection.makefile("rb") as stream:
            line = stream.readline().decode()
            if not line:
                return
            method, target, _ = line.split(" ", 2)
            headers = {}
            while (line := stream.readline().decode().strip()) != "":
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", 0)))
        script: Script
        if target == "/v2/token":
            script = self.token_scripts.pop(0) if self.token_scripts else self.token()
        else:
            self.seen.append(Seen(method, target, headers, body))
            script = self.scripts.pop(0) if self.scripts else answer({"errorcode": 1, "message": "no script"}, 418)
        if isinstance(script, bytes):
            connection.sendall(script)
        else:
            script(connection)


def answer(body: object = None, status: int = 200, *headers: str, content_type: str = "application/json") -> bytes:
    """A whole answer; a body that is not bytes goes out as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Because",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(content)}",
        "Connection: close",
        "Date: Mon, 23 Nov 2026 21:00:00 GMT",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


def reset(connection: socket.socket) -> None:
    """Cut the connection hard, after the request was read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def silence(connection: socket.socket) -> None:
    """Say nothing until the other side gives up."""
    connection.recv(1)


FAST = Limits(attempts=3, base=0.001, longest=0.002)


@pytest.fixture
def raw() -> Iterator[Raw]:
    """A raw tenant on this machine."""
    with serving() as tenant:
        yield tenant


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    tenant = Raw(socket.create_server(("127.0.0.1", 0)), tls)
    thread = threading.Thread(target=tenant.serve, name="raw tenant")
    thread.start()
    try:
        yield tenant
    finally:
        tenant.stop()
        thread.join(15)


def connect(tenant: Raw, **named: Any) -> Client:
    """A client of a raw tenant that does not wait long."""
    credentials = Credentials(Tenant.from_text(tenant.url), "raw-client", SECRET)
    named.setdefault("limits", FAST)
    return Client(credentials, jitter=lambda: 0.0, **named)


@pytest.fixture
def client(raw: Raw) -> Iterator[Client]:
    """A client of the raw tenant."""
    made = connect(raw)
    yield made
    made.close()
