"""What is done with the chosen definition: which one it is, its status and how to change it, and the ways to send."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from mcconsole.features.sends import lifecycle
from mcconsole.features.sends.definitions import Definition, Kind, Status
from mcconsole.features.sends.draft import Change, Draft
from mcconsole.features.sends.looks import kind_word, status_look
from mcconsole.features.sends.many_view import ManyView
from mcconsole.features.sends.one_view import OneView
from mcconsole.features.sends.people_view import PeopleView
from mcconsole.ui import icons, theme, work_view
from mcconsole.ui.widgets import small_button
from mcconsole.ui.work_view import Words

ONE, SETS, MANY = range(3)
"""The panes."""


class WorkView(work_view.WorkView):
    """Its status, how to change it, and the panes for one definition."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.one = OneView(draft)
        self.people = PeopleView(draft)
        self.many = ManyView(draft)
        self.mark = QLabel()
        self.status = QLabel()
        self.start = small_button(self.tr("Start…"))
        self.pause = small_button(self.tr("Pause…"))
        self.renew = small_button(self.tr("Refresh content…"))
        self.cancel = small_button(self.tr("Cancel it…"))
        words = Words(
            back=self.tr("All definitions"),
            back_tip=self.tr("Choose another definition (Escape)"),
            reload_tip=self.tr("Read the definition and its fields again (F5)"),
            ways=self.tr("Ways to send"),
        )
        panes = (
            (self.tr("&One recipient"), self.one),
            (self.tr("Te&st contacts"), self.people),
            (self.tr("CSV of recipie&nts"), self.many),
        )
        self.choice.setDrawBase(False)
        self.arrange(words, panes, self._act_row())
        self._wire()
        self.look()

    def _act_row(self) -> QHBoxLayout:
        self.renew.setToolTip(self.tr("Pause it, take the e-mail as it is now, start it again"))
        for button, icon in zip(self._acts, ("run", "clock", "download", "cancel"), strict=True):
            icons.follow(button, icon)
        font = self.status.font()
        font.setWeight(font.Weight.DemiBold)
        self.status.setFont(font)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for widget in (self.mark, self.status):
            acts.addWidget(widget)
        acts.addSpacing(12)
        for button in self._acts:
            acts.addWidget(button)
        acts.addStretch(1)
        return acts

    @property
    def _acts(self) -> tuple[QPushButton, ...]:
        return self.start, self.pause, self.renew, self.cancel

    def _wire(self) -> None:
        self.reload.clicked.connect(self.draft.refresh)
        self.start.clicked.connect(self.ask_start)
        self.one.start_wanted.connect(self.ask_start)
        self.one.keep_wanted.connect(self._keep)
        self.pause.clicked.connect(self._ask_pause)
        self.renew.clicked.connect(self._ask_renew)
        self.cancel.clicked.connect(self._ask_cancel)
        self.draft.look.changed.connect(self.look)
        self.draft.changing.connect(self.look)
        theme.changed.connect(self._show_status)

    @Slot(str, object)
    def _keep(self, key: str, data: dict[str, object]) -> None:
        self.show_pane(SETS)
        self.people.keep(key, data)

    @Slot()
    def show_runs(self) -> None:
        """Bring the runs of many to the front, whatever is chosen."""
        self.show_pane(MANY)
        self.look()

    @Slot()
    def look(self) -> None:
        """Show what the draft has."""
        draft, reading = self.draft, self.draft.look
        shown, known = self._definition, draft.situation
        self.name.setText(shown.name if shown is not None else self.tr("No definition chosen"))
        self.facts.setText(_facts(shown, self) if shown is not None else "")
        self._show_status()
        if known is not None or shown is None:
            first = self.pages.currentWidget() is not self.pages.content
            self.pages.show_content()
            self.pane.look()
            if known is not None and first and self.isVisible() and self.pane is self.one:
                self.one.enter()
            if reading.error is not None:
                self.state.show_error(reading.error, key=reading.key, retry=draft.refresh)
            elif not reading.running:
                self.state.messages.withdraw(reading.key)  # it was read since
        elif reading.running:
            text = self.tr("Reading the definition {}").format(shown.name)
            self.pages.show_working(text, reading.stop)
        elif reading.error is not None:
            title = self.tr("The definition could not be read")
            self.pages.show_error(reading.error, partial(draft.choose, shown), title=title)
        else:
            again = (self.tr("Read it"), partial(draft.choose, shown))
            self.pages.show_empty(self.tr("Not read"), self.tr("The definition is not read yet."), again)

    @property
    def _definition(self) -> Definition | None:
        known = self.draft.situation
        return known.definition if known is not None else self.draft.chosen

    @Slot()
    def _show_status(self) -> None:
        shown = self._definition
        icon, tone, word = status_look(shown.status if shown is not None else "")
        self.mark.setPixmap(icons.pixmap(icon, 18, tone))
        self.status.setText(self.draft.doing + "…" if self.draft.doing else word)
        theme.tint(self.status, tone)
        for widget in (self.mark, self.status, *self._acts):
            widget.setVisible(shown is not None)
        if shown is None:
            return
        free = not self.draft.doing and self.draft.situation is not None
        for button, wanted in (
            (self.start, Status.ACTIVE),
            (self.pause, Status.INACTIVE),
            (self.cancel, Status.CANCELED),
        ):
            button.setEnabled(free and shown.status in lifecycle.ALLOWED[wanted])
        self.renew.setVisible(shown.kind is Kind.TRIGGERED)
        self.renew.setEnabled(free and shown.takes_messages)
        self.cancel.setText(self.tr("Cancel it…") if shown.kind is Kind.TRIGGERED else self.tr("Delete it…"))

    @Slot()
    def ask_start(self) -> None:
        """Start it, after a question."""
        queued = self.tr(" What is queued goes out.") if self._status == Status.INACTIVE else ""
        self._ask(self.tr("Start"), self.tr("Start “{}”, so that it sends?{}"), queued, lifecycle.start)

    @Slot()
    def _ask_pause(self) -> None:
        text = self.tr("Pause “{}”? Messages are accepted then, and wait until it is started.{}")
        self._ask(self.tr("Pause"), text, "", lifecycle.pause)

    @Slot()
    def _ask_renew(self) -> None:
        again = self.tr(" It is paused for a moment and started again.") if self._status == Status.ACTIVE else ""
        text = self.tr("Let “{}” send its e-mail as it is now?{}")
        self._ask(self.tr("Refresh content"), text, again, lifecycle.refresh_content)

    @Slot()
    def _ask_cancel(self) -> None:
        shown = self._definition
        if shown is not None and shown.kind is Kind.TRANSACTIONAL:
            text = self.tr("Delete “{}”? It sends nothing any more. This cannot be undone.{}")
            self._ask(self.tr("Delete"), text, "", lifecycle.cancel)
        else:
            text = self.tr("Cancel “{}”? It sends nothing any more. This cannot be undone.{}")
            self._ask(self.tr("Cancel the definition"), text, "", lifecycle.cancel)

    @property
    def _status(self) -> str:
        return self._definition.status if self._definition is not None else ""

    def _ask(self, verb: str, question: str, more: str, act: Change) -> None:
        shown, connection = self._definition, self.draft.connection
        if shown is None or connection is None or self.question is not None or self.draft.doing:
            return
        label = self.tr("{}: {}").format(verb, shown.name)
        text = question.format(shown.name, more)
        self.ask(verb, text, verb, partial(self.draft.change, act, label))


def _facts(one: Definition, widget: QWidget) -> str:
    parts = [kind_word(one), widget.tr("external key {}").format(one.key)]
    for form, value in (
        (widget.tr("e-mail {}"), one.email),
        (widget.tr("list {}"), one.list_key),
        (widget.tr("data extension {}"), one.data_extension),
        (widget.tr("send classification {}"), one.classification),
    ):
        if value:
            parts.append(form.format(value))
    return "  ·  ".join(parts)
