"""SOAP answers that a client has to survive: failures of the real server, and XML that means harm."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from mcconsole.sandbox.replies import Reply

HUGE = 100_000_000
"""Bytes of the biggest answers."""
_XML = "text/xml; charset=utf-8"
_DECLARED = '<?xml version="1.0" encoding="{}"?>'
_ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{}</soap:Body></soap:Envelope>'
)
_RETRIEVED = (
    '<RetrieveResponseMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><OverallStatus>{status}</OverallStatus>'
    "<RequestID>00000000-0000-0000-0000-000000000001</RequestID>{results}</RetrieveResponseMsg>"
)
_RESULT = "<Results><CustomerKey>{}</CustomerKey></Results>"


def _xml(body: str, *, doctype: str = "", declared: str = "utf-8", encoded: str = "utf-8", status: int = 200) -> Reply:
    """Write an envelope; what it declares and how it is encoded may differ."""
    text = _DECLARED.format(declared) + doctype + _ENVELOPE.format(body)
    return Reply(status, text.encode(encoded), _XML)


def _retrieved(results: str = "", status: str = "OK") -> str:
    return _RETRIEVED.format(status=status, results=results)


def _fault(code: str, words: str, detail: str = "") -> Reply:
    return _xml(
        f"<soap:Fault><faultcode>{code}</faultcode><faultstring>{words}</faultstring>{detail}</soap:Fault>", status=500
    )


def server_fault() -> Reply:
    """A failure of the server (API reference 7.6, documented)."""
    detail = (
        '<detail><apifault xmlns="urn:fault.partner.exacttarget.com"><Code>2</Code><Message>General Exception</Message>'
        "</apifault></detail>"
    )
    return _fault("soap:Server", "Server error", detail)


def _entity_bomb() -> Reply:
    """A billion laughs: ten entities, each ten of the one before."""
    entities = '<!ENTITY a0 "haha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 11))
    return _xml(_retrieved(_RESULT.format("&a10;")), doctype=f"<!DOCTYPE soap [{entities}]>")


def _quadratic_bomb() -> Reply:
    """One long entity, used very often: little depth, many bytes."""
    entity = f'<!ENTITY a "{"x" * 100_000}">'
    return _xml(_retrieved(_RESULT.format("&a;" * 10_000)), doctype=f"<!DOCTYPE soap [{entity}]>")


def _external_entity() -> Reply:
    """An entity that would read a file of the client's computer."""
    doctype = '<!DOCTYPE soap [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    return _xml(_retrieved(_RESULT.format("&a;")), doctype=doctype)


def _huge() -> Reply:
    """Well-formed objects without end, or nearly."""
    one = _RESULT.format("k" * 10_000)
    return _xml(_retrieved(one * (HUGE // len(one))))


def _huge_text() -> Reply:
    """One text as long as the whole answer."""
    return _xml(_retrieved(_RESULT.format("k" * HUGE)))


def _compressed() -> Reply:
    """An answer that is small until it is unpacked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    text = _DECLARED.format("utf-8") + _ENVELOPE.format(_retrieved(_RESULT.format("k" * HUGE)))
    body = packer.compress(text.encode()) + packer.flush()
    return Reply(200, body, _XML, {"Content-Encoding": "gzip"})


def _deep() -> Reply:
    """Elements inside elements, a hundred thousand times."""
    return _xml(_retrieved("<Results>" * 100_000 + "</Results>" * 100_000))


ANSWERS: Mapping[str, Callable[[], Reply]] = {
    "server_fault": server_fault,
    "token_expired": lambda: _fault("wsse:Security", "Token Expired"),
    "login_failed": lambda: _fault("wsse:Security", "Login Failed"),
    "throttled": lambda: _fault("soap:Client", "Concurrent or rate limit exceeded"),
    "bad_request": lambda: Reply(400, b"Bad Request", "text/plain"),
    "error_status": lambda: _xml(_retrieved(status="Error: Something went wrong on our side.")),
    "html": lambda: Reply(200, b"<!DOCTYPE html><html><body>Down for maintenance</body></html>", "text/html"),
    "empty": lambda: Reply(200, b"", _XML),
    "no_body": lambda: Reply(200, b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"/>', _XML),
    "cut": lambda: Reply(200, _xml(_retrieved(_RESULT.format("k") * 10)).body[:-60], _XML),
    "endless": lambda: _xml(_retrieved(_RESULT.format("again"), status="MoreDataAvailable")),
    "wrong_encoding": lambda: _xml(_retrieved(_RESULT.format("Läden")), encoded="latin-1"),
    "declared_utf16": lambda: _xml(_retrieved(_RESULT.format("Läden")), declared="utf-16"),
    "utf16": lambda: _xml(_retrieved(_RESULT.format("Läden")), declared="utf-16", encoded="utf-16"),
    "unknown_encoding": lambda: _xml(_retrieved(_RESULT.format("k")), declared="x-klingon"),
    "null_bytes": lambda: _xml(_retrieved(_RESULT.format("k\0k"))),
    "entity_bomb": _entity_bomb,
    "quadratic_bomb": _quadratic_bomb,
    "external_entity": _external_entity,
    "deep": _deep,
    "huge": _huge,
    "huge_text": _huge_text,
    "compressed": _compressed,
}
"""By the name that a fault of kind `answer` gives. `endless` says MoreDataAvailable every time."""
