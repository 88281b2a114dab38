"""The journal of a run that names people."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mcconsole.core.errors import Refused
from mcconsole.core.members import Answer, Member, MemberJournal, MemberState


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "one"


def test_a_member_comes_back_as_it_was_planned(folder: Path) -> None:
    one = Member(2, "N-1", {"Order": "1", "Nothing": None, "Count": 3}, reference="key-1", address="ann@example.com")
    with MemberJournal.create(folder) as journal:
        journal.add(1, [one])
        (found,) = journal.members()
    assert (found.key, found.address, found.data, found.reference) == (one.key, one.address, one.data, "key-1")
    assert found.state is MemberState.PLANNED


def test_what_was_unknown_is_planned_again_and_nothing_else(folder: Path) -> None:
    with MemberJournal.create(folder) as journal:
        journal.add(1, [Member(row, f"N-{row}", {}) for row in range(4)])
        journal.begin(1, {})
        journal.answer([Answer(0, MemberState.ACCEPTED), Answer(1, MemberState.UNKNOWN, reason="lost")])
        assert journal.give_up_sending("cut") == 2
        journal.plan_again([0, 1])
        found = {one.row: (one.state, one.reason) for one in journal.members()}
    assert found[0] == (MemberState.ACCEPTED, "")
    assert found[1] == (MemberState.PLANNED, "")
    assert found[2] == found[3] == (MemberState.UNKNOWN, "cut")


def test_a_journal_from_before_addresses_is_read(folder: Path) -> None:
    with MemberJournal.create(folder) as journal:
        journal.add(1, [Member(1, "N-1", {"a": "b"})])
    with closing(sqlite3.connect(folder / "journal.sqlite", isolation_level=None)) as db:
        db.execute("ALTER TABLE members DROP COLUMN address")
    with MemberJournal(folder) as journal:
        assert [(one.key, one.address) for one in journal.members()] == [("N-1", "")]


def test_one_process_runs_it_at_a_time(folder: Path) -> None:
    with (
        MemberJournal.create(folder) as journal,
        MemberJournal(folder) as other,
        journal.alone(),
        pytest.raises(Refused, match="another process"),
        other.alone(),
    ):
        raise AssertionError
