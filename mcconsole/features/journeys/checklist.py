"""The checklist as it is shown: what is in order beside what is not."""

from __future__ import annotations

from functools import partial

from mcconsole.core import findings
from mcconsole.core.findings import Item, State
from mcconsole.features.journeys.service import Checked
from mcconsole.features.journeys.situation import Topic, named

_MODES = {
    "MultipleEntries": "contacts may enter at any time",
    "SingleEntryAcrossAllVersions": "a contact enters again only after leaving",
    "OnceAndDone": "a contact enters once and never again",
}
"""Entry modes in words (API reference 2.1, documented)."""


def items(checked: Checked) -> list[Item]:
    """A line for everything that was looked at, from the event to the entry rules."""
    return findings.items(checked.findings, Topic, partial(_in_order, checked))


def _in_order(checked: Checked, topic: str) -> Item:
    known = checked.situation
    if topic == Topic.EVENT:
        return Item(topic, State.GOOD, f"“{known.source.name}” is an API event, {known.source.key}.")
    if topic == Topic.PERMISSION:
        return Item(topic, State.GOOD, "The installed package may fire events.")
    if topic == Topic.CONTACT:
        agreeing = [name for name in known.contact_fields if checked.data.get(name)]
        agrees = f" agrees with “{agreeing[0]}” of the data" if agreeing else " is given"
        return Item(topic, State.GOOD, f"The contact key {checked.contact_key}{agrees}.")
    if topic == Topic.DATA:
        return _data(checked)
    if topic == Topic.JOURNEY:
        names = " and ".join(named(journey) for journey in known.published)
        return Item(topic, State.GOOD, f"{names} {'is' if len(known.published) == 1 else 'are'} published.")
    if checked.refusals:
        return Item(topic, State.OPEN, "Whether the contact may enter is looked at when nothing above is at fault.")
    if not known.published:
        return Item(topic, State.OPEN, "There is no running journey to enter.")
    rules = "; ".join(
        f"{named(journey)}: {_MODES.get(journey.entry_mode, f'entry mode {journey.entry_mode}')}"
        for journey in known.published
    )
    return Item(topic, State.GOOD, f"{rules}. Nothing keeps the contact out as far as can be seen.")


def _data(checked: Checked) -> Item:
    if checked.raw or checked.situation.described is None:
        text = "Sent raw: names and values were not compared with the schema."
        return Item(Topic.DATA, State.WARNING, text, "Marketing Cloud drops what it does not know without a word.")
    total = len(checked.situation.described.schema.fields)
    return Item(Topic.DATA, State.GOOD, f"{len(checked.data):,} of {total:,} fields are sent, and fit the schema.")
