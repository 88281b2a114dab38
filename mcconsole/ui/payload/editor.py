"""A payload in two views that always agree: the form made from the schema, and the JSON that will be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from mcconsole.core import json_text, payload
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Schema
from mcconsole.core.json_text import NotJson
from mcconsole.core.payload import Checked, Fault
from mcconsole.ui import icons, theme
from mcconsole.ui.payload.form import FieldForm
from mcconsole.ui.payload.json_view import JsonEdit, Span
from mcconsole.ui.payload.row import FieldRow, State
from mcconsole.ui.payload.zone import ZoneChoice
from mcconsole.ui.relay import loosely
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, small_button

NARROW = 900
"""Pixels below which the JSON is under the form."""
NAMED = 5
"""Names that a line lists; of more it says how many."""


class PayloadEditor(QWidget):
    """Edits the data of one contact. Nothing that was typed is dropped: what fits no field stays, and is a fault."""

    changed = Signal()
    """What is sent, or whether it can be, may have changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._schema: Schema | None = None
        self._given: dict[str, object] | None = {}
        self._last: dict[str, object] = {}
        self._error: NotJson | None = None
        self._checked: Checked | None = None
        self._raw = False
        self._why = ""
        self.json = JsonEdit(loosely(self._take_in_json))
        self.count = QLabel()
        self.zone = ZoneChoice()
        self.paste_button = small_button(self.tr("Paste"))
        self.form = FieldForm(loosely(self._take_in_form), self.paste_button)
        self.banner = Line()
        self.told = Line()
        self.names = Line()
        self.unread = Line()
        self.converted = Line()
        self._build()
        self.form.edited.connect(self._form_edited)
        self.json.edited.connect(self._json_edited)
        self.zone.chosen.connect(self.form.set_zone)
        self.paste_button.clicked.connect(self._paste)
        self._write({})

    def _build(self) -> None:
        theme.tint(self.count, Tone.NEUTRAL)
        icons.follow(self.paste_button, "copy")
        self.paste_button.setToolTip(
            self.tr("A JSON object, a header with one row, or two columns with names and values")
        )
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.count, 1)
        tools.addWidget(self.zone)
        tools.addWidget(self.paste_button)
        right = QWidget()
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(6)
        for widget in (self.unread, self.names):
            beside.addWidget(widget)
        beside.addWidget(self.json, 1)
        beside.addWidget(self.converted)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.form)
        self.split.addWidget(right)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.banner)
        column.addLayout(tools)
        column.addWidget(self.told)
        column.addWidget(self.split, 1)
        for first, second in pairwise((self.zone.combo, self.paste_button, self.json)):
            QWidget.setTabOrder(first, second)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where there is room."""
        size = event.size()
        wanted = Qt.Orientation.Horizontal if size.width() >= NARROW else Qt.Orientation.Vertical
        if wanted is not self.split.orientation() or not event.oldSize().isValid():
            self.split.setOrientation(wanted)
            room = size.width() if wanted is Qt.Orientation.Horizontal else size.height()
            self.split.setSizes([room * 58 // 100, room * 42 // 100])
        super().resizeEvent(event)

    @property
    def raw(self) -> bool:
        """Whether the data are sent unchecked."""
        return self._raw

    def show_schema(self, schema: Schema | None) -> None:
        """Make the form from a schema; None leaves raw mode only. What was typed is kept where the names agree."""
        other = schema is not None and self._schema is not None and schema.key != self._schema.key
        self._schema = schema
        self.told.say(Tone.INFO, "")
        if schema is not None:
            self.form.show_schema(schema)
        if schema is not None and other and self._given is not None:
            self._take_over(schema, self._given)
        else:
            self._refresh()

    def _take_over(self, schema: Schema, given: dict[str, object]) -> None:
        mended = payload.mend(given, schema, guesses=False)
        known = {field.name for field in schema.fields}
        left = {name: value for name, value in mended.items() if name not in known}
        self._write({name: value for name, value in mended.items() if name in known})
        if left:
            self.told.say(
                Tone.INFO,
                self.tr("Not taken over, as “{}” has no such field: {}.").format(schema.name, self._listed(left)),
                (self.tr("Put back"), partial(self._put_back, left)),
            )

    def _put_back(self, left: Mapping[str, object]) -> None:
        if self._given is not None:
            self.told.say(Tone.INFO, "")
            self._write({**left, **self._given})

    def set_raw(self, on: bool, why: str = "") -> None:
        """Send what the JSON says, unchecked, or go back to the form; `why` is said in the banner."""
        if (on, why) != (self._raw, self._why):
            self._raw, self._why = on, why
            self._refresh()

    def set_data(self, data: Mapping[str, object]) -> None:
        """Replace everything."""
        self.told.say(Tone.INFO, "")
        self._write(dict(data))

    def set_value(self, name: str, value: str) -> None:
        """Give one field a value; "" leaves it out. Without effect while the JSON cannot be read."""
        if self._given is not None and payload.plain(self._given.get(name, "")) != value:
            self._put(name, State.VALUE if value else State.LEFT_OUT, value)

    def data(self) -> dict[str, object] | None:
        """The payload as it is given; None while the JSON cannot be read."""
        return dict(self._given) if self._given is not None else None

    def checked(self) -> Checked | None:
        """The payload held against the schema; None in raw mode, and while there is nothing to hold."""
        return self._checked

    def faults(self) -> list[str]:
        """Why this cannot be sent, in sentences; in raw mode only that the JSON cannot be read."""
        if self._error is not None:
            return [str(self._error)]
        if self._raw:
            return []
        if self._checked is None:
            return [self.tr("The fields are not known, so the data cannot be checked; only raw data can be sent.")]
        return [fault.sentence for fault in self._checked.faults]

    def focus_first(self) -> None:
        """Put the keyboard on the first required field that is empty, else on the first field."""
        if self._raw or self._schema is None or not self._schema.fields:
            self.json.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        given = self._given or {}
        wanted = [f for f in self._schema.fields if (f.required or f.primary_key) and not f.default]
        empty = [field for field in wanted if given.get(field.name) in (None, "")]
        self.form.focus_field((empty or self._schema.fields)[0].name)

    @Slot(object)
    def _form_edited(self, row: FieldRow) -> None:
        self._put(row.field.name, row.state, row.value)

    def _put(self, name: str, state: State, value: object) -> None:
        given = dict(self._given or {})
        self.told.say(Tone.INFO, "")
        if state is State.LEFT_OUT:
            given.pop(name, None)
        elif self._schema is not None:
            given = payload.placed(given, name, value, self._schema)
        else:
            given[name] = value
        self._write(given)

    def _write(self, given: dict[str, object]) -> None:
        """Make this the payload, in both views."""
        self.json.show_text(json_text.written(given) if given else "{\n}")
        self._read()

    @Slot()
    def _json_edited(self) -> None:
        self.told.say(Tone.INFO, "")
        self._read()

    def _read(self) -> None:
        """Take the payload from the JSON, and show it."""
        text = self.json.text()
        try:
            self._given = json_text.parse(text) if text.strip() else {}
            self._last, self._error = self._given, None
        except NotJson as error:
            self._given, self._error = None, error
        self._refresh()

    def _refresh(self) -> None:
        """Show everything that follows from the payload, the schema and the mode."""
        given, schema = self._given, self._schema
        self._checked = None
        if given is not None and schema is not None and not self._raw:
            self._checked = payload.check(given, schema)
            self.form.show_given(given, {fault.field: fault for fault in self._checked.faults})
        self.form.setVisible(schema is not None and not self._raw)
        self.form.setEnabled(given is not None)
        self.zone.setVisible(self.form.isVisibleTo(self) and self.form.has_dates)
        self._say_mode()
        self._say_unread()
        self._say_names()
        self._say_converted()
        self._mark()
        self.changed.emit()

    def _say_mode(self) -> None:
        if self._raw:
            lost = self.tr(
                "Raw data: no name, type or length is checked. Marketing Cloud takes data with a wrong name, or a"
                " name in the wrong case, and drops that value without a word."
            )
            self.banner.say(Tone.WARNING, " ".join(filter(None, (self._why, lost))))
        elif self._schema is None:
            self.banner.say(Tone.WARNING, self.tr("The fields are not known, so there is no form."))
        else:
            self.banner.say(Tone.INFO, "")
        if self._given is None:
            self.count.setText("")
        elif self._checked is not None and self._schema is not None:
            names = [field.name for field in self._schema.fields]
            given = sum(name in self._given for name in names)
            self.count.setText(self.tr("{:,} of {:,} fields given").format(given, len(names)))
        else:
            self.count.setText(self.tr("Names: {:,}").format(len(self._given)))

    def _say_unread(self) -> None:
        if self._error is None:
            self.unread.say(Tone.ERROR, "")
            return
        words = " ".join(filter(None, (str(self._error), self._error.advice)))
        there = ((self.tr("Go there"), self._go_there),) if self._error.at is not None else ()
        self.unread.say(Tone.ERROR, words, *there, (self.tr("Go back to what could be read"), self._go_back))

    def _go_there(self) -> None:
        if self._error is not None and self._error.at is not None:
            self.json.go_to(self._error.at)

    def _go_back(self) -> None:
        self._write(self._last)

    def _say_names(self) -> None:
        wrong = [f for f in self._checked.faults if f.code in payload.NAME_CODES] if self._checked else []
        text = "\n".join(map(self._misnamed, wrong[:NAMED]))
        if wrong[NAMED:]:
            text += "\n" + self.tr("And {:,} more.").format(len(wrong) - NAMED)
        mend = any(fault.suggestion for fault in wrong)
        actions = ((self.tr("&Use the exact names"), self._mend),) if mend else ()
        self.names.say(Tone.ERROR, text, *actions)

    def _misnamed(self, fault: Fault) -> str:
        if fault.suggestion:
            return self.tr("“{}”: did you mean “{}”?").format(payload.short(fault.field), fault.suggestion)
        if fault.code == "FieldTwice":
            return fault.sentence
        schema = self._schema.name if self._schema is not None else ""
        return self.tr("“{}” is no field of “{}”.").format(payload.short(fault.field), schema)

    def _mend(self) -> None:
        if self._given is not None and self._schema is not None:
            self._write(payload.mend(self._given, self._schema))

    def _say_converted(self) -> None:
        """Tell of values that go out in another form than they stand there."""
        given = self._given or {}
        values = self._checked.values if self._checked else {}
        other = {name: sent for name, sent in values.items() if sent != given[name]}
        text = ", ".join(f"{name} → {json_text.written(sent)}" for name, sent in list(other.items())[:NAMED])
        more = self.tr(" and {:,} more").format(len(other) - NAMED) if len(other) > NAMED else ""
        self.converted.say(Tone.NEUTRAL, self.tr("Goes out in another form: {}.").format(text + more) if other else "")

    def _mark(self) -> None:
        spans: list[Span] = []
        text = self.json.text()
        if self._error is not None and self._error.at is not None:
            at = min(self._error.at, max(len(text) - 1, 0))
            spans.append((at, at + 1))
        elif self._checked is not None and self._checked.faults and text.strip():
            faults = {fault.field: fault for fault in self._checked.faults}
            for member in json_text.members(text):
                if (fault := faults.get(member.name)) is not None:
                    named = fault.code in payload.NAME_CODES
                    spans.append((member.start, member.end) if named else (member.value_start, member.value_end))
        self.json.mark(spans)

    @Slot()
    def _paste(self) -> None:
        if self._given is None:
            self.told.say(Tone.ERROR, self.tr("Mend the JSON first: while it cannot be read, nothing can be added."))
            return
        try:
            self._take(QGuiApplication.clipboard().text(), self._given)
        except BadInput as error:
            self.told.say(Tone.ERROR, " ".join(filter(None, (str(error), error.advice))))

    def _take_in_form(self, text: str) -> bool:
        several = "\n" in text.strip() or text.lstrip().startswith("{")
        return several and self._given is not None and self._taken(text, self._given)

    def _take_in_json(self, text: str) -> bool:
        onto = {} if self.json.all_selected() else self._given
        return onto is not None and self._taken(text, onto)

    def _taken(self, text: str, onto: dict[str, object]) -> bool:
        try:
            self._take(text, onto)
        except BadInput:
            return False
        return True

    def _take(self, text: str, onto: dict[str, object]) -> None:
        """Add a pasted row or object, and tell what matched. BadInput when it is none."""
        found = payload.pasted(text, self._schema) if self._schema is not None else json_text.parse(text)
        before = self.json.text()
        replaced = [name for name, value in found.items() if name in onto and onto[name] != value]
        self._write({**onto, **found})
        known = {field.name for field in self._schema.fields} if self._schema is not None else set(found)
        other = [name for name in found if name not in known]
        parts = [self.tr("{:,} of {:,} pasted names match").format(len(found) - len(other), len(found))]
        if other:
            parts.append(self.tr("not: {}").format(self._listed(other)))
        if replaced:
            parts.append(self.tr("values replaced: {}").format(self._listed(replaced)))
        tone = Tone.WARNING if other else Tone.SUCCESS
        self.told.say(tone, "; ".join(parts) + ".", (self.tr("Undo"), partial(self._undo, before)))

    def _undo(self, text: str) -> None:
        self.told.say(Tone.INFO, "")
        self.json.show_text(text)
        self._read()

    def _listed(self, names: Iterable[str]) -> str:
        listed = [f"“{payload.short(name)}”" for name in names]
        more = self.tr(" and {:,} more").format(len(listed) - NAMED) if listed[NAMED:] else ""
        return ", ".join(listed[:NAMED]) + more
