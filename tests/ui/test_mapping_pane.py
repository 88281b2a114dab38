"""The pane that shows a matching."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from mcconsole.core import tables
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.mapping import INSERT
from mcconsole.core.matching import Matching
from mcconsole.ui.mapping.pane import MappingPane
from mcconsole.ui.state import AppState

SCHEMA = Schema("people", "people", (Field("Id", FieldType.TEXT, 20), Field("FirstName", FieldType.TEXT, 50)))


def test_what_only_looks_alike_can_be_left_out_at_once_while_there_is_any(
    state: AppState, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Id,Fist Name\n1,Ann\n")
    matching = Matching(tables.preview(path), SCHEMA)
    pane = MappingPane(state, key="mapping")
    qtbot.addWidget(pane)
    pane.show_matching(matching, INSERT)
    assert [column.header for column in matching.suggestions] == ["Fist Name"]
    assert pane.leave.isEnabled()
    with qtbot.waitSignal(pane.edited):
        pane.leave.click()
    pane.show_matching(matching, INSERT)
    assert matching.suggestions == []
    assert not pane.leave.isEnabled()
