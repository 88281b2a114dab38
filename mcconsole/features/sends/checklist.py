"""The checklist as it is shown: what is in order beside what is not."""

from __future__ import annotations

from functools import partial

from mcconsole.core import findings
from mcconsole.core.findings import Item, State
from mcconsole.features.sends.service import Checked
from mcconsole.features.sends.situation import Topic


def items(checked: Checked) -> list[Item]:
    """A line for everything that was looked at, from the definition to the attributes."""
    return findings.items(checked.findings, Topic, partial(_in_order, checked))


def _in_order(checked: Checked, topic: str) -> Item:
    known, to = checked.situation, checked.recipient
    if topic == Topic.STATUS:
        return Item(topic, State.GOOD, f"“{known.definition.name}” is {known.definition.status}.")
    if topic == Topic.PERMISSION:
        return Item(topic, State.GOOD, "The installed package may send.")
    if topic == Topic.RECIPIENT:
        return Item(topic, State.GOOD, f"{to.address} is an address, and {to.subscriber_key} the subscriber key.")
    if known.described is None:
        return Item(topic, State.GOOD, "No attributes are sent.")
    if checked.refusals:
        return Item(topic, State.GOOD, "The attributes fit the data extension.")
    total = len(known.described.schema.fields)
    return Item(topic, State.GOOD, f"{len(to.attributes):,} of {total:,} fields are sent, and fit the data extension.")
