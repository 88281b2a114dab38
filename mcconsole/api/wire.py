"""One request on the wire and what came of it. The only module that touches requests and urllib3."""

from __future__ import annotations

import functools
import io
import logging
import os
import socket
import ssl
import threading
import weakref
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

import requests
import requests.utils
import urllib3
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from mcconsole.api.trouble import Trouble, trouble
from mcconsole.core import redact
from mcconsole.core.jobs import JobContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcconsole.core.tenant import Tenant

logging.getLogger("urllib3.connectionpool").addFilter(redact.mask_log)  # it logs every URL

CONNECT_TIMEOUT = 10.0
ANSWER_CAP = 128 * 1024 * 1024
"""Bytes of an answer, decompressed, after which it is given up."""
_WHOLE_ANSWER = 5
"""An answer may take this many times the operation's timeout from first byte to last."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, secrets and all: never recorded as it is."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float = 60.0
    """Seconds of silence after which it is given up."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. With `trouble` it is not whole: `status` is None when not even that came."""

    status: int | None = None
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: bytes = field(default=b"", repr=False)
    trouble: Trouble | None = None
    seconds_to_first_byte: float | None = None
    seconds: float = 0.0
    timings: tuple[tuple[str, float], ...] = ()
    """Seconds by phase; see `Exchange.timings`."""

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Wire:
    """Sends requests to one tenant, from any number of threads; each has a connection pool of its own."""

    def __init__(self, tenant: Tenant, cap: int = ANSWER_CAP) -> None:
        self._tenant = tenant
        self._cap = cap
        self._local = threading.local()
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._lock = threading.Lock()

    def send(self, request: Request, ctx: JobContext, *, may_stop: bool = False) -> Reply:
        """Send once, without repeat or redirect; every failure is a Reply with `trouble`.

        With `may_stop` a cancel is heeded while the answer comes in.
        """
        session = self._session()
        # Prepared by hand, so that neither cookies nor .netrc nor a session's defaults add anything.
        prepared = requests.Request(request.method, request.url, dict(request.headers), data=request.body).prepare()
        started = perf_counter()
        answer: requests.Response | None = None
        first: float | None = None
        kept = io.BytesIO()  # gives all of it away without a copy
        found: Trouble | None = None
        _sending.begin()
        try:
            answer = session.send(
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=(CONNECT_TIMEOUT, request.timeout),
                proxies=self._proxies(request.url),
                verify=_authorities(),
            )
            first = perf_counter() - started
            if not _sending.left:
                raise RuntimeError("This version of urllib3 does not tell when a request leaves.")
            found = self._receive(answer, kept, started + request.timeout * _WHOLE_ANSWER, ctx if may_stop else None)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            found = trouble(error, request.url, left=_sending.left, timeout=request.timeout)
        finally:
            if answer is not None:
                answer.close()
        return Reply(
            status=answer.status_code if answer is not None else None,
            reason=(answer.reason or "") if answer is not None else "",
            headers=tuple(answer.headers.items()) if answer is not None else (),
            content=kept.getvalue(),
            trouble=found,
            seconds_to_first_byte=first,
            seconds=perf_counter() - started,
            timings=_sending.phases(first, perf_counter() - started),
        )

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for session in list(self._sessions):
                session.close()

    def _receive(
        self, answer: requests.Response, kept: io.BytesIO, until: float, ctx: JobContext | None
    ) -> Trouble | None:
        for chunk in answer.iter_content(64 * 1024):
            kept.write(chunk)
            if kept.tell() > self._cap:
                return Trouble(f"The answer is larger than {self._cap // (1024 * 1024):,} MB and was given up.")
            if perf_counter() > until:
                return Trouble("The answer came too slowly and was given up.")
            if ctx is not None and ctx.cancelled:
                return Trouble("Cancelled while the answer came in.")
        return None

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = _Session()
            session.trust_env = False
            session.adapters.clear()
            # No adapter for plain http unless the tenant is on this machine: nothing can be sent in clear by mistake.
            session.mount("https://", _Adapter())
            if self._tenant.loopback:
                session.mount("http://", _Adapter())
            self._local.session = session
            with self._lock:
                self._sessions.add(session)
        return session

    def _proxies(self, url: str) -> dict[str, str]:
        return {} if self._tenant.loopback else dict(requests.utils.get_environ_proxies(url))


def _authorities() -> bool | str:
    """The system's certificate store, or the file that the usual variables of requests name beside it."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


@functools.cache
def _tls() -> ssl.SSLContext:
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _Session(requests.Session):
    """A session that knows no redirects: requests would otherwise read a redirect's body whole, of any size."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


class _Sending(threading.local):
    """What is known of the request in this thread."""

    left = False
    """Whether it may have begun to leave."""

    def begin(self) -> None:
        """A request begins."""
        self.left = False
        self.started = perf_counter()
        self.moments: dict[str, float] = {}
        """Seconds by phase as far as they are measured."""
        self.sent_at: float | None = None

    def phases(self, first: float | None, whole: float) -> tuple[tuple[str, float], ...]:
        """The phases in order, with waiting and receiving told from the first and the last byte."""
        found = dict(self.moments)
        if self.sent_at is not None and first is not None:
            found["wait"] = max(0.0, self.started + first - self.sent_at)
            found["receive"] = max(0.0, whole - first)
        return tuple((name, found[name]) for name in _PHASES if name in found)


_PHASES = ("dns", "connect", "tls", "send", "wait", "receive")
_sending = _Sending()


class _Measured(HTTPConnection):
    """Measures what urllib3 does between opening a connection and the last byte of the request."""

    def connect(self) -> None:
        """Open the connection; what is not looking up and connecting is TLS (and the proxy, where there is one)."""
        started = perf_counter()
        super().connect()
        opened = sum(_sending.moments.get(name, 0.0) for name in ("dns", "connect"))
        if isinstance(self, HTTPSConnection):
            _sending.moments["tls"] = max(0.0, perf_counter() - started - opened)

    def _new_conn(self) -> socket.socket:
        """Look up the host, then try its addresses in turn, as urllib3 would do in one."""
        started, name = perf_counter(), self._dns_host
        try:
            listed = socket.getaddrinfo(name, self.port, 0, socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise urllib3.exceptions.NameResolutionError(name, self, error) from error
        except UnicodeError:
            return super()._new_conn()  # which says what is wrong in urllib3's own way
        found = perf_counter()
        addresses = list(dict.fromkeys(str(info[4][0]) for info in listed))
        try:
            for address in addresses:
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
                    if address == addresses[-1]:
                        raise
        finally:
            self._dns_host = name
            _sending.moments |= {"dns": found - started, "connect": perf_counter() - found}
        raise AssertionError("a name has an address")

    def request(self, *arguments: Any, **named: Any) -> None:
        """Send the request, its body included."""
        _leave(self)
        started = perf_counter()
        super().request(*arguments, **named)
        _sending.sent_at = perf_counter()
        _sending.moments["send"] = _sending.sent_at - started


class _Http(_Measured):
    pass


class _Https(_Measured, HTTPSConnection):
    pass


def _leave(connection: HTTPConnection) -> None:
    """Mark the moment between connecting (proxy and TLS included) and the first byte of the request."""
    if connection.sock is None:
        connection.connect()
    _sending.left = True


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    """requests' adapter with our connections and the system's certificate store."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=_tls(), **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def proxy_manager_for(self, *arguments: Any, **named: Any) -> urllib3.ProxyManager:
        manager: urllib3.ProxyManager = super().proxy_manager_for(*arguments, ssl_context=_tls(), **named)
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return manager

    def cert_verify(self, conn: Any, url: str, verify: bool | str, cert: Any) -> None:
        """Always verify; requests' own list of authorities is left out, as the system's store is asked."""
        if isinstance(verify, str):
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        else:
            conn.cert_reqs = "CERT_REQUIRED"
