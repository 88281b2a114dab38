"""What was asked: a bounded list of requests, without tokens and secrets."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import deque
from collections.abc import Mapping

from mcconsole.core.clock import now

LENGTH = 2000
EXCERPT = 4096
"""Bytes of a body that are kept; its size and hash are of the whole."""

_HEADERS = ("content-type", "content-length", "transfer-encoding", "user-agent", "soapaction", "accept", "host")
_SECRET_ROUTES = ("/v2/token", "/v1/requesttoken")
_SECRET_XML = re.compile(r"(<(?:\w+:)?(?:fueloauth|oAuthToken|Password)\b[^>]*>)[^<]*", re.IGNORECASE)
_SECRET_JSON = re.compile(r'("(?:\w*secret|\w*token|password)"\s*:\s*")[^"]*', re.IGNORECASE)
_SECRET_QUERY = re.compile(r"((?:^|&)[^=&]*(?:token|secret|password)[^=&]*=)[^&]*", re.IGNORECASE)
_MASK = r"\1***"


class Journal:
    """The newest requests; older ones than `LENGTH` are forgotten, `count` goes on counting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[dict[str, object]] = deque(maxlen=LENGTH)
        self.count = 0

    def add(self, *, route: str, query: bytes, headers: Mapping[str, str], body: bytes | None, **more: object) -> None:
        """Note one request. Bodies of token requests are not kept at all."""
        secret = route.lower() in _SECRET_ROUTES
        entry = {
            "number": 0,
            "at": now().isoformat(timespec="milliseconds"),
            "route": route,
            "query": _SECRET_QUERY.sub(_MASK, query.decode("latin-1")),
            "headers": {name: headers[name] for name in _HEADERS if name in headers},
            "body_size": len(body) if body is not None else None,
            "body_sha256": None if secret or body is None else hashlib.sha256(body).hexdigest(),
            "body": None if secret or body is None else _excerpt(body),
            **more,
        }
        with self._lock:
            self.count += 1
            entry["number"] = self.count
            self._entries.append(entry)

    def entries(self, route: re.Pattern[str], method: str, after: int) -> list[dict[str, object]]:
        """Return the requests that match, oldest first."""
        with self._lock:
            entries = list(self._entries)
        return [
            entry
            for entry in entries
            if int(str(entry["number"])) > after
            and route.match(str(entry["route"]))
            and method in ("", entry["method"])
        ]

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._entries.clear()
            self.count = 0


def _excerpt(body: bytes) -> str:
    text = body[:EXCERPT].decode("utf-8", "replace")
    return _SECRET_JSON.sub(_MASK, _SECRET_XML.sub(_MASK, text))
