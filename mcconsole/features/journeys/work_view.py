"""What is done with the chosen entry source: which one it is, how old its schema, and the ways to fire it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import (
    QLabel,
    QWidget,
)

from mcconsole.features.journeys.contacts_view import ContactsView
from mcconsole.features.journeys.draft import LOOK_KEY, Draft
from mcconsole.features.journeys.exit_view import ExitView
from mcconsole.features.journeys.many_view import ManyView
from mcconsole.features.journeys.one_view import OneView
from mcconsole.features.journeys.situation import Situation, named
from mcconsole.ui import theme, work_view
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line
from mcconsole.ui.work_view import Words

ONE, SETS, MANY, EXIT = range(4)
"""The panes."""
AGE_EVERY = 5_000
"""Milliseconds between two looks at the age of what was read."""


class WorkView(work_view.WorkView):
    """Its age, what a pasted key was, and the panes for one entry source."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.one = OneView(draft)
        self.contacts = ContactsView(draft)
        self.many = ManyView(draft)
        self.exit = ExitView(draft)
        self.age = QLabel()
        self.explanation = Line()
        theme.tint(self.age, Tone.NEUTRAL)
        words = Words(
            back=self.tr("All journeys"),
            back_tip=self.tr("Choose another entry source (Escape)"),
            reload_tip=self.tr("Read the fields and journeys again (F5)"),
            ways=self.tr("Ways to fire"),
        )
        panes = (
            (self.tr("&One contact"), self.one),
            (self.tr("Te&st contacts"), self.contacts),
            (self.tr("CSV of co&ntacts"), self.many),
            (self.tr("Ta&ke a contact out"), self.exit),
        )
        self.arrange(words, panes, self.explanation, self.age)
        self._timer = QTimer(self)
        self._timer.setInterval(AGE_EVERY)
        self._timer.timeout.connect(self._show_age)
        self._timer.start()
        self.reload.clicked.connect(draft.refresh)
        self.one.exit_wanted.connect(self._take_out)
        self.one.keep_wanted.connect(self._keep)
        draft.changed.connect(self.look)

    def explain(self, text: str) -> None:
        """Say what a pasted key was; "" says nothing."""
        self.explanation.say(Tone.INFO, text)

    @Slot(int)
    def pane_chosen(self, number: int) -> None:
        """Without an entry source nothing can be fired for one contact."""
        super().pane_chosen(number)
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
