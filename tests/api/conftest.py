"""Fixtures of the raw tenant, and of the sandbox tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core.tenant import Credentials
from tests.api.raw import client, raw
from tests.tenant import Tenant

__all__ = ["client", "raw", "sandbox"]


@pytest.fixture
def sandbox(tenant: Tenant) -> Iterator[Client]:
    """A client of the sandbox tenant that does not wait long."""
    credentials, _ = Credentials.from_environment(tenant.environment())
    made = Client(credentials, limits=Limits(base=0.001, longest=0.002), profile="Sandbox", feature="imports")
    yield made
    made.close()
