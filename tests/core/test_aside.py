"""Work in a process of its own: what it tells, returns and raises arrives, and no process is left."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator

import pytest

from mcconsole.core.aside import Tell, ahead, aside
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import Cancelled, JobContext


def count(tell: Tell, most: int) -> int:
    for number in range(most):
        tell(number)
    return os.getpid()


def refuse(tell: Tell) -> None:
    raise BadInput("nothing to read")


def fill_the_disk(tell: Tell) -> None:
    raise OSError(28, "No space left on device")


def vanish(tell: Tell) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    before = set(multiprocessing.active_children())
    yield
    assert set(multiprocessing.active_children()) == before


def test_what_is_told_and_returned_arrives() -> None:
    heard: list[int] = []
    assert aside(JobContext(), count, 3, heard=heard.append) != os.getpid()
    assert heard == [0, 1, 2]


@pytest.mark.parametrize(
    ("work", "words"), [(refuse, "nothing to read"), (fill_the_disk, "No space left"), (vanish, "ended unexpectedly")]
)
def test_what_goes_wrong_is_raised(work: object, words: str) -> None:
    with pytest.raises(ConsoleError, match=words):
        aside(JobContext(), work, heard=print)  # type: ignore[arg-type]


def test_a_cancel_ends_the_process() -> None:
    ctx = JobContext()
    with pytest.raises(Cancelled):
        aside(ctx, count, 10**9, heard=lambda _: ctx.cancel())


def test_a_process_that_started_ahead_is_used_once() -> None:
    with ahead(f"{__name__}:count"):
        (waiting,) = multiprocessing.active_children()
        pid = waiting.pid
        assert aside(JobContext(), count, 1, heard=print) == pid
        assert aside(JobContext(), count, 1, heard=print) != pid


def test_a_process_that_nobody_needed_ends() -> None:
    with pytest.raises(ZeroDivisionError), ahead(f"{__name__}:count"):
        raise ZeroDivisionError
