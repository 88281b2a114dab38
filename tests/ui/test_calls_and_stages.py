"""The button that copies a call, the timeline, and the question before what cannot be taken back."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mcconsole.core import snippets
from mcconsole.core.findings import Mark, Stage
from mcconsole.core.snippets import Form
from mcconsole.ui import confirm
from mcconsole.ui.copy_as import CopyAs
from mcconsole.ui.timeline import Timeline


def test_each_form_of_a_call_is_copied(qtbot: QtBot) -> None:
    call = snippets.event_call("APIEvent-1", "C-1", {"FirstName": "Ann"})
    button = CopyAs(lambda: call, "Copy as", "the event")
    qtbot.addWidget(button)
    texts = {}
    for form, action in button.forms.items():
        action.trigger()
        texts[form] = QGuiApplication.clipboard().text()
        assert texts[form] == snippets.render(call, form)
    assert len(set(texts.values())) == len(Form)
    assert json.loads(texts[Form.JSON])["ContactKey"] == "C-1"


def test_nothing_is_copied_where_there_is_no_call(qtbot: QtBot) -> None:
    button = CopyAs(lambda: None, "Copy as", "the event")
    qtbot.addWidget(button)
    QGuiApplication.clipboard().setText("before")
    button.forms[Form.CURL].trigger()
    assert QGuiApplication.clipboard().text() == "before"


def test_a_timeline_says_in_words_how_each_stage_stands(qtbot: QtBot) -> None:
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.show()
    stages = [Stage("Accepted", Mark.YES, "id-1"), Stage("Row", Mark.NO, "refused"), Stage("Entry", Mark.UNSEEN, "")]
    timeline.show_stages(stages, live=True)
    assert _words(timeline) == ["Accepted", "yes", "id-1", "Row", "no", "refused", "Entry", "waiting"]
    timeline.show_stages(stages[:1])
    assert _words(timeline) == ["Accepted", "yes", "id-1"]
    timeline.show_stages(stages)
    assert "not seen" in _words(timeline)


def _words(timeline: Timeline) -> list[str]:
    return [label.text() for label in timeline.findChildren(QLabel) if label.isVisible() and label.text()]


def test_only_yes_does_it(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.show()
    done: list[int] = []
    for name, expected in (("", []), ("confirm", [1])):
        box = confirm.ask(page, "This is production", "Fire?", "Fire", lambda: done.append(1))
        button = box.findChild(QPushButton, name) if name else box.defaultButton()
        assert isinstance(button, QPushButton)
        with qtbot.waitSignal(box.destroyed):
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert done == expected
