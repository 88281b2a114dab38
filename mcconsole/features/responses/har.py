"""Exchanges as HAR 1.2, which the network panels of browsers open (http://www.softwareishard.com/blog/har-12-spec/).

Members that begin with “_” are our own, as the format allows. No Qt.
"""

from __future__ import annotations

import base64
import codecs
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mcconsole import __version__
from mcconsole.core.exchange import Body, Exchange

PROTOCOL = "HTTP/1.1"
"""What the console speaks, always."""


def pieces(exchanges: Iterable[Exchange]) -> Iterator[bytes]:
    """A HAR file piece by piece, so that no more than one exchange is in memory."""
    creator = json.dumps({"name": "mcconsole", "version": __version__})
    yield f'{{"log": {{"version": "1.2", "creator": {creator}, "entries": ['.encode()
    separator = "\n"
    for exchange in exchanges:
        yield (separator + json.dumps(entry(exchange), ensure_ascii=False)).encode("utf-8", "replace")
        separator = ",\n"
    yield b"\n]}}\n"


def entry(exchange: Exchange) -> dict[str, Any]:
    """One exchange."""
    timings = _timings(exchange)
    return {
        "startedDateTime": _time(exchange.started),
        "time": round(sum(value for name, value in timings.items() if name != "ssl" and value > 0), 3),
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": timings,
        "comment": exchange.label,
        "_profile": exchange.profile,
        "_businessUnit": exchange.business_unit,
        "_feature": exchange.feature,
        "_job": exchange.job_label,
        "_attempt": exchange.attempt,
        "_failed": exchange.bad,
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _request(exchange: Exchange) -> dict[str, Any]:
    body = exchange.request
    made: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": PROTOCOL,
        "cookies": [],
        "headers": _headers(exchange.request_headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": body.size,
    }
    if body.size:
        text, encoding = _text(body)
        made["postData"] = {"mimeType": body.content_type, "text": text, **_cut(body)}
        if encoding:
            made["postData"]["_encoding"] = encoding
    return made


def _response(exchange: Exchange) -> dict[str, Any]:
    """What came back; without an answer its status is 0, as browsers write it."""
    body = exchange.response
    text, encoding = _text(body)
    content: dict[str, Any] = {"size": body.size, "mimeType": body.content_type, "text": text, **_cut(body)}
    if encoding:
        content["encoding"] = encoding
    location = (value for name, value in exchange.response_headers if name.lower() == "location")
    made: dict[str, Any] = {
        "status": exchange.status or 0,
        "statusText": exchange.reason,
        "httpVersion": PROTOCOL,
        "cookies": [],
        "headers": _headers(exchange.response_headers),
        "content": content,
        "redirectURL": next(location, ""),
        "headersSize": -1,
        "bodySize": -1,
    }
    if exchange.error:
        made["_error"] = exchange.error
    return made


def _headers(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _text(body: Body) -> tuple[str, str]:
    """A body as text, and "base64" where it is none."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body.data, final=not body.cut), ""
    except UnicodeDecodeError:
        return base64.b64encode(body.data).decode(), "base64"


def _cut(body: Body) -> dict[str, str]:
    if not body.cut:
        return {}
    told = f"; SHA-256 of the whole: {body.sha256}" if body.sha256 else ""
    return {"comment": f"The first {len(body.data):,} of {body.size:,} bytes{told}."}


def _timings(exchange: Exchange) -> dict[str, float]:
    """Milliseconds by phase; -1 for what did not take place. Here `connect` includes TLS, as the format wants it."""
    measured = {name: seconds * 1000 for name, seconds in exchange.timings}
    whole = exchange.seconds * 1000
    first = whole if exchange.seconds_to_first_byte is None else exchange.seconds_to_first_byte * 1000
    made = {"dns": measured.get("dns", -1.0)}
    opened = measured.get("connect", -1.0)
    made["connect"] = opened + measured.get("tls", 0.0) if opened >= 0 else -1.0
    made["ssl"] = measured.get("tls", -1.0)
    made["send"] = measured.get("send", 0.0)
    made["wait"] = measured.get("wait", 0.0 if measured else first)
    made["receive"] = measured.get("receive", 0.0 if measured else max(0.0, whole - first))
    rest = whole - sum(value for name, value in made.items() if name != "ssl" and value > 0)
    made["blocked"] = rest if rest > 0 else -1.0
    return {name: round(value, 3) for name, value in made.items()}
