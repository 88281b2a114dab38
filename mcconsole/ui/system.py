"""What a window needs from the system, looked for before Qt is touched: without it Qt aborts, or cannot be imported."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Mapping

COMMON = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""Shared library to Debian package: needed to import Qt at all, or to show any text."""

X11 = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""The same for a window on an X server."""

OFF_SCREEN = ("offscreen", "minimal")


def loads(library: str) -> bool:
    """Whether the system has this shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def problem(
    environment: Mapping[str, str],
    *,
    platform: str = sys.platform,
    loads: Callable[[str], bool] = loads,
    off_screen: bool = False,
) -> str:
    """One sentence about what is missing for a window on this system, or "". Only Linux can lack something."""
    if not platform.startswith("linux"):
        return ""
    chosen = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    off_screen = off_screen or chosen in OFF_SCREEN
    wayland = bool(environment.get("WAYLAND_DISPLAY")) and chosen in ("", "wayland") and not environment.get("DISPLAY")
    needed = COMMON if off_screen or wayland else COMMON | X11
    packages = [package for library, package in needed.items() if not loads(library)]
    if packages:
        named = " ".join(packages)
        return f"The window needs system packages that are missing; on Debian or Ubuntu: apt-get install {named}"
    if not off_screen and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return (
            "There is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set): start mcconsole in a desktop session, or "
            "in a virtual one (apt-get install xvfb, then xvfb-run mcconsole)."
        )
    return ""
