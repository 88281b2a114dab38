"""A sandbox tenant for tests: one process for the whole run, as good as new for each test, and a driver for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock
from urllib.parse import quote

import pytest
import requests

from mcconsole.sandbox import child

Value = TypeVar("Value")
TOKEN_LIFE = 600.0
"""Seconds for which a token is used, less than it lives: hundreds of kills take longer."""


class Tenant:
    """A running tenant with its control routes. Calls without `account_id` act in the enterprise's unit."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._arguments = ("--control", *arguments)
        self._session = requests.Session()
        self._session.trust_env = False
        self._tokens: dict[object, tuple[str, float]] = {}
        self.child = self._start()

    def _start(self) -> child.Child:
        self._tokens.clear()
        # A killed process leaves its temporary folder behind; here it is pytest's to remove.
        with mock.patch.dict(os.environ, dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self._folder))):
            return child.start(*self._arguments, log=self._folder / "sandbox.log")

    @property
    def ready(self) -> child.Ready:
        """The ready line."""
        return self.child.tenant

    @property
    def url(self) -> str:
        """The base of every URL, with a slash at the end."""
        return self.ready.rest_url

    @property
    def urls(self) -> dict[str, str]:
        """The three base URLs by their names: auth, rest, soap."""
        return {"auth": self.ready.auth_url, "rest": self.ready.rest_url, "soap": self.ready.soap_url}

    @property
    def credentials(self) -> tuple[str, str]:
        """Client id and secret of the package with every scope."""
        return self.ready.client_id, self.ready.client_secret

    @property
    def log(self) -> str:
        """What the tenant wrote to stderr."""
        return (self._folder / "sandbox.log").read_text("utf-8", "replace")

    def environment(self, **more: str) -> dict[str, str]:
        """What makes the command line talk to this tenant."""
        return {
            "MCCONSOLE_AUTH_URL": self.ready.auth_url,
            "MCCONSOLE_CLIENT_ID": self.ready.client_id,
            "MCCONSOLE_CLIENT_SECRET": self.ready.client_secret,
            "MCCONSOLE_ACCOUNT_ID": str(self.ready.account_id),
            **more,
        }

    def token(self, account_id: int | None = None, **more: object) -> str:
        """Mint a token, or return the one that was minted before for the same."""
        name = (account_id, *sorted(more.items()))
        known, minted = self._tokens.get(name, ("", 0.0))
        if not known or time.monotonic() - minted > TOKEN_LIFE:
            client_id, secret = self.credentials
            asked = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **more}
            if account_id is not None:
                asked["account_id"] = account_id
            answer = self._session.post(self.url + "v2/token", json=asked)
            answer.raise_for_status()
            known = answer.json()["access_token"]
            self._tokens[name] = (known, time.monotonic())
        return known

    def call(
        self, method: str, path: str, body: object = None, *, account_id: int | None = None, **more: Any
    ) -> requests.Response:
        """Call the REST API with a token. `path` begins without a slash and is already encoded."""
        headers = {"Authorization": f"Bearer {self.token(account_id)}", **more.pop("headers", {})}
        return self._session.request(method, self.url + path, json=body, headers=headers, **more)

    def control(self, method: str, path: str, body: object = None, /, **query: object) -> Any:
        """Call a control route and return its answer."""
        parameters = {name: str(value) for name, value in query.items()}
        body = {} if body is None else body
        answer = self._session.request(method, f"{self.url}_sandbox/{path}", json=body, params=parameters)
        assert answer.ok, answer.text
        return answer.json()

    def fail(self, route: str, kind: str, **rule: object) -> None:
        """Make calls go wrong: see `mcconsole.sandbox.faults.Fault` for the parts of a rule."""
        self.control("POST", "faults", {"route": route, "kind": kind, **rule})

    def heal(self) -> None:
        """Take all faults away."""
        self.control("DELETE", "faults")

    def journal(self, route: str = "", method: str = "") -> list[dict[str, Any]]:
        """Return the requests that came, oldest first; `route` is a regular expression that paths begin with."""
        requests_: list[dict[str, Any]] = self.control("GET", "journal", route=route, method=method)["requests"]
        return requests_

    def switch(self, **values: str | float) -> None:
        """Change how the tenant behaves: see `mcconsole.sandbox.switches`."""
        self.control("POST", "switches", values)

    def hurry(self) -> None:
        """Let async jobs finish as fast as they can."""
        self.switch(pickup_delay=0, processing_delay=0)

    def until(self, ask: Callable[[], Value], seconds: float = 20) -> Value:
        """Ask, over HTTP as a rule, until the answer is true, and return it."""
        end = time.monotonic() + seconds
        while not (answer := ask()):
            assert time.monotonic() < end, "it did not become true in time"
        return answer

    def fire(self, event: str, contact: str, data: Mapping[str, object], **more: Any) -> requests.Response:
        """Fire an entry event."""
        body = {"ContactKey": contact, "EventDefinitionKey": event, "Data": data}
        return self.call("POST", "interaction/v1/events", body, **more)

    def journeys_of(self, *contacts: str) -> dict[str, list[str]]:
        """Return the keys of the journeys that each contact is in at present."""
        answer = self.call("POST", "interaction/v1/interactions/contactMembership", {"ContactKeyList": list(contacts)})
        assert answer.status_code == 200, answer.text
        found: dict[str, list[str]] = {contact: [] for contact in contacts}
        for one in answer.json()["results"]["contactMemberships"]:
            found[one["contactKey"]].append(one["definitionKey"])
        return found

    def publish(self, journey: str, version: int = 1) -> dict[str, Any]:
        """Publish a journey version and return the status at the end."""
        made = self.call("POST", f"interaction/v1/interactions/publishAsync/{journey}?versionNumber={version}")
        assert made.status_code == 200, made.text
        path = f"interaction/v1/interactions/publishStatus/{made.json()['statusId']}"

        def status() -> dict[str, Any]:
            answer: dict[str, Any] = self.call("GET", path).json()
            return answer if answer["status"] != "PublishInProcess" else {}

        return self.until(status)

    def soap(self, body: str, *, account_id: int | None = None, token: str = "") -> requests.Response:
        """Call SOAP with what is to stand in the body of the envelope."""
        token = token or self.token(account_id)
        envelope = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f'<s:Header><fueloauth xmlns="http://exacttarget.com">{token}</fueloauth></s:Header><s:Body>{body}</s:Body></s:Envelope>'
        )
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        return self._session.post(self.url + "Service.asmx", data=envelope.encode(), headers=headers)

    def write(self, action: str, kind: str, inner: str, **more: Any) -> requests.Response:
        """Create, Update or Delete one SOAP object, given as XML; what did not become OK is an error here."""
        partner = "http://exacttarget.com/wsdl/partnerAPI"
        body = f'<{action}Request xmlns="{partner}"><Objects xsi:type="{kind}">{inner}</Objects></{action}Request>'
        answer = self.soap(body, **more)
        assert "<OverallStatus>OK</OverallStatus>" in answer.text, answer.text
        return answer

    def definition(self, key: str, *, status: str = "Active", extension: str = "", **values: object) -> None:
        """Create a triggered send definition of the e-mail with id 1 and bring it into a status."""
        values = {"Name": key, **values}
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in {"CustomerKey": key, **values}.items())
        parts = "<Email><ID>1</ID></Email>"
        parts += "<SendClassification><CustomerKey>Default Transactional</CustomerKey></SendClassification>"
        if extension:
            parts += f"<SendSourceDataExtension><CustomerKey>{extension}</CustomerKey></SendSourceDataExtension>"
        self.write("Create", "TriggeredSendDefinition", inner + parts)
        steps = {"New": (), "Inactive": ("Active", "Inactive")}.get(status, (status,))
        for step in steps:
            self.set_status(key, step)

    def set_status(self, key: str, status: str, *, refresh: bool = False) -> None:
        """Start, pause or cancel a triggered send definition, with its content refreshed before if so wished."""
        fresh = "<RefreshContent>true</RefreshContent>" if refresh else ""
        inner = f"<CustomerKey>{key}</CustomerKey>{fresh}<TriggeredSendStatus>{status}</TriggeredSendStatus>"
        self.write("Update", "TriggeredSendDefinition", inner)

    def send(self, key: str, address: str, contact: str = "C-1", **attributes: object) -> requests.Response:
        """Send to one recipient by a triggered send definition."""
        body = {
            "To": {
                "Address": address,
                "SubscriberKey": contact,
                "ContactAttributes": {"SubscriberAttributes": attributes},
            }
        }
        return self.call("POST", f"messaging/v1/messageDefinitionSends/key:{quote(key, safe='')}/send", body)

    def message(
        self, definition: str, key: str, to: str, contact: str = "C-1", **attributes: object
    ) -> requests.Response:
        """Send a transactional message to one recipient."""
        recipient = {"contactKey": contact, "to": to, "attributes": attributes}
        body = {"definitionKey": definition, "recipient": recipient}
        return self.call("POST", f"messaging/v1/email/messages/{quote(key, safe='')}", body)

    def outbox(self, **query: object) -> list[dict[str, Any]]:
        """Return the messages that went out, in the order in which they went; see `definition` and `to`."""
        sent: list[dict[str, Any]] = self.control("GET", "outbox", **query)["messages"]
        return sent

    def package(self, scopes: Iterable[str], **more: object) -> tuple[str, str]:
        """Install a package and return its client id and secret."""
        made = self.control("POST", "packages", {"scopes": list(scopes), **more})
        return made["client_id"], made["client_secret"]

    def expire_tokens(self) -> None:
        """Make every token so far invalid."""
        self.control("POST", "expire")
        self._tokens.clear()

    def reset(self) -> None:
        """Make the tenant as good as new; one that is gone is started again."""
        if not self.child.alive:
            self.child = self._start()
        self.control("POST", "reset")

    def create_de(
        self, key: str, fields: Iterable[Mapping[str, object]], *, name: str = "", account_id: int | None = None
    ) -> str:
        """Create a data extension and return its id. Fields are as in REST: name, type, length, isPrimaryKey, …"""
        found = self.call("GET", "data/v1/customobjects?$search=%25", account_id=account_id).json()["items"]
        category = found[0]["categoryId"] if found else 1
        body = {"name": name or key, "key": key, "categoryId": category, "fields": list(fields)}
        answer = self.call("POST", "data/v1/customobjects", body, account_id=account_id)
        assert answer.status_code == 201, answer.text
        identity: str = answer.json()["id"]
        return identity

    def rows(self, key: str, *, account_id: int | None = None) -> list[dict[str, str]]:
        """Read all rows in the order in which they were stored: lower-cased names, values as text."""
        rows: list[dict[str, str]] = []
        path = f"data/v1/customobjectdata/key/{quote(key, safe='')}/rowset?$page=1"
        while path:
            answer = self.call("GET", path, account_id=account_id)
            answer.raise_for_status()
            page = answer.json()
            rows += [item.get("keys", {}) | item["values"] for item in page.get("items", [])]
            path = "data" + page["links"]["next"] if "next" in page["links"] else ""
        return rows

    def kill(self) -> None:
        """Kill the process, as a crash would."""
        self.child.kill()

    def restart(self) -> None:
        """Start it again, on another port; with `--data` it has the same state as before."""
        self.child.stop()
        self.child = self._start()

    def stop(self) -> None:
        """End the process."""
        self._session.close()
        self.child.stop()


@pytest.fixture(scope="session")
def tenant_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """The process behind `tenant`."""
    running = Tenant(tmp_path_factory.mktemp("tenant"))
    yield running
    running.stop()


@pytest.fixture
def tenant(tenant_process: Tenant) -> Tenant:
    """A tenant with the demo data, as good as new."""
    tenant_process.reset()
    return tenant_process


@pytest.fixture
def start_tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Tenant]]:
    """Starts a tenant of the test's own, with the options given to it."""
    running: list[Tenant] = []

    def start(*arguments: str) -> Tenant:
        running.append(Tenant(tmp_path_factory.mktemp("tenant"), *arguments))
        return running[-1]

    yield start
    for one in running:
        one.stop()
