"""SOAP."""

from __future__ import annotations

from mcconsole.sandbox.routing import Route

PATH = "/service.asmx"
ROUTES: tuple[Route, ...] = ()
