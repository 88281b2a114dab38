"""The runner: exactly one ending, in the GUI thread, no second start, nothing that blocks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, QThread, Signal, Slot
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.ui import crash
from mcconsole.ui.tasks import InlineRunner, TaskRunner


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[TaskRunner]:
    runner = TaskRunner()
    yield runner
    runner.close()
    qtbot.waitUntil(lambda: not runner.running())


class Heard:
    """Records what a job's callbacks heard, and in which thread."""

    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []
        self.threads: set[int] = set()

    def _note(self, name: str, value: object = None) -> None:
        self.events.append((name, value))
        self.threads.add(threading.get_ident())

    def result(self, value: object) -> None:
        self._note("result", value)

    def error(self, error: ConsoleError) -> None:
        self._note("error", error)

    def cancelled(self) -> None:
        self._note("cancelled")

    def progress(self, progress: Progress) -> None:
        self._note("progress", progress)

    def done(self) -> None:
        self._note("done")

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events if name != "progress"]


def begin(runner: TaskRunner, heard: Heard, job: Callable[[JobContext], object], key: str = "k") -> bool:
    task = runner.start(
        job,
        key=key,
        label="A job",
        on_result=heard.result,
        on_error=heard.error,
        on_cancelled=heard.cancelled,
        on_progress=heard.progress,
        on_done=heard.done,
    )
    return task is not None


@pytest.fixture(params=[TaskRunner, InlineRunner])
def either(request: pytest.FixtureRequest, qtbot: QtBot) -> TaskRunner:
    kind: type[TaskRunner] = request.param
    return kind()


def wait_for(job_over: TaskRunner, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not job_over.running())


def test_result_then_done_in_the_gui_thread(either: TaskRunner, qtbot: QtBot) -> None:
    heard = Heard()
    assert begin(either, heard, lambda ctx: 2**40)
    wait_for(either, qtbot)
    assert heard.events == [("result", 2**40), ("done", None)]
    assert heard.threads == {threading.get_ident()}


def test_the_job_itself_runs_elsewhere(runner: TaskRunner, qtbot: QtBot) -> None:
    heard = Heard()
    begin(runner, heard, lambda ctx: threading.get_ident())
    wait_for(runner, qtbot)
    assert heard.events[0][1] != threading.get_ident()


def test_an_error_of_the_user_is_handed_on(either: TaskRunner, qtbot: QtBot) -> None:
    heard = Heard()
    error = BadInput("no such column", column="Email")

    def job(ctx: JobContext) -> None:
        raise error

    begin(either, heard, job)
    wait_for(either, qtbot)
    assert heard.events == [("error", error), ("done", None)]


def test_an_error_of_our_own_is_told_and_reported(
    either: TaskRunner, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = Heard()
    with qtbot.waitSignal(crash.reporter.crashed) as crashed:
        begin(either, heard, lambda ctx: 1 // 0)
        wait_for(either, qtbot)
    assert heard.names == ["error", "done"]
    assert "error of mcconsole itself" in str(heard.events[0][1])
    assert "ZeroDivisionError" in crashed.args[0]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_cancel_ends_in_cancelled(runner: TaskRunner, qtbot: QtBot) -> None:
    heard = Heard()
    begin(runner, heard, lambda ctx: ctx.sleep(60))
    runner.cancel("k")
    wait_for(runner, qtbot)
    assert heard.names == ["cancelled", "done"]


def test_a_live_key_refuses_a_second_start(runner: TaskRunner, qtbot: QtBot) -> None:
    heard, second = Heard(), Heard()
    gate = threading.Event()
    assert begin(runner, heard, lambda ctx: gate.wait(10))
    assert not begin(runner, second, lambda ctx: None)
    gate.set()
    wait_for(runner, qtbot)
    assert second.events == []
    assert begin(runner, second, lambda ctx: None)
    wait_for(runner, qtbot)


def test_the_key_is_free_in_the_first_callback(either: TaskRunner, qtbot: QtBot) -> None:
    heard = Heard()
    task = either.start(
        lambda ctx: None, key="k", label="", on_result=lambda _: begin(either, heard, lambda ctx: "again")
    )
    assert task is not None
    wait_for(either, qtbot)
    assert heard.events == [("result", "again"), ("done", None)]


def test_progress_is_thinned_and_the_last_one_arrives(runner: TaskRunner, qtbot: QtBot) -> None:
    heard = Heard()

    def job(ctx: JobContext) -> None:
        for number in range(100_000):
            ctx.report(Progress(number))

    begin(runner, heard, job)
    wait_for(runner, qtbot)
    seen = [value for name, value in heard.events if name == "progress"]
    assert seen[-1] == Progress(99_999)
    assert len(seen) < 1000


def test_instant_jobs_lose_nothing(runner: TaskRunner, qtbot: QtBot) -> None:
    heard = Heard()
    for number in range(200):
        assert begin(runner, heard, lambda ctx: None, key=f"k{number}")
    wait_for(runner, qtbot)
    assert heard.names.count("result") == heard.names.count("done") == 200


def test_a_widget_that_is_gone_is_not_called(runner: TaskRunner, qtbot: QtBot) -> None:
    label = QLabel()
    gate = threading.Event()

    def job(ctx: JobContext) -> str:
        gate.wait(10)
        return "late"

    runner.start(job, key="k", label="", on_result=label.setText)
    import shiboken6

    shiboken6.delete(label)
    gate.set()
    wait_for(runner, qtbot)


def test_idle_and_close(runner: TaskRunner, qtbot: QtBot) -> None:
    heard = Heard()
    begin(runner, heard, lambda ctx: ctx.sleep(60))
    with qtbot.waitSignal(runner.idle):
        runner.close()
    assert heard.names == ["cancelled", "done"]
    assert not begin(runner, heard, lambda ctx: None, key="another")


class _Counter(QObject):
    tick = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.tick.connect(self._add)

    @Slot(object)
    def _add(self, _: object) -> None:
        self.count += 1


def test_many_emissions_do_not_abort(qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 ends the process after some 570 of these."""
    counter = _Counter()
    for number in range(5000):
        counter.tick.emit(number)
    assert counter.count == 5000
    assert QThread.currentThread() is not None
