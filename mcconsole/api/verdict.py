"""How an answer is read, and which error it becomes. Everything Marketing Cloud said is kept word for word."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mcconsole.api import scopes
from mcconsole.api.exchanges import Problem, problems
from mcconsole.api.operations import Operation
from mcconsole.api.retry import BLOCKED, CONTENTION, Outcome, seconds_asked
from mcconsole.api.wire import Reply
from mcconsole.core import redact
from mcconsole.core.errors import (
    ApiError,
    AuthFailed,
    BadAnswer,
    NotFound,
    NotPermitted,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from mcconsole.core.exchange import Exchange

LOOK = "Try again; Responses shows what was asked and answered."
"""Where nothing better is known of a question that was refused."""
MOST_VALUES = 5_000_000
"""Values in a body that is parsed; each takes some hundred bytes of memory, however short it is written."""
SAID_LIMIT = 2000
"""Characters of Marketing Cloud's own words that an error carries."""

_MAY_HOLD_PROBLEMS = re.compile(
    rb'"errorcode"\s*:\s*"?[^0"\s]|"resultMessages"\s*:\s*\[\s*\{|"hasErrors"\s*:\s*true', re.IGNORECASE
)
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^<>]*+>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means. `status` is the HTTP status, or what a SOAP fault amounts to; None for no whole answer."""

    status: int | None
    failed: bool
    said: str = ""
    codes: tuple[int, ...] = ()
    retry_after: float | None = None
    contention: bool = False

    def outcome(self, reply: Reply) -> Outcome:
        """The same as the retry decision wants it."""
        trouble = reply.trouble
        return Outcome(
            sent=trouble is None or trouble.sent,
            hopeless=trouble is not None and trouble.hopeless,
            status=self.status,
            codes=self.codes,
            retry_after=self.retry_after,
            contention=self.contention,
        )


class TooMuch(ValueError):
    """A body with more values than can be meant."""


def parse_json(content: bytes) -> object:
    """JSON with numbers exact (integers of any size, decimals as Decimal). ValueError when it is none, or TooMuch."""
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise TooMuch("holds more values than can be meant")

    def refuse(constant: str) -> object:
        raise ValueError(constant)

    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except InvalidOperation:
        raise ValueError("a number beyond every range") from None


def rest(reply: Reply) -> Verdict:
    """Read a REST answer. The answer of a refusal may be JSON, HTML or nothing (API reference 7.1 and 7.2)."""
    refused = reply.status is not None and reply.status >= 300
    if reply.trouble is not None and not refused:
        return Verdict(None, failed=True)
    if not refused and not _MAY_HOLD_PROBLEMS.search(reply.content):
        return Verdict(reply.status, failed=False)
    try:
        answer = parse_json(reply.content)
    except ValueError:
        return Verdict(
            reply.status,
            failed=refused,
            said=plain(reply.content) if refused else "",
            retry_after=seconds_asked(reply.header("Retry-After"), None),
        )
    found = problems(answer)
    codes = tuple(p.code for p in found if isinstance(p.code, int) and p.code)
    return Verdict(
        reply.status,
        failed=refused or bool(found),
        said=said(found) or (_oauth(answer) if refused else ""),
        codes=codes,
        retry_after=seconds_asked(reply.header("Retry-After"), answer),
        contention=refused and codes == (CONTENTION,),
    )


def said(found: list[Problem]) -> str:
    """The texts of problems in one, bounded, without secrets."""
    texts = [p.text or str(p.code) for p in found]
    return bounded("; ".join(text for at, text in enumerate(texts) if text not in texts[:at]))


def _oauth(answer: object) -> str:
    """The words of the token endpoint's own error shape (1.2, observed), else of the envelope without a code."""
    if not isinstance(answer, dict):
        return bounded(str(answer))
    error, description = str(answer.get("error") or ""), str(answer.get("error_description") or "")
    words = ": ".join(part for part in (error, description) if part)
    return bounded(words or str(answer.get("message") or ""))


def plain(content: bytes) -> str:
    """What a person would read of a body that is not what was promised, such as an HTML page."""
    text = _TAG.sub(" ", redact.SECRETS.mask(content, SAID_LIMIT * 8).decode("utf-8", "replace"))
    return bounded(" ".join(text.split()))


def bounded(text: str) -> str:
    """Foreign words as an error may carry them: without secrets, and not without end."""
    masked = redact.SECRETS.mask_text(text)
    return masked if len(masked) <= SAID_LIMIT else masked[: SAID_LIMIT - 1] + "…"


def error(
    operation: Operation, what: str, reply: Reply, verdict: Verdict, exchange: Exchange, granted: str | None
) -> ApiError:
    """The error for a last attempt that did not end well. `what` names the call; `granted` are the token's scopes."""
    trouble = reply.trouble
    if verdict.status is None and trouble is not None:
        text = f"{what}: {trouble.what}"
        if not trouble.sent:
            return NotSent(text, advice=trouble.advice, exchange=exchange)
        if operation.reads:
            return BadAnswer(text, advice=trouble.advice or "Try again.", exchange=exchange)
        return OutcomeUnknown(text, exchange=exchange)
    status = verdict.status or 0
    if status >= 500 and not operation.reads:
        return OutcomeUnknown(
            f"{what}: Marketing Cloud had an error of its own ({status}).", said=verdict.said, exchange=exchange
        )
    return _rejection(operation, what, reply, verdict, exchange, granted)


def _rejection(
    operation: Operation, what: str, reply: Reply, verdict: Verdict, exchange: Exchange, granted: str | None
) -> Rejected:
    kind: type[Rejected]
    status, codes = verdict.status or 0, set(verdict.codes)
    lacking = scopes.missing(granted, operation.scope) if granted else []
    kind, text, advice = Rejected, f"Marketing Cloud refused it ({status}).", LOOK if operation.reads else ""
    if status == 429:
        return _rate_limited(what, verdict, exchange)
    if operation.name == "token":
        kind, text, advice = _token_refusal(status, verdict.said)
    elif 40002 in codes:
        kind, text = AuthFailed, "The token was used at the wrong host (40002)."
        advice = "Compare the profile's subdomain with the installed package's Authentication Base URI."
    elif lacking and status in (401, 403):
        kind, text = NotPermitted, f"The installed package lacks {_listed(lacking)}."
        advice = "Add it to the package in Setup, Installed Packages; it takes up to 5 minutes and a new token."
    elif status == 403:
        kind, text = NotPermitted, "Marketing Cloud does not permit this (403)."
        needs = f" needs {_listed(operation.scope.split())}, and" if operation.scope else ""
        advice = f"It{needs} access to this business unit; see Setup, Installed Packages."
    elif status == 401:
        kind, text = AuthFailed, "Marketing Cloud does not accept the token, not even a fresh one (401)."
        advice = "Some routes answer like this when a scope is missing. Test the connection in the Credentials tab."
    elif status == 404 or 30003 in codes or (10001 in codes and "Parameter {" in verdict.said):
        kind, text = NotFound, "Marketing Cloud does not find this."
        advice = "Check the key (not the name), and that the right business unit is chosen."
    elif 300 <= status < 400:
        target = redact.url(reply.header("Location") or "nowhere")
        text = f"The answer is a redirect to {target}, which is not followed ({status})."
        advice = "Something between this machine and Marketing Cloud may interfere."
    elif status >= 500:
        text, advice = f"Marketing Cloud had an error of its own ({status}).", "Try again in a few minutes."
    return kind(
        f"{what}: {text}", status=status, codes=verdict.codes, said=verdict.said, advice=advice, exchange=exchange
    )


def _token_refusal(status: int, words: str) -> tuple[type[Rejected], str, str]:
    if "invalid_client" in words:
        return (
            AuthFailed,
            "The client id or the client secret is not accepted.",
            "Compare both with the installed package, that it is of the kind server-to-server, and that it is "
            "licensed and enabled for the business unit in the profile.",
        )
    if "invalid_scope" in words:
        return AuthFailed, "A scope was asked for that the package does not hold.", "Leave the scope out."
    if status == 404:
        return NotFound, "There is no such tenant, or it has no token endpoint.", "Check the subdomain."
    if status >= 500:
        return Rejected, f"The token endpoint is not available now ({status}).", "Try again in a few minutes."
    return (
        AuthFailed,
        f"No token was given ({status}).",
        "Check the client id and secret, and that the package is enabled for the MID in the profile.",
    )


def _rate_limited(what: str, verdict: Verdict, exchange: Exchange) -> RateLimited:
    blocked = BLOCKED in verdict.codes
    text = "Marketing Cloud blocked the calls for a time that it does not name (50200)." if blocked else ""
    error = rate_limited(verdict.retry_after, text=f"{what}: {text}" if text else "", said=verdict.said)
    error.codes, error.blocked, error.exchange = verdict.codes, blocked, exchange
    return error


def rate_limited(seconds: float | None, *, text: str = "", said: str = "") -> RateLimited:
    """The error for too many calls, with the wait that Marketing Cloud asked for."""
    wait = f" It asks to wait {seconds:,.0f} seconds." if seconds is not None else ""
    error = RateLimited(
        text or f"Marketing Cloud takes no more calls for now (429).{wait}",
        status=429,
        said=said,
        advice="Wait, then go on; find out what else calls this tenant.",
    )
    error.retry_after = seconds
    return error


def _listed(names: list[str]) -> str:
    return f"the scope{'s' if len(names) > 1 else ''} {', '.join(names)}"
