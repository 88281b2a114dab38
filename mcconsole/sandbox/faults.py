"""Trouble on order: which calls go wrong, and how."""

from __future__ import annotations

import math
import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from mcconsole.sandbox import hostile, replies
from mcconsole.sandbox.replies import Reply

KINDS = ("status", "rate_limit", "reset_before", "reset_after", "delay", "truncate", "answer")
_MESSAGES = {
    # Texts of these are documented only for 429 and 50200 (API reference 7.2); the rest are plain words.
    400: (10000, "Validation failed."),
    401: (0, "Not Authorized"),
    403: (20002, "Insufficient privileges to complete this action."),
    404: (404, "Not Found"),
    409: (30002, "Conflict"),
    500: (30000, "An unexpected error has occurred."),
    503: (50300, "Service Unavailable"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. `route` is a regular expression that a path must begin with, whatever the case.

    It strikes at the nth matching call (counted from 1) and the `times` - 1 after it; or with a seeded probability; or
    at every matching call. `times` is how often at most: by default once with nth, else without end.
    """

    route: str
    kind: str
    method: str | None = None
    nth: int | None = None
    probability: float | None = None
    seed: int | None = None
    times: int | None = None
    status: int = 500
    retry_after: int | None = None
    body: object = None
    seconds: float = 0.0
    after: bool = False
    """Whether the work is done before this answer is given instead of its own."""
    answer: str = ""
    """Which of `hostile.ANSWERS` is given, for the kind `answer`."""

    def reply(self, *, is_soap: bool = False) -> Reply | None:
        """Return the answer that this fault gives instead of the real one, if it does."""
        if self.kind == "answer":
            return hostile.ANSWERS[self.answer]()
        wait = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        if self.kind == "rate_limit":
            return _rate_limit(self.retry_after, wait)
        if self.kind != "status":
            return None
        if isinstance(self.body, str):
            markup = "text/xml" if is_soap else "text/html"
            kind = f"{markup if self.body.lstrip().startswith('<') else 'text/plain'}; charset=utf-8"
            return Reply(self.status, self.body.encode(), kind, wait)
        if self.body is not None:
            return replies.json(self.body, self.status, wait)
        if is_soap:
            return replace(hostile.server_fault(), status=self.status, headers=wait)
        if self.status == 429:
            return _rate_limit(self.retry_after, wait)
        if self.status == 401:
            return replies.not_authorized().reply
        code, message = _MESSAGES.get(self.status, (30000, "An unexpected error has occurred."))
        return replies.refusal(self.status, message, code, headers=wait).reply


def parse(data: object) -> Fault:
    """Read a rule from JSON; raises ValueError with the reason."""
    if not isinstance(data, dict):
        raise ValueError("a fault is an object")  # noqa: TRY004
    names = Fault.__dataclass_fields__
    unknown = [name for name in data if name not in names]
    if unknown:
        raise ValueError(f"a fault has no {unknown[0]!r}; it has {', '.join(names)}")
    if data.get("kind") not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    if (data["kind"] == "answer") != (data.get("answer") in hostile.ANSWERS):
        raise ValueError(f"answer, of kind answer, is one of {', '.join(hostile.ANSWERS)}")
    if not isinstance(data.get("route"), str):
        raise ValueError("route is a regular expression")  # noqa: TRY004
    try:
        re.compile(data["route"])
    except re.error as error:
        raise ValueError(f"route is no regular expression: {error}") from None
    for name, low in {"nth": 1, "seed": 0, "times": 1, "status": 200, "retry_after": 0}.items():
        value = data.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < low):
            raise ValueError(f"{name} is a whole number from {low}")
    for name, high in {"probability": 1.0, "seconds": 600.0}.items():
        value = data.get(name)
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= high):
            raise ValueError(f"{name} is a number from 0 to {high:g}")
    if not isinstance(data.get("after", False), bool):
        raise ValueError("after is true or false")  # noqa: TRY004
    if not 200 <= data.get("status", 500) <= 599:
        raise ValueError("status is from 200 to 599")
    return Fault(**{name: value for name, value in data.items() if value is not None})


class Faults:
    """The rules in force, in the order in which they were made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []

    def add(self, fault: Fault) -> None:
        """Put a rule in force."""
        with self._lock:
            self._rules.append(_Rule(fault))

    def clear(self) -> None:
        """Take all rules away."""
        with self._lock:
            self._rules.clear()

    def pick(self, method: str, path: str) -> Fault | None:
        """Count this call for every rule that matches it, and return the first that strikes."""
        with self._lock:
            struck = [rule.fault for rule in self._rules if rule.matches(method, path) and rule.strikes()]
        return struck[0] if struck else None

    def as_data(self) -> list[Mapping[str, object]]:
        """Return every rule with what became of it."""
        with self._lock:
            return [
                orjson.loads(orjson.dumps(rule.fault)) | {"seen": rule.seen, "struck": rule.struck}
                for rule in self._rules
            ]


class _Rule:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = self.struck = 0
        self._route = re.compile(fault.route, re.IGNORECASE)
        self._random = random.Random(fault.seed)  # noqa: S311
        self._times = fault.times or (1 if fault.nth else math.inf)

    def matches(self, method: str, path: str) -> bool:
        return self.fault.method in (None, method) and self._route.match(path) is not None

    def strikes(self) -> bool:
        self.seen += 1
        fault = self.fault
        if fault.nth is not None:
            hit = self.seen >= fault.nth
        elif fault.probability is not None:
            hit = self._random.random() < fault.probability
        else:
            hit = True
        hit = hit and self.struck < self._times
        self.struck += hit
        return hit


def _rate_limit(retry_after: int | None, wait: Mapping[str, str]) -> Reply:
    """429 with a time to wait, or the block without one (API reference 7.2, documented)."""
    if retry_after is None:
        return replies.refusal(429, "Your requests are temporarily blocked.", 50200).reply
    return replies.refusal(429, "Rate limit exceeded", 50100, headers=wait, retryAfter=retry_after).reply
