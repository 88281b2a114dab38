"""Who am I, and which business units are there: calls that need no scope, or hardly one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcconsole.api import soap
from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.core.errors import BadAnswer
from mcconsole.core.jobs import JobContext

USER_INFO = Operation("who am I", "GET", "/v2/userinfo", host="auth", reads=True, timeout=30.0)
TOKEN_CONTEXT = Operation("token context", "GET", "/platform/v1/tokenContext", reads=True, timeout=30.0)


@dataclass(frozen=True, slots=True)
class UserInfo:
    """The user, business unit and enterprise behind a token (API reference 1.4, documented). "" where not told."""

    user: str
    account_id: str
    """MID of the business unit that the token acts in (`organization.member_id`)."""
    enterprise_id: str
    enterprise_name: str
    stack: str
    region: str


@dataclass(frozen=True, slots=True)
class TokenContext:
    """The ids behind a token (API reference 1.4, documented)."""

    enterprise_id: str
    account_id: str
    business_unit_name: str
    """"" where the answer names none."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A business unit. `parent_id` is "0" for the enterprise."""

    account_id: str
    name: str
    parent_id: str


def unnamed(account_id: str) -> Unit:
    """A business unit of which only the MID is known."""
    return Unit(account_id, f"MID {account_id}", "")


def user_info(client: Client, ctx: JobContext | None = None) -> UserInfo:
    """Ask `/v2/userinfo`; BadAnswer when it is not an object."""
    answer = _members(client.rest(USER_INFO, label="Who am I", ctx=ctx).json(), USER_INFO)
    user, organization = _inner(answer, "user"), _inner(answer, "organization")
    return UserInfo(
        user=_text(user, "name") or _text(user, "preferred_username"),
        account_id=_text(organization, "member_id"),
        enterprise_id=_text(organization, "enterprise_id"),
        enterprise_name=_text(organization, "enterprise_name"),
        stack=_text(organization, "stack_key"),
        region=_text(organization, "region"),
    )


def token_context(client: Client, ctx: JobContext | None = None) -> TokenContext:
    """Ask `/platform/v1/tokenContext`; BadAnswer when it is not an object."""
    answer = _members(client.rest(TOKEN_CONTEXT, label="Which business unit am I in", ctx=ctx).json(), TOKEN_CONTEXT)
    organization = _inner(answer, "organization")
    return TokenContext(
        _text(_inner(answer, "enterprise"), "id"), _text(organization, "id"), _text(organization, "name")
    )


def business_units(client: Client, ctx: JobContext | None = None) -> list[Unit]:
    """All business units that the token may see, sorted by name, the enterprise first (SOAP BusinessUnit, 1.4)."""
    found = soap.retrieve(client, "BusinessUnit", ("ID", "Name", "ParentID"), label="List the business units", ctx=ctx)
    units = [Unit(row.get("ID", ""), row.get("Name", ""), row.get("ParentID", "")) for row in found]
    return sorted(units, key=lambda unit: (unit.parent_id not in ("", "0"), unit.name.casefold()))


def _members(answer: object, operation: Operation) -> Mapping[str, object]:
    if not isinstance(answer, dict):
        raise BadAnswer(f"The answer to “{operation.name}” is not a JSON object.")
    return answer


def _inner(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = answer.get(name)
    return value if isinstance(value, dict) else {}


def _text(answer: Mapping[str, object], name: str) -> str:
    value = answer.get(name)
    return "" if value is None else str(value)
