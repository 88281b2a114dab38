"""Routes in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mcconsole.features.imports.plan import Route

_ROUTES = {
    Route.AUTO: "Automatic",
    Route.SYNC: "Synchronous, 50 rows a call",
    Route.ASYNC: "Asynchronous, in batches",
    Route.SEED: "dataeventsasync, where the tenant has it",
    Route.BULK: "Bulk ingest, where the tenant has it",
}


def route_words(route: Route) -> str:
    """A route in words."""
    return QCoreApplication.translate("Routes", _ROUTES[route])
