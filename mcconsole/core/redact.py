"""The one place that masks secrets, before anything is recorded, shown or written.

Masking is done on the text itself, so that everything around a secret stays byte for byte as it was.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import traceback
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_plus, urlsplit

MASK = "***"

_NAMES = (
    "clientsecret",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "password",
    "passwd",
    "secret",
    "fueloauth",
    "oauthtoken",
    "authorization",
    "codeverifier",
    "apikey",
)
_SECRET_HEADERS = ("authorization", "proxyauthorization", "cookie", "setcookie", "xapikey")
_SEPARATORS = re.compile(r"[-_]")

_HINTS = (
    *("secret", "passw", "oauth", "authorization", "verifier", "apikey", "api_key", "api-key"),
    *(f"{kind}{separator}token" for kind in ("access", "refresh", "id") for separator in ("", "_", "-")),
)
_ESCAPED_LETTER = re.compile(r"\\u00(?:[46][1-9a-f]|[57][0-9a]|5f|2d)", re.IGNORECASE)
"""A letter, an underscore or a hyphen behind an escape that no JSON writer uses: it may hide a name."""

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\]:,]|\s+|[^\s"{}\[\]:,]+', re.DOTALL)

_decode = json.JSONDecoder(strict=False).decode
_UNIT = re.compile(r"\\(?:u(?P<code>[0-9a-fA-F]{4})|(?P<short>.))|[^\\]++|\\", re.DOTALL)
_XML_TAG = re.compile(
    r"<(?P<name>[^\s<>/!?\"'=]++)(?P<rest>(?:\"[^\"]*+\"|'[^']*+'|[^<>\"'])*+)>",
)
_XML_ATTRIBUTE = re.compile(r"(?<=\s)(?P<name>[\w.:-]++)\s*+=\s*+(?P<value>\"[^\"]*+\"|'[^']*+')")
_XML_CLOSE = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|</(?P<name>[^\s<>]++)\s*+>", re.DOTALL)

Change = tuple[int, int, str]
"""A part of a text, from and to, and what stands there instead."""


_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_SHORT = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_LONG = {letter: char for char, letter in _SHORT.items()}
_PIECES = re.compile(r"\\+|[^\\]", re.DOTALL)
_RUN = re.compile(r"[A-Za-z0-9]+")


def anywhere(value: str) -> bytes:
    """A regular expression for a value however it stands in a body, a URL or a header.

    JSON (also JSON within JSON), URLs and XML write letters and digits of ASCII as they are; everything else may be
    written in several ways, and in upper or lower case.
    """
    ways, before = [], ""
    for piece in _PIECES.findall(value):
        ways.append(_ways(piece[0], len(piece), before))
        before = piece[0]
    return b"".join(ways)


def anchor(value: str) -> bytes:
    """The longest run of letters and digits, which stands there in every writing: looked for first, as that is fast."""
    return max(_RUN.findall(value), key=len, default="").encode()


def _ways(char: str, times: int, before: str) -> bytes:
    """The ways to write a character, so many times in a row, after another one.

    A run of backslashes is taken as a whole and from its beginning, or a long one would take hours.
    """
    raw = char.encode("utf-8", "surrogatepass")
    if _RUN.fullmatch(char):
        return raw
    escaped = rb"\\*+" if before == "\\" else rb"\\++" if before else rb"(?<!\\)\\++"
    ways = [
        b"".join(b"(?i:%%%02x)" % byte for byte in raw),
        b"&(?:amp;)*+#(?:0*%d|(?i:x0*%x));" % (ord(char), ord(char)),
    ]
    units = char.encode("utf-16-be", "surrogatepass")
    codes = [b"u(?i:%s)" % units[at : at + 2].hex().encode() for at in range(0, len(units), 2)]
    ways.append(escaped + rb"\\++".join(codes))
    if char in _NAMED:
        ways.append(b"&(?:amp;)*%s;" % _NAMED[char].encode())
    if char in _SHORT:
        ways.append(escaped + _SHORT[char].encode())
    if char == " ":
        ways.append(rb"\+")
    if char == "\\":
        return rb"(?:(?<!\\)\\{%d,}+|(?:%s){%d})" % (times, b"|".join(ways), times)
    ways.append((b"(?:%b)?" % escaped if char in "\"/'" else b"") + re.escape(raw))
    if 0x80 <= ord(char) <= 0xFF:
        ways.append(re.escape(char.encode("latin-1")))
    return b"(?:%s)" % b"|".join(ways)


class _Secret:
    """One value to look for."""

    def __init__(self, value: str) -> None:
        self._anchor = anchor(value)
        self._pattern = re.compile(anywhere(value))

    def places(self, data: bytes) -> Iterator[tuple[int, int]]:
        if self._anchor in data:
            for match in self._pattern.finditer(data):
                yield match.span()


class Secrets:
    """Secret values known to this process; masked wherever they turn up, in any of the usual encodings."""

    LIMIT = 256
    SHORTEST = 6
    """Characters; anything shorter would mask ordinary words."""
    MARGIN = 64 * 1024
    """Bytes beyond a cut that are looked at for a secret that stands across it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Secret] = OrderedDict()

    def add(self, value: str) -> None:
        """Remember a value; the one that was added longest ago is forgotten when there are too many."""
        if len(value) < self.SHORTEST:
            return
        with self._lock:
            known = self._known.pop(value) if value in self._known else _Secret(value)
            self._known[value] = known
            while len(self._known) > self.LIMIT:
                self._known.popitem(last=False)

    def mask(self, data: bytes, most: int | None = None) -> bytes:
        """The data, or as many bytes of its beginning, without any known secret; one across the cut is masked too."""
        with self._lock:
            known = tuple(self._known.values())
        looked = data if most is None else data[: most + self.MARGIN]
        end = len(data) if most is None else min(most, len(data))
        parts, at = [], 0
        for start, stop in sorted(place for secret in known for place in secret.places(looked)):
            if start >= end:
                break
            if start >= at:
                parts += [data[at:start], MASK.encode()]
            at = max(at, stop)
        parts.append(data[at:end])
        return b"".join(parts)

    def mask_text(self, text: str) -> str:
        """The same for text."""
        return self.mask(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


SECRETS = Secrets()
"""Those of this process."""


def told(fault: BaseException) -> str:
    """A traceback as it is shown or reported: known secrets are masked, as an error may quote what it failed on."""
    return SECRETS.mask_text("".join(traceback.format_exception(fault)))


def mask_log(record: logging.LogRecord) -> bool:
    """A filter for the logger of a library that may be told a secret: known ones are masked in what it writes."""
    record.msg, record.args = SECRETS.mask_text(record.getMessage()), None
    return True


def is_secret_name(name: str) -> bool:
    """Whether a member, field or element of this name holds a secret, whatever its case and separators."""
    return _SEPARATORS.sub("", name).lower() in _NAMES


def headers(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers as recorded: credentials masked (the scheme, such as Bearer, stays), URLs in them too."""
    masked = []
    for name, value in pairs:
        if _SEPARATORS.sub("", name).lower() in _SECRET_HEADERS:
            scheme, space, _ = value.partition(" ")
            value = f"{scheme} {MASK}" if space and scheme.lower() in ("bearer", "basic") else MASK
        elif "?" in value or "@" in value:
            value = url(value)
        masked.append((name, SECRETS.mask_text(value)))
    return tuple(masked)


def url(text: str) -> str:
    """A URL as recorded: no user and password, no secret in the query."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return SECRETS.mask_text(text.partition("?")[0])
    if "@" in parts.netloc:
        text = text.replace(parts.netloc, f"{MASK}@{parts.netloc.rpartition('@')[2]}", 1)
    before, mark, query = text.partition("?")
    return SECRETS.mask_text(before + mark + _changed(query, _in_pairs))


def body(data: bytes, content_type: str = "") -> bytes:
    """A request or answer body as recorded. Row bodies are not given to this but to `SECRETS.mask`."""
    if (encoding := wide(data)) is not None:
        plain = data.decode(encoding, "replace").encode("utf-8", "replace")
        masked = body(plain, content_type)
        data = data if masked == plain else masked.decode("utf-8", "replace").encode(encoding)
    text = data.decode("utf-8", "surrogateescape")
    if "form" in content_type.lower():
        text = _changed(text, _in_pairs)
    elif text.lstrip("\ufeff \t\r\n").startswith("<") or "xml" in content_type.lower():
        text = xml(text)
    else:
        text = json_text(text)
    return SECRETS.mask(text.encode("utf-8", "surrogateescape"))


def wide(data: bytes) -> str | None:
    """The encoding of a body in UTF-16 or UTF-32, which JSON and XML are read in as well."""
    found = json.detect_encoding(data)
    return found if found.startswith(("utf-16", "utf-32")) and len(data) > 1 else None


def xml(text: str) -> str:
    """XML with the content of secret elements and attributes masked; one that is cut off is masked to the end."""
    return _changed(text, _in_xml) if _suspect(text) else text


def json_text(text: str) -> str:
    """JSON, whole or cut off, with the values of secret members masked and all else untouched."""
    return _changed(text, _in_json) if _suspect(text) else text


def _changed(text: str, look: Callable[[str], Iterator[Change]]) -> str:
    out, at = [], 0
    for start, stop, instead in look(text):
        out += [text[at:start], instead]
        at = stop
    return "".join((*out, text[at:]))


def _in_json(text: str) -> Iterator[Change]:
    tokens = [m.group() for m in _JSON_TOKEN.finditer(text)]
    at = place = 0
    while at < len(tokens):
        token = tokens[at]
        at, start, place = at + 1, place, place + len(token)
        if not token.startswith('"'):
            continue
        colon = _skip_space(tokens, at)
        if colon < len(tokens) and tokens[colon] == ":" and is_secret_name(_unescaped(token)):
            value = _skip_space(tokens, colon + 1)
            place += sum(map(len, tokens[at:value]))
            at = _value_end(tokens, value)
            start, place = place, place + sum(map(len, tokens[value:at]))
            if at > value:
                yield start, place, f'"{MASK}"'
        else:
            for begin, end, instead in _in_string(token):
                yield start + begin, start + end, instead


def _in_string(token: str) -> Iterator[Change]:
    """In a string that holds JSON, XML or a form itself; its other escapes stay as they are."""
    if not any(char in token for char in "\\=<") or not _suspect(_unescaped(token)):
        return
    chars: list[str] = []
    places = array("Q")
    for unit in _UNIT.finditer(token, 1, len(token) - (len(token) > 1 and token.endswith('"'))):
        if unit["code"] or unit["short"]:
            chars.append(chr(int(unit["code"], 16)) if unit["code"] else _LONG.get(unit["short"], unit["short"]))
            places.append(unit.start())
        else:
            chars.append(unit[0])
            places.extend(range(unit.start(), unit.end()))
        end = unit.end()
    places.append(end)
    value = "".join(chars)
    look = _in_json if '"' in value and not value.lstrip().startswith("<") else _in_xml if "<" in value else _in_pairs
    for begin, stop, instead in look(value):
        yield places[begin], places[stop], json.dumps(instead)[1:-1]


def _in_xml(text: str) -> Iterator[Change]:
    at = 0
    while (tag := _XML_TAG.search(text, at)) is not None:
        at = tag.end()
        for attribute in _XML_ATTRIBUTE.finditer(text, tag.start("rest"), tag.end("rest")):
            if is_secret_name(attribute["name"].rpartition(":")[2]):
                yield attribute.start("value") + 1, attribute.end("value") - 1, MASK
        if is_secret_name(tag["name"].rpartition(":")[2]) and not tag["rest"].endswith("/"):
            name = tag["name"].lower()
            ends = (part.start() for part in _XML_CLOSE.finditer(text, at) if (part["name"] or "").lower() == name)
            start, at = at, next(ends, len(text))
            yield start, at, MASK


def _in_pairs(text: str) -> Iterator[Change]:
    """In a query string or form body."""
    at = 0
    for pair in text.split("&"):
        name, equals, _ = pair.partition("=")
        if equals and is_secret_name(unquote_plus(name.rpartition("?")[2])):
            yield at + len(name) + 1, at + len(pair), MASK
        at += len(pair) + 1


def harmless(data: bytes) -> bool:
    """Whether nothing in a large body looks like a secret, so that it may be kept as it is. Read in small steps."""
    if wide(data) is not None:
        return False
    step = Secrets.MARGIN
    for at in range(0, len(data), step):
        piece = data[at : at + 2 * step]
        if SECRETS.mask(piece) != piece or _suspect(piece.decode("utf-8", "replace")):
            return False
    return True


def _suspect(text: str) -> bool:
    """Whether a closer look is due. Most answers hold no secret, and a megabyte must not hold up the window."""
    lowered = text.lower()
    return any(hint in lowered for hint in _HINTS) or ("\\u00" in text and _ESCAPED_LETTER.search(text) is not None)


def _skip_space(tokens: list[str], at: int) -> int:
    while at < len(tokens) and tokens[at].isspace():
        at += 1
    return at


def _value_end(tokens: list[str], start: int) -> int:
    """The index after the value that begins at `start`, however deep it is."""
    at, depth = start, 0
    while at < len(tokens) and (depth or tokens[at] not in (",", "}", "]")):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(tokens[at], 0)
        at += 1
    while at > start and tokens[at - 1].isspace():
        at -= 1
    return at


def _unescaped(token: str) -> str:
    try:
        value = _decode(token)
    except ValueError:
        return token.strip('"')
    return value if isinstance(value, str) else token
