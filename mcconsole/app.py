"""The window's composition root: the only place that knows every part."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from mcconsole.core import paths
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.ui import system

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from mcconsole.features.credentials.connector import Connector
    from mcconsole.sandbox.child import Child
    from mcconsole.ui.main_window import MainWindow
    from mcconsole.ui.manifest import Manifest
    from mcconsole.ui.settings import Settings
    from mcconsole.ui.state import AppState

NO_WINDOW = 2
"""Exit code when the system cannot show a window."""
GENTLE = 1500
"""Milliseconds that jobs have to stop after SIGTERM or a second close, and then once more the sandbox tenant."""


def run(profile: str | None, sandbox: bool) -> int:
    """Open the window and return when it is closed. BadInput for an unknown profile, before anything is shown."""
    if problem := system.problem(os.environ):
        print(f"mcconsole: {problem}", file=sys.stderr)
        return NO_WINDOW
    return Program(sandbox=sandbox).run(profile)


def selftest() -> int:
    """Build every tab and dock off screen and print their ids."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if problem := system.problem(os.environ, off_screen=True):
        print(f"mcconsole: {problem}", file=sys.stderr)
        return NO_WINDOW
    return Program(sandbox=True, remember=False).selftest()


def tabs() -> tuple[Manifest, ...]:
    """The tabs; one that is added is named here."""
    from mcconsole.features import credentials, imports, journeys, sends

    return (credentials.MANIFEST, journeys.MANIFEST, sends.MANIFEST, imports.MANIFEST)


def docks() -> tuple[Manifest, ...]:
    """The docks."""
    from mcconsole.features import responses

    return (responses.MANIFEST,)


def start_sandbox(ctx: JobContext) -> Child:
    """Start the local tenant; ConsoleError in words when it does not come up."""
    from mcconsole.sandbox import child

    ctx.check()
    log = paths.home() / "sandbox.log"
    log.touch(mode=0o600)
    try:
        return child.start("--behind", log=log)
    except RuntimeError as error:
        raise ConsoleError(
            "The sandbox tenant did not start.",
            advice=f"{str(error).splitlines()[0]} Its log is {log}.",
        ) from error


class Program:
    """The application, its window, and what ends with them."""

    def __init__(self, *, sandbox: bool, remember: bool = True) -> None:
        """`sandbox` starts the local tenant and leaves the keychain alone; without `remember` no file is read."""
        from PySide6.QtWidgets import QApplication

        from mcconsole import __version__
        from mcconsole.ui import crash, icons, theme
        from mcconsole.ui.garbage import GarbageCollector
        from mcconsole.ui.settings import Settings

        existing = QApplication.instance()
        self.application: QApplication = existing if isinstance(existing, QApplication) else QApplication(["mcconsole"])
        self.application.setApplicationName("mcconsole")
        self.application.setApplicationDisplayName("mcconsole")
        self.application.setApplicationVersion(__version__)
        self.application.setDesktopFileName("mcconsole")
        self.application.setWindowIcon(icons.application_icon())
        crash.install()
        self.settings: Settings = Settings(paths.home() / "settings.json" if remember else None)
        theme.apply(theme.Scheme(self.settings.text("theme", theme.Scheme.SYSTEM)))
        self.sandbox = sandbox
        self.child: Child | None = None
        self._ending = False
        self.state, self.connector = compose(self.settings, use_keychain=not sandbox, remember=remember)
        self.window: MainWindow = _window(self.state)
        self._garbage = GarbageCollector()

    def run(self, profile: str | None) -> int:
        """Show the window until it is closed, or the process is asked to end."""
        from mcconsole.ui.signals import SignalWatch

        self.connector.reload()
        chosen = next((p for p in self.connector.all() if profile and p.name.casefold() == profile.casefold()), None)
        if profile and chosen is None:
            raise BadInput(
                f"There is no profile named “{profile}”.",
                advice="The Credentials tab of the window lists the profiles.",
            )
        watch = SignalWatch()
        watch.ended.connect(self.end)
        self.window.end_at_once.connect(self.end)
        self.window.show()
        self.state.history.watch()
        self.window.greet()
        if self.sandbox:
            self.begin_sandbox()
        if chosen is not None:
            self.connector.connect_profile(chosen.id)
        self.application.exec()
        watch.stop()
        return self.finish()

    def selftest(self) -> int:
        """Build everything and print the ids, one a line."""
        for tab_id in self.window.tab_ids():
            self.window.tab(tab_id)
            print(tab_id)
        for dock_id in self.window.docks:
            print(dock_id)
        return self.finish()

    def begin_sandbox(self) -> None:
        """Start the local tenant in the background and connect to it."""
        task = self.state.runner.start(
            start_sandbox,
            key="sandbox",
            label=self.window.tr("Starting the sandbox tenant"),
            on_result=self._sandbox_started,
            on_error=self._sandbox_failed,
        )
        self.state.connecting = task is not None

    def _sandbox_started(self, child: Child) -> None:
        from mcconsole.core.profiles import Profile
        from mcconsole.core.tenant import Environment

        self.child = child
        tenant = child.tenant
        profile = Profile(
            id="sandbox",
            name=self.window.tr("Sandbox"),
            environment=Environment.TEST,
            auth_url=tenant.auth_url,
            client_id=tenant.client_id,
            account_id=str(tenant.account_id),
            secret_place="session",  # noqa: S106  (where, not what)
        )
        self.connector.add_for_session(profile, tenant.client_secret)
        self.connector.connect_profile(profile.id)

    def _sandbox_failed(self, error: ConsoleError) -> None:
        self.state.connecting = False
        self.state.show_error(error, key="sandbox", retry=self.begin_sandbox)

    def end(self) -> None:
        """Stop now: jobs get a moment, then the program goes on without them."""
        from PySide6.QtCore import QTimer

        if self._ending:
            return
        self._ending = True
        self.window.close()
        self.window.hide()
        runner = self.state.runner
        if not runner.running():
            self.leave()
            return
        runner.idle.connect(self.leave)
        QTimer.singleShot(GENTLE, self.leave)

    def leave(self) -> None:
        """End the event loop; unlike `quit`, this asks no window."""
        self.application.exit(0)

    def finish(self) -> int:
        """Leave no child and no thread behind. Where a thread does not stop, the process ends around it."""
        runner = self.state.runner
        runner.close()
        stuck = bool(runner.running())
        self.state.history.close(GENTLE / 1000)
        if self.child is not None:
            self.child.stop(GENTLE / 1000)
        if stuck:
            _end_readers()
            sys.stdout.flush()
            os._exit(0)
        self.window.close()
        self.state.connection = None
        self._garbage.stop()
        return 0


def compose(settings: Settings, *, use_keychain: bool, remember: bool = True) -> tuple[AppState, Connector]:
    """The state and everything behind it, without a window."""
    from mcconsole.api.exchanges import ExchangeLog
    from mcconsole.core.history import FILE, History, Policy
    from mcconsole.core.profiles import ProfileStore
    from mcconsole.core.vault import KeychainVault, SessionVault
    from mcconsole.features.credentials.connector import Connector
    from mcconsole.features.credentials.service import Keeper
    from mcconsole.ui.state import AppState
    from mcconsole.ui.tasks import TaskRunner

    log = ExchangeLog()
    history = History(paths.home() / FILE if remember else None, Policy.read(settings.get), log)
    log.subscribe(history.put)
    state = AppState(TaskRunner(), settings, history)
    state.runner.setParent(state)
    keeper = Keeper(
        ProfileStore(paths.home() / "profiles.json"),
        SessionVault(),
        KeychainVault() if use_keychain else None,
        "" if use_keychain else "with --sandbox the console leaves the system keychain alone.",
    )
    return state, Connector(state, keeper, log)


def _window(state: AppState) -> MainWindow:
    from mcconsole.ui.main_window import MainWindow

    return MainWindow(state, tabs(), docks())


def _end_readers() -> None:
    """End the processes that read files for a job that did not stop."""
    if "multiprocessing" in sys.modules:
        import multiprocessing

        for process in multiprocessing.active_children():
            process.kill()
