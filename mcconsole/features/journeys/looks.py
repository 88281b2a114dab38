"""Verdicts in a word, with the icon and tone that go with it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mcconsole.features.journeys.set_run import NOT_SENT
from mcconsole.features.journeys.verdict import Verdict
from mcconsole.ui.theme import Tone

Look = tuple[str, Tone, str]
"""Icon, tone and word."""

_LOOKS: dict[Verdict | None, Look] = {
    Verdict.ENTERED: ("success", Tone.SUCCESS, "entered"),
    Verdict.NOT_ENTERED: ("error", Tone.ERROR, "not entered"),
    Verdict.NOT_PROVEN: ("unknown", Tone.WARNING, "not proven"),
    Verdict.NOT_CHECKED: ("clock", Tone.INFO, "not looked for"),
    None: ("cancel", Tone.NEUTRAL, "not sent"),
}


def look_of(verdict: Verdict | None) -> Look:
    """How a verdict is shown; None is a contact whose event never left."""
    icon, tone, word = _LOOKS[verdict]
    return icon, tone, QCoreApplication.translate("Verdicts", word)


def by_word() -> dict[str, Look]:
    """The same by the words that are stored."""
    return {one.value if one is not None else NOT_SENT: look_of(one) for one in _LOOKS}
