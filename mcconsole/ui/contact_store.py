"""The sets of test contacts between the file and a widget: read and written in jobs, one after another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from mcconsole.core.contacts import ContactSet, ContactStore
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.ui.state import AppState

STORE_KEY = "contacts.store"
Step = Callable[[ContactStore], None]


class ContactKeeper(QObject):
    """Keeps the sets as they shall be, and brings the file after them. What cannot be saved is told in a banner."""

    loaded = Signal()
    """The sets were read from the file."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.store = ContactStore()
        self.sets: tuple[ContactSet, ...] = ()
        self.ready = False
        """Whether the file was read; before that nothing may be written over it."""
        self._steps: list[Step] = []

    def load(self) -> None:
        """Read the file."""
        self._start([])

    def put(self, changed: ContactSet, *, instead_of: str = "", save: bool = True) -> None:
        """Add or replace a set; `instead_of` is its name before, where that was another."""
        gone = {changed.name.casefold(), instead_of.casefold()}
        others = [one for one in self.sets if one.name.casefold() not in gone]
        self.sets = tuple(sorted([*others, changed], key=lambda one: one.name.casefold()))
        if not save:
            return
        if instead_of and instead_of.casefold() != changed.name.casefold():
            self._steps.append(partial(_delete, name=instead_of))
        self._steps.append(partial(_save, changed=changed))
        self._work()

    def delete(self, name: str) -> None:
        """Remove a set."""
        self.sets = tuple(one for one in self.sets if one.name.casefold() != name.casefold())
        self._steps.append(partial(_delete, name=name))
        self._work()

    def restore(self, sets: tuple[ContactSet, ...]) -> None:
        """Make the sets what they were."""
        names = {one.name.casefold() for one in sets}
        gone = [one for one in self.sets if one.name.casefold() not in names]
        self._steps += [partial(_delete, name=one.name) for one in gone]
        self._steps += [partial(_save, changed=one) for one in sets if one not in self.sets]
        self.sets = sets
        self._work()

    def find(self, name: str) -> ContactSet | None:
        """The set of a name, whatever its case."""
        return next((one for one in self.sets if one.name.casefold() == name.casefold()), None)

    def _work(self) -> None:
        if self._steps and not any(task.key == STORE_KEY for task in self.state.runner.running()):
            steps, self._steps = self._steps, []
            self._start(steps)

    def _start(self, steps: list[Step]) -> None:
        self.state.runner.start(
            partial(_carry_out, store=self.store, steps=steps),
            key=STORE_KEY,
            label=self.tr("Saving the test contacts") if steps else self.tr("Reading the test contacts"),
            on_result=self._saved if steps else self._read,
            on_error=self._failed,
            on_done=self._work,
            uninterruptible=True,
        )

    def _read(self, sets: list[ContactSet]) -> None:
        self.sets, self.ready = tuple(sets), True
        self.loaded.emit()

    def _saved(self, _: list[ContactSet]) -> None:
        self.state.messages.withdraw(STORE_KEY)

    def _failed(self, error: ConsoleError) -> None:
        self.state.show_error(error, key=STORE_KEY, retry=self._again if self.ready else self.load)

    def _again(self) -> None:
        """Save everything as it stands."""
        self._steps = [partial(_save, changed=one) for one in self.sets]
        self._work()


def _carry_out(_: JobContext, store: ContactStore, steps: list[Step]) -> list[ContactSet]:
    for step in steps:
        step(store)
    return store.sets()


def _save(store: ContactStore, changed: ContactSet) -> None:
    store.save(changed)


def _delete(store: ContactStore, name: str) -> None:
    store.delete(name)
