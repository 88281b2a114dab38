"""Faults, the journal, switches and reset."""

from __future__ import annotations

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from mcconsole.sandbox.faults import Fault, Faults, parse
from tests.tenant import Tenant

CONTEXT = "platform/v1/tokenContext"
ROW = [{"keys": {"Id": "1"}, "values": {"Column2": "x"}}]
ROWSET = "hub/v1/dataevents/key:twelve-texts/rowset"


def test_faults_strike_the_nth_call_and_so_many_times() -> None:
    faults = Faults()
    faults.add(Fault("/data", "delay", nth=3, times=2))
    faults.add(Fault("/data", "truncate", method="PUT"))
    picked = [faults.pick("GET", "/data/v1/x") for _ in range(6)]
    assert [fault is not None for fault in picked] == [False, False, True, True, False, False]
    assert faults.pick("GET", "/hub") is None
    struck = faults.pick("PUT", "/DATA")
    assert struck is not None
    assert struck.kind == "truncate"


def test_a_probability_is_seeded() -> None:
    def pattern(seed: int) -> list[bool]:
        faults = Faults()
        faults.add(Fault("/", "delay", probability=0.3, seed=seed))
        return [faults.pick("GET", "/a") is not None for _ in range(200)]

    assert pattern(1) == pattern(1) != pattern(2)
    assert 30 < sum(pattern(1)) < 90


@pytest.mark.parametrize(
    "rule",
    [
        [],
        {"kind": "status"},
        {"route": "(", "kind": "status"},
        {"route": "/", "kind": "explode"},
        {"route": "/", "kind": "status", "status": 99},
        {"route": "/", "kind": "status", "nth": 0},
        {"route": "/", "kind": "delay", "seconds": -1},
        {"route": "/", "kind": "delay", "colour": 1},
    ],
)
def test_a_wrong_rule_is_refused(rule: Any) -> None:
    with pytest.raises(ValueError, match=r"fault|kind|route|status|nth|seconds"):
        parse(rule)


def test_a_reset_comes_before_or_after_the_work(tenant: Tenant) -> None:
    tenant.fail("/hub", "reset_before", nth=1)
    with pytest.raises(requests.ConnectionError):
        tenant.call("POST", ROWSET, ROW)
    assert tenant.rows("twelve-texts") == []
    tenant.fail("/hub", "reset_after", nth=1)
    with pytest.raises(requests.ConnectionError):
        tenant.call("POST", ROWSET, ROW)
    assert len(tenant.rows("twelve-texts")) == 1
    assert [entry["fault"] for entry in tenant.journal("/hub")] == ["reset_before", "reset_after"]


def test_a_truncated_answer_is_half_of_it(tenant: Tenant) -> None:
    tenant.fail("/hub", "truncate", times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        tenant.call("POST", ROWSET, ROW)
    assert len(tenant.rows("twelve-texts")) == 1


def test_statuses_and_rate_limits(tenant: Tenant) -> None:
    tenant.fail("/platform", "rate_limit", nth=1, retry_after=5)
    answer = tenant.call("GET", CONTEXT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert answer.json()["errorcode"] == 50100
    assert answer.json()["retryAfter"] == 5
    tenant.fail("/platform", "rate_limit", nth=1)
    answer = tenant.call("GET", CONTEXT)
    assert (answer.status_code, answer.json()["errorcode"]) == (429, 50200)
    assert "Retry-After" not in answer.headers
    tenant.fail("/platform", "status", nth=1, status=503, retry_after=1, body="<html>Maintenance</html>")
    answer = tenant.call("GET", CONTEXT)
    assert (answer.status_code, answer.text) == (503, "<html>Maintenance</html>")
    assert answer.headers["Content-Type"].startswith("text/html")
    tenant.fail("/platform", "status", nth=1, status=400, body={"errorcode": 10006})
    assert tenant.call("GET", CONTEXT).json() == {"errorcode": 10006}
    tenant.fail("/service.asmx", "status", nth=1)
    answer = tenant.call("POST", "Service.asmx", data=b"<a/>", headers={"Content-Type": "text/xml"})
    assert answer.status_code == 500
    assert "<soap:Fault>" in answer.text
    assert tenant.call("GET", CONTEXT).status_code == 200
    assert [rule["struck"] for rule in tenant.control("GET", "faults")["faults"]] == [1] * 5


def test_a_delay_delays_one_call_and_no_other(tenant: Tenant) -> None:
    tenant.token()
    tenant.fail("/v2/userinfo", "delay", seconds=0.5)
    assert tenant.call("GET", CONTEXT).ok
    assert [rule["struck"] for rule in tenant.control("GET", "faults")["faults"]] == [0]
    begin = time.monotonic()
    assert tenant.call("GET", "v2/userinfo").ok
    assert time.monotonic() - begin >= 0.5


def test_what_is_held_back_at_a_reset_is_not_carried_out_after_it(tenant: Tenant) -> None:
    tenant.token()
    tenant.fail("/hub/", "delay", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(tenant.call, "POST", ROWSET, ROW)
        tenant.until(lambda: tenant.control("GET", "faults")["faults"][0]["struck"])
        tenant.reset()
        with pytest.raises(requests.ConnectionError):
            held.result()
    assert tenant.journal("/hub/") == []


def test_the_journal_shows_requests_without_secrets(tenant: Tenant) -> None:
    token = tenant.token()
    tenant.call("POST", ROWSET, ROW)
    soap = f'<a><x:fueloauth xmlns:x="http://exacttarget.com">{token}</x:fueloauth></a>'
    requests.post(tenant.url + "Service.asmx", data=soap, headers={"Content-Type": "text/xml"})
    requests.get(tenant.url + CONTEXT + f"?access_token={token}")
    client_id, secret = tenant.credentials
    requests.post(tenant.url + "v2/token", json={"client_id": client_id, "client_secret": secret})
    requests.post(tenant.url + "nope", json={"client_secret": secret, "refresh_token": token})
    text = json.dumps(tenant.control("GET", "journal"))
    assert secret not in text
    assert token not in text
    assert token[40:80] not in text
    entry = tenant.journal("/hub", "POST")[0]
    body = json.dumps(ROW).encode()
    assert json.loads(entry["body"]) == ROW
    assert entry["body_size"] == len(body)
    assert entry["body_sha256"] == hashlib.sha256(body).hexdigest()
    assert (entry["status"], entry["mid"]) == (200, tenant.ready.account_id)
    after = tenant.control("GET", "journal", after=entry["number"])["requests"]
    assert entry["number"] not in [one["number"] for one in after]


def test_reset_makes_it_new_and_keeps_tokens(tenant: Tenant) -> None:
    tenant.call("POST", ROWSET, ROW)
    tenant.switch(filter="apply")
    tenant.fail("/", "reset_before")
    tenant.reset()
    assert tenant.rows("twelve-texts") == []
    assert {s["name"]: s["value"] for s in tenant.control("GET", "switches")}["filter"] == "ignore"
    assert tenant.control("GET", "faults") == {"faults": []}


def test_a_web_page_cannot_press_the_buttons(tenant: Tenant) -> None:
    answer = requests.post(tenant.url + "_sandbox/reset", data="{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400
    answer = requests.post(tenant.url + "_sandbox/switches", json={"nonsense": 1})
    assert (answer.status_code, "no switch" in answer.json()["error"]) == (400, True)
