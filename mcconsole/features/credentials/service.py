"""Profiles and connections as jobs: keep, test, connect, change the business unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from mcconsole.api.scopes import NEEDS, missing
from mcconsole.core import allow_list, clock
from mcconsole.core.errors import ApiError, BadInput, ConsoleError, KeychainError, Refused
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.profiles import Profile, ProfileStore, new_id
from mcconsole.core.tenant import Environment, Tenant
from mcconsole.core.vault import KeychainVault, SessionVault, Vault

if TYPE_CHECKING:
    from mcconsole.api.client import Client
    from mcconsole.api.exchanges import ExchangeLog
    from mcconsole.features.credentials.calls import Unit

# The network libraries are imported by the jobs that need them: the window is up a third sooner.

KEYCHAIN, SESSION = "keychain", "session"


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where profiles and their secrets are kept."""

    store: ProfileStore
    session: SessionVault
    keychain: KeychainVault | None
    """None where it must not be touched."""
    reason: str = ""
    """Why there is no keychain."""

    def keychain_state(self) -> str:
        """ "" when secrets can be kept in the system keychain, else the reason. May take seconds."""
        if self.keychain is None:
            return self.reason
        _, reason = self.keychain.available()
        return reason

    def vault(self, place: str) -> Vault:
        """The vault of a `secret_place`. KeychainError where there is none."""
        if place == SESSION:
            return self.session
        if self.keychain is None:
            raise KeychainError(self.reason, advice="The secret can be kept for this session only.")
        return self.keychain

    def secret(self, profile: Profile) -> str:
        """The profile's secret. BadInput when none is kept."""
        secret = self.session.get(profile.id)
        if secret is None and profile.secret_place == KEYCHAIN:
            secret = self.vault(KEYCHAIN).get(profile.id)
        if secret is None:
            place = "the keychain" if profile.secret_place == KEYCHAIN else "this session"
            raise BadInput(
                f"No client secret is kept for “{profile.name}” in {place}.",
                advice="Enter the secret in the Credentials tab and save.",
            )
        return secret


def profile_from(values: Mapping[str, str], before: Profile | None) -> Profile:
    """The profile that a form's values describe: a new one, or `before` changed. BadInput for what is wrong."""
    auth_url = Tenant.from_text(values["auth_url"]).auth_url
    same_tenant = before is not None and before.auth_url == auth_url
    return Profile(
        id=before.id if before is not None else new_id(),
        name=values["name"].strip(),
        environment=Environment(values["environment"]),
        auth_url=auth_url,
        client_id=values["client_id"].strip(),
        account_id=values["account_id"].strip(),
        secret_place=values["secret_place"],
        enterprise_id=before.enterprise_id if before is not None and same_tenant else "",
        allow_list=allow_list.entries(values.get("allow_list", "")),
    )


def secret_for(keeper: Keeper, profile: Profile, entered: str, before: Profile | None) -> str:
    """The secret that was entered, else the kept one.

    A kept secret never follows a profile to another tenant or package: BadInput asks for it again.
    """
    if entered:
        return entered
    if before is None:
        raise BadInput("The client secret is missing.")
    if (before.auth_url, before.client_id) != (profile.auth_url, profile.client_id):
        raise BadInput(
            "The tenant or the client id was changed, so the kept secret is not used for it.",
            advice="Enter the client secret again.",
        )
    return keeper.secret(before)


def save(keeper: Keeper, profile: Profile, entered: str, before: Profile | None) -> Profile:
    """Keep a profile, and its secret in the place it names. The secret goes first: a profile without one is no use."""
    secret = secret_for(keeper, profile, entered, before)
    _refuse_taken_name(keeper, profile)
    keeper.vault(profile.secret_place).set(profile.id, secret)
    keeper.store.save(profile)
    if profile.secret_place == KEYCHAIN:
        keeper.session.delete(profile.id)
    elif before is not None and before.secret_place == KEYCHAIN and keeper.keychain is not None:
        keeper.keychain.delete(profile.id)
    return profile


def _refuse_taken_name(keeper: Keeper, profile: Profile) -> None:
    other = keeper.store.by_name(profile.name)
    if other is not None and other.id != profile.id:
        raise BadInput(f"There is a profile named “{other.name}” already.", advice="Choose another name.")


def duplicate(keeper: Keeper, profile: Profile, new_id: str) -> Profile:
    """Make a copy under a name that is free, with the same secret: usually for another business unit."""
    taken = {other.name.casefold() for other in keeper.store.list()}
    name, number = f"{profile.name} copy", 2
    while name.casefold() in taken:
        name, number = f"{profile.name} copy {number}", number + 1
    return save(keeper, replace(profile, id=new_id, name=name), keeper.secret(profile), None)


def delete(keeper: Keeper, profile: Profile) -> str:
    """Delete a profile and its secret. Returns "" or why the keychain kept the secret."""
    keeper.session.delete(profile.id)
    left = ""
    if profile.secret_place == KEYCHAIN:
        try:
            keeper.vault(KEYCHAIN).delete(profile.id)
        except KeychainError as error:
            left = str(error)
    keeper.store.delete(profile.id)
    return left


class Sign(StrEnum):
    """How a finding is meant."""

    GOOD = "success"
    CARE = "warning"
    BAD = "error"
    NOTE = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a test found out."""

    sign: Sign
    title: str
    text: str
    said: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a test found out; `connects` says whether a token was given."""

    connects: bool
    findings: tuple[Finding, ...]
    scopes: tuple[str, ...] = ()


def check_connection(ctx: JobContext, client: Client, place: str, expected_enterprise: str) -> Report:
    """Ask for a token and for all that can be known without changing anything. Never raises what it can report."""
    from mcconsole.features.credentials import calls

    ctx.report(Progress(0, 4, "Asking for an access token"))
    try:
        token = client.token(ctx)
    except ApiError as error:
        return Report(False, (_failure("Access token", error),))
    minutes = token.life / 60
    findings = [
        Finding(Sign.GOOD, "Access token", f"given; it lives {minutes:.0f} minutes, until {_local(token.expires)}"),
    ]
    ctx.report(Progress(1, 4, "Asking who we are"))
    findings += _identity(ctx, client, expected_enterprise)
    ctx.report(Progress(3, 4, "Listing the business units"))
    try:
        units = calls.business_units(client, ctx)
        findings.append(Finding(Sign.GOOD, "Business units", _named(units)))
    except ApiError as error:
        findings.append(replace(_failure("Business units", error), sign=Sign.CARE))
    findings += scope_findings(token.scope)
    where = "in the system keychain" if place == KEYCHAIN else "in memory, for this session only"
    findings.append(Finding(Sign.NOTE, "Client secret", where))
    asked = client.tokens_requested
    text = f"{asked} in this test; Marketing Cloud advises one per 20 minutes, so tokens are kept and used again"
    findings.append(Finding(Sign.NOTE, "Token requests", text))
    return Report(True, tuple(findings), tuple(token.scope.split()))


def _identity(ctx: JobContext, client: Client, expected_enterprise: str) -> list[Finding]:
    from mcconsole.features.credentials import calls

    findings = []
    try:
        info = calls.user_info(client, ctx)
        name = info.enterprise_name or "name not told"
        where = ", ".join(part for part in (info.stack and f"stack {info.stack}", info.region) if part)
        findings.append(
            Finding(Sign.GOOD, "Tenant", f"{name} (enterprise {info.enterprise_id}){f', {where}' if where else ''}")
        )
        findings.append(Finding(Sign.GOOD, "Acts as", info.user or "name not told"))
        if expected_enterprise and info.enterprise_id and info.enterprise_id != expected_enterprise:
            findings.append(_other_enterprise(info.enterprise_id, expected_enterprise))
    except ApiError as error:
        findings.append(_failure("Tenant", error))
    ctx.report(Progress(2, 4, "Asking for the business unit"))
    try:
        context = calls.token_context(client, ctx)
        wanted = client.credentials.account_id
        unit = f"{context.business_unit_name} (MID {context.account_id})".strip()
        if wanted and context.account_id and context.account_id != wanted:
            findings.append(Finding(Sign.BAD, "Business unit", f"MID {wanted} was asked for, the token acts in {unit}"))
        else:
            findings.append(Finding(Sign.GOOD, "Business unit", unit))
    except ApiError as error:
        findings.append(_failure("Business unit", error))
    return findings


def scope_findings(granted: str) -> list[Finding]:
    """What the token may do, one finding a tab, with the scopes that are missing (API reference 1.6)."""
    findings = []
    for tab in dict.fromkeys(need.tab for need in NEEDS):
        needs = [need for need in NEEDS if need.tab == tab]
        lacking = [(need, missing(granted, need.scopes)) for need in needs]
        short = [f"cannot {need.what}: needs {', '.join(scopes)}" for need, scopes in lacking if scopes]
        title = _TABS.get(tab, tab)
        if not short:
            findings.append(Finding(Sign.GOOD, title, "every scope is there"))
            continue
        can = [need.what for need, scopes in lacking if not scopes]
        text = "; ".join(([f"can {', '.join(can)}"] if can else []) + short)
        findings.append(
            Finding(
                Sign.CARE,
                title,
                text,
                advice="Scopes are added to the installed package in Setup; a change may take 5 minutes to show.",
            )
        )
    return findings


_TABS = {"imports": "Data extension import", "journeys": "Journey injection", "sends": "Triggered sends"}


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection that works. `note` says why only one business unit is listed, or ""."""

    client: Client
    profile: Profile
    tenant_name: str
    unit: Unit
    units: tuple[Unit, ...]
    scopes: tuple[str, ...]
    note: str = ""


def connect(ctx: JobContext, keeper: Keeper, profile: Profile, log: ExchangeLog) -> Connected:
    """Get a token and find out where it acts.

    Refused when the tenant is not the enterprise that the profile was made for. ApiErrors as they come.
    """
    from mcconsole.api.client import Client
    from mcconsole.features.credentials import calls

    secret = keeper.secret(profile)
    client = Client(
        profile.credentials(secret),
        log=log,
        profile=profile.name,
        feature="credentials",
        allow_list=profile.allow_list,
    )
    ctx.report(Progress(0, 3, "Asking for an access token"))
    token = client.token(ctx)
    ctx.report(Progress(1, 3, "Asking who we are"))
    info = calls.user_info(client, ctx)
    if profile.enterprise_id and info.enterprise_id and info.enterprise_id != profile.enterprise_id:
        finding = _other_enterprise(info.enterprise_id, profile.enterprise_id)
        raise Refused(finding.text, advice=finding.advice)
    if info.enterprise_id and not profile.enterprise_id:
        profile = replace(profile, enterprise_id=info.enterprise_id)
        if keeper.store.get(profile.id) is not None:
            keeper.store.save(profile)
    ctx.report(Progress(2, 3, "Listing the business units"))
    account_id = info.account_id or profile.account_id
    units, note = _units(ctx, client, account_id)
    unit = next((u for u in units if u.account_id == account_id), calls.unnamed(account_id))
    name = info.enterprise_name or profile.tenant.subdomain or profile.auth_url
    return Connected(client, profile, name, unit, units, tuple(token.scope.split()), note)


def _units(ctx: JobContext, client: Client, account_id: str) -> tuple[tuple[Unit, ...], str]:
    from mcconsole.features.credentials import calls

    try:
        units = tuple(calls.business_units(client, ctx))
    except ApiError as error:
        why = " ".join(part for part in (str(error), error.said) if part)
        return (calls.unnamed(account_id),), f"Only the package's own business unit is listed. {why}"
    if any(unit.account_id == account_id for unit in units):
        return units, ""
    return (calls.unnamed(account_id), *units), ""


def switch(ctx: JobContext, connected: Connected, account_id: str) -> Connected:
    """Act in another business unit, with a token of its own. Refused when the token acts elsewhere nevertheless."""
    from mcconsole.features.credentials import calls

    client = connected.client.for_business_unit(account_id)
    token = client.token(ctx)
    context = calls.token_context(client, ctx)
    if context.account_id and context.account_id != account_id:
        raise Refused(
            f"The token that was given for MID {account_id} acts in MID {context.account_id}.",
            advice="The installed package may not be enabled for that business unit.",
        )
    unit = next((u for u in connected.units if u.account_id == account_id), calls.unnamed(account_id))
    if context.business_unit_name and unit.name.startswith("MID "):
        unit = replace(unit, name=context.business_unit_name)
    return replace(connected, client=client, unit=unit, scopes=tuple(token.scope.split()))


def trial_client(keeper: Keeper, profile: Profile, entered: str, before: Profile | None, log: ExchangeLog) -> Client:
    """A client of its own for a test of what is entered, saved or not: a cached token would prove nothing."""
    from mcconsole.api.client import Client

    secret = secret_for(keeper, profile, entered, before)
    return Client(
        profile.credentials(secret),
        log=log,
        profile=profile.name,
        feature="credentials",
        allow_list=profile.allow_list,
    )


@dataclass(frozen=True, slots=True)
class TokenState:
    """Age and remaining life in seconds, None without a token; and how many were asked for."""

    age: float | None
    left: float | None
    requested: int


def token_state(client: Client) -> TokenState:
    """A look at the kept token; asks nobody."""
    token, now = client.known_token(), clock.monotonic()
    if token is None:
        return TokenState(None, None, client.tokens_requested)
    return TokenState(now - token.started, token.left(now), client.tokens_requested)


def _failure(title: str, error: ConsoleError) -> Finding:
    return Finding(Sign.BAD, title, str(error), error.said, error.advice)


def _other_enterprise(found: str, expected: str) -> Finding:
    return Finding(
        Sign.BAD,
        "Other tenant",
        f"This tenant is enterprise {found}; the profile was made for enterprise {expected}.",
        advice="If the tenant was changed on purpose, delete this profile and make a new one.",
    )


def _named(units: Sequence[Unit]) -> str:
    shown = ", ".join(f"{unit.name} ({unit.account_id})" for unit in units[:6])
    return shown + (f" and {len(units) - 6} more" if len(units) > 6 else "")


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%H:%M:%S %Z}"
