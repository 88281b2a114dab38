"""What a call makes of every way in which an answer can go wrong, over real sockets."""

from __future__ import annotations

import gzip
import socket
from contextlib import suppress
from dataclasses import replace

import pytest

from mcconsole.api import wire
from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.api.retry import Limits
from mcconsole.core.errors import (
    ApiError,
    AuthFailed,
    BadAnswer,
    NotFound,
    NotPermitted,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from mcconsole.core.jobs import Cancelled, JobContext
from tests.api.raw import FAST, SECRET, Raw, Script, answer, connect, reset, silence

READ = Operation("read", "GET", "/thing/{key}", reads=True, scope="data_extensions_read", timeout=5)
SAFE = Operation("upsert", "PUT", "/thing/{key}", scope="data_extensions_write", timeout=5)
ONCE = replace(SAFE, name="fire", method="POST", once=True)
PATH = {"key": "a/b"}


def truncated(connection: socket.socket) -> None:
    connection.sendall(answer({"much": "x" * 1000})[:-500])


def chunked_and_cut(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\nff\r\nabc')


def garbage(connection: socket.socket) -> None:
    connection.sendall(b"\x00\x01 this is not HTTP\r\n\r\n")


def huge_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n")


def many_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n")


def bad_gzip(connection: socket.socket) -> None:
    connection.sendall(answer(b"not gzip at all", 200, "Content-Encoding: gzip"))


LOST: list[Script] = [reset, truncated, chunked_and_cut, garbage, huge_headers, many_headers, bad_gzip]


def test_a_good_answer(raw: Raw, client: Client) -> None:
    raw.scripts = [answer({"n": 1})]
    got = client.rest(SAFE, path=PATH, query={"$page": 1}, json={"ä": [1, 2]}, label="Put")
    assert got.json() == {"n": 1}
    assert got.date is not None
    assert got.date.isoformat() == "2026-11-23T21:00:00+00:00"
    seen = raw.seen[0]
    assert (seen.method, seen.target) == ("PUT", "/thing/a%2Fb?$page=1")
    assert seen.headers["authorization"] == "Bearer raw-token-number-1"
    assert seen.headers["content-type"] == "application/json; charset=UTF-8"
    assert seen.body == '{"ä":[1,2]}'.encode()
    assert "cookie" not in seen.headers


@pytest.mark.parametrize("script", LOST)
def test_a_lost_answer_of_a_once_call_is_unknown_and_never_repeated(raw: Raw, client: Client, script: Script) -> None:
    raw.scripts = [script, answer({})]
    with pytest.raises(OutcomeUnknown) as caught:
        client.rest(ONCE, path=PATH, json={})
    assert len(raw.seen) == 1
    assert caught.value.exchange is not None
    assert caught.value.exchange.failed
    assert caught.value.exchange.error


@pytest.mark.parametrize("script", LOST)
def test_a_lost_answer_of_a_safe_call_is_repeated(raw: Raw, client: Client, script: Script) -> None:
    raw.scripts = [script, script, answer({"n": 3})]
    assert client.rest(SAFE, path=PATH, json={}).json() == {"n": 3}
    assert [exchange.attempt for exchange in client.log.list()[1:]] == [1, 2, 3]


@pytest.mark.parametrize(("operation", "kind"), [(SAFE, OutcomeUnknown), (READ, BadAnswer)])
def test_after_the_last_attempt_a_write_is_unknown_and_a_read_is_not(
    raw: Raw, client: Client, operation: Operation, kind: type[ApiError]
) -> None:
    raw.scripts = [reset] * 3
    with pytest.raises(kind):
        client.rest(operation, path=PATH)
    assert len(raw.seen) == 3


@pytest.mark.parametrize(("operation", "attempts"), [(ONCE, 1), (SAFE, 3), (READ, 3)])
def test_an_error_of_the_server(raw: Raw, client: Client, operation: Operation, attempts: int) -> None:
    page = b"<html><style>p {}</style><body><h1>Down</h1> for <b>maintenance</b></body></html>"
    raw.scripts = [answer(page, 503, content_type="text/html")] * attempts
    with pytest.raises(Rejected if operation.reads else OutcomeUnknown) as caught:
        client.rest(operation, path=PATH)
    assert caught.value.said == "Down for maintenance"
    assert len(raw.seen) == attempts


def test_silence_is_given_up(raw: Raw, client: Client) -> None:
    raw.scripts = [silence]
    with pytest.raises(OutcomeUnknown, match=r"did not answer within 0\.2 seconds"):
        client.rest(replace(ONCE, timeout=0.2), path=PATH)


def test_a_slow_drip_is_given_up(raw: Raw, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        for _ in range(100_000):
            connection.sendall(b" " * 70_000)

    client.token()
    monkeypatch.setattr(wire, "_WHOLE_ANSWER", 0)
    raw.scripts = [drip]
    with pytest.raises(OutcomeUnknown, match="too slowly"):
        client.rest(ONCE, path=PATH)


@pytest.mark.parametrize("packed", [False, True])
def test_an_endless_answer_is_given_up(raw: Raw, packed: bool) -> None:
    big = b" " * 3_000_000
    raw.scripts = [answer(gzip.compress(big), 200, "Content-Encoding: gzip") if packed else answer(big)]
    client = connect(raw, answer_cap=1024 * 1024, limits=Limits(attempts=1))
    with pytest.raises(BadAnswer, match="larger than 1 MB"):
        client.rest(READ, path=PATH)
    client.close()


def test_gzip_is_read(raw: Raw, client: Client) -> None:
    raw.scripts = [answer(gzip.compress(b'{"n": 1}'), 200, "Content-Encoding: gzip")]
    assert client.rest(READ, path=PATH).json() == {"n": 1}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(raw: Raw, client: Client, status: int) -> None:
    raw.scripts = [answer(b"", status, f"Location: {raw.url}elsewhere?access_token=v3ry")]
    with pytest.raises(Rejected, match=r"elsewhere\?access_token=\*\*\*, which is not followed"):
        client.rest(SAFE, path=PATH, json={"a": 1})
    assert len(raw.seen) == 1


def test_an_endless_redirect_is_given_up(raw: Raw) -> None:
    raw.scripts = [answer(b" " * 3_000_000, 302, f"Location: {raw.url}elsewhere")]
    client = connect(raw, answer_cap=1024 * 1024)
    with pytest.raises(Rejected, match="which is not followed"):
        client.rest(READ, path=PATH)
    assert len(client.log.list()[-1].response.data) <= 1024 * 1024
    assert "larger than 1 MB" in client.log.list()[-1].error
    client.close()


def test_a_redirected_token_request_does_not_send_the_secret_again(raw: Raw, client: Client) -> None:
    raw.token_scripts = [answer(b"", 307, f"Location: {raw.url}elsewhere")]
    with pytest.raises(Rejected):
        client.rest(READ, path=PATH)
    assert raw.seen == []


def test_a_refused_connection_is_not_sent(raw: Raw, client: Client) -> None:
    client.token()
    raw.stop()
    for operation in (ONCE, SAFE, READ):
        with pytest.raises(NotSent, match="refused the connection"):
            client.rest(operation, path=PATH)


def test_not_sent_after_a_lost_attempt_is_unknown(raw: Raw, client: Client) -> None:
    def last(connection: socket.socket) -> None:
        raw.stop()
        reset(connection)

    raw.scripts = [last]
    with pytest.raises(OutcomeUnknown, match="earlier attempt"):
        client.rest(SAFE, path=PATH)


def test_a_verdict_on_the_request_holds_for_the_lost_attempt_too(raw: Raw, client: Client) -> None:
    raw.scripts = [reset, answer({"message": "bad", "errorcode": 10005}, 400)]
    with pytest.raises(Rejected) as caught:
        client.rest(SAFE, path=PATH)
    assert (caught.value.status, caught.value.codes, caught.value.said) == (400, (10005,), "bad")
    raw.scripts = [reset, answer({"message": "there already", "errorcode": 30004}, 409)]
    with pytest.raises(OutcomeUnknown) as unknown:
        client.rest(SAFE, path=PATH)
    assert unknown.value.said == "there already"


LIMITED = {"message": "Rate limit exceeded", "errorcode": 50100, "documentation": "", "retryAfter": 0.01}


@pytest.mark.parametrize("operation", [ONCE, SAFE, READ])
def test_429_waits_as_told_and_goes_on(raw: Raw, client: Client, operation: Operation) -> None:
    raw.scripts = [answer(LIMITED, 429), answer(LIMITED, 429, "Retry-After: 0"), answer({"n": 1})]
    assert client.rest(operation, path=PATH).json() == {"n": 1}
    assert len(raw.seen) == 3


def test_a_long_wait_is_told_and_no_more_calls_leave(raw: Raw, client: Client) -> None:
    raw.scripts = [answer(LIMITED, 429, "Retry-After: 3600"), answer({})]
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            client.rest(ONCE, path=PATH)
        assert caught.value.retry_after == pytest.approx(3600, abs=5)
        assert not caught.value.blocked
    assert len(raw.seen) == 1


def test_blocked_stops_at_once(raw: Raw, client: Client) -> None:
    blocked = {"message": "Your requests are temporarily blocked.", "errorcode": 50200}
    raw.scripts = [answer(blocked, 429), answer({})]
    with pytest.raises(RateLimited, match="50200") as caught:
        client.rest(SAFE, path=PATH)
    assert caught.value.blocked
    assert caught.value.said == "Your requests are temporarily blocked."
    assert len(raw.seen) == 1


def test_contention_is_repeated_for_a_safe_call_only(raw: Raw, client: Client) -> None:
    contention = answer({"message": "Unable to save rows for data extension ID x", "errorcode": 10006}, 400)
    raw.scripts = [contention, answer([])]
    client.rest(SAFE, path=PATH)
    raw.scripts = [contention, answer([])]
    with pytest.raises(Rejected):
        client.rest(ONCE, path=PATH)


UNAUTHORISED = answer({"documentation": "", "errorcode": 0, "message": "Not Authorized"}, 401)


@pytest.mark.parametrize("operation", [ONCE, READ])
def test_401_takes_one_fresh_token_and_one_repeat(raw: Raw, client: Client, operation: Operation) -> None:
    raw.scripts = [UNAUTHORISED, answer({"n": 1})]
    assert client.rest(operation, path=PATH).json() == {"n": 1}
    assert [seen.headers["authorization"][-1] for seen in raw.seen] == ["1", "2"]
    assert client.tokens_requested == 2


def test_a_second_401_means_a_missing_scope_where_one_is_missing(raw: Raw, client: Client) -> None:
    raw.scripts = [UNAUTHORISED] * 4
    with pytest.raises(NotPermitted, match="lacks the scope data_extensions_write") as caught:
        client.rest(SAFE, path=PATH)
    assert caught.value.said == "Not Authorized"
    assert len(raw.seen) == 2
    with pytest.raises(AuthFailed, match="not even a fresh one"):
        client.rest(READ, path=PATH)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (403, {"message": "Insufficient privileges.", "errorcode": 20002}, NotPermitted, "data_extensions_write"),
        (403, {"message": "wrong", "errorcode": 40002}, AuthFailed, "wrong host"),
        (404, {"message": "Not Found", "errorcode": 404}, NotFound, "does not find"),
        (400, {"message": "Parameter {guid} is invalid.", "errorcode": 10001}, NotFound, "does not find"),
        (400, {"message": "none", "errorcode": 30003}, NotFound, "does not find"),
        (400, {"message": "bad", "errorcode": 10001}, Rejected, "refused it"),
        (409, {"message": "there", "errorcode": 30002}, Rejected, "refused it"),
        (415, b"", Rejected, "refused it"),
    ],
)
def test_refusals_in_words(
    raw: Raw, client: Client, status: int, body: object, kind: type[ApiError], words: str
) -> None:
    raw.scripts = [answer(body, status)]
    with pytest.raises(kind, match=words) as caught:
        client.rest(ONCE, path=PATH, label="Fire")
    assert type(caught.value) is kind
    assert str(caught.value).startswith("Fire: ")
    assert caught.value.said == (body["message"] if isinstance(body, dict) else "")
    assert len(raw.seen) == 1


def test_a_token_that_is_refused_after_a_lost_attempt_leaves_the_write_unknown(raw: Raw, client: Client) -> None:
    client.token()
    raw.token_scripts = [answer({"error": "invalid_client", "error_description": "revoked"}, 401)]
    raw.scripts = [reset, UNAUTHORISED]
    with pytest.raises(OutcomeUnknown, match="earlier attempt") as caught:
        client.rest(SAFE, path=PATH)
    assert caught.value.said == "invalid_client: revoked"


def test_cancel_before_sending(raw: Raw, client: Client) -> None:
    ctx = JobContext()
    client.token()
    ctx.cancel()
    with pytest.raises(Cancelled):
        client.rest(ONCE, path=PATH, ctx=ctx)
    assert raw.seen == []


@pytest.mark.parametrize("ending", [answer(LIMITED, 429, "Retry-After: 30"), answer(b"", 503)])
def test_cancel_while_waiting(raw: Raw, ending: bytes) -> None:
    client = connect(raw, limits=Limits(base=30))
    ctx = JobContext()

    def cancel_and_answer(connection: socket.socket) -> None:
        ctx.cancel()
        connection.sendall(ending)

    raw.scripts = [cancel_and_answer]
    with pytest.raises(Cancelled):
        client.rest(READ, path=PATH, ctx=ctx)
    assert client.log.list()[-1].status in (429, 503)
    client.close()


def test_a_cancel_after_a_lost_attempt_is_unknown(raw: Raw) -> None:
    client = connect(raw, limits=Limits(base=30))
    ctx = JobContext()

    def cancel_and_reset(connection: socket.socket) -> None:
        ctx.cancel()
        reset(connection)

    raw.scripts = [cancel_and_reset]
    with pytest.raises(OutcomeUnknown, match="cancelled"):
        client.rest(SAFE, path=PATH, ctx=ctx)
    client.close()


def test_an_answer_that_is_not_json(raw: Raw, client: Client) -> None:
    for body in (b"<html>hello</html>", b"", b"NaN", b"[" * 100_000, b"9" * 5000, BEYOND, b"\xff"):
        raw.scripts = [answer(body)]
        with pytest.raises(BadAnswer, match="not JSON"):
            client.rest(READ, path=PATH).json()


BEYOND = b"1e" + b"9" * 30
HOSTILE = [
    b'{"errorcode":10005,"n":' + BEYOND + b"}",
    b'{"errorcode":1' + b"0" * 400 + b',"retryAfter":1' + b"0" * 400 + b"}",
    b'{"errorcode":"\\ud800","message":"\\udfff password=x&password=\\ud83d"}',
    b'{"errorcode":[{}],"message":{},"additionalErrors":{"a":[null]},"resultMessages":[[],{"resultMessage":[]}]}',
    b'{"hasErrors": true, "responses":[{"hasErrors":true,"messageErrors":[1,{"messageErrorCode":[]}]}]}',
    b'{"errorcode":10005' + b"[" * 100_000,
    b'"\xff\x00\xfe',
]


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_answer_is_recorded_and_no_error_of_ours(raw: Raw, client: Client, body: bytes, status: int) -> None:
    raw.scripts = [answer(body, status)] * 5
    with suppress(ApiError):
        client.rest(ONCE, path=PATH).object()
    assert len([one for one in client.log.list() if one.label == ONCE.name and one.status == status]) == len(raw.seen)
    assert raw.seen


def test_numbers_are_exact(raw: Raw, client: Client) -> None:
    raw.scripts = [answer(b'\xef\xbb\xbf{"big": 12345678901234567890123, "exact": 0.10000000000000000001}')]
    got = client.rest(READ, path=PATH).json()
    assert str(got) == "{'big': 12345678901234567890123, 'exact': Decimal('0.10000000000000000001')}"


def test_no_secret_in_what_is_recorded_or_raised(raw: Raw, client: Client) -> None:
    token = "raw-token-number-1"
    raw.scripts = [answer({"message": f"what is {token} or {SECRET}?", "errorcode": 10005}, 400, f"X-Echo: {token}")]
    with pytest.raises(Rejected) as caught:
        client.rest(ONCE, path=PATH, json={"password": "v3ry", "note": token})
    assert caught.value.said == "what is *** or ***?"
    recorded = repr(client.log.list())
    assert "Bearer ***" in recorded
    for secret in (token, SECRET, "v3ry"):
        assert secret not in recorded
        assert secret not in repr(client.token())
        assert secret not in repr(caught.value.exchange)


def test_every_attempt_is_recorded(raw: Raw) -> None:
    client = connect(raw, profile="EMEA").for_feature("imports").for_business_unit("42")
    raw.scripts = [reset, answer({"resultMessages": [{"resultClass": "Error", "message": "no"}]})]
    client.rest(SAFE, path=PATH, body=b"{}", label="Put")
    token, first, second = client.log.list()
    assert (token.method, token.status, token.label) == ("POST", 200, "Ask for an access token")
    assert (first.status, first.attempt, first.failed) == (None, 1, True)
    assert first.error
    assert (second.status, second.attempt, second.failed) == (200, 2, True)
    for exchange in (first, second):
        assert (exchange.profile, exchange.feature, exchange.business_unit) == ("EMEA", "imports", "42")
        assert exchange.label == "Put"
        assert exchange.url == f"{raw.url}thing/a%2Fb"
    assert second.seconds_to_first_byte is not None
    assert 0 < second.seconds_to_first_byte <= second.seconds
    client.close()


def test_limits_of_the_fast_client_are_not_those_of_users() -> None:
    assert FAST.attempts < Limits().attempts
