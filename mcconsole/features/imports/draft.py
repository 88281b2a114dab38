"""What the six steps share: the file, the target, the mapping, the check and the result, each resting on the former."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from mcconsole.core.errors import ConsoleError
from mcconsole.core.fields import Schema
from mcconsole.core.jobs import JobContext
from mcconsole.core.journal import trouble
from mcconsole.core.mapping import Mapping
from mcconsole.core.matching import Matching
from mcconsole.core.tables import Preview
from mcconsole.features.imports.plan import Invalid, Mode, Route
from mcconsole.features.imports.report import Result
from mcconsole.features.imports.service import Prepared
from mcconsole.ui.state import AppState, Connection, where

RUN_KEY = "imports.run"
CHECK_KEY = "imports.check"


class Draft(QObject):
    """The import that is being made. Setting a part drops what rests on it."""

    changed = Signal()
    """Some part changed; steps look again at what they need."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.preview: Preview | None = None
        self.schema: Schema | None = None
        self.matching: Matching | None = None
        self.obstacle = ""
        """Why the mapping cannot be used yet; the Map step keeps it."""
        self.mode = Mode.UPSERT
        self.route = Route.AUTO
        self.invalid = Invalid.REFUSE
        self.prepared: Prepared | None = None
        self.result: Result | None = None
        self.ran: Prepared | None = None
        """What is being run, or what `result` came of."""
        self._before: Matching | None = None
        self._matches = 0
        self._closing = False
        self._carried: tuple[Mapping, tuple[str, ...]] | None = None
        self._where: tuple[str, ...] | None = None
        state.connection_changed.connect(self._connection_changed)

    @property
    def running(self) -> bool:
        """Whether rows are on their way."""
        return any(task.key == RUN_KEY for task in self.state.runner.running())

    @property
    def busy(self) -> bool:
        """Whether rows are on their way or the file is being checked."""
        return any(task.key in (RUN_KEY, CHECK_KEY) for task in self.state.runner.running())

    @property
    def connection(self) -> Connection | None:
        """The tenant, as long as it is the one that the target belongs to."""
        connection = self.state.connection
        return connection if connection is not None and self._where in (None, where(connection)) else None

    def set_preview(
        self, preview: Preview | None, carried: Mapping | None = None, *, leave: tuple[str, ...] = ()
    ) -> None:
        """Another file, or the same read in another way. `carried` is taken as its mapping, without columns `leave`.

        What was allowed for one file, such as leaving out rows that fail, is not carried over to another.
        """
        if preview is None or self.preview is None or preview.path != self.preview.path:
            self.invalid, self.route = Invalid.REFUSE, Route.AUTO
        self.preview = preview
        self._carried = (carried, leave) if carried is not None else None
        self._match()

    def set_schema(self, schema: Schema | None) -> None:
        """Another data extension."""
        same = schema is not None and self.schema is not None and schema.key == self.schema.key
        self.schema = schema
        self._where = where(self.state.connection) if schema is not None else None
        self._carried = None
        self.route = Route.AUTO
        if schema is not None and not schema.keys:
            self.mode = Mode.INSERT
        elif not same:
            self.mode = Mode.UPSERT
        self._match()

    def set_mode(self, mode: Mode) -> None:
        """Upsert or insert; rows must be checked again."""
        if mode is not self.mode:
            self.mode, self.route = mode, Route.AUTO
            self.drop_check()

    def set_route(self, route: Route) -> None:
        """Another route; rows must be checked again, as batches are cut for it."""
        if route is not self.route:
            self.route = route
            self.drop_check()

    def set_invalid(self, invalid: Invalid) -> None:
        """What to do when rows fail the check."""
        self.invalid = invalid
        self.changed.emit()

    def mapping_changed(self) -> None:
        """The matching was changed in place."""
        self.drop_check()

    def set_prepared(self, prepared: Prepared) -> None:
        """The file was checked."""
        self._discard()
        self.prepared = prepared
        self.result = self.ran = None
        if self._closing:
            self.drop_check()
        self.changed.emit()

    def close(self) -> None:
        """Let go of what is only prepared, now and when a check ends later."""
        self._closing = True
        self.drop_check()

    def set_result(self, result: Result) -> None:
        """The import has ended; what was prepared is used up."""
        self.result, self.prepared = result, None
        self.changed.emit()
        self._connection_changed()

    def show_past(self, prepared: Prepared, result: Result) -> None:
        """Show an earlier import; what is being made is let go of."""
        self._discard()
        self.prepared = None
        self.ran, self.result = prepared, result
        self.changed.emit()

    def take_prepared(self) -> Prepared | None:
        """Hand over what was prepared to whoever runs it."""
        prepared, self.prepared = self.prepared, None
        self.ran = prepared
        return prepared

    def drop_check(self) -> None:
        """Forget the check, as what it rests on has changed."""
        self._discard()
        self.prepared = None
        self.changed.emit()

    def start_over(self) -> None:
        """Another import into the same target."""
        self.result = self.ran = self.matching = self._before = None
        self.set_preview(None)

    @property
    def readable(self) -> bool:
        """Whether there is a file with one table that has rows."""
        return self.preview is not None and self.preview.tables == 1 and bool(self.preview.rows)

    def _match(self) -> None:
        self._before, self.matching = self.matching or self._before, None
        self.result = self.ran = None
        self._matches += 1
        if self.preview is not None and self.schema is not None and self.readable:
            self.state.runner.start(
                partial(_make, number=self._matches, preview=self.preview, schema=self.schema),
                key=f"imports.match.{self._matches}",
                label=self.tr("Matching the columns"),
                on_result=self._matched,
            )
        self.drop_check()

    def _matched(self, made: tuple[int, Matching]) -> None:
        number, matching = made
        if number != self._matches:
            return
        if self._before is not None:
            matching.keep(self._before)
        if self._carried is not None:
            carried, leave = self._carried
            try:
                matching.adopt(carried, leaving_out=leave)
            except ConsoleError as error:
                self.state.show_error(error, key="imports.mapping")
        self.matching = matching
        self.changed.emit()

    def _discard(self) -> None:
        if self.prepared is None:
            return
        task = self.state.runner.start(
            partial(_discard, prepared=self.prepared),
            key=f"imports.discard.{self.prepared.import_id}",
            label=self.tr("Deleting what was prepared"),
            on_error=self._not_discarded,
        )
        if task is None:
            self.prepared.discard()

    def _not_discarded(self, error: ConsoleError) -> None:
        self.state.show_error(error, key="imports.discard")

    @Slot()
    def _connection_changed(self) -> None:
        """Another tenant or business unit has other data extensions; rows on their way are not touched."""
        if not self.running and self._where is not None and self._where != where(self.state.connection):
            result, ran = self.result, self.ran
            self.set_schema(None)
            self.result, self.ran = result, ran
            self.changed.emit()


def _make(_: JobContext, number: int, preview: Preview, schema: Schema) -> tuple[int, Matching]:
    return number, Matching(preview, schema)


def _discard(_: JobContext, prepared: Prepared) -> None:
    try:
        prepared.discard()
    except OSError as error:
        raise trouble(prepared.folder, error) from None


def short(path: Path) -> str:
    """A path with the home folder as `~`."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)
