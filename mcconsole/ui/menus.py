"""The menu bar: every action can be found, and reached by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from mcconsole import __version__
from mcconsole.core import paths
from mcconsole.ui import icons, shortcuts, theme
from mcconsole.ui.relay import Relay
from mcconsole.ui.shortcuts import Key
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Scheme

if TYPE_CHECKING:
    from mcconsole.ui.main_window import MainWindow

Keys = Key | tuple[Key, ...]


class Menus(QObject):
    """File, Edit, View, Tools, Window, Help."""

    def __init__(self, window: MainWindow, state: AppState) -> None:
        super().__init__(window)
        self._window = window
        self._state = state
        self._recent = QMenu(self.tr("Open &recent"), window)
        self._recent.aboutToShow.connect(self._fill_recent)
        for title, fill in (
            (self.tr("&File"), self._file),
            (self.tr("&Edit"), self._edit),
            (self.tr("&View"), self._view),
            (self.tr("&Tools"), self._tools),
            (self.tr("&Window"), self._windows),
            (self.tr("&Help"), self._help),
        ):
            fill(window.menuBar().addMenu(title))

    def _file(self, menu: QMenu) -> None:
        if "imports" in self._window.tab_ids():
            self._add(menu, self.tr("&Open file to import…"), self._window.choose_file, shortcuts.OPEN, "file")
            menu.addMenu(self._recent)
            menu.addSeparator()
        close = self._add(menu, self.tr("&Quit"), self._window.close, shortcuts.QUIT)
        close.setMenuRole(QAction.MenuRole.QuitRole)

    def _edit(self, menu: QMenu) -> None:
        for text, name, keys in (
            (self.tr("Cu&t"), "cut", QKeySequence.StandardKey.Cut),
            (self.tr("&Copy"), "copy", None),
            (self.tr("&Paste"), "paste", QKeySequence.StandardKey.Paste),
            (self.tr("Select &all"), "selectAll", QKeySequence.StandardKey.SelectAll),
        ):
            # The fields know these keys themselves; here they are only shown, so that no field loses its own.
            shown = QKeySequence(keys or QKeySequence.StandardKey.Copy).toString(QKeySequence.SequenceFormat.NativeText)
            action = menu.addAction(f"{text}\t{shown}")
            action.setData(name)
            action.triggered.connect(self._edit_focused)

    def _view(self, menu: QMenu) -> None:
        self._add(menu, self.tr("&Refresh"), self._window.refresh, shortcuts.REFRESH, "refresh")
        menu.addSeparator()
        for dock in self._window.docks.values():
            toggle = dock.toggleViewAction()
            toggle.setShortcut(shortcuts.RESPONSES)
            menu.addAction(toggle)
            for text, area in (
                (self.tr("{} on the &right"), Qt.DockWidgetArea.RightDockWidgetArea),
                (self.tr("{} &below"), Qt.DockWidgetArea.BottomDockWidgetArea),
            ):
                self._add(menu, text.format(dock.windowTitle()), partial(self._window.move_dock, dock, area))
        menu.addSeparator()
        self._themes(menu.addMenu(self.tr("&Theme")))

    def _themes(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        chosen = self._state.settings.text("theme", Scheme.SYSTEM)
        names = {
            Scheme.SYSTEM: self.tr("As the &system"),
            Scheme.LIGHT: self.tr("&Light"),
            Scheme.DARK: self.tr("&Dark"),
        }
        for scheme, text in names.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(scheme.value)
            action.setChecked(scheme == chosen)
            group.addAction(action)
        group.triggered.connect(self._choose_theme)
        self._theme_group = group

    def _tools(self, menu: QMenu) -> None:
        run = self._add(menu, self.tr("R&un"), self._window.run, shortcuts.RUN, "run")
        run.setAutoRepeat(False)
        self._add(
            menu, self.tr("Switch &profile"), self._window.top_bar.profile.showPopup, shortcuts.PROFILE, "connect"
        )
        menu.addSeparator()
        settings = self._add(menu, self.tr("&Settings…"), self._show_settings, shortcuts.SETTINGS, "settings")
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)

    def _windows(self, menu: QMenu) -> None:
        for number, tab_id in enumerate(self._window.tab_ids(), start=1):
            text = self._window.tabs.tabText(number - 1)
            self._add(menu, f"&{number} {text}", partial(self._window.show_tab, tab_id), shortcuts.tab(number))
        menu.addSeparator()
        self._add(menu, self.tr("&Next tab"), partial(self._step, 1), shortcuts.NEXT_TAB)
        self._add(menu, self.tr("&Previous tab"), partial(self._step, -1), shortcuts.PREVIOUS_TAB)

    def _help(self, menu: QMenu) -> None:
        self._add(menu, self.tr("Open the &folder where everything is kept"), self._open_home, (), "folder")
        about = self._add(menu, self.tr("&About mcconsole"), self._about, (), "info")
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _add(self, menu: QMenu, text: str, act: Callable[[], object], keys: Keys = (), icon: str = "") -> QAction:
        action = menu.addAction(text)
        if keys:
            action.setShortcuts([QKeySequence(key) for key in (keys if isinstance(keys, tuple) else (keys,))])
        if icon:
            icons.follow(action, icon)
        action.triggered.connect(Relay(act, action).do)
        return action

    @Slot()
    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in self._state.settings.texts("recent_files"):
            action = self._recent.addAction(path)
            action.setData(path)
            action.triggered.connect(self._open_recent)
        self._recent.setEnabled(True)
        if self._recent.isEmpty():
            self._recent.addAction(self.tr("Nothing yet")).setEnabled(False)

    @Slot()
    def _open_recent(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._window.open_file(Path(action.data()))

    @Slot()
    def _edit_focused(self) -> None:
        action, widget = self.sender(), QApplication.focusWidget()
        if isinstance(action, QAction) and hasattr(widget, action.data()):
            getattr(widget, action.data())()

    @Slot(QAction)
    def _choose_theme(self, action: QAction) -> None:
        self.set_theme(Scheme(action.data()))

    def set_theme(self, scheme: Scheme) -> None:
        """Change the theme and remember it."""
        self._state.settings.set(theme=scheme.value)
        theme.apply(scheme)
        for action in self._theme_group.actions():
            action.setChecked(action.data() == scheme.value)

    @Slot()
    def _show_settings(self) -> None:
        from mcconsole.ui.settings_dialog import SettingsDialog

        SettingsDialog(self._state, self.set_theme, self._window).open()

    def _step(self, by: int) -> None:
        tabs = self._window.tabs
        tabs.setCurrentIndex((tabs.currentIndex() + by) % tabs.count())

    @Slot()
    def _open_home(self) -> None:
        self._state.open_path(paths.home())

    @Slot()
    def _about(self) -> None:
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("About mcconsole"))
        box.setIconPixmap(icons.application_icon().pixmap(64, 64))
        box.setText(f"mcconsole {__version__}")
        box.setInformativeText(self.tr("A desktop admin console for Salesforce Marketing Cloud Engagement."))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
