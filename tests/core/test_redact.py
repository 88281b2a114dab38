"""No secret survives masking, and nothing else is touched."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcconsole.core import redact
from mcconsole.core.redact import MASK, Secrets

SECRET = "v3ry-s3cret-Value"
NAMES = st.sampled_from(["client_secret", "access_token", "refresh_token", "Password", "clientSecret", "fueloauth"])
VALUES = st.text(min_size=12, max_size=60).filter(lambda s: s.strip(" *") and not s.isspace())
HARMLESS = st.text(max_size=12).filter(lambda name: not redact.is_secret_name(name))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(HARMLESS, inner, max_size=3)),
    max_leaves=8,
)


def leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


@given(name=NAMES, value=VALUES, around=JSON, ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_a_secret_member_is_masked_wherever_it_is(
    name: str, value: str, around: object, ascii_only: bool, indent: int | None
) -> None:
    document = [around, {"outer": {name: value, "kept": around}}]
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    masked = json.loads(redact.json_text(text))
    assert masked == [around, {"outer": {name: MASK, "kept": around}}]


@given(JSON)
def test_json_without_a_secret_is_not_touched(document: object) -> None:
    text = json.dumps(document)
    assert redact.json_text(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"access_token": "v3ry"}', '{"access_token": "***"}'),
        ('{"access\\u005ftoken":"v3ry"}', '{"access\\u005ftoken":"***"}'),
        ('{"password": 1234, "n": 1.50}', '{"password": "***", "n": 1.50}'),
        ('{"password": {"a": ["v3ry"]}, "n": 1}', '{"password": "***", "n": 1}'),
        ('{"n": 1, "client_secret": "v3ry and cut o', '{"n": 1, "client_secret": "***"'),
        ('{"said": "{\\"access_token\\":\\"v3ry\\"}"}', '{"said": "{\\"access_token\\":\\"***\\"}"}'),
        ('{"tokens": 5, "requestToken": "kept"}', '{"tokens": 5, "requestToken": "kept"}'),
        ("not json at all: token", "not json at all: token"),
        ('{"secret":', '{"secret":'),
    ],
)
def test_json_by_example(text: str, masked: str) -> None:
    assert redact.json_text(text) == masked


@given(name=NAMES, value=VALUES, other=st.text(max_size=20))
def test_forms_and_queries(name: str, value: str, other: str) -> None:
    encoded = urlencode({"a": other, name: value, "b": other})
    secret = urlencode({name: value}).partition("=")[2]
    for masked in (
        redact.body(encoded.encode(), "application/x-www-form-urlencoded").decode(),
        redact.url(f"https://host/path?{encoded}"),
    ):
        assert f"{name}={MASK}" in masked
        assert secret not in masked.replace(urlencode({"a": other}), "").replace(urlencode({"b": other}), "")


@given(
    value=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=8),
    element=st.sampled_from(["fueloauth", "h:fueloauth", "wsse:Password", "Password"]),
)
def test_xml(value: str, element: str) -> None:
    text = (
        f'<s:Header><{element} xmlns="http://exacttarget.com">{escape(value)}</{element}></s:Header><Name>kept</Name>'
    )
    masked = redact.body(text.encode(), "text/xml").decode()
    assert f">{MASK}</{element}>" in masked
    assert masked.endswith("</s:Header><Name>kept</Name>")
    assert len(masked) == len(text) - len(escape(value)) + len(MASK)
    cut = text[: text.index(f"</{element}>")]
    assert redact.xml(cut).endswith(f">{MASK}")


def test_headers() -> None:
    pairs = [
        ("Authorization", f"Bearer {SECRET}"),
        ("proxy-authorization", SECRET),
        ("Set-Cookie", f"a={SECRET}"),
        ("Location", f"https://user:{SECRET}@host/x?access_token={SECRET}&n=1"),
        ("X-Request", "kept?"),
    ]
    masked = redact.headers(pairs)
    assert SECRET not in repr(masked)
    assert masked[0] == ("Authorization", "Bearer ***")
    assert masked[3] == ("Location", "https://***@host/x?access_token=***&n=1")
    assert masked[4] == ("X-Request", "kept?")


@example(value="00000Ã")
@given(value=st.text(st.characters(codec="utf-8"), min_size=Secrets.SHORTEST, max_size=40))
def test_a_known_secret_is_masked_in_every_encoding(value: str) -> None:
    secrets = Secrets()
    secrets.add(value)
    forms = [
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1].replace("/", "\\/"),
        json.dumps(json.dumps(value))[3:-3],
        urlencode({"": value})[1:],
        quote(value, safe="").lower() if value.islower() else quote(value, safe=""),
        escape(value),
        escape(value, {'"': "&quot;", "'": "&apos;"}),
        escape(escape(value)),
        "".join(f"&#x{ord(c):X};" if not (c.isascii() and c.isalnum()) else c for c in value),
        "".join(f"&#{ord(c)};" if not (c.isascii() and c.isalnum()) else c for c in value),
    ]
    for form in forms:
        assert secrets.mask(f"<{form}>".encode()) == f"<{MASK}>".encode()
        assert secrets.mask_text(f"({form})") == f"({MASK})"


@given(value=st.text(st.characters(codec="utf-8"), min_size=Secrets.SHORTEST, max_size=40), at=st.integers(0, 60))
def test_a_secret_across_a_cut_leaves_nothing_behind(value: str, at: int) -> None:
    secrets = Secrets()
    secrets.add(value)
    data = b"<" + json.dumps(value)[1:-1].encode() + b">"
    kept = secrets.mask(data, at)
    assert kept in (b"", b"<", f"<{MASK}".encode(), f"<{MASK}>".encode())


def test_secrets_that_overlap_are_masked_both() -> None:
    secrets = Secrets()
    secrets.add("abcdefgh")
    secrets.add("efghijklmn")
    assert secrets.mask_text("(abcdefghijklmn)") == f"({MASK})"


def test_many_backslashes_take_no_time() -> None:
    secrets = Secrets()
    secrets.add("\\" * 40 + '"')
    assert secrets.mask_text("\\" * 20_000) == "\\" * 20_000


def test_secrets_are_bounded_and_the_latest_kept() -> None:
    secrets = Secrets()
    for number in range(Secrets.LIMIT + 10):
        secrets.add(f"token-number-{number}!")
    assert secrets.mask_text(f"token-number-{Secrets.LIMIT + 9}!") == MASK
    assert secrets.mask_text("token-number-0!") == "token-number-0!"


def test_short_values_do_not_mask_ordinary_words() -> None:
    secrets = Secrets()
    secrets.add("on")
    assert secrets.mask_text("once") == "once"


def test_bytes_that_are_no_text_survive() -> None:
    data = b'\xff\xfe{"client_secret":"v3ry"}\x80'
    assert redact.body(data, "application/json") == b'\xff\xfe{"client_secret":"***"}\x80'


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_secrets_in_wide_characters(encoding: str) -> None:
    redact.SECRETS.add("wide-known-s3cret")
    data = '{"access_token": "unknown-one", "note": "wide-known-s3cret", "n": 1}'.encode(encoding)
    masked = redact.body(data, "application/json")
    assert json.loads(masked) == {"access_token": redact.MASK, "note": redact.MASK, "n": 1}
    assert not redact.harmless(data)
    harmless = '{"n": 1}'.encode(encoding)
    assert redact.body(harmless) == harmless


@pytest.mark.parametrize("opened", ["<password a", '<password a="', "<a:password '\"", "<password >"])
def test_many_elements_that_do_not_end_take_no_time(opened: str) -> None:
    assert redact.xml(opened * 50_000)


def test_an_element_with_attributes_is_masked() -> None:
    text = """<a><o:Password Type="a>b" x='"' >v3ry</o:Password><b/></a>"""
    assert redact.xml(text) == text.replace("v3ry", MASK)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"a":"\\ud800 x=1&password=v3ry"}', '{"a":"\\ud800 x=1&password=***"}'),
        ('{"a":"\\udc80 x=1&password=v3ry"}', '{"a":"\\udc80 x=1&password=***"}'),
        (r'["{\"password\":\"v3ry\",\"b\":\"\ud83d\"}"]', r'["{\"password\":\"***\",\"b\":\"\ud83d\"}"]'),
        (r'["https:\/\/x?\u0061=\u00e9\u0026secret=v3ry"]', r'["https:\/\/x?\u0061=\u00e9\u0026secret=***"]'),
        ('{"a":"{\\"password\\":\\"v3ry and cut', '{"a":"{\\"password\\":\\"***\\"'),
        ('{"a":"<o:password>v3ry<\\/o:password>\\u00e9"}', '{"a":"<o:password>***<\\/o:password>\\u00e9"}'),
    ],
)  # fmt: skip
def test_a_secret_within_a_string_goes_and_every_escape_beside_it_stays(text: str, masked: str) -> None:
    assert redact.body(text.encode()).decode() == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("<p><password><![CDATA[a</password>v3ry]]></password></p>", "<p><password>***</password></p>"),
        ("<p><password>a<!-- </password> -->v3ry</password></p>", "<p><password>***</password></p>"),
        ("<p><!-- <password>v3ry</password> --></p>", "<p><!-- <password>***</password> --></p>"),
        ("<c user='u' Password = \"v3ry\" x='&lt;'/>", "<c user='u' Password = \"***\" x='&lt;'/>"),
        ("<p><password/><Name>kept</Name></p>", "<p><password/><Name>kept</Name></p>"),
    ],
)
def test_xml_by_example(text: str, masked: str) -> None:
    assert redact.xml(text) == masked


@pytest.mark.parametrize("first", ['"', "'", "/", "+", "é", "\\", "\n", "\\+"])
def test_backslashes_before_any_secret_take_no_time(first: str) -> None:
    secrets = Secrets()
    secrets.add(f"{first}s3cret-value")
    hostile = b"s3cret-value" + b"\\" * 500_000 + b" "
    assert secrets.mask(hostile) == hostile
    assert secrets.mask(hostile + json.dumps(f"{first}s3cret-value")[1:-1].encode()) == hostile + MASK.encode()
