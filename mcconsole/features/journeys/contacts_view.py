"""Sets of test contacts for the chosen entry source: edit them, fire a set, see what became of each."""

from __future__ import annotations

from mcconsole.core.contacts import ContactSet
from mcconsole.features.journeys import set_run
from mcconsole.features.journeys.draft import Draft
from mcconsole.features.journeys.many_words import set_words, words
from mcconsole.features.journeys.set_run import SetRun
from mcconsole.ui.fire_pane import place
from mcconsole.ui.set_pane import SetPane, SetResult


class ContactsView(SetPane):
    """Fires an event for every contact of a set."""

    draft: Draft

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, words(), set_words(), set_run.fire)
        draft.changed.connect(self.look)
        self.look()

    def look(self) -> None:
        """Show the sets for the chosen entry source."""
        known = self.draft.situation
        self.look_at(known.source.key if known is not None else "")
        if known is not None:
            schema = known.described.schema if known.described is not None else None
            self.sets.show_for(known.source.key, schema, next(iter(known.contact_fields), ""))
        self.look_at_main()

    def obstacle(self) -> str:
        """Without fields nothing can be checked."""
        known = self.draft.situation
        if known is not None and known.described is None:
            return self.tr("The fields of this entry source are not known, so no set can be checked.")
        return ""

    def sentence(self, chosen: ContactSet) -> str:
        """Which event, for how many, from which set, and where."""
        known, connection = self.draft.situation, self.draft.connection
        at = place(connection, always=True) if connection is not None else ""
        event = known.source.name if known is not None else chosen.event_key
        form = self.tr("Fire {} for {} of “{}” in {}")
        return form.format(event, self.people.count(len(chosen.contacts)), chosen.name, at)

    def result_of(self, ended: SetRun) -> SetResult:
        """Those that entered, and what the others were refused for."""
        errors = dict.fromkeys(str(one.error) for one in ended.receipts if one.error is not None)
        return SetResult(ended.contacts, ended.entered, len(ended.receipts), tuple(errors)[:3], ended.problem)
