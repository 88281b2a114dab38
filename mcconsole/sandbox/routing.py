"""How a request finds its handler: by decoded path segments, without regard to case (API reference 7.7, observed)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

import orjson

from mcconsole.sandbox.replies import Refusal, Reply, refusal

if TYPE_CHECKING:
    from mcconsole.sandbox.auth import Grant
    from mcconsole.sandbox.tenant import Tenant

_TENANT_PREFIX = re.compile(
    r"^/https?:/+[a-z0-9-]{28}\.(?:auth|rest|soap)\.marketingcloudapis\.com(?=/)", re.IGNORECASE
)
_MARK = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a handler sees it. `query` names are lower-cased; `grant` is who asks."""

    tenant: Tenant
    base_url: str
    method: str
    segments: tuple[str, ...]
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    grant: Grant

    def json(self) -> object:
        """Parse the body; raises the 400 of a body that is no JSON (code 10004: API reference 7.1, text unverified)."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise malformed(f"Unable to parse the message body as JSON: {error.msg}.") from None

    def page(self, size: int, maximum: int) -> tuple[int, int]:
        """Return `$page` (from 1) and `$pageSize`, held to `maximum` (API reference 7.3, documented)."""
        return self.number("$page", 1), min(self.number("$pagesize", size), maximum)

    def number(self, name: str, default: int) -> int:
        """Return a positive number from the query."""
        text = self.query.get(name, "").strip() or str(default)
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= 10**9:
            raise refusal(400, f"Parameter {name} is invalid.", 10001)
        return int(text)


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One row of a family's route table. A segment of `pattern` is a word, `{name}` or `key:{name}`."""

    method: str
    pattern: str
    handler: Handler
    scopes: tuple[str, ...] = ()
    public: bool = False
    """Whether it is answered without a token."""


class Router:
    """The route tables of all families."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(route, [_segment(part) for part in route.pattern.strip("/").split("/")]) for route in routes]
        self.routes = tuple(routes)

    def find(self, method: str, segments: Sequence[str]) -> tuple[Route, dict[str, str]] | None:
        """Return the route and its parameters, or None."""
        for route, patterns in self._routes:
            if route.method != method or len(patterns) != len(segments):
                continue
            matches = [pattern.fullmatch(segment) for pattern, segment in zip(patterns, segments, strict=True)]
            if all(matches):
                found: dict[str, str] = {}
                for match in matches:
                    found |= match.groupdict() if match else {}
                return route, found
        return None

    def methods(self, segments: Sequence[str]) -> list[str]:
        """Return the methods that a path answers to."""
        return sorted({route.method for route in self.routes if self.find(route.method, segments)})


def segments_of(raw_path: bytes) -> tuple[str, ...]:
    """Split a raw path and decode it part by part, so that %2F stays inside a key; `//` counts as `/`.

    A tenant's own host name in front, as some clients insist on, is left out (API reference 7.7).
    """
    path = _TENANT_PREFIX.sub("", re.sub("/+", "/", raw_path.decode("latin-1")))
    return tuple(unquote(part, errors="replace") for part in path.split("/") if part)


def query_of(raw_query: bytes) -> dict[str, str]:
    """Parse a query string; names are lower-cased and the last one of a name wins."""
    try:
        pairs = parse_qsl(raw_query.decode("latin-1"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise malformed("Too many query parameters.") from None
    return {name.lower(): value for name, value in pairs}


def malformed(message: str) -> Refusal:
    """400 for a message that cannot be understood (code: API reference 7.1, documented; texts unverified)."""
    return refusal(400, message, 10004)


def folded(data: object) -> dict[str, object]:
    """Return a JSON object with lower-cased names (property names count without case; API reference 2.1, observed)."""
    if not isinstance(data, dict):
        raise malformed("The message body is not a JSON object.")
    return {str(name).lower(): value for name, value in data.items()}


def text_of(asked: Mapping[str, object], name: str) -> str:
    """Return a text of a folded object, without the spaces around it; "" when it is missing or null."""
    value = asked.get(name)
    if value is None or isinstance(value, str):
        return (value or "").strip()
    raise refusal(400, f"{name} has the wrong data type.", 10001)


def _segment(part: str) -> re.Pattern[str]:
    pattern, position = "", 0
    for mark in _MARK.finditer(part):
        pattern += re.escape(part[position : mark.start()]) + f"(?P<{mark[1]}>.+)"
        position = mark.end()
    return re.compile(pattern + re.escape(part[position:]), re.IGNORECASE | re.DOTALL)
