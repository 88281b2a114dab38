"""Which scopes a tab needs (API reference 1.6)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    """Scopes for something a user does. `source` says how sure the reference is of it."""

    tab: str
    """Manifest id of the tab."""
    what: str
    scopes: tuple[str, ...]
    source: str


NEEDS = (
    Need("imports", "read data extensions, their fields and rows", ("data_extensions_read",), "documented"),
    Need("imports", "write rows", ("data_extensions_write",), "documented"),
    Need("journeys", "list journeys and entry sources", ("journeys_read",), "documented"),
    Need("journeys", "fire an entry event", ("journeys_read", "list_and_subscribers_read"), "documented"),
    Need("sends", "send", ("email_send",), "documented"),
    Need("sends", "read transactional definitions", ("email_read",), "documented"),
    Need("sends", "create and start definitions", ("email_write", "email_read"), "documented; for SOAP unverified"),
    Need("sends", "see what was sent, not sent and bounced", ("tracking_events_read",), "unverified"),
)


def missing(granted: str, needed: str | tuple[str, ...]) -> list[str]:
    """The needed scopes that are not among the granted ones (both separated by spaces), in their order."""
    wanted = needed.split() if isinstance(needed, str) else needed
    return [scope for scope in wanted if scope not in granted.split()]
