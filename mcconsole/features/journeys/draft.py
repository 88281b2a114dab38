"""What the parts of the tab share: the list of entry sources, the chosen one, and what was read of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from mcconsole.api.client import Client
from mcconsole.core import clock
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.journeys import catalog, situation
from mcconsole.features.journeys.calls import EventDefinition, Journey
from mcconsole.features.journeys.catalog import Catalog
from mcconsole.features.journeys.situation import Situation
from mcconsole.ui.state import AppState, Connection, where

LIST_KEY = "journeys.list"
LOOK_KEY = "journeys.look"


class Draft(QObject):
    """The entry source that is worked with. Another connection drops everything."""

    listed = Signal()
    """The list, or whether it is being read, has changed."""
    changed = Signal()
    """The situation, or whether it is being read, has changed."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.catalog = Catalog()
        self.listing = False
        self.list_error: ConsoleError | None = None
        self.progress = Progress()
        """Of the list."""
        self.situation: Situation | None = None
        """The chosen entry source with its fields and journeys; None until one is chosen and read."""
        self.chosen = ""
        """Event definition key of what is chosen, read or not."""
        self.choosing = False
        self.error: ConsoleError | None = None
        """Why what is chosen could not be read."""
        self._where = where(state.connection)
        self._list_of = self._look_of = self._where
        self._look_again = False
        self._list_again = False
        state.connection_changed.connect(self._connection_changed)

    @property
    def connection(self) -> Connection | None:
        """The tenant and business unit that everything here belongs to."""
        return self.state.connection

    @property
    def sources(self) -> tuple[EventDefinition, ...]:
        """Every entry source, as far as they are read."""
        return self.catalog.sources

    @property
    def journeys(self) -> tuple[Journey, ...]:
        """Every version of every journey, as far as they are read."""
        return self.catalog.journeys

    @property
    def unread(self) -> bool:
        """Whether nobody has begun to read the list."""
        return not (self.listing or self.catalog.complete or self.catalog.sources or self.list_error)

    @property
    def age(self) -> float | None:
        """Seconds since the situation was read; None without one."""
        return (clock.now() - self.situation.read).total_seconds() if self.situation is not None else None

    @property
    def client(self) -> Any:
        """The API client for the jobs of this tab; None without a connection."""
        return self.connection.client.for_feature("journeys") if self.connection is not None else None

    @Slot()
    def refresh(self) -> None:
        """Read what is chosen again, and the list, which may know of other journeys for it."""
        if self.connection is None:
            return
        self._look()
        if self.listing:
            self._list_again = True
            self.state.runner.cancel(LIST_KEY)
            return
        self.listing, self.list_error, self.progress, self._list_of = True, None, Progress(), self._where
        task = self.state.runner.start(
            partial(catalog.read, client=self.client),
            key=LIST_KEY,
            label=self.tr("Listing the journeys"),
            on_result=self._list_arrived,
            on_error=self._list_failed,
            on_progress=self._list_progress,
            on_done=self._list_done,
        )
        self.listing = task is not None and self.listing
        self.listed.emit()

    def choose(self, event_key: str) -> None:
        """Work with this entry source: read its fields and journeys."""
        if event_key != self.chosen:
            self.situation = None
        self.chosen = event_key
        self._look()

    def leave(self) -> None:
        """Choose none."""
        self.chosen, self.situation, self.error = "", None, None
        self.state.runner.cancel(LOOK_KEY)
        self.changed.emit()

    def _look(self) -> None:
        if self.connection is None or not self.chosen:
            return
        if self.choosing:
            self._look_again = True
            self.state.runner.cancel(LOOK_KEY)
            return
        self.choosing, self.error, self._look_of = True, None, self._where
        listed = self.journeys if self.catalog.complete else None
        task = self.state.runner.start(
            partial(_look, client=self.client, event_key=self.chosen, listed=listed),
            key=LOOK_KEY,
            label=self.tr("Reading the entry source {}").format(self.chosen),
            on_result=self._look_arrived,
            on_error=self._look_failed,
            on_done=self._look_done,
        )
        self.choosing = task is not None and self.choosing
        self.changed.emit()

    def _list_arrived(self, found: Catalog) -> None:
        if not self._list_again and self._list_of == self._where:
            self.catalog = found
            if self.situation is not None and _fed(found.journeys, self.situation) != _fed(
                self.situation.journeys, self.situation
            ):
                self._look()

    def _list_progress(self, progress: Progress) -> None:
        if self._list_again or self._list_of != self._where:
            return
        self.progress = progress
        if isinstance(progress.detail, Catalog) and not self.catalog.complete:
            self.catalog = progress.detail
        self.listed.emit()

    def _list_failed(self, error: ConsoleError) -> None:
        if self._list_of == self._where:
            self.list_error = error

    def _list_done(self) -> None:
        self.listing = False
        again, self._list_again = self._list_again, False
        if again:
            self.refresh()
        else:
            self.listed.emit()

    def _look_arrived(self, found: Situation) -> None:
        if self._wanted():
            self.situation = found

    def _look_failed(self, error: ConsoleError) -> None:
        if self._wanted():
            self.error = error

    def _wanted(self) -> bool:
        """Whether what was read is still what is wished for."""
        return not self._look_again and bool(self.chosen) and self._look_of == self._where

    def _look_done(self) -> None:
        self.choosing = False
        again, self._look_again = self._look_again, False
        if again:
            self._look()
        else:
            self.changed.emit()

    @Slot()
    def _connection_changed(self) -> None:
        """Another tenant or business unit has other journeys."""
        if self._where == where(self.state.connection):
            return
        self._where = where(self.state.connection)
        self.catalog, self.list_error = Catalog(), None
        self._list_again = False
        self.state.runner.cancel(LIST_KEY)
        self.leave()
        self.listed.emit()


def _fed(journeys: Iterable[Journey], known: Situation) -> set[tuple[str, int]]:
    return {(journey.id, journey.version) for journey in journeys if journey.fed_by(known.source)}


def _look(ctx: JobContext, client: Client, event_key: str, listed: tuple[Journey, ...] | None) -> Situation:
    return situation.look(client, event_key, ctx, listed=listed)
