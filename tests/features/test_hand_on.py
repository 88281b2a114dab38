"""Calls handed on: what is pasted elsewhere makes the same call, and what is exported follows its format."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter_language_pack import get_parser

from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.api.retry import Limits
from mcconsole.api.soap import equals, retrieve
from mcconsole.core.errors import BadInput
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.replay import render
from mcconsole.core.snippets import Form, event_call, token_call
from mcconsole.core.snippets import render as render_call
from mcconsole.core.tenant import Credentials, Tenant
from mcconsole.features.responses import har
from tests import har_schema, tenant

JOURNEYS = Operation("journeys", "GET", "/interaction/v1/interactions", scope="journeys_read", reads=True)
VALIDATE = Operation("upsert", "PUT", "/data/v1/async/dataextensions/key:{key}/rows", scope="data_extensions_write")
NASTY = 'O\'Brien "x" $HOME `id` \\ é 😀 %41 \u2028\n{}[]'
STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def client(tenant: tenant.Tenant) -> Iterator[Client]:
    client_id, secret = tenant.credentials
    account = str(tenant.ready.account_id)
    known = Credentials(Tenant.from_text(tenant.url), client_id, secret, account)
    with closing(Client(known, limits=Limits(base=0.001, longest=0.002))) as made:
        yield made


def run(text: str, form: Form, client: Client) -> str:
    """Run a snippet in a program of its own, and return what it prints."""
    variables = {"MC_ACCESS_TOKEN": client.token().value, "MC_CLIENT_SECRET": client.credentials.client_secret}
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "VIRTUAL_ENV") if name in os.environ}
    command = (
        [sys.executable, "-c", text] if form is Form.PYTHON else ["sh", "-ec", text.replace("curl", "curl -sS", 1)]
    )
    environment = {**kept, **variables, "PYTHONIOENCODING": "utf-8", "NO_PROXY": "*"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def steady(text: str) -> str:
    """An answer without what differs each time: ids, times and tokens."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z?", "TIME", text)
    return re.sub(r'("access_token": ?")[^"]*|("expires_in": ?)\d+', r"\1\2", text)


def calls(client: Client, tenant: tenant.Tenant) -> list[tuple[Exchange, str]]:
    """One call of each kind, with the whole text of its answer."""
    fields = [
        {"name": "Id", "type": "Text", "length": 10, "isPrimaryKey": True, "isNullable": False},
        {"name": "Name", "type": "Text", "length": 200, "isNullable": True},
    ]
    tenant.create_de("a key/with [x]", fields, name="Some people")
    token_answer = client.token()
    assert token_answer.value
    made = [client.log.list()[-1]]
    client.rest(JOURNEYS, query={"$page": 1, "nameOrDescription": NASTY})
    made.append(client.log.list()[-1])
    client.rest(VALIDATE, path={"key": "a key/with [x]"}, json={"items": [{"Id": "1", "Name": NASTY}]})
    made.append(client.log.list()[-1])
    list(retrieve(client, "DataExtension", ["Name", "CustomerKey"], equals("CustomerKey", "a key/with [x]")))
    made.append(client.log.list()[-1])
    return [(one, one.response.data.decode()) for one in made]


@pytest.mark.parametrize("form", [Form.CURL, Form.PYTHON])
def test_what_is_pasted_gives_the_same_answer(form: Form, client: Client, tenant: tenant.Tenant) -> None:
    for exchange, answer in calls(client, tenant):
        text = render(exchange, form)
        assert client.token().value not in text
        assert client.credentials.client_secret not in text
        printed = run(text, form, client)
        told = printed.partition(" ")[2] if form is Form.PYTHON else printed
        assert steady(told).strip() == steady(answer.replace('"***"', '""')).strip(), exchange.label
        if form is Form.PYTHON:
            assert printed.startswith(f"{exchange.status} ")
    sent = [one for one in tenant.journal("/data/v1/async/") if one["method"] == "PUT"]
    assert len(sent) == 2
    assert sent[0]["body"] == sent[1]["body"]


@pytest.mark.parametrize("form", [Form.CURL, Form.PYTHON])
def test_with_the_token_nothing_else_is_needed(form: Form, client: Client, tenant: tenant.Tenant) -> None:
    for exchange, answer in calls(client, tenant)[1:]:
        text = render(exchange, form, client.token().value)
        assert "MC_ACCESS_TOKEN" not in text
        assert steady(answer).strip() in steady(run(text, form, client))


APEX = get_parser("apex")


def assert_apex(text: str) -> None:
    """The text stands in a method without a fault."""
    tree = APEX.parse(f"class Handed {{ static void on() {{\n{text}\n}} }}".encode("utf-8", "surrogatepass"))
    assert not tree.root_node.has_error, text


def test_apex_is_apex(client: Client, tenant: tenant.Tenant) -> None:
    for exchange, _ in calls(client, tenant):
        for token in ("", client.token().value):
            assert_apex(render(exchange, Form.APEX, token))
    for call in (token_call("1"), event_call("E'", NASTY, {NASTY: [1, True, None, {"a": {}, "b": []}], "n": 2**40})):
        assert_apex(render_call(call, Form.APEX))


def exchange(request: bytes = b"", answer: bytes = b"{}", **more: Any) -> Exchange:
    usual = Exchange(1, STARTED, "POST", "https://x.rest.marketingcloudapis.com/a?b=c", status=200, reason="OK")
    bodies = {"request": Body(request, len(request)), "response": Body(answer, len(answer))}
    return replace(usual, **{**bodies, **more})


@given(body=st.text(), url=st.text("abc'\"$%&=?/#[]é", max_size=20), value=st.text("abc'\"\\$\t é", max_size=20))
def test_any_body_is_one_literal_of_apex_and_of_python(body: str, url: str, value: str) -> None:
    one = exchange(body.encode("utf-8", "replace"), url=f"https://x/{url}", request_headers=(("X-Y", value),))
    assert_apex(render(one, Form.APEX))
    compile(render(one, Form.PYTHON), "pasted", "exec")


def test_secrets_become_variables_where_they_stood() -> None:
    soap = b'<s:Header><o:fueloauth xmlns:o="x">***</o:fueloauth></s:Header><Password>***</Password>'
    text = render(exchange(soap), Form.CURL)
    assert """'<s:Header><o:fueloauth xmlns:o="x">'"$MC_ACCESS_TOKEN"'</o:fueloauth>""" in text
    assert "$MC_PASSWORD" in text
    form = render(exchange(b"grant_type=x&client_secret=***&note=***"), Form.PYTHON)
    assert "os.environ[\"MC_CLIENT_SECRET\"] + '&note=***'" in form
    assert "put it in by hand" in form
    assert "String token =" in render(exchange(soap), Form.APEX)


def test_what_was_not_kept_is_not_made_up() -> None:
    rows = replace(exchange(), request=Body(b"[1", 5_000_000, "ff"))
    with pytest.raises(BadInput, match="2 of 5,000,000 bytes"):
        render(rows, Form.CURL)
    assert "2 of 5,000,000 bytes" in json.loads(render(rows, Form.JSON))["body"]
    with pytest.raises(BadInput, match="no text"):
        render(exchange(b"\xff\xfe"), Form.PYTHON)
    with pytest.raises(BadInput, match="NUL"):
        render(exchange(b"a\0b"), Form.CURL)


def test_json_holds_bodies_as_received() -> None:
    text = render(exchange(b"<a/>", b'{"big": 12345678901234567890.10, "a": 1, "a": 2}'), Form.JSON)
    assert '"answer": {"big": 12345678901234567890.10, "a": 1, "a": 2}' in text
    assert json.loads(text)["body"] == "<a/>"


def validated(exchanges: list[Exchange]) -> list[dict[str, Any]]:
    """The entries of a HAR that the schema finds no fault with."""
    made = json.loads(b"".join(har.pieces(exchanges)))
    jsonschema.Draft202012Validator.check_schema(har_schema.HAR)
    jsonschema.validate(made, har_schema.HAR, format_checker=jsonschema.FormatChecker())
    entries: list[dict[str, Any]] = made["log"]["entries"]
    return entries


def test_har_follows_the_schema(client: Client, tenant: tenant.Tenant) -> None:
    made = calls(client, tenant)
    tenant.fail("/interaction/", "reset_before")
    with pytest.raises(Exception, match=r"."):
        client.rest(JOURNEYS)
    lost = client.log.list()[-1]
    assert lost.status is None
    odd = exchange(b"\xff", b"\xff\xfe", response_headers=(("Location", "/there"),), seconds=0.5)
    cut = replace(exchange(), response=Body("é".encode()[:1], 1000, "ab"))
    entries = validated([*(one for one, _ in made), lost, odd, cut])
    for (one, answer), found in zip(made, entries, strict=False):
        assert found["response"]["content"]["text"] == answer
        assert found["request"].get("postData", {}).get("text", "") == one.request.data.decode()
        assert found["time"] == pytest.approx(one.seconds * 1000, abs=0.1)
    assert entries[-3]["response"]["status"] == 0
    assert entries[-3]["response"]["_error"] == lost.error
    assert entries[-2]["response"]["content"]["encoding"] == "base64"
    assert entries[-2]["time"] == 500
    assert "1 of 1,000 bytes" in entries[-1]["response"]["content"]["comment"]
    assert validated([]) == []


def test_the_schema_finds_faults() -> None:
    made = {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [har.entry(exchange())]}}
    jsonschema.validate(made, har_schema.HAR)
    made["log"]["entries"][0]["timings"]["wait"] = -1  # type: ignore[index]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, har_schema.HAR)
