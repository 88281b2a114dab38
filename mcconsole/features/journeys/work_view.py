"""What is done with the chosen entry source: which one it is, how old its schema, and the ways to fire it."""

from __future__ import annotations

from functools import partial
from typing import Protocol, cast

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from mcconsole.features.journeys.contacts_view import ContactsView
from mcconsole.features.journeys.draft import LOOK_KEY, Draft
from mcconsole.features.journeys.exit_view import ExitView
from mcconsole.features.journeys.many_view import ManyView
from mcconsole.features.journeys.one_view import OneView
from mcconsole.features.journeys.situation import Situation, named
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import Pages, heading
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, enter_page, has_keyboard, plain, small_button

ONE, SETS, MANY, EXIT = range(4)
"""The panes."""
AGE_EVERY = 5_000
"""Milliseconds between two looks at the age of what was read."""


class Pane(Protocol):
    """One way to work with an entry source."""

    def look(self) -> None:
        """Show the situation that the draft has."""

    def run(self) -> None:
        """Ctrl+Return: do the main thing."""


class WorkView(QWidget):
    """The head, a choice of panes, and the pane."""

    left = Signal()
    """Another entry source shall be chosen."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.one = OneView(draft)
        self.contacts = ContactsView(draft)
        self.many = ManyView(draft)
        self.exit = ExitView(draft)
        self.panes: list[tuple[str, Pane]] = [
            (self.tr("&One contact"), self.one),
            (self.tr("Te&st contacts"), self.contacts),
            (self.tr("CSV of co&ntacts"), self.many),
            (self.tr("Ta&ke a contact out"), self.exit),
        ]
        self.name = heading("", 1.2)
        self.facts = plain("", selectable=True)
        self.age = QLabel()
        self.explanation = Line()
        self.back = small_button(self.tr("All journeys"))
        self.reload = small_button(self.tr("Refresh"))
        self.choice = QTabBar()
        self.stack = QStackedWidget()
        self.pages = Pages(self._content())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(self._head())
        column.addWidget(self.explanation)
        column.addWidget(self.pages, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(AGE_EVERY)
        self._timer.timeout.connect(self._show_age)
        self._timer.start()
        self.back.clicked.connect(self.left)
        self.reload.clicked.connect(draft.refresh)
        self.choice.currentChanged.connect(self._pane_chosen)
        self.one.exit_wanted.connect(self._take_out)
        self.one.keep_wanted.connect(self._keep)
        draft.changed.connect(self.look)

    def _head(self) -> QHBoxLayout:
        icons.follow(self.back, "back")
        icons.follow(self.reload, "refresh")
        self.back.setToolTip(self.tr("Choose another entry source (Escape)"))
        self.back.setShortcut("Escape")
        self.reload.setToolTip(self.tr("Read the fields and journeys again (F5)"))
        theme.tint(self.facts, Tone.NEUTRAL)
        theme.tint(self.age, Tone.NEUTRAL)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.name)
        words.addWidget(self.facts)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.back)
        head.addLayout(words, 1)
        head.addWidget(self.age)
        head.addWidget(self.reload)
        return head

    def _content(self) -> QWidget:
        for title, pane in self.panes:
            self.choice.addTab(title)
            self.stack.addWidget(cast(QWidget, pane))
        self._make_room()
        self.choice.setExpanding(False)
        self.choice.setDrawBase(True)
        self.choice.setAccessibleName(self.tr("Ways to fire"))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.choice)
        column.addWidget(self.stack, 1)
        return page

    def explain(self, text: str) -> None:
        """Say what a pasted key was; "" says nothing."""
        self.explanation.say(Tone.INFO, text)

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
    def _pane_chosen(self, number: int) -> None:
        self.stack.setCurrentIndex(number)
        self._make_room()
        self.pane.look()
        if self.isVisible() and not self.choice.hasFocus() and not has_keyboard(self.stack):
            enter_page(self.stack.currentWidget())
        if self.pane is self.one and not self.draft.chosen and self.isVisible():
            self.left.emit()

    @Slot(str)
    def _take_out(self, contact_key: str) -> None:
        self.show_pane(EXIT)
        self.exit.show_contact(contact_key)

    @Slot(str, object)
    def _keep(self, contact_key: str, data: dict[str, object]) -> None:
        self.show_pane(SETS)
        self.contacts.keep(contact_key, data)

    @Slot()
    def show_many(self) -> None:
        """Bring the runs of many contacts to the front, whatever is chosen."""
        self.show_pane(MANY)
        self.look()

    @Slot()
    def look(self) -> None:
        """Show what the draft has."""
        draft, known = self.draft, self.draft.situation
        self.name.setText(known.source.name if known else draft.chosen or self.tr("No entry source chosen"))
        self.facts.setText(self._facts(known) if known is not None else "")
        self._show_age()
        if known is not None:
            first = self.pages.currentWidget() is not self.pages.content
            self.pages.show_content()
            self.pane.look()
            if first and self.isVisible() and self.pane is self.one:
                self.one.enter()
            if draft.error is not None:
                self.state.show_error(draft.error, key="journeys.look", retry=draft.refresh)
        elif draft.choosing:
            text = self.tr("Reading the fields and journeys of {}").format(draft.chosen)
            self.pages.show_working(text, partial(self.state.runner.cancel, LOOK_KEY))
        elif draft.error is not None:
            title = self.tr("The entry source could not be read")
            self.pages.show_error(draft.error, partial(draft.choose, draft.chosen), title=title)
        elif draft.chosen:
            again = (self.tr("Read it"), partial(draft.choose, draft.chosen))
            self.pages.show_empty(self.tr("Not read"), self.tr("The entry source is not read yet."), again)
        else:
            self.pages.show_content()
            self.pane.look()

    def _facts(self, known: Situation) -> str:
        source = known.source
        parts = [self.tr("event definition key {}").format(source.key)]
        if known.described is not None:
            schema = known.described.schema
            text = self.tr("writes to “{}” ({} fields)")
            parts.append(text.format(schema.name, f"{len(schema.fields):,}"))
        running = [f"{named(journey)}: {journey.status}" for journey in known.running or known.journeys[:1]]
        parts.append(self.tr("feeds {}").format(", ".join(running)) if running else self.tr("feeds no journey"))
        return "  ·  ".join(parts)

    @Slot()
    def _show_age(self) -> None:
        age = self.draft.age
        if self.draft.choosing:
            self.age.setText(self.tr("reading…"))
        elif age is not None:
            self.age.setText(self.tr("read {}").format(_ago(self, age)))
        else:
            self.age.setText("")


def _ago(widget: QWidget, seconds: float) -> str:
    if seconds < 60:
        return widget.tr("just now")
    if seconds < 3600:
        return widget.tr("{} min ago").format(int(seconds // 60))
    return widget.tr("{} h ago").format(int(seconds // 3600))
