"""A run over many, or over a set, in the words of this tab."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mcconsole.features.journeys import looks
from mcconsole.features.journeys.verdict import Verdict
from mcconsole.ui.many.file_page import LONGEST
from mcconsole.ui.many.words import Words
from mcconsole.ui.set_pane import SetWords


def words() -> Words:
    """What is told of contacts and events."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("ManyView", text)

    return Words(
        key="journeys.many",
        tab="journeys",
        mapping_key="journeys.mapping",
        id="fire_id",
        about="event_definition_key",
        about_title=tr("Event definition key"),
        counts=(
            (tr("Contacts"), "contacts"),
            (tr("Entered"), "entered"),
            (tr("Not entered"), "not_entered"),
            (tr("Not proven"), "not_proven"),
            (tr("Not sent"), "not_sent"),
        ),
        outcomes=looks.by_word(),
        always=(Verdict.ENTERED, Verdict.NOT_ENTERED, Verdict.NOT_PROVEN),
        certain=(Verdict.ENTERED, Verdict.NOT_ENTERED),
        good=Verdict.ENTERED,
        unlooked=Verdict.NOT_CHECKED,
        one=tr("1 contact"),
        several=tr("{} contacts"),
        estimated=tr("about {} contacts"),
        choose=tr("Choose a CSV of contacts"),
        drop=tr("Drop a CSV of contacts here"),
        hint=tr(
            "One row for each contact. Columns are matched to the fields of the entry source, and every row is "
            "checked before anything is sent."
        ),
        first=tr("Choose an entry source first: its fields are what the columns are matched to."),
        seconds=tr("Look for entries"),
        seconds_long=tr("Seconds to look whether the contacts entered; 0 does not look"),
        fire=tr("Fire"),
        again=tr("Fire again"),
        once_more=tr("{} once more, although it was fired within the last minute?"),
        another=tr("Fire another file"),
        fired=tr("{} of {} contacts fired"),
        rate=tr("{} contacts a second"),
        waiting=tr("accepted, entry not proven yet"),
        going_on=tr("Going on fires nothing twice: what may have left already is only looked for."),
        recall=tr("Stopping: no further batch leaves. Events that were accepted cannot be recalled."),
        good_of=tr("{} of {} entered"),
        not_looked=tr("{} fired; whether they entered was not looked for"),
        unknown=tr("Of {} nobody knows whether the event was accepted. See in Marketing Cloud before firing again."),
        table=tr("Contacts with their verdicts"),
        titles=(
            tr("Row"),
            tr("Contact key"),
            tr("Event"),
            tr("Verdict"),
            tr("Reason"),
            tr("Event instance id"),
        ),
    )


def set_words() -> SetWords:
    """What is told of a set of contacts."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("ContactsView", text)

    return SetWords(
        key="journeys.set",
        seconds=tr("Look for entries"),
        seconds_long=tr("Seconds to look whether the contacts entered"),
        longest=LONGEST,
        unlooked=tr("do not look"),
        bar=tr("Contacts fired"),
        whole=tr("Fire the set"),
        first=tr("Choose an entry source first."),
        recall=tr("Stopping. An event that was accepted cannot be recalled."),
        busy=tr("Firing…"),
        stopped=tr("It was stopped; nothing was sent."),
    )
