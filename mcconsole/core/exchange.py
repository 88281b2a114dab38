"""What is remembered of one request and its answer. Secrets are masked before one of these is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mcconsole.core.spill import Spill

BODY_LIMIT = 64 * 1024
"""Bytes of a row body that are kept; the rest is told by size and hash."""

ANSWER_LIMIT = 1024 * 1024
"""Bytes of an answer that are kept in memory."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body as recorded: at most a limit of bytes (masked), with the size in bytes and SHA-256 (hex) of the whole."""

    data: bytes = b""
    size: int = 0
    sha256: str = ""
    content_type: str = ""
    spill: Spill | None = field(default=None, compare=False)
    """The whole body in a file, where it is larger than what is kept in memory."""

    @property
    def cut(self) -> bool:
        """Whether `data` is only the beginning."""
        return len(self.data) < self.size


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on the wire and what came back. An attempt that is repeated is an Exchange of its own."""

    id: int
    """Unique, also among those of other processes."""
    started: datetime
    """UTC, aware."""
    method: str
    url: str
    """Without any secret."""
    request_headers: tuple[tuple[str, str], ...] = ()
    request: Body = field(default_factory=Body)
    status: int | None = None
    """HTTP status, or None when no answer came."""
    reason: str = ""
    response_headers: tuple[tuple[str, str], ...] = ()
    response: Body = field(default_factory=Body)
    error: str = ""
    """Why there is no answer, in words; "" when there is one."""
    seconds_to_first_byte: float | None = None
    seconds: float = 0.0
    timings: tuple[tuple[str, float], ...] = ()
    """Seconds by phase: dns, connect and tls where a connection was opened, send, wait, receive."""
    attempt: int = 1
    profile: str = ""
    business_unit: str = ""
    feature: str = ""
    """Manifest id of the tab that made the call, such as "imports"."""
    label: str = ""
    """What the call is for, in words: "Read the fields of Customers"."""
    failed: bool = False
    """The answer carries an error, whatever its HTTP status."""
    job: str = ""
    """The id of the job that made the call; "" for a call by itself."""
    job_label: str = ""
    """What that job is for, in words."""

    @property
    def bad(self) -> bool:
        """Whether it did not go well: no answer, a status of refusal, or an answer that carries an error."""
        return self.failed or self.status is None or self.status >= 400
