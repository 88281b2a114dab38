"""What the tests of sends share: a client of a quick tenant, and sending one message through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core.jobs import JobContext
from mcconsole.core.tenant import Credentials
from mcconsole.features.sends import service, situation
from mcconsole.features.sends.calls import Recipient
from mcconsole.features.sends.run import Receipt
from tests.tenant import Tenant

ORDER = {"OrderNumber": "A-1"}
NOT_PERMITTED = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><RetrieveResponseMsg>'
    "<OverallStatus>Error: API Permission Failed.</OverallStatus></RetrieveResponseMsg></soap:Body></soap:Envelope>"
)
SENDS = "/messaging/v1/messageDefinitionSends"
MESSAGES = "/messaging/v1/email/messages"


def connect(tenant: Tenant, *scopes: str, allow_list: tuple[str, ...] = ()) -> Client:
    environment = tenant.environment()
    if scopes:
        names = ("MCCONSOLE_CLIENT_ID", "MCCONSOLE_CLIENT_SECRET")
        environment |= dict(zip(names, tenant.package(scopes), strict=True))
    credentials, _ = Credentials.from_environment(environment)
    return Client(credentials, feature="sends", limits=Limits(base=0.01, longest=0.05), allow_list=allow_list)


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    tenant.switch(delivery_delay=0, record_delay=0, tracking_delay=0)
    return tenant


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    made = connect(tenant)
    yield made
    made.close()


Send = Callable[..., Receipt]


@pytest.fixture
def send(client: Client) -> Send:
    def run(
        key: str,
        address: str = "ann@example.com",
        attributes: Mapping[str, object] | None = None,
        *,
        budget: float | None = 5,
        by: Client | None = None,
        force: bool = False,
    ) -> Receipt:
        ctx, one = JobContext(), by or client
        known = situation.look(one, key, ctx)
        checked = service.check(ctx, one, known, Recipient("N-1", address, attributes or {}))
        return service.send(ctx, one, checked, budget=budget, force=force)

    return run
