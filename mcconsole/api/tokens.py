"""Access tokens: asked for rarely, kept in memory only, refreshed before they end."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mcconsole.core import clock, redact
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.core.tenant import Credentials, Tenant

_VALUE = re.compile(r"[\x21-\x7e]{8,16384}")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and what came with it (API reference 1.2, observed)."""

    value: str = field(repr=False)
    scope: str
    """The scopes that it carries, separated by spaces."""
    rest_url: str
    soap_url: str
    """Ends in "/"; "" when the answer named none."""
    life: float
    """Seconds from `obtained`; 1079 in recordings."""
    obtained: datetime
    """UTC, aware."""
    started: float
    """The same moment on the monotonic clock."""

    @property
    def expires(self) -> datetime:
        """When it ends, UTC."""
        return self.obtained + timedelta(seconds=self.life)

    def left(self, now: float) -> float:
        """Seconds of life that remain at a moment of the monotonic clock."""
        return self.started + self.life - now

    @property
    def early(self) -> float:
        """With this many seconds left one thread refreshes while the others go on."""
        return min(60.0, self.life / 4)

    @property
    def late(self) -> float:
        """With this many seconds left nobody starts a call with it any more."""
        return min(10.0, self.life / 20)


def parse(answer: object, tenant: Tenant, started: float) -> Token:
    """A token from the answer of `/v2/token`; ValueError in words when it is none, or leads to a foreign host."""
    if not isinstance(answer, dict):
        raise ValueError("the answer is not a JSON object")  # noqa: TRY004  (one error for all that is wrong with it)
    value, life = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise ValueError("the answer holds no access token")
    redact.SECRETS.add(value)
    if isinstance(life, bool) or not isinstance(life, (int, float)) or not 0 < life < 10**9:
        raise ValueError("the answer does not say how long the token lives")
    urls = []
    for name in ("rest_instance_url", "soap_instance_url"):
        url = answer.get(name) or ""
        if not isinstance(url, str) or (url and not tenant.owns(url)) or (not url and name.startswith("rest")):
            shown = redact.url(str(url)[:200]) or "nothing"
            raise ValueError(f"{name} names {shown}, which is not a host of the tenant {tenant}; no token goes there")
        urls.append(url if url.endswith("/") or not url else url + "/")
    return Token(value, str(answer.get("scope") or ""), urls[0], urls[1], float(life), clock.now(), started)


Fetch = Callable[[Credentials, JobContext], Token]
_Key = tuple[str, str, str, str | None]


class _Entry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.token: Token | None = None
        self.quiet_until = 0.0
        """No early refresh before this moment, after one that failed."""


class TokenCache:
    """Tokens by auth host, client id, account id and scope, as a token acts in one business unit (1.2, observed)."""

    def __init__(self, fetch: Fetch, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._fetch = fetch
        self._now = monotonic
        self._lock = threading.Lock()
        self._entries: dict[_Key, _Entry] = {}

    def get(self, credentials: Credentials, ctx: JobContext) -> Token:
        """A token that will live a while. Fetches when there is none; raises what the fetching raises."""
        entry = self._entry(credentials)
        token, urgent, due = self._state(entry)
        if token is not None and not due:
            return token
        if not entry.lock.acquire(blocking=urgent):
            return self._present(token)
        try:
            token, urgent, due = self._state(entry)  # another thread may have refreshed meanwhile
            if token is not None and not due:
                return token
            try:
                entry.token = self._fetch(credentials, ctx)
            except ConsoleError:
                if urgent:
                    raise
                # The present token is good for a while; the failed attempt stands in the exchange log.
                present = self._present(token)
                entry.quiet_until = self._now() + present.early / 4
                return present
            return entry.token
        finally:
            entry.lock.release()

    def peek(self, credentials: Credentials) -> Token | None:
        """The token that is kept, alive or not, without fetching one."""
        return self._entry(credentials).token

    def drop(self, credentials: Credentials, token: Token) -> None:
        """Forget a token that was refused; one that took its place meanwhile stays."""
        entry = self._entry(credentials)
        with self._lock:
            if entry.token is token:
                entry.token = None

    def _entry(self, credentials: Credentials) -> _Entry:
        key = (credentials.tenant.auth_url, credentials.client_id, credentials.account_id, credentials.scope)
        with self._lock:
            return self._entries.setdefault(key, _Entry())

    def _state(self, entry: _Entry) -> tuple[Token | None, bool, bool]:
        """The token, whether nobody can go on without a new one, and whether a refresh is due."""
        token, now = entry.token, self._now()
        if token is None or token.left(now) <= token.late:
            return None, True, True
        return token, False, token.left(now) <= token.early and now >= entry.quiet_until

    @staticmethod
    def _present(token: Token | None) -> Token:
        assert token is not None  # noqa: S101  (only asked for when a refresh was not urgent)
        return token
