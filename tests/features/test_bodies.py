"""Bodies as a tree and in lines: every value is a slice of what was received, of any size, however broken."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from mcconsole.core.exchange import Body
from mcconsole.core.jobs import JobContext
from mcconsole.core.spill import Spill
from mcconsole.features.responses import bodies, index, index_json
from mcconsole.features.responses.index import RUN, SMALL, Document, Kind, Node
from mcconsole.features.responses.lines import Counter, Lines


def document(data: bytes, most: int | None = None) -> Document:
    outline = index.outline(data, most=most)
    assert outline is not None
    return Document(data, outline)


def pairs(found: Document, node: Node) -> object:
    """A node as json gives it with `object_pairs_hook=list`, by its spans alone."""
    if node.kind is Kind.OBJECT:
        return [(found.name(child), pairs(found, child)) for child in found.walk(node)]
    if node.kind is Kind.ARRAY:
        return [pairs(found, child) for child in found.walk(node)]
    if node.kind is Kind.STRING:
        return found.text(node)
    return json.loads(found.span(node))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


@given(value=JSON, escape=st.booleans(), indent=st.sampled_from((None, 0, 3)))
@example(value={"a": [[[[[[{"b": [[]]}]]]]]]}, escape=True, indent=None)
def test_the_leaves_of_any_json_are_what_json_gives(value: object, escape: bool, indent: int | None) -> None:
    try:
        data = json.dumps(value, ensure_ascii=escape, indent=indent).encode()
    except UnicodeEncodeError:  # a lone surrogate can be escaped only
        data = json.dumps(value, indent=indent).encode()
    found = document(data)
    assert found.outline.whole
    assert pairs(found, found.root) == json.loads(data, object_pairs_hook=list)
    assert found.span(found.root) == data


@given(seed=st.integers(0, 2**32), spaces=st.sampled_from(((",", ":"), (" ,\n", " :\t"))))
def test_large_json_is_read_in_parts(seed: int, spaces: tuple[str, str]) -> None:
    chance = random.Random(seed)

    def made(depth: int) -> object:
        if depth == 0:
            return chance.choice((1.5, "text", None, 10**30, 'é\\"', [], {}))
        size = chance.choice((1, 3, RUN, RUN + 1, 3 * RUN)) if depth == 3 else chance.randrange(5)
        items = [made(depth - 1) for _ in range(size)]
        return items if chance.random() < 0.5 else {f"k{n % 7}{n}": item for n, item in enumerate(items)}

    value = [made(3) for _ in range(6)] + [["x" * chance.randrange(3 * SMALL)], {"deep": [[[[made(2)]]]]}]
    data = json.dumps(value, separators=spaces).encode()
    found = document(data)
    assert found.outline.noted or len(data) <= SMALL
    assert pairs(found, found.root) == json.loads(data, object_pairs_hook=list)
    for node in found.children(found.root):
        count = found.count(node)
        first = chance.randrange(count + 1)
        assert found.children(node, first, 5) == found.children(node)[first : first + 5]


def test_repeated_names_numbers_and_escapes_are_as_received() -> None:
    data = rb'{"a":12345678901234567890123,"a":1.10,"b\u0041":"\ud83d\ude00\ud800","n":-0.0e-7}'
    found = document(data)
    children = found.children(found.root)
    assert [found.span(child) for child in children] == [
        b"12345678901234567890123",
        b"1.10",
        rb'"\ud83d\ude00\ud800"',
        b"-0.0e-7",
    ]
    assert [found.name(child) for child in children] == ["a", "a", "bA", "n"]
    assert found.text(children[2]) == "😀\ud800"


@pytest.mark.parametrize(
    ("data", "readable", "problem"),
    [
        (b'{"a":[1,2,"thr', ["a"], "it ends in the middle"),
        (b'{"a":1,"b":nul', ["a"], "“nul” is not JSON here"),
        (b'{"a":1,}', ["a"], "“}” is not JSON here"),
        (b"[1 2]", [""], "“2]” is not JSON here"),
        (b"[01]", [], "“01]” is not JSON here"),
        (b'{"a":1} x', ["a"], "something follows after the end"),
        (b"<a><b>1</b><c>", ["b", "c"], "it ends in the middle"),
        (b"<a><b>1</b></c>", ["b"], "</a> was expected here"),
        (b"<a><b>1</b>< /a>", ["b"], "“< /a>” is not XML here"),
    ],
)
def test_what_is_broken_is_shown_up_to_there(data: bytes, readable: list[str], problem: str) -> None:
    outline = index.outline(data)
    assert outline is not None
    assert outline.problem == problem
    found = Document(data, outline)
    children = found.children(found.root)
    assert [found.name(child) for child in children if child.kind is not Kind.BROKEN] == readable
    assert len(children) == found.count(found.root)


@given(value=JSON, cut=st.floats(0, 1))
def test_any_beginning_of_json_can_be_looked_at(value: object, cut: float) -> None:
    data = json.dumps([value, value]).encode()
    data = data[: max(1, int(len(data) * cut))]
    outline = index.outline(data)
    assert outline is not None
    found = Document(data, outline)

    def look(node: Node) -> int:
        children = found.children(node)
        assert len(children) == found.count(node)
        return 1 + sum(map(look, children))

    assert look(found.root)


@given(data=st.binary(max_size=200))
def test_no_bytes_whatever_break_it(data: bytes) -> None:
    opened = bodies.open_body(Body(data, len(data)))
    if opened.document is not None:
        opened.document.children(opened.document.root)
    if opened.kind != "binary":
        assert "".join(opened.raw.read(0, opened.raw.count)) == "".join(
            line.decode("utf-8", "replace") for _, line in opened.raw.walk(0, opened.raw.count)
        )


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> etree._Element:
    names = {"ns": "urn:x"}
    node = etree.Element(draw(st.sampled_from(("a", "{urn:x}b", "Results"))), nsmap=names)
    for name in draw(st.sets(st.sampled_from(("x", "y")))):
        node.set(name, draw(TEXTS))
    node.text = draw(TEXTS)
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        child = draw(elements(depth - 1))
        child.tail = draw(TEXTS)
        node.append(child)
    return node


def xml_leaves(node: etree._Element) -> list[str]:
    found = [*(str(v) for v in node.attrib.values()), node.text or ""]
    for child in node:
        found += [*xml_leaves(child), child.tail or ""]
    return found


def shown_leaves(found: Document, node: Node) -> list[str]:
    if not node.kind.holds:
        return [found.text(node)]
    children = [child for child in found.walk(node) if not found.name(child).startswith("@xmlns")]
    return [text for child in children for text in shown_leaves(found, child)]


@given(root=elements(), copies=st.sampled_from((1, RUN + 1)))
def test_the_texts_of_any_xml_are_what_lxml_gives(root: etree._Element, copies: int) -> None:
    one = etree.tostring(root, encoding="utf-8")
    data = b"<all>" + one * copies + b"</all>"
    found = document(data)
    assert found.outline.whole, found.outline.problem
    expected = [text for text in xml_leaves(etree.fromstring(data)) if text.strip(" \t\r\n")]
    assert [text for text in shown_leaves(found, found.root) if text.strip(" \t\r\n")] == expected


def test_entities_are_left_alone() -> None:
    data = b'<!DOCTYPE a [<!ENTITY x "boom"><!ENTITY f SYSTEM "file:///etc/passwd">]><a><b>&x;&f;&lt;&#65;</b></a>'
    found = document(data)
    assert [found.text(child) for child in found.children(found.root)] == ["&x;&f;<A"]


@given(
    data=st.lists(st.sampled_from((b"\n", b"x", b"y" * 399, b"z" * 900, "é".encode() * 210))), piece=st.integers(1, 900)
)
def test_lines_join_to_what_was_received(data: list[bytes], piece: int) -> None:
    whole = b"".join(data)
    lines = Lines(whole)
    counter = Counter(lines.take)
    for at in range(0, max(1, len(whole)), piece):
        counter.add(whole[at : at + piece], last=at + piece >= len(whole))
    assert "".join(lines.read(0, lines.count)) == whole.decode()
    assert [lines.read(n, 1) for n in range(lines.count)] == [[line] for line in lines.read(0, lines.count)]
    assert lines.broken == (lines.count > len(whole.removesuffix(b"\n").split(b"\n")) and bool(whole))


def rows(count: int) -> bytes:
    return json.dumps({"items": [{"id": n, "name": f"row {n}", "tags": [[n]]} for n in range(count)]}).encode()


@pytest.mark.parametrize("spilled", [False, True])
def test_a_large_body_is_passed_over_in_a_process(spilled: bool) -> None:
    data = rows(40_000)
    assert len(data) > bodies.IN_THREAD
    body = Body(data, len(data), "", "application/json")
    if spilled:
        spill = Spill()
        spill.path.write_bytes(data)
        body = Body(data[:1000], len(data), "", "application/json", spill)
        assert bodies.note(body) == ""
    first = bodies.open_body(body)
    assert not first.complete
    assert first.document is not None
    top = first.document.children(first.document.root)[0]
    assert first.document.count(top) > 100
    opened = bodies.lay_out(JobContext(), first)
    assert opened.complete
    assert opened.document is not None
    assert opened.pretty is not None
    items = opened.document.children(opened.document.root)[0]
    assert opened.document.count(items) == 40_000
    last = opened.document.children(items, 39_999)[0]
    assert json.loads(opened.document.span(last)) == {"id": 39_999, "name": "row 39999", "tags": [[39_999]]}
    assert json.loads("".join(opened.pretty.read(0, opened.pretty.count))) == json.loads(data)
    assert opened.spill is not None
    path = opened.spill.path
    assert path.stat().st_mode & 0o777 == 0o600
    del opened
    assert not path.exists()


@pytest.mark.parametrize(
    ("data", "content_type", "kind"),
    [
        (b"<html><body>busy<br></body></html>", "application/json", "XML"),
        (b"<html>busy", "application/json", "XML"),
        (b"not json", "application/json", "text"),
        (b"", "application/json", ""),
        (b"\x00\x01ABC" * 2000, "application/octet-stream", "binary"),
        (b'{"a":"\xff\xfe"}', "application/json", "JSON"),
        ('{"a":"é"}'.encode("latin-1"), "application/json; charset=iso-8859-1", "JSON"),
        ('{"a":1}'.encode("utf-16"), "application/json", "JSON"),
        (b'\xef\xbb\xbf{"a":1}', "text/plain", "JSON"),
        (b"[" * 10_000 + b"]" * 10_000, "application/json", "JSON"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "application/json", "JSON"),
        (b"<a>" * 10_000 + b"</a>" * 10_000, "text/xml", "XML"),
        (b"[" * 200_000, "application/json", "JSON"),
        (b'{"a":"x\x00y' + b"\x00" * 50 + b'"}', "application/json", "JSON"),
        (b'{"a":1}', "application/json; charset=undefined", "JSON"),
        (b'{"a":1}', "application/json; charset=idna", "JSON"),
        (b'{"a":"' + b"x" * 300_000 + b'"}', "application/json; charset=punycode", "JSON"),
        (b'{"a":1}', "application/json; charset=iso-8859-99", "JSON"),
    ],
)
def test_hostile_bodies_are_shown_somehow(data: bytes, content_type: str, kind: str) -> None:
    opened = bodies.open_body(Body(data, len(data), "", content_type))
    if not opened.complete:
        opened = bodies.lay_out(JobContext(), opened)
    assert opened.kind == kind
    assert opened.raw.count > 0 or not data
    if opened.document is not None:
        node, depth = opened.document.root, 0
        while children := opened.document.children(node, 0, 1):
            node, depth = children[0], depth + 1
            if depth > 50:
                break
        assert opened.pretty is not None
        assert opened.pretty.read(0, 100)


def test_depth_has_a_limit_that_is_told() -> None:
    outline = index.outline(b"[" * (index.MOST_DEPTH + 5))
    assert outline is not None
    assert outline.problem == f"nested more than {index.MOST_DEPTH:,} levels deep"


def test_binary_bodies_are_dumped() -> None:
    opened = bodies.open_body(Body(b"\x00\x01ABC" * 2000, 10_000))
    text = "".join(opened.raw.read(0, opened.raw.count))
    assert text.startswith("00000000  00 01 41 42 43")
    assert "more bytes" in text


def test_a_first_look_passes_over_no_more_than_its_part() -> None:
    for data in (b"{}" + b" " * 1000, b"[1," + b"\n" * 1000 + b"2]", b" " * 1000 + b"[1]", b"1" * 1000):
        found = index.outline(data, most=100)
        assert found is None or (found.problem, found.end) == ("it ends in the middle", 100)
        whole = index.outline(data)
        assert whole is not None
        assert whole.whole


def test_long_strings_and_numbers_are_passed_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text, number = b'"' + b"x" * SMALL + b'"', b"1" * (SMALL + 1)
    data = b'{"a":%b,"b":[%b,2],"c":%b}' % (text, number, number)
    found = document(data)
    nothing = re.compile(b"(?!)")
    monkeypatch.setattr(index_json, "_scalar", nothing)
    first, second, third = found.children(found.root)
    assert [found.span(first), found.span(third)] == [text, number]
    assert found.span(found.children(second, 0, 1)[0]) == number
