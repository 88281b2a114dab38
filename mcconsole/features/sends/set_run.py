"""Sending to a set of saved recipients: filled in, checked, journalled, sent, and noted beside each."""

from __future__ import annotations

from dataclasses import dataclass

from mcconsole.api.client import Client
from mcconsole.core import clock
from mcconsole.core.contacts import ContactSet, ContactStore, LastResult
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.guard import Repeated
from mcconsole.core.jobs import JobContext
from mcconsole.features.sends import many, situation
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.run import Receipt, Run
from mcconsole.features.sends.situation import Situation

NOT_FIRED = "not_fired"
"""The last result of a recipient for whom nothing left."""


@dataclass(frozen=True, slots=True)
class SetRun:
    """A set after it was sent to, and what came of each recipient, in their order."""

    recipients: ContactSet
    run: Run
    problem: ConsoleError | None = None
    """Why the results could not be saved."""

    @property
    def sent(self) -> int:
        """Recipients whose message was sent for certain."""
        return self.run.count(Outcome.SENT)


def send(
    ctx: JobContext,
    client: Client,
    known: Situation,
    chosen: ContactSet,
    store: ContactStore,
    *,
    budget: float | None,
    force: bool = False,
) -> SetRun:
    """Send to every recipient of a set. BadInput or Refused, with nothing sent, when any of them must not be sent to.

    The counter is saved before anything leaves, so that it never gives a number twice.
    """
    moved, filled = store.counted_on(chosen).filled()
    if not filled:
        raise BadInput(f"The set “{chosen.name}” has no recipients.", advice="Add one.")
    people = [situation.recipient_of(known, key, data) for key, data in filled]
    prepared = many.prepare_set(ctx, client, known, people, chosen.name, budget=budget)
    try:
        store.save(moved)
    except ConsoleError:
        prepared.discard()
        raise
    try:
        found = many.run(ctx, client, prepared, budget=budget, force=force)
    except Repeated:
        prepared.discard()
        raise
    at = clock.now().isoformat(timespec="seconds")
    for number, receipt in enumerate(found.receipts()):
        moved = moved.noted(number, LastResult(receipt.subscriber_key, _word(receipt), receipt.reason, at))
    try:
        store.save(moved)
    except ConsoleError as error:
        return SetRun(moved, found, error)
    return SetRun(moved, found)


def _word(receipt: Receipt) -> str:
    return receipt.outcome.value if receipt.fired else NOT_FIRED
