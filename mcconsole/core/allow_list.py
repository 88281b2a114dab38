"""Addresses that a connection may send to, so that a test never reaches a customer. An empty list allows everyone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from mcconsole.core.checks import Fault
from mcconsole.core.errors import BadInput
from mcconsole.core.findings import Finding, Level

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def entry(text: str) -> str:
    """An entry as it is kept: an address, or a domain without “@”. BadInput for anything else."""
    plain = text.strip().lower().removeprefix("@")
    if not plain or re.search(r"[\s,;]", plain) or "." not in plain.rpartition("@")[2]:
        raise BadInput(f"“{text}” is neither an address nor a domain.", advice="Write ann@example.com or example.com.")
    return plain


def entries(text: str) -> tuple[str, ...]:
    """The entries of a text, apart by commas, semicolons or blanks. BadInput for one that is neither."""
    return tuple(dict.fromkeys(entry(part) for part in re.split(r"[\s,;]+", text) if part))


def allows(allow_list: Sequence[str], address: str) -> bool:
    """Whether an address is on the list, or its domain is; case does not count."""
    plain = address.strip().lower()
    return not allow_list or plain in allow_list or plain.rpartition("@")[2] in allow_list


def outside(allow_list: Sequence[str], values: Iterable[object]) -> list[str]:
    """The values that are addresses and not on the list."""
    texts = (value.strip() for value in values if isinstance(value, str))
    return [text for text in texts if _ADDRESS.fullmatch(text) and not allows(allow_list, text)]


def findings(allow_list: Sequence[str], values: Iterable[object], topic: str = "") -> list[Finding]:
    """A refusal for each address that is not on the list."""
    return [
        Finding(
            Level.REFUSE,
            f"{address} is not on the allow-list of this profile.",
            "Add it, or its domain, in the Credentials tab, or choose another address.",
            topic,
        )
        for address in dict.fromkeys(outside(allow_list, values))
    ]


def fault(allow_list: Sequence[str], row: int, values: Mapping[str, str]) -> Fault | None:
    """The same for a row of a file, given as values by field: its first address that is not on the list."""
    for name, value in values.items():
        if outside(allow_list, (value,)):
            return Fault(row, name, name, "AllowList", f"{value} is not on the allow-list of this profile", value)
    return None
