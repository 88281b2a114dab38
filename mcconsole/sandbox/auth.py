"""Tokens: who asks, in which business unit, and what they may do (API reference, section 1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl

import orjson

from mcconsole.core.clock import now
from mcconsole.sandbox import replies
from mcconsole.sandbox.replies import Refusal, Reply
from mcconsole.sandbox.routing import Call, Route, folded
from mcconsole.sandbox.scopes import packed, unpacked
from mcconsole.sandbox.state import Store

USER_ID = 700_100_200
CLIENT_AUTHENTICATION_FAILED = (
    "Client authentication failed. Make sure that the client ID and client secret are valid and that the package is "
    "installed and enabled."
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for: one package acting in one business unit."""

    client_id: str
    mid: int
    enterprise: int
    scopes: frozenset[str]
    expires: float


NOBODY = Grant("", 0, 0, frozenset(), 0.0)


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package: its credentials, the unit that owns it, the units and scopes that it holds."""

    client_id: str
    client_secret: str
    name: str
    mid: int
    business_units: tuple[int, ...]
    scopes: tuple[str, ...]


def add_package(connection: sqlite3.Connection, package: Package) -> None:
    """Install a package, or change the one with its client id."""
    connection.execute(
        "INSERT OR REPLACE INTO packages VALUES (?, ?, ?, ?, ?, ?)",
        (
            package.client_id,
            package.client_secret,
            package.name,
            package.mid,
            orjson.dumps(package.business_units).decode(),
            orjson.dumps(package.scopes).decode(),
        ),
    )


def find_package(store: Store, client_id: str) -> Package | None:
    """Return an installed package."""
    row = store.connection.execute("SELECT * FROM packages WHERE client_id = ?", (client_id,)).fetchone()
    if row is None:
        return None
    units, scopes = orjson.loads(row["business_units"]), orjson.loads(row["scopes"])
    return Package(row["client_id"], row["client_secret"], row["name"], row["mid"], tuple(units), tuple(scopes))


def signing_key(store: Store, *, fresh: bool = False) -> bytes:
    """Return the secret that tokens of this tenant are signed with. A `fresh` one makes all tokens expire."""
    with store.write() as connection:
        if fresh:
            connection.execute("DELETE FROM facts WHERE name = 'signing_key'")
        connection.execute("INSERT OR IGNORE INTO facts VALUES ('signing_key', ?)", (secrets.token_hex(32),))
        value: str = connection.execute("SELECT value FROM facts WHERE name = 'signing_key'").fetchone()[0]
    return bytes.fromhex(value)


def mint(key: bytes, grant: Grant) -> str:
    """Make a token of some 500 characters in three base64url parts (API reference 1.2, observed)."""
    head = {"alg": "HS256", "kid": "1", "ver": "1", "typ": "JWT"}
    claims = {
        "access_token": secrets.token_urlsafe(18),
        "client_id": grant.client_id,
        "eid": grant.enterprise,
        "mid": grant.mid,
        "exp": grant.expires,
        "platform_version": 2,
        "client_type": "ServerToServer",
        "scope": packed(grant.scopes),
        "pad": secrets.token_urlsafe(40),
    }
    signed = f"{_encode(orjson.dumps(head))}.{_encode(orjson.dumps(claims))}"
    return f"{signed}.{_encode(hmac.digest(key, signed.encode(), hashlib.sha256))}"


def read_token(key: bytes, token: str) -> Grant | None:
    """Return what a token stands for, or None for one that is forged, broken or expired."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_encode(hmac.digest(key, signed.encode(), hashlib.sha256)).encode(), signature.encode()):
        return None
    claims = orjson.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    if claims["exp"] <= time.time():
        return None
    return Grant(claims["client_id"], claims["mid"], claims["eid"], unpacked(claims["scope"]), float(claims["exp"]))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def issue_token(call: Call) -> Reply:
    """`POST /v2/token`, JSON or form (API reference 1.2: success and invalid_client observed, the rest unverified)."""
    asked = _token_request(call)
    store = call.tenant.store
    client_id, secret = _text(asked, "client_id"), _text(asked, "client_secret")
    package = find_package(store, client_id)
    if package is None or not hmac.compare_digest(package.client_secret.encode(), secret.encode()):
        raise _oauth_refusal(401, "invalid_client", CLIENT_AUTHENTICATION_FAILED)
    mid = _business_unit(call, package, asked.get("account_id"))
    scopes = package.scopes
    if asked.get("scope") is not None:
        wanted = _text(asked, "scope").split()
        if not set(wanted) <= set(package.scopes):
            raise _oauth_refusal(400, "invalid_scope", "The requested scope is not granted to the installed package.")
        scopes = tuple(wanted)
    life = call.tenant.options.token_life
    grant = Grant(client_id, mid, call.tenant.enterprise, frozenset(scopes), time.time() + life)
    return replies.json(
        {
            "access_token": mint(call.tenant.signing_key, grant),
            "token_type": "Bearer",
            "expires_in": life,
            "scope": " ".join(scopes),
            "soap_instance_url": call.base_url,
            "rest_instance_url": call.base_url,
        },
        headers={"Cache-Control": "no-store"},
    )


def _token_request(call: Call) -> dict[str, object]:
    if "form" in call.headers.get("content-type", ""):
        try:
            asked: dict[str, object] = dict(parse_qsl(call.body.decode(), keep_blank_values=True, max_num_fields=50))
        except ValueError:
            raise _oauth_refusal(400, "invalid_request", "The request body is malformed.") from None
    else:
        try:
            asked = folded(call.json())
        except Refusal:
            raise _oauth_refusal(400, "invalid_request", "The request body is malformed.") from None
    for name in ("grant_type", "client_id", "client_secret"):
        if not asked.get(name):
            raise _oauth_refusal(400, "invalid_request", f"The required parameter {name} is missing.")
    grant_type = _text(asked, "grant_type")
    if grant_type in ("authorization_code", "refresh_token"):
        raise _oauth_refusal(400, "unauthorized_client", "The package may not use this grant type.")
    if grant_type != "client_credentials":
        raise _oauth_refusal(400, "invalid_grant", "The grant type is not known.")
    return asked


def _text(asked: dict[str, object], name: str) -> str:
    value = asked[name]
    if not isinstance(value, str):
        raise _oauth_refusal(400, "invalid_request", f"The parameter {name} is not a string.")
    return value


def _business_unit(call: Call, package: Package, account: object) -> int:
    if account in (None, ""):
        return package.mid
    text = str(account).strip()
    mid = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
    if mid not in package.business_units:
        status = int(call.tenant.switches["wrong_account"])
        raise _oauth_refusal(status, "invalid_request", "The package is not enabled for the account_id.")
    return mid


def _oauth_refusal(status: int, error: str, description: str) -> Refusal:
    uri = "https://developer.salesforce.com/docs"
    return Refusal(replies.json({"error": error, "error_description": description, "error_uri": uri}, status))


def refuse_legacy_token(_call: Call) -> Reply:
    """`POST /v1/requestToken`: legacy packages are gone (401 in JSON: API reference 7.7; its text is ours)."""
    raise replies.refusal(401, "Unauthorized", 1)


def user_info(call: Call) -> Reply:
    """`GET /v2/userinfo` (API reference 1.4, documented)."""
    grant, tenant = call.grant, call.tenant
    unit = tenant.unit_name(grant.mid)
    zone = {
        "longName": "(GMT-06:00) Central Time (No Daylight Saving)",
        "shortName": "CST",
        "offset": -6.0,
        "dst": False,
    }
    locale = {"locale": "en-US", "zoneinfo": "America/Regina", "timezone": zone}
    return replies.json(
        {
            "exp": int(grant.expires),
            "iss": call.base_url,
            "user": {
                "sub": str(USER_ID),
                "name": f"{unit} app user",
                "preferred_username": "app.user@sandbox.example",
                "email": "app.user@sandbox.example",
                **locale,
            },
            "organization": {
                "member_id": grant.mid,
                "enterprise_id": grant.enterprise,
                "enterprise_name": tenant.unit_name(grant.enterprise),
                "account_type": "Enterprise" if grant.mid == grant.enterprise else "Business Unit",
                "stack_key": "S0",
                "region": "NA1",
                **locale,
            },
            "rest": {"rest_instance_url": call.base_url, "soap_instance_url": call.base_url},
            "application": {"id": grant.client_id, "name": tenant.package_name(grant.client_id)},
            "permissions": sorted(grant.scopes),
        }
    )


def token_context(call: Call) -> Reply:
    """`GET /platform/v1/tokenContext` (API reference 1.4; 200 observed)."""
    mid = call.grant.mid
    organization = {"id": mid, "name": call.tenant.unit_name(mid)}
    return replies.json(
        {"enterprise": {"id": call.grant.enterprise}, "organization": organization, "user": {"id": USER_ID}}
    )


def endpoint(call: Call) -> Reply:
    """`GET /platform/v1/endpoints/{type}` (API reference 1.4, documented)."""
    kind = call.parameters["type"].lower()
    tails = {"soap": "Service.asmx", "rest": "", "auth": ""}
    if kind not in tails:
        raise replies.refusal(404, f"No endpoint exists for key '{call.parameters['type']}'.", 30003)
    return replies.json({"id": kind, "type": kind, "url": call.base_url + tails[kind], "readOn": now().isoformat()})


ROUTES = (
    Route("POST", "/v2/token", issue_token, public=True),
    Route("POST", "/v1/requestToken", refuse_legacy_token, public=True),
    Route("GET", "/v2/userinfo", user_info),
    Route("GET", "/platform/v1/tokenContext", token_context),
    Route("GET", "/platform/v1/endpoints/{type}", endpoint),
)
