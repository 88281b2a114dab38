"""No secret given to the client is found in anything written, shown, logged, raised or exported.

A hostile tenant answers with the secrets themselves, in every place and writing. What comes of that is gathered by
SINKS; a new way out of the console is added there. Whether a secret is in it is judged by decoding what came out, not
by how the console looks for it.
"""

from __future__ import annotations

import html
import itertools
import json
import logging
import re
import shutil
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from mcconsole.api.client import Client
from mcconsole.api.exchanges import ExchangeLog
from mcconsole.api.operations import Operation
from mcconsole.api.soap import equals, retrieve
from mcconsole.api.throttle import Throttle
from mcconsole.core import replay, snippets
from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import BODY_LIMIT, Exchange
from mcconsole.core.history import History, Query
from mcconsole.core.jobs import JobContext
from mcconsole.core.tenant import Credentials, Tenant
from mcconsole.features.responses import compare, export, models, pairs
from mcconsole.ui import crash
from mcconsole.ui.tasks import TaskRunner
from tests.api.raw import FAST, Raw, answer, reset, serving

READ = Operation("read", "GET", "/data/v1/things", reads=True)
ROWS = Operation("rows", "POST", "/data/v1/rows", keep_body=False)


@dataclass(frozen=True)
class Run:
    """What is left after calls to a tenant that gives everything away."""

    client: Client
    exchanges: tuple[Exchange, ...]
    history: History
    folder: Path
    errors: list[ConsoleError]
    records: list[logging.LogRecord]
    qtbot: QtBot


Sink = Callable[[Run], Iterator[str | bytes]]
SINKS: list[Sink] = []


def sink(gather: Sink) -> Sink:
    """Count what a function gathers among the ways out."""
    SINKS.append(gather)
    return gather


@sink
def memory(run: Run) -> Iterator[str | bytes]:
    for exchange in run.exchanges:
        yield repr(exchange)
        yield exchange.request.data
        yield exchange.response.data


@sink
def shown(run: Run) -> Iterator[str | bytes]:
    for one in run.exchanges:
        yield " ".join((models.status_text(one), one.reason, models.path_text(one.url), one.label, one.job_label))
    for known in (run.client, run.client.credentials, run.client.known_token(), run.client.log):
        yield repr(known)


@sink
def history_on_disk(run: Run) -> Iterator[str | bytes]:
    """The bytes of all files, as they lie there; what is packed in them; and the words that a search knows."""
    for path in run.folder.iterdir():
        yield path.read_bytes()
    with run.history.reader() as reader:
        for part in reader.everything():
            for _, _, *texts in part:
                yield from texts
        for block in reader.blocks(Query()):
            yield repr([reader.exchange(line.exchange) for line in reader.lines(Query(), block)])
        reader._db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)")
        yield " ".join(term for (term,) in reader._db.execute("SELECT term FROM terms"))


@sink
def raised(run: Run) -> Iterator[str | bytes]:
    for error in run.errors:
        yield "\n".join((str(error), repr(error), error.said, error.advice, repr(vars(error))))
        yield "".join(traceback.format_exception(error))


@sink
def logged(run: Run) -> Iterator[str | bytes]:
    for record in run.records:
        yield record.getMessage() + repr(record.args) + (record.exc_text or "")


@sink
def crash_reports(run: Run) -> Iterator[str | bytes]:
    """A job that fails by an error of our own in the middle of a call."""
    told: list[str] = []

    def fails(ctx: JobContext) -> None:
        answer = run.client.token(ctx)
        shown = f"unexpected {answer!r} for {run.client.credentials!r}"
        raise RuntimeError(f"{shown}: {answer.value!r}, {answer.value}, {run.client.credentials.client_secret}")

    runner = TaskRunner()
    crash.reporter.crashed.connect(told.append)
    failed: list[ConsoleError] = []
    runner.start(fails, key="fails", label="Fails", on_error=failed.append)
    run.qtbot.waitUntil(lambda: bool(told and failed))
    crash.reporter.crashed.disconnect(told.append)
    yield from told
    yield str(failed)


@sink
def snippets_to_hand_on(run: Run) -> Iterator[str | bytes]:
    for call in (snippets.token_call("1"), snippets.event_call("E", "C", {"a": 1})):
        for form in snippets.Form:
            yield snippets.render(call, form)


@sink
def handed_on(run: Run) -> Iterator[str | bytes]:
    """Every exchange, of this session and from the history, in each form; what cannot be written says why."""
    with run.history.reader() as reader:
        lines = [line for block in reader.blocks(Query()) for line in reader.lines(Query(), block)]
        kept = [reader.exchange(line.exchange) for line in lines]
    for exchange in (*run.exchanges, *(one for one in kept if one is not None)):
        for form in snippets.Form:
            try:
                yield replay.render(exchange, form)
            except ConsoleError as error:
                yield f"{error!r} {error.said} {error.advice}"


@sink
def exported(run: Run) -> Iterator[str | bytes]:
    """HAR and evidence pack as files, with what is in the pack, and the preview."""
    folder = run.folder / "exported"
    folder.mkdir()
    result = folder / "result.csv"
    said = [one.response.data.decode("utf-8", "replace").replace('"', '""') for one in run.exchanges]
    result.write_text("Key,_reason\n" + "".join(f'1,"{one}"\n' for one in said), "utf-8")
    for emails in (True, False):
        wish = export.Wish(lambda _: iter(run.exchanges), emails=emails, results=(result,))
        yield repr(export.look(JobContext(), wish).hidden)
        export.write_har(JobContext(), wish, folder / "calls.har")
        export.write_pack(JobContext(), wish, folder / "pack.zip", export.versions("6"))
        yield (folder / "calls.har").read_bytes()
        yield (folder / "pack.zip").read_bytes()
        with zipfile.ZipFile(folder / "pack.zip") as pack:
            for name in pack.namelist():
                yield name
                yield pack.read(name)
    shutil.rmtree(folder)


@sink
def compared(run: Run) -> Iterator[str | bytes]:
    for one, other in itertools.pairwise(run.exchanges):
        yield repr(compare.compare(pairs.side(one), pairs.side(other)))


PIECES = [
    "(.*)+",
    "[a-z]{2}",
    "\\",
    "\\\\n",
    "$1",
    "^|$",
    "dGVzdA==",
    "+/=",
    "%2F%25",
    "&amp;",
    "<b>",
    '"',
    "'",
    "?a=b&c",
]
WORDS = st.text("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=6, max_size=10)


def made_of(*pieces: str) -> st.SearchStrategy[str]:
    middle = st.lists(st.sampled_from(pieces) | WORDS, max_size=4).map("".join)
    return st.tuples(WORDS, middle, WORDS).map("".join)


def spoken(secret: str, filler: int) -> Iterator[bytes]:
    """Answers with a secret in them."""
    raw = secret.encode()
    yield answer({"errorcode": 0, "message": f"The token {secret} is not valid"}, 401)
    yield answer({"message": secret, "errorcode": 10001, "additionalErrors": [{"message": f"«{secret}»"}]}, 400)
    yield answer(json.dumps({"a": secret}).replace("/", "\\/").encode(), 400)
    yield answer(json.dumps({"said": json.dumps({"deep": [secret]})}).encode(), 500)
    yield answer(b"<html><p>" + html.escape(secret).encode() + b"</p>", 502, content_type="text/html")
    yield answer(f"<a><fueloauth>{html.escape(secret)}</fueloauth>{secret}".encode(), 200, content_type="text/xml")
    yield answer(f"access_token={quote_plus(secret)}&x={quote(secret, safe='')}".encode(), 400, content_type="form")
    yield answer(b"x" * (BODY_LIMIT - filler) + raw + b" and more", 200, content_type="text/plain")
    echoed = quote(secret)
    yield answer(
        {"items": []},
        302,
        f"Location: https://user:{echoed}@host/{echoed}?access_token={echoed}",
        f"WWW-Authenticate: Bearer realm={echoed}",
        f"Set-Cookie: session={echoed}",
        f"X-Echo: {echoed}",
        content_type=f"application/json; was={echoed}",
    )
    yield f"HTTP/1.1 403 No {echoed}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def decoded(data: bytes) -> Iterator[str]:
    """What came out, as it is and with each of the usual encodings undone once or twice."""
    text = data.decode("utf-8", "replace")
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    unescaped = unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    plain = [text, unquote(text), unquote_plus(text), html.unescape(text), html.unescape(html.unescape(text))]
    for once in (*plain, unescaped):
        yield once
        stripped = re.sub(r"\\+([\"'/\\])", r"\1", once)
        yield stripped
        yield stripped.replace("\\", "")


def leaks(secret: str, out: str | bytes) -> bool:
    """Whether a secret, or the better part of it, is in what came out."""
    data = out if isinstance(out, bytes) else out.encode("utf-8", "replace")
    if secret[:6].encode() not in data:  # letters and digits, which no encoding changes
        return False
    forms = {secret, secret.replace("\\", ""), repr(secret)[1:-1]}
    return any(form in text for text in decoded(data) for form in forms) or secret[:12].encode() in data


def converse(tenant: Raw, secret: str, token: str, filler: int, log: ExchangeLog) -> tuple[Client, list[ConsoleError]]:
    """Call a tenant that repeats what it was told."""
    base = {"rest_instance_url": tenant.url, "soap_instance_url": tenant.url, "expires_in": 1079}
    granted = answer({"access_token": token, "token_type": "Bearer", "scope": "", **base})
    credentials = Credentials(Tenant.from_text(tenant.url), "id", secret)
    fast = Throttle(rate=100_000, burst=1000)
    client = Client(
        credentials, log=log, profile="P", feature="imports", limits=FAST, throttle=fast, jitter=lambda: 0.0
    )
    errors: list[ConsoleError] = []

    def attempt(call: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        try:
            call(*arguments, **named)
        except ConsoleError as error:
            errors.append(error)

    tenant.token_scripts = [answer({"error": "invalid_client", "error_description": f"not {secret}"}, 401)]
    attempt(client.token)
    for told in (secret, token):
        for script in spoken(told, filler):
            tenant.token_scripts = [granted] * 4
            tenant.scripts = [script] * 4
            attempt(client.rest, READ, query={"q": told, "token": token})
            tenant.scripts = [script] * 4
            attempt(client.rest, ROWS, body=json.dumps([{"a": told}] * 2).encode(), label="Rows")
            tenant.scripts = [script] * 4
            attempt(lambda told=told: list(retrieve(client, "List", ["ID"], equals("ID", told))))
    tenant.scripts = [reset]
    attempt(client.rest, ROWS, json={"password": secret, "Authorization": token})
    tenant.token_scripts = [granted] * 4
    client.token()
    return client, errors


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=made_of(*PIECES, "é", "ß", "😀", "\u2028", "密码"), token=made_of(*PIECES), filler=st.integers(0, 40))
@example(secret='aB3dEf"\\(.*)+é😀%2F&amp;dGVzdA==/Zz9Yy8', token="tokenA1(.*)+/=%2F\\<b>&amp;'\"xyzXYZ", filler=9)
def test_no_secret_leaves(
    secret: str,
    token: str,
    filler: int,
    caplog: pytest.LogCaptureFixture,
    qtbot: QtBot,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    log = ExchangeLog()
    with tempfile.TemporaryDirectory() as folder, serving() as tenant:
        history = History(Path(folder) / "history.sqlite")
        history.watch()  # so that the write-ahead log is there to be read
        log.subscribe(history.put)
        client, errors = converse(tenant, secret, token, filler, log)
        with closing(client), closing(history):
            assert history.flush(30)
            run = Run(client, log.list(), history, Path(folder), errors, list(caplog.records), qtbot)
            for gather in SINKS:
                for out in gather(run):
                    for value in (secret, token):
                        assert not leaks(value, out), f"{gather.__name__} gave {value!r} away"
        assert len(errors) > 30
        assert len(run.exchanges) > 50
        printed = capfd.readouterr()
        assert not leaks(secret, printed.out + printed.err)
        assert not leaks(token, printed.out + printed.err)
        assert b"***" in b"".join(one.response.data for one in run.exchanges)
    caplog.clear()


@pytest.mark.parametrize("way", [str, quote, quote_plus, html.escape, json.dumps, repr])
def test_a_leak_would_be_seen(way: Callable[[str], str]) -> None:
    secret = 'aB3dEf"\\(.*)+é😀%2F&amp;dGVzdA==/Zz9Yy8'
    assert leaks(secret, f"before {way(secret)} after")
    assert not leaks(secret, "before *** after")


def test_every_way_out_is_watched() -> None:
    assert len(SINKS) >= 10
