"""Every error that a user can meet, grouped by what was or was not sent.

ConsoleError                 says what happened, what Marketing Cloud said, what to do next
├── BadInput                 something given to us is wrong; nothing was sent
├── Refused                  we declined (a guard, a missing confirmation); nothing was sent
├── KeychainError            the system keychain did not do what was asked
└── ApiError                 carries the Exchange where there is one
    ├── NotSent              the request never left, or was turned away unread: not carried out
    ├── Rejected             Marketing Cloud answered that it did not do it
    │   ├── AuthFailed       401: the token or the credentials are no good
    │   ├── NotPermitted     403, or a second 401 with a fresh token: a scope is missing
    │   ├── NotFound         404 and its relatives
    │   └── RateLimited      429; `blocked` when it is error 50200, which has no end announced
    ├── BadAnswer            an answer came that cannot be read; for a read nothing is lost
    └── OutcomeUnknown       it may have been carried out, or not
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

    from mcconsole.core.exchange import Exchange


class ConsoleError(Exception):
    """Something the user must hear of.

    `str(error)` is one sentence: what happened. `said` is Marketing Cloud's own text word for word, or "".
    `advice` is what to do next, or "". None of them ever holds a secret.
    """

    advice: str = ""
    said: str = ""
    exit_code: ClassVar[int] = 2
    """Of a command that this ends before anything was sent."""

    def __init__(self, what: str, *, said: str = "", advice: str = "") -> None:
        super().__init__(what)
        if said:
            self.said = said
        if advice:
            self.advice = advice


class BadInput(ConsoleError):
    """What was given is wrong; nothing was sent. Names the file, the record and the column (or field) where known."""

    def __init__(
        self,
        what: str,
        *,
        path: Path | None = None,
        row: int | None = None,
        column: str | None = None,
        advice: str = "",
    ) -> None:
        place = [str(path)] if path is not None else []
        if row is not None:
            place.append(f"row {row:,}")
        if column is not None:
            place.append(f"column “{column}”")
        super().__init__(f"{', '.join(place)}: {what}" if place else what, advice=advice)
        self.path = path
        self.row = row
        self.column = column


class Refused(ConsoleError):
    """We declined to do it; nothing was sent."""


class KeychainError(ConsoleError):
    """The system keychain is missing, locked, refused or did not answer."""


class ApiError(ConsoleError):
    """A call to Marketing Cloud did not end as wished. `exchange` is what was recorded of it."""

    def __init__(self, what: str, *, said: str = "", advice: str = "", exchange: Exchange | None = None) -> None:
        super().__init__(what, said=said, advice=advice)
        self.exchange = exchange


class NotSent(ApiError):
    """The request never reached Marketing Cloud (no route, refused connection, TLS, proxy): not carried out."""


class Rejected(ApiError):
    """Marketing Cloud answered that it did not carry this out. `codes` are the numbers it named."""

    def __init__(
        self,
        what: str,
        *,
        status: int,
        codes: tuple[int, ...] = (),
        said: str = "",
        advice: str = "",
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(what, said=said, advice=advice, exchange=exchange)
        self.status = status
        self.codes = codes


class AuthFailed(Rejected):
    """The credentials or the token were not accepted."""


class NotPermitted(Rejected):
    """The installed package lacks a scope for this."""


class NotFound(Rejected):
    """There is no such object in this business unit."""


class RateLimited(Rejected):
    """Too many calls. `retry_after` in seconds, or None when Marketing Cloud named no time (error 50200)."""

    retry_after: float | None = None
    blocked: bool = False


class BadAnswer(ApiError):
    """An answer came that is not what the API promises."""


class OutcomeUnknown(ApiError):
    """The request left this machine and no usable answer came back: it may have been carried out."""

    exit_code = 3
    advice = "Check in Marketing Cloud before sending again."
