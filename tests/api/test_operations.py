"""Routes: every parameter stays in its own segment."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.api.operations import Operation
from mcconsole.core.errors import BadInput

ROWS = Operation("rows", "POST", "/hub/v1/dataevents/key:{key}/rowset")


@pytest.mark.parametrize(
    ("key", "target"),
    [
        ("Customers", "/hub/v1/dataevents/key:Customers/rowset"),
        ("a b/c", "/hub/v1/dataevents/key:a%20b%2Fc/rowset"),
        ("Läden?#%", "/hub/v1/dataevents/key:L%C3%A4den%3F%23%25/rowset"),
    ],
)
def test_a_key_is_encoded_whole(key: str, target: str) -> None:
    assert ROWS.target({"key": key}, {}) == target


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_no_key_leaves_its_segment(key: str) -> None:
    try:
        target = ROWS.target({"key": key}, {"$page": 1, "name": key})
    except BadInput:
        assert not key.strip() or key in (".", "..")
        return
    parts = urlsplit(f"https://host{target}")
    assert len(parts.path.split("/")) == 6
    assert unquote(parts.path.split("/")[4]) == f"key:{key}"
    assert parts.query.startswith("$page=1&name=")
    assert parts.fragment == ""


@pytest.mark.parametrize("key", ["", " ", ".", ".."])
def test_keys_that_would_name_another_route(key: str) -> None:
    with pytest.raises(BadInput, match="key"):
        ROWS.target({"key": key}, {})
