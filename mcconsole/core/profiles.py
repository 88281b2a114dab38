"""Saved connections: everything but the secret, which stays in the keychain."""

from __future__ import annotations

import json
import shutil
import threading
import uuid
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mcconsole.core import allow_list, clock, paths
from mcconsole.core.errors import BadInput
from mcconsole.core.tenant import Credentials, Environment, Tenant, account_id_problem
from mcconsole.core.upgrades import Document, Ladder

LADDER = Ladder()


@LADDER.step
def allow_everyone(document: Document) -> Document:
    """Version 2: a profile has a list of whom it may send to."""
    for item in document["profiles"]:
        item["allow_list"] = []
    return document


def new_id() -> str:
    """An id for a profile that is about to be made."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Profile:
    """A named connection. `secret_place` is "keychain" or "session"."""

    id: str
    """Also the name under which the keychain holds the secret."""
    name: str
    environment: Environment
    auth_url: str
    client_id: str
    account_id: str = ""
    secret_place: str = "keychain"  # noqa: S105  (where, not what)
    enterprise_id: str = ""
    """MID of the enterprise, once a connection told it."""
    allow_list: tuple[str, ...] = ()
    """Addresses and domains that may be sent to (see `core.allow_list`); empty for everyone."""

    @property
    def tenant(self) -> Tenant:
        """The tenant, checked again: a file may have been edited by hand."""
        return Tenant.from_text(self.auth_url)

    def credentials(self, secret: str) -> Credentials:
        """What a client connects with."""
        return Credentials(self.tenant, self.client_id, secret, self.account_id)


_Profiles = list[Profile]


class ProfileStore:
    """The profiles in one JSON file. Every change is read from the file, made, and written whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def list(self) -> _Profiles:
        """All profiles, sorted by name. BadInput when the file is damaged; it is then kept under another name."""
        with self._lock:
            return sorted(self._read(), key=lambda profile: profile.name.casefold())

    def get(self, profile_id: str) -> Profile | None:
        """The profile with this id."""
        return next((p for p in self.list() if p.id == profile_id), None)

    def by_name(self, name: str) -> Profile | None:
        """The profile of this name, whatever its case."""
        return next((p for p in self.list() if p.name.casefold() == name.strip().casefold()), None)

    def save(self, profile: Profile) -> None:
        """Add a profile, or replace the one with the same id. BadInput for a bad value or a name that is taken."""
        _check(profile)
        with self._lock:
            others = [p for p in self._read() if p.id != profile.id]
            if any(p.name.casefold() == profile.name.casefold() for p in others):
                raise BadInput(f"There is a profile named “{profile.name}” already.", advice="Choose another name.")
            self._write([*others, profile])

    def delete(self, profile_id: str) -> None:
        """Remove a profile; nothing happens when there is none with this id."""
        with self._lock:
            self._write([p for p in self._read() if p.id != profile_id])

    def _read(self) -> _Profiles:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BadInput(f"cannot be read: {error.strerror or error}", path=self.path) from None
        try:
            document = LADDER.upgrade(json.loads(raw))
            return [_profile(item) for item in document["profiles"]]
        except BadInput as error:
            raise BadInput(str(error), path=self.path, advice=error.advice) from None
        except (ValueError, KeyError, TypeError, RecursionError):
            kept = self._set_aside()
            raise BadInput(
                f"The saved profiles are damaged and were set aside as {kept.name}.",
                path=self.path,
                advice="Enter the profiles again, or repair that file and give it back its name. The secrets are still "
                "in the keychain.",
            ) from None

    def _set_aside(self) -> Path:
        stamp = clock.now().strftime("%Y%m%d-%H%M%S")
        for number in range(1000):
            kept = self.path.with_name(f"{self.path.stem}.damaged-{stamp}{f'-{number}' if number else ''}.json")
            if not kept.exists():
                break
        return self.path.replace(kept)

    def _write(self, profiles: _Profiles) -> None:
        paths.private_folder(self.path.parent)
        self._back_up_older()
        document: Document = {
            "schema_version": LADDER.version,
            "profiles": [asdict(p) for p in sorted(profiles, key=lambda p: p.name.casefold())],
        }
        with paths.atomic_write(self.path) as file:
            file.write(json.dumps(document, indent=2, ensure_ascii=False).encode())

    def _back_up_older(self) -> None:
        """Keep a file of an older version beside the new one, for a console that is taken back a version."""
        if not self.path.exists():
            return
        version = json.loads(self.path.read_bytes())["schema_version"]
        if version < LADDER.version:
            shutil.copy2(self.path, self.path.with_name(f"{self.path.stem}.schema-{version}.json"))


def _check(profile: Profile) -> None:
    if not profile.name.strip():
        raise BadInput("The profile needs a name.")
    if not profile.client_id.strip():
        raise BadInput(
            "The client id is missing.", advice="It stands on the installed package's page, beside the secret."
        )
    if problem := account_id_problem(profile.account_id):
        raise BadInput(problem)
    Tenant.from_text(profile.auth_url)


def _profile(item: object) -> Profile:
    """A profile from its JSON object; ValueError, KeyError or TypeError when it is none."""
    if not isinstance(item, dict):
        raise TypeError(item)
    values = {f.name: item[f.name] for f in fields(Profile) if f.name in item}
    allowed = values.pop("allow_list", [])
    texts = [*values.values(), *allowed] if isinstance(allowed, list) else [None]
    if not all(isinstance(value, str) for value in texts) or not values["id"]:
        raise ValueError(item)
    values["allow_list"] = tuple(map(allow_list.entry, allowed))
    values["environment"] = Environment(values["environment"])
    return Profile(**values)
