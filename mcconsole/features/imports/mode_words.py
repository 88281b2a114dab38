"""Modes in words, as data: for the choice, for the card before the run, and as the sentence that is confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from mcconsole.features.imports.plan import Mode


@dataclass(frozen=True, slots=True)
class ModeWords:
    """`choice` in a list, `meaning` in full, the `sentence` with four places, and the `verb` on a button."""

    choice: str
    meaning: str
    sentence: str
    verb: str


_WORDS = {
    Mode.UPSERT: ModeWords(
        "Upsert: update rows whose key is there, insert the others",
        "Upsert: rows whose key is there are updated, the others inserted",
        "Upsert {} into {} in {} / {}",
        "Upsert",
    ),
    Mode.INSERT: ModeWords(
        "Insert: a row whose key is there already fails",
        "Insert: a row whose key is there already fails",
        "Insert {} into {} in {} / {}",
        "Insert",
    ),
    Mode.UPDATE: ModeWords(
        "Update only: leave out rows whose key is not there",
        "Update only: the keys are read first, and rows whose key is not there are left out",
        "Update {} in {} in {} / {}",
        "Update",
    ),
    Mode.OVERWRITE: ModeWords(
        "Overwrite: delete every row that is there first (bulk ingest)",
        "Overwrite: every row that is there now is deleted first",
        "Overwrite everything by {} in {} in {} / {}",
        "Overwrite",
    ),
}


def mode_words(mode: Mode) -> ModeWords:
    """A mode in words."""
    words = _WORDS[mode]
    return ModeWords(
        *(
            QCoreApplication.translate("Modes", text)
            for text in (words.choice, words.meaning, words.sentence, words.verb)
        )
    )
