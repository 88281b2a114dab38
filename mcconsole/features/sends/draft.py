"""What the parts of the tab share: the list of definitions, the chosen one, and what is being done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, cast

from PySide6.QtCore import QObject, Signal, Slot

from mcconsole.api.client import Client
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.features.sends import definitions, lifecycle, situation
from mcconsole.features.sends.definitions import Definition, Listing, Status
from mcconsole.features.sends.lifecycle import NewDefinition
from mcconsole.features.sends.situation import Situation
from mcconsole.ui.reading import Reading
from mcconsole.ui.state import AppState, Connection, where

CHANGE_KEY = "sends.change"
Change = Callable[[Client, Definition, JobContext], Definition]


class Draft(QObject):
    """The definition that is worked with. Another connection drops everything."""

    changing = Signal()
    """Something is being done to a definition now, or not any more."""
    made = Signal()
    """A definition was made; it is the chosen one."""
    refused = Signal(object)
    """A ConsoleError: why a definition could not be made."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.list = Reading(state.runner, "sends.list", self)
        self.look = Reading(state.runner, "sends.look", self)
        self.chosen: Definition | None = None
        """As it was in the list, or as it was read since."""
        self.doing = ""
        """What is being done to a definition, in words; "" for nothing."""
        self._where = where(state.connection)
        self.look.changed.connect(self._looked)
        state.connection_changed.connect(self._connection_changed)

    @property
    def connection(self) -> Connection | None:
        """The tenant and business unit that everything here belongs to."""
        return self.state.connection

    @property
    def client(self) -> Any:
        """The API client for the jobs of this tab; None without a connection."""
        return self.connection.client.for_feature("sends") if self.connection is not None else None

    @property
    def listing(self) -> Listing | None:
        """Every definition, and why some could not be listed; None before it was read."""
        return cast("Listing | None", self.list.value)

    @property
    def situation(self) -> Situation | None:
        """The chosen definition with the fields of its data extension; None until it is read."""
        return cast("Situation | None", self.look.value)

    @Slot()
    def refresh(self) -> None:
        """Read the list again, and what is chosen."""
        if self.connection is not None:
            self.list.read(partial(_list, client=self.client), self.tr("Listing the send definitions"))
            if self.chosen is not None:
                self.choose(self.chosen)

    def choose(self, definition: Definition) -> None:
        """Work with this definition: read it and the fields of its data extension."""
        if self.connection is None:
            return
        if self.chosen is None or not same(self.chosen, definition):
            self.look.drop()
        self.chosen = definition
        job = partial(_look, client=self.client, definition=definition)
        self.look.read(job, self.tr("Reading the definition {}").format(definition.name))

    def leave(self) -> None:
        """Choose none."""
        self.chosen = None
        self.look.drop()

    def create(self, new: NewDefinition) -> None:
        """Make a definition, and choose it."""
        label = self.tr("Creating {}").format(new.name)
        job = partial(_create, client=self.client, new=new)
        self._do(job, label, partial(self._created, self._where), self.refused.emit)

    def change(self, act: Change, label: str) -> None:
        """Do something to the chosen definition; its status is read again after, whatever came of it."""
        if self.chosen is not None:
            definition = self.situation.definition if self.situation is not None else self.chosen
            job = partial(_change, client=self.client, definition=definition, act=act)
            self._do(job, label, partial(self._changed, self._where), self._not_changed)

    def _do(self, job: Any, label: str, arrived: Any, failed: Callable[[ConsoleError], object]) -> None:
        if self.connection is None or self.doing:
            return
        self.doing = label
        task = self.state.runner.start(
            job,
            key=CHANGE_KEY,
            label=label,
            on_result=arrived,
            on_error=failed,
            on_done=self._done,
            uninterruptible=True,
        )
        if task is None:
            self.doing = ""
        self.changing.emit()

    def _created(self, at: tuple[str, ...] | None, found: Situation) -> None:
        if at != self._where:
            return
        self.chosen = found.definition
        self.look.take(found)
        self.refresh_list()
        self.made.emit()

    def _changed(self, at: tuple[str, ...] | None, found: Situation) -> None:
        if at != self._where or self.chosen is None or not same(self.chosen, found.definition):
            return
        definition = found.definition
        self.look.take(found)
        self.refresh_list()
        text = self.tr("“{}” is {} now.").format(definition.name, definition.status or self.tr("of unknown status"))
        self.state.messages.success(text, key=CHANGE_KEY)

    def _not_changed(self, error: ConsoleError) -> None:
        self.state.show_error(error, key=CHANGE_KEY)
        self.refresh()

    def _done(self) -> None:
        self.doing = ""
        self.changing.emit()

    def refresh_list(self) -> None:
        """Read the list alone again."""
        if self.connection is not None:
            self.list.read(partial(_list, client=self.client), self.tr("Listing the send definitions"))

    @Slot()
    def _looked(self) -> None:
        """What was read of the chosen definition is newer than its line in the list."""
        known, listing = self.situation, self.listing
        if known is None or self.chosen is None:
            return
        self.chosen = known.definition
        if listing is not None and any(same(one, known.definition) for one in listing.definitions):
            shown = tuple(known.definition if same(one, known.definition) else one for one in listing.definitions)
            if shown != listing.definitions and not self.list.running:
                self.list.take(replace(listing, definitions=shown))

    @Slot()
    def _connection_changed(self) -> None:
        """Another tenant or business unit has other definitions."""
        if self._where == where(self.state.connection):
            return
        self._where = where(self.state.connection)
        self.leave()
        self.list.drop()


def same(one: Definition, other: Definition) -> bool:
    """Whether both are one definition, whatever is known of each."""
    return (one.kind, one.key) == (other.kind, other.key)


def _list(ctx: JobContext, client: Client) -> Listing:
    return definitions.listing(client, ctx)


def _look(ctx: JobContext, client: Client, definition: Definition) -> Situation:
    return situation.look(client, definition.key, ctx, kind=definition.kind)


def _create(ctx: JobContext, client: Client, new: NewDefinition) -> Situation:
    return situation.done_about(client, lifecycle.create(client, new, ctx), ctx)


def _change(ctx: JobContext, client: Client, definition: Definition, act: Change) -> Situation:
    return situation.done_about(client, act(client, definition, ctx), ctx)


ENDED = (Status.CANCELED, Status.DELETED)
"""Nothing can be done with a definition any more."""
