"""Tokens: one request for many threads, refreshed early, dropped when refused, and never sent elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.api.tokens import Token, TokenCache, parse
from mcconsole.core import clock
from mcconsole.core.errors import AuthFailed, BadAnswer, NotSent
from mcconsole.core.jobs import JobContext
from mcconsole.core.tenant import Credentials, Tenant
from tests.api.raw import SECRET, Raw, answer, connect

TENANT = Tenant("https://mcexample.auth.marketingcloudapis.com/")
CREDENTIALS = Credentials(TENANT, "id", "s3cret-value")
READ = Operation("read", "GET", "/thing", reads=True)


@dataclass
class Fake:
    """A clock, and a token endpoint that counts."""

    now: float = 1000.0
    life: float = 1079.0
    asked: list[Credentials] = field(default_factory=list)
    error: Exception | None = None
    before: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now

    def fetch(self, credentials: Credentials, ctx: JobContext) -> Token:
        self.asked.append(credentials)
        self.before()
        if self.error is not None:
            raise self.error
        return Token(f"token-{len(self.asked)}", "", "https://rest/", "", self.life, clock.now(), self.now)


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def cache(fake: Fake) -> TokenCache:
    return TokenCache(fake.fetch, fake)


def get(cache: TokenCache) -> str:
    return cache.get(CREDENTIALS, JobContext()).value


def test_one_token_serves_its_whole_life(fake: Fake, cache: TokenCache) -> None:
    assert cache.peek(CREDENTIALS) is None
    for _ in range(1018):
        assert get(cache) == "token-1"
        fake.now += 1
    fake.now += 1
    assert get(cache) == "token-2"


@pytest.mark.parametrize("life", [0.5, 3, 60, 240, 1079, 7200])
def test_a_token_is_used_for_most_of_its_life_and_not_to_the_end(fake: Fake, cache: TokenCache, life: float) -> None:
    fake.life = life
    get(cache)
    fake.now += life * 0.7
    assert get(cache) == "token-1"
    fake.now += life * 0.2975
    assert get(cache) == "token-2"


@pytest.mark.parametrize("change", [{"account_id": "2"}, {"scope": "email_read"}, {"client_id": "other"}])
def test_a_token_is_for_one_client_unit_and_scope(fake: Fake, cache: TokenCache, change: dict[str, str]) -> None:
    other = Credentials(**{"tenant": TENANT, "client_id": "id", "client_secret": "s3cret-value"} | change)  # type: ignore[arg-type]
    assert get(cache) == "token-1"
    assert cache.get(other, JobContext()).value == "token-2"
    assert get(cache) == "token-1"


def test_many_threads_ask_once(fake: Fake, cache: TokenCache) -> None:
    together = threading.Barrier(16)

    def one() -> str:
        together.wait(10)
        return get(cache)

    with ThreadPoolExecutor(16) as pool:
        assert {future.result() for future in [pool.submit(one) for _ in range(16)]} == {"token-1"}
    assert len(fake.asked) == 1


def test_one_thread_refreshes_early_while_others_go_on(fake: Fake, cache: TokenCache) -> None:
    get(cache)
    fake.now += 1079 - 50
    started, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        started.set()
        go_on.wait(10)

    fake.before = hold
    with ThreadPoolExecutor(1) as pool:
        refreshing = pool.submit(get, cache)
        assert started.wait(10)
        assert get(cache) == "token-1"
        go_on.set()
        assert refreshing.result() == "token-2"
    assert get(cache) == "token-2"
    assert len(fake.asked) == 2


def test_a_failed_early_refresh_is_no_error_and_not_repeated_at_once(fake: Fake, cache: TokenCache) -> None:
    get(cache)
    fake.now += 1079 - 50
    fake.error = NotSent("down")
    assert [get(cache) for _ in range(5)] == ["token-1"] * 5
    assert len(fake.asked) == 2
    fake.now += 45
    with pytest.raises(NotSent):
        get(cache)
    fake.error = None
    assert get(cache) == "token-4"


def test_a_refused_token_is_dropped_once(fake: Fake, cache: TokenCache) -> None:
    first = cache.get(CREDENTIALS, JobContext())
    cache.drop(CREDENTIALS, first)
    assert get(cache) == "token-2"
    cache.drop(CREDENTIALS, first)
    assert get(cache) == "token-2"


REST = "https://mcexample.rest.marketingcloudapis.com"
GOOD = {"access_token": "abcdefgh", "expires_in": 1079, "scope": "a b", "rest_instance_url": REST}


def test_a_token_answer() -> None:
    token = parse(GOOD | {"soap_instance_url": "https://mcexample.soap.marketingcloudapis.com/"}, TENANT, 5.0)
    assert (token.rest_url, token.soap_url) == (f"{REST}/", "https://mcexample.soap.marketingcloudapis.com/")
    assert (token.scope, token.life, token.left(105.0)) == ("a b", 1079.0, 979.0)
    assert token.value not in repr(token)
    assert (token.expires - token.obtained).total_seconds() == 1079


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"access_token": None}, "no access token"),
        ({"access_token": ""}, "no access token"),
        ({"access_token": "abcdefgh\r\nX-Evil: 1"}, "no access token"),
        ({"access_token": "abcdefgh" * 4096}, "no access token"),
        ({"expires_in": None}, "how long"),
        ({"expires_in": "1079"}, "how long"),
        ({"expires_in": 0}, "how long"),
        ({"expires_in": True}, "how long"),
        ({"expires_in": float("nan")}, "how long"),
        ({"rest_instance_url": None}, "rest_instance_url"),
        ({"rest_instance_url": "https://evil.example/"}, "evil.example"),
        ({"rest_instance_url": "http://mcexample.rest.marketingcloudapis.com/"}, "not a host of the tenant"),
        ({"rest_instance_url": "https://mcother.rest.marketingcloudapis.com/"}, "not a host of the tenant"),
        ({"soap_instance_url": "https://evil.example/"}, "soap_instance_url"),
        ({"soap_instance_url": 5}, "soap_instance_url"),
    ],
)
def test_a_token_answer_that_cannot_be_used(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(GOOD | change, TENANT, 0.0)


def test_no_token_goes_to_a_foreign_host(raw: Raw, client: Client) -> None:
    raw.instance_url = "http://127.0.0.2:9/"
    with pytest.raises(BadAnswer, match=r"127\.0\.0\.2:9/, which is not a host of the tenant"):
        client.rest(READ)
    assert raw.seen == []


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            401,
            {"error": "invalid_client", "error_description": "Client authentication failed."},
            "client secret is not",
        ),
        (400, {"error": "invalid_scope", "error_description": "no"}, "scope was asked for"),
        (400, {"error": "something"}, "No token was given"),
    ],
)
def test_refused_credentials_in_words(raw: Raw, client: Client, status: int, body: dict[str, str], words: str) -> None:
    raw.token_scripts = [answer(body, status)]
    with pytest.raises(AuthFailed, match=words) as caught:
        client.token()
    assert caught.value.said.startswith(body["error"])
    assert SECRET not in repr(client.log.list())


def test_what_is_asked_for(raw: Raw) -> None:
    bodies: list[bytes] = []
    client = connect(raw).for_business_unit("510001234")
    client.log.subscribe(lambda exchange: bodies.append(exchange.request.data))
    client.token()
    wanted = b'{"grant_type": "client_credentials", "client_id": "raw-client", "client_secret": "***"'
    assert bodies == [wanted + b', "account_id": "510001234"}']
    assert client.tokens_requested == 1
    known = client.known_token()
    assert known is not None
    assert known.value == "raw-token-number-1"
    assert client.for_business_unit("1").known_token() is None
    client.close()


def test_a_token_of_three_seconds_works(raw: Raw, client: Client) -> None:
    raw.life = 3
    raw.scripts = [answer({})] * 5
    for _ in range(5):
        client.rest(READ)
    assert client.tokens_requested == 1
