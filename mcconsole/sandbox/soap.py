"""SOAP: who asks, what for, and the answer in its envelope (API reference 7.4 to 7.7)."""

from __future__ import annotations

import dataclasses
from email.utils import formatdate
from pathlib import Path

from mcconsole.sandbox import auth, soap_assets, soap_triggered_send, soap_writes, triggered_sends
from mcconsole.sandbox.replies import Refusal, Reply, new_id
from mcconsole.sandbox.routing import Call, Route
from mcconsole.sandbox.soap_retrieve import TYPES, retrieve
from mcconsole.sandbox.soap_writes import NOT_PERMITTED, Outcome, Write
from mcconsole.sandbox.soap_xml import (
    Node,
    add,
    add_typed,
    child,
    children,
    copy_into,
    envelope,
    fault,
    name_of,
    parse,
    response,
    text,
    type_of,
)

PATH = "/service.asmx"
_WSDL = Path(__file__).with_name("wsdl.xml")
_LOCATION = b"https://sandbox.invalid/Service.asmx"
_WRITES: dict[tuple[str, str], tuple[Write, str]] = {
    key: (write, module.SCOPE)
    for module in (soap_writes, triggered_sends, soap_assets, soap_triggered_send)
    for key, write in module.WRITES.items()
}
"""What to do for an action on a type, and the scope that it needs."""


def serve(call: Call) -> Reply:
    """`POST /Service.asmx`: every request names its action by the first element of its body."""
    message = parse(call.body)
    grant = auth.read_token(call.tenant.signing_key, message.token) if message.token else None
    actor = f"{call.base_url}Service.asmx"
    if grant is None:
        words = "Token Expired" if message.token else "Login Failed"
        raise fault("wsse:Security", words, actor)
    call = dataclasses.replace(call, grant=grant)
    name = name_of(message.body)
    if name == "RetrieveRequestMsg":
        return envelope("RetrieveResponse", retrieve(call, message.body))
    if name == "DefinitionRequestMsg":
        return envelope("DescribeResponse", _describe(message.body))
    if name in ("CreateRequest", "UpdateRequest", "DeleteRequest"):
        action = name.removesuffix("Request")
        return envelope(f"{action}Response", _write(call, action, message.body))
    raise fault("soap:Client", f"The request {name} is not known to this server.", actor)


def _write(call: Call, action: str, body: Node) -> Node:
    answer = response(f"{action}Response")
    save = child(body, "Options", "SaveOptions")
    upsert = any(text(option, "SaveAction") == "UpdateAdd" for option in children(save, "SaveOption"))
    outcomes = []
    for ordinal, node in enumerate(children(body, "Objects")):
        outcome = _write_one(call, action, node, upsert)
        outcomes.append(outcome)
        _add_outcome(answer, action, node, outcome, ordinal)
    failed = sum(outcome.code is not None for outcome in outcomes)
    add(answer, "RequestID", new_id())
    overall = "OK" if outcomes and not failed else "Error" if failed == len(outcomes) else "Has Errors"
    add(answer, "OverallStatus", overall)
    return answer


def _write_one(call: Call, action: str, node: Node, upsert: bool) -> Outcome:
    kind = type_of(node)
    write, scope = _WRITES.get((action, kind), (None, ""))
    if write is None:
        words = f"Unable to find a handler for object type: {kind}. Object types are case-sensitive, check spelling."
        return Outcome(words, 2)
    if scope not in call.grant.scopes:
        return Outcome("API Permission Failed. The package lacks a permission for this call.", NOT_PERMITTED)
    try:
        return write(call, node, upsert)
    except Refusal:
        return Outcome("API Permission Failed. The object belongs to another business unit.", NOT_PERMITTED)


def _add_outcome(answer: Node, action: str, node: Node, outcome: Outcome, ordinal: int) -> None:
    own = type_of(node) if type_of(node) == "TriggeredSend" else ""
    result = add_typed(answer, "Results", f"{own}{action}Result")
    add(result, "StatusCode", "OK" if outcome.code is None else "Error")
    add(result, "StatusMessage", outcome.message)
    add(result, "OrdinalID", ordinal)
    if outcome.code is not None:
        add(result, "ErrorCode", outcome.code)
    if action == "Create":
        add(result, "NewID", outcome.new_id)
        add(result, "NewObjectID", outcome.new_object_id)
    for failure in outcome.failures:
        failed = add(result, "SubscriberFailures")
        add(failed, "ErrorCode", failure.code)
        add(failed, "ErrorDescription", failure.text)
        add(failed, "Ordinal", failure.ordinal)
        copy_into(add(failed, "Subscriber"), failure.subscriber)
    # The object comes back as it was sent (API reference 4.2, observed).
    copy_into(add_typed(result, "Object", type_of(node)), node)


def _describe(body: Node) -> Node:
    """Name the retrievable properties of object types (the call is documented, its answer unverified)."""
    answer = response("DefinitionResponseMsg")
    for request in children(child(body, "DescribeRequests"), "ObjectDefinitionRequest"):
        kind = text(request, "ObjectType")
        definition = add(answer, "ObjectDefinition")
        add(definition, "ObjectType", kind)
        for name in TYPES[kind].properties if kind in TYPES else ():
            node = add(definition, "Properties")
            add(node, "Name", name)
            add(node, "DataType", "string")
            add(node, "IsUpdatable", False)
            add(node, "IsRetrievable", True)
    add(answer, "RequestID", new_id())
    return answer


def wsdl(call: Call) -> Reply:
    """`GET /etframework.wsdl`: self-contained and small (API reference 7.7)."""
    content = _WSDL.read_bytes().replace(_LOCATION, f"{call.base_url}Service.asmx".encode())
    changed = formatdate(_WSDL.stat().st_mtime, usegmt=True)
    return Reply(200, content, "text/xml; charset=utf-8", {"Last-Modified": changed})


ROUTES = (
    Route("POST", "/Service.asmx", serve, public=True),
    Route("GET", "/Service.asmx", wsdl, public=True),
    Route("GET", "/etframework.wsdl", wsdl, public=True),
)
