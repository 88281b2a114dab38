"""The routes under `/_sandbox/`, only with `--control`: faults, switches, packages, contacts, the journal, the
outbox, reset.

Every route takes and gives JSON. A POST needs `Content-Type: application/json`, which no web page can send from
elsewhere without asking first.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from mcconsole.sandbox import auth, demo, entries, faults, journeys, messages, replies
from mcconsole.sandbox.auth import Package
from mcconsole.sandbox.replies import Refusal, Reply
from mcconsole.sandbox.routing import Call, Route
from mcconsole.sandbox.scopes import SCOPES
from mcconsole.sandbox.switches import SWITCHES


def add_faults(call: Call) -> Reply:
    """`POST /_sandbox/faults` with a rule or a list of rules."""
    body = _body(call)
    try:
        rules = [faults.parse(rule) for rule in (body if isinstance(body, list) else [body])]
    except ValueError as error:
        raise _refused(str(error)) from None
    for rule in rules:
        call.tenant.faults.add(rule)
    return replies.json({"faults": call.tenant.faults.as_data()})


def list_faults(call: Call) -> Reply:
    """`GET /_sandbox/faults`: the rules, how often each matched and struck."""
    return replies.json({"faults": call.tenant.faults.as_data()})


def clear_faults(call: Call) -> Reply:
    """`DELETE /_sandbox/faults`."""
    call.tenant.faults.clear()
    return replies.json({"faults": []})


def change_switches(call: Call) -> Reply:
    """`POST /_sandbox/switches` with `{name: value}`."""
    body = _body(call)
    if not isinstance(body, dict):
        raise _refused("switches are an object of names and values")
    try:
        call.tenant.switches.change(body)
    except ValueError as error:
        raise _refused(str(error)) from None
    return replies.json(call.tenant.switches.as_data())


def list_switches(call: Call) -> Reply:
    """`GET /_sandbox/switches`: each with its value, choices, meaning and how sure the reference is."""
    values = call.tenant.switches.as_data()
    return replies.json(
        [
            {
                "name": switch.name,
                "value": values[switch.name],
                "default": switch.default,
                "choices": switch.choices,
                "confidence": switch.confidence,
                "meaning": switch.meaning,
            }
            for switch in SWITCHES
        ]
    )


def read_journal(call: Call) -> Reply:
    """`GET /_sandbox/journal[?route=regex][&method=POST][&after=n]`: the requests that came, oldest first."""
    try:
        route = re.compile(call.query.get("route", ""), re.IGNORECASE)
    except re.error as error:
        raise _refused(f"route is no regular expression: {error}") from None
    entries = call.tenant.journal.entries(route, call.query.get("method", "").upper(), _after(call))
    return replies.json({"requests": entries, "count": call.tenant.journal.count})


def clear_journal(call: Call) -> Reply:
    """`DELETE /_sandbox/journal`."""
    call.tenant.journal.clear()
    return replies.json({"requests": []})


def add_package(call: Call) -> Reply:
    """`POST /_sandbox/packages` with `scopes` and, if wished, `name`, `account_id` and `business_units`."""
    body = _body(call)
    if not isinstance(body, dict):
        raise _refused("a package is an object")
    scopes, units = body.get("scopes", list(SCOPES)), body.get("business_units", list(demo.BUSINESS_UNITS))
    owner = body.get("account_id", demo.ENTERPRISE)
    if not isinstance(scopes, list) or not set(map(str, scopes)) <= set(SCOPES):
        raise _refused("scopes is a list of names of scopes")
    known = {row[0] for row in call.tenant.store.connection.execute("SELECT mid FROM business_units")}
    if not isinstance(units, list) or not all(unit in known for unit in [*units, owner]):
        raise _refused("business_units and account_id are MIDs of this tenant")
    name = str(body.get("name", "Package"))[:100]
    package = Package(secrets.token_hex(12), secrets.token_hex(12), name, owner, (*units,), (*map(str, scopes),))
    with call.tenant.store.write() as connection:
        auth.add_package(connection, package)
    return replies.json(
        {"client_id": package.client_id, "client_secret": package.client_secret, "account_id": owner}, 201
    )


def set_contacts(call: Call) -> Reply:
    """`POST /_sandbox/contacts` with `{contact key: active|inactive|restricted|deleting}`."""
    body = _body(call)
    statuses = ("active", entries.INACTIVE, *entries.GONE)
    if not isinstance(body, dict) or not all(status in statuses for status in body.values()):
        raise _refused(f"contacts are an object of contact keys and statuses: {', '.join(statuses)}")
    with call.tenant.store.write() as connection:
        connection.executemany("INSERT OR REPLACE INTO contacts VALUES (?, ?)", list(body.items()))
    return replies.json(body)


def set_journey(call: Call) -> Reply:
    """`POST /_sandbox/journeys` with `key`, `status` and, if wished, `version`: a status that no route leads to."""
    body = _body(call)
    if not isinstance(body, dict) or body.get("status") not in journeys.STATUSES:
        raise _refused(f"status is one of {', '.join(journeys.STATUSES)}")
    mid = body.get("account_id", demo.ENTERPRISE)
    with call.tenant.store.write() as connection:
        found = journeys.versions(connection, call.tenant.switches, mid, str(body.get("key", "")))
        found = [one for one in found if body.get("version", found[-1].version) == one.version]
        if not found:
            raise _refused("key and version are those of a journey of this tenant")
        journeys.save(connection, replace(found[0], status=str(body["status"])))
    return replies.json({"key": found[0].key, "version": found[0].version, "status": body["status"]})


def read_outbox(call: Call) -> Reply:
    """`GET /_sandbox/outbox[?definition=key][&to=address][&after=n]`: the messages that went out, oldest first."""
    after = _after(call)
    query = call.query
    found = messages.outbox(call.tenant.store.connection, query.get("definition", ""), query.get("to", ""), after)
    return replies.json({"messages": found, "count": len(found)})


def expire_tokens(call: Call) -> Reply:
    """`POST /_sandbox/expire`: every token so far is no good any more."""
    _body(call)
    call.tenant.expire_tokens()
    return replies.json({})


def reset(call: Call) -> Reply:
    """`POST /_sandbox/reset`: the state of a new tenant, no faults, an empty journal, switches as at the start."""
    _body(call)
    call.tenant.reset()
    return replies.json({})


def _after(call: Call) -> int:
    after = call.query.get("after", "0")
    if not after.isascii() or not after.isdigit():
        raise _refused("after is a number")
    return int(after[:12])


def _body(call: Call) -> object:
    if "json" not in call.headers.get("content-type", ""):
        raise _refused("send JSON, with Content-Type: application/json")
    return call.json() if call.body else {}


def _refused(reason: str) -> Refusal:
    return Refusal(replies.json({"error": reason}, 400))


ROUTES = (
    Route("POST", "/_sandbox/faults", add_faults, public=True),
    Route("GET", "/_sandbox/faults", list_faults, public=True),
    Route("DELETE", "/_sandbox/faults", clear_faults, public=True),
    Route("POST", "/_sandbox/switches", change_switches, public=True),
    Route("GET", "/_sandbox/switches", list_switches, public=True),
    Route("GET", "/_sandbox/journal", read_journal, public=True),
    Route("DELETE", "/_sandbox/journal", clear_journal, public=True),
    Route("POST", "/_sandbox/packages", add_package, public=True),
    Route("POST", "/_sandbox/contacts", set_contacts, public=True),
    Route("POST", "/_sandbox/journeys", set_journey, public=True),
    Route("GET", "/_sandbox/outbox", read_outbox, public=True),
    Route("POST", "/_sandbox/expire", expire_tokens, public=True),
    Route("POST", "/_sandbox/reset", reset, public=True),
)
