"""SOAP envelopes: read with entities off, written with the prefixes that clients look for (API reference 7.4-7.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from lxml import etree

from mcconsole.core.clock import now
from mcconsole.sandbox.replies import Refusal, Reply, new_id

PARTNER = "http://exacttarget.com/wsdl/partnerAPI"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_OAUTH = "{http://exacttarget.com}fueloauth"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_CONTENT_TYPE = "text/xml; charset=utf-8"
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_PREFIXES: dict[str | None, str] = {None: PARTNER, "xsi": _XSI}

Node = etree._Element
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Message:
    """One request: the token of its header, "" without one, and the first element of its body."""

    token: str
    body: Node


def parse(data: bytes) -> Message:
    """Read a request; raises the 400 of an envelope that is none, in plain text (API reference 7.6, observed)."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise bad_request() from None
    body = root.find(f"{{{ENVELOPE}}}Body")
    if (
        root.getroottree().docinfo.internalDTD is not None
        or root.tag != f"{{{ENVELOPE}}}Envelope"
        or body is None
        or not len(body)
    ):
        raise bad_request()
    return Message((root.findtext(f"{{{ENVELOPE}}}Header/{_OAUTH}") or "").strip(), body[0])


def bad_request() -> Refusal:
    """400 for what is no SOAP envelope."""
    return Refusal(Reply(400, b"Bad Request", "text/plain"))


def name_of(node: Node) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(node).localname


def children(node: Node | None, name: str) -> list[Node]:
    """Return the elements of this name directly below, whatever their namespace."""
    return [] if node is None else [child for child in node if name_of(child) == name]


def child(node: Node | None, *path: str) -> Node | None:
    """Return the first element at this path below."""
    for name in path:
        found = children(node, name)
        node = found[0] if found else None
    return node


def text(node: Node | None, *path: str) -> str:
    """Return the text at this path below, "" where there is none."""
    found = child(node, *path)
    return "" if found is None or found.get(f"{{{_XSI}}}nil") == "true" else (found.text or "").strip()


def flag(node: Node | None, *path: str) -> bool:
    """Return whether the text at this path means true."""
    return text(node, *path).lower() in ("true", "1")


def type_of(node: Node) -> str:
    """Return the `xsi:type` without its prefix."""
    return node.get(f"{{{_XSI}}}type", "").rpartition(":")[2]


def raw_text(node: Node, name: str) -> str:
    """Return the text of the element of this name below, white space at its ends included."""
    found = child(node, name)
    return "" if found is None else found.text or ""


def add(parent: Node, name: str, value: Value = "") -> Node:
    """Append an element of the partner namespace; null becomes `xsi:nil`, a Boolean true or false."""
    node = etree.SubElement(parent, f"{{{PARTNER}}}{name}")
    if value is None:
        node.set(f"{{{_XSI}}}nil", "true")
    elif isinstance(value, bool):
        node.text = "true" if value else "false"
    else:
        node.text = _ILLEGAL.sub("\ufffd", str(value))
    return node


def add_typed(parent: Node, name: str, kind: str) -> Node:
    """Append an element with an `xsi:type`."""
    node = add(parent, name)
    node.set(f"{{{_XSI}}}type", kind)
    return node


def add_object(parent: Node, name: str, kind: str, values: Mapping[str, Value]) -> Node:
    """Append an object; a name with a point, such as `Client.ID`, becomes an element inside another."""
    node = add_typed(parent, name, kind)
    for path, value in values.items():
        *outer, last = path.split(".")
        place = node
        for part in outer:
            found = child(place, part)
            place = add(place, part) if found is None else found
        add(place, last, value)
    return node


def copy_into(target: Node, source: Node) -> None:
    """Append what is in `source`, without the prefixes that its sender chose."""
    for part in source:
        if len(part):
            copy_into(add(target, name_of(part)), part)
        else:
            add(target, name_of(part), part.text or "")


def response(name: str) -> Node:
    """Begin the element of an answer's body."""
    return etree.Element(f"{{{PARTNER}}}{name}", nsmap=_PREFIXES)  # type: ignore[arg-type]


def envelope(action: str, content: Node) -> Reply:
    """Put an answer into its envelope, with the headers of the real one (API reference 7.5, observed)."""
    root = _envelope()
    header = etree.SubElement(root, f"{{{ENVELOPE}}}Header")
    addressing = {
        "Action": action,
        "MessageID": f"urn:uuid:{new_id()}",
        "RelatesTo": f"urn:uuid:{new_id()}",
        "To": f"{_ADDRESSING}/role/anonymous",
    }
    for name, value in addressing.items():
        etree.SubElement(header, f"{{{_ADDRESSING}}}{name}").text = value
    security = etree.SubElement(header, f"{{{_SECURITY}}}Security")
    stamp = etree.SubElement(security, f"{{{_UTILITY}}}Timestamp")
    moment = now()
    for name, at in (("Created", moment), ("Expires", moment + timedelta(minutes=5))):
        etree.SubElement(stamp, f"{{{_UTILITY}}}{name}").text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    etree.SubElement(root, f"{{{ENVELOPE}}}Body").append(content)
    return Reply(200, _serialised(root), _CONTENT_TYPE)


def fault(code: str, words: str, actor: str) -> Refusal:
    """500 with a SOAP fault (API reference 7.6, observed for an expired token and a failed login)."""
    root = _envelope()
    body = etree.SubElement(root, f"{{{ENVELOPE}}}Body")
    node = etree.SubElement(body, f"{{{ENVELOPE}}}Fault")
    parts: Iterable[tuple[str, str]] = (("faultcode", code), ("faultstring", words), ("faultactor", actor))
    for name, value in parts:
        etree.SubElement(node, name).text = value
    return Refusal(Reply(500, _serialised(root), _CONTENT_TYPE))


def _envelope() -> Node:
    prefixes = {"soap": ENVELOPE, "xsi": _XSI, "wsa": _ADDRESSING, "wsse": _SECURITY, "wsu": _UTILITY}
    return etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap=prefixes)


def _serialised(root: Node) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
