"""Statuses and outcomes in a word, with the icon and tone that go with it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mcconsole.features.sends.definitions import Definition, Kind, Status
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.set_run import NOT_FIRED
from mcconsole.ui.theme import Tone

Look = tuple[str, Tone, str]
"""Icon, tone and word."""

_STATUSES: dict[str, Look] = {
    Status.NEW: ("add", Tone.INFO, "New"),
    Status.ACTIVE: ("success", Tone.SUCCESS, "Active"),
    Status.INACTIVE: ("clock", Tone.WARNING, "Inactive"),
    Status.CANCELED: ("cancel", Tone.NEUTRAL, "Canceled"),
    Status.DELETED: ("delete", Tone.NEUTRAL, "Deleted"),
    Status.MOVED: ("forward", Tone.NEUTRAL, "Moved"),
}
_OUTCOMES: dict[Outcome | None, Look] = {
    Outcome.SENT: ("success", Tone.SUCCESS, "sent"),
    Outcome.NOT_SENT: ("error", Tone.ERROR, "not sent"),
    Outcome.NOT_KNOWN: ("unknown", Tone.WARNING, "not known yet"),
    Outcome.NOT_CHECKED: ("clock", Tone.INFO, "not looked for"),
    None: ("cancel", Tone.NEUTRAL, "not fired"),
}
_KINDS = {Kind.TRIGGERED: "triggered send", Kind.TRANSACTIONAL: "transactional"}


def status_look(status: str) -> Look:
    """How a status is shown: the tenant's own word; "" was not told."""
    icon, tone, word = _STATUSES.get(status, ("unknown", Tone.WARNING, status or "not told"))
    return icon, tone, QCoreApplication.translate("Sends", word)


def kind_word(definition: Definition) -> str:
    """Which system a definition belongs to."""
    return QCoreApplication.translate("Sends", _KINDS[definition.kind])


def outcome_look(outcome: Outcome | None) -> Look:
    """How an outcome is shown; None is a recipient for whom nothing left."""
    icon, tone, word = _OUTCOMES[outcome]
    return icon, tone, QCoreApplication.translate("Sends", word)


def by_word() -> dict[str, Look]:
    """The same by the words that are stored."""
    return {one.value if one is not None else NOT_FIRED: outcome_look(one) for one in _OUTCOMES}
