"""What a call is, as data: its route, and how far it may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from urllib.parse import quote, urlencode

from mcconsole.core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API. Whether it may be sent twice is declared here, not guessed from the HTTP method."""

    name: str
    method: str
    path: str
    """A template such as "/hub/v1/dataevents/key:{key}/rowset"."""
    once: bool = False
    """Never repeated when it may have been carried out: events, sends, inserts."""
    reads: bool = False
    """Changes nothing, so that a lost answer is no loss."""
    scope: str = ""
    """Scopes that it needs, separated by spaces (API reference 1.6)."""
    timeout: float = 60.0
    """Seconds of silence after which an answer is given up."""
    keep_body: bool = True
    """False for row bodies, of which only the beginning is recorded."""
    host: str = "rest"
    """"rest", "soap" or "auth"."""

    def target(self, path: Mapping[str, str], query: Mapping[str, str | int]) -> str:
        """The path with each parameter percent-encoded whole, and the query. BadInput for an empty parameter."""
        encoded = {name: _segment(name, path[name]) for _, name, _, _ in Formatter().parse(self.path) if name}
        target = self.path.format(**encoded)
        return f"{target}?{urlencode(query, safe='$,', quote_via=quote)}" if query else target


def _segment(name: str, value: str) -> str:
    if not value.strip():
        raise BadInput(f"The {name.replace('_', ' ')} is empty.")
    if value in (".", ".."):
        raise BadInput(f"“{value}” cannot be a {name.replace('_', ' ')}: it would name another route.")
    return quote(value, safe="")
