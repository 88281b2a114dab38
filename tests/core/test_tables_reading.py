"""Pieces hold every record of a file exactly once, whatever the dialect, the encoding and the size of a piece."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mcconsole.core.errors import BadInput
from mcconsole.core.tables import Dialect, Piece, columns, identity, pieces, preview, read_piece, sniff

COMMA = Dialect("utf-8", ",", '"', None, has_header=True)
BARE = replace(COMMA, has_header=False, header_rows=0)


def write(folder: Path, data: bytes | str, encoding: str = "utf-8") -> Path:
    path = folder / "file.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return path


def by_row(piece: Piece) -> Piece:
    """The same piece; the cells of another may stand by column because less was read at once."""
    return replace(piece, cells=piece.rows, even=False)


def all_rows(found: list[Piece]) -> list[list[str]]:
    return [row for piece in found for row in piece.rows]


def read(path: Path, dialect: Dialect = COMMA, target_bytes: int = 4096) -> list[list[str]]:
    return all_rows(list(pieces(path, dialect, target_bytes=target_bytes)))


# What csv.writer cannot write in a way that any reader could tell apart, or no text holds, is left out.
cell = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    [
        '"',
        '""',
        ",",
        ";;",
        "||",
        "a\nb",
        "a\r\nb",
        "\r",
        " x ",
        "007",
        "NA",
        "\ufeff",
        "\u2028",
        "\x1c",
        "\x85",
        "'",
        "\\",
    ]
)
tables = st.lists(st.lists(cell, min_size=1, max_size=5), min_size=1, max_size=12)
dialects = st.tuples(
    st.sampled_from([",", ";", "\t", "|", " ", "\x01", "§"]),
    st.sampled_from(['"', "'", "`"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from([None, "\\", "^"]),
)
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=tables,
    dialect=dialects,
    encoding=encodings,
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    target=st.integers(1, 300),
    last_end=st.booleans(),
)
def test_every_record_comes_once_and_in_order(
    tmp_path: Path,
    rows: list[list[str]],
    dialect: tuple[str, str, int, str | None],
    encoding: str,
    end: str,
    target: int,
    last_end: bool,
) -> None:
    delimiter, quote, quoting, escape = dialect
    lines = []
    for row in rows:  # with CR LF as the end, csv.writer quotes each of the two characters
        buffer = io.StringIO(newline="")
        writer = csv.writer(
            buffer,
            delimiter=delimiter,
            quotechar=quote,
            quoting=quoting,  # type: ignore[arg-type]
            escapechar=escape,
            doublequote=escape is None,
        )
        writer.writerow(row)
        lines.append(buffer.getvalue().removesuffix("\r\n"))
    text = end.join(lines) + (end if last_end else "")
    assume(not text.startswith("\ufeff"))
    path = write(tmp_path, text, encoding)
    told = Dialect(encoding, delimiter, quote, escape, False, header_rows=0, doublequote=escape is None)

    found = list(pieces(path, told, target_bytes=target))

    assert all_rows(found) == rows
    assert [number for piece in found for number in piece.numbers] == list(range(1, len(rows) + 1))
    for before, after in pairwise(found):
        assert before.offset + before.length == after.offset
        assert before.next_number == after.numbers[0]
    assert found[-1].offset + found[-1].length == path.stat().st_size
    for piece in found:
        again = read_piece(path, told, piece.offset, piece.length, piece.numbers[0])
        assert by_row(again) == by_row(piece)
    middle = found[len(found) // 2]
    rest = pieces(path, told, start=middle.offset, first_number=middle.numbers[0], target_bytes=target)
    assert list(rest) == found[len(found) // 2 :]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(st.text('ab|;"\n x', max_size=6), min_size=2, max_size=4), min_size=1, max_size=8),
    delimiter=st.sampled_from(["||", ";;", "|~|", ", ", "::"]),
    target=st.integers(1, 100),
)
def test_delimiters_of_several_characters(tmp_path: Path, rows: list[list[str]], delimiter: str, target: int) -> None:
    text = "".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows)
    path = write(tmp_path, text)
    assert read(path, replace(BARE, delimiter=delimiter), target) == rows


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text("ab,\"'\n\r \\;", max_size=60),
    sizes=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    width=st.integers(0, 5),
)
def test_the_size_of_a_piece_changes_nothing_even_for_nonsense(
    tmp_path: Path, text: str, sizes: tuple[int, int], width: int
) -> None:
    path = write(tmp_path, text)
    answers: list[object] = []
    for size in sizes:
        try:
            found = list(pieces(path, replace(BARE, width=width), target_bytes=size))
            answers.append(
                [
                    (n, row, n in piece.doubtful)
                    for piece in found
                    for n, row in zip(piece.numbers, piece.rows, strict=True)
                ]
            )
        except BadInput as error:
            answers.append((str(error), error.row))
    assert answers[0] == answers[1]


def test_a_single_column_is_read_line_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, 'Name\nBob, Al\n"x"\n\n1;2\n')
    dialect = replace(COMMA, delimiter="")
    (piece,) = pieces(path, dialect)
    assert piece.rows == [["Bob, Al"], ["x"], ["1;2"]]
    assert list(piece.numbers) == [2, 3, 5]


def test_numbers_count_preamble_header_and_blank_records(tmp_path: Path) -> None:
    path = write(tmp_path, 'Report\n\n"Id\nno",Name\n,kg\n1,a\n\n2,b\n')
    dialect = replace(COMMA, skipped_lines=2, header_rows=2)
    (piece,) = pieces(path, dialect)
    assert piece.rows == [["1", "a"], ["2", "b"]]
    assert list(piece.numbers) == [5, 7]
    assert columns(path, dialect) == ["Id\nno", "Name kg"]


def test_cells_are_never_changed(tmp_path: Path) -> None:
    line = " 007 ,NA,null,1e5,TRUE,2020-01-01,+1,0x1F,\ttab,nan,1_000,'q',−5\n"
    assert read(write(tmp_path, line), BARE) == [line.rstrip("\n").split(",")]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('1,""AB-12",x', ["1", '"AB-12', "x"]),
        ('1,"10" boots",x', ["1", '10" boots', "x"]),
        ('1,"48"","Made in ""X""",y', ["1", '48"', 'Made in "X"', "y"]),
        ('1,"AB,2,"long, text",y', ["1", '"AB', "2", "long, text", "y"]),
        ('1,"x" ,"y"', ["1", "x", "y"]),
        ('5" pipe,x"y"', ['5" pipe', 'x"y"']),
    ],
)
def test_stray_quotes_stay_in_their_cell(tmp_path: Path, line: str, cells: list[str]) -> None:
    assert read(write(tmp_path, f'a,"b"\n{line}\nc,"d"\n'), BARE) == [["a", "b"], cells, ["c", "d"]]


def test_a_stray_quote_at_the_end_does_not_swallow_the_next_line(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,"b"\n1,"x","\n2,"y, z","w"\n')
    assert read(path, BARE) == [["a", "b"], ["1", "x", '"'], ["2", "y, z", "w"]]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('7,"red,A-1,$5,x', ["7", '"red', "A-1", "$5", "x"]),
        ('7,"red, "dark" one",A-1,"$5,x', ["7", 'red, "dark" one', "A-1", '"$5', "x"]),
        ('7,"red, dark"A-1,$5,x', ["7", "red, darkA-1", "$5", "x"]),
    ],
)
def test_a_line_whose_quotes_make_no_sense_is_read_by_the_width_of_the_rows(
    tmp_path: Path, line: str, cells: list[str]
) -> None:
    path = write(tmp_path, f'6,"blue, light",B-1,$4,w\n{line}\n8,green,"C-1",$6,"y, z"\n')
    for target in (1, 4096):
        found = list(pieces(path, replace(BARE, width=5), target_bytes=target))
        rows = [row for piece in found for row in piece.rows]
        assert rows == [["6", "blue, light", "B-1", "$4", "w"], cells, ["8", "green", "C-1", "$6", "y, z"]]
        assert {number for piece in found for number in piece.doubtful} == {2}
        again = [read_piece(path, replace(BARE, width=5), one.offset, one.length, one.numbers[0]) for one in found]
        assert again == found


@pytest.mark.parametrize("width", [0, 2, 9])
def test_without_that_width_such_a_line_is_an_error(tmp_path: Path, width: int) -> None:
    path = write(tmp_path, 'a,b,c,d\n1,"2,3,4\n')
    with pytest.raises(BadInput, match="row 2: a quote"):
        read(path, replace(COMMA, width=width))


@pytest.mark.parametrize(
    ("data", "row", "words"),
    [
        (b"", None, "empty"),
        (b'Id,Name\n1,"Bob\n2,Al\n', 2, "quote"),
        (b'Id,Name\n1,"Bob\n2,"Al"\n', 2, "quote"),
        (b'Id,Name\n1,Al\n2,"Bob', 3, "quote"),
        (b"Id,Name\n1,Al\n2,B\0b\n", 3, "NUL"),
        (b"Id,Name\n1,\xc3\xa4\n2,\xff\n", 3, "0xFF at offset 15"),
        (b"Id,Name\n1,\xc3", 2, "0xC3 at offset 10"),
    ],
)
def test_bad_files_are_told_by_row(tmp_path: Path, data: bytes, row: int | None, words: str) -> None:
    path = write(tmp_path, data)
    for target in (1, 4096):
        with pytest.raises(BadInput, match=words) as caught:
            read(path, COMMA, target)
        assert caught.value.row == row
        assert caught.value.path == path
        assert caught.value.advice


def test_rows_before_a_bad_one_are_delivered(tmp_path: Path) -> None:
    path = write(tmp_path, b'Id,Name\n1,Al\n2,Bo\n3,"x\n')
    found = pieces(path, COMMA, target_bytes=20)
    assert next(found).rows == [["1", "Al"], ["2", "Bo"]]
    with pytest.raises(BadInput, match="row 4"):
        next(found)


def test_a_record_without_end_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"Id,Name\n1,a\n2,")
        for _ in range(100):
            file.write(b"x" * 2**20)
    tracemalloc.start()
    with pytest.raises(BadInput, match=r"row 3.*16 MiB"):
        read(path, COMMA, 2**20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150 * 2**20


def test_a_quote_that_is_never_closed_is_not_looked_for_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_bytes(b'Id,Name\n1,"a\n' + b"2,b,some more text without end\n" * 1_000_000)
    with pytest.raises(BadInput, match=r"row 2: a quote"):
        read(path, COMMA, 2**20)


def test_cells_longer_than_the_csv_module_likes(tmp_path: Path) -> None:
    long = "x" * 1_000_000
    assert read(write(tmp_path, f'a,b\n1,"{long}"\n')) == [["1", long]]


def test_a_file_that_grows_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"Id,Name\n" + b"1,abcdefgh\n" * 1000)
    found = pieces(path, COMMA, target_bytes=500)
    next(found)
    with path.open("ab") as file:
        file.write(b"2,b\n")
    with pytest.raises(BadInput, match="changed while it was read"):
        list(found)


def test_a_file_that_shrinks_or_is_replaced_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"Id,Name\n" + b"1,abcdefgh\n" * 1000)
    found = pieces(path, COMMA, target_bytes=500)
    next(found)
    os.truncate(path, 100)
    with pytest.raises(BadInput, match="changed while it was read"):
        list(found)
    path = write(tmp_path, b"Id,Name\n" + b"1,abcdefgh\n" * 1000)
    found = pieces(path, COMMA, target_bytes=500)
    next(found)
    other = tmp_path / "other"
    other.write_bytes(path.read_bytes())
    other.replace(path)
    with pytest.raises(BadInput, match="changed while it was read"):
        list(found)


def test_a_file_that_vanishes_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, b"Id,Name\n" + b"1,abcdefgh\n" * 1000)
    found = pieces(path, COMMA, target_bytes=500)
    next(found)
    path.unlink()
    with pytest.raises(BadInput, match="no such file"):
        list(found)


def test_a_file_that_is_not_the_expected_one_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"Id,Name\n1,a\n")
    before = identity(path)
    piece = next(pieces(path, COMMA, expected=before))
    write(tmp_path, b"Id,Name\n1,abc\n")
    with pytest.raises(BadInput, match="changed since"):
        list(pieces(path, COMMA, expected=before))
    with pytest.raises(BadInput, match="changed since"):
        read_piece(path, COMMA, piece.offset, piece.length, 2, expected=before)


@pytest.mark.parametrize("reader", [sniff, preview, lambda path: columns(path, COMMA)])
def test_files_that_cannot_be_opened(tmp_path: Path, reader: Callable[[Path], object]) -> None:
    with pytest.raises(BadInput, match="no such file"):
        reader(tmp_path / "missing.csv")
    with pytest.raises(BadInput, match="not a file"):
        reader(tmp_path)
    with pytest.raises(BadInput, match="not a file"):
        reader(Path("a\0b"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n")
    path.chmod(0)
    with pytest.raises(BadInput, match="may not read"):
        preview(path)


def test_an_unknown_encoding_is_told(tmp_path: Path) -> None:
    for name in ("klingon", "base64"):
        with pytest.raises(BadInput, match=name):
            read(write(tmp_path, b"a,b\n1,2\n"), replace(COMMA, encoding=name))


@pytest.mark.parametrize(
    "dialect",
    [
        replace(COMMA, quotechar=","),
        replace(COMMA, quotechar='""'),
        replace(COMMA, escapechar='"'),
        replace(COMMA, escapechar=""),
        replace(COMMA, delimiter="\n"),
    ],
)
def test_a_dialect_that_makes_no_sense_is_refused(tmp_path: Path, dialect: Dialect) -> None:
    with pytest.raises(BadInput, match="must differ"):
        read(write(tmp_path, b"a,b\n1,2\n"), dialect)


@pytest.mark.parametrize("target", [1, 7, 4096])
def test_records_of_empty_cells_are_blank_where_the_dialect_says_so(tmp_path: Path, target: int) -> None:
    path = write(tmp_path, ',\nId,Name\n,\n1,\n,b\n"",""\n,,,\n\n , \n2,c\n,')
    every = replace(COMMA, skipped_lines=1)
    blank = replace(every, skip_empty=True)
    found = list(pieces(path, blank, target_bytes=target))
    assert all_rows(found) == [["1", ""], ["", "b"], [" ", " "], ["2", "c"]]
    assert [number for piece in found for number in piece.numbers] == [4, 5, 9, 10]
    assert columns(path, blank) == ["Id", "Name"]
    assert [row for row in read(path, every, target) if any(row)] == all_rows(found)
    assert len(read(path, every, target)) == 8
