"""The journal: what goes in comes out, and its sums are right."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.core.errors import Refused
from mcconsole.core.journal import Batch, BatchState, FaultRow, Journal, Kind, Outcome, Standing, _pack, _unpack


def batch(*numbers: int, wave: int = 0, offset: int = 0, length: int = 0) -> Batch:
    return Batch(0, wave, offset, length, numbers)


@given(st.sets(st.integers(1, 500), min_size=1))
def test_row_numbers_survive_packing(numbers: set[int]) -> None:
    assert list(_unpack(_pack(sorted(numbers)))) == sorted(numbers)


def test_a_gapless_batch_is_kept_as_a_range() -> None:
    assert _unpack(_pack(range(2, 10_002))) == range(2, 10_002)
    assert len(_pack(range(2, 10_002))) == 16


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        assert stat.S_IMODE((journal.folder / "journal.sqlite").stat().st_mode) == 0o600
        assert stat.S_IMODE(journal.folder.stat().st_mode) == 0o700


def test_batches_move_on_and_are_found_by_state_after_reopening(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        journal.add_pieces([(2, 10, 90)], [batch(2, 3, offset=0), batch(5, 6, 9, offset=50)])
        first, second = journal.batches()
        assert list(journal.numbers(second)) == [5, 6, 9]
        journal.move(first, BatchState.ACCEPTED, "request-1")
    with Journal(tmp_path / "run") as journal:
        assert [b.request_id for b in journal.batches(state=BatchState.ACCEPTED)] == ["request-1"]
        assert [b.id for b in journal.batches(state=BatchState.PLANNED)] == [second.id]


def test_rows_that_are_not_what_was_written_are_never_sent(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        journal.add_batch(journal.spooled(b'[{"Id":"1"}]', [2]))
        (planned,) = journal.batches()
        assert journal.spool_is_whole()
        assert journal.body(planned) == b'[{"Id":"1"}]'
        journal.spool.write_bytes(b'[{"Id":"7"}]')
        assert not journal.spool_is_whole()
        with pytest.raises(OSError, match="were damaged"):
            journal.body(planned)


def test_a_journal_from_before_there_were_digests_goes_on(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        journal.add_batch(journal.spooled(b'[{"Id":"1"}]', [2]))
        journal._db.execute("ALTER TABLE batches DROP COLUMN digest")
    with Journal(tmp_path / "run") as journal:
        (planned,) = journal.batches()
        assert journal.spool_is_whole()
        assert journal.body(planned) == b'[{"Id":"1"}]'


def test_the_end_of_each_row_is_kept_in_file_order_and_counted(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        journal.add_pieces([(1, 0, 10)], [batch(1, 2, 3), batch(4, 5, offset=1)])
        first, second = journal.batches()
        journal.settle(second, 0, [Outcome(5, Kind.UNKNOWN, "no answer"), Outcome(4, Kind.UNKNOWN, "no answer")])
        journal.settle(first, 2, [Outcome(2, Kind.FAILED, "too long")])
        assert journal.standing() == Standing(5, 2, 1, 2)
        assert [(o.row, o.kind) for o in journal.outcomes()] == [(2, "failed"), (4, "unknown"), (5, "unknown")]
        assert journal.reasons() == [("unknown", "no answer", 2), ("failed", "too long", 1)]


def test_faults_are_counted_listed_and_become_left_out_rows(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        journal.add_faults(
            [
                FaultRow(3, "Age", "Age", "InvalidNumber", "“x” is not a whole number", "x"),
                FaultRow(3, "Mail", "Email", "Required", "must not be empty", ""),
                FaultRow(7, "Age", "Age", "InvalidNumber", "“y” is not a whole number", "y"),
            ],
            [(3, ["x", ""]), (7, ["y", "a@example.com"])],
        )
        assert journal.fault_counts() == {("InvalidNumber", "Age"): 2, ("Required", "Email"): 1}
        assert [f.row for f in journal.faults("InvalidNumber", "Age", offset=1)] == [7]
        assert journal.faulty_cells(7) == ["y", "a@example.com"]
        assert journal.count_faulty() == 2
        journal.leave_out_faulty()
        assert [o.reason for o in journal.outcomes()] == [
            "Age: “x” is not a whole number; Email: must not be empty",
            "Age: “y” is not a whole number",
        ]


def test_postponed_rows_come_back_wave_by_wave(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        journal.add_pieces([(1, 0, 10)], [batch(1)], [(row, b"{}") for row in (2, 3, 4, 5)])
        journal.postpone([(4, 2), (2, 1), (3, 1)])
        assert [(wave, row) for wave, row, _ in journal.postponed()] == [(0, 5), (1, 2), (1, 3), (2, 4)]


def test_batches_are_planned_from_postponed_rows_while_others_note_something(tmp_path: Path) -> None:
    rows = range(1, 2_502)
    with Journal.create(tmp_path / "run") as journal, Journal(journal.folder) as other:
        journal.add_pieces([(1, 0, 10)], [], [(row, b"{}") for row in rows])
        found = []
        for _, row, _ in journal.postponed():
            found.append(row)
            if row % 500 == 0:
                other.note(row=row)
                journal.add_batch(batch(row))
        assert found == list(rows)


def test_what_has_left_stays_when_the_file_is_read_anew(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        journal.spool.touch()
        journal.add_pieces([(1, 0, 10)], [batch(1, 2, 3), batch(4, 5, offset=1), batch(6, offset=2)], [(7, b"{}")])
        one, _, other = journal.batches()
        journal.move(one, BatchState.SENDING)
        journal.settle(other, 0, [Outcome(6, Kind.FAILED, "no")])
        journal.clear(repeatable=False)
        assert journal.runs_left() == [(1, 4), (6, 7)]
        assert [list(journal.numbers(b)) for b in journal.batches()] == [[1, 2, 3], [6]]
        assert [o.row for o in journal.outcomes()] == [6]
        assert list(journal.postponed()) == []
        assert journal.spool.exists()
        journal.clear(repeatable=True)
        assert journal.runs_left() == [(6, 7)]


def test_the_piece_of_a_row_is_found(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        journal.add_pieces([(2, 0, 100)], [])
        journal.add_pieces([(40, 100, 90)], [])
        assert journal.piece_of(39) == (2, 0, 100)
        assert journal.piece_of(40) == (40, 100, 90)


def test_a_look_at_whether_it_runs_is_in_nobodys_way(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run") as journal:
        looking = sqlite3.connect(journal.folder / "lock.sqlite", isolation_level=None, check_same_thread=False)
        looking.execute("BEGIN EXCLUSIVE")
        timer = threading.Timer(0.2, looking.rollback)
        timer.start()
        with journal.alone(patience=20), pytest.raises(Refused, match="another process"), journal.alone(patience=0):
            pass
        timer.join()
        looking.close()
