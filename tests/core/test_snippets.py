"""Calls written down for a colleague: they say exactly what is sent, and hold no secret."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mcconsole.core import snippets
from mcconsole.core.snippets import Form

NASTY = {
    "SubscriberKey": 'O\'Brien "x" $HOME `id` \\ é 😀',
    "Note": "${MC_CLIENT_ID}\nsecond line",
    "Empty": "",
    "Nothing": None,
    "Number": 3,
    "Yes": True,
}
EVENT = snippets.event_call("APIEvent-1", "C'1", NASTY)


def recorded(tmp_path: Path, text: str, **more: str) -> list[str]:
    """Run a shell text with a `curl` that writes down its arguments."""
    fake = tmp_path / "curl"
    fake.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n", "utf-8")
    fake.chmod(0o700)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **more}
    done = subprocess.run(["sh", "-c", text], env=environment, capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
def test_a_shell_sends_the_body_exactly(tmp_path: Path) -> None:
    text = snippets.render(EVENT, Form.CURL)
    arguments = recorded(tmp_path, text, MC_REST_URL="https://x/", MC_ACCESS_TOKEN="t0k3n", MC_CLIENT_ID="no")
    assert json.loads(arguments[arguments.index("--data-raw") + 1]) == EVENT.body
    assert "Authorization: Bearer t0k3n" in arguments
    assert arguments[2] == "https://x/interaction/v1/events"


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
def test_a_shell_puts_the_secrets_into_the_token_request(tmp_path: Path) -> None:
    text = snippets.render(snippets.token_call("51"), Form.CURL)
    arguments = recorded(tmp_path, text, MC_AUTH_URL="https://a", MC_CLIENT_ID="id", MC_CLIENT_SECRET="s3cret")
    assert json.loads(arguments[-1]) == {
        "grant_type": "client_credentials",
        "client_id": "id",
        "client_secret": "s3cret",
        "account_id": "51",
    }
    assert arguments[2] == "https://a/v2/token"


def test_python_sends_the_body_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, object] = {}

    class Fake:
        status_code, text = 201, ""

        @staticmethod
        def request(*arguments: object, **more: object) -> type[Fake]:
            sent.update(more, arguments=arguments)
            return Fake

    monkeypatch.setitem(sys.modules, "requests", Fake)
    monkeypatch.setenv("MC_REST_URL", "https://x/")
    monkeypatch.setenv("MC_ACCESS_TOKEN", "t0k3n")
    exec(snippets.render(EVENT, Form.PYTHON), {})
    assert sent["json"] == EVENT.body
    assert sent["arguments"] == ("POST", "https://x/interaction/v1/events")


def test_json_is_the_body() -> None:
    assert json.loads(snippets.render(EVENT, Form.JSON)) == EVENT.body


def test_apex_escapes_every_string_and_says_what_201_means() -> None:
    text = snippets.render(EVENT, Form.APEX)
    assert "callout:Marketing_Cloud/interaction/v1/events" in text
    assert "'Note' => '${MC_CLIENT_ID}\\nsecond line'" in text
    assert "'C\\'1'" in text
    assert "'Nothing' => null" in text
    assert "201 means accepted" in text
    without_strings = re.sub(r"'(?:[^'\\\n]|\\.)*'", "", "\n".join(x for x in text.splitlines() if "//" not in x))
    assert "'" not in without_strings
    assert without_strings.count("{") == without_strings.count("}")


@pytest.mark.parametrize("form", Form)
def test_a_token_request_never_holds_a_secret(form: Form) -> None:
    call = snippets.Call("POST", snippets.AUTH_URL, "/v2/token", {"grant_type": "x", "client_secret": "s3cret"}, False)
    assert "s3cret" not in snippets.render(call, form)


def test_a_row_upsert_names_its_key() -> None:
    call = snippets.row_call("a/b c", [({"Id": "1"}, {"Name": "x"})])
    assert call.path == "/hub/v1/dataevents/key:a%2Fb%20c/rowset"
    assert json.loads(snippets.render(call, Form.JSON)) == [{"keys": {"Id": "1"}, "values": {"Name": "x"}}]
