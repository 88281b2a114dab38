"""The throttle with a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mcconsole.api.throttle import Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_at_once_and_the_rest_in_step() -> None:
    throttle = Throttle(rate=10, burst=3, monotonic=Clock())
    assert [round(throttle.reserve(), 6) for _ in range(6)] == [0, 0, 0, 0.1, 0.2, 0.3]


def test_the_bucket_fills_again_but_not_beyond_its_size() -> None:
    clock = Clock()
    throttle = Throttle(rate=10, burst=3, monotonic=clock)
    for _ in range(3):
        throttle.reserve()
    clock.now += 1000
    assert [throttle.reserve() for _ in range(4)] == [0, 0, 0, 0.1]


def test_a_pause_holds_everybody_until_it_ends() -> None:
    clock = Clock()
    throttle = Throttle(rate=10, burst=3, monotonic=clock)
    throttle.pause(5)
    throttle.pause(2)
    assert throttle.reserve() == throttle.paused == 5
    clock.now += 5
    assert throttle.reserve() == throttle.paused == 0


@given(st.lists(st.floats(0, 1), max_size=200))
def test_never_more_than_the_rate(gaps: list[float]) -> None:
    clock = Clock()
    throttle = Throttle(rate=10, burst=5, monotonic=clock)
    left = []
    for gap in gaps:
        clock.now += gap
        left.append(clock.now + throttle.reserve())
    for first, departure in enumerate(left):
        within = [other for other in left[first:] if other < departure + 1]
        assert len(within) <= 5 + 10 + 1
