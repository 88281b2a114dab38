"""Sets of test contacts: placeholders, counters and the file they live in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mcconsole.core.contacts import ContactSet, ContactStore, LastResult, TestContact
from mcconsole.core.errors import BadInput

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PEOPLE = ContactSet(
    "Smoke test",
    "APIEvent-welcome",
    (
        TestContact("T-{{counter}}", {"EmailAddress": "name+{{counter}}@example.com", "Points": 7, "Note": None}),
        TestContact("{{uuid}}", {"SubscriberKey": "{{ uuid }}", "At": "{{now}}"}),
    ),
    counter=41,
)


def test_placeholders_are_the_same_within_a_contact_and_new_in_the_next() -> None:
    ids = iter("ab")
    moved, filled = PEOPLE.filled(NOW, lambda: next(ids))
    assert filled == [
        ("T-42", {"EmailAddress": "name+42@example.com", "Points": 7, "Note": None}),
        ("b", {"SubscriberKey": "b", "At": "2026-03-04T05:06:07Z"}),
    ]
    assert moved.counter == 43
    assert moved.filled(NOW)[1][0][0] == "T-44"


def test_an_unknown_placeholder_is_refused() -> None:
    with pytest.raises(BadInput, match="nme"):
        ContactSet("x", "e", (TestContact("{{nme}}"),)).filled()


def test_sets_come_back_as_they_were_kept_with_their_last_results(home: Path) -> None:
    store = ContactStore()
    kept = PEOPLE.noted(1, LastResult("b", "entered", "in “Welcome” now", "2026-03-04T05:06:07Z"))
    store.save(kept)
    store.save(ContactSet("another", "e"))
    assert ContactStore().sets() == [ContactSet("another", "e"), kept]
    assert (home / "contacts.json").stat().st_mode & 0o777 == 0o600
    store.delete("ANOTHER")
    store.save(PEOPLE)
    assert store.sets() == [PEOPLE]


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 1}', '{"schema_version": 1, "sets": [{}]}'])
def test_a_damaged_file_is_told_and_never_written_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "contacts.json"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match="damaged"):
        ContactStore(path).save(PEOPLE)
    assert path.read_text("utf-8") == text


def test_a_counter_that_another_console_moved_on_counts(tmp_path: Path) -> None:
    store = ContactStore(tmp_path / "contacts.json")
    read = ContactSet("Smoke", "APIEvent-welcome", (TestContact("qa-{{counter}}", {}),))
    store.save(replace(read, counter=5))
    assert store.counted_on(read).filled()[1][0][0] == "qa-6"
    assert store.counted_on(replace(read, counter=9)).counter == 9
