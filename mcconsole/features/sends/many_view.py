"""A CSV of recipients for the chosen definition: choose, map, check, send once, and see what became of each."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from mcconsole.api.client import Client
from mcconsole.core import mapping, tables
from mcconsole.core.jobs import JobContext
from mcconsole.core.matching import Matching
from mcconsole.core.readable import headers_of
from mcconsole.core.tables import Dialect, Preview
from mcconsole.features.sends import many, recipients_file, run
from mcconsole.features.sends.draft import Draft
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.many import Prepared
from mcconsole.features.sends.many_words import words
from mcconsole.features.sends.run import Run
from mcconsole.features.sends.set_run import NOT_FIRED
from mcconsole.features.sends.situation import Situation
from mcconsole.ui.many import view
from mcconsole.ui.many.file_page import FilePage
from mcconsole.ui.many.hooks import Job
from mcconsole.ui.many.result_page import Result
from mcconsole.ui.widgets import BUDGET


class ManyView(view.ManyView):
    """Sends a message for every row of a file."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        said = words()
        super().__init__(draft.state, said, FilePage(draft.state, said), many.listed, many.told)
        draft.look.changed.connect(self.look)

    def situation(self) -> Situation | None:
        """The chosen definition."""
        return self.draft.situation

    def choosing(self) -> bool:
        """Whether it is being read."""
        return self.draft.look.running

    def why_no_file(self, known: Situation) -> str:
        """Without the fields of its data extension a file cannot be checked."""
        if known.obstacle is not None:
            return self.tr("The fields of the data extension could not be read, so no file can be matched to them.")
        return ""

    def look_job(self, path: Path, known: Situation, dialect: Dialect | None) -> Job:
        """Read the first rows."""
        return partial(_look_at, path=path, known=known, dialect=dialect)

    def check_job(self, preview: Preview, matching: Matching, known: Situation) -> Job:
        """Check every row."""
        return partial(
            _check,
            client=self.draft.client,
            preview=preview,
            known=known,
            chosen=matching.mapping(),
            budget=self.file.budget,
        )

    def fire_job(self, prepared: Prepared, *, force: bool) -> Job:
        """Send once."""
        return partial(many.run, client=self.draft.client, prepared=prepared, budget=self.file.budget, force=force)

    def resume_job(self, run_id: str) -> Job | None:
        """Go on with a run that was cut, or look again what became of the messages of one that ended."""
        client, told = self.draft.client, self.result.run
        ended = told is not None and told.id == run_id and told.finished
        budget = (self.file.budget or float(BUDGET)) if ended else None
        return partial(many.resume, client=client, send_id=run_id, budget=budget) if client is not None else None

    def result_of(self, found: Run) -> Result:
        """Every recipient with the outcome."""
        receipts = list(found.receipts())
        return Result(
            id=found.send_id,
            about=found.definition_key,
            file=found.file,
            people=[
                (member, str(told.outcome) if told.fired else NOT_FIRED)
                for member, told in zip(found.recipients, receipts, strict=True)
            ],
            error=found.error,
            cancelled=found.cancelled,
            finished=found.finished,
            unknown=sum(one.fired and one.accepted is None for one in receipts),
            write=partial(run.write_csv, found),
            open=found.count(Outcome.NOT_KNOWN) + found.count(Outcome.NOT_CHECKED),
        )

    def fits(self, prepared: Prepared, known: Situation | None) -> bool:
        """Whether the definition is still the one that is chosen, as it was."""
        return known is not None and prepared.definition == known.definition

    def sentence(self, known: Situation, people: str, at: str) -> str:
        """What the button does."""
        return self.tr("Send {} to {} in {}").format(known.definition.name, people, at)


def _look_at(_: JobContext, path: Path, known: Situation, dialect: Dialect | None) -> tuple[Preview, Matching]:
    """Read the first rows of a file, and match its columns to the recipient and the attributes."""
    preview = tables.preview(path, dialect)
    headers = headers_of(preview)
    matching = Matching(preview, recipients_file.schema_for(known, headers))
    proposed = recipients_file.proposed(known, headers).columns
    for index, column in enumerate(matching.columns):
        if (field := proposed.get(column.header)) and (field != column.field or column.waits):
            matching.assign(index, field)
    return preview, matching


def _check(
    ctx: JobContext,
    client: Client,
    preview: Preview,
    known: Situation,
    chosen: mapping.Mapping,
    budget: float | None,
) -> Prepared:
    """Check and journal every row."""
    return many.prepare(ctx, client, recipients_file.planned(preview, known, chosen), budget=budget)
