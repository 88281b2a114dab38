"""The one place that masks secrets, before anything is recorded, shown or written.

Masking is done on the text itself, so that everything around a secret stays byte for byte as it was.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
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

_XML_SECRET = re.compile(
    r"(?P<open><(?P<name>(?:[\w.-]+:)?(?:fueloauth|password|client_?secret|access_?token|refresh_?token))"
    r"(?:\s(?:\"[^\"]*+\"|'[^']*+'|[^<>\"'])*+)?+(?<!/)>)(?P<value>.*?)(?P<close></(?P=name)\s*+>|\Z)",
    re.IGNORECASE | re.DOTALL,
)


_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_SHORT = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_PIECES = re.compile(r"\\+|[^\\]", re.DOTALL)
_RUN = re.compile(r"[A-Za-z0-9]+")


def anywhere(value: str) -> bytes:
    """A regular expression for a value however it stands in a body, a URL or a header.

    JSON (also JSON within JSON), URLs and XML write letters and digits of ASCII as they are; everything else may be
    written in several ways, and in upper or lower case.
    """
    return b"".join(_ways(piece[0], len(piece)) for piece in _PIECES.findall(value))


def anchor(value: str) -> bytes:
    """The longest run of letters and digits, which stands there in every writing: looked for first, as that is fast."""
    return max(_RUN.findall(value), key=len, default="").encode()


def _ways(char: str, times: int) -> bytes:
    """The ways to write a character, so many times in a row."""
    raw = char.encode("utf-8", "surrogatepass")
    if _RUN.fullmatch(char):
        return raw
    ways = [
        b"".join(b"(?i:%%%02x)" % byte for byte in raw),
        b"&(?:amp;)*#(?:0*%d|(?i:x0*%x));" % (ord(char), ord(char)),
    ]
    units = char.encode("utf-16-be", "surrogatepass")
    ways.append(b"".join(rb"\\+u(?i:%s)" % units[at : at + 2].hex().encode() for at in range(0, len(units), 2)))
    if char in _NAMED:
        ways.append(b"&(?:amp;)*%s;" % _NAMED[char].encode())
    if char in _SHORT:
        ways.append(rb"\\+%s" % _SHORT[char].encode())
    if char == " ":
        ways.append(rb"\+")
    if char == "\\":
        # As a whole, so that a long run of backslashes is not tried in every division.
        return rb"(?:(?<!\\)\\{%d,}|(?:%s){%d})" % (times, b"|".join(ways), times)
    ways.append((rb"\\*" if char in "\"/'" else b"") + re.escape(raw))
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
    return SECRETS.mask_text(before + mark + _pairs(query))


def body(data: bytes, content_type: str = "") -> bytes:
    """A request or answer body as recorded. Row bodies are not given to this but to `SECRETS.mask`."""
    if (wide := _wide(data)) is not None:
        plain = data.decode(wide, "replace").encode("utf-8", "replace")
        masked = body(plain, content_type)
        data = data if masked == plain else masked.decode("utf-8", "replace").encode(wide)
    text = data.decode("utf-8", "surrogateescape")
    if "form" in content_type.lower():
        text = _pairs(text)
    elif text.lstrip("\ufeff \t\r\n").startswith("<") or "xml" in content_type.lower():
        text = xml(text)
    else:
        text = json_text(text)
    return SECRETS.mask(text.encode("utf-8", "surrogateescape"))


def _wide(data: bytes) -> str | None:
    """The encoding of a body in UTF-16 or UTF-32, which JSON and XML are read in as well."""
    found = json.detect_encoding(data)
    return found if found.startswith(("utf-16", "utf-32")) and len(data) > 1 else None


def xml(text: str) -> str:
    """XML with the content of secret elements masked; one that is cut off is masked to the end."""
    if not _suspect(text):
        return text
    return _XML_SECRET.sub(lambda m: m["open"] + MASK + m["close"], text)


def json_text(text: str) -> str:
    """JSON, whole or cut off, with the values of secret members masked and all else untouched."""
    if not _suspect(text):
        return text
    out: list[str] = []
    tokens = [m.group() for m in _JSON_TOKEN.finditer(text)]
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if not token.startswith('"'):
            out.append(token)
            continue
        colon = _skip_space(tokens, at)
        if colon < len(tokens) and tokens[colon] == ":" and is_secret_name(_unescaped(token)):
            value = _skip_space(tokens, colon + 1)
            out.append(token + "".join(tokens[at:value]))
            at = _value_end(tokens, value)
            out.append(f'"{MASK}"' if at > value else "")
        else:
            out.append(_inner(token))
    return "".join(out)


def harmless(data: bytes) -> bool:
    """Whether nothing in a large body looks like a secret, so that it may be kept as it is. Read in small steps."""
    if _wide(data) is not None:
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
        value = json.loads(token, strict=False)
    except ValueError:
        return token.strip('"')
    return value if isinstance(value, str) else token


def _inner(token: str) -> str:
    """A string that holds JSON or a form itself, masked inside."""
    if "\\" not in token and "=" not in token:
        return token
    value = _unescaped(token)
    if not _suspect(value):
        return token
    masked = json_text(value) if '"' in value else _pairs(value)
    return token if masked == value else json.dumps(masked, ensure_ascii=False)


def _pairs(text: str) -> str:
    """A query string or form body with the values of secret fields masked."""
    kept = []
    for pair in text.split("&"):
        name, equals, _ = pair.partition("=")
        kept.append(f"{name}={MASK}" if equals and is_secret_name(unquote_plus(name.rpartition("?")[2])) else pair)
    return "&".join(kept)
