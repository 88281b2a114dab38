"""SOAP envelopes, built and parsed with lxml, entities off (API reference 7.4 to 7.6)."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element

from mcconsole.api import verdict
from mcconsole.api.operations import Operation
from mcconsole.api.verdict import Verdict
from mcconsole.api.wire import Reply
from mcconsole.core.errors import BadAnswer, BadInput, OutcomeUnknown
from mcconsole.core.exchange import Exchange

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
PARTNER = "http://exacttarget.com/wsdl/partnerAPI"
HEADER = "http://exacttarget.com"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NAMES: dict[str | None, str] = {None: PARTNER, "xsi": XSI}

_UNREADABLE = "Try again; if it stays, look whether something between here and Marketing Cloud changes its answers."
_GOOD = ("OK", "MoreDataAvailable")


@dataclass(frozen=True, slots=True)
class SoapAnswer:
    """A SOAP answer that is no fault; `overall_status` may still speak of errors (7.5, observed)."""

    overall_status: str
    request_id: str
    results: list[_Element]
    """Always a list, also for one result or none."""
    exchange: Exchange


def operation(action: str, *, once: bool, scope: str) -> Operation:
    """The operation behind a SOAP action; retrieves are slow, so they have 120 s (API reference 6, unverified)."""
    return Operation(
        f"soap.{action.lower()}",
        "POST",
        "/Service.asmx",
        once=once,
        reads=action in ("Retrieve", "Describe"),
        scope=scope,
        timeout=120.0,
        host="soap",
    )


def element(name: str, *content: str | _Element, type_name: str = "") -> _Element:
    """An element of the partner API with text or children. BadInput for characters that XML cannot carry."""
    made = etree.Element(f"{{{PARTNER}}}{name}", nsmap=_NAMES)  # type: ignore[arg-type]
    if type_name:
        made.set(f"{{{XSI}}}type", type_name)
    for item in content:
        if isinstance(item, str):
            try:
                made.text = item
            except ValueError:
                raise BadInput(f"The value of {name} holds a character that XML cannot carry.") from None
        else:
            made.append(item)
    return made


def wrap(body: _Element, token: str) -> bytes:
    """The envelope around a body, with the token in its header (7.4, observed)."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP, "xsi": XSI})
    header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
    etree.SubElement(header, f"{{{HEADER}}}fueloauth", nsmap={None: HEADER}).text = token  # type: ignore[dict-item]
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(copy.deepcopy(body))
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


MOST_BYTES = 32 * 1024 * 1024
MOST_NODES = 1_000_000
"""Elements and attributes of a document; each takes some hundred bytes of memory, however short it is written."""
_ENCODINGS = (b"utf-8", b"us-ascii", b"iso-8859-1", b"windows-1252")
"""All have “<” and “=” where ASCII has them, so that counting these bytes bounds the nodes."""
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']""")


def parse(content: bytes) -> _Element:
    """The root of a document; ValueError for what is not XML, is too large, or declares a document type.

    All that could make a small document large in memory is refused before it is parsed.
    """
    _refuse_hostile(content)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(" ".join(str(error).split())[:200]) from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise ValueError("it declares a document type")
    return root


def _refuse_hostile(content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES // (1024 * 1024)} MB")
    if b"\0" in content[:4] or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError("it is in UTF-16 or UTF-32, not in UTF-8")
    declared = _DECLARED.match(content)
    if declared is not None and declared[1].lower() not in _ENCODINGS:
        raise ValueError(f"it is in the encoding {declared[1][:40].decode('ascii', 'replace')}, not in UTF-8")
    prolog = _PROLOG.match(content)
    if prolog is not None and content[prolog.end() : prolog.end() + 9] == b"<!DOCTYPE":
        raise ValueError("it declares a document type")
    if content.count(b"<") + content.count(b"=") > MOST_NODES:
        raise ValueError("it has more elements than can be meant")


def local(node: _Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(node).localname


def child(node: _Element, name: str) -> _Element | None:
    """The first child of this name, whatever its namespace."""
    return next((c for c in node if local(c) == name), None)


def text(node: _Element | None, name: str) -> str:
    """The text of the first child of this name; "" when there is none."""
    found = child(node, name) if node is not None else None
    return (found.text or "").strip() if found is not None else ""


def read(reply: Reply) -> Verdict:
    """Read a SOAP answer: a fault becomes the HTTP status that it amounts to (7.6)."""
    if reply.trouble is not None and (reply.status is None or reply.status < 300):
        return Verdict(None, failed=True)
    try:
        body = _body(reply.content)
    except ValueError:
        plain = verdict.rest(reply)
        return plain if (reply.status or 0) >= 300 else Verdict(reply.status, failed=True)
    fault = next((node for node in body if local(node) == "Fault"), None)
    if fault is not None:
        return _fault(fault, reply)
    status = text(next(iter(body), None), "OverallStatus")
    return Verdict(reply.status, failed=status not in _GOOD, said="" if status in _GOOD else status)


def _fault(fault: _Element, reply: Reply) -> Verdict:
    code = text(fault, "faultcode").rpartition(":")[2].lower()
    words = text(fault, "faultstring")
    if code == "security" or words.lower() in ("token expired", "login failed"):
        status = 401
    elif "rate limit" in words.lower():
        status = 429
    else:
        status = 400 if code == "client" else 500
    plain = verdict.rest(Reply(status, headers=reply.headers))
    return Verdict(status, failed=True, said=verdict.bounded(words), retry_after=plain.retry_after)


def answer(reply: Reply, exchange: Exchange, asked: Operation) -> SoapAnswer:
    """The answer of a call without fault. One that is not SOAP is a BadAnswer, or OutcomeUnknown unless it reads."""
    try:
        message = next(iter(_body(reply.content)), None)
        if message is None:
            raise ValueError("its Body is empty")  # noqa: TRY301  (one way out for every unreadable answer)
    except ValueError as error:
        what = f"{exchange.label}: the answer is not a SOAP envelope ({verdict.bounded(str(error))})."
        kind = BadAnswer if asked.reads else OutcomeUnknown
        advice = _UNREADABLE if asked.reads else ""
        raise kind(what, said=verdict.plain(reply.content), advice=advice, exchange=exchange) from None
    return SoapAnswer(
        overall_status=text(message, "OverallStatus"),
        request_id=text(message, "RequestID"),
        results=[node for node in message if local(node) == "Results"],
        exchange=exchange,
    )


def _body(content: bytes) -> _Element:
    root = parse(content)
    body = child(root, "Body") if local(root) == "Envelope" else None
    if body is None:
        raise ValueError("no Envelope with a Body")
    return body


def flatten(node: _Element) -> dict[str, str]:
    """An object as names and texts: `ParentFolder.ID` for what is nested, "" for null, the first of several.

    The `Properties` of a DataExtensionObject come by the names of its fields.
    """
    found: dict[str, str] = {}
    for name, value in _leaves(node, ""):
        found.setdefault(name, value)
    return found


def _leaves(node: _Element, prefix: str) -> Iterator[tuple[str, str]]:
    for item in node:
        name = local(item)
        if name == "Property" and child(item, "Name") is not None:
            yield text(item, "Name"), _text_as_is(child(item, "Value"))
        elif len(item):
            yield from _leaves(item, "" if name == "Properties" else f"{prefix}{name}.")
        else:
            yield prefix + name, _text_as_is(item)


def _text_as_is(node: _Element | None) -> str:
    return (node.text or "") if node is not None else ""
