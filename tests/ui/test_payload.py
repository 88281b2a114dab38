"""The form and the JSON of one contact: always agreeing, exact in names, losing nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from mcconsole.core import json_text
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.ui import theme
from mcconsole.ui.pages import Notice
from mcconsole.ui.payload import PayloadEditor
from mcconsole.ui.payload.row import FieldRow, State
from mcconsole.ui.theme import Scheme

SCHEMA = Schema(
    "k",
    "Orders",
    (
        Field("ContactKey", FieldType.TEXT, 50, required=True, primary_key=True),
        Field("FirstName", FieldType.TEXT, 5, required=True),
        Field("Email", FieldType.EMAIL, 254),
        Field("Born", FieldType.DATE),
        Field("Total", FieldType.DECIMAL, 10, 2),
        Field("Items", FieldType.NUMBER),
        Field("Gift", FieldType.BOOLEAN),
        Field("Source", FieldType.TEXT, 10, required=True, default="web"),
    ),
)
GOOD: dict[str, object] = {"ContactKey": "C-1", "FirstName": "Ann"}
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def editor(qtbot: QtBot) -> PayloadEditor:
    editor = PayloadEditor()
    qtbot.addWidget(editor)
    editor.resize(1100, 600)
    editor.show_schema(SCHEMA)
    editor.show()
    qtbot.waitExposed(editor)
    editor.activateWindow()
    qtbot.waitUntil(editor.isActiveWindow)
    return editor


def row(editor: PayloadEditor, name: str) -> FieldRow:
    return editor.form.rows[name]


def retype(editor: PayloadEditor, name: str, text: str) -> None:
    line = row(editor, name).input
    line.setFocus()
    assert not isinstance(line, QComboBox)
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClicks(line, text)


def rewrite(editor: PayloadEditor, text: str) -> None:
    """Type another JSON."""
    cursor = editor.json.textCursor()
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.insertText(text)


def put(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def press(editor: PayloadEditor, text: str) -> None:
    (button,) = [b for b in editor.findChildren(QPushButton) if b.text() == text and b.isVisible()]
    button.click()


def marked(editor: PayloadEditor) -> list[str]:
    return [one.cursor.selectedText() for one in editor.json.extraSelections()]


def test_typing_in_the_form_is_seen_in_the_json(editor: PayloadEditor, qtbot: QtBot) -> None:
    retype(editor, "FirstName", "Ann")
    with qtbot.waitSignal(editor.changed):
        retype(editor, "ContactKey", "C-1")
    assert json_text.parse(editor.json.text()) == GOOD
    assert list(editor.data() or {}) == ["ContactKey", "FirstName"]
    assert editor.faults() == []


def test_typing_in_the_json_is_seen_in_the_form(editor: PayloadEditor) -> None:
    rewrite(editor, '{"FirstName": "Ann", "Total": 12.50, "Gift": true}')
    assert row(editor, "FirstName").input.shown() == "Ann"
    assert row(editor, "Total").input.shown() == "12.50"
    assert row(editor, "Gift").input.shown() == "true"
    assert editor.data() == {"FirstName": "Ann", "Total": Decimal("12.50"), "Gift": True}
    assert editor.faults() == ["“ContactKey” is missing, and the field must be filled."]
    checked = editor.checked()
    assert checked is not None
    assert checked.values == {"FirstName": "Ann", "Total": "12.50", "Gift": "true"}
    assert "12.50" in editor.converted.text.text()


def test_values_that_are_no_texts_stay_as_they_were_given(editor: PayloadEditor) -> None:
    rewrite(editor, '{"ContactKey": 7, "Items": 3, "Total": 1.10, "Email": [1]}')
    retype(editor, "FirstName", "Ann")
    assert editor.data() == {"ContactKey": 7, "FirstName": "Ann", "Items": 3, "Total": Decimal("1.10"), "Email": [1]}
    assert "1.10" in editor.json.text()


@pytest.mark.parametrize(
    ("name", "text", "sent", "fault"),
    [
        ("FirstName", "Annika", "Annika", "6 characters"),
        ("Email", "ann@x", "ann@x", "e-mail"),
        ("Items", "1.5", "1.5", "whole number"),
        ("Items", " 15 ", "15", ""),
        ("Total", "1.234", "1.234", "decimal places"),
        ("Born", "2001-02-03", "2001-02-03", ""),
        ("Born", "2001-02-03 10:00", "2001-02-03T10:00:00-06:00", ""),
        ("Born", "2001-02-03 10:00+02:00", "2001-02-03T10:00:00+02:00", ""),
        ("Born", "03/04/2001", "03/04/2001", "DD/MM/YYYY or MM/DD/YYYY; write it as YYYY-MM-DD"),
        ("Born", "soon", "soon", "is not a date written as"),
    ],
)
def test_a_fault_is_told_beside_the_field(editor: PayloadEditor, name: str, text: str, sent: str, fault: str) -> None:
    editor.set_data(GOOD)
    retype(editor, name, text)
    assert (editor.data() or {})[name] == sent
    faults = [one for one in editor.faults() if name in one]
    assert len(faults) == bool(fault)
    assert fault in "".join(faults)
    assert fault in row(editor, name).input.accessibleDescription()
    assert row(editor, name).input.shown() == text


def test_the_counter_counts_as_the_platform_does(editor: PayloadEditor) -> None:
    retype(editor, "FirstName", "ab")
    editor.set_value("FirstName", "ab😀")
    assert row(editor, "FirstName").side.text() == "4/5"
    assert row(editor, "Email").side.text() == ""


def test_the_zone_of_a_time_is_shown_and_chosen(editor: PayloadEditor) -> None:
    side = row(editor, "Born").side
    assert "06:00" in side.text()
    retype(editor, "Born", "2026-01-02")
    assert side.text() == "date only"
    retype(editor, "Born", "2026-01-02 10:00")
    assert side.text() == "UTC−06:00"
    combo = editor.zone.combo
    combo.setFocus()
    combo.lineEdit().selectAll()  # type: ignore[union-attr]
    QTest.keyClicks(combo, "Europe/Berlin")
    QTest.keyClick(combo, Qt.Key.Key_Return)
    assert editor.data() == {"Born": "2026-01-02T10:00:00+01:00"}
    assert side.text() == "UTC+01:00"
    combo.lineEdit().setText("Nowhere")  # type: ignore[union-attr]
    QTest.keyClick(combo, Qt.Key.Key_Return)
    assert combo.currentText() == "Europe/Berlin"
    rewrite(editor, '{"Born": "2026-01-02 10:00"}')
    assert side.text() == "UTC−06:00"


@pytest.mark.parametrize(
    ("state", "expected"),
    [(State.EMPTY, {"FirstName": ""}), (State.NULL, {"FirstName": None}), (State.LEFT_OUT, {})],
)
def test_empty_null_and_left_out_are_three_things(
    editor: PayloadEditor, qtbot: QtBot, state: State, expected: dict[str, object]
) -> None:
    retype(editor, "FirstName", "Ann")
    one = row(editor, "FirstName")
    word = one.state_words()[state]
    _choose(qtbot, one, word)
    assert editor.data() == expected
    assert one.input.shown() == ""
    assert one.state_button.accessibleName() == f"FirstName: {word}"
    _choose(qtbot, one, "Value")
    assert editor.data() == {"FirstName": "Ann"}


def _choose(qtbot: QtBot, one: FieldRow, word: str) -> None:
    """With the keyboard: Alt+Down, then down to the word."""
    QTest.keyClick(one.input, Qt.Key.Key_Down, ALT)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    for _ in menu.actions():
        active = menu.activeAction()
        if active is not None and active.text().startswith(word):
            break
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)


def test_an_emptied_line_is_what_it_was_before_it_had_a_value(editor: PayloadEditor) -> None:
    editor.set_data({"Email": None})
    retype(editor, "Email", "a")
    retype(editor, "Email", "")
    assert editor.data() == {"Email": None}
    retype(editor, "FirstName", "a")
    retype(editor, "FirstName", "")
    assert editor.data() == {"Email": None}


def test_yes_and_no_with_the_keyboard_only(editor: PayloadEditor) -> None:
    gift = row(editor, "Gift").input
    gift.setFocus()
    QTest.keyClick(gift, Qt.Key.Key_Down)
    assert editor.data() == {"Gift": "true"}
    QTest.keyClick(gift, Qt.Key.Key_Down)
    assert editor.data() == {"Gift": "false"}
    rewrite(editor, '{"Gift": "perhaps"}')
    assert gift.shown() == "perhaps"
    rewrite(editor, '{"Gift": "Yes"}')
    assert gift.shown() == "true"
    assert editor.data() == {"Gift": "Yes"}


def test_a_syntax_error_has_its_place_and_loses_nothing(editor: PayloadEditor) -> None:
    editor.set_data(GOOD)
    rewrite(editor, '{\n  "ContactKey": "😀",\n  "FirstName" "Ann"\n}')
    assert editor.data() is None
    assert editor.checked() is None
    assert "line 3, column 15" in editor.faults()[0]
    assert marked(editor) == ['"']
    assert not editor.form.isEnabled()
    editor.set_value("ContactKey", "other")
    assert '"😀"' in editor.json.text()
    press(editor, "Go there")
    assert editor.json.textCursor().positionInBlock() == 14
    assert QApplication.focusWidget() is editor.json
    press(editor, "Go back to what could be read")
    assert editor.data() == GOOD
    editor.json.undo()
    assert editor.data() is None


def test_wrong_names_are_marked_and_mended_with_one_click(editor: PayloadEditor) -> None:
    rewrite(editor, '{"😀": 1, "contactkey": "C-1", "FIRSTNAME": "Ann", "Frst": "x", "E-Mai": "a@b.cd"}')
    assert marked(editor) == ['"😀"', '"contactkey"', '"FIRSTNAME"', '"Frst"', '"E-Mai"']
    assert "“contactkey”: did you mean “ContactKey”?" in editor.names.text.text()
    assert len(editor.faults()) == 5
    press(editor, "&Use the exact names")
    assert editor.data() == {"😀": 1, "ContactKey": "C-1", "FirstName": "Ann", "Frst": "x", "Email": "a@b.cd"}
    assert marked(editor) == ['"😀"', '"Frst"']
    assert len(editor.faults()) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"ContactKey": "C-9", "firstname": "Bo", "Shoe": "9"}',
        "ContactKey,firstname,Shoe\r\nC-9,Bo,9\r\n",
        "ContactKey\tC-9\nfirstname\tBo\nShoe\t9\n",
    ],
)
@pytest.mark.parametrize("where", ["form", "json", "button"])
def test_a_pasted_row_is_matched_on_either_side(editor: PayloadEditor, text: str, where: str) -> None:
    editor.set_data({"Email": "a@b.cd", "ContactKey": "C-1"})
    before = editor.data()
    put(text)
    if where == "button":
        editor.paste_button.click()
    else:
        target = row(editor, "Email").input if where == "form" else editor.json
        QTest.keyClick(target, Qt.Key.Key_V, CTRL)
    assert editor.data() == {"Email": "a@b.cd", "ContactKey": "C-9", "firstname": "Bo", "Shoe": "9"}
    assert editor.told.text.text() == (
        "1 of 3 pasted names match; not: “firstname”, “Shoe”; values replaced: “ContactKey”."
    )
    press(editor, "Undo")
    assert editor.data() == before


def test_a_pasted_value_is_only_a_value(editor: PayloadEditor) -> None:
    put("Ann, or Bo")
    QTest.keyClick(row(editor, "FirstName").input, Qt.Key.Key_V, CTRL)
    assert editor.data() == {"FirstName": "Ann, or Bo"}
    put("one\ntwo")
    QTest.keyClick(row(editor, "Email").input, Qt.Key.Key_V, CTRL)
    assert editor.data() == {"FirstName": "Ann, or Bo", "Email": "one\ntwo"}
    editor.paste_button.click()
    assert "no JSON object" in editor.told.text.text()
    assert editor.data() == {"FirstName": "Ann, or Bo", "Email": "one\ntwo"}


def test_pasting_over_all_of_the_json_replaces_it(editor: PayloadEditor) -> None:
    editor.set_data({"Email": "a@b.cd"})
    editor.json.selectAll()
    put('{"FirstName": "Ann"}')
    editor.json.paste()
    assert editor.data() == {"FirstName": "Ann"}
    rewrite(editor, '{"FirstName": ')
    editor.json.moveCursor(QTextCursor.MoveOperation.End)
    put('"Bo"}')
    editor.json.paste()
    assert editor.data() == {"FirstName": "Bo"}


def test_raw_mode_says_what_is_lost_and_checks_nothing(editor: PayloadEditor) -> None:
    rewrite(editor, '{"shoe": {"size": 9}}')
    editor.set_raw(True, "Because.")
    assert editor.raw
    assert not editor.form.isVisible()
    assert editor.banner.text.text().startswith("Because. Raw data: no name, type or length is checked.")
    assert editor.faults() == []
    assert editor.checked() is None
    assert editor.data() == {"shoe": {"size": 9}}
    rewrite(editor, "{")
    assert len(editor.faults()) == 1
    rewrite(editor, "{}")
    editor.set_raw(False)
    assert editor.form.isVisible()
    assert not editor.banner.isVisible()


def test_without_a_schema_only_raw_data_can_be_sent(qtbot: QtBot) -> None:
    editor = PayloadEditor()
    qtbot.addWidget(editor)
    editor.show_schema(None)
    editor.set_data({"a": 1})
    assert len(editor.faults()) == 1
    editor.set_raw(True)
    assert editor.faults() == []
    assert editor.data() == {"a": 1}


def test_another_schema_keeps_what_it_has_too(editor: PayloadEditor) -> None:
    editor.set_data({"firstname": "Ann", "Email": "a@b.cd"})
    editor.show_schema(Schema("k2", "People", (Field("FirstName", FieldType.TEXT, 50),)))
    assert editor.data() == {"FirstName": "Ann"}
    assert "“Email”" in editor.told.text.text()
    press(editor, "Put back")
    assert editor.data() == {"FirstName": "Ann", "Email": "a@b.cd"}


def test_the_same_schema_read_again_drops_nothing(editor: PayloadEditor) -> None:
    editor.set_data({"FirstName": "Ann", "Email": "a@b.cd"})
    editor.show_schema(Schema("k", "Orders", (Field("FirstName", FieldType.TEXT, 50),)))
    assert editor.data() == {"FirstName": "Ann", "Email": "a@b.cd"}
    assert len(editor.faults()) == 1


def test_a_schema_without_fields_says_so(editor: PayloadEditor) -> None:
    editor.show_schema(Schema("none", "Nothing", ()))
    (notice,) = editor.form.findChildren(Notice)
    assert notice.text.text() == "“Nothing” has no fields, so nothing can be filled in."
    editor.focus_first()
    assert QApplication.focusWidget() is editor.json


def test_the_keyboard_goes_through_the_fields_and_on_to_the_json(editor: PayloadEditor) -> None:
    editor.paste_button.setFocus()
    QTest.keyClick(editor.paste_button, Qt.Key.Key_Tab)
    seen = []
    for _ in SCHEMA.fields:
        (line,) = [one.input for one in editor.form.rows.values() if one.input.hasFocus()]
        seen.append(line)
        QTest.keyClick(line, Qt.Key.Key_Tab)
    assert seen == [one.input for one in editor.form.rows.values()]
    assert QApplication.focusWidget() is editor.json
    editor.set_value("ContactKey", "C-1")
    editor.focus_first()
    assert QApplication.focusWidget() is row(editor, "FirstName").input


def test_a_required_field_is_asked_for_once_it_was_left(editor: PayloadEditor) -> None:
    editor.focus_first()
    line = row(editor, "ContactKey").input
    assert "must be filled" not in line.accessibleDescription()
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert "must be filled" in line.accessibleDescription()


def test_hundreds_of_fields_are_built_bit_by_bit(editor: PayloadEditor, qtbot: QtBot) -> None:
    fields = tuple(Field(f"Field{n}", FieldType.TEXT, 50, required=n == 250) for n in range(300))
    editor.show_schema(Schema("big", "Big", fields))
    assert len(editor.form.rows) < 50
    editor.set_data({"Field299": "x"})
    editor.focus_first()
    assert QApplication.focusWidget() is row(editor, "Field250").input
    qtbot.waitUntil(lambda: len(editor.form.rows) == 300)
    assert row(editor, "Field299").input.shown() == "x"


def test_the_json_goes_below_where_there_is_no_room(editor: PayloadEditor) -> None:
    assert editor.split.orientation() is Qt.Orientation.Horizontal
    editor.resize(600, 700)
    assert editor.split.orientation() is Qt.Orientation.Vertical


def test_marks_follow_the_theme(editor: PayloadEditor) -> None:
    rewrite(editor, '{"shoe": 1}')
    (light,) = editor.json.extraSelections()
    theme.apply(Scheme.DARK)
    (dark,) = editor.json.extraSelections()
    theme.apply(Scheme.SYSTEM)
    assert light.format.foreground().color() != dark.format.foreground().color()


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.decimals(allow_nan=False, allow_infinity=False, places=3),
        st.text(max_size=12),
    ),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Schema, dict[str, object]]:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.casefold))
    kinds = st.sampled_from(list(FieldType))
    schema = Schema("k", "n", tuple(Field(name, draw(kinds), 20, scale=2) for name in names))
    near = st.sampled_from(names).flatmap(lambda n: st.sampled_from([n, n.upper(), n.lower(), f" {n}_"]))
    return schema, draw(st.dictionaries(st.one_of(near, NAMES), VALUES, max_size=5))


@given(cases(), st.text(max_size=8))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost_between_the_form_and_the_json(
    qtbot: QtBot, case: tuple[Schema, dict[str, object]], typed: str
) -> None:
    schema, data = case
    editor = PayloadEditor()
    qtbot.addWidget(editor)
    editor.show_schema(schema)
    rewrite(editor, json_text.written(data))
    assert editor.data() == data
    one = next(iter(editor.form.rows.values()))
    name = one.field.name
    if not isinstance(one.input, QComboBox):
        one.input.setText(typed)
        shown = one.input.text()
        one.input.textEdited.emit(shown)
        after = editor.data() or {}
        assert {other: after[other] for other in data if other != name} == {
            other: value for other, value in data.items() if other != name
        }
        assert (name in after) or not shown
        assert one.input.text() == shown
    checked = editor.checked()
    assert checked is not None
    exact = {field.name for field in schema.fields}
    assert checked.values.keys() <= exact
    assert checked.values.keys() | {fault.field for fault in checked.faults} >= (editor.data() or {}).keys()
    assert bool(editor.faults()) == bool((editor.data() or {}).keys() - exact or checked.faults)
    editor.close()
