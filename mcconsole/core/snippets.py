"""A call in four forms for a colleague: JSON, cURL, Python and Apex. Secrets are left out: names stand in their place.

A call is told apart from how it is written: `token_call`, `event_call` and `row_call` say what is sent, `render` writes
it down. What a form needs from outside (subdomain, client id and secret, or an access token) it takes from environment
variables, in Apex from a Named Credential or a cached token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote

from mcconsole.core.redact import is_secret_name

AUTH_URL, REST_URL = "MC_AUTH_URL", "MC_REST_URL"
TOKEN = "MC_ACCESS_TOKEN"  # noqa: S105  (the name of a variable)
NAMED_CREDENTIAL = "Marketing_Cloud"


class Form(StrEnum):
    """How a call is written down."""

    JSON = "json"
    CURL = "curl"
    PYTHON = "python"
    APEX = "apex"


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that is not written down, by the name of its variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `body` is JSON in which a Variable stands for what is left out."""

    method: str
    host: str
    """AUTH_URL or REST_URL."""
    path: str
    """From "/", percent-encoded."""
    body: object
    authorized: bool = True
    """Whether it carries an access token."""
    note: str = ""
    """What its answer does not mean, for where comments are possible."""


def token_call(account_id: str = "") -> Call:
    """The request for an access token (API reference 1.2, documented)."""
    body: dict[str, object] = {
        "grant_type": "client_credentials",
        "client_id": Variable("MC_CLIENT_ID"),
        "client_secret": Variable("MC_CLIENT_SECRET"),
    }
    if account_id:
        body["account_id"] = account_id
    return Call("POST", AUTH_URL, "/v2/token", body, authorized=False)


def event_call(event_key: str, contact_key: str, data: Mapping[str, object]) -> Call:
    """Fire one event (API reference 2.1, documented)."""
    body = {"ContactKey": contact_key, "EventDefinitionKey": event_key, "Data": dict(data)}
    note = "201 means accepted. It does not mean that the contact entered the journey."
    return Call("POST", REST_URL, "/interaction/v1/events", body, note=note)


def row_call(key: str, rows: Sequence[tuple[Mapping[str, object], Mapping[str, object]]]) -> Call:
    """Upsert rows given as (keys, values) into a data extension (API reference 4.4, documented)."""
    body = [{"keys": dict(keys), "values": dict(values)} for keys, values in rows]
    return Call("POST", REST_URL, f"/hub/v1/dataevents/key:{quote(key, safe='')}/rowset", body)


def render(call: Call, form: Form) -> str:
    """The call as text that can be pasted, ending in a line feed."""
    return _FORMS[form](_without_secrets(call))


def _without_secrets(call: Call) -> Call:
    return replace(call, body=_masked(call.body))


def _masked(body: object) -> object:
    """The body of a token request never holds a secret, whoever made it; data of people are theirs to see."""
    if not isinstance(body, dict) or "grant_type" not in body:
        return body
    return {
        name: Variable(f"MC_{name.upper()}") if isinstance(value, str) and is_secret_name(name) else value
        for name, value in body.items()
    }


def _as_json(call: Call) -> str:
    """The body alone, with `${NAME}` for what is left out."""
    return _dumped(call.body) + "\n"


def _dumped(body: object) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False, default=lambda one: "${" + one.name + "}")


def _as_curl(call: Call) -> str:
    """For a POSIX shell. Data are quoted with '…', in which a shell expands nothing; variables stand outside."""
    headers = ["-H 'Content-Type: application/json; charset=UTF-8'"]
    if call.authorized:
        headers.append(f'-H "Authorization: Bearer ${TOKEN}"')
    text = _dumped(call.body)
    # Only a token request has variables in its body; what looks like one in somebody's data is data.
    pieces: list[tuple[str, str | None]] = [(text, None)] if call.authorized else _pieces(text)
    quoted = "".join("'" + one.replace("'", "'\\''") + "'" if name is None else f'"${name}"' for one, name in pieces)
    lines = [
        f'curl -X {call.method} "${{{call.host}%/}}{_in_double_quotes(call.path)}"',
        *headers,
        f"--data-raw {quoted}",
    ]
    return " \\\n  ".join(lines) + "\n"


def _in_double_quotes(path: str) -> str:
    return "".join("\\" + one if one in '\\"$`' else one for one in path)


def _pieces(text: str) -> list[tuple[str, str | None]]:
    """(text, None) and ("", name of a variable) in turn."""
    found: list[tuple[str, str | None]] = []
    rest = text
    while True:
        places = [(at, name) for name in _VARIABLES if (at := rest.find('"${' + name + '}"')) >= 0]
        if not places:
            return [*found, (rest, None)]
        at, name = min(places)
        found += [(rest[: at + 1], None), ("", name)]
        rest = rest[at + len(name) + 4 :]


_VARIABLES = ("MC_CLIENT_ID", "MC_CLIENT_SECRET")


def _as_python(call: Call) -> str:
    """With `requests`, which most people have."""
    lines = ["import os", "", "import requests", "", "answer = requests.request("]
    lines.append(f"    {call.method!r},")
    lines.append(f'    os.environ["{call.host}"].rstrip("/") + {call.path!r},')
    if call.authorized:
        lines.append(f'    headers={{"Authorization": "Bearer " + os.environ["{TOKEN}"]}},')
    lines += [f"    json={_python(call.body, 1)},", "    timeout=60,", ")"]
    return "\n".join([*lines, "print(answer.status_code, answer.text)", ""])


def _python(value: object, depth: int) -> str:
    pad, end = "    " * (depth + 1), "    " * depth
    if isinstance(value, Variable):
        return f'os.environ["{value.name}"]'
    if isinstance(value, dict) and value:
        items = "".join(f"{pad}{name!r}: {_python(one, depth + 1)},\n" for name, one in value.items())
        return "{\n" + items + end + "}"
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"{pad}{_python(one, depth + 1)},\n" for one in value) + end + "]"
    return repr(value) if isinstance(value, (str, bool, int, type(None), dict, list)) else str(value)


def _as_apex(call: Call) -> str:
    """An HttpRequest callout. The token is a Named Credential's or a cached one, as one per call would be too many."""
    lines = ["HttpRequest request = new HttpRequest();", f"request.setMethod('{call.method}');"]
    if call.authorized:
        lines += [
            f"// The Named Credential {NAMED_CREDENTIAL} holds the REST base URL and adds the Authorization header.",
            f"request.setEndpoint({apex_string(f'callout:{NAMED_CREDENTIAL}{call.path}')});",
            "// With a token from Platform Cache instead, kept for less than its expires_in:",
            f"// request.setEndpoint(restBaseUrl + {apex_string(call.path)});",
            "// request.setHeader('Authorization', 'Bearer ' + (String) Cache.Org.get('local.MarketingCloud.token'));",
        ]
    else:
        lines += [
            "// clientId, clientSecret and authBaseUrl come from protected custom metadata, never from the code.",
            f"request.setEndpoint(authBaseUrl + {apex_string(call.path)});",
        ]
    lines += ["request.setHeader('Content-Type', 'application/json; charset=UTF-8');", "request.setTimeout(60000);"]
    lines.append(f"request.setBody(JSON.serialize({_apex_value(call.body, 0)}));")
    lines += ["HttpResponse response = new Http().send(request);"]
    lines.append("System.debug(response.getStatusCode() + ' ' + response.getBody());")
    if call.note:
        lines.append(f"// {call.note}")
    return "\n".join(lines) + "\n"


_APEX_NAMES = {"MC_CLIENT_ID": "clientId", "MC_CLIENT_SECRET": "clientSecret"}
_APEX_ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def apex_string(text: str) -> str:
    """A literal of Apex, which may hold no control character as it is."""
    return "'" + _CONTROL.sub(lambda m: f"\\u{ord(m[0]):04x}", text.translate(_APEX_ESCAPES)) + "'"


def _apex_value(value: object, depth: int) -> str:
    pad, end = "    " * (depth + 1), "    " * depth
    if isinstance(value, Variable):
        return _APEX_NAMES.get(value.name, value.name)
    if isinstance(value, dict):
        items = [f"{pad}{apex_string(str(name))} => {_apex_value(one, depth + 1)}" for name, one in value.items()]
        return "new Map<String, Object>{\n" + ",\n".join(items) + f"\n{end}}}" if items else "new Map<String, Object>()"
    if isinstance(value, list):
        items = [pad + _apex_value(one, depth + 1) for one in value]
        return "new List<Object>{\n" + ",\n".join(items) + f"\n{end}}}" if items else "new List<Object>()"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str):
        return apex_string(value)
    return f"{value}L" if isinstance(value, int) and not -(2**31) <= value < 2**31 else str(value)


_FORMS: dict[Form, Callable[[Call], str]] = {
    Form.JSON: _as_json,
    Form.CURL: _as_curl,
    Form.PYTHON: _as_python,
    Form.APEX: _as_apex,
}
