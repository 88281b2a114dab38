"""What a tab says of its runs over many: what columns are matched to, and the jobs that check, fire and go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.core.matching import Matching
from mcconsole.core.tables import Dialect, Preview
from mcconsole.ui.confirm import Asking
from mcconsole.ui.many.result_page import Result

Job = Callable[[JobContext], Any]


class Prepared(Protocol):
    """A run whose rows were checked and journalled, and of which nothing was sent yet."""

    @property
    def count(self) -> int:
        """How many people."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may keep it from succeeding although it will be accepted."""

    def discard(self) -> None:
        """Delete what was prepared."""


class Hooks(Asking):
    """Each of them is asked by `ManyView`."""

    def situation(self) -> Any:
        """What the columns are matched to, and fired with; None while nothing is chosen, or it is being read."""
        raise NotImplementedError

    def choosing(self) -> bool:
        """Whether it is being read."""
        raise NotImplementedError

    def why_no_file(self, known: Any) -> str:
        """Why no file can be matched to it, or ""."""
        raise NotImplementedError

    def look_job(self, path: Path, known: Any, dialect: Dialect | None) -> Job:
        """A job for the (Preview, Matching) of a file."""
        raise NotImplementedError

    def check_job(self, preview: Preview, matching: Matching, known: Any) -> Job:
        """A job that checks and journals every row, for a Prepared."""
        raise NotImplementedError

    def fire_job(self, prepared: Any, *, force: bool) -> Job:
        """A job that fires what was prepared, for a run; `force` where it was fired a moment ago and is meant."""
        raise NotImplementedError

    def resume_job(self, run_id: str) -> Job | None:
        """A job that goes on with a run; None without a connection."""
        raise NotImplementedError

    def result_of(self, run: Any) -> Result:
        """A run as the last page shows it."""
        raise NotImplementedError

    def fits(self, prepared: Any, known: Any) -> bool:
        """Whether what was prepared is for what is chosen."""
        raise NotImplementedError

    def sentence(self, known: Any, people: str, at: str) -> str:
        """What the button does."""
        raise NotImplementedError

    def outdated(self, error: ConsoleError) -> bool:
        """Whether an error means that what is chosen must be read anew; if so that is begun."""
        del error
        return False
