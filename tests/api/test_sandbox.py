"""The client against the sandbox tenant: the whole way, with its faults."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mcconsole.api import scopes
from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.core.errors import AuthFailed, NotPermitted, NotSent, OutcomeUnknown
from mcconsole.core.tenant import Credentials
from tests.tenant import Tenant

USERINFO = Operation("userinfo", "GET", "/v2/userinfo", host="auth", reads=True)
INSERT = Operation(
    "insert", "POST", "/data/v1/async/dataextensions/key:{key}/rows", once=True, scope="data_extensions_write"
)
UPSERT = Operation(
    "upsert", "PUT", "/data/v1/async/dataextensions/key:{key}/rows", scope="data_extensions_write", keep_body=False
)
ROWS = {"items": [{"Id": "1", "Name": "Ann"}]}
ROUTE = "/data/v1/async/dataextensions"


@pytest.fixture
def key(tenant: Tenant) -> str:
    fields = [
        {"name": "Id", "type": "Text", "length": 10, "isPrimaryKey": True, "isNullable": False},
        {"name": "Name", "type": "Text", "length": 50, "isNullable": True},
    ]
    tenant.create_de("a key/with slash", fields, name="A thing")
    return "a key/with slash"


def test_userinfo_and_scopes(sandbox: Client, tenant: Tenant) -> None:
    info = sandbox.rest(USERINFO).json()
    assert isinstance(info, dict)
    assert str(info["organization"]["member_id"]) == str(tenant.ready.account_id)
    granted = sandbox.token().scope
    assert [need for need in scopes.NEEDS if scopes.missing(granted, need.scopes)] == []
    assert scopes.missing("a b", "b c") == ["c"]


def test_many_threads_share_one_token(sandbox: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = [future.result() for future in [pool.submit(sandbox.rest, USERINFO) for _ in range(24)]]
    assert {answer.status for answer in found} == {200}
    assert sandbox.tokens_requested == 1
    assert len(sandbox.log.list()) == 25


def test_wrong_credentials(sandbox: Client, tenant: Tenant) -> None:
    wrong = Credentials(sandbox.tenant, sandbox.credentials.client_id, "not the secret")
    client = Client(wrong)
    with pytest.raises(AuthFailed, match="client id or the client secret") as caught:
        client.token()
    assert caught.value.said.startswith("invalid_client: Client authentication failed.")
    client.close()


def test_a_missing_scope(sandbox: Client, tenant: Tenant, key: str) -> None:
    client_id, secret = tenant.package(["data_extensions_read"])
    client = Client(Credentials(sandbox.tenant, client_id, secret))
    with pytest.raises(NotPermitted, match="lacks the scope data_extensions_write"):
        client.rest(INSERT, path={"key": key}, json=ROWS)
    client.close()


def test_a_token_that_expired_meanwhile(sandbox: Client, tenant: Tenant, key: str) -> None:
    sandbox.token()
    tenant.expire_tokens()
    assert sandbox.rest(INSERT, path={"key": key}, json=ROWS).status == 202
    assert len(tenant.journal(ROUTE)) == 2
    assert sandbox.tokens_requested == 2


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_reset_is_never_sent_twice_by_accident(sandbox: Client, tenant: Tenant, key: str, kind: str) -> None:
    sandbox.token()
    tenant.fail(ROUTE, kind, nth=1)
    with pytest.raises(OutcomeUnknown):
        sandbox.rest(INSERT, path={"key": key}, json=ROWS)
    assert len(tenant.journal(ROUTE)) == 1


def test_a_reset_upsert_goes_again(sandbox: Client, tenant: Tenant, key: str) -> None:
    sandbox.token()
    tenant.fail(ROUTE, "reset_after", nth=1)
    assert sandbox.rest(UPSERT, path={"key": key}, json=ROWS).status == 202
    assert len(tenant.journal(ROUTE)) == 2
    recorded = sandbox.log.list()[-1]
    assert recorded.request.sha256
    assert recorded.request.data == b'{"items":[{"Id":"1","Name":"Ann"}]}'


def test_a_tenant_that_is_gone(sandbox: Client, tenant: Tenant) -> None:
    sandbox.token()
    tenant.kill()
    with pytest.raises(NotSent, match="refused the connection"):
        sandbox.rest(USERINFO)
