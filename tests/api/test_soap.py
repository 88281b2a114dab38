"""SOAP: envelopes, paging, and errors that come as faults, as statuses and as plain text."""

from __future__ import annotations

import gzip
import socket

import pytest
from lxml import etree

from mcconsole.api import envelope, soap
from mcconsole.api.client import Client
from mcconsole.api.envelope import element, flatten, parse
from mcconsole.core.errors import AuthFailed, BadAnswer, BadInput, ConsoleError, NotPermitted, OutcomeUnknown, Rejected
from tests.api.raw import Raw, Script, answer, reset
from tests.tenant import Tenant

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Header/><soap:Body>'
)
TAIL = "</soap:Body></soap:Envelope>"


def xml(body: str, status: int = 200) -> bytes:
    return answer((HEAD + body + TAIL).encode(), status, content_type="text/xml; charset=utf-8")


def retrieved(overall: str, *results: str) -> bytes:
    listed = "".join(f'<Results xsi:type="DataFolder">{result}</Results>' for result in results)
    return xml(
        f'<RetrieveResponseMsg xmlns="{envelope.PARTNER}"><OverallStatus>{overall}</OverallStatus>'
        f"<RequestID>page-id</RequestID>{listed}</RetrieveResponseMsg>"
    )


def changed(action: str, overall: str, *results: str) -> bytes:
    listed = "".join(f"<Results>{result}</Results>" for result in results)
    return xml(
        f'<{action}Response xmlns="{envelope.PARTNER}">{listed}<RequestID>r</RequestID>'
        f"<OverallStatus>{overall}</OverallStatus></{action}Response>"
    )


def fault(code: str, words: str) -> bytes:
    return xml(f"<soap:Fault><faultcode>{code}</faultcode><faultstring>{words}</faultstring></soap:Fault>", 500)


EXPIRED = fault("wsse:Security", "Token Expired")


def test_the_request(raw: Raw, client: Client) -> None:
    raw.scripts = [retrieved("OK")]
    condition = soap.or_(soap.in_("ContentType", ("a", "b")), soap.equals("Name", "<&>"), soap.simple("ID", "isNull"))
    assert list(soap.retrieve(client, "DataFolder", ("ID", "Name"), condition)) == []
    seen = raw.seen[0]
    assert (seen.method, seen.target) == ("POST", "/Service.asmx")
    assert seen.headers["soapaction"] == "Retrieve"
    assert seen.headers["content-type"] == "text/xml; charset=utf-8"
    assert "authorization" not in seen.headers
    root = parse(seen.body)
    names = {"s": envelope.SOAP, "h": envelope.HEADER, "p": envelope.PARTNER, "x": envelope.XSI}

    def values(path: str) -> list[str]:
        found = root.xpath(path, namespaces=names)
        assert isinstance(found, list)
        return [str(one) for one in found]

    assert values("/s:Envelope/s:Header/h:fueloauth/text()") == ["raw-token-number-1"]
    request = "/s:Envelope/s:Body/p:RetrieveRequestMsg/p:RetrieveRequest"
    assert values(f"{request}/p:ObjectType/text()") == ["DataFolder"]
    assert values(f"{request}/p:Properties/text()") == ["ID", "Name"]
    assert values(f"{request}/p:Filter/@x:type") == ["ComplexFilterPart"]
    assert values(f"{request}/p:Filter/p:LogicalOperator/text()") == ["OR"]
    assert values(f"{request}/p:Filter/p:LeftOperand/@x:type") == ["SimpleFilterPart"]
    assert values(f"{request}/p:Filter/p:LeftOperand/p:Value/text()") == ["a", "b"]
    assert values(f"{request}/p:Filter/p:RightOperand/@x:type") == ["ComplexFilterPart"]
    assert values(f"{request}/p:Filter/p:RightOperand/p:LeftOperand/p:Value/text()") == ["<&>"]
    assert values(f"{request}/p:Filter/p:RightOperand/p:RightOperand/p:SimpleOperator/text()") == ["isNull"]


def test_more_data_is_followed_by_id(raw: Raw, client: Client) -> None:
    raw.scripts = [
        retrieved("MoreDataAvailable", "<ID>1</ID>", "<ID>2</ID>"),
        retrieved("MoreDataAvailable"),
        retrieved("OK", "<ID>3</ID>"),
    ]
    found = soap.retrieve(client, "DataFolder", ("ID",), soap.equals("Name", "x"))
    assert [row["ID"] for row in found] == ["1", "2", "3"]
    assert b"ContinueRequest" not in raw.seen[0].body
    for seen in raw.seen[1:]:
        assert b"<ContinueRequest>page-id</ContinueRequest>" in seen.body
        assert b"Filter" not in seen.body


@pytest.mark.parametrize("results", [(), ("<ID>1</ID>", "<ID>2</ID>")])
def test_a_promise_of_more_without_end_is_given_up(raw: Raw, client: Client, results: tuple[str, ...]) -> None:
    raw.scripts = [retrieved("MoreDataAvailable", *results)] * 50
    with pytest.raises(BadAnswer, match="there should be more"):
        list(soap.retrieve(client, "DataFolder", ("ID",)))
    assert len(raw.seen) < 30


@pytest.mark.parametrize(("objects", "size"), [(1, 100_000), (200, 1)])
def test_ever_new_pages_are_given_up_before_they_fill_the_memory(
    raw: Raw, client: Client, monkeypatch: pytest.MonkeyPatch, objects: int, size: int
) -> None:
    monkeypatch.setattr(soap, "MOST_BYTES", 1024 * 1024)
    page = [f"<ID>{'k' * size}</ID>"] * objects
    raw.scripts = [retrieved("MoreDataAvailable", f"<ID>{number}</ID>", *page) for number in range(40)]
    with pytest.raises(BadAnswer, match="more than can be meant"):
        list(soap.retrieve(client, "DataFolder", ("ID",)))
    assert len(raw.seen) < 20


@pytest.mark.parametrize(
    ("overall", "kind"),
    [
        ("Error: Unable to find a handler for object type: X.", Rejected),
        ("Error: The Request Property(s) X do not match with the fields of Y retrieve", Rejected),
        ("Error: API Permission Failed", NotPermitted),
        ("Has Errors", Rejected),
    ],
)
def test_an_error_comes_with_status_200(raw: Raw, client: Client, overall: str, kind: type[ConsoleError]) -> None:
    raw.scripts = [retrieved(overall)]
    with pytest.raises(kind) as caught:
        list(soap.retrieve(client, "X", ("ID",)))
    assert caught.value.said == overall
    assert client.log.list()[-1].failed


def test_an_expired_token_is_renewed_once(raw: Raw, client: Client) -> None:
    raw.scripts = [EXPIRED, retrieved("OK", "<ID>1</ID>"), EXPIRED, EXPIRED]
    assert list(soap.retrieve(client, "DataFolder", ("ID",))) == [{"ID": "1"}]
    assert client.tokens_requested == 2
    assert b"raw-token-number-2" in raw.seen[1].body
    with pytest.raises(AuthFailed) as caught:
        list(soap.retrieve(client, "DataFolder", ("ID",)))
    assert caught.value.said == "Token Expired"
    assert len(raw.seen) == 4


@pytest.mark.parametrize(
    ("script", "kind", "attempts"),
    [
        (fault("soap:Client", "bad request"), Rejected, 1),
        (fault("soap:Server", "something broke"), OutcomeUnknown, 1),
        (answer(b"Bad Request", 400, content_type="text/plain"), Rejected, 1),
        (answer(b"<html>hello</html>", 200, content_type="text/html"), OutcomeUnknown, 1),
        (answer(b"hello", 200), OutcomeUnknown, 1),
        (answer(b"", 503), OutcomeUnknown, 1),
        (xml(""), OutcomeUnknown, 1),
    ],
)
def test_a_create_that_goes_wrong(
    raw: Raw, client: Client, script: bytes, kind: type[ConsoleError], attempts: int
) -> None:
    raw.scripts = [script] * 3
    with pytest.raises(kind) as caught:
        soap.create(client, element("Objects", type_name="DataExtension"), label="Create it")
    assert type(caught.value) is kind
    assert str(caught.value).startswith("Create it: ")
    assert len(raw.seen) == attempts


def test_a_read_is_repeated(raw: Raw, client: Client) -> None:
    raw.scripts = [fault("soap:Server", "something broke"), reset, retrieved("OK", "<ID>1</ID>")]
    assert len(list(soap.retrieve(client, "DataFolder", ("ID",)))) == 1


def test_every_result_of_a_change_is_looked_at(raw: Raw, client: Client) -> None:
    good = "<StatusCode>OK</StatusCode><StatusMessage>fine</StatusMessage><NewObjectID>guid</NewObjectID>"
    bad = "<StatusCode>Error</StatusCode><StatusMessage>name exists</StatusMessage><ErrorCode>310002</ErrorCode>"
    two = [element("Objects", type_name="DataExtension") for _ in range(2)]
    raw.scripts = [changed("Create", "OK", good, good), changed("Create", "Has Errors", good, bad)]
    made = soap.create(client, *two, label="Create two")
    assert [flatten(result)["NewObjectID"] for result in made.results] == ["guid", "guid"]
    with pytest.raises(Rejected) as caught:
        soap.create(client, *two, label="Create two")
    assert (caught.value.said, caught.value.codes) == ("name exists", (310002,))
    raw.scripts = [changed("Delete", "OK", good)]
    with pytest.raises(Rejected):
        soap.delete(client, *two, label="Delete two")


def test_no_token_is_recorded(raw: Raw, client: Client) -> None:
    raw.scripts = [retrieved("OK", "<Name>raw-token-number-1</Name>")]
    list(soap.retrieve(client, "DataFolder", ("Name",)))
    recorded = client.log.list()[-1]
    assert b"fueloauth" in recorded.request.data
    assert "raw-token-number-1" not in repr(recorded)


ENTITIES = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY file SYSTEM "file:///etc/hostname">]><x>&b;&file;</x>"""


@pytest.mark.parametrize("text", [ENTITIES, "<!DOCTYPE x><x/>", "", "no", "<a>", "<a>" * 10_000])
def test_what_the_parser_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(text.encode())


def bomb(prolog: str = "") -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "boom"}">' for n in range(12))
    return f'{prolog}<!DOCTYPE x [{levels}]><x a="&e11;">&e11;</x>'.encode()


LATIN = '<?xml version="1.0" encoding="ISO-8859-1"?><a>\u00e9</a>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bomb(), "document type"),
        (bomb('<?xml version="1.0"?><!-- <a> --> <?pi x?>\n'), "document type"),
        (b"\xef\xbb\xbf" + bomb(), "document type"),
        ("<a/>".encode("utf-16"), "UTF-16"),
        ("<a/>".encode("utf-32-be"), "UTF-16 or UTF-32"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "encoding utf-7"),
        ('<?xml version="1.0" encoding="IBM037"?><a/>'.encode("cp037"), r"\w"),
        ("<a>\u00e9</a>".encode("latin-1"), r"\w"),
        (b"<a>" + b"<b/>" * envelope.MOST_NODES + b"</a>", "more elements"),
        (b"<a " + b' b=""' * envelope.MOST_NODES + b"/>", "more elements"),
        (b"<a>" + b" " * envelope.MOST_BYTES + b"</a>", "32 MB"),
        (b"<!--" * 100_000, r"\w"),
        (b"<" + b"a" * 200_000 + b"/>", r"\w"),
    ],
    ids=lambda value: value if isinstance(value, str) else "xml",
)
def test_what_would_grow_in_memory_is_refused_unparsed(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse(content)
    assert len(str(caught.value)) < 300


def test_the_encodings_that_are_read() -> None:
    assert parse(LATIN.encode("latin-1")).text == "\u00e9"
    assert parse("<a>\u00e9</a>".encode()).text == "\u00e9"


def hundred_megabytes(connection: socket.socket) -> None:
    size = 100 * 1024 * 1024
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {size}\r\n\r\n".encode())
    for _ in range(100):
        connection.sendall(b"<a/>" * (256 * 1024))


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (hundred_megabytes, "more than 32 MB"),
        (answer(gzip.compress(b"<a/>" * (25 * 1024 * 1024)), 200, "Content-Encoding: gzip"), "more than 32 MB"),
        (answer(b"<a>" + b"<b/>" * envelope.MOST_NODES + b"</a>", content_type="text/xml"), "more elements"),
        (answer(bomb(), content_type="text/xml"), "document type"),
        (answer("<a/>".encode("utf-16"), content_type="text/xml"), "UTF-16"),
    ],
    ids=lambda value: value if isinstance(value, str) else "answer",
)
def test_a_hostile_answer_ends_in_a_clear_error(raw: Raw, client: Client, script: Script, words: str) -> None:
    raw.scripts = [script] * 3
    with pytest.raises(BadAnswer, match=words):
        list(soap.retrieve(client, "DataFolder", ("ID",)))
    raw.scripts = [script]
    with pytest.raises(OutcomeUnknown, match=words):
        soap.create(client, element("Objects", type_name="DataExtension"), label="Create")
    kept = sum(len(exchange.response.data) for exchange in client.log.list())
    assert kept < 8 * 1024 * 1024


def test_properties_that_a_tenant_cannot_retrieve_are_left_out(raw: Raw, client: Client) -> None:
    said = "Error: The Request Property(s) Client.ID, IsPaused do not match with the fields of X retrieve"
    raw.scripts = [retrieved(said), retrieved("OK", "<ID>1</ID>")]
    found = soap.retrieve_wished(client, "X", ("ID",), ("Client.ID", "Name", "IsPaused"))
    assert list(found) == [{"ID": "1"}]
    assert raw.seen[1].body.count(b"<Properties>") == 2
    raw.scripts = [retrieved("Error: The Request Property(s) ID do not match with the fields of X retrieve")]
    with pytest.raises(Rejected):
        list(soap.retrieve_wished(client, "X", ("ID",), ("Name",)))


def test_values_that_xml_cannot_carry() -> None:
    with pytest.raises(BadInput, match="XML cannot carry"):
        element("Value", "a\x00b")


def test_flatten() -> None:
    text = (
        '<Results xmlns="http://exacttarget.com/wsdl/partnerAPI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<ID>5</ID><Name> spaced </Name><Nothing xsi:nil="true"/><ParentFolder><ID>7</ID></ParentFolder><ID>6</ID>'
        "<Properties><Property><Name>Email</Name><Value>a@b</Value></Property>"
        "<Property><Name>Empty</Name><Value/></Property></Properties></Results>"
    )
    assert flatten(etree.fromstring(text)) == {
        "ID": "5",
        "Name": " spaced ",
        "Nothing": "",
        "ParentFolder.ID": "7",
        "Email": "a@b",
        "Empty": "",
    }


def test_a_host_that_hangs_up_is_unknown_for_a_create(raw: Raw, client: Client) -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.close()

    raw.scripts = [hang_up]
    with pytest.raises(OutcomeUnknown):
        soap.create(client, element("Objects", type_name="DataExtension"), label="Create")
    assert len(raw.seen) == 1


def test_the_sandbox_tenant(sandbox: Client, tenant: Tenant) -> None:
    units = list(soap.retrieve(sandbox, "BusinessUnit", ("ID", "Name", "ParentID")))
    assert len(units) == 3
    assert str(tenant.ready.account_id) in {unit["ID"] for unit in units}
    listed = list(soap.retrieve(sandbox, "DataExtension", ("ObjectID", "CustomerKey", "Name")))
    assert len(listed) >= 8
    wanted = soap.and_(soap.equals("CustomerKey", listed[0]["CustomerKey"]), soap.equals("Name", listed[0]["Name"]))
    assert list(soap.retrieve(sandbox, "DataExtension", ("ObjectID", "CustomerKey", "Name"), wanted)) == listed[:1]
    with pytest.raises(Rejected) as caught:
        list(soap.retrieve(sandbox, "Nonsense", ("ID",)))
    assert "Unable to find a handler" in caught.value.said


def test_an_expired_token_of_the_sandbox_tenant(sandbox: Client, tenant: Tenant) -> None:
    sandbox.token()
    tenant.expire_tokens()
    assert list(soap.retrieve(sandbox, "BusinessUnit", ("ID",)))
    assert sandbox.tokens_requested == 2


def test_create_and_delete_in_the_sandbox_tenant(sandbox: Client) -> None:
    field = element("Field", element("Name", "Id"), element("FieldType", "Text"), element("MaxLength", "50"))
    made = element(
        "Objects",
        element("CustomerKey", "made"),
        element("Name", "made"),
        element("Fields", field),
        type_name="DataExtension",
    )
    soap.create(sandbox, made, label="Create a data extension")
    found = soap.retrieve(sandbox, "DataExtensionField", ("Name",), soap.equals("DataExtension.CustomerKey", "made"))
    assert [row["Name"] for row in found] == ["Id"]
    soap.delete(
        sandbox, element("Objects", element("CustomerKey", "made"), type_name="DataExtension"), label="Delete it"
    )
    assert not list(soap.retrieve(sandbox, "DataExtension", ("Name",), soap.equals("CustomerKey", "made")))
