"""SOAP Create and Update of e-mails, so that the content of a definition can change (messages unverified)."""

from __future__ import annotations

from dataclasses import replace

from mcconsole.sandbox import assets
from mcconsole.sandbox.assets import EMAIL, Asset
from mcconsole.sandbox.routing import Call
from mcconsole.sandbox.soap_writes import GENERAL, Outcome
from mcconsole.sandbox.soap_xml import Node, child, raw_text, text

CONTENT = ("Subject", "HTMLBody", "TextBody", "EmailType", "CharacterSet")
SCOPE = "email_write"


def create_email(call: Call, node: Node, _upsert: bool) -> Outcome:
    """Create an e-mail; its key has to be free."""
    name, key = text(node, "Name"), text(node, "CustomerKey")
    if not name:
        return Outcome("The Name of the Email is missing.", GENERAL)
    if key and assets.find(call.tenant.store.connection, call.grant.mid, EMAIL, key=key):
        return Outcome(f"An Email with the key '{key}' already exists.", 1)
    with call.tenant.store.write() as connection:
        made = assets.add(connection, Asset(call.grant.mid, EMAIL, key, name, _content(node)))
    return Outcome("Email created", new_id=made.id, new_object_id=made.object_id)


def update_email(call: Call, node: Node, _upsert: bool) -> Outcome:
    """Change an e-mail. Definitions go on sending their copy until their content is refreshed (API reference 3.1)."""
    key = text(node, "CustomerKey") or text(node, "ObjectID")
    found = assets.find(call.tenant.store.connection, call.grant.mid, EMAIL, key=key, number=text(node, "ID"))
    if found is None:
        return Outcome("The Email does not exist.", GENERAL)
    body = {**found.body, **_content(node)}
    with call.tenant.store.write() as connection:
        assets.change(connection, replace(found, name=text(node, "Name") or found.name, body=body))
    return Outcome("Email updated")


def _content(node: Node) -> dict[str, str]:
    return {name: raw_text(node, name) for name in CONTENT if child(node, name) is not None}


WRITES = {("Create", EMAIL): create_email, ("Update", EMAIL): update_email}
