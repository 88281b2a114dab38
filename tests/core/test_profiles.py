"""Profiles on disk: kept, upgraded, never lost and never overwritten."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from mcconsole.core.errors import BadInput
from mcconsole.core.profiles import LADDER, Profile, ProfileStore, new_id
from mcconsole.core.tenant import Environment, Tenant
from mcconsole.core.upgrades import Document, Ladder

AUTH = "https://mcexample-tenant.auth.marketingcloudapis.com/"


def profile(name: str = "EMEA", **changes: str) -> Profile:
    return replace(Profile(new_id(), name, Environment.TEST, AUTH, "client", "510001234"), **changes)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "folder" / "profiles.json")


def test_save_list_get_delete(store: ProfileStore) -> None:
    assert store.list() == []
    first, second = profile("b"), profile("A", secret_place="session", enterprise_id="1")
    store.save(first)
    store.save(second)
    assert store.list() == [second, first]
    assert store.get(first.id) == first
    assert store.by_name(" a ") == second
    assert store.by_name("nobody") is None
    renamed = replace(first, name="c")
    store.save(renamed)
    assert store.list() == [second, renamed]
    store.delete(second.id)
    store.delete(second.id)
    assert ProfileStore(store.path).list() == [renamed]


def test_a_profile_makes_credentials(store: ProfileStore) -> None:
    credentials = profile().credentials("s3cret-value")
    assert credentials.tenant == Tenant(AUTH)
    assert (credentials.client_id, credentials.account_id) == ("client", "510001234")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_only_the_owner_may_read(store: ProfileStore) -> None:
    store.save(profile())
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert store.path.parent.stat().st_mode & 0o777 == 0o700


def test_no_secret_is_written(store: ProfileStore) -> None:
    store.save(profile())
    assert "secret" not in store.path.read_text().replace("secret_place", "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": " "}, "name"),
        ({"client_id": ""}, "client id"),
        ({"account_id": "x"}, "MID"),
        ({"auth_url": "https://evil.example/"}, "not a host"),
    ],
)
def test_a_bad_profile_is_not_saved(store: ProfileStore, changes: dict[str, str], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        store.save(profile(**changes))
    assert not store.path.exists()


def test_two_profiles_cannot_share_a_name(store: ProfileStore) -> None:
    store.save(profile("EMEA"))
    with pytest.raises(BadInput, match="already"):
        store.save(profile("emea"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b"{}",
        b'{"schema_version": 1}',
        b'{"schema_version": true, "profiles": []}',
        b'{"schema_version": 1, "profiles": [{"id": "1"}]}',
        b'{"schema_version": 1, "profiles": [{"id": 1, "name": 2}]}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_set_aside(store: ProfileStore, content: bytes) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(content)
    with pytest.raises(BadInput, match="damaged") as caught:
        store.save(profile())
    kept = next(store.path.parent.glob("profiles.damaged-*.json"))
    assert kept.name in str(caught.value)
    assert kept.read_bytes() == content
    store.save(profile())
    store.path.write_bytes(content)
    with pytest.raises(BadInput, match="damaged"):
        store.list()
    assert len(list(store.path.parent.glob("profiles.damaged-*.json"))) == 2


def test_a_file_of_a_newer_console_is_left_alone(store: ProfileStore) -> None:
    store.path.parent.mkdir()
    content = json.dumps({"schema_version": LADDER.version + 1, "profiles": []})
    store.path.write_text(content)
    for attempt in (store.list, lambda: store.save(profile())):
        with pytest.raises(BadInput, match="newer"):
            attempt()
    assert store.path.read_text() == content


def test_an_older_file_is_upgraded_and_kept(store: ProfileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    ladder = Ladder()

    @ladder.step
    def name_the_client(document: Document) -> Document:
        for item in document["profiles"]:
            item["client_id"] = item.pop("client")
        return document

    monkeypatch.setattr("mcconsole.core.profiles.LADDER", ladder)
    store.path.parent.mkdir()
    old = {"id": "1", "name": "old", "environment": "test", "auth_url": AUTH, "client": "c"}
    content = json.dumps({"schema_version": 1, "profiles": [old]})
    store.path.write_text(content)
    assert store.list() == [Profile("1", "old", Environment.TEST, AUTH, "c")]
    assert store.path.read_text() == content
    store.save(profile("new"))
    assert json.loads(store.path.read_text())["schema_version"] == 2
    assert (store.path.parent / "profiles.schema-1.json").read_text() == content


def test_a_file_without_allow_lists_allows_everyone(store: ProfileStore) -> None:
    store.path.parent.mkdir()
    old = {"id": "1", "name": "old", "environment": "test", "auth_url": AUTH, "client_id": "c"}
    store.path.write_text(json.dumps({"schema_version": 1, "profiles": [old]}))
    (found,) = store.list()
    assert found.allow_list == ()
    store.save(replace(found, allow_list=("example.com", "ann@example.org")))
    assert store.list()[0].allow_list == ("example.com", "ann@example.org")


def test_every_upgrade_step_of_the_profiles_has_a_test() -> None:
    tested = {"allow_everyone"}
    assert {step.__name__ for step in LADDER.steps} == tested
