"""The client: every call to a tenant goes through here, is recorded, and is repeated only where that is safe."""

from __future__ import annotations

import json as json_module
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from mcconsole import __version__
from mcconsole.api import tokens, verdict
from mcconsole.api.calls import Call, Shared
from mcconsole.api.exchanges import ExchangeLog, problems
from mcconsole.api.operations import Operation
from mcconsole.api.retry import Limits
from mcconsole.api.throttle import Throttle
from mcconsole.api.tokens import Token, TokenCache
from mcconsole.api.verdict import Verdict
from mcconsole.api.wire import ANSWER_CAP, Reply, Request, Wire
from mcconsole.core import clock, redact
from mcconsole.core.errors import (
    ApiError,
    AuthFailed,
    BadAnswer,
    NotFound,
    NotPermitted,
    NotSent,
    RateLimited,
    Rejected,
)
from mcconsole.core.exchange import Exchange
from mcconsole.core.jobs import JobContext
from mcconsole.core.tenant import Credentials, Tenant

if TYPE_CHECKING:
    from lxml.etree import _Element

    from mcconsole.api.envelope import SoapAnswer

TOKEN = Operation("token", "POST", "/v2/token", host="auth", reads=True, timeout=30.0)
JSON_TYPE = "application/json; charset=UTF-8"
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole REST answer with a status below 300. It may still carry errors; see `exchanges.problems`."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes
    exchange: Exchange
    seconds: float
    twice: bool = False
    """Whether an earlier attempt, whose answer was lost, may have been carried out as well."""

    def json(self) -> object:
        """The parsed body, numbers exact (decimals as Decimal); BadAnswer when it is not JSON."""
        try:
            return verdict.parse_json(self.content)
        except ValueError as error:
            shown = redact.SECRETS.mask(self.content, 80).decode("utf-8", "replace")
            fault = str(error) if isinstance(error, verdict.TooMuch) else "is not JSON"
            raise BadAnswer(
                f"{self.exchange.label}: the answer {fault}.",
                said=shown,
                exchange=self.exchange,
            ) from None

    def object(self) -> Mapping[str, Any]:
        """The parsed body; BadAnswer when it is not a JSON object."""
        found = self.json()
        if not isinstance(found, dict):
            raise BadAnswer(f"{self.exchange.label}: the answer is not a JSON object.", exchange=self.exchange)
        return found

    def refuse(self, found: Mapping[str, Any]) -> None:
        """Raise Rejected when the body carries errors, as some routes' answers below 300 do (2.4 and 3.3)."""
        if listed := problems(found):
            raise Rejected(
                f"{self.exchange.label}: Marketing Cloud did not do it.",
                status=self.status,
                codes=tuple(one.code for one in listed if isinstance(one.code, int) and one.code),
                said=verdict.said(listed),
                exchange=self.exchange,
            )

    @property
    def date(self) -> datetime | None:
        """The server's time, from the Date header."""
        try:
            return parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return None

    @property
    def earliest(self) -> datetime | None:
        """The earliest moment, by the tenant's clock, at which the call can have been carried out.

        The Date of an answer has whole seconds only, rounded down, and the call took its time.
        """
        return self.date - timedelta(seconds=self.seconds) if self.date is not None else None


class Client:
    """Calls to one tenant in one business unit. Thread-safe; clients made from one another share all but the names."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        log: ExchangeLog | None = None,
        profile: str = "",
        feature: str = "",
        allow_list: tuple[str, ...] = (),
        limits: Limits | None = None,
        throttle: Throttle | None = None,
        answer_cap: int = ANSWER_CAP,
        jitter: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        redact.SECRETS.add(credentials.client_secret)
        self.credentials = credentials
        self.profile = profile
        self.feature = feature
        self.allow_list = allow_list
        """Whom messages may go to (see `core.allow_list`); whoever checks what is sent asks for it."""
        self._monotonic = monotonic
        self._tokens = TokenCache(self._fetch, monotonic)
        self._shared = Shared(
            wire=Wire(credentials.tenant, answer_cap),
            log=log if log is not None else ExchangeLog(),
            throttle=throttle or Throttle(),
            limits=limits or Limits(),
            jitter=jitter,
        )

    @property
    def tenant(self) -> Tenant:
        """The tenant that is called."""
        return self.credentials.tenant

    @property
    def place(self) -> dict[str, str]:
        """Tenant and business unit, as what is kept about them is noted."""
        return {"tenant": self.tenant.auth_url, "account_id": self.credentials.account_id}

    @property
    def log(self) -> ExchangeLog:
        """Where every attempt is recorded."""
        return self._shared.log

    @property
    def tokens_requested(self) -> int:
        """Token requests sent so far; guidance is one per 20 minutes (API reference 1.2, documented)."""
        return self._shared.tokens_requested

    def for_feature(self, feature: str) -> Client:
        """The same client, whose exchanges carry the id of a tab."""
        return self._like(self.credentials, feature)

    def for_business_unit(self, account_id: str) -> Client:
        """A client that acts in another business unit (MID), with a token of its own."""
        return self._like(replace(self.credentials, account_id=account_id), self.feature)

    def token(self, ctx: JobContext | None = None) -> Token:
        """A token that lives a while, asked for where there is none."""
        return self._tokens.get(self.credentials, ctx or JobContext())

    def known_token(self) -> Token | None:
        """The token of this business unit as it is kept, without asking for one."""
        return self._tokens.peek(self.credentials)

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self._shared.wire.close()

    def rest(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] = _NOTHING,
        query: Mapping[str, str | int] = _NOTHING,
        json: object = None,
        body: bytes | None = None,
        label: str = "",
        ctx: JobContext | None = None,
    ) -> Answer:
        """Call a REST route, or with `host="auth"` one of the auth host, with `json` or ready JSON bytes as body.

        Returns any answer below 300, also one that carries errors. Raises the ApiErrors of `core.errors`, and
        Cancelled only when it was certainly not carried out (or reads).
        """
        target = operation.target(path, query)
        if json is not None:
            body = json_module.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()

        def build(token: Token) -> Request:
            base = token.rest_url if operation.host == "rest" else self.tenant.auth_url
            headers = _headers() | {"Authorization": f"Bearer {token.value}"}
            if body is not None:
                headers["Content-Type"] = JSON_TYPE
            return Request(operation.method, base.rstrip("/") + target, headers, body, operation.timeout)

        reply, exchange, twice = self._call(operation, build, verdict.rest, label, ctx)
        headers = {name.lower(): value for name, value in reply.headers}
        return Answer(reply.status or 0, headers, reply.content, exchange, reply.seconds, twice)

    def soap(
        self,
        action: str,
        body: _Element,
        *,
        once: bool,
        scope: str = "",
        label: str = "",
        ctx: JobContext | None = None,
    ) -> SoapAnswer:
        """Call SOAP with the element that goes into the envelope's Body. `action` "Retrieve" counts as a read.

        Returns an answer with any OverallStatus; raises for faults, and for what is not SOAP.
        """
        from mcconsole.api import envelope

        operation = envelope.operation(action, once=once, scope=scope)

        def build(token: Token) -> Request:
            if not token.soap_url:
                raise BadAnswer("The token answer named no SOAP host (soap_instance_url).")
            headers = _headers() | {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": action}
            content = envelope.wrap(body, token.value)
            return Request("POST", token.soap_url + "Service.asmx", headers, content, operation.timeout)

        reply, exchange, _ = self._call(operation, build, envelope.read, label or action, ctx)
        return envelope.answer(reply, exchange, operation)

    def _call(
        self,
        operation: Operation,
        build: Callable[[Token], Request],
        read: Callable[[Reply], Verdict],
        label: str,
        ctx: JobContext | None,
    ) -> tuple[Reply, Exchange, bool]:
        context = ctx or JobContext()

        def prepare() -> tuple[Request, Token]:
            token = self._token_for(operation, context)
            return build(token), token

        call = self._new_call(operation, read, label, context, self.credentials)
        reply, exchange = call.run(prepare, lambda token: self._tokens.drop(self.credentials, token))
        return reply, exchange, call.maybe_executed

    def _token_for(self, operation: Operation, ctx: JobContext) -> Token:
        """A token; where none can be had a call that writes was not sent, however the question for a token ended."""
        try:
            return self._tokens.get(self.credentials, ctx)
        except (AuthFailed, NotFound, NotPermitted, RateLimited):
            raise
        except ApiError as error:
            if operation.reads:
                raise
            raise NotSent(str(error), said=error.said, advice=error.advice, exchange=error.exchange) from None

    def _fetch(self, credentials: Credentials, ctx: JobContext) -> Token:
        """Ask for a token (API reference 1.2, documented)."""
        wanted = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        }
        if credentials.scope is not None:
            wanted["scope"] = credentials.scope
        if credentials.account_id:
            wanted["account_id"] = credentials.account_id
        redact.SECRETS.add(credentials.client_secret)
        url = credentials.tenant.auth_url.rstrip("/") + TOKEN.path
        body = json_module.dumps(wanted).encode()
        request = Request("POST", url, _headers() | {"Content-Type": JSON_TYPE}, body, TOKEN.timeout)
        started = self._monotonic()
        call = self._new_call(TOKEN, verdict.rest, "Ask for an access token", ctx, credentials)
        reply, exchange = call.run(lambda: (request, None), lambda _: None)
        try:
            return tokens.parse(verdict.parse_json(reply.content), credentials.tenant, started)
        except ValueError as error:
            what = f"The token answer cannot be used: {error}."
            raise BadAnswer(what, advice="Check the tenant's subdomain.", exchange=exchange) from None

    def _new_call(
        self,
        operation: Operation,
        read: Callable[[Reply], Verdict],
        label: str,
        ctx: JobContext,
        credentials: Credentials,
    ) -> Call:
        return Call(
            shared=self._shared,
            operation=operation,
            read=read,
            ctx=ctx,
            tenant=credentials.tenant,
            names=Exchange(
                0,
                clock.now(),
                operation.method,
                "",
                profile=self.profile,
                business_unit=credentials.account_id,
                feature=self.feature,
                label=label or operation.name,
                job=ctx.id,
                job_label=ctx.label,
            ),
        )

    def _like(self, credentials: Credentials, feature: str) -> Client:
        other = Client.__new__(Client)
        other.__dict__ |= self.__dict__
        other.credentials, other.feature = credentials, feature
        return other


def _headers() -> dict[str, str]:
    return {
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "User-Agent": f"mcconsole/{__version__}",
    }
