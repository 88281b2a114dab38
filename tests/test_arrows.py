"""Who may import whom (README, Architecture), read from the imports themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mcconsole"
FILES = sorted(PACKAGE.rglob("*.py"))

FORBIDDEN = {
    "core": ("PySide6", "requests", "urllib3", "mcconsole.api", "mcconsole.ui", "mcconsole.features", "mcconsole.app"),
    "api": ("PySide6", "mcconsole.ui", "mcconsole.features", "mcconsole.sandbox", "mcconsole.app", "mcconsole.cli"),
    "ui": ("requests", "mcconsole.api", "mcconsole.features", "mcconsole.sandbox", "mcconsole.app", "mcconsole.cli"),
    "features": ("requests", "mcconsole.sandbox", "mcconsole.app", "mcconsole.cli"),
}


def imported(path: Path) -> set[str]:
    """Every module a file imports, anywhere in it, type-checking blocks included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_follow_the_arrows(path: Path) -> None:
    parts = path.relative_to(PACKAGE).parts
    modules = imported(path)
    assert not [m for m in modules if within(m, FORBIDDEN.get(parts[0], ()))]
    if parts[0] != "api":
        assert not [m for m in modules if within(m, ("requests", "urllib3"))]
    if parts[0] == "sandbox":
        ours = {m for m in modules if within(m, ("mcconsole",))}
        allowed = ("mcconsole.sandbox", "mcconsole.core.paths", "mcconsole.core.clock")
        assert not [m for m in ours if not within(m, allowed) and m not in ("mcconsole.core", "mcconsole")]
    if parts[0] == "features" and len(parts) > 2:
        others = {p.name for p in (PACKAGE / "features").iterdir() if p.is_dir()} - {parts[1]}
        assert not [m for m in modules if within(m, tuple(f"mcconsole.features.{name}" for name in others))]
        if parts[2] in ("calls.py", "service.py"):
            assert not [m for m in modules if within(m, ("PySide6", "mcconsole.ui"))]


def test_only_the_task_runner_says_qthread() -> None:
    assert [p.name for p in FILES if "QThread" in p.read_text("utf-8") and p.name != "tasks.py"] == []
