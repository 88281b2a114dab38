"""What a cell looks like: the evidence that a file was cut at the right places."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache


class Kind(IntEnum):
    """What a cell looks like."""

    EMPTY = 0
    NUMBER = 1
    MOMENT = 2
    """A date, a time or both."""
    ADDRESS = 3
    """An e-mail address, a URL, an IP address, a path."""
    CODE = 4
    """Letters and digits in one word: an identifier."""
    WORD = 5
    TEXT = 6
    """Several words."""
    MISSING = 7
    """N/A and the like."""
    JSON = 8
    """An object or a list."""
    ODD = 9
    """Nothing known; probably cut at the wrong place."""


SCORES = {
    Kind.EMPTY: 0.8,
    Kind.NUMBER: 1.0,
    Kind.MOMENT: 1.0,
    Kind.ADDRESS: 1.0,
    Kind.CODE: 1.0,
    Kind.WORD: 1.0,
    Kind.TEXT: 0.9,
    Kind.MISSING: 1.0,
    Kind.JSON: 0.9,
    Kind.ODD: 0.1,
}
"""How much a cell of a kind speaks for the cut, from 0 to 1."""

DATA_KINDS = frozenset({Kind.NUMBER, Kind.MOMENT, Kind.ADDRESS, Kind.JSON})
"""Kinds that a column name hardly ever has."""

_PATTERNS = (
    (Kind.MISSING, r"n/?a|nan|null|none|nil|-+|\\n|#n/a|\?|\.|unknown"),
    (
        Kind.NUMBER,
        r"[-+(]?\s?(?:[$€£¥]|usd|eur|gbp)?\s?[-+]?(?:\d{1,3}(?:[ ',.\u00a0]\d{3})+(?:[.,]\d+)?|\d*[.,]?\d+|\d+[.,])"
        r"(?:e[-+]?\d+)?\s?(?:%|[$€£¥]|usd|eur|gbp)?\)?",
    ),
    (
        Kind.MOMENT,
        r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ](?:\d{1,2}|[a-z]{3,9})[-/., ]{1,2}\d{2,4}"
        r"|[a-z]{3,9}\.? \d{1,2},? \d{4})"
        r"(?:[t ,]{1,2}\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[ap]\.?m\.?)?\s?(?:z|utc|gmt|[-+]\d{2}:?\d{2})?)?"
        r"|\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[ap]\.?m\.?)?",
    ),
    (
        Kind.ADDRESS,
        r"[^\s@,;|\"'][^\s@,;|\"]*@[^\s@,;|\"']+\.[a-z]{2,}|(?:https?|ftp|s3)://[^\s\"|]+|www\.[^\s\",;|]+|\d{1,3}(?:\.\d{1,3}){3}"
        r"|\+[\d() .-]{7,20}|\(\d{2,5}\)[\d .-]{5,15}|[a-z]:[\\/][^\t,;|\"]*",
    ),
    (Kind.WORD, r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?"),
    (Kind.CODE, r"[#@$]?\w+(?:[-_./#+&]\w+)*[%.#]?|\{[0-9a-f-]{36}\}"),
)
_KNOWN = re.compile("|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in _PATTERNS), re.IGNORECASE)
# Words with the punctuation of prose between them; no delimiter other than a comma before a blank.
_TEXT = re.compile(r"[\"'“‘(\[<¿¡#&@*+-]*\w[^\t|;^~§\x01\x1f,\"]*(?:(?:, |; |\"|,(?=\d{3}\b))[^\t|;^~§\x01\x1f,\"]*)*")
_LONG = 400
_QUOTES = "\"'`"
_JSON = re.compile(r"\{\s*\".*\}|\{\s*\}|\[\s*[\"{\[\d\]-].*\]", re.DOTALL)


@lru_cache(maxsize=65536)
def kind_of(cell: str) -> Kind:
    """What this cell looks like, blanks around it aside."""
    text = cell.strip()
    if not text:
        return Kind.EMPTY
    if text[0] == text[-1] and text[0] in _QUOTES and len(text) > 1:
        return Kind.ODD
    if _JSON.fullmatch(text):
        return Kind.JSON
    known = _KNOWN.fullmatch(text[:_LONG])
    if known is not None:
        return Kind[known.lastgroup or "ODD"]
    return Kind.TEXT if _TEXT.fullmatch(text[:_LONG]) else Kind.ODD
