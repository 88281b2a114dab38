"""The one main window: top bar, banners, tabs, docks, running jobs. It knows no tab by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QFileDialog, QMainWindow, QTabWidget, QToolBar, QVBoxLayout, QWidget

from mcconsole.ui import crash, icons, theme
from mcconsole.ui.banner import BannerArea
from mcconsole.ui.job_bar import JobBar
from mcconsole.ui.manifest import Manifest, Tab
from mcconsole.ui.menus import Menus
from mcconsole.ui.state import AppState
from mcconsole.ui.top_bar import TopBar, window_title

CLOSING = "closing"
DROPPED = "dropped"
DOCK_HEIGHT = 240
"""Pixels that a dock below the tabs takes at first."""


class MainWindow(QMainWindow):
    """Tabs are built when they are first shown; docks when the window is."""

    end_at_once = Signal()
    """Closed a second time while jobs still run: the program should end now."""

    def __init__(self, state: AppState, tabs: Sequence[Manifest], docks: Sequence[Manifest] = ()) -> None:
        super().__init__()
        self._state = state
        self._manifests = sorted(tabs, key=lambda manifest: manifest.order)
        self._built: dict[str, QWidget] = {}
        self._holders: list[QVBoxLayout] = []
        self._closing = False
        self.docks: dict[str, QDockWidget] = {}
        self.setObjectName("window")
        self.setWindowIcon(icons.application_icon())
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.top_bar = TopBar(state)
        self.banners = BannerArea(state.messages)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Tabs"))
        self._add_frame()
        for manifest in self._manifests:
            self._add_tab(manifest)
        for manifest in docks:
            self._add_dock(manifest)
        self.statusBar().addPermanentWidget(JobBar(state.runner))
        self.statusBar().setAccessibleName(self.tr("Status"))
        self.menus = Menus(self, state)
        self.tabs.currentChanged.connect(self._shown)
        state.navigated.connect(self.show_tab)
        state.connection_changed.connect(self._retitle)
        state.runner.idle.connect(self._close_when_idle)
        crash.reporter.crashed.connect(self._show_crash)
        theme.changed.connect(self._repaint_tabs)
        self._retitle()
        self._restore()

    def greet(self) -> None:
        """Let each tab say what waits since the last time."""
        for manifest in self._manifests:
            if manifest.greet is not None:
                manifest.greet(self._state)

    def tab(self, tab_id: str) -> QWidget:
        """The tab's widget, built now if it was not."""
        if tab_id not in self._built:
            index = self._index(tab_id)
            widget = self._manifests[index].factory(self._state)
            self._built[tab_id] = widget
            self._holders[index].addWidget(widget)
        return self._built[tab_id]

    def tab_ids(self) -> list[str]:
        """The tabs from the left."""
        return [manifest.id for manifest in self._manifests]

    @property
    def current_tab(self) -> QWidget:
        """The tab in front."""
        return self.tab(self._manifests[self.tabs.currentIndex()].id)

    @Slot(str)
    def show_tab(self, tab_id: str) -> None:
        """Bring a tab to the front; nothing happens where there is none."""
        if tab_id in self.tab_ids():
            self.tabs.setCurrentIndex(self._index(tab_id))
            self.tab(tab_id)

    def move_dock(self, dock: QDockWidget, area: Qt.DockWidgetArea) -> None:
        """Put a dock there and show it."""
        dock.setFloating(False)
        self.addDockWidget(area, dock)
        dock.show()
        if area is Qt.DockWidgetArea.RightDockWidgetArea:
            self.resizeDocks([dock], [self.width() * 2 // 5], Qt.Orientation.Horizontal)
        else:
            self.resizeDocks([dock], [DOCK_HEIGHT], Qt.Orientation.Vertical)

    @Slot()
    def choose_file(self) -> None:
        """Ask for a file to import."""
        folder = self._state.settings.text("last_folder")
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Open a file to import"),
            folder,
            self.tr("Delimited text (*.csv *.tsv *.txt *.psv);;All files (*)"),
        )
        if chosen:
            self.open_file(Path(chosen))

    def open_file(self, path: Path) -> None:
        """Hand a file to the imports tab and remember it."""
        self._state.settings.set(last_folder=str(path.parent))
        self._state.settings.add_recent("recent_files", str(path))
        self._state.drop_file(path)

    @Slot()
    def refresh(self) -> None:
        """F5."""
        if isinstance(tab := self.current_tab, Tab):
            tab.refresh()

    @Slot()
    def run(self) -> None:
        """Ctrl+Return."""
        if isinstance(tab := self.current_tab, Tab):
            tab.run()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Import the first file, and say so when there are more."""
        if (path := _dropped(event)) is not None:
            event.acceptProposedAction()
            self._state.messages.withdraw(DROPPED)
            if len(event.mimeData().urls()) > 1:
                text = self.tr("Files are imported one at a time: this is “{}”.").format(path.name)
                self._state.messages.info(text, advice=self.tr("Drop the others one by one."), key=DROPPED)
            self.open_file(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Never wait: close when nothing runs; else ask the jobs to stop and close when they have."""
        running = self._state.runner.running()
        if not self._closing:
            self._remember()
            for tab in self._built.values():
                if isinstance(tab, Tab):
                    tab.prepare_close()
            running = self._state.runner.running()
        if not running:
            self._state.runner.close()
            event.accept()
            return
        event.ignore()
        if self._closing:
            self.end_at_once.emit()
            return
        self._closing = True
        names = ", ".join(task.label for task in running if not task.quiet)
        advice = self.tr("Close the window again to end at once.")
        if any(task.uninterruptible for task in running):
            advice = self.tr("What is on its way is waited for. Close the window again to end at once.")
        if names:
            self._state.messages.info(
                self.tr("The window closes as soon as this has stopped: {}.").format(names), advice=advice, key=CLOSING
            )
        self._state.runner.close()

    @Slot()
    def _close_when_idle(self) -> None:
        if self._closing:
            self.close()

    def _add_frame(self) -> None:
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banners)
        column.addWidget(self.tabs, 1)
        self.setCentralWidget(frame)
        bar = QToolBar(self.tr("Tenant"))
        bar.setObjectName("tenant")
        bar.setMovable(False)
        bar.toggleViewAction().setEnabled(False)
        if (layout := bar.layout()) is not None:
            layout.setContentsMargins(0, 0, 0, 0)
        bar.addWidget(self.top_bar)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)

    def _add_tab(self, manifest: Manifest) -> None:
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        self._holders.append(layout)
        self.tabs.addTab(holder, icons.icon(manifest.icon), self.tr(manifest.title))

    def _add_dock(self, manifest: Manifest) -> None:
        dock = QDockWidget(self.tr(manifest.title), self)
        dock.setObjectName(f"dock.{manifest.id}")
        dock.setAllowedAreas(Qt.DockWidgetArea.RightDockWidgetArea | Qt.DockWidgetArea.BottomDockWidgetArea)
        dock.setWidget(manifest.factory(self._state))
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        self.docks[manifest.id] = dock

    def _index(self, tab_id: str) -> int:
        return self.tab_ids().index(tab_id)

    @Slot(int)
    def _shown(self, index: int) -> None:
        self.tab(self._manifests[index].id)

    @Slot()
    def _retitle(self) -> None:
        self.setWindowTitle(window_title(self._state.connection))

    @Slot()
    def _repaint_tabs(self) -> None:
        for index, manifest in enumerate(self._manifests):
            self.tabs.setTabIcon(index, icons.icon(manifest.icon))
        self._state.theme_changed.emit()

    @Slot(object)
    def _show_crash(self, details: str) -> None:
        self._state.messages.error(
            self.tr("An error of mcconsole itself."),
            advice=self.tr("What you were doing may be incomplete. Please report it with the details."),
            details=details,
            key="crash",
        )

    def _remember(self) -> None:
        self._state.settings.set(
            geometry=_text(self.saveGeometry()),
            docks=_text(self.saveState()),
            tab=self._manifests[self.tabs.currentIndex()].id,
        )

    def _restore(self) -> None:
        self.resize(1280, 860)
        settings = self._state.settings
        if geometry := settings.text("geometry"):
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        if docks := settings.text("docks"):
            self.restoreState(QByteArray.fromBase64(docks.encode()))
        else:
            for dock in self.docks.values():
                self.resizeDocks([dock], [DOCK_HEIGHT], Qt.Orientation.Vertical)
        self.show_tab(settings.text("tab", self._manifests[0].id))
        self._shown(self.tabs.currentIndex())


def _dropped(event: QDropEvent) -> Path | None:
    """The first local file of a drag, if there is one."""
    for url in event.mimeData().urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else None
        if path is not None and path.is_file():
            return path
    return None


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode()
