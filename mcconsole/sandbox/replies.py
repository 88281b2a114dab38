"""What goes back: JSON answers, and the error envelope of the REST API (API reference 7.1, documented)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

DOCUMENTATION = "https://developer.salesforce.com/docs/atlas.en-us.mc-apis.meta/mc-apis/error-handling.htm"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer as bytes."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A call that the tenant does not carry out; `reply` is what it says."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status}")
        self.reply = reply


def json(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer with JSON."""
    return Reply(status, orjson.dumps(data), headers=headers or {})


def refusal(
    status: int,
    message: str,
    errorcode: int,
    *,
    headers: Mapping[str, str] | None = None,
    documentation: str = "",
    **more: object,
) -> Refusal:
    """Build the standard error envelope, with `more` members behind it."""
    return Refusal(
        json({"message": message, "errorcode": errorcode, "documentation": documentation, **more}, status, headers)
    )


def not_found() -> Refusal:
    """404 for a route that does not exist (API reference 7.1, from a recording)."""
    return refusal(404, "Not Found", 404)


def not_authorized() -> Refusal:
    """401 for a missing, unknown or expired token (API reference 1.5, observed; the header: 7.7)."""
    challenge = 'Bearer realm="example.com", error="invalid_token", error_description="The access token is not valid."'
    return refusal(401, "Not Authorized", 0, headers={"WWW-Authenticate": challenge}, documentation=DOCUMENTATION)


def not_permitted() -> Refusal:
    """403 for a scope that the token lacks (API reference 1.5, observed)."""
    return refusal(403, "Insufficient privileges to complete this action.", 20002, documentation=DOCUMENTATION)


def new_id() -> str:
    """Make a fresh GUID."""
    return str(uuid.uuid4())
