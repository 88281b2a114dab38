"""Sets of test contacts for the chosen definition: edit them, send to a set, see what became of each."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Slot

from mcconsole.core.contacts import ContactSet
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.features.sends import set_run
from mcconsole.features.sends.draft import Draft
from mcconsole.features.sends.many_words import set_words, words
from mcconsole.features.sends.set_run import SetRun
from mcconsole.features.sends.situation import ADDRESS, ADDRESS_NAMES, Situation, plain
from mcconsole.ui.fire_pane import place
from mcconsole.ui.set_pane import SetPane, SetResult


class PeopleView(SetPane):
    """Sends to every recipient of a set."""

    draft: Draft

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, words(), set_words(), set_run.send)
        self._shown: Schema | None = None
        self.sets.changed.connect(self._sets_changed)
        self.look()

    def look(self) -> None:
        """Show the sets for the chosen definition."""
        known = self.draft.situation
        self.look_at(known.definition.key if known is not None else "")
        if known is not None:
            self._shown = self._schema(known)
            self.sets.show_for(known.definition.key, self._shown, known.subscriber_field)
        self.look_at_main()

    def _schema(self, known: Situation) -> Schema:
        """The fields of a recipient; without a data extension those that the sets have, as nothing tells others."""
        key, name = known.definition.key, known.definition.name
        if known.described is None:
            sets = [one for one in self.sets.keeper.sets if one.event_key == key]
            used = dict.fromkeys(field for one in sets for contact in one.contacts for field in contact.data)
            own = [field for field in used if plain(field) not in ADDRESS_NAMES]
            return Schema("", name, (ADDRESS, *(Field(field, FieldType.TEXT) for field in own)))
        schema = known.described.schema
        return schema if known.address_field else replace(schema, fields=(ADDRESS, *schema.fields))

    @Slot()
    def _sets_changed(self) -> None:
        """Without a data extension another set may have other fields."""
        known = self.draft.situation
        if known is not None and known.described is None and self._schema(known) != self._shown:
            self.look()

    def sentence(self, chosen: ContactSet) -> str:
        """Through which definition, to how many of which set, and where."""
        known, connection = self.draft.situation, self.draft.connection
        if known is None or connection is None:
            return self.words.whole
        form, people = self.tr("Send {} to {} of “{}” in {}"), self.people.count(len(chosen.contacts))
        return form.format(known.definition.name, people, chosen.name, place(connection))

    def result_of(self, ended: SetRun) -> SetResult:
        """Those whose message was sent, and what stopped the others."""
        error, total = ended.run.error, len(ended.run.recipients)
        return SetResult(ended.recipients, ended.sent, total, (str(error),) if error else (), ended.problem)
