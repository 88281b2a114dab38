"""The commands, one module each: `add` says what it takes, `run` does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import argparse

Commands: TypeAlias = "argparse._SubParsersAction[Any]"
"""Where a command adds its parser."""
