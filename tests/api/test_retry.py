"""The retry decision, as a table and as properties."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.api.operations import Operation
from mcconsole.api.retry import BLOCKED, CONTENTION, Limits, Outcome, backoff, decide, seconds_asked
from mcconsole.core import clock

SAFE = Operation("upsert", "PUT", "/x")
ONCE = Operation("fire", "POST", "/x", once=True)
LIMITS = Limits()


@pytest.mark.parametrize(
    ("outcome", "safe", "once"),
    [
        (Outcome(sent=False), True, True),
        (Outcome(sent=False, hopeless=True), False, False),
        (Outcome(), True, False),
        (Outcome(status=500), True, False),
        (Outcome(status=502), True, False),
        (Outcome(status=503, codes=(50300,)), True, False),
        (Outcome(status=504), True, False),
        (Outcome(status=501), False, False),
        (Outcome(status=429, codes=(50100,), retry_after=5), True, True),
        (Outcome(status=429), True, True),
        (Outcome(status=429, codes=(BLOCKED,)), False, False),
        (Outcome(status=429, retry_after=61), False, False),
        (Outcome(status=400, codes=(10001,)), False, False),
        (Outcome(status=400, codes=(CONTENTION,), contention=True), True, False),
        (Outcome(status=401), False, False),
        (Outcome(status=403), False, False),
        (Outcome(status=404), False, False),
        (Outcome(status=307), False, False),
    ],
    ids=str,
)
def test_what_is_tried_again(outcome: Outcome, safe: bool, once: bool) -> None:
    assert (decide(SAFE, 1, outcome, LIMITS, 0.5) is not None) is safe
    assert (decide(ONCE, 1, outcome, LIMITS, 0.5) is not None) is once
    assert decide(SAFE, LIMITS.attempts, outcome, LIMITS, 0.5) is None


OUTCOMES = st.builds(
    Outcome,
    sent=st.booleans(),
    hopeless=st.booleans(),
    status=st.one_of(st.none(), st.integers(200, 599)),
    codes=st.lists(st.sampled_from([0, 10001, CONTENTION, 50100, BLOCKED]), max_size=2).map(tuple),
    retry_after=st.one_of(st.none(), st.floats(0, 1000)),
    contention=st.booleans(),
)


@given(OUTCOMES, st.integers(1, 6), st.floats(0, 1))
def test_a_call_that_may_have_been_carried_out_is_never_repeated(outcome: Outcome, attempt: int, jitter: float) -> None:
    wait = decide(ONCE, attempt, outcome, LIMITS, jitter)
    assert wait is None or not (outcome.sent and (outcome.status is None or outcome.status >= 500))
    safe = decide(SAFE, attempt, outcome, LIMITS, jitter)
    for seconds in (wait, safe):
        assert seconds is None or 0 <= seconds <= LIMITS.patience
        assert seconds is None or outcome.retry_after is None or seconds >= outcome.retry_after


def test_the_wait_doubles_to_a_limit() -> None:
    assert [backoff(n, LIMITS, 1.0) for n in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff(3, LIMITS, 0.0) == 1.0


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("5", None, 5.0),
        ("0", {"retryAfter": 9}, 0.0),
        (None, {"retryAfter": 9}, 9.0),
        (None, {"retryAfter": True}, None),
        (None, {"retryAfter": "9"}, None),
        (None, ["retryAfter"], None),
        ("soon", {"retryAfter": 2.5}, 2.5),
        ("soon", None, None),
        ("-3", None, 0.0),
        ("nan", None, None),
        ("inf", None, None),
        (None, None, None),
    ],
)
def test_the_wait_that_is_asked_for(header: str | None, body: object, seconds: float | None) -> None:
    assert seconds_asked(header, body) == seconds


def test_a_wait_until_a_date() -> None:
    asked = seconds_asked(format_datetime(clock.now() + timedelta(seconds=40), usegmt=True), None)
    assert asked is not None
    assert 35 < asked <= 40
    assert seconds_asked("Mon, 01 Jan 2001 00:00:00 GMT", None) == 0.0
