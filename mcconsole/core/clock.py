"""Time, in one place, so that tests can pass their own."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

PLATFORM_ZONE = timezone(timedelta(hours=-6), "UTC-06:00")
"""Marketing Cloud's own server time: US Central without daylight saving (API reference, section 4.7)."""

monotonic = time.monotonic


def moment(value: object) -> datetime | None:
    """A time as the tenant writes it; without an offset it is server time, UTC-6 (API reference 4.7, observed)."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=PLATFORM_ZONE)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
