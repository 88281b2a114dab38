"""The tenant as an ASGI application: read the request, find the route, check the token, answer."""

from __future__ import annotations

import asyncio
import functools
import re
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from mcconsole.sandbox import (
    async_rows,
    auth,
    bulk,
    control,
    customobjects,
    event_definitions,
    events,
    interactions,
    membership,
    messaging,
    publishing,
    replies,
    row_reads,
    rows,
    soap,
    transactional,
    transactional_messages,
)
from mcconsole.sandbox.auth import NOBODY, Grant
from mcconsole.sandbox.faults import Fault
from mcconsole.sandbox.journal import Journal
from mcconsole.sandbox.replies import Refusal, Reply, refusal
from mcconsole.sandbox.routing import Call, Route, Router, query_of, segments_of
from mcconsole.sandbox.tenant import Tenant

BODY_LIMIT = 5_900_000
"""Largest request body in bytes (API reference 6: 5.9 MB is practice, unverified)."""
DRAIN_LIMIT = 64_000_000
"""How much of a body that is too large is read and thrown away, so that its sender gets to see the answer."""

ROUTES = (
    *(*auth.ROUTES, *customobjects.ROUTES, *rows.ROUTES, *row_reads.ROUTES, *async_rows.ROUTES),
    *(*bulk.ROUTES, *soap.ROUTES),
    *(*event_definitions.ROUTES, *interactions.ROUTES, *publishing.ROUTES, *events.ROUTES, *membership.ROUTES),
    *(*messaging.ROUTES, *transactional.ROUTES, *transactional_messages.ROUTES),
)
ABORT, CLOSE = "mcconsole.abort", "mcconsole.close"
"""Where the server's protocol puts the functions that end the connection, without and with what is still to be sent."""
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; `body` is None when it was too large."""

    method: str
    path: str
    segments: tuple[str, ...]
    query: bytes
    headers: Headers
    base_url: str
    body: bytes | None

    @property
    def route_path(self) -> str:
        """The path as faults and the journal match it: decoded, with single slashes."""
        return "/" + "/".join(self.segments)

    @property
    def is_control(self) -> bool:
        """Whether it is for the control routes, which no fault and no journal touch."""
        return self.segments[:1] == ("_sandbox",)


class Application:
    """Answers HTTP requests for one tenant; handlers run in `executor`, never on the event loop."""

    def __init__(self, tenant: Tenant, executor: Executor) -> None:
        self._tenant = tenant
        self._executor = executor
        self._controlled = tenant.options.control
        self._router = Router((*ROUTES, *control.ROUTES) if self._controlled else ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = time.monotonic()
        body, arrived = await _read_body(receive)
        if not arrived:
            return
        request = _request(scope, body)
        observed = self._controlled and not request.is_control
        fault = self._tenant.faults.pick(request.method, request.route_path) if observed else None
        reset = self._tenant.resets
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if self._tenant.resets != reset:
            await _hang_up(scope[ABORT], receive)
            return
        reply, grant = await self._carry_out(request, fault)
        if observed:
            journal = self._tenant.journal
            work = (request, reply, grant, fault, started)
            await asyncio.get_running_loop().run_in_executor(self._executor, _note, journal, *work)
        if reply is None or (fault and fault.kind == "reset_after"):
            await _hang_up(scope[ABORT], receive)
        elif fault and fault.kind == "truncate":
            await _send(reply, send, cut=True)
            await _hang_up(scope[CLOSE], receive)
        else:
            await _send(reply, send)

    async def _carry_out(self, request: Request, fault: Fault | None) -> tuple[Reply | None, Grant]:
        if fault and fault.kind == "reset_before":
            return None, NOBODY
        loop, made = asyncio.get_running_loop(), None
        if fault:
            # Not on the loop: an answer of 100 MB takes its time.
            make = functools.partial(fault.reply, is_soap=request.route_path.lower() == soap.PATH)
            made = await loop.run_in_executor(self._executor, make)
        if made and fault and not fault.after:
            return made, NOBODY
        reply, grant = await loop.run_in_executor(self._executor, self._answer, request)
        return made or reply, grant

    def _answer(self, request: Request) -> tuple[Reply, Grant]:
        grant = NOBODY
        try:
            if request.method == "OPTIONS":
                return self._options(request), grant
            found = self._router.find("GET" if request.method == "HEAD" else request.method, request.segments)
            if found is None:
                raise replies.not_found()
            route, parameters = found
            query = query_of(request.query)
            if not route.public:
                grant = self._grant(request, query)
                self._permit(route, request, grant)
            body = self._body(request, route)
            call = Call(
                *(self._tenant, request.base_url, request.method, request.segments, parameters, query),
                *({name.lower(): value for name, value in request.headers.items()}, body, grant),
            )
            return route.handler(call), grant
        except Refusal as refused:
            return refused.reply, grant

    def _options(self, request: Request) -> Reply:
        methods = self._router.methods(request.segments)
        if not methods:
            raise replies.not_found()
        return replies.json({}, headers={"Allow": ", ".join([*methods, "OPTIONS"])})

    def _grant(self, request: Request, query: dict[str, str]) -> Grant:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if "access_token" in query:
            # Documented code for a token outside its header (API reference 7.1); the text is not in the reference.
            raise refusal(401, "The access token must be sent in the Authorization header.", 40004)
        grant = auth.read_token(self._tenant.signing_key, token.strip()) if kind.lower() == "bearer" else None
        if grant is None:
            raise replies.not_authorized()
        return grant

    def _permit(self, route: Route, request: Request, grant: Grant) -> None:
        """Judge the scope before key and body are looked at (API reference 1.5, observed)."""
        if grant.scopes.issuperset(route.scopes):
            return
        if request.segments[0].lower() == "hub" and self._tenant.switches["hub_missing_scope"] == "401":
            raise replies.not_authorized()
        raise replies.not_permitted()

    def _body(self, request: Request, route: Route) -> bytes:
        if request.body is None:
            status = int(self._tenant.switches["oversize"])
            raise refusal(status, "The message body is too large.", 10004)
        kind = request.headers.get("content-type", "").lower()
        if request.body and kind and not route.public and "json" not in kind:
            # Status documented, code and text not (API reference 7.1).
            raise refusal(415, "The content type is not supported.", 10004)
        return request.body


def _note(
    journal: Journal, request: Request, reply: Reply | None, grant: Grant, fault: Fault | None, started: float
) -> None:
    journal.add(
        method=request.method,
        path=request.path,
        route=request.route_path,
        query=request.query,
        headers=request.headers,
        body=request.body,
        status=reply.status if reply else None,
        reply_size=len(reply.body) if reply else 0,
        mid=grant.mid or None,
        client_id=grant.client_id or None,
        fault=fault.kind if fault else None,
        seconds=time.monotonic() - started,
    )


def _request(scope: Scope, body: bytes | None) -> Request:
    headers = Headers(scope=scope)
    raw_path: bytes = scope["raw_path"]
    host = headers.get("host", "")
    if not _HOST.fullmatch(host):
        address, port = scope["server"]
        host = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    return Request(
        method=scope["method"],
        path=raw_path.decode("latin-1"),
        segments=segments_of(raw_path),
        query=scope["query_string"],
        headers=headers,
        base_url=f"{scope['scheme']}://{host}/",
        body=body,
    )


async def _read_body(receive: Receive) -> tuple[bytes | None, bool]:
    """Return the body (None when too large), and whether it came to its end."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return None, False
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= BODY_LIMIT:
            chunks.append(chunk)
        else:
            chunks.clear()
        if size > DRAIN_LIMIT or not message.get("more_body", False):
            return (b"".join(chunks) if size <= BODY_LIMIT else None), True


async def _hang_up(end: Callable[[], None], receive: Receive) -> None:
    end()
    # The server complains about an application that leaves its answer open, unless the connection is gone.
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(reply: Reply, send: Send, *, cut: bool = False) -> None:
    headers = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body)), **reply.headers}
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    body = reply.body[: len(reply.body) // 2] if cut else reply.body
    await send({"type": "http.response.body", "body": body, "more_body": cut})
