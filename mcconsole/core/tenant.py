"""Which Marketing Cloud tenant is meant, and with which credentials. Nothing here lets a secret reach another host."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from mcconsole.core.errors import BadInput

DOMAIN = "marketingcloudapis.com"
SERVICES = ("auth", "rest", "soap")

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TENANT_HOST = re.compile(rf"(?P<subdomain>{_LABEL.pattern})\.(?:auth|rest|soap)\.{re.escape(DOMAIN)}")
_WHERE = (
    "In Marketing Cloud, open Setup, Apps, Installed Packages, your package: the API Integration shows the "
    "Authentication Base URI. Paste that, or only its first part."
)


class Environment(StrEnum):
    """What a tenant is used for; production asks before it is written to."""

    PRODUCTION = "production"
    TEST = "test"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant, known by the URL of its authentication host (API reference 1.1, documented)."""

    auth_url: str
    """Ends in "/"; https, or http to a loopback address."""

    @classmethod
    def from_text(cls, text: str) -> Tenant:
        """Read a subdomain, or any pasted URL of the tenant's auth, REST or SOAP host, or a loopback URL.

        BadInput, with the reason, for everything that could carry the client secret to another place.
        """
        text = text.strip()
        _refuse_characters(text)
        if _LABEL.fullmatch(text.lower()) and text.lower() != "localhost":
            return cls(_auth_url(_subdomain(text)))
        parts = _split(text)
        host = (parts.hostname or "").rstrip(".")
        if is_loopback(parts.hostname or ""):
            return cls(f"{parts.scheme}://{parts.netloc}{_loopback_path(parts.path)}")
        if parts.scheme == "http":
            raise BadInput("Plain http would show the client secret to everyone on the way; only https is used.")
        found = _TENANT_HOST.fullmatch(host)
        if found is None:
            raise _refusal(host)
        if parts.port not in (None, 443):
            raise BadInput(f"A tenant answers on port 443, not on {parts.port}.", advice=_WHERE)
        return cls(_auth_url(_subdomain(found["subdomain"])))

    @property
    def loopback(self) -> bool:
        """Whether the tenant is on this machine (a sandbox tenant)."""
        return is_loopback(urlsplit(self.auth_url).hostname or "")

    @property
    def subdomain(self) -> str:
        """The tenant's own part of its host names; "" for a tenant on this machine."""
        return "" if self.loopback else (urlsplit(self.auth_url).hostname or "").split(".")[0]

    def owns(self, url: str) -> bool:
        """Whether a bearer token of this tenant may be sent to this URL: its own hosts over TLS, or its loopback."""
        try:
            parts, port = urlsplit(url), urlsplit(url).port
        except ValueError:
            return False
        host = parts.hostname or ""
        if parts.username is not None or parts.password is not None or "\\" in url or not url.isascii():
            return False
        if self.loopback:
            return parts.scheme in ("http", "https") and host == urlsplit(self.auth_url).hostname
        return (
            parts.scheme == "https"
            and port in (None, 443)
            and host in {f"{self.subdomain}.{service}.{DOMAIN}" for service in SERVICES}
        )

    def __str__(self) -> str:
        return self.subdomain or self.auth_url


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a token is asked for with: an installed package's client, and the business unit it shall act in."""

    tenant: Tenant
    client_id: str
    client_secret: str = field(repr=False)
    account_id: str = ""
    """MID of the business unit; "" for the one that owns the package (API reference 1.2, documented)."""
    scope: str | None = None
    """Scopes separated by spaces; None asks for everything the package holds (1.2, documented)."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> tuple[Credentials, Environment]:
        """Read `MCCONSOLE_AUTH_URL`, `_CLIENT_ID`, `_CLIENT_SECRET`, `_ACCOUNT_ID` and `_ENVIRONMENT`.

        The last two may be left out. BadInput names the variable that is missing or wrong.
        """

        def needed(name: str) -> str:
            value = environment.get(name, "").strip()
            if not value:
                raise BadInput(
                    f"{name} is not set.",
                    advice="Set MCCONSOLE_AUTH_URL, MCCONSOLE_CLIENT_ID, MCCONSOLE_CLIENT_SECRET, or name a profile.",
                )
            return value

        try:
            tenant = Tenant.from_text(needed("MCCONSOLE_AUTH_URL"))
        except BadInput as error:
            if str(error).startswith("MCCONSOLE_"):
                raise
            raise BadInput(f"MCCONSOLE_AUTH_URL: {error}", advice=error.advice) from None
        account_id = environment.get("MCCONSOLE_ACCOUNT_ID", "").strip()
        if problem := account_id_problem(account_id):
            raise BadInput(f"MCCONSOLE_ACCOUNT_ID: {problem}")
        chosen = environment.get("MCCONSOLE_ENVIRONMENT", "").strip().lower()
        if chosen and chosen not in list(Environment):
            raise BadInput(f"MCCONSOLE_ENVIRONMENT is “{chosen}”, not production, test or development.")
        default = Environment.TEST if tenant.loopback else Environment.PRODUCTION
        credentials = cls(tenant, needed("MCCONSOLE_CLIENT_ID"), needed("MCCONSOLE_CLIENT_SECRET"), account_id)
        return credentials, Environment(chosen) if chosen else default


def account_id_problem(text: str) -> str:
    """Why a text is no MID, or "" when it is one or is empty (the package's own business unit)."""
    if not text or re.fullmatch(r"[0-9]{1,19}", text):
        return ""
    return f"“{text}” is not a MID; a MID has digits only."


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine, told from its spelling alone: `localhost` or a loopback address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _auth_url(subdomain: str) -> str:
    return f"https://{subdomain}.auth.{DOMAIN}/"


def _refuse_characters(text: str) -> None:
    if not text:
        raise BadInput("The tenant's subdomain is missing.", advice=_WHERE)
    wrong = sorted({c for c in text if not c.isascii() or not c.isprintable() or c in " @\\#<>\"'`{}|^;"})
    if wrong:
        shown = ", ".join(c if c.isprintable() and c != " " else f"U+{ord(c):04X}" for c in wrong[:5])
        raise BadInput(
            f"A tenant's address does not hold {shown}: it could lead the client secret to another host.", advice=_WHERE
        )


def _split(text: str) -> SplitResult:
    """Split with a scheme; without one, loopback means http and all else https."""
    try:
        if "://" not in text:
            bare = urlsplit(f"https://{text}")
            text = f"{'http' if is_loopback(bare.hostname or '') else 'https'}://{text}"
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise BadInput("This is not the address of a tenant.", advice=_WHERE) from None
    if parts.scheme not in ("http", "https"):
        raise BadInput(f"A tenant is reached by https, not by {parts.scheme}.", advice=_WHERE)
    return parts._replace(netloc=parts.netloc.lower())


def _subdomain(text: str) -> str:
    if text.isdigit():
        raise BadInput(
            f"{text} looks like a MID, the number of a business unit. The tenant's subdomain is a text that begins "
            "with “mc”.",
            advice=f"Put the MID into the field for the MID. {_WHERE}",
        )
    return text.lower()


def _loopback_path(path: str) -> str:
    """The path before the endpoint, as a local tenant may live below one; always ends in "/"."""
    kept = re.sub(r"/v[12]/[A-Za-z]+/?$", "/", path)
    return kept if kept.endswith("/") else kept + "/"


def _refusal(host: str) -> BadInput:
    if host.endswith("exacttargetapis.com"):
        return BadInput(
            f"{host} is the generic host of the old API; packages with tenant endpoints cannot use it.", advice=_WHERE
        )
    if host.endswith(("exacttarget.com", "salesforce.com", "marketingcloudapps.com", "force.com")):
        return BadInput(f"{host} is a page for people to log in, not the tenant's API.", advice=_WHERE)
    if host.endswith(f".{DOMAIN}") or host == DOMAIN:
        return BadInput(
            f"{host or 'This'} is not a tenant's auth, rest or soap host.",
            advice=f"It looks like SUBDOMAIN.auth.{DOMAIN}. {_WHERE}",
        )
    return BadInput(f"{host or 'This'} is not a host of Marketing Cloud; no secret is sent there.", advice=_WHERE)
