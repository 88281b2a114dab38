"""An exchange written down so that a colleague can make the same call: cURL, Python, Apex; or all of it as JSON.

What was masked when it was recorded stays out: a variable of the environment stands in its place (in Apex a Named
Credential or a cached token), unless the user has chosen to hand the token on as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcconsole.core.errors import BadInput
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.redact import MASK, is_secret_name
from mcconsole.core.snippets import NAMED_CREDENTIAL, TOKEN, Form, Variable, apex_string

Text = tuple[str | Variable, ...]
"""A text with variables in it."""

_LEFT_OUT = ("host", "contentlength", "connection", "acceptencoding", "useragent", "transferencoding")
"""Headers that every program makes for itself."""
_MASKED = re.compile(
    r'"(?P<member>[^"\\]{1,60})"\s*:\s*"\*\*\*"'
    r"|<(?P<element>[^\s<>/]{1,80})(?:\s[^<>]*)?>\*\*\*</"
    r"|(?:^|[?&])(?P<field>[\w.-]{1,60})=\*\*\*(?=&|$)"
)
_AGAIN = "This carries the call out once more, each time it runs."
_STILL_MASKED = f"{MASK} stands for a secret that was not recorded: put it in by hand."


@dataclass(frozen=True, slots=True)
class Replay:
    """A request that can be made again."""

    method: str
    url: Text
    headers: tuple[tuple[str, Text], ...]
    body: Text | None

    @property
    def notes(self) -> list[str]:
        """What whoever makes it again should know, for where comments are possible."""
        texts = (self.url, *(value for _, value in self.headers), self.body or ())
        masked = any(MASK in part for text in texts for part in text if isinstance(part, str))
        return [_AGAIN] * (self.method not in ("GET", "HEAD")) + [_STILL_MASKED] * masked


def render(exchange: Exchange, form: Form, token: str = "") -> str:
    """The exchange as text that can be pasted; with a token only where the user has confirmed that.

    BadInput where too little of the request was kept to make it again.
    """
    if form is Form.JSON:
        return _as_json(exchange)
    return _FORMS[form](_with(replay(exchange), token))


def replay(exchange: Exchange) -> Replay:
    """The request of an exchange, with variables for what was masked by its name."""
    body = exchange.request
    if body.cut:
        kept = f"{len(body.data):,} of {body.size:,} bytes" if body.data else "nothing"
        raise BadInput(
            f"This call cannot be made again from what was kept: {kept} of what was sent.",
            advice="Bodies of rows are kept as a beginning, size and hash. Copy it as JSON, or export it as HAR.",
        )
    try:
        text = body.data.decode()
    except UnicodeDecodeError:
        raise BadInput("What was sent is no text, so it cannot be pasted.", advice="Export it as HAR.") from None
    headers = [
        (name, _header(name, value))
        for name, value in exchange.request_headers
        if name.replace("-", "").lower() not in _LEFT_OUT
    ]
    return Replay(exchange.method, _opened(exchange.url), tuple(headers), _opened(text) if text else None)


def _header(name: str, value: str) -> Text:
    if name.lower() == "authorization" and value.endswith(f" {MASK}"):
        return (value.removesuffix(MASK), Variable(TOKEN))
    return _opened(value)


def _opened(text: str) -> Text:
    """A text with variables where something was masked for the name that it stands under."""
    if MASK not in text:
        return (text,) if text else ()
    parts: list[str | Variable] = []
    at = 0
    for match in _MASKED.finditer(text):
        name = match["member"] or (match["element"] or "").rpartition(":")[2] or match["field"] or ""
        if is_secret_name(name):
            start = text.rindex(MASK, match.start(), match.end())
            parts += [text[at:start], Variable(_variable(name))]
            at = start + len(MASK)
    return tuple(part for part in (*parts, text[at:]) if part)


def _variable(name: str) -> str:
    if name.lower() == "fueloauth":
        return TOKEN
    return "MC_" + re.sub(r"[^A-Z0-9]+", "_", name.upper())


def _with(call: Replay, token: str) -> Replay:
    """The call with a token in its places; without one, as it is."""
    if not token:
        return call

    def known(text: Text) -> Text:
        return tuple(token if part == Variable(TOKEN) else part for part in text)

    headers = tuple((name, known(value)) for name, value in call.headers)
    return Replay(call.method, known(call.url), headers, None if call.body is None else known(call.body))


def _as_json(exchange: Exchange) -> str:
    """All that is known of it; bodies that are whole and JSON stand in it as they were received."""
    members = {
        "method": json.dumps(exchange.method),
        "url": json.dumps(exchange.url, ensure_ascii=False),
        "headers": _headers(exchange.request_headers),
        "body": _body(exchange.request),
        "status": json.dumps(exchange.status),
        "error": json.dumps(exchange.error, ensure_ascii=False) if exchange.error else "",
        "answerHeaders": _headers(exchange.response_headers),
        "answer": _body(exchange.response),
    }
    return "{\n" + ",\n".join(f'  "{name}": {text}' for name, text in members.items() if text) + "\n}\n"


def _headers(pairs: Iterable[tuple[str, str]]) -> str:
    lines = ",\n".join(f"    {json.dumps([name, value], ensure_ascii=False)}" for name, value in pairs)
    return f"[\n{lines}\n  ]" if lines else "[]"


def _body(body: Body) -> str:
    if not body.size:
        return "null"
    text = body.data.decode("utf-8", "replace")
    if body.cut:
        return json.dumps(f"{text}… ({len(body.data):,} of {body.size:,} bytes)", ensure_ascii=False)
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return json.dumps(text, ensure_ascii=False)
    return text.strip()


def _as_curl(call: Replay) -> str:
    """For a POSIX shell, which expands nothing within '…'; variables stand outside."""
    lines = [f"curl -g --path-as-is -X {call.method} {_shell(call.url)}"]
    lines += [f"-H {_shell((f'{name}: ', *value))}" for name, value in call.headers]
    if call.body is not None:
        lines.append(f"--data-raw {_shell(call.body)}")
    return " \\\n  ".join(lines) + "\n"


def _shell(text: Text) -> str:
    return "".join(f'"${part.name}"' if isinstance(part, Variable) else _quoted(part) for part in text)


def _quoted(text: str) -> str:
    if "\0" in text:
        raise BadInput("What was sent holds a NUL, which no shell can pass on.", advice="Copy it as Python.")
    return "'" + text.replace("'", "'\\''") + "'"


def _as_python(call: Replay) -> str:
    """With `requests`, which most people have. The body goes out byte for byte."""
    variables = any(isinstance(part, Variable) for text in _texts(call) for part in text)
    lines = [*(["import os", ""] if variables else []), "import requests", ""]
    lines += [f"# {note}" for note in call.notes]
    lines += ["answer = requests.request(", f"    {call.method!r},", f"    {_python(call.url)},", "    headers={"]
    lines += [f"        {name!r}: {_python(value)}," for name, value in call.headers]
    lines.append("    },")
    if call.body is not None:
        body = _python(call.body)
        lines.append(f"    data={f'({body})' if len(call.body) > 1 else body}.encode(),")
    return "\n".join([*lines, "    timeout=60,", ")", "print(answer.status_code, answer.text)", ""])


def _texts(call: Replay) -> list[Text]:
    return [call.url, *(value for _, value in call.headers), call.body or ()]


def _python(text: Text) -> str:
    parts = (f'os.environ["{part.name}"]' if isinstance(part, Variable) else repr(part) for part in text)
    return " + ".join(parts) or "''"


def _as_apex(call: Replay) -> str:
    """An HttpRequest callout; a REST call takes its token from a Named Credential."""
    bearer = ".auth." not in str(call.url[:1]) and any(
        name.lower() == "authorization" and Variable(TOKEN) in value for name, value in call.headers
    )
    lines = [f"// {note}" for note in call.notes]
    texts = [call.url, call.body or ()] if bearer else _texts(call)
    if any(Variable(TOKEN) in text for text in texts):
        lines.append("// The token is kept in Platform Cache for less than its expires_in.")
        lines.append("String token = (String) Cache.Org.get('local.MarketingCloud.token');")
    if any(isinstance(part, Variable) and part.name != TOKEN for text in texts for part in text):
        lines.append("// Secrets come from protected custom metadata, never from the code.")
    lines += ["HttpRequest request = new HttpRequest();", f"request.setMethod({apex_string(call.method)});"]
    if bearer:
        lines.append(
            f"// The Named Credential {NAMED_CREDENTIAL} holds the REST base URL and adds the Authorization header."
        )
        lines.append(f"request.setEndpoint({_apex((f'callout:{NAMED_CREDENTIAL}', *_path(call.url)))});")
    else:
        lines.append("// The host has to be among the Remote Site Settings.")
        lines.append(f"request.setEndpoint({_apex(call.url)});")
    lines += [
        f"request.setHeader({apex_string(name)}, {_apex(value)});"
        for name, value in call.headers
        if not (bearer and name.lower() == "authorization")
    ]
    lines.append("request.setTimeout(60000);")
    if call.body is not None:
        lines.append(f"request.setBody({_apex(call.body)});")
    lines.append("HttpResponse response = new Http().send(request);")
    lines.append("System.debug(response.getStatusCode() + ' ' + response.getBody());")
    return "\n".join(lines) + "\n"


def _path(url: Text) -> Text:
    """A URL without scheme and host, which hold no variable."""
    first = url[0] if url and isinstance(url[0], str) else ""
    parts = urlsplit(first)
    return (first[len(f"{parts.scheme}://{parts.netloc}") :], *url[1:])


def _apex(text: Text) -> str:
    return " + ".join(_apex_name(one) if isinstance(one, Variable) else apex_string(one) for one in text) or "''"


def _apex_name(variable: Variable) -> str:
    """MC_CLIENT_SECRET as Apex programmers would call it: clientSecret."""
    if variable.name == TOKEN:
        return "token"
    first, *more = variable.name.removeprefix("MC_").lower().split("_")
    return first + "".join(word.capitalize() for word in more)


_FORMS: dict[Form, Callable[[Replay], str]] = {
    Form.CURL: _as_curl,
    Form.PYTHON: _as_python,
    Form.APEX: _as_apex,
}
