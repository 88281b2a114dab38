"""What is done with what is chosen in a tab: a head that names it, a choice of panes, and the pane in front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from mcconsole.ui import icons, theme
from mcconsole.ui.confirm import Asking
from mcconsole.ui.pages import Pages, heading
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import enter_page, has_keyboard, plain, small_button


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of the head, translated."""

    back: str
    back_tip: str
    reload_tip: str
    ways: str
    """What is chosen among, for those who cannot see it."""


class Pane(Protocol):
    """One way to work with what is chosen."""

    def look(self) -> None:
        """Show the situation that the draft has."""

    def run(self) -> None:
        """Ctrl+Return: do the main thing."""


class WorkView(Asking):
    """A tab adds to the head what it knows, calls `arrange`, and shows what is chosen."""

    left = Signal()
    """Something else shall be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.panes: Sequence[tuple[str, Pane]] = ()
        self.name = heading("", 1.2)
        self.facts = plain("", selectable=True)
        self.back = small_button("")
        self.reload = small_button(self.tr("Refresh"))
        self.choice = QTabBar()
        self.stack = QStackedWidget()

    def arrange(
        self, words: Words, panes: Sequence[tuple[str, Pane]], below: QLayout | QWidget, *beside: QWidget
    ) -> None:
        """The name with its facts and what stands `beside` them, what stands `below`, and the panes."""
        self.panes = panes
        icons.follow(self.back, "back")
        icons.follow(self.reload, "refresh")
        self.back.setText(words.back)
        self.back.setToolTip(words.back_tip)
        self.back.setShortcut("Escape")
        self.reload.setToolTip(words.reload_tip)
        self.choice.setAccessibleName(words.ways)
        theme.tint(self.facts, Tone.NEUTRAL)
        self.pages = Pages(self._content())
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addWidget(self.name)
        names.addWidget(self.facts)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.back)
        top.addLayout(names, 1)
        for widget in (*beside, self.reload):
            top.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(top)
        if isinstance(below, QWidget):
            column.addWidget(below)
        else:
            column.addLayout(below)
        column.addWidget(self.pages, 1)
        self.back.clicked.connect(self.left)
        self.choice.currentChanged.connect(self.pane_chosen)

    def _content(self) -> QWidget:
        for title, pane in self.panes:
            self.choice.addTab(title)
            self.stack.addWidget(cast(QWidget, pane))
        self._make_room()
        self.choice.setExpanding(False)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.choice)
        column.addWidget(self.stack, 1)
        return page

    @property
    def pane(self) -> Pane:
        """The pane in front."""
        return self.panes[self.stack.currentIndex()][1]

    def show_pane(self, number: int) -> None:
        """Bring a pane to the front."""
        self.choice.setCurrentIndex(number)

    def _make_room(self) -> None:
        """Only the pane in front says how small the window can be."""
        for _, pane in self.panes:
            policy = QSizePolicy.Policy.Preferred if pane is self.pane else QSizePolicy.Policy.Ignored
            cast(QWidget, pane).setSizePolicy(policy, policy)

    @Slot(int)
    def pane_chosen(self, number: int) -> None:
        """Show the pane that was chosen, and put the keyboard into it unless it goes along the choice."""
        self.stack.setCurrentIndex(number)
        self._make_room()
        self.pane.look()
        if self.isVisible() and not self.choice.hasFocus() and not has_keyboard(self.stack):
            enter_page(self.stack.currentWidget())
