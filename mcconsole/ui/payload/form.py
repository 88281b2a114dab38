"""The form made from a schema: a row for each field, built a few at a time, so that hundreds do not hold the window."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QVBoxLayout, QWidget

from mcconsole.core import dates
from mcconsole.core.fields import FieldType, Schema
from mcconsole.core.payload import Fault
from mcconsole.ui import theme
from mcconsole.ui.pages import Notice
from mcconsole.ui.payload.inputs import Take
from mcconsole.ui.payload.row import FieldRow, State
from mcconsole.ui.relay import Relay
from mcconsole.ui.theme import Tone

AT_ONCE = 12
"""Rows that are built in one go: some 10 ms."""


class FieldForm(QScrollArea):
    """Shows a payload field by field. It owns no data: `edited` asks for a change, `show_given` shows it."""

    edited = Signal(object)
    """The FieldRow that the user changed."""

    def __init__(self, take: Take, follows: QWidget, parent: QWidget | None = None) -> None:
        """`follows` is the widget before the first field on the way of the Tab key."""
        super().__init__(parent)
        self._take = take
        self._follows = follows
        self._schema: Schema | None = None
        self._given: Mapping[str, object] = {}
        self._faults: dict[str, Fault] = {}
        self._zone = dates.PLATFORM
        self.rows: dict[str, FieldRow] = {}
        self._more = QTimer(self)
        self._more.setInterval(0)
        self._more.timeout.connect(self._build_some)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Fields"))
        theme.changed.connect(self._paint)

    @Slot()
    def _paint(self) -> None:
        for row in self.rows.values():
            row.paint_marks()

    def show_schema(self, schema: Schema) -> None:
        """Start over with the fields of a schema."""
        self._schema = schema
        self._given, self._faults, self.rows = {}, {}, {}
        self._more.stop()
        if not schema.fields:
            notice = Notice()
            notice.say(
                "table",
                Tone.NEUTRAL,
                self.tr("No fields"),
                self.tr("“{}” has no fields, so nothing can be filled in.").format(schema.name),
            )
            self.setWidget(notice)
            return
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(2, 2, 10, 2)
        self._column.setSpacing(4)
        self._column.addStretch(1)
        self.setWidget(inner)
        self._build_some()
        self.setMinimumWidth(inner.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width())

    @Slot()
    def _build_some(self) -> None:
        self._build_up_to(len(self.rows) + AT_ONCE)

    def _build_up_to(self, count: int) -> None:
        """Build the rows before this one that are not there yet."""
        fields = self._schema.fields if self._schema is not None else ()
        for field in fields[len(self.rows) : count]:
            row = FieldRow(field, self._take)
            row.set_zone(self._zone)
            row.show_given(self._given, self._faults.get(field.name))
            row.edited.connect(self.edited)
            row.menu_wanted.connect(self._open_menu)
            self._column.insertWidget(self._column.count() - 1, row)
            QWidget.setTabOrder(next(reversed(self.rows.values())).input if self.rows else self._follows, row.input)
            self.rows[field.name] = row
        if len(self.rows) < len(fields):
            self._more.start()
        else:
            self._more.stop()

    def show_given(self, given: Mapping[str, object], faults: Mapping[str, Fault]) -> None:
        """Show a payload, and what is wrong with its fields."""
        self._given, self._faults = given, dict(faults)
        for name, row in self.rows.items():
            row.show_given(given, self._faults.get(name))

    @property
    def has_dates(self) -> bool:
        """Whether any field is a date."""
        return self._schema is not None and any(field.type is FieldType.DATE for field in self._schema.fields)

    def set_zone(self, zone: str) -> None:
        """Read times without an offset in this zone."""
        self._zone = zone
        for row in self.rows.values():
            if row.field.type is FieldType.DATE:
                row.set_zone(zone)

    def focus_field(self, name: str) -> None:
        """Put the keyboard on a field, and the field where it is seen."""
        if self._schema is None:
            return
        names = [field.name for field in self._schema.fields]
        self._build_up_to(names.index(name) + 1)
        row = self.rows[name]
        row.input.setFocus(Qt.FocusReason.OtherFocusReason)
        self.ensureWidgetVisible(row)

    @Slot(object)
    def _open_menu(self, row: FieldRow) -> None:
        menu = QMenu(row)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = QActionGroup(menu)
        meanings = {
            State.EMPTY: self.tr('Empty text, sent as ""'),
            State.NULL: self.tr("Null, sent as null"),
            State.LEFT_OUT: self.tr("Left out, not sent at all"),
        }
        for state, word in row.state_words().items():
            action = QAction(meanings.get(state, word), menu)
            action.setCheckable(True)
            action.setChecked(state is row.state)
            action.triggered.connect(Relay(partial(row.choose, state), action).do)
            group.addAction(action)
            menu.addAction(action)
            if state is row.state:
                menu.setActiveAction(action)
        menu.popup(row.state_button.mapToGlobal(QPoint(0, row.state_button.height())))
