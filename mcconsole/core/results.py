"""Which files of results a job made: the folder of a run bears the ids of its jobs, so that they go with the run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mcconsole.core import paths

_MARK = "job-"


def mark(folder: Path, job: str) -> None:
    """Note in the folder of a run that a job belongs to it."""
    (folder / f"{_MARK}{job}").touch(mode=0o600)


def of(jobs: Iterable[str]) -> list[Path]:
    """The CSV files that the runs of these jobs have made."""
    home = paths.home()
    folders = {found.parent for job in jobs if job.isalnum() for found in home.glob(f"*/*/{_MARK}{job}")}
    return sorted(file for folder in folders for file in folder.glob("*.csv"))
