"""Which texts name a tenant, and that no text leads a secret elsewhere."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcconsole.core.errors import BadInput
from mcconsole.core.tenant import Credentials, Environment, Tenant

SUB = "mc563885gzs27c5t9-63k636ttgm"
AUTH = f"https://{SUB}.auth.marketingcloudapis.com/"


@pytest.mark.parametrize(
    "text",
    [
        SUB,
        f"  {SUB.upper()}\n",
        AUTH,
        f"https://{SUB}.auth.marketingcloudapis.com",
        f"https://{SUB}.auth.marketingcloudapis.com/v2/token",
        f"https://{SUB}.rest.marketingcloudapis.com/hub/v1/dataevents/key:x/rowset?$page=1",
        f"HTTPS://{SUB.upper()}.SOAP.MarketingCloudAPIs.com:443/Service.asmx",
        f"{SUB}.auth.marketingcloudapis.com/",
        f"https://{SUB}.auth.marketingcloudapis.com./",
    ],
)
def test_every_way_to_name_a_tenant(text: str) -> None:
    tenant = Tenant.from_text(text)
    assert tenant == Tenant(AUTH)
    assert tenant.subdomain == SUB
    assert not tenant.loopback


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("localhost:9", "http://localhost:9/"),
        ("http://LOCALHOST:9/v2/token", "http://localhost:9/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://127.0.0.1:8443/", "https://127.0.0.1:8443/"),
        ("http://127.0.0.1:8/below/v2/token", "http://127.0.0.1:8/below/"),
        ("http://127.0.0.1:8/below", "http://127.0.0.1:8/below/"),
        ("localhost", "http://localhost/"),
    ],
)
def test_a_tenant_on_this_machine(text: str, url: str) -> None:
    tenant = Tenant.from_text(text)
    assert tenant == Tenant(url)
    assert tenant.loopback
    assert tenant.subdomain == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("510001234", "MID"),
        ("https://510001234.auth.marketingcloudapis.com/", "MID"),
        ("https://www.exacttargetapis.com/hub/v1", "generic"),
        ("auth.exacttargetapis.com", "generic"),
        ("https://mc.s7.exacttarget.com/cloud/login.html", "log in"),
        ("https://login.salesforce.com/", "log in"),
        ("https://auth.marketingcloudapis.com/", "not a tenant's"),
        (f"https://{SUB}.marketingcloudapis.com/", "not a tenant's"),
        (f"https://a.{SUB}.auth.marketingcloudapis.com/", "not a tenant's"),
        (f"http://{SUB}.auth.marketingcloudapis.com/", "Plain http"),
        (f"https://{SUB}.auth.marketingcloudapis.com:8443/", "443"),
        (f"https://{SUB}.auth.marketingcloudapis.com.evil.example/", "not a host of Marketing Cloud"),
        ("evil.example/x#", "could lead"),
        (f"https://{SUB}.auth.marketingcloudapis.com@evil.example/", "could lead"),
        (f"https://evil.example\\@{SUB}.auth.marketingcloudapis.com/", "could lead"),
        ("mc563885gzs27c5t9-63k636ttgм", "could lead"),
        ("mc5638 85gzs", "could lead"),
        ("mc5638\x0085gzs", "could lead"),
        ("evil.example", "not a host of Marketing Cloud"),
        ("evil.example/x", "not a host of Marketing Cloud"),
        ("https://localhost.evil.example/", "not a host of Marketing Cloud"),
        ("http://127.0.0.1.evil.example/", "Plain http"),
        ("http://10.0.0.1/", "Plain http"),
        ("ftp://127.0.0.1/", "not by ftp"),
        ("https://[::1/", "not the address"),
        ("https://127.0.0.1:99999/", "not the address"),
        ("-mc", "not a host of Marketing Cloud"),
    ],
)
def test_what_is_refused_and_why(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=re.escape(reason)):
        Tenant.from_text(text)


PIECES = st.sampled_from(
    [
        *(SUB, "evil.example", ".auth.", "marketingcloudapis.com", "https://", "http://", "@", "#", "/", "\\", ":"),
        *("443", "?", "127.0.0.1", "localhost", "[::1]", ".", "%2e", "%40", "x", "1", "\t", "。", "ｅ", ";", "&"),
    ]
)


@given(st.one_of(st.lists(PIECES, max_size=8).map("".join), st.text(max_size=60)))
@example("https://127.0.0.1.")
def test_no_text_leads_anywhere_else(text: str) -> None:
    try:
        tenant = Tenant.from_text(text)
    except BadInput:
        return
    parts = urlsplit(tenant.auth_url)
    host = parts.hostname or ""
    assert tenant.auth_url.endswith("/")
    assert parts.username is None
    if tenant.loopback:
        assert host in ("localhost", "::1") or host.startswith("127.")
    else:
        assert parts.scheme == "https"
        assert re.fullmatch(r"[a-z0-9-]+\.auth\.marketingcloudapis\.com", host)
    assert tenant.owns(tenant.auth_url)


@pytest.mark.parametrize(
    ("url", "own"),
    [
        (f"https://{SUB}.rest.marketingcloudapis.com/", True),
        (f"https://{SUB}.soap.marketingcloudapis.com/Service.asmx", True),
        (f"http://{SUB}.rest.marketingcloudapis.com/", False),
        (f"https://{SUB}.rest.marketingcloudapis.com:444/", False),
        ("https://mcother.rest.marketingcloudapis.com/", False),
        (f"https://{SUB}.rest.marketingcloudapis.com.evil.example/", False),
        (f"https://x@{SUB}.rest.marketingcloudapis.com/", False),
        (f"https://evil.example\\@{SUB}.rest.marketingcloudapis.com/", False),
        ("https://127.0.0.1/", False),
        ("https://[::1", False),
    ],
)
def test_a_token_goes_to_the_tenants_own_hosts_only(url: str, own: bool) -> None:
    assert Tenant(AUTH).owns(url) is own


def test_a_local_tenant_owns_its_host_only() -> None:
    tenant = Tenant("http://127.0.0.1:8080/")
    assert tenant.owns("http://127.0.0.1:8081/")
    assert not tenant.owns("http://127.0.0.2:8080/")
    assert not tenant.owns(AUTH)


ENVIRONMENT = {"MCCONSOLE_AUTH_URL": AUTH, "MCCONSOLE_CLIENT_ID": "id", "MCCONSOLE_CLIENT_SECRET": "s3cret-value"}


def test_credentials_from_the_environment() -> None:
    credentials, environment = Credentials.from_environment(ENVIRONMENT | {"MCCONSOLE_ACCOUNT_ID": "510001234"})
    assert credentials == Credentials(Tenant(AUTH), "id", "s3cret-value", "510001234")
    assert environment is Environment.PRODUCTION
    assert "s3cret-value" not in repr(credentials)


@pytest.mark.parametrize(
    ("more", "environment"),
    [
        ({"MCCONSOLE_AUTH_URL": "http://127.0.0.1:8/"}, Environment.TEST),
        ({"MCCONSOLE_AUTH_URL": "http://127.0.0.1:8/", "MCCONSOLE_ENVIRONMENT": "production"}, Environment.PRODUCTION),
        ({"MCCONSOLE_ENVIRONMENT": "Development"}, Environment.DEVELOPMENT),
    ],
)
def test_the_environment_of_a_tenant(more: dict[str, str], environment: Environment) -> None:
    assert Credentials.from_environment(ENVIRONMENT | more)[1] is environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MCCONSOLE_AUTH_URL", ""),
        ("MCCONSOLE_AUTH_URL", "https://evil.example/"),
        ("MCCONSOLE_CLIENT_ID", " "),
        ("MCCONSOLE_CLIENT_SECRET", ""),
        ("MCCONSOLE_ACCOUNT_ID", "my unit"),
        ("MCCONSOLE_ENVIRONMENT", "staging"),
    ],
)
def test_a_bad_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name) as caught:
        Credentials.from_environment(ENVIRONMENT | {name: value})
    assert "s3cret-value" not in str(caught.value)
