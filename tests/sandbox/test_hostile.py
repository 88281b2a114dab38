"""The answers that a client has to survive are what their names say."""

from __future__ import annotations

import pytest
import requests
from lxml import etree

from mcconsole.sandbox import hostile
from tests.tenant import Tenant

SOAP = "/service.asmx"


def answer_of(tenant: Tenant, name: str) -> requests.Response:
    tenant.fail(SOAP, "answer", answer=name)
    return tenant.soap("<any/>")


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("server_fault", 500, "<Message>General Exception</Message>"),
        ("token_expired", 500, "<faultstring>Token Expired</faultstring>"),
        ("bad_request", 400, "Bad Request"),
        ("error_status", 200, "<OverallStatus>Error: "),
        ("endless", 200, "<OverallStatus>MoreDataAvailable"),
        ("html", 200, "<html>"),
    ],
)
def test_failures_come_as_the_real_ones(tenant: Tenant, name: str, status: int, words: str) -> None:
    answer = answer_of(tenant, name)
    assert answer.status_code == status
    assert words in answer.text


@pytest.mark.parametrize(
    "name", ["cut", "wrong_encoding", "declared_utf16", "unknown_encoding", "null_bytes", "empty", "deep", "huge_text"]
)
def test_a_careful_parser_refuses(tenant: Tenant, name: str) -> None:
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(answer_of(tenant, name).content, etree.XMLParser(resolve_entities=False))


@pytest.mark.parametrize("name", ["huge", "compressed"])
def test_big_answers_are_big(tenant: Tenant, name: str) -> None:
    assert len(answer_of(tenant, name).content) > 0.99 * hostile.HUGE


@pytest.mark.parametrize("name", ["entity_bomb", "quadratic_bomb"])
def test_a_bomb_is_small_until_it_goes_off(tenant: Tenant, name: str) -> None:
    content = answer_of(tenant, name).content
    assert len(content) < 200_000
    with pytest.raises(etree.XMLSyntaxError, match="amplification"):
        etree.fromstring(content)


def test_an_external_entity_is_declared_and_used(tenant: Tenant) -> None:
    root = etree.fromstring(answer_of(tenant, "external_entity").content, etree.XMLParser(resolve_entities=False))
    assert any(node.tag is etree.Entity for node in root.iter())


def test_an_answer_has_to_be_known(tenant: Tenant) -> None:
    with pytest.raises(AssertionError, match="entity_bomb"):
        tenant.fail(SOAP, "answer", answer="nonsense")
    with pytest.raises(AssertionError, match="entity_bomb"):
        tenant.fail(SOAP, "answer")
