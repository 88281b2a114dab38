"""Whom a connection may send to."""

from __future__ import annotations

import pytest

from mcconsole.core import allow_list
from mcconsole.core.errors import BadInput


def test_an_empty_list_allows_everyone() -> None:
    assert allow_list.allows((), "anyone@example.com")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("ann@example.com", True),
        (" Ann@Example.COM ", True),
        ("bob@example.com", False),
        ("anyone@example.org", True),
        ("anyone@mail.example.org", False),
        ("anyone@example.org.evil.net", False),
        ("example.org@evil.net", False),
        ("ann@example.com@evil.net", False),
        ("", False),
    ],
)
def test_addresses_and_whole_domains_are_allowed(address: str, allowed: bool) -> None:
    assert allow_list.allows(("ann@example.com", "example.org"), address) is allowed


def test_only_addresses_are_looked_at() -> None:
    values = ["N-1", 7, None, "see a@b", "bob@evil.net ", "a@example.org"]
    assert allow_list.outside(("example.org",), values) == ["bob@evil.net"]
    (finding,) = allow_list.findings(("example.org",), values)
    assert "bob@evil.net" in finding.text


@pytest.mark.parametrize(("text", "kept"), [("@Example.org", "example.org"), (" Ann@Example.com ", "ann@example.com")])
def test_entries_are_kept_plain(text: str, kept: str) -> None:
    assert allow_list.entry(text) == kept


@pytest.mark.parametrize("text", ["", "@", "example", "a@b", "a b@example.com", "a@example.com, b@example.com"])
def test_what_is_no_entry(text: str) -> None:
    with pytest.raises(BadInput):
        allow_list.entry(text)
