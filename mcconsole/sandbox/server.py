"""The tenant's process: listens, says when it is ready, and ends cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import orjson
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from mcconsole.sandbox import demo
from mcconsole.sandbox.app import ABORT, CLOSE, Application
from mcconsole.sandbox.arguments import Options
from mcconsole.sandbox.entry_work import EntryWorker
from mcconsole.sandbox.jobs import RowWorker
from mcconsole.sandbox.send_work import SendWorker
from mcconsole.sandbox.tenant import Tenant

THREADS = 4
GRACE = 3
"""Seconds that requests in progress get to end when the server is told to."""


def serve(options: Options) -> int:
    """Run a tenant until SIGTERM, Ctrl-C or, with `parent_pipe`, the end of stdin. Returns the exit code.

    Prints one line of JSON on stdout as soon as it answers: auth_url, rest_url, soap_url (all end in `/`), client_id,
    client_secret and account_id.
    """
    if options.behind and sys.platform != "win32":
        os.nice(10)
    with contextlib.ExitStack() as cleanup:
        try:
            listener = _listen(options.host, options.port)
        except OSError as error:
            print(f"mcconsole sandbox: cannot listen on {options.host}:{options.port}: {error}", file=sys.stderr)
            return 2
        cleanup.callback(listener.close)
        folder = options.data
        if folder is None:
            temporary = tempfile.TemporaryDirectory(prefix="mcconsole-sandbox-", ignore_cleanup_errors=True)
            folder = Path(cleanup.enter_context(temporary))
        tenant = Tenant(options, folder)
        cleanup.callback(tenant.store.close)
        executor = cleanup.enter_context(ThreadPoolExecutor(THREADS, "sandbox"))
        worker = RowWorker(tenant)
        cleanup.callback(worker.stop)
        journeys = EntryWorker(tenant)
        cleanup.callback(journeys.stop)
        sends = SendWorker(tenant)
        cleanup.callback(sends.stop)
        config = uvicorn.Config(
            Application(tenant, executor),
            interface="asgi3",
            http=_Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
            timeout_keep_alive=75,
        )
        _Server(config, options, listener).run([listener])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


class _Protocol(H11Protocol):
    """Hands the application the ends of its connection: ASGI has no word for cutting one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does this only for sockets that know their protocol; without it an answer waits some 40 ms (Nagle).
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        application = self.app

        async def with_ends(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT], scope[CLOSE] = functools.partial(_reset, transport), transport.close
            await application(scope, receive, send)

        self.app = with_ends


def _reset(transport: asyncio.Transport) -> None:
    # Without lingering the peer gets a reset; else it would see an ordinary end of the stream.
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    with contextlib.suppress(OSError):  # the peer may have gone
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


class _Server(uvicorn.Server):
    """A server that says when it is ready and whose exit code is 0 when it is told to end."""

    def __init__(self, config: uvicorn.Config, options: Options, listener: socket.socket) -> None:
        super().__init__(config)
        self._options = options
        self._listener = listener

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._options.parent_pipe:
            threading.Thread(target=self._watch_parent, name="sandbox-parent", daemon=True).start()
        host, port = self._listener.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
        ready = {
            "auth_url": url,
            "rest_url": url,
            "soap_url": url,
            "client_id": demo.CLIENT_ID,
            "client_secret": demo.CLIENT_SECRET,
            "account_id": demo.ENTERPRISE,
        }
        print(f"Sandbox tenant {url}, client id {demo.CLIENT_ID}, MID {demo.ENTERPRISE}", file=sys.stderr, flush=True)
        sys.stdout.write(orjson.dumps(ready).decode() + "\n")
        sys.stdout.flush()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that mean the end. The base class would raise them again, and so exit with 143."""
        names = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
        taken = {number: signal.signal(number, self._end) for name in names if (number := getattr(signal, name, None))}
        try:
            yield
        finally:
            for number, before in taken.items():
                signal.signal(number, before)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self.should_exit = True

    def _watch_parent(self) -> None:
        # os.read, because a thread inside sys.stdin's lock makes the interpreter abort when it ends.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        self.should_exit = True
