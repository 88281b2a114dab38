"""The number of requests at once, against servers that behave in different ways; time is only counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.core.flow import Flow


def settled(wait_of: Callable[[int], float], *, most: int = 16, start: int = 4, waiting: bool = True) -> int:
    """The limit in the end, where an answer takes `wait_of` (so many at once)."""
    now = 0.0
    flow = Flow(start, most, now)
    for _ in range(400):
        at_once = flow.limit
        wait = wait_of(at_once)
        now += wait
        for _ in range(at_once):
            flow.answered(1000, wait, now, waiting=waiting)
    return flow.limit


def test_it_grows_where_more_at_once_brings_more() -> None:
    assert settled(lambda _: 0.2) == 16


def test_it_does_not_grow_where_nothing_waits_to_be_sent() -> None:
    assert settled(lambda _: 0.2, waiting=False) == 4


def test_it_stays_small_where_the_server_does_one_after_the_other() -> None:
    assert settled(lambda at_once: 0.1 * at_once) <= 8


@pytest.mark.parametrize("fine", [3, 6, 10])
def test_it_finds_about_what_the_server_can_do(fine: int) -> None:
    assert fine - 2 <= settled(lambda at_once: 0.1 * max(1.0, at_once / fine) ** 2) <= fine + 4


def test_trouble_halves_it_and_it_comes_back_slowly() -> None:
    flow = Flow(8, 16, 0.0)
    flow.troubled(1.0)
    assert flow.limit == 4
    flow.troubled(2.0)
    flow.troubled(3.0)
    flow.troubled(4.0)
    assert flow.limit == 1
    now = 4.0
    limits = []
    for _ in range(60):
        now += 0.1
        for _ in range(flow.limit):
            flow.answered(1000, 0.1, now)
        limits.append(flow.limit)
    assert limits[:8] == [1] * 7 + [2]
    assert limits[-1] == 16


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 10), st.floats(0, 1e6))))
def test_it_stays_within_its_bounds(events: list[tuple[bool, float, float]]) -> None:
    flow, now = Flow(4, 8, 0.0), 0.0
    for trouble, seconds, amount in events:
        now += seconds
        if trouble:
            flow.troubled(now)
        else:
            flow.answered(amount, seconds, now)
        assert 1 <= flow.limit <= 8
