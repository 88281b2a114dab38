"""How much of the history is kept, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from mcconsole.core.exchange import Body, Exchange


class Keep(StrEnum):
    """What is written to disk of an exchange."""

    ALL = "all"
    NO_BODIES = "no_bodies"
    METADATA = "metadata"
    """Time, method, path without query, status, durations and sizes, tab and profile: no headers, words or bodies."""


DAYS = (1, 7, 30, 90, 365)
MEGABYTES = (50, 200, 500, 2000)
"""What the settings offer."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept, for how many days, and at most how many MB for each profile."""

    keep: Keep = Keep.ALL
    days: int = 30
    megabytes: int = 500

    @classmethod
    def read(cls, get: Callable[[str], object]) -> Policy:
        """The policy among the settings; what is missing or not understood is as usual."""
        usual = cls()
        keep, days, megabytes = get("history_keep"), get("history_days"), get("history_mb")
        return cls(
            Keep(keep) if isinstance(keep, str) and keep in set(Keep) else usual.keep,
            days if type(days) is int and days > 0 else usual.days,
            megabytes if type(megabytes) is int and megabytes > 0 else usual.megabytes,
        )

    def reduced(self, exchange: Exchange) -> Exchange:
        """As much of an exchange as is to be written; sizes and hashes of bodies stay where headers do."""
        if self.keep is Keep.ALL:
            return exchange
        if self.keep is Keep.NO_BODIES:
            return replace(exchange, request=_without(exchange.request), response=_without(exchange.response))
        return replace(
            exchange,
            url=exchange.url.partition("?")[0],
            request_headers=(),
            request=Body(size=exchange.request.size),
            response_headers=(),
            response=Body(size=exchange.response.size),
            label="",
            job_label="",
        )


def _without(body: Body) -> Body:
    return replace(body, data=b"")
