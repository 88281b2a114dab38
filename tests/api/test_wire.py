"""The way to the tenant: TLS, proxies, names, and what must never be added to a request."""

from __future__ import annotations

import datetime
import errno
import gzip
import ipaddress
import os
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.api.retry import Limits
from mcconsole.api.wire import Request
from mcconsole.core.errors import ApiError, BadAnswer, NotSent
from mcconsole.core.jobs import JobContext
from mcconsole.core.tenant import Credentials, Tenant
from tests.api.raw import FAST, Raw, answer, connect, serving

READ = Operation("read", "GET", "/thing", reads=True)
ONCE = Operation("fire", "POST", "/thing", once=True)
MB = 1024 * 1024
REAL = Tenant("https://mcexample-tenant.auth.marketingcloudapis.com/")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of this machine's own proxies and certificates."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def real() -> Iterator[Client]:
    """A client of a tenant on the internet, which is never reached."""
    made = Client(Credentials(REAL, "id", "s3cret-value"), limits=FAST)
    yield made
    made.close()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody signed, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "raw tenant")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, secret)
    return path, context


def test_a_certificate_that_nobody_trusts_stops_everything(tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    with serving(context) as raw:
        client = connect(raw)
        with pytest.raises(NotSent, match=r"certificate of 127\.0\.0\.1 is not trusted") as caught:
            client.rest(READ)
        assert "proxy" in caught.value.advice
        assert client.tokens_requested == 1
        assert raw.tokens == 0
        client.close()


def test_an_authority_named_by_the_environment_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, context = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with serving(context) as raw:
        client = connect(raw)
        raw.scripts = [answer({"n": 1})]
        assert client.rest(READ).json() == {"n": 1}
        client.close()


def test_a_server_without_tls(raw: Raw) -> None:
    tenant = Tenant(raw.url.replace("http:", "https:"))
    client = Client(Credentials(tenant, "id", "s3cret-value"), limits=FAST)
    with pytest.raises(NotSent, match="No TLS connection"):
        client.rest(READ)
    client.close()


def test_an_unknown_host(real: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def unknown(host: str, *_: object, **__: object) -> object:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotSent, match=r"There is no host mcexample-tenant\.auth\.marketingcloudapis\.com"):
        real.rest(ONCE)
    assert len(asked) == 1


def test_no_network(real: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    with pytest.raises(NotSent, match="could not be looked up"):
        real.rest(ONCE)
    assert real.tokens_requested == FAST.attempts


def test_no_route(real: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> object:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("", 1))])
    monkeypatch.setattr(socket.socket, "connect", unreachable)
    with pytest.raises(NotSent, match="There is no way to"):
        real.rest(ONCE)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A proxy that wants a password; what it was asked."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve, name="proxy")
    thread.start()
    monkeypatch.setenv("https_proxy", f"http://user:pr0xy-s3cret@127.0.0.1:{listener.getsockname()[1]}")
    monkeypatch.setenv("http_proxy", os.environ["https_proxy"])
    yield heard
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


def test_a_proxy_that_refuses(real: Client, proxy: list[bytes]) -> None:
    with pytest.raises(NotSent, match=r"The proxy refused to connect to Marketing Cloud \(407.*user name and password"):
        real.rest(ONCE)
    assert proxy[0].startswith(b"CONNECT mcexample-tenant.auth.marketingcloudapis.com:443 ")
    assert len(proxy) == 1
    assert "pr0xy-s3cret" not in repr(real.log.list())


def test_a_proxy_that_is_not_there(real: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    with pytest.raises(NotSent, match="The proxy could not be reached"):
        real.rest(ONCE)


def test_a_tenant_on_this_machine_is_reached_past_any_proxy(raw: Raw, client: Client, proxy: list[bytes]) -> None:
    raw.scripts = [answer({})]
    client.rest(READ)
    assert proxy == []


def test_netrc_does_not_replace_the_token(
    raw: Raw, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password s0mething\ndefault login x password y\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    raw.scripts = [answer({})]
    client.rest(READ)
    assert raw.seen[0].headers["authorization"] == "Bearer raw-token-number-1"


def test_cookies_are_not_kept(raw: Raw, client: Client) -> None:
    raw.scripts = [answer({}, 200, "Set-Cookie: a=b; Path=/"), answer({})]
    client.rest(READ)
    client.rest(READ)
    assert "cookie" not in raw.seen[1].headers


def test_a_stale_connection_counts_as_maybe_sent(raw: Raw) -> None:
    """A kept connection that is cut as the next request goes out: nobody knows whether that was read."""

    def two_on_one(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        connection.recv(65536)
        connection.close()

    client = connect(raw, limits=Limits(base=0.001))
    client.token()
    raw.scripts = [two_on_one, answer({})]
    client.rest(READ)
    with pytest.raises(ApiError) as caught:
        client.rest(ONCE)
    assert type(caught.value).__name__ == "OutcomeUnknown"
    assert len(raw.seen) == 1
    client.close()


def test_plain_http_is_impossible_for_a_tenant_on_the_internet(real: Client) -> None:
    session = real._shared.wire._session()
    assert list(session.adapters) == ["https://"]
    assert session.trust_env is False


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_of_a_gigabyte_is_given_up_within_a_few_megabytes(raw: Raw, layers: int) -> None:
    packed = gzip.compress(bytes(16 * MB)) * 64
    for _ in range(layers - 1):
        packed = gzip.compress(packed)
    encoding = ", ".join(["gzip"] * layers)
    raw.scripts = [answer(packed, 200, f"Content-Encoding: {encoding}")]
    client = connect(raw, answer_cap=4 * MB, limits=Limits(attempts=1))
    client.token()
    tracemalloc.start()
    try:
        with pytest.raises(BadAnswer, match="larger than 4 MB"):
            client.rest(READ)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    client.close()
    assert most < 24 * MB
    assert 4 * MB < client.log.list()[-1].response.size < 5 * MB


def test_an_answer_is_held_once_while_it_comes_in(raw: Raw) -> None:
    raw.scripts = [answer(bytes(32 * MB))]
    client = connect(raw)
    client.token()
    tracemalloc.start()
    try:
        client._shared.wire.send(Request("GET", f"{raw.url}thing", {}), JobContext())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    client.close()
    assert most < 48 * MB
