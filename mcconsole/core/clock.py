"""Time, in one place, so that tests can pass their own."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

PLATFORM_ZONE = timezone(timedelta(hours=-6), "UTC-06:00")
"""Marketing Cloud's own server time: US Central without daylight saving (API reference, section 4.7)."""

monotonic = time.monotonic


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
