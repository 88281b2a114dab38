"""What a file looks like decides how it is read: one line for each kind of file that was met in the wild."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcconsole.core.errors import BadInput
from mcconsole.core.tables import Dialect, preview, sniff


@dataclass(frozen=True)
class Case:
    """A file, and how it should be read; None stands for the usual."""

    name: str
    data: str | bytes
    columns: list[str]
    rows: list[list[str]]
    delimiter: str = ","
    quotechar: str | None = '"'
    escapechar: str | None = None
    encoding: str = "utf-8"
    skipped: int = 0
    header_rows: int = 1
    tables: int = 1


PEOPLE = [["1", "Bob Stone", "2020-01-31"], ["2", "Al, Jr.", "2021-12-01"], ["3", "Zoë", "2019-05-05"]]
NAMES = ["Id", "Full name", "Joined"]


def people(delimiter: str = ",", quote: str = '"', end: str = "\n", *, always: bool = False) -> str:
    """The same little table in many dialects."""

    def cell(text: str) -> str:
        return f"{quote}{text}{quote}" if always or delimiter in text else text

    return "".join(delimiter.join(map(cell, row)) + end for row in [NAMES, *PEOPLE])


SALES = ["Region", "Units", "Price"]
SALES_ROWS = [["North", "12", "3.50"], ["South", "7", "4.25"], ["East", "9", "3.10"], ["West", "11", "2.95"]]
SALES_TEXT = "".join(",".join(row) + "\n" for row in [SALES, *SALES_ROWS])
STOCK = "Sku,Place\nA-1,Hall 5\nB-2,Hall 6\nC-3,Hall 7\n"
SETTINGS = [(f"SETTING {i}", ("ANSI", "2016-12-21", "50.0x10.0", "", "1", "COMMA")[i % 6]) for i in range(22)]
MEASURED = [[f" {21.5 + i / 4:.2f}", f" {i / 20:.2f}", f"{900 + i * 7:8.2f}"] for i in range(60)]
UNITS = [["A-1", "7"], ["B-2", "12"], ["C-3", "9"]]
UNITS_TEXT = "".join(",".join(row) + "\n" for row in UNITS)
VISITS = [[who, when, where, ""] for who, when, where in (("Ann Lee", "Oct-20", "Rome"), ("", "", "Paris"))] * 3
VISITS_TEXT = "".join(",".join(row) + "\n" for row in VISITS)
NUMBERS = [[f"{i / 4:.2f}", str(900 + i * 7)] for i in range(8)]
NUMBERS_TEXT = "".join(",".join(row) + "\n" for row in NUMBERS)
WORDS = [["alpha", "red"], ["beta", "green"], ["gamma", "blue"]]
PAIRS = [[str(i), str(i * 37 % 90 + 10)] for i in range(12)]
PAIRS_TEXT = "".join(",".join(row) + "\n" for row in PAIRS)
HOURS = [[f"2021-03-04 {i:02}:00:00", str(i * 37 % 90 + 10)] for i in range(12)]
HOURS_TEXT = "".join(",".join(row) + "\n" for row in HOURS)
ORDERS = [[f"A-{i}", f'{{"sku":{i},"tags":["x","y"]}}'] for i in range(12)]
LISTS = [[f"A-{i}", "red,green,blue"] for i in range(12)]
TURNS = [[str(i), f"turn left, then {i} on"] for i in range(12)]
POLISH = [["Łukasz", "Łódź"], ["Małgorzata", "Kraków"], ["Żaneta", "Gdańsk"], ["Paweł", "Wrocław"], ["Michał", "Ełk"]]

CASES = [
    *(
        Case(f"delimiter {delimiter!r}", people(delimiter), NAMES, PEOPLE, delimiter=delimiter)
        for delimiter in [",", ";", "\t", "|", ":", "^", "~", "§", "¦", "||", ";;", "::", "|~|", "\x1f", "\x01", "\t\t"]
    ),
    Case("delimiter space", people(" "), NAMES, PEOPLE, delimiter=" "),
    Case("delimiter comma and space", people(", "), NAMES, PEOPLE, delimiter=", "),
    Case("delimiter semicolon and space", people("; "), NAMES, PEOPLE, delimiter="; "),
    Case("delimiter with blanks around", people(" | "), NAMES, PEOPLE, delimiter=" | "),
    Case(
        "tabs around empty cells",
        "Id\tName\tNote\tJoined\n1\t\t\t2020-01-31\n2\tAl\t\t2021-12-01\n\t\tx\t2019-05-05\n",
        ["Id", "Name", "Note", "Joined"],
        [["1", "", "", "2020-01-31"], ["2", "Al", "", "2021-12-01"], ["", "", "x", "2019-05-05"]],
        delimiter="\t",
    ),
    Case("backslash t in words", people("\\t"), NAMES, PEOPLE, delimiter="\\t"),
    *(
        Case(
            f"quote {quote} {'all' if always else 'some'}",
            people(quote=quote, always=always),
            NAMES,
            PEOPLE,
            quotechar=quote,
        )
        for quote, always in [('"', False), ('"', True), ("'", True), ("`", True), ("~", True)]
    ),
    Case("line ends CR LF", people(end="\r\n"), NAMES, PEOPLE),
    Case("line ends CR", people(end="\r"), NAMES, PEOPLE),
    Case("no last line end", people().removesuffix("\n"), NAMES, PEOPLE),
    Case("blank lines at the end", people() + "\n\n\n", NAMES, PEOPLE),
    Case("line ends of all kinds", "A,B\r\n1,2\r3,4\n5,6", ["A", "B"], [["1", "2"], ["3", "4"], ["5", "6"]]),
    Case("utf-8 with mark", people().encode("utf-8-sig"), NAMES, PEOPLE, encoding="utf-8-sig"),
    Case("utf-16 with mark", people().encode("utf-16"), NAMES, PEOPLE, encoding="utf-16"),
    Case("utf-16 big-endian with mark", b"\xfe\xff" + people().encode("utf-16-be"), NAMES, PEOPLE, encoding="utf-16"),
    Case("utf-16 little-endian bare", people().encode("utf-16-le"), NAMES, PEOPLE, encoding="utf-16-le"),
    Case("utf-16 big-endian bare", people().encode("utf-16-be"), NAMES, PEOPLE, encoding="utf-16-be"),
    Case("utf-32 with mark", people().encode("utf-32"), NAMES, PEOPLE, encoding="utf-32"),
    Case("windows-1252", people(";").encode("cp1252"), NAMES, PEOPLE, delimiter=";", encoding="cp1252"),
    Case(
        "windows-1252 with signs",
        "Name;Preis\nMüller’s Café;5 €\nGrün – Weiß;7 €\n".encode("cp1252"),
        ["Name", "Preis"],
        [["Müller’s Café", "5 €"], ["Grün – Weiß", "7 €"]],
        delimiter=";",
        encoding="cp1252",
    ),
    Case(
        "windows-1251",
        ("Имя;Город;Возраст\n" + "Иван Петров;Москва;31\nАнна Смирнова;Казань;27\n" * 8).encode("cp1251"),
        ["Имя", "Город", "Возраст"],
        [["Иван Петров", "Москва", "31"], ["Анна Смирнова", "Казань", "27"]] * 8,
        delimiter=";",
        encoding="cp1251",
    ),
    Case(
        "doubled quotes",
        'Item,Text\n1,"He said ""yes"""\n2,"5"" pipe, long"\n',
        ["Item", "Text"],
        [["1", 'He said "yes"'], ["2", '5" pipe, long']],
    ),
    Case(
        "backslash before quotes",
        'Item,Text\n1,"He said \\"yes\\", twice"\n2,"5\\" pipe, long"\n3,"plain"\n',
        ["Item", "Text"],
        [["1", 'He said "yes", twice'], ["2", '5" pipe, long'], ["3", "plain"]],
        escapechar="\\",
    ),
    Case(
        "backslashes that are text",
        'Item,Path\n1,"C:\\temp\\"\n2,"D:\\new, old\\"\n',
        ["Item", "Path"],
        [["1", "C:\\temp\\"], ["2", "D:\\new, old\\"]],
    ),
    Case(
        "quotes after a blank",
        'Item, Text\n1, "a, b"\n2, "c"\n',
        ["Item", "Text"],
        [["1", "a, b"], ["2", "c"]],
        delimiter=", ",
    ),
    Case(
        "cells over several lines",
        'Item,Text,N\n1,"a\nb,\n\nc",5\n2,"d",6\n',
        ["Item", "Text", "N"],
        [["1", "a\nb,\n\nc", "5"], ["2", "d", "6"]],
    ),
    Case(
        "stray quotes inside quotes",
        'Item,Text,N\n1,"10" boots",5\n2,"x",6\n3,"y",7\n',
        ["Item", "Text", "N"],
        [["1", '10" boots', "5"], ["2", "x", "6"], ["3", "y", "7"]],
    ),
    Case(
        "apostrophes are text",
        "Item,Text\n1,Men's\n2,'tis\n3,Kids'\n",
        ["Item", "Text"],
        [["1", "Men's"], ["2", "'tis"], ["3", "Kids'"]],
    ),
    Case(
        "inches are text", 'Item,Text\n1,5" pipe\n2,6" pipe\n', ["Item", "Text"], [["1", '5" pipe'], ["2", '6" pipe']]
    ),
    Case(
        "decimal commas",
        "Id;Price\n1;2,50\n2;3,75\n3;1,00\n",
        ["Id", "Price"],
        [["1", "2,50"], ["2", "3,75"], ["3", "1,00"]],
        delimiter=";",
    ),
    Case(
        "blanks that align numbers",
        "  1.5,  22.0\n 10.5,   3.0\n  9.0,1000.5\n",
        [],
        [["  1.5", "  22.0"], [" 10.5", "   3.0"], ["  9.0", "1000.5"]],
        header_rows=0,
    ),
    Case(
        "a blank before every number",
        "# energy (MeV), range (cm2)\n1.5, 22.0\n10.5, 3.0\n",
        ["# energy (MeV)", " range (cm2)"],
        [["1.5", " 22.0"], ["10.5", " 3.0"]],
    ),
    Case(
        "dates and times hold delimiters",
        "When,Value\n2020-01-01 10:00:05,1\n2020-01-02 11:30:00,2\n",
        ["When", "Value"],
        [["2020-01-01 10:00:05", "1"], ["2020-01-02 11:30:00", "2"]],
    ),
    Case(
        "names and addresses",
        "Name,Mail\nAnn Lee,ann@example.com\nBo Ray,bo@example.com\n",
        ["Name", "Mail"],
        [["Ann Lee", "ann@example.com"], ["Bo Ray", "bo@example.com"]],
    ),
    Case(
        "one column",
        "Mail\na@example.com\nb@example.com\n",
        ["Mail"],
        [["a@example.com"], ["b@example.com"]],
        delimiter="",
    ),
    Case(
        "one column without header",
        "a@example.com\nb@example.com\nc@example.com\n",
        [],
        [["a@example.com"], ["b@example.com"], ["c@example.com"]],
        delimiter="",
        header_rows=0,
    ),
    Case(
        "one column of moments",
        "Seen\n2020-01-01 10:00\n2020-01-02 11:00\n2020-01-03 12:00\n",
        ["Seen"],
        [["2020-01-01 10:00"], ["2020-01-02 11:00"], ["2020-01-03 12:00"]],
        delimiter="",
    ),
    Case("one cell", "Name", ["Name"], [], delimiter=""),
    Case("header only", "Id,Name,Mail\n", ["Id", "Name", "Mail"], []),
    Case("one row", "Id,Name,Mail\n1,Bob,b@example.com\n", ["Id", "Name", "Mail"], [["1", "Bob", "b@example.com"]]),
    Case(
        "no header, numbers",
        "1,2.5,3\n4,5.5,6\n7,8.5,9\n",
        [],
        [["1", "2.5", "3"], ["4", "5.5", "6"], ["7", "8.5", "9"]],
        header_rows=0,
    ),
    Case("no header, people", people().split("\n", 1)[1], [], PEOPLE, header_rows=0),
    Case(
        "no header, values again",
        "red,yes\nblue,no\nred,no\nblue,yes\nred,yes\n",
        [],
        [["red", "yes"], ["blue", "no"], ["red", "no"], ["blue", "yes"], ["red", "yes"]],
        header_rows=0,
    ),
    Case(
        "header over text", "Name,Colour\n" + "".join(",".join(row) + "\n" for row in WORDS), ["Name", "Colour"], WORDS
    ),
    Case(
        "header of years",
        "Region,2019,2020\nNorth,5,6\nSouth,7,8\n",
        ["Region", "2019", "2020"],
        [["North", "5", "6"], ["South", "7", "8"]],
    ),
    Case(
        "header with blanks", "Id,,Name\n1,x,Bob\n2,y,Al\n", ["Id", "", "Name"], [["1", "x", "Bob"], ["2", "y", "Al"]]
    ),
    Case(
        "header twice the same name",
        "Id,Name,Name\n1,a,b\n2,c,d\n",
        ["Id", "Name", "Name"],
        [["1", "a", "b"], ["2", "c", "d"]],
    ),
    Case(
        "header repeated",
        "Id,Price\nId,Price\n1,2.5\n2,3.5\n",
        ["Id Id", "Price Price"],
        [["1", "2.5"], ["2", "3.5"]],
        header_rows=2,
    ),
    Case(
        "header with units",
        "Time,Length,Mass\ns,m,kg\n1,2.5,3\n4,5.5,6\n7,8.5,9\n",
        ["Time s", "Length m", "Mass kg"],
        [["1", "2.5", "3"], ["4", "5.5", "6"], ["7", "8.5", "9"]],
        header_rows=2,
    ),
    Case(
        "header in groups",
        ",Sales,,Costs,\nRegion,Units,Sum,Units,Sum\nNorth,1,2,3,4\nSouth,5,6,7,8\n",
        ["Region", "Sales Units", "Sum", "Costs Units", "Sum"],
        [["North", "1", "2", "3", "4"], ["South", "5", "6", "7", "8"]],
        header_rows=2,
    ),
    Case("preamble in words", "Sales report\nfor my boss\n" + SALES_TEXT, SALES, SALES_ROWS, skipped=2),
    Case("preamble and a gap", "Sales report, 2020\n\n" + SALES_TEXT, SALES, SALES_ROWS, skipped=2),
    Case("preamble of pairs", "Report,Sales\nBy,Bob\nOn,2020-01-01\n\n" + SALES_TEXT, SALES, SALES_ROWS, skipped=4),
    Case("preamble with all delimiters", "Sales report,,\nfor my boss,,\n" + SALES_TEXT, SALES, SALES_ROWS, skipped=2),
    Case("preamble with all delimiters and a gap", "Sales report,,\n,,\n" + SALES_TEXT, SALES, SALES_ROWS, skipped=2),
    Case(
        "preamble of an instrument",
        "".join(f"#{name}:   ,{value}\n" for name, value in SETTINGS)
        + '\n#Temp./C,Time/min,E"(1 Hz)/MPa\n'
        + "".join(",".join(row) + "\n" for row in MEASURED),
        ["#Temp./C", "Time/min", 'E"(1 Hz)/MPa'],
        MEASURED,
        skipped=len(SETTINGS) + 1,
    ),
    Case("a title over two columns", f"Our stock,\nSku,Units\n{UNITS_TEXT}", ["Sku", "Units"], UNITS, skipped=1),
    Case(
        "addresses alone are no titles",
        "a@example.com,\nb@example.com,\n\nc@example.com,X-1\nd@example.com,X-2\n",
        [],
        [["a@example.com", ""], ["b@example.com", ""], ["c@example.com", "X-1"], ["d@example.com", "X-2"]],
        header_rows=0,
    ),
    Case(
        "a value that comes again is no title",
        "Yes,,\nNo,7,2020-01-31\nYes,8,2020-02-01\nYes,9,2020-02-02\n",
        [],
        [["Yes", "", ""], ["No", "7", "2020-01-31"], ["Yes", "8", "2020-02-01"], ["Yes", "9", "2020-02-02"]],
        header_rows=0,
    ),
    Case(
        "comments that look like a table of their own",
        "# Sample: A\n# Operator: B\n# Filter: C\n#x,y\n1.5,2\n1.7,3\n",
        ["#x", "y"],
        [["1.5", "2"], ["1.7", "3"]],
        skipped=3,
    ),
    Case(
        "preamble of pairs over two columns of numbers",
        "Model,X 10\nStart,12:31:41\nSample,7\nTime/min,Force [N]\n" + NUMBERS_TEXT,
        ["Time/min", "Force [N]"],
        NUMBERS,
        skipped=3,
    ),
    Case(
        "preamble in words over numbers without header",
        "Made on Monday, June 5\nby hand\n" + NUMBERS_TEXT,
        [],
        NUMBERS,
        header_rows=0,
        skipped=2,
    ),
    Case(
        "preamble over one column of numbers",
        "Model X 10\nby hand\nForce\n" + "".join(row[1] + "\n" for row in NUMBERS),
        ["Force"],
        [row[1:] for row in NUMBERS],
        delimiter="",
        skipped=2,
    ),
    Case("preamble of comments", "# made by hand\n# do not edit\n" + SALES_TEXT, SALES, SALES_ROWS, skipped=2),
    Case("preamble with a quote", 'Bob\'s "sales" report\n' + SALES_TEXT, SALES, SALES_ROWS, skipped=1),
    Case("notes below", SALES_TEXT + "\nSource: my head\n", SALES, [*SALES_ROWS, ["Source: my head"]]),
    Case("totals below", SALES_TEXT + "Total,39,\n", SALES, [*SALES_ROWS, ["Total", "39", ""]]),
    Case(
        "notes below a gap of delimiters",
        SALES_TEXT + ",,\nAll in euros,,\n",
        SALES,
        [*SALES_ROWS, ["All in euros", "", ""]],
    ),
    Case("gaps are no tables", SALES_TEXT.replace("East", "\n\nEast"), SALES, SALES_ROWS),
    Case(
        "gap of delimiters",
        SALES_TEXT.replace("East", ",,\nEast") + ",,\n" * 40,
        SALES,
        SALES_ROWS,
    ),
    Case(
        "a short row", SALES_TEXT.replace("South,7,4.25", "South"), SALES, [SALES_ROWS[0], ["South"], *SALES_ROWS[2:]]
    ),
    Case(
        "a long row",
        SALES_TEXT.replace("South", "South,x,y"),
        SALES,
        [SALES_ROWS[0], ["South", "x", "y", "7", "4.25"], *SALES_ROWS[2:]],
    ),
    Case(
        "short rows in a row",
        SALES_TEXT.replace(",4.25", "").replace(",3.10", ""),
        SALES,
        [SALES_ROWS[0], ["South", "7"], ["East", "9"], SALES_ROWS[3]],
    ),
    Case(
        "short rows below the header",
        SALES_TEXT.replace(",3.50", "").replace(",4.25", "").replace(",3.10", ""),
        SALES,
        [["North", "12"], ["South", "7"], ["East", "9"], SALES_ROWS[3]],
    ),
    Case(
        "missing values are no header",
        "Id,Note,Units\n" + "A-1,x\n" * 4 + "B-2,n/a,C-3\nB-3,y,4\nB-4,z,5\n",
        ["Id", "Note", "Units"],
        [*[["A-1", "x"]] * 4, ["B-2", "n/a", "C-3"], ["B-3", "y", "4"], ["B-4", "z", "5"]],
    ),
    Case(
        "a header above sections with headers of their own",
        f"Visits,,,\nWho,When,Where,\n{VISITS_TEXT},,,\nGifts,,,\nWho,When,What,Worth\nAnn Lee,Nov-20,Pen,9.50\n",
        ["Who", "When", "Where", ""],
        [*VISITS, ["Gifts", "", "", ""], ["Who", "When", "What", "Worth"], ["Ann Lee", "Nov-20", "Pen", "9.50"]],
        skipped=1,
    ),
    Case("two columns of whole numbers", "Id,Score\n" + PAIRS_TEXT, ["Id", "Score"], PAIRS),
    Case("two columns of whole numbers, no header", PAIRS_TEXT, [], PAIRS, header_rows=0),
    Case("moments and whole numbers", "Time,Level\n" + HOURS_TEXT, ["Time", "Level"], HOURS),
    Case(
        "one column of decimals",
        "Price\n" + PAIRS_TEXT,
        ["Price"],
        [[",".join(row)] for row in PAIRS],
        delimiter="",
    ),
    Case(
        "one column of two words each",
        "Name\nAnn Lee\nBob Stone\nCy Young\nDora May\n",
        ["Name"],
        [["Ann Lee"], ["Bob Stone"], ["Cy Young"], ["Dora May"]],
        delimiter="",
    ),
    Case(
        "lists in cells",
        "Sku\tColours\n" + "".join("\t".join(row) + "\n" for row in LISTS),
        ["Sku", "Colours"],
        LISTS,
        delimiter="\t",
    ),
    Case(
        "JSON in cells",
        "Sku;Payload\n" + "".join(";".join(row) + "\n" for row in ORDERS),
        ["Sku", "Payload"],
        ORDERS,
        delimiter=";",
    ),
    Case(
        "JSON in quotes",
        "Sku,Payload\n" + "".join(f'{sku},"{payload.replace(chr(34), chr(34) * 2)}"\n' for sku, payload in ORDERS),
        ["Sku", "Payload"],
        ORDERS,
    ),
    Case(
        "JSON and no header",
        "".join(f'"{payload.replace(chr(34), chr(34) * 2)}"\n' for _, payload in ORDERS),
        [],
        [[payload] for _, payload in ORDERS],
        delimiter="",
        header_rows=0,
    ),
    Case(
        "addresses that end at a bar",
        "Page|Word\n" + "".join(f"https://example.com/{i}?a=1&b=2|x{i}\n" for i in range(9)),
        ["Page", "Word"],
        [[f"https://example.com/{i}?a=1&b=2", f"x{i}"] for i in range(9)],
        delimiter="|",
    ),
    Case(
        "one column of paths",
        "File\n" + "".join(f"C:\\data\\{i}.txt\n" for i in range(9)),
        ["File"],
        [[f"C:\\data\\{i}.txt"] for i in range(9)],
        delimiter="",
    ),
    Case(
        "names between numbers, and no header",
        "1,Ann Lee,21096\n2,Bob Stone,78557\n3,Cy Young,34758\n",
        [],
        [["1", "Ann Lee", "21096"], ["2", "Bob Stone", "78557"], ["3", "Cy Young", "34758"]],
        header_rows=0,
    ),
    Case(
        "addresses below a title",
        "Visits of May\n\nPage,Words\n" + "".join(f"https://example.com/{i}?a=1&b=2,{i}\n" for i in range(9)),
        ["Page", "Words"],
        [[f"https://example.com/{i}?a=1&b=2", str(i)] for i in range(9)],
        skipped=2,
    ),
    Case(
        "groups above names, and numbers only",
        "Where,,What,\nX,Y,Weight,Size\n" + "1,2,3.5,4\n2,4,2.5,9\n3,6,1.5,1\n" * 2,
        ["Where X", "Y", "What Weight", "Size"],
        [["1", "2", "3.5", "4"], ["2", "4", "2.5", "9"], ["3", "6", "1.5", "1"]] * 2,
        header_rows=2,
    ),
    Case(
        "groups above names over gaps",
        "Who,,What,\nTown,Share,Contact,Pieces\nRome,67%,Ann Lee,88\nOslo,45%,Bob Stone,47\nRome,30%,Cy Young,16\n",
        ["Who Town", "Share", "What Contact", "Pieces"],
        [["Rome", "67%", "Ann Lee", "88"], ["Oslo", "45%", "Bob Stone", "47"], ["Rome", "30%", "Cy Young", "16"]],
        header_rows=2,
    ),
    Case(
        "a preamble with as many commas as the table",
        f"Stock\nSource: shop, all halls\nMade by Ann\n\n{STOCK}D-4,Hall 8\n",
        ["Sku", "Place"],
        [["A-1", "Hall 5"], ["B-2", "Hall 6"], ["C-3", "Hall 7"], ["D-4", "Hall 8"]],
        skipped=4,
    ),
    Case(
        "a preamble with as many commas right above the table",
        "Source: shop, all halls\nSku,Pieces\n" + UNITS_TEXT,
        ["Sku", "Pieces"],
        UNITS,
        skipped=1,
    ),
    Case(
        "hours in rows of many widths",
        "Start,Id\n" + "".join(f"2024-06-2{i} 04:3{i}:02,{i}{',x' * (i % 2)}\n" for i in range(8)),
        ["Start", "Id"],
        [[f"2024-06-2{i} 04:3{i}:02", str(i), *["x"] * (i % 2)] for i in range(8)],
    ),
    Case(
        "a row without its delimiters right below the header",
        SALES_TEXT.replace("North,12,3.50", "North 12 3.50"),
        SALES,
        [["North 12 3.50"], *SALES_ROWS[1:]],
    ),
    Case(
        "a long name in a header above a gap",
        f"Region,Units of all shops that we have,Price\n\n{SALES_TEXT.split(chr(10), 1)[1]}",
        ["Region", "Units of all shops that we have", "Price"],
        SALES_ROWS,
    ),
    Case(
        "apostrophes around commas",
        "'Step','What'\n" + "".join("','".join(row).join("''") + "\n" for row in TURNS),
        ["Step", "What"],
        TURNS,
        quotechar="'",
    ),
    Case("delimiters and nothing else", ",,,\n" * 3, [], [], header_rows=0),
    Case(
        "addresses in a file that blanks delimit",
        "Page Hits\nhttps://example.com/a 12\nhttps://example.com/b 7\nhttps://example.com/c 9\n",
        ["Page", "Hits"],
        [["https://example.com/a", "12"], ["https://example.com/b", "7"], ["https://example.com/c", "9"]],
        delimiter=" ",
    ),
    Case(
        "Polish from Excel",
        ("Imię;Miasto\n" + "".join(";".join(row) + "\n" for row in POLISH * 4)).encode("cp1250"),
        ["Imię", "Miasto"],
        POLISH * 4,
        delimiter=";",
        encoding="cp1250",
    ),
    Case(
        "Turkish from Excel",
        "Ad;Şehir\nAyşe Yılmaz;İstanbul\nÇağrı;Muğla\n".encode("cp1254"),
        ["Ad", "Şehir"],
        [["Ayşe Yılmaz", "İstanbul"], ["Çağrı", "Muğla"]],
        delimiter=";",
        encoding="cp1254",
    ),
    Case(
        "Icelandic from Excel",
        "Nafn;Staður\nÞórður Jónsson;Ísafjörður\nSigríður;Mýri\n".encode("cp1252"),
        ["Nafn", "Staður"],
        [["Þórður Jónsson", "Ísafjörður"], ["Sigríður", "Mýri"]],
        delimiter=";",
        encoding="cp1252",
    ),
    Case(
        "Cyrillic in UTF-16 without a mark",
        "Имя;Город\nИванов;Москва\nПётр;Казань\n".encode("utf-16-le"),
        ["Имя", "Город"],
        [["Иванов", "Москва"], ["Пётр", "Казань"]],
        delimiter=";",
        encoding="utf-16-le",
    ),
    Case(
        "a title and at once another table of the same width",
        f"Sales\n{SALES_TEXT}\nStaff\nName,Age,Size\nBob,31,170\nAl,29,180\n",
        SALES,
        SALES_ROWS,
        skipped=1,
        tables=2,
    ),
    Case("a header that is short", SALES_TEXT.replace(",Price", ""), SALES[:2], SALES_ROWS),
    Case("a header that is long", SALES_TEXT.replace("Price", "Price,Note"), [*SALES, "Note"], SALES_ROWS),
    Case(
        "two short tables, the second one wider",
        "Id,Note\n1,a\n2,b\n\n\nKey,Name,City\nx1,Ann,Rome\nx2,Bob,Oslo\n",
        ["Id", "Note"],
        [["1", "a"], ["2", "b"]],
        tables=2,
    ),
    Case("another table after a gap", SALES_TEXT + "\n" + STOCK, SALES, SALES_ROWS, tables=2),
    Case(
        "another table at once",
        STOCK + SALES_TEXT,
        ["Sku", "Place"],
        [["A-1", "Hall 5"], ["B-2", "Hall 6"], ["C-3", "Hall 7"]],
        tables=2,
    ),
    Case(
        "another table below its title",
        f"Sales,,\n,,\n{SALES_TEXT},,\nSales of last year,,\n,,\n{SALES_TEXT}",
        SALES,
        SALES_ROWS,
        skipped=2,
        tables=2,
    ),
    Case(
        "a table above a wider one of numbers",
        "Name,Joined\nAnn,2020-01-31\nBob,2021-12-01\nCy,2019-05-05\n\nx,y,z\n" + "1,2,3\n4,5,6\n" * 4,
        ["Name", "Joined"],
        [["Ann", "2020-01-31"], ["Bob", "2021-12-01"], ["Cy", "2019-05-05"]],
        tables=2,
    ),
    Case(
        "values that begin with the mark of comments",
        "#red,5\n#green,6\nblue,7\n",
        [],
        [["#red", "5"], ["#green", "6"], ["blue", "7"]],
        header_rows=0,
    ),
    Case("the same header again", SALES_TEXT + SALES_TEXT, SALES, SALES_ROWS, tables=2),
    Case("three tables", "\n".join([SALES_TEXT, STOCK, SALES_TEXT]), SALES, SALES_ROWS, tables=3),
    Case(
        "a table of the same width",
        SALES_TEXT + "\nName,Age,Size\nBob,31,170\nAl,29,180\n",
        SALES,
        SALES_ROWS,
        tables=2,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_read_as_it_is_meant(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(case.data if isinstance(case.data, bytes) else case.data.encode())
    seen = preview(path, limit=None)
    dialect = seen.dialect
    assert seen.rows == case.rows
    assert seen.columns == case.columns
    assert seen.tables == case.tables
    assert (dialect.delimiter, dialect.encoding, dialect.quotechar, dialect.escapechar) == (
        case.delimiter,
        case.encoding,
        case.quotechar,
        case.escapechar,
    )
    assert (dialect.skipped_lines, dialect.header_rows, dialect.has_header) == (
        case.skipped,
        case.header_rows,
        case.header_rows > 0,
    )
    assert sniff(path) == dialect
    assert seen.complete
    assert seen.estimated_rows == len(case.rows)


def test_there_are_many_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def test_binary_is_told_and_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "picture.csv"
    for data in (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8, bytes(range(1, 256)) * 40):
        path.write_bytes(data)
        with pytest.raises(BadInput, match="not a text file"):
            preview(path)


def test_a_workbook_is_called_one(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes(b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + bytes(range(256)) * 8)
    with pytest.raises(BadInput, match="Excel") as caught:
        preview(path)
    assert "CSV" in caught.value.advice


def test_a_preview_stops_at_its_limit_and_estimates_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_text("Id,Name\n" + "".join(f"{i:06},Name {i % 10}\n" for i in range(200_000)))
    seen = preview(path)
    assert len(seen.rows) == 100
    assert not seen.complete
    assert 190_000 < seen.estimated_rows < 210_000
    assert preview(path, limit=3).rows == [["000000", "Name 0"], ["000001", "Name 1"], ["000002", "Name 2"]]
    whole = preview(path, limit=None)
    assert whole.complete
    assert len(whole.rows) == whole.estimated_rows == 200_000


FAR = 120_000
"""Rows of a table that goes on far beyond the sample."""


@pytest.mark.parametrize(
    ("further", "tables"),
    [
        ("\nSku,Stock\nA-1,5\nB-2,6\n", 2),
        ("\nStaff\nName,Age\nAnn,41\nBob,31\n\nSku,Stock,Hall\nA-1,5,7\nB-2,6,8\n", 3),
        ("Id,Points\n1,2\n2,3\n", 2),
        ("\n1,2\n\n2,3\nx\n3,4,5\n", 1),
        ("\nTotal\n", 1),
    ],
)
def test_reading_all_rows_counts_tables_far_below(tmp_path: Path, further: str, tables: int) -> None:
    path = tmp_path / "far.csv"
    path.write_text("Id,Points\n" + "".join(f"{i},{i % 97}\n" for i in range(FAR)) + further + "4,5\n")
    seen = preview(path, limit=None)
    assert seen.tables == tables
    assert seen.complete
    assert seen.estimated_rows == len(seen.rows)
    assert len(seen.rows) == FAR if tables > 1 else len(seen.rows) > FAR
    assert seen.rows[FAR - 1] == [str(FAR - 1), str((FAR - 1) % 97)]


def test_a_dialect_that_is_told_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("x\nId;Name\n1;a,b\n")
    told = Dialect("utf-8", ",", None, None, has_header=False, skipped_lines=1, header_rows=0)
    seen = preview(path, told)
    assert seen.dialect == told
    assert seen.columns == []
    assert seen.rows == [["Id;Name"], ["1;a", "b"]]


def test_warnings_say_what_looks_wrong(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('Id,Name,Name,\n1,"a" b",c,d\n2,e\n')
    warnings = " ".join(preview(path).warnings)
    for words in ("1 of the first 2 rows", "“Name” more than once", "1 columns have no name", "stray quotes"):
        assert words in warnings


def test_sniffing_reads_a_bounded_part(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"Id,Name\n" + b"1,abc\n" * 200_000)
        file.truncate(2 * 2**30)  # a sparse hole of NULs, which nobody may read on the way
    assert sniff(path).delimiter == ","
    assert len(preview(path).rows) == 100


def test_a_nul_in_a_few_bytes_is_told_and_not_taken_for_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"Id,N\0\n1,2\n")
    with pytest.raises(BadInput, match="NUL"):
        preview(path)


def test_nothing_but_line_ends_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    for data in (b"\r\n\r\n", b"\xef\xbb\xbf", "\n".encode("utf-16")):
        path.write_bytes(data)
        with pytest.raises(BadInput, match="empty"):
            preview(path)


@pytest.mark.parametrize("text", [" " * 600_000, "'a," * 200_000, '\\"' * 300_000, '"a,"b,' * 100_000, "," * 600_000])
def test_nonsense_takes_no_time(text: str, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)
    before = time.process_time()
    assert preview(path).tables == 1
    assert time.process_time() - before < 20


@pytest.mark.parametrize("row", range(4))
@pytest.mark.parametrize("column", range(3))
@pytest.mark.parametrize("always", [False, True])
def test_a_stray_quote_before_any_cell_of_any_row(tmp_path: Path, row: int, column: int, always: bool) -> None:
    rows = [list(one) for one in [NAMES, *PEOPLE]]
    told = [[f'"{cell}"' if always or "," in cell else cell for cell in one] for one in rows]
    told[row][column] = '"' + told[row][column]
    rows[row][column] = '"' + rows[row][column]
    path = tmp_path / "stray.csv"
    path.write_text("".join(",".join(one) + "\n" for one in told))
    found = preview(path)
    assert [found.columns, *found.rows] == rows
