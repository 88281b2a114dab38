"""Which encoding a file is in, from a bounded sample of its bytes."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PART = 16 * 1024
_USUAL = [
    *(f"cp{number}" for number in (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 874, 932, 949, 950)),
    "gb18030",
    "euc_jp",
    "koi8_r",
]
"""What Windows and Excel write in the world's languages; its relatives (Mac, DOS, ISO) only confuse the guess."""
_HIGH = re.compile(rb"[\x80-\xff]+")
_SIGN_IN_WORD = re.compile(rb"[A-Za-z][\x80-\x91\x93-\xbf\xd7\xf7]+[a-z]")  # 0x92 is an apostrophe
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_ICELANDIC = re.compile(rb"[\xc1\xc6\xc9\xcd\xd3\xda\xe1\xe6\xe9\xed\xf3\xfa]")
BINARY = "binary"
"""What `detect_encoding` says of a file that is not text at all."""
_CONTROL = re.compile("[\x02-\x08\x0e-\x19\x7f]")


def mark_length(head: bytes) -> int:
    """Bytes of the byte order mark that a file begins with; 0 without one."""
    return next((len(mark) for mark, _ in _MARKS if head.startswith(mark)), 0)


def codec_for(encoding: str, head: bytes) -> str:
    """The codec for text after the byte order mark. Raises LookupError for an unknown encoding."""
    name = codecs.lookup(encoding).name
    "".encode(name)  # LookupError for codecs that are not of text
    if name == "utf-8-sig":
        return "utf-8"
    if name in ("utf-16", "utf-32"):
        big = head.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
        return f"{name}-{'be' if big else 'le'}"
    return name


def detect_encoding(sample: bytes, *, whole: bool) -> str:
    """The most likely encoding of a file that begins with `sample` (`whole`: and ends with it)."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if 0 in sample:
        return _wide(sample) or ("utf-8" if _printable(sample.replace(b"\0", b"")) else BINARY)
    if not _printable(sample):
        return BINARY
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=whole)
    except UnicodeDecodeError:
        return _legacy(sample)
    return "utf-8"


def _printable(sample: bytes) -> bool:
    """Whether control characters other than separators and line ends are as rare as in text."""
    controls = len(_CONTROL.findall(sample.decode("latin-1")))
    return controls <= len(sample) // 200 + (len(sample) > 64)


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: its line ends and delimiters have zeros on one side, and only there."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    many, few = max(even, odd), min(even, odd)
    narrow = _decodes(sample, "utf-8") and _printable(sample.replace(b"\0", b""))
    likely = many >= max(2, len(sample) // 5) or (many >= max(2, len(sample) // 200) and not narrow)
    if not likely or few > many // 50 or not _decodes(sample, encoding):
        return ""
    text = sample.decode(encoding, "ignore")
    return "" if "\0" in text or _CONTROL.search(text) else encoding


def _legacy(sample: bytes) -> str:
    """Not UTF-8: Windows-1252 where that gives West European text, else what charset-normalizer says."""
    candidates = ["cp1252", "latin-1"]
    if _turkish(sample):
        candidates.insert(0, "cp1254")
    elif not _western(sample):
        from charset_normalizer import from_bytes

        found = from_bytes(_with_most_letters(sample), steps=8, cp_isolation=_USUAL)
        names = [codecs.lookup(match.encoding).name for match in found]
        candidates[:0] = [name for name in names if name != "cp1252"][:1]  # which would be Western text
    return next(encoding for encoding in candidates if _decodes(sample, encoding))


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _western(sample: bytes) -> bool:
    """Accented letters stand alone, among plain ones, in Western languages; signs do not stand between letters."""
    runs = _HIGH.findall(sample)
    high = sum(map(len, runs))
    lonely = sum(len(run) for run in runs if len(run) < 3)
    return lonely >= 0.8 * high and len(_SIGN_IN_WORD.findall(sample)) <= high // 20


def _turkish(sample: bytes) -> bool:
    """Western text with letters that stand for Ð, Ý and Þ in Iceland only, and without those that Iceland has, too."""
    return _western(sample) and len(_TURKISH.findall(sample)) > 1 and not _ICELANDIC.search(sample)


def _with_most_letters(sample: bytes) -> bytes:
    """A part of the sample that begins where the first byte above ASCII is."""
    found = _HIGH.search(sample)
    start = max(0, sample.rfind(b"\n", 0, found.start())) if found else 0
    return sample[start : start + _PART]
