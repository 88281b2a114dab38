"""How well a damaged file is read with no hint: one table, and thousands of copies with one thing wrong in each.

Cells and whole records that are found are counted as bags against those that the file was made from (F1, the mean of
all files). The header counts apart: 1 when every name is as it should be.

Run: python -m tests.benchmarks.bench_pollution [ROWS]
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from mcconsole.core.tables import preview

Row = list[str]

NAMES = ["Date", "Time", "Pieces", "Article", "Price", "Title", "Description", "Link", "Remark"]
WORDS = "light warm dry trail boots women's men's vest filled down made for long walks in rain kids' you'll".split()
KINDS = ["Lamp", "Tent, two persons", 'Pole 48"', 'Rope, 5" thick', "Stove", "Cup"]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file, and what is to be read from it."""

    family: str
    text: str
    names: Row
    """[] without a header."""
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Style:
    """How rows are written; cells are quoted where they hold a delimiter or a quote, or always."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    """What stands before a quote in quotes; None doubles it."""
    always: bool = False
    end: str = "\r\n"

    def cell(self, text: str) -> str:
        """One cell as it is written."""
        if not (self.always or self.delimiter in text or self.quote in text):
            return text
        escape = self.quote if self.escape is None else self.escape
        return f"{self.quote}{text.replace(self.quote, escape + self.quote)}{self.quote}"

    def line(self, row: Row) -> str:
        """One row without its end."""
        return self.delimiter.join(map(self.cell, row))

    def text(self, rows: list[Row]) -> str:
        """Rows with their ends."""
        return "".join(self.line(row) + self.end for row in rows)


PLAIN = Style()


def source(count: int) -> list[Row]:
    """Rows of a shop: dates, times, numbers, codes, money, prose with commas, links, and a nearly empty column."""
    chance = random.Random(7)
    rows = []
    for i in range(count):
        prose = [chance.choice(WORDS) for _ in range(chance.randint(8, 30))]
        prose[2] += "," * (i % 5 > 0)
        code = f"{chance.choice(['AB', 'KX', 'QT'])}-{chance.randint(1000, 9999)}"
        rows.append(
            [
                f"{i % 28 + 1:02}/{i % 12 + 1:02}/2021",
                f"{i % 24:02}:{i % 4 * 15:02}",
                str(chance.choice([0, 1, 2, 5, 12])),
                code,
                f"${chance.random() * 90:.2f}",
                chance.choice(KINDS),
                " ".join(prose).capitalize() + ".",
                f"https://shop.example.com/{code.lower()}.html",
                "sold out" if i % 31 == 30 else "",
            ]
        )
    return rows


def files(rows: list[Row]) -> Iterator[Damaged]:
    """Every damaged copy."""
    yield from whole_files(rows)
    table = [NAMES, *rows]
    for at in range(len(table)):
        yield damaged("a row with another delimiter", table, at, written=Style(" ").line(table[at]))
        for column in range(len(NAMES)):
            cells = list(map(PLAIN.cell, table[at]))
            more = [*table[at][:column], "", *table[at][column:]]
            yield damaged("a delimiter too many", table, at, more)
            if column:
                joined = cells[column - 1] + cells[column]
                fewer = [*table[at][: column - 1], table[at][column - 1] + table[at][column], *table[at][column + 1 :]]
                line = ",".join([*cells[: column - 1], joined, *cells[column + 1 :]])
                yield damaged("a delimiter too few", table, at, fewer, written=line)
            quoted = [*table[at][:column], '"' + table[at][column], *table[at][column + 1 :]]
            for style in (PLAIN, Style(always=True)):
                marked = [style.cell(cell) for cell in table[at]]
                marked[column] = '"' + marked[column]
                family = f"a stray quote{', all quoted' * style.always}"
                yield damaged(family, table, at, quoted, written=",".join(marked), style=style)


def damaged(
    family: str, table: list[Row], at: int, row: Row | None = None, *, written: str = "", style: Style = PLAIN
) -> Damaged:
    """The table with line `at` written as `written`, or as `row`, which is what is to be read there."""
    read = table[at] if row is None else row
    line = written or style.line(read)
    text = style.text(table[:at]) + line + style.end + style.text(table[at + 1 :])
    meant = [*table[:at], read, *table[at + 1 :]]
    return Damaged(family, text, meant[0], meant[1:])


def whole_files(rows: list[Row]) -> Iterator[Damaged]:
    """Copies that are odd as a whole."""
    table = [NAMES, *rows]
    text = PLAIN.text(table)
    yield Damaged("as it is", text, NAMES, rows)
    yield Damaged("no last line end", text.removesuffix("\r\n"), NAMES, rows)
    yield Damaged("a blank line at the end", text + "\r\n", NAMES, rows)
    yield Damaged("empty cells at the end", text + ",,,,,,,,\r\n" * 9, NAMES, rows)
    yield Damaged("no header", PLAIN.text(rows), [], rows)
    for times in (2, 3):
        names = [" ".join([name] * times) for name in NAMES]
        yield Damaged(f"header {times} times", PLAIN.text([NAMES] * (times - 1)) + text, names, rows)
    yield Damaged("preamble", f"Sales of a year\r\n\r\n{text}", NAMES, rows)
    yield Damaged("preamble with delimiters", f"Sales of a year,,,,,,,,\r\n,,,,,,,,\r\n{text}", NAMES, rows)
    yield Damaged("header only", PLAIN.text([NAMES]), NAMES, [])
    yield Damaged("one row", PLAIN.text(table[:2]), NAMES, rows[:1])
    for first, width in ((0, 2), (1, 2), (2, 2), (2, 1), (4, 1), (7, 1)):
        few = [row[first : first + width] for row in table]
        yield Damaged(f"columns {first + 1} to {first + width}", PLAIN.text(few), few[0], few[1:])
    for width in (6, 9, 12):
        second = [[*row, "x", "y", "z"][:width] for row in table[:11]]
        yield Damaged(f"a second table of {width} columns", f"{text}\r\n{PLAIN.text(second)}", NAMES, rows)
    for end in ("\n", "\r"):
        yield Damaged(f"line end {end!r}", Style(end=end).text(table), NAMES, rows)
    for delimiter in ("\t", " ", ";", ", "):
        yield Damaged(f"delimiter {delimiter!r}", Style(delimiter).text(table), NAMES, rows)
    yield Damaged("quote '", Style(quote="'").text(table), NAMES, rows)
    for escape in ("\\", ""):
        yield Damaged(f"escape {escape!r}", Style(escape=escape).text(table), NAMES, rows)


def score(file: Damaged, path: Path) -> tuple[float, float, float]:
    """F1 of cells and of records, and whether the header is right."""
    path.write_text(file.text, encoding="utf-8", newline="")
    seen = preview(path, limit=None)
    return (
        agreement([cell for row in file.rows for cell in row], [cell for row in seen.rows for cell in row]),
        agreement(list(map(tuple, file.rows)), list(map(tuple, seen.rows))),
        float(seen.columns == file.names),
    )


def agreement(meant: Sequence[Hashable], read: Sequence[Hashable]) -> float:
    """F1 of two bags; 1 for two empty ones."""
    if not meant and not read:
        return 1.0
    return 2 * (Counter(meant) & Counter(read)).total() / (len(meant) + len(read))


def main(count: int) -> None:
    """Read every file, print the means of each family and of all."""
    scores: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for file in files(source(count)):
            scores[file.family].append(score(file, Path(folder) / "file.csv"))
    scores["all"] = [one for found in scores.values() for one in found]
    print(f"{'':32}{'files':>6}{'cells':>9}{'records':>9}{'header':>9}")
    for family, found in scores.items():
        print(f"{family:32}{len(found):>6}" + "".join(f"{fmean(part):>9.4f}" for part in zip(*found, strict=True)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 84)
