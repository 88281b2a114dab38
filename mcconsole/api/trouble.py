"""Why no whole answer came, in words, told from what the network libraries raise."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

_UNKNOWN_HOST = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_FAIL") if hasattr(socket, name)}
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong on the way, in words for the user."""

    what: str
    advice: str = ""
    sent: bool = True
    """Whether any byte of the request may have left this machine."""
    hopeless: bool = False
    """Whether it would end the same way again."""


def trouble(error: Exception, url: str, *, left: bool, timeout: float) -> Trouble:
    """The words for an error. `left` says whether the request had begun to leave; it decides, not the error's type."""
    host = urlsplit(url).hostname or url
    causes = list(_causes(error))
    return _after(causes, host, timeout) if left else _before(causes, host)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it was made from, once each."""
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        linked = [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]
        waiting += [c for c in linked if isinstance(c, BaseException)]


def _before(causes: list[BaseException], host: str) -> Trouble:
    """Nothing was sent."""
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            if cause.errno in _UNKNOWN_HOST:
                return Trouble(
                    f"There is no host {host}.",
                    "Check the tenant's subdomain, and that this machine is online.",
                    sent=False,
                    hopeless=True,
                )
            return Trouble(
                f"The host {host} could not be looked up.", "Is this machine online?", sent=False, hopeless=False
            )
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = getattr(cause, "verify_message", "") or cause.reason or "no reason given"
            return Trouble(
                f"The certificate of {host} is not trusted: {reason}.",
                "A company proxy that opens TLS needs its certificate in the system's certificate store.",
                sent=False,
                hopeless=True,
            )
    if any(isinstance(c, ssl.SSLError) for c in causes):
        reason = next((c.reason for c in causes if isinstance(c, ssl.SSLError) and c.reason), "handshake failed")
        return Trouble(
            f"No TLS connection to {host} came about ({reason}).",
            "Something between this machine and Marketing Cloud may interfere: a proxy, a firewall, a captive portal.",
            sent=False,
            hopeless=True,
        )
    proxied = _proxy_words(causes)
    if proxied:
        return Trouble(proxied, "Check HTTPS_PROXY or the system's proxy settings.", sent=False, hopeless=True)
    if any(isinstance(c, ConnectionRefusedError) for c in causes):
        return Trouble(f"{host} refused the connection.", "Is the address right, and the tenant up?", sent=False)
    if any(isinstance(c, OSError) and c.errno in _NO_WAY for c in causes):
        return Trouble(f"There is no way to {host} from this machine.", "Is this machine online?", sent=False)
    if any(isinstance(c, TimeoutError | urllib3.exceptions.ConnectTimeoutError) for c in causes):
        return Trouble(f"{host} did not take the connection in time.", "Is there a firewall or a VPN?", sent=False)
    if any(isinstance(c, requests.exceptions.InvalidSchema) for c in causes):
        return Trouble(f"Plain http to {host} is not used.", sent=False, hopeless=True)
    return Trouble(f"No connection to {host} came about ({_innermost(causes)}).", sent=False)


def _proxy_words(causes: list[BaseException]) -> str:
    tunnel = next((str(c) for c in causes if isinstance(c, OSError) and "Tunnel connection failed" in str(c)), "")
    if tunnel:
        code = tunnel.partition("failed:")[2].strip()
        wants = " It wants a user name and password." if code.startswith("407") else ""
        return f"The proxy refused to connect to Marketing Cloud ({code}).{wants}"
    if any(isinstance(c, requests.exceptions.ProxyError | urllib3.exceptions.ProxyError) for c in causes):
        return f"The proxy could not be reached ({_innermost(causes)})."
    return ""


def _after(causes: list[BaseException], host: str, timeout: float) -> Trouble:
    """The request left, at least in part."""
    if any(isinstance(c, TimeoutError | urllib3.exceptions.ReadTimeoutError) for c in causes):
        return Trouble(f"{host} did not answer within {timeout:g} seconds.")
    if any(isinstance(c, urllib3.exceptions.DecodeError | requests.exceptions.ContentDecodingError) for c in causes):
        return Trouble(f"The answer of {host} is compressed in a way that cannot be read.")
    if any(isinstance(c, urllib3.exceptions.IncompleteRead | urllib3.exceptions.InvalidChunkLength) for c in causes):
        return Trouble(f"The answer of {host} broke off.")
    return Trouble(f"The connection to {host} was cut before an answer came ({_innermost(causes)}).")


def _innermost(causes: list[BaseException]) -> str:
    """The name of the lowest error: its text may hold addresses of no use to the reader."""
    last = next((c for c in reversed(causes) if isinstance(c, OSError) and c.strerror), None)
    return str(last.strerror) if isinstance(last, OSError) else type(causes[-1]).__name__
