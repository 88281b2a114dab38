"""A slot for any callable, so that a signal never holds a lambda that outlives its widget."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import TypeVar, cast

from PySide6.QtCore import QObject, Slot

Act = TypeVar("Act", bound=Callable[..., object])


class Relay(QObject):
    """Calls a callable from a signal, without what the signal carries; dies with its parent."""

    def __init__(self, act: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._act = loosely(act)

    @Slot()
    def do(self) -> None:
        """Call it."""
        self._act()


def loosely(act: Act) -> Act:
    """The same without keeping alive the QObject whose method it is; None comes once that is gone.

    A window that is kept by a child of its own makes PySide crash when Python collects the two as garbage.
    """
    if isinstance(act, partial):
        return cast("Act", partial(loosely(act.func), *act.args, **act.keywords))
    if not isinstance(act, MethodType) or not isinstance(act.__self__, QObject):
        return act
    method = weakref.WeakMethod(act)

    def call(*args: object, **named: object) -> object:
        alive = method()
        return alive(*args, **named) if alive is not None else None

    return cast("Act", call)
