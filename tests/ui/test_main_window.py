"""The window: tabs, keys, drops, jobs, and closing without ever waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.tenant import Environment
from mcconsole.ui import crash
from mcconsole.ui.main_window import MainWindow
from mcconsole.ui.manifest import Manifest, Tab
from mcconsole.ui.settings import Settings
from mcconsole.ui.state import AppState, BusinessUnit, Connection, ProfileChoice, TokenLook
from mcconsole.ui.theme import Scheme


class Noted(Tab):
    """A tab that notes what the window asks of it."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.asked: list[str] = []

    def refresh(self) -> None:
        self.asked.append("refresh")

    def run(self) -> None:
        self.asked.append("run")

    def prepare_close(self) -> None:
        self.asked.append("prepare_close")


TABS = (
    Manifest("imports", "Data extension import", "imports", 4, Noted),
    Manifest("credentials", "Credentials", "credentials", 1, Noted),
)
DOCKS = (Manifest("responses", "Responses", "responses", 9, lambda state: QLabel("list")),)


@pytest.fixture
def window(state: AppState, qtbot: QtBot) -> MainWindow:
    window = MainWindow(state, TABS, DOCKS)
    qtbot.addWidget(window)
    window.show()
    return window


def tab(window: MainWindow, tab_id: str) -> Noted:
    found = window.tab(tab_id)
    assert isinstance(found, Noted)
    return found


def begin(state: AppState, job: Callable[[JobContext], object], *, uninterruptible: bool = False) -> None:
    assert state.runner.start(job, key="job", label="Sending rows", uninterruptible=uninterruptible)


def texts(window: MainWindow) -> str:
    return "\n".join(f"{banner.text} {banner.advice}" for banner in window.banners.banners())


def test_tabs_stand_in_their_order_and_are_built_when_seen(window: MainWindow) -> None:
    assert window.tab_ids() == ["credentials", "imports"]
    assert list(window._built) == ["credentials"]
    window.show_tab("imports")
    assert list(window._built) == ["credentials", "imports"]


def test_the_keys_reach_the_tab_in_front(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.current_tab is window.tab("imports")
    QTest.keyClick(window, Qt.Key.Key_F5)
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert tab(window, "imports").asked == ["refresh", "run"]
    assert tab(window, "credentials").asked == []


def test_no_two_actions_share_a_key(window: MainWindow) -> None:
    keys = [key.toString() for action in window.findChildren(QAction) for key in action.shortcuts()]
    assert sorted(keys) == sorted(set(keys))


def test_a_file_dropped_anywhere_goes_to_the_imports(
    window: MainWindow, state: AppState, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(state.file_dropped) as dropped:
        window.dropEvent(drop)
    assert dropped.args == [path]
    assert window.current_tab is window.tab("imports")
    assert state.settings.texts("recent_files") == [str(path)]


def test_of_several_dropped_files_the_first_is_taken_and_said(
    window: MainWindow, state: AppState, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text("a\n1\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(state.file_dropped) as dropped:
        window.dropEvent(drop)
    assert dropped.args == [paths[0]]
    words = "Files are imported one at a time: this is “a.csv”."
    assert [banner.text for banner in window.banners.banners()] == [words]


def test_an_idle_window_closes_at_once(window: MainWindow, state: AppState) -> None:
    assert window.close()
    assert tab(window, "credentials").asked == ["prepare_close"]
    assert state.runner.start(lambda ctx: None, key="late", label="") is None


def test_closing_asks_jobs_to_stop_and_closes_when_they_have(window: MainWindow, state: AppState, qtbot: QtBot) -> None:
    begin(state, lambda ctx: ctx.sleep(60))
    assert not window.close()
    assert window.isVisible()
    assert "Sending rows" in texts(window)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert tab(window, "credentials").asked == ["prepare_close"]


def test_work_that_must_not_be_cut_is_named(window: MainWindow, state: AppState, qtbot: QtBot) -> None:
    gate = threading.Event()
    begin(state, lambda ctx: gate.wait(10), uninterruptible=True)
    assert not window.close()
    assert "is waited for" in texts(window)
    gate.set()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_a_second_close_wants_the_end_at_once(window: MainWindow, state: AppState, qtbot: QtBot) -> None:
    gate = threading.Event()
    begin(state, lambda ctx: gate.wait(10))
    assert not window.close()
    with qtbot.waitSignal(window.end_at_once):
        assert not window.close()
    gate.set()


def test_geometry_theme_and_tab_are_remembered(state: AppState, qtbot: QtBot, home: Path) -> None:
    path = home / "settings.json"
    state.settings = Settings(path)
    first = MainWindow(state, TABS, DOCKS)
    qtbot.addWidget(first)
    first.resize(760, 540)
    first.show_tab("imports")
    first.move_dock(first.docks["responses"], Qt.DockWidgetArea.RightDockWidgetArea)
    first.menus.set_theme(Scheme.DARK)
    first.close()
    first.menus.set_theme(Scheme.SYSTEM)
    state.settings = Settings(path)
    second = MainWindow(state, TABS, DOCKS)
    qtbot.addWidget(second)
    assert second.size() == first.size()
    assert second.current_tab is second.tab("imports")
    assert second.dockWidgetArea(second.docks["responses"]) == Qt.DockWidgetArea.RightDockWidgetArea


def test_running_jobs_are_shown_and_can_be_cancelled(window: MainWindow, state: AppState, qtbot: QtBot) -> None:
    def job(ctx: JobContext) -> None:
        ctx.report(Progress(1, 4, "a quarter"))
        ctx.sleep(60)

    begin(state, job)
    status = window.statusBar()
    bars = status.findChildren(QProgressBar)
    assert len(bars) == 1
    qtbot.waitUntil(lambda: bars[0].value() == 250)
    cancel = next(b for b in status.findChildren(QAbstractButton) if "Cancel" in b.accessibleName())
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not state.runner.running())
    qtbot.waitUntil(lambda: not [bar for bar in status.findChildren(QProgressBar) if bar.isVisible()])


def test_an_error_of_our_own_is_shown_with_its_details(window: MainWindow, capsys: pytest.CaptureFixture[str]) -> None:
    crash.report(ValueError("odd"))
    shown = window.banners.banners()[0]
    assert "mcconsole itself" in shown.text
    assert "ValueError: odd" in shown.details
    assert "ValueError: odd" in capsys.readouterr().err


class Pretended:
    """A connector that notes what the pickers ask for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def profiles(self) -> list[ProfileChoice]:
        return [ProfileChoice("p1", "Live", Environment.PRODUCTION), ProfileChoice("p2", "Try", Environment.TEST)]

    def connect_profile(self, profile_id: str) -> None:
        self.asked.append(f"connect {profile_id}")

    def switch_business_unit(self, account_id: str) -> None:
        self.asked.append(f"switch {account_id}")

    def disconnect_profile(self) -> None:
        self.asked.append("disconnect")

    def token(self) -> TokenLook | None:
        return TokenLook(65.0, 1000.0, 2)


def connection() -> Connection:
    units = (BusinessUnit("1", "Parent"), BusinessUnit("2", "EMEA"))
    return Connection(None, "p1", "Live", "Northern", "EMEA", "2", Environment.PRODUCTION, (), units)


def test_production_is_a_word_an_icon_a_colour_and_in_the_title(window: MainWindow, state: AppState) -> None:
    state.connector = Pretended()
    state.connection = connection()
    assert window.windowTitle() == "PRODUCTION – Live / EMEA – mcconsole"
    chip = window.top_bar.environment
    assert chip.accessibleName() == "PRODUCTION"
    assert not chip.findChildren(QLabel)[0].pixmap().isNull()
    assert window.top_bar.token.text() == "Token 1 min 05 s old · 2 token requests"
    assert window.top_bar.business_unit.currentText() == "EMEA"


def test_the_pickers_ask_the_connector(window: MainWindow, state: AppState, qtbot: QtBot) -> None:
    connector = state.connector = Pretended()
    state.connection = connection()
    bar = window.top_bar
    for picker, index in ((bar.profile, 2), (bar.profile, 1), (bar.business_unit, 0), (bar.profile, 0)):
        picker.setCurrentIndex(index)
        picker.activated.emit(index)
    assert connector.asked == ["connect p2", "switch 1", "disconnect"]


def test_every_input_has_an_accessible_name(window: MainWindow, state: AppState) -> None:
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, QLineEdit | QComboBox) and not widget.accessibleName() and widget.isEnabled()
        if not isinstance(widget.parent(), QComboBox)
    ]
    assert nameless == []
