"""A run over many, or over a set, in the words of this tab."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mcconsole.features.sends import looks
from mcconsole.features.sends.follow import Outcome
from mcconsole.ui.fire_pane import LONGEST_BUDGET
from mcconsole.ui.many.words import Words
from mcconsole.ui.set_pane import SetWords


def words() -> Words:
    """What is told of recipients and messages."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("SendManyView", text)

    return Words(
        key="sends.many",
        tab="sends",
        mapping_key="sends.mapping",
        id="send_id",
        about="definition_key",
        about_title=tr("Definition"),
        counts=(
            (tr("Recipients"), "recipients"),
            (tr("Sent"), "sent"),
            (tr("Not sent"), "not_sent"),
            (tr("Not known"), "not_known"),
            (tr("Not checked"), "not_checked"),
            (tr("Not fired"), "not_fired"),
        ),
        outcomes=looks.by_word(),
        always=(Outcome.SENT, Outcome.NOT_SENT, Outcome.NOT_KNOWN),
        certain=(Outcome.SENT, Outcome.NOT_SENT),
        good=Outcome.SENT,
        unlooked=Outcome.NOT_CHECKED,
        one=tr("1 recipient"),
        several=tr("{} recipients"),
        estimated=tr("about {} recipients"),
        choose=tr("Choose a CSV of recipients"),
        drop=tr("Drop a CSV of recipients here"),
        hint=tr(
            "One row for each recipient, with an address and a subscriber key. Every row is checked before anything "
            "is sent."
        ),
        first=tr("Choose a definition first: its fields are what the columns are matched to."),
        seconds=tr("Look whether they were sent"),
        seconds_long=tr("Seconds to look whether the messages were sent; 0 does not look"),
        fire=tr("Send"),
        again=tr("Send again"),
        once_more=tr("{} once more, although it was sent within the last minute?"),
        another=tr("Send to another file"),
        fired=tr("{} of {} messages left"),
        rate=tr("{} messages a second"),
        waiting=tr("accepted, not known to be sent yet"),
        going_on=tr("Going on sends nobody a second message: what may have left is asked after first."),
        recall=tr("Stopping: no further batch leaves. Messages that were accepted cannot be recalled."),
        good_of=tr("{} of {} sent"),
        not_looked=tr("{} accepted or refused; whether they were sent was not looked for"),
        unknown=tr("Of {} nobody knows whether the message was accepted. See its tracking before sending it again."),
        table=tr("Recipients with their outcomes"),
        titles=(tr("Row"), tr("Recipient"), tr("Message"), tr("Outcome"), tr("Reason"), tr("Message id")),
    )


def set_words() -> SetWords:
    """What is told of a set of recipients."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("PeopleView", text)

    return SetWords(
        key="sends.set",
        seconds=tr("W&atch for"),
        seconds_long=tr("Watch for so many seconds"),
        longest=LONGEST_BUDGET,
        unlooked=tr("do not watch"),
        bar=tr("Messages sent"),
        whole=tr("Send to the set"),
        first=tr("Choose a definition first."),
        recall=tr("Stopping. A message that was accepted cannot be recalled."),
        stopped=tr("It was stopped; nothing was sent."),
    )
