"""Profiles, connection tests, connecting: the jobs behind the Credentials tab, over real HTTP."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mcconsole.api.client import Client
from mcconsole.api.exchanges import ExchangeLog
from mcconsole.core.errors import AuthFailed, BadInput, KeychainError, NotSent, Refused
from mcconsole.core.jobs import JobContext
from mcconsole.core.profiles import Profile, ProfileStore
from mcconsole.core.vault import KeychainVault, SessionVault
from mcconsole.features.credentials import calls, service
from mcconsole.features.credentials.service import Finding, Keeper, Report, Sign
from tests.tenant import Tenant


class Drawer(KeychainVault):
    """A keychain that works, in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self.kept.get(key)

    def set(self, key: str, secret: str) -> None:
        self.kept[key] = secret

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def available(self) -> tuple[bool, str]:
        return True, ""


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def keeper(home: Path, drawer: Drawer) -> Keeper:
    return Keeper(ProfileStore(home / "profiles.json"), SessionVault(), drawer)


def values(tenant: Tenant, **more: str) -> dict[str, str]:
    return {
        "name": "Northern",
        "environment": "test",
        "auth_url": tenant.ready.auth_url,
        "client_id": tenant.ready.client_id,
        "account_id": "",
        "secret_place": service.KEYCHAIN,
        **more,
    }


def saved(keeper: Keeper, tenant: Tenant, **more: str) -> Profile:
    return service.save(keeper, service.profile_from(values(tenant, **more), None), tenant.ready.client_secret, None)


def check(tenant: Tenant, log: ExchangeLog | None = None, **changed: str) -> Report:
    """A connection test with the tenant's own credentials, or changed ones."""
    given = {"client_id": tenant.ready.client_id, "secret": tenant.ready.client_secret, "account_id": "", **changed}
    keeper = Keeper(ProfileStore(Path("unused")), SessionVault(), None, "none")
    asked = values(tenant, client_id=given["client_id"], account_id=given["account_id"])
    profile = service.profile_from(asked, None)
    client = service.trial_client(keeper, profile, given["secret"], None, log or ExchangeLog())
    try:
        return service.check_connection(JobContext(), client, service.SESSION, given.get("enterprise", ""))
    finally:
        client.close()


def named(report: Report, title: str) -> Finding:
    return next(finding for finding in report.findings if finding.title == title)


def test_a_good_connection_tells_everything(tenant: Tenant) -> None:
    report = check(tenant)
    assert report.connects
    assert {finding.sign for finding in report.findings} == {Sign.GOOD, Sign.NOTE}
    assert re.search(r"lives 1[78] minutes, until \d\d:\d\d:\d\d", named(report, "Access token").text)
    assert str(tenant.ready.account_id) in named(report, "Tenant").text
    assert str(tenant.ready.account_id) in named(report, "Business unit").text
    assert named(report, "Data extension import").text == "every scope is there"
    assert "session only" in named(report, "Client secret").text
    assert named(report, "Token requests").text.startswith("1 in this test")


def test_missing_scopes_are_named_for_each_tab(tenant: Tenant) -> None:
    client_id, secret = tenant.package(["data_extensions_read", "journeys_read"])
    report = check(tenant, client_id=client_id, secret=secret)
    assert report.connects
    imports = named(report, "Data extension import")
    assert imports.sign is Sign.CARE
    assert "cannot write rows: needs data_extensions_write" in imports.text
    assert "can read data extensions" in imports.text
    assert "list_and_subscribers_read" in named(report, "Journey injection").text
    assert "email_send" in named(report, "Triggered sends").text


def test_a_wrong_secret_is_told_in_words_and_verbatim(tenant: Tenant) -> None:
    report = check(tenant, secret="wrong-secret-entirely")
    assert not report.connects
    (finding,) = report.findings
    assert finding.sign is Sign.BAD
    assert "Client authentication failed" in finding.said
    assert finding.advice
    assert "wrong-secret-entirely" not in str(report)


def test_a_wrong_mid_is_told(tenant: Tenant) -> None:
    report = check(tenant, account_id="999999999")
    assert not report.connects
    assert report.findings[0].sign is Sign.BAD


def test_another_enterprise_than_expected_is_told(tenant: Tenant) -> None:
    assert "made for enterprise 42" in named(check(tenant, enterprise="42"), "Other tenant").text


def test_a_failing_part_does_not_hide_the_others(tenant: Tenant) -> None:
    tenant.fail("/v2/userinfo", "status", status=403)
    report = check(tenant)
    assert report.connects
    assert named(report, "Tenant").sign is Sign.BAD
    assert named(report, "Business unit").sign is Sign.GOOD


def test_a_tenant_that_is_not_there(tenant: Tenant, keeper: Keeper) -> None:
    profile = saved(keeper, tenant, auth_url="http://127.0.0.1:9/")
    with pytest.raises(NotSent, match="refused"):
        service.connect(JobContext(), keeper, profile, ExchangeLog())


def test_connecting_finds_the_units_and_remembers_the_enterprise(tenant: Tenant, keeper: Keeper) -> None:
    profile = saved(keeper, tenant)
    connected = service.connect(JobContext(), keeper, profile, ExchangeLog())
    mid = str(tenant.ready.account_id)
    assert connected.unit.account_id == mid
    assert len(connected.units) == 3
    assert connected.units[0].account_id == mid
    assert connected.note == ""
    assert "data_extensions_write" in connected.scopes
    kept = keeper.store.get(profile.id)
    assert kept is not None
    assert kept.enterprise_id == mid
    connected.client.close()


def test_a_profile_never_connects_to_another_enterprise(tenant: Tenant, keeper: Keeper) -> None:
    from dataclasses import replace

    profile = replace(saved(keeper, tenant), enterprise_id="42")
    with pytest.raises(Refused, match="enterprise 42"):
        service.connect(JobContext(), keeper, profile, ExchangeLog())


def test_changing_the_business_unit(tenant: Tenant, keeper: Keeper) -> None:
    connected = service.connect(JobContext(), keeper, saved(keeper, tenant), ExchangeLog())
    child = connected.units[1]
    moved = service.switch(JobContext(), connected, child.account_id)
    assert moved.unit == child
    assert calls.token_context(moved.client).account_id == child.account_id
    assert moved.client.tokens_requested == 2
    with pytest.raises(AuthFailed):
        service.switch(JobContext(), connected, "123")
    connected.client.close()


def test_units_that_may_not_be_listed_fall_back_with_the_reason(tenant: Tenant, keeper: Keeper) -> None:
    tenant.fail("/Service.asmx", "status", status=403)
    connected = service.connect(JobContext(), keeper, saved(keeper, tenant), ExchangeLog())
    assert [unit.account_id for unit in connected.units] == [str(tenant.ready.account_id)]
    assert "Only the package's own business unit is listed" in connected.note
    connected.client.close()


def test_token_state_asks_nobody(tenant: Tenant, keeper: Keeper) -> None:
    profile = service.profile_from(values(tenant), None)
    client = Client(profile.credentials(tenant.ready.client_secret))
    assert service.token_state(client) == service.TokenState(None, None, 0)
    client.token()
    state = service.token_state(client)
    assert state.age is not None
    assert state.left is not None
    assert 0 <= state.age < 60 < state.left
    assert state.requested == 1
    client.close()


def test_no_secret_is_recorded(tenant: Tenant, keeper: Keeper) -> None:
    log = ExchangeLog()
    connected = service.connect(JobContext(), keeper, saved(keeper, tenant), log)
    token = connected.client.known_token()
    assert token is not None
    recorded = repr(log.list())
    assert len(log.list()) >= 3
    assert tenant.ready.client_secret not in recorded
    assert token.value not in recorded
    assert tenant.ready.client_secret not in (keeper.store.path).read_text()
    connected.client.close()


def test_saving_keeps_the_secret_where_it_was_said(tenant: Tenant, keeper: Keeper, drawer: Drawer) -> None:
    profile = saved(keeper, tenant)
    assert drawer.kept == {profile.id: tenant.ready.client_secret}
    asked = values(tenant, secret_place=service.SESSION)
    session = service.save(keeper, service.profile_from(asked, profile), "", profile)
    assert drawer.kept == {}
    assert keeper.secret(session) == tenant.ready.client_secret
    back = service.save(keeper, service.profile_from(values(tenant), session), "", session)
    assert keeper.session.get(profile.id) is None
    assert keeper.secret(back) == tenant.ready.client_secret


@pytest.mark.parametrize("change", [{"auth_url": "mc1234567890abcdefghijklmnop"}, {"client_id": "another"}])
def test_a_kept_secret_never_follows_to_another_tenant(tenant: Tenant, keeper: Keeper, change: dict[str, str]) -> None:
    profile = saved(keeper, tenant)
    changed = service.profile_from(values(tenant, **change), profile)
    with pytest.raises(BadInput, match="was changed"):
        service.save(keeper, changed, "", profile)
    with pytest.raises(BadInput, match="was changed"):
        service.trial_client(keeper, changed, "", profile, ExchangeLog())
    assert keeper.store.get(profile.id) == profile


def test_a_taken_name_keeps_nothing(tenant: Tenant, keeper: Keeper, drawer: Drawer) -> None:
    profile = saved(keeper, tenant)
    with pytest.raises(BadInput, match="already"):
        saved(keeper, tenant, name="NORTHERN")
    assert list(drawer.kept) == [profile.id]


def test_a_copy_has_a_name_of_its_own_and_the_secret(tenant: Tenant, keeper: Keeper) -> None:
    profile = saved(keeper, tenant)
    names = [service.duplicate(keeper, profile, f"copy{n}").name for n in range(2)]
    assert names == ["Northern copy", "Northern copy 2"]
    copy = keeper.store.get("copy1")
    assert copy is not None
    assert keeper.secret(copy) == tenant.ready.client_secret


def test_deleting_takes_the_secret_along(tenant: Tenant, keeper: Keeper, drawer: Drawer) -> None:
    profile = saved(keeper, tenant)
    assert service.delete(keeper, profile) == ""
    assert drawer.kept == {}
    assert keeper.store.list() == []
    with pytest.raises(BadInput, match="No client secret is kept"):
        keeper.secret(profile)


def test_without_a_keychain_the_reason_is_said(tenant: Tenant, home: Path) -> None:
    keeper = Keeper(ProfileStore(home / "profiles.json"), SessionVault(), None, "It is switched off.")
    assert keeper.keychain_state() == "It is switched off."
    with pytest.raises(KeychainError, match="switched off"):
        saved(keeper, tenant)
    assert keeper.store.list() == []
    profile = saved(keeper, tenant, secret_place=service.SESSION)
    assert keeper.secret(profile) == tenant.ready.client_secret


def test_a_real_lack_of_a_keychain_is_told(home: Path) -> None:
    keeper = Keeper(ProfileStore(home / "profiles.json"), SessionVault(), KeychainVault())
    assert "no keychain" in keeper.keychain_state()
