"""E-mail addresses and phone numbers are masked where they are values, and nothing else is touched."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.core.personal import EMAIL, PHONE, Masked, Masker

HARMLESS = st.text('abc XYZ-_.:/äé"\\\n', max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | HARMLESS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HARMLESS, inner, max_size=3),
    max_leaves=8,
)


@given(around=JSON, ascii_only=st.booleans(), name=st.sampled_from(["EmailAddress", "to", "note"]))
def test_an_address_goes_and_everything_else_stays(around: object, ascii_only: bool, name: str) -> None:
    document = {"before": around, "list": [around, {name: "Ann <jürgen.o'neil+x@bücher.example.com>, bob@b.co"}]}
    masker = Masker()
    masked = json.loads(masker.body(json.dumps(document, ensure_ascii=ascii_only).encode()))
    assert masked == {"before": around, "list": [around, {name: "Ann <***>, ***"}]}
    assert masker.masked == [Masked(f"$.list[1].{name}", EMAIL)] * 2


@given(document=JSON, indent=st.sampled_from([None, 2]))
def test_json_without_a_person_is_not_touched(document: object, indent: int | None) -> None:
    masker = Masker()
    data = json.dumps(document, indent=indent).encode()
    assert masker.body(data) == data
    assert masker.masked == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"MobilePhone": "0049 30 123456"}', '{"MobilePhone": "***"}'),
        ('{"phone": 4930123456, "id": 4930123456}', '{"phone": "***", "id": 4930123456}'),
        ('{"phones": ["030/123456", "x"]}', '{"phones": ["***", "x"]}'),
        ('{"note": "call +49 (30) 123-456 now"}', '{"note": "call *** now"}'),
        (
            '{"date": "2026-03-01", "ip": "10.0.0.1", "sum": "1+2"}',
            '{"date": "2026-03-01", "ip": "10.0.0.1", "sum": "1+2"}',
        ),
        ('{"phone": null, "hasPhone": true}', '{"phone": null, "hasPhone": true}'),
        ('{"ann@x.example": 1, "cut": "bob@x.example and cu', '{"***": 1, "cut": "*** and cu"'),
        ("write to ann@x.example, or +4930123456", "write to ***, or ***"),
    ],
)
def test_json_and_text_by_example(text: str, masked: str) -> None:
    assert Masker().body(text.encode()).decode() == masked


def test_xml() -> None:
    text = (
        '<s:A to="ann@x.example" n="1"><!-- bob@x.example -->'
        "<Email>ann@x.example &amp; co</Email><Phone>030 1234567</Phone>"
        "<Property><Name>Mobile</Name><Value>0301234567</Value></Property>"
        "<Property><Name>Id</Name><Value>0301234567</Value></Property><![CDATA[bob@x.example]]><e/>&lt;</s:A>"
    )
    masker = Masker()
    assert masker.body(text.encode(), "text/xml").decode() == (
        '<s:A to="***" n="1"><!-- *** --><Email>*** &amp; co</Email><Phone>***</Phone>'
        "<Property><Name>Mobile</Name><Value>***</Value></Property>"
        "<Property><Name>Id</Name><Value>0301234567</Value></Property><![CDATA[***]]><e/>&lt;</s:A>"
    )
    assert masker.masked[0] == Masked("A/@to", EMAIL)
    assert masker.masked[3] == Masked("A/Phone", PHONE)


def test_urls_and_forms() -> None:
    masker = Masker()
    assert masker.url("https://h/contacts/ann%40x.example/1?email=a%2Bb%40x.example&mobile=%2B49301234567&n=1") == (
        "https://h/contacts/***/1?email=***&mobile=***&n=1"
    )
    assert [one.path for one in masker.masked] == ["path", "email", "mobile"]
    assert Masker().body(b"to=ann%40x.example&x=1", "application/x-www-form-urlencoded") == b"to=***&x=1"


def test_only_what_is_asked_for() -> None:
    text = b'{"e": "ann@x.example", "phone": "0301234567"}'
    assert Masker(emails=False).body(text) == b'{"e": "ann@x.example", "phone": "***"}'
    assert Masker(phones=False).body(text) == b'{"e": "***", "phone": "0301234567"}'


def test_a_long_run_of_letters_takes_no_time() -> None:
    data = b"x" * 1_000_000 + b" @ " + b"y" * 1_000_000
    assert Masker().body(data) == data


def test_bytes_that_are_no_text_survive() -> None:
    data = b'\xff{"e":"ann@x.example","b":"\xfe"}'
    assert Masker().body(data, "application/json") == b'\xff{"e":"***","b":"\xfe"}'
    assert Masker().body(b"a=\xff ann@x.example&b=\xfe", "form") == b"a=%FF+***&b=\xfe"


@pytest.mark.parametrize(
    "hostile",
    [*(part * 60_000 for part in ('{"a":', '["a",', "<a>", "<!--a>")), f"<{'a' * 300_000}>", f"<a {'b' * 300_000}>"],
    ids=["objects", "arrays", "elements", "comments that do not end", "a long name", "a long attribute"],
)
def test_a_hostile_body_takes_no_time(hostile: str) -> None:
    masker = Masker()
    assert masker.body(hostile.encode()) == hostile.encode()
    assert masker.masked == []


def test_the_path_to_a_deep_place_is_bounded() -> None:
    masker = Masker()
    masker.body(b'{"a":' * 50_000 + b'"ann@x.example"')
    assert masker.masked == [Masked("$" + ".a" * 20 + ".…" + ".a" * 20, EMAIL)]


def test_an_address_in_an_address_or_in_wide_characters_is_masked() -> None:
    text = '{"next": "https://x/y?to=ann%40x.example&cc=o.b%2Bx%40x.example"}'
    assert Masker().body(text.encode()).decode() == '{"next": "https://x/y?to=***&cc=***"}'
    assert Masker().body(b'["a/b=c@x.example"]') == b'["***"]'
    wide = '{"to": "ann@x.example", "n": "é"}'.encode("utf-16")
    assert json.loads(Masker().body(wide)) == {"to": "***", "n": "é"}


def test_xml_that_is_cut_off_stays() -> None:
    for text in ("<a><![CDATA[x", "<a><!-- x", "<a><![CDATA[]]"):
        assert Masker().body(text.encode()).decode() == text
