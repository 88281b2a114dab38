"""Sets of test contacts, kept on this machine, with placeholders that are new at every firing.

`{{uuid}}`, `{{now}}` (UTC, ISO 8601) and `{{counter}}` may stand anywhere in a contact key or a text, such as
`name+{{counter}}@example.com`. All of one contact see the same values; the counter of a set goes on from firing to
firing.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from mcconsole.core import clock, paths
from mcconsole.core.errors import BadInput
from mcconsole.core.upgrades import Document, Ladder

LADDER = Ladder()
_PLACEHOLDER = re.compile(r"\{\{\s*(\w*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class LastResult:
    """What became of a contact when it was fired last."""

    contact_key: str
    """As it was sent."""
    verdict: str
    reason: str
    at: str
    """UTC, ISO 8601."""


@dataclass(frozen=True, slots=True)
class TestContact:
    """A contact with placeholders; `data` are plain JSON values by field name."""

    __test__ = False

    contact_key: str
    data: Mapping[str, object] = field(default_factory=dict)
    last: LastResult | None = None


@dataclass(frozen=True, slots=True)
class ContactSet:
    """Contacts that are fired together, in their order."""

    name: str
    event_key: str
    contacts: tuple[TestContact, ...] = ()
    counter: int = 0
    """The last number that was given."""

    def filled(
        self, now: datetime | None = None, new_id: Callable[[], object] = uuid.uuid4
    ) -> tuple[ContactSet, list[tuple[str, dict[str, object]]]]:
        """(the set with its counter moved on, contact key and data of each). BadInput for an unknown placeholder."""
        moment = (now or clock.now()).isoformat(timespec="seconds").replace("+00:00", "Z")
        made: list[tuple[str, dict[str, object]]] = []
        for number, contact in enumerate(self.contacts, self.counter + 1):
            values = {"uuid": str(new_id()), "now": moment, "counter": str(number)}
            data = {name: _fill(value, values) for name, value in contact.data.items()}
            made.append((_filled(contact.contact_key, values), data))
        return replace(self, counter=self.counter + len(self.contacts)), made

    def noted(self, index: int, result: LastResult) -> ContactSet:
        """The set with the last result of one contact."""
        contacts = list(self.contacts)
        contacts[index] = replace(contacts[index], last=result)
        return replace(self, contacts=tuple(contacts))


def _fill(value: object, values: Mapping[str, str]) -> object:
    return _filled(value, values) if isinstance(value, str) else value


def _filled(text: str, values: Mapping[str, str]) -> str:
    def one(found: re.Match[str]) -> str:
        name = found[1].lower()
        if name not in values:
            raise BadInput(
                f"There is no placeholder {found[0]}.", advice="There are {{uuid}}, {{now}} and {{counter}}."
            )
        return values[name]

    return _PLACEHOLDER.sub(one, text)


class ContactStore:
    """The sets in one JSON file. Every change is read from the file, made, and written whole."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path if path is not None else paths.home() / "contacts.json"
        self._lock = threading.Lock()

    def sets(self) -> list[ContactSet]:
        """All sets, by name. BadInput when the file cannot be read; it is left as it is."""
        with self._lock:
            return self._read()

    def counted_on(self, chosen: ContactSet) -> ContactSet:
        """The set with the counter as it stands in the file: another console may have fired it since it was read."""
        stored = next((one.counter for one in self.sets() if one.name.casefold() == chosen.name.casefold()), 0)
        return replace(chosen, counter=max(chosen.counter, stored))

    def save(self, changed: ContactSet) -> None:
        """Add a set, or replace the one of the same name, whatever its case."""
        if not changed.name.strip():
            raise BadInput("The set of contacts needs a name.")
        with self._lock:
            others = [one for one in self._read() if one.name.casefold() != changed.name.casefold()]
            self._write([*others, changed])

    def delete(self, name: str) -> None:
        """Remove a set; nothing happens when there is none of this name."""
        with self._lock:
            self._write([one for one in self._read() if one.name.casefold() != name.casefold()])

    def _read(self) -> list[ContactSet]:
        try:
            document = LADDER.upgrade(json.loads(self.path.read_bytes()))
            return [_set(item) for item in document["sets"]]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BadInput(f"cannot be read: {error.strerror or error}.", path=self.path) from None
        except BadInput as error:
            raise BadInput(str(error), path=self.path, advice=error.advice) from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadInput(
                "The saved test contacts are damaged.", path=self.path, advice="Repair the file, or move it away."
            ) from None

    def _write(self, sets: list[ContactSet]) -> None:
        listed = [_as_json(one) for one in sorted(sets, key=lambda one: one.name.casefold())]
        document: Document = {"schema_version": LADDER.version, "sets": listed}
        try:
            with paths.atomic_write(self.path) as file:
                file.write(json.dumps(document, indent=2, ensure_ascii=False).encode())
        except OSError as error:
            raise BadInput(
                f"the test contacts could not be saved: {error.strerror or error}.", path=self.path
            ) from None


def _as_json(one: ContactSet) -> dict[str, object]:
    return {
        "name": one.name,
        "event_key": one.event_key,
        "counter": one.counter,
        "contacts": [
            {"contact_key": contact.contact_key, "data": dict(contact.data), "last": _last_json(contact.last)}
            for contact in one.contacts
        ],
    }


def _last_json(last: LastResult | None) -> dict[str, str] | None:
    if last is None:
        return None
    return {"contact_key": last.contact_key, "verdict": last.verdict, "reason": last.reason, "at": last.at}


def _set(item: dict[str, object]) -> ContactSet:
    contacts, counter = item["contacts"], item["counter"]
    if not isinstance(contacts, list) or not isinstance(counter, int):
        raise TypeError(item)
    return ContactSet(str(item["name"]), str(item["event_key"]), tuple(_contact(one) for one in contacts), counter)


def _contact(item: dict[str, object]) -> TestContact:
    data, last = item["data"], item["last"]
    if not isinstance(data, dict) or not isinstance(last, dict | None):
        raise TypeError(item)
    return TestContact(str(item["contact_key"]), data, LastResult(**last) if last is not None else None)
