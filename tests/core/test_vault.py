"""The vault with stand-ins for the keychain; the real one is in test_keychain."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import ModuleType

import keyring
import keyring.backend
import keyring.backends.fail
import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringError, KeyringLocked

from mcconsole.core import vault
from mcconsole.core.errors import KeychainError
from mcconsole.core.vault import KeychainVault, SessionVault


class Backend:
    """A stand-in that behaves as a backend of keyring's own."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.raises: Exception | None = None
        self.forgets = False
        self.gate: threading.Event | None = None

    @staticmethod
    def foreign() -> keyring.backend.KeyringBackend:
        return keyring.backends.fail.Keyring()  # type: ignore[no-untyped-call]

    def get_password(self, service: str, name: str) -> str | None:
        if self.gate is not None:
            self.gate.wait(30)
        if self.raises is not None:
            raise self.raises
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        if not self.forgets:
            self.kept[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Backend:
    made = Backend()
    monkeypatch.setattr(Backend, "__module__", "keyring.backends.SecretService")
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    return made


@pytest.mark.parametrize("kind", ["session", "keychain"])
def test_get_set_delete(kind: str, backend: Backend) -> None:
    place = SessionVault() if kind == "session" else KeychainVault()
    assert place.get("p1") is None
    place.set("p1", "s3cret-value")
    place.set("p2", "other-value")
    assert (place.get("p1"), place.get("p2")) == ("s3cret-value", "other-value")
    place.delete("p1")
    place.delete("p1")
    assert place.get("p1") is None


def test_the_tests_own_keychain_is_refused() -> None:
    works, reason = vault.available()
    assert not works
    assert "no keychain" in reason
    with pytest.raises(KeychainError, match="no keychain"):
        KeychainVault().set("p", "s3cret-value")


@pytest.mark.parametrize("module", ["keyrings.alt.file", "keyring.backends.null", "keyring.backends.fail", "somebody"])
def test_foreign_backends_are_refused(module: str, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backend, "__module__", module)
    with pytest.raises(KeychainError, match="no keychain"):
        KeychainVault().set("p", "s3cret-value")
    assert backend.kept == {}


def test_a_chain_is_searched_for_the_systems_own(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    class Chain(ChainerBackend):
        backends = [Backend.foreign(), backend]  # noqa: RUF012

    monkeypatch.setattr(keyring, "get_keyring", Chain)
    KeychainVault().set("p", "s3cret-value")
    assert backend.kept == {("mcconsole", "p"): "s3cret-value"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyringLocked("locked"), "locked"),
        (KeyringError("it holds s3cret-value"), "refused"),
        (OSError("bus"), "refused"),
    ],
)
def test_errors_are_told_in_words_without_the_secret(error: Exception, words: str, backend: Backend) -> None:
    place = KeychainVault()
    place.set("p", "s3cret-value")
    backend.raises = error
    with pytest.raises(KeychainError, match=words) as caught:
        place.get("p")
    assert "s3cret-value" not in f"{caught.value} {caught.value.said} {caught.value.advice}"
    assert place.available()[0] is False


def test_a_keychain_that_forgets_is_found_out(backend: Backend) -> None:
    backend.forgets = True
    with pytest.raises(KeychainError, match="did not keep"):
        KeychainVault().set("p", "s3cret-value")


@pytest.fixture
def gate(backend: Backend) -> Iterator[threading.Event]:
    backend.gate = threading.Event()
    yield backend.gate
    backend.gate.set()


def test_a_silent_keychain_is_not_waited_for(backend: Backend, gate: threading.Event) -> None:
    place = KeychainVault(patience=0.05)
    with pytest.raises(KeychainError, match="did not answer"):
        place.get("p")
    with pytest.raises(KeychainError, match="still busy"):
        place.get("p")


def test_a_failure_of_the_library_is_no_silence(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    backend.raises = ZeroDivisionError()
    with pytest.raises(KeychainError, match="not known"):
        KeychainVault().get("p")


def test_keyring_is_imported_only_when_needed() -> None:
    assert not [name for name, value in vars(vault).items() if isinstance(value, ModuleType) and "keyring" in name]
