"""E-mail addresses and phone numbers, masked in what is handed on where the user asks for it.

By structure: in JSON only strings and names, in XML only text and attributes, in a form or a query only values, so that
numbers, ids and dates stay as they are. A phone number is told by its form (+49 …) or by the name that it stands under.
Secrets are masked before, always, by `core.redact`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape
from typing import TypeVar
from urllib.parse import quote_plus, unquote_plus

from mcconsole.core.redact import MASK, wide

EMAIL = "e-mail address"
PHONE = "phone number"
RECORDED = "secret, masked when it was recorded"
SHOWN = 20
"""Steps of a long path that are told from either end."""

Where = Callable[[], str]
"""Tells the path to a place; asked for only where something is masked, as a body may be a million levels deep."""

_LOCAL = r"(?:(?<![%%%(chars)s])|(?<=%%40))(?:[%(chars)s]|%%(?!40))++"
_DOMAIN = r"(?:@|%40)[\w-]{1,63}+(?:\.[\w-]{1,63}){1,8}"
_EMAIL = re.compile(_LOCAL % {"chars": r"\w.!#$&'*+/=?^`{|}~-"} + _DOMAIN)
_EMAIL_WITHIN = re.compile(_LOCAL % {"chars": r"\w.!#$'*+^`{|}~-"} + _DOMAIN)
"""Within a text, what parts the address of a page or its query begins no e-mail address."""
_INTERNATIONAL = re.compile(r"(?<![\w+])\+\d(?:[ ()./-]{0,2}\d){6,14}(?![\d+])")
_NUMBER = re.compile(r"\+?[\d ()./-]{5,25}")
_PHONE_NAME = re.compile(r"phone|mobile|msisdn|telefon|(?:^|[^a-z])(?:tel|fax|sms|cell)(?:$|[^a-z])", re.IGNORECASE)
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\]:,]|\s+|[^\s"{}\[\]:,]+', re.DOTALL)
_decode = json.JSONDecoder(strict=False).decode
_MARKUP = re.compile(r"(<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[^>]*>?)", re.DOTALL)
_ATTRIBUTE = re.compile(r"(?<![\w:.-])([\w:.-]++)(\s*+=\s*+)(\"[^\"]*+\"|'[^']*+')")


@dataclass(frozen=True, slots=True)
class Masked:
    """Something that was masked: where (a JSON path, elements, or the name of a field) and what."""

    path: str
    what: str


@dataclass(slots=True)
class Masker:
    """Masks what is asked for, and notes every place."""

    emails: bool = True
    phones: bool = True
    recorded: bool = False
    """Whether what was masked before is noted too."""
    masked: list[Masked] = field(default_factory=list)

    def body(self, data: bytes, content_type: str = "") -> bytes:
        """A body, whole or cut off."""
        if (encoding := wide(data)) is not None:
            plain = data.decode(encoding, "replace").encode("utf-8", "replace")
            masked = self.body(plain, content_type)
            return data if masked == plain else masked.decode("utf-8", "replace").encode(encoding)
        text = data.decode("utf-8", "surrogateescape")
        start = text.lstrip("\ufeff \t\r\n")[:1]
        work: Callable[[str], str] = self.text
        if "form" in content_type.lower():
            work = self.query
        elif start == "<" or "xml" in content_type.lower():
            work = self.xml
        elif start in ("{", "[", '"') or "json" in content_type.lower():
            work = self.json
        return work(text).encode("utf-8", "surrogateescape")

    def url(self, url: str) -> str:
        """A URL: its path, and the values of its query."""
        path, mark, query = url.partition("?")
        parts = [self._in_url(part, "path") for part in path.split("/")]
        return "/".join(parts) + mark + self.query(query)

    def query(self, text: str) -> str:
        """A query string or a form."""
        pairs = [pair.partition("=") for pair in text.split("&")]
        return "&".join(name + equals + self._in_url(value, unquote_plus(name)) for name, equals, value in pairs)

    def text(self, text: str, path: str = "text") -> str:
        """Text of no known structure: only what is told by its form."""
        return self._value(text, lambda: path, "")

    def cell(self, value: str, column: str) -> str:
        """A cell of a table."""
        return self._value(value, lambda: column, column)

    def json(self, text: str) -> str:
        """JSON, whole or cut off; everything else stays byte for byte."""
        pieces = [match.group() for match in _PIECE.finditer(text)]
        out: list[str] = []
        path: list[str | int] = []
        """Of each container that is open: the name or the number that is being read."""
        names: list[str] = []
        """Of each of them: the name that a value in it stands under; an item of an array under that of the array."""
        for at, piece in enumerate(pieces):
            masked = piece
            if piece in "{[":
                path.append("" if piece == "{" else 0)
                names.append(names[-1] if piece == "[" and names else "")
            elif piece in "}]":
                del path[-1:], names[-1:]
            elif piece == "," and path and isinstance(path[-1], int):
                path[-1] += 1
            elif piece.startswith('"') and _next(pieces, at) == ":" and path:
                path[-1] = names[-1] = _string(piece)
                masked = self._string(piece, partial(_path, path), "")
            elif piece.startswith('"'):
                masked = self._string(piece, partial(_path, path), names[-1] if names else "")
            elif self._is_phone(piece, names[-1] if names else ""):
                self.masked.append(Masked(_path(path), PHONE))
                masked = f'"{MASK}"'
            out.append(masked)
        return "".join(out)

    def xml(self, text: str) -> str:
        """XML, whole or cut off. `Value` takes the name of the `Name` before it, as SOAP's properties are written."""
        out: list[str] = []
        path: list[str] = []
        named = ""
        where = partial(_elements, path)
        for piece in _MARKUP.split(text):
            if piece.startswith("<![CDATA["):
                inner = piece[9:].removesuffix("]]>")
                out += ["<![CDATA[", self._value(inner, where, _element(path, named)), piece[9 + len(inner) :]]
            elif piece.startswith("<!--"):
                out.append(self._value(piece, lambda: f"{where()}/comment", ""))
            elif not piece.startswith("<"):
                plain = unescape(piece)
                if path and path[-1] == "Name":
                    named = plain.strip()
                masked = self._value(plain, where, _element(path, named))
                out.append(piece if masked == plain else escape(masked, quote=False))
            else:
                if piece.startswith("</"):
                    del path[-1:]
                elif (tag := re.match(r"<([^\s/>!?]+)", piece)) is not None:
                    path.append(tag[1].rpartition(":")[2])
                    piece = self._attributes(piece, where)
                    if piece.endswith("/>"):
                        path.pop()
                out.append(piece)
        return "".join(out)

    def _attributes(self, tag: str, where: Where) -> str:
        def one(match: re.Match[str]) -> str:
            plain = unescape(match[3][1:-1])
            masked = self._value(plain, lambda: f"{where()}/@{match[1]}", match[1])
            return match[0] if masked == plain else f'{match[1]}{match[2]}"{escape(masked)}"'

        return _ATTRIBUTE.sub(one, tag)

    def _string(self, piece: str, where: Where, name: str) -> str:
        value = _string(piece)
        masked = self._value(value, where, name)
        return piece if masked == value else json.dumps(masked)

    def _in_url(self, part: str, name: str) -> str:
        plain = unquote_plus(part)
        masked = self._value(plain, lambda: name, name)
        return part if masked == plain else quote_plus(masked, safe="*@:", errors="surrogateescape")

    def _value(self, value: str, where: Where, name: str) -> str:
        if self.recorded and MASK in value:
            self.masked.append(Masked(where(), RECORDED))
        if self.phones and self._is_phone(value.strip(), name):
            self.masked.append(Masked(where(), PHONE))
            return MASK
        if self.emails and ("@" in value or "%40" in value):
            value = self._replace(_EMAIL if _EMAIL.fullmatch(value) else _EMAIL_WITHIN, value, where, EMAIL)
        if self.phones and "+" in value:
            value = self._replace(_INTERNATIONAL, value, where, PHONE)
        return value

    def _replace(self, pattern: re.Pattern[str], value: str, where: Where, what: str) -> str:
        masked, count = pattern.subn(MASK, value)
        self.masked += [Masked(where(), what)] * count if count else []
        return masked

    def _is_phone(self, value: str, name: str) -> bool:
        """Whether a value is a phone number by the name that it stands under."""
        named = bool(name) and _PHONE_NAME.search(name) is not None
        return self.phones and named and _NUMBER.fullmatch(value) is not None and sum(c.isdigit() for c in value) >= 5


def _next(pieces: list[str], at: int) -> str:
    at += 1
    while at < len(pieces) and pieces[at].isspace():
        at += 1
    return pieces[at] if at < len(pieces) else ""


def _string(piece: str) -> str:
    try:
        value = _decode(piece)
    except ValueError:  # cut off, or not quite JSON
        return piece.strip('"')
    return value if isinstance(value, str) else piece


def _path(path: Sequence[str | int]) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in _bounded(path, "…"))


def _elements(path: Sequence[str]) -> str:
    return "/".join(_bounded(path, "…"))


Part = TypeVar("Part")


def _bounded(path: Sequence[Part], gap: Part) -> Sequence[Part]:
    """A path that can be listed for every place, however deep it is."""
    return path if len(path) <= 2 * SHOWN else (*path[:SHOWN], gap, *path[-SHOWN:])


def _element(path: list[str], named: str) -> str:
    if not path:
        return ""
    return named if path[-1] == "Value" else path[-1]
