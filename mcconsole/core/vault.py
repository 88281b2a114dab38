"""Where secrets are kept: the system's keychain, or this process's memory. Never a file of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from mcconsole.core import redact
from mcconsole.core.errors import KeychainError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

Result = TypeVar("Result")

SERVICE = "mcconsole"
PATIENCE = 10.0
"""Seconds that the keychain has to answer; it may be waiting for its owner to unlock it."""

SYSTEM_BACKENDS = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)
"""keyring's own, each of which hands the secret to the operating system. `keyrings.alt` writes files: refused."""

_THIS_SESSION = "The secret can be kept for this session only."


class Vault(Protocol):
    """A place for secrets, by profile id."""

    def get(self, key: str) -> str | None:
        """The secret, or None when there is none."""
        ...

    def set(self, key: str, secret: str) -> None:
        """Keep a secret, in place of one that is there."""
        ...

    def delete(self, key: str) -> None:
        """Forget a secret; nothing happens when there is none."""
        ...


class SessionVault:
    """Memory of this process."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        """The secret, or None when there is none."""
        return self._secrets.get(key)

    def set(self, key: str, secret: str) -> None:
        """Keep a secret until the program ends."""
        redact.SECRETS.add(secret)
        self._secrets[key] = secret

    def delete(self, key: str) -> None:
        """Forget a secret."""
        self._secrets.pop(key, None)


class KeychainVault:
    """The system's keychain. Every method raises KeychainError in words, at the latest after `patience` seconds."""

    def __init__(self, service: str = SERVICE, patience: float = PATIENCE) -> None:
        self._service = service
        self._patience = patience
        self._busy = threading.Lock()

    def get(self, key: str) -> str | None:
        """The secret, or None when there is none."""
        secret = self._ask(lambda backend: backend.get_password(self._service, key))
        if secret is not None:
            redact.SECRETS.add(secret)
        return secret

    def set(self, key: str, secret: str) -> None:
        """Keep a secret, and read it back: some keychains say yes and keep nothing."""
        redact.SECRETS.add(secret)

        def keep(backend: KeyringBackend) -> bool:
            backend.set_password(self._service, key, secret)
            return backend.get_password(self._service, key) == secret

        if not self._ask(keep):
            raise KeychainError("The system keychain did not keep the secret.", advice=_THIS_SESSION)

    def delete(self, key: str) -> None:
        """Forget a secret."""

        def forget(backend: KeyringBackend) -> None:
            if backend.get_password(self._service, key) is not None:
                backend.delete_password(self._service, key)

        self._ask(forget)

    def available(self) -> tuple[bool, str]:
        """Whether the keychain works, and why not: it is asked for a secret that nobody keeps."""
        try:
            self._ask(lambda backend: backend.get_password(self._service, "is-it-there"))
        except KeychainError as error:
            return False, f"{error} {error.advice}".strip()
        return True, ""

    def _ask(self, question: Callable[[KeyringBackend], Result]) -> Result:
        """Put a question to the keychain in a thread of its own, as some wait for their owner without end."""
        if not self._busy.acquire(blocking=False):
            raise KeychainError(
                "The system keychain is still busy with an earlier question.",
                advice="Look for its window that asks to be unlocked, then try again.",
            )
        answers: list[Result] = []
        problems: list[KeychainError] = []

        def work() -> None:
            try:
                answers.append(_in_words(question))
            except KeychainError as error:
                problems.append(error)
            finally:
                self._busy.release()

        thread = threading.Thread(target=work, name="keychain", daemon=True)
        thread.start()
        thread.join(self._patience)
        if problems:
            raise problems[0]
        if not answers and not thread.is_alive():
            raise KeychainError("The system keychain failed in a way that is not known.", advice=_THIS_SESSION)
        if not answers:
            raise KeychainError(
                f"The system keychain did not answer within {self._patience:g} seconds.",
                advice=f"Unlock it, then try again. {_THIS_SESSION}",
            )
        return answers[0]


def available() -> tuple[bool, str]:
    """Whether the system keychain can be used, and the reason when not."""
    return KeychainVault().available()


def _in_words(question: Callable[[KeyringBackend], Result]) -> Result:
    """Ask, and turn whatever the keychain's library raises into words. Errors never hold the secret."""
    import keyring.errors

    named: tuple[type[Exception], ...] = (
        keyring.errors.KeyringError,
        RuntimeError,
        OSError,
        ValueError,
        *_library_errors(),
    )
    try:
        return question(_backend())
    except keyring.errors.KeyringLocked:
        advice = f"Unlock it, then try again. {_THIS_SESSION}"
        raise KeychainError("The system keychain is locked.", advice=advice) from None
    except named as error:
        said = redact.SECRETS.mask_text(str(error))
        raise KeychainError("The system keychain refused.", said=said, advice=_THIS_SESSION) from None


def _library_errors() -> tuple[type[Exception], ...]:
    """Errors of the Linux library beneath keyring, which keyring lets through."""
    try:
        from secretstorage.exceptions import SecretStorageException
    except ImportError:
        return ()
    return (SecretStorageException,)


def _backend() -> KeyringBackend:
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    candidates = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    for backend in candidates:
        if type(backend).__module__ in SYSTEM_BACKENDS:
            return backend
    name = f"{type(chosen).__module__}.{type(chosen).__qualname__}"
    raise KeychainError(
        f"This system offers no keychain (found only {name}).",
        advice=f"On Linux, install and start GNOME Keyring or KWallet. {_THIS_SESSION}",
    )
