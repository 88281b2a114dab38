"""A CSV of contacts for the chosen entry source: choose, map, check, fire once, and see what became of each."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from mcconsole.core.errors import ConsoleError
from mcconsole.core.matching import Matching
from mcconsole.core.tables import Dialect, Preview
from mcconsole.features.journeys import many, many_jobs, run
from mcconsole.features.journeys.contacts_page import ContactsPage
from mcconsole.features.journeys.draft import Draft
from mcconsole.features.journeys.many import FieldsChanged, Prepared
from mcconsole.features.journeys.many_words import words
from mcconsole.features.journeys.run import Run
from mcconsole.features.journeys.set_run import NOT_SENT
from mcconsole.features.journeys.situation import Situation
from mcconsole.ui.many import view
from mcconsole.ui.many.hooks import Job
from mcconsole.ui.many.result_page import Result


class ManyView(view.ManyView):
    """Fires an event for every row of a file."""

    file: ContactsPage

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        said = words()
        super().__init__(draft.state, said, ContactsPage(draft.state, said), many.listed, many.told)
        draft.changed.connect(self.look)

    def situation(self) -> Situation | None:
        """The chosen entry source."""
        return self.draft.situation

    def choosing(self) -> bool:
        """Whether it is being read."""
        return self.draft.choosing

    def why_no_file(self, known: Situation) -> str:
        """Without fields there is nothing to match to."""
        if known.described is None:
            return self.tr("The fields of this entry source are not known, so no file can be matched to them.")
        return ""

    def look_job(self, path: Path, known: Situation, dialect: Dialect | None) -> Job:
        """Read the first rows."""
        return partial(many_jobs.look_at, path=path, known=known, dialect=dialect)

    def check_job(self, preview: Preview, matching: Matching, known: Situation) -> Job:
        """Check every row."""
        return partial(
            many_jobs.check,
            client=self.draft.client,
            preview=preview,
            known=known,
            chosen=matching.mapping(),
            contact=self.file.contact_header,
            budget=self.file.budget,
        )

    def fire_job(self, prepared: Prepared, *, force: bool) -> Job:
        """Fire once."""
        return partial(many.run, client=self.draft.client, prepared=prepared, budget=self.file.budget, force=force)

    def resume_job(self, run_id: str) -> Job | None:
        """Go on with a run that was cut."""
        client = self.draft.client
        return partial(many.resume, client=client, fire_id=run_id) if client is not None else None

    def result_of(self, found: Run) -> Result:
        """Every contact with its verdict."""
        return Result(
            id=found.fire_id,
            about=found.event_definition_key,
            file=found.file,
            people=[(one, str(run.verdict_of(one) or NOT_SENT)) for one in found.contacts],
            error=found.error,
            cancelled=found.cancelled,
            finished=found.finished,
            unknown=found.unknown,
            write=partial(run.write_csv, found),
        )

    def fits(self, prepared: Prepared, known: Situation | None) -> bool:
        """Whether nothing was read anew since."""
        return prepared.situation is known

    def sentence(self, known: Situation, people: str, at: str) -> str:
        """What the button does."""
        return self.tr("Fire {} for {} in {}").format(known.source.name, people, at)

    def outdated(self, error: ConsoleError) -> bool:
        """Other fields than were checked are read at once."""
        if isinstance(error, FieldsChanged):
            self.draft.choose(self.draft.chosen)
        return isinstance(error, FieldsChanged)
