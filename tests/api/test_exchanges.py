"""The log of exchanges, and the errors that answers carry whatever their status."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from mcconsole.api.exchanges import ExchangeLog, Problem, plain_body, problems, row_body
from mcconsole.core import clock
from mcconsole.core.exchange import ANSWER_LIMIT, BODY_LIMIT, Body, Exchange
from mcconsole.core.redact import SECRETS


def exchange(log: ExchangeLog, data: bytes = b"") -> Exchange:
    return Exchange(log.next_id(), clock.now(), "GET", "https://host/", response=Body(data, len(data)))


def test_the_log_is_bounded_in_number() -> None:
    log = ExchangeLog(most=3)
    first = log.next_id()
    for _ in range(5):
        log.record(exchange(log))
    assert [kept.id - first for kept in log.list()] == [3, 4, 5]
    assert log.find(first + 3) == log.list()[0]
    assert log.find(first + 2) is None
    log.drop({first + 4})
    assert [kept.id - first for kept in log.list()] == [3, 5]
    log.drop()
    assert log.list() == ()


def test_the_log_is_bounded_in_bytes() -> None:
    log = ExchangeLog(most_bytes=30_000)
    first = log.next_id()
    for size in (10_000, 10_000, 10_000, 100_000):
        log.record(exchange(log, b"x" * size))
    assert [kept.id - first for kept in log.list()] == [4]
    log.record(exchange(log))
    assert [kept.id - first for kept in log.list()] == [5]


def test_many_threads_record() -> None:
    log = ExchangeLog(most=10_000)
    heard: list[int] = []
    unsubscribe = log.subscribe(lambda each: heard.append(each.id))
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(lambda: log.record(exchange(log))) for _ in range(400)]:
            future.result()
    unsubscribe()
    unsubscribe()
    log.record(exchange(log))
    assert sorted(heard) == list(range(min(heard), min(heard) + 400))
    assert len({kept.id for kept in log.list()}) == 401


def test_a_row_body_is_kept_in_part_and_not_parsed() -> None:
    SECRETS.add("known-s3cret-value")
    rows = b'[{"password": "of a row", "note": "known-s3cret-value"}' + b" " * BODY_LIMIT + b"]"
    body = row_body(rows, "application/json")
    assert body.data.startswith(b'[{"password": "of a row", "note": "***"}')
    assert (body.size, body.sha256, body.cut) == (len(rows), hashlib.sha256(rows).hexdigest(), True)


def test_other_bodies_are_kept_up_to_a_limit() -> None:
    small = plain_body(b'{"n": 1.50}', "application/json")
    assert (small.data, small.size, small.cut) == (b'{"n": 1.50}', 11, False)
    large = plain_body(b'"' + b"x" * ANSWER_LIMIT, "application/json")
    assert (len(large.data), large.size, large.cut) == (ANSWER_LIMIT, ANSWER_LIMIT + 1, True)
    secret = plain_body(b'{"client_secret": "a rather long value"}', "application/json")
    assert (secret.data, secret.sha256, secret.cut) == (b'{"client_secret": "***"}', "", False)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"message": "bad", "errorcode": 10001, "documentation": ""}, [Problem(10001, "bad")]),
        ({"message": "Not Authorized", "errorcode": 0}, [Problem(0, "Not Authorized")]),
        ({"requestId": "x", "errorcode": 0, "responses": [{"messageKey": "k"}]}, []),
        ({"requestId": "x", "message": "Success", "deletedDefinitionKey": "k"}, []),
        ({"Message": "bad", "ErrorCode": "30003"}, [Problem(30003, "bad")]),
        ({"message": "", "errorcode": "UnexpectedError"}, [Problem("UnexpectedError", "")]),
        (
            {
                "message": "not saved",
                "errorcode": 10006,
                "additionalErrors": [{"message": "Email: bad", "errorcode": 10000}, {"message": "no code"}, "words"],
            },
            [Problem(10006, "not saved"), Problem(10000, "Email: bad"), Problem(0, "no code"), Problem(0, "words")],
        ),
        (
            {"message": "m", "errorcode": 1, "validationErrors": [{"message": "v", "errorcode": 2}]},
            [Problem(1, "m"), Problem(2, "v")],
        ),
        (
            {"requestId": "x", "resultMessages": [{"resultClass": "Error", "resultCode": "NotFound", "message": "m"}]},
            [Problem("NotFound", "m")],
        ),
        ({"resultMessages": [{"resultMessage": {"resultClass": "error", "message": "m"}}]}, [Problem(0, "m")]),
        ({"resultMessages": [{"resultClass": "Information", "message": "m"}]}, []),
        ({"resultMessages": []}, []),
        ({"resultMessages": None, "additionalErrors": 5}, []),
        ([{"errorcode": 1}], []),
        ("", []),
        (None, []),
    ],
)
def test_problems(answer: object, found: list[Problem]) -> None:
    assert problems(json.loads(json.dumps(answer))) == found


def test_a_large_answer_is_kept_whole_in_a_file_that_goes_with_it() -> None:
    data = b'{"items":[' + b'{"name":"Anna"},' * 100_000 + b"{}]}"
    body = plain_body(data, "application/json")
    assert body.cut
    assert len(body.data) < body.size == len(data)
    assert body.spill is not None
    path = body.spill.path
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o600
    del body
    assert not path.exists()


@pytest.mark.parametrize("where", [0.1, 0.5, 0.99])
def test_what_may_hold_a_secret_is_not_kept_in_a_file(where: float) -> None:
    SECRETS.add("a-very-secret-value-of-a-test")
    data = b'{"items":[' + b'{"name":"Anna"},' * 100_000 + b"{}]}"
    at = data.index(b"{", int(len(data) * where))
    for secret in (b"a-very-secret-value-of-a-test", b"unknown"):
        item = b'{"access_token":"' + secret + b'"},'
        body = plain_body(data[:at] + item + data[at:], "application/json")
        assert body.spill is None
        assert secret not in body.data
        assert body.cut
