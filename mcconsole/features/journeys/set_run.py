"""Firing a set of test contacts: filled in, checked, fired one after another, and noted beside each."""

from __future__ import annotations

from dataclasses import dataclass

from mcconsole.api.client import Client
from mcconsole.core import clock
from mcconsole.core.contacts import ContactSet, ContactStore, LastResult
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.journeys import service, situation
from mcconsole.features.journeys.service import Receipt
from mcconsole.features.journeys.situation import Situation
from mcconsole.features.journeys.verdict import Verdict

NOT_SENT = "not_sent"
"""The last result of a contact whose event never left."""


@dataclass(frozen=True, slots=True)
class SetRun:
    """A set after it was fired, and what came of each contact, in their order."""

    contacts: ContactSet
    receipts: tuple[Receipt, ...]
    problem: ConsoleError | None = None
    """Why the results could not be saved."""

    @property
    def entered(self) -> int:
        """Contacts that entered for certain."""
        return sum(one.verdict is Verdict.ENTERED for one in self.receipts)


def fire(
    ctx: JobContext,
    client: Client,
    known: Situation,
    chosen: ContactSet,
    store: ContactStore,
    *,
    budget: float | None,
    force: bool = False,
) -> SetRun:
    """Fire for every contact of a set. BadInput or Refused, with nothing sent, when any of them must not be fired.

    The counter is saved before anything leaves, so that it never gives a number twice. A field of the data extension
    that holds the contact key takes it where the contact has no value of its own for it.
    """
    moved, filled = store.counted_on(chosen).filled()
    if not filled:
        raise BadInput(f"The set “{chosen.name}” has no contacts.", advice="Add one.")
    known = situation.again(client, known, ctx)
    events = []
    for number, (contact_key, data) in enumerate(filled):
        ctx.check()
        ctx.report(Progress(number, len(filled), f"{number:,} of {len(filled):,} contacts checked"))
        mirrored: dict[str, object] = dict.fromkeys(known.contact_fields[:1], contact_key)
        events.append(service.check(ctx, client, known, contact_key, {**mirrored, **data}))
    refused = [f"{one.contact_key}: {finding.text}" for one in events for finding in one.refusals]
    if refused:
        raise BadInput(" ".join(refused), advice="Nothing was sent. Mend these contacts, then fire the set again.")
    store.save(moved)
    receipts = service.fire_all(ctx, client, events, budget=budget, force=force)
    at = clock.now().isoformat(timespec="seconds")
    for number, receipt in enumerate(receipts):
        moved = moved.noted(number, LastResult(receipt.contact_key, _word(receipt), receipt.reason, at))
    try:
        store.save(moved)
    except ConsoleError as error:
        return SetRun(moved, tuple(receipts), error)
    return SetRun(moved, tuple(receipts))


def _word(receipt: Receipt) -> str:
    unsent = receipt.accepted is False and receipt.verdict is Verdict.NOT_CHECKED
    return NOT_SENT if unsent else receipt.verdict.value
