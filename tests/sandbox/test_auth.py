"""Tokens, business units and scopes, against section 1 of the API reference."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from mcconsole.sandbox import demo
from tests.tenant import Tenant

NOT_AUTHORIZED = {
    "documentation": "https://developer.salesforce.com/docs/atlas.en-us.mc-apis.meta/mc-apis/error-handling.htm",
    "errorcode": 0,
    "message": "Not Authorized",
}


def ask(tenant: Tenant, *, form: bool = False, path: str = "v2/token", **asked: Any) -> requests.Response:
    client_id, secret = tenant.credentials
    body = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **asked}
    return requests.post(tenant.url + path, data=body if form else None, json=None if form else body)


@pytest.mark.parametrize("form", [False, True])
def test_a_token_answer_is_complete(tenant: Tenant, form: bool) -> None:
    answer = ask(tenant, form=form)
    data = answer.json()
    assert answer.status_code == 200
    assert data["token_type"] == "Bearer"
    assert data["expires_in"] == 1079
    assert data["rest_instance_url"] == data["soap_instance_url"] == tenant.url
    assert data["rest_instance_url"].endswith("/")
    assert "data_extensions_write" in data["scope"].split()
    head, claims, _ = data["access_token"].split(".")
    for part in (head, claims):
        json.loads(base64.urlsafe_b64decode(part + "=="))
    assert 255 < len(data["access_token"]) <= 600


def test_wrong_credentials_get_the_recorded_401(tenant: Tenant) -> None:
    answer = ask(tenant, client_secret="wrong")
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": (
            "Client authentication failed. Make sure that the client ID and client secret are valid and that the "
            "package is installed and enabled."
        ),
        "error_uri": "https://developer.salesforce.com/docs",
    }


@pytest.mark.parametrize(
    ("asked", "status", "error"),
    [
        ({"scope": "no_such_scope"}, 400, "invalid_scope"),
        ({"account_id": 1}, 401, "invalid_request"),
        ({"account_id": "x"}, 401, "invalid_request"),
        ({"grant_type": "password"}, 400, "invalid_grant"),
        ({"grant_type": "authorization_code"}, 400, "unauthorized_client"),
        ({"client_id": ""}, 400, "invalid_request"),
        ({"client_secret": 5}, 400, "invalid_request"),
    ],
)
def test_other_refusals_have_the_oauth_shape(tenant: Tenant, asked: dict[str, Any], status: int, error: str) -> None:
    answer = ask(tenant, **asked)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description", "error_uri"}


def test_a_scope_can_be_part_or_nothing(tenant: Tenant) -> None:
    assert (
        ask(tenant, scope="journeys_read data_extensions_read").json()["scope"] == "journeys_read data_extensions_read"
    )
    nothing = ask(tenant, scope="").json()
    assert nothing["scope"] == ""
    answer = requests.get(
        tenant.url + "data/v1/customobjects?$search=e", headers={"Authorization": f"Bearer {nothing['access_token']}"}
    )
    assert (answer.status_code, answer.json()["errorcode"]) == (403, 20002)


@pytest.mark.parametrize("account", [demo.EUROPE, str(demo.ASIA)])
def test_a_token_acts_in_one_unit(tenant: Tenant, account: Any) -> None:
    headers = {"Authorization": f"Bearer {ask(tenant, account_id=account).json()['access_token']}"}
    context = requests.get(tenant.url + "platform/v1/tokenContext", headers=headers).json()
    assert context["organization"]["id"] == int(account)
    assert context["enterprise"]["id"] == demo.ENTERPRISE
    info = requests.get(tenant.url + "v2/userinfo", headers=headers).json()
    assert info["organization"]["member_id"] == int(account)
    found = requests.get(tenant.url + "data/v1/customobjects?$search=customers", headers=headers).json()["items"]
    assert "customers" not in [item["key"] for item in found]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer nonsense", "Bearer a.b.c", "Basic abc", "Bearer \xe4.\xe4.\xe4"]
)
def test_a_bad_token_gets_the_recorded_401(tenant: Tenant, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")} if header else {}
    answer = requests.get(tenant.url + "data/v1/customobjects?$search=e", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == NOT_AUTHORIZED
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_a_changed_token_is_refused(tenant: Tenant) -> None:
    head, claims, signature = tenant.token().split(".")
    data = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"mid": demo.ASIA}
    forged = base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()
    answer = requests.get(
        tenant.url + "platform/v1/tokenContext", headers={"Authorization": f"Bearer {head}.{forged}.{signature}"}
    )
    assert answer.status_code == 401


def test_tokens_expire_on_demand_and_by_age(tenant: Tenant, start_tenant: Callable[..., Tenant]) -> None:
    tenant.token()
    tenant.control("POST", "expire")
    assert tenant.call("GET", "platform/v1/tokenContext").json() == NOT_AUTHORIZED
    tenant.expire_tokens()
    short = start_tenant("--token-life", "1")
    assert ask(short).json()["expires_in"] == 1
    short.token()
    limit = time.monotonic() + 10
    while short.call("GET", "platform/v1/tokenContext").ok:
        assert time.monotonic() < limit, "the token did not expire"


def test_a_missing_scope_is_judged_before_the_key(tenant: Tenant) -> None:
    client_id, secret = tenant.package(["data_extensions_read"])
    token = ask(tenant, client_id=client_id, client_secret=secret).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = tenant.url + "hub/v1/dataevents/key:nowhere/rowset"
    assert requests.post(url, data="no json", headers=headers).json()["errorcode"] == 20002
    tenant.switch(hub_missing_scope="401")
    assert requests.post(url, data="no json", headers=headers).json() == NOT_AUTHORIZED


def test_the_readers_package_may_read_only(tenant: Tenant) -> None:
    token = ask(tenant, client_id=demo.READER_ID, client_secret=demo.READER_SECRET).json()
    assert "data_extensions_read" in token["scope"]
    assert "data_extensions_write" not in token["scope"]


def test_a_tenant_host_in_the_path_is_accepted(tenant: Tenant) -> None:
    host = f"https://mc{'x' * 26}.auth.marketingcloudapis.com/"
    assert ask(tenant, path=f"{host}v2/token").status_code == 200
    assert ask(tenant, path="/V2//Token").status_code == 200


def test_legacy_tokens_are_refused_in_json(tenant: Tenant) -> None:
    answer = requests.post(tenant.url + "v1/requestToken?legacy=1", json={"clientId": "a", "clientSecret": "b"})
    assert answer.status_code == 401
    assert "accessToken" not in answer.json()


def test_endpoints_name_this_server(tenant: Tenant) -> None:
    assert tenant.call("GET", "platform/v1/endpoints/soap").json()["url"] == tenant.url + "Service.asmx"
    unknown = tenant.call("GET", "platform/v1/endpoints/nope")
    assert (unknown.status_code, unknown.json()["errorcode"]) == (404, 30003)
    assert unknown.json()["message"] == "No endpoint exists for key 'nope'."
