"""SOAP, against sections 4.2 and 7.4 to 7.7 of the API reference."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from lxml import etree

from mcconsole.sandbox import demo
from tests.tenant import Tenant

PARTNER = "http://exacttarget.com/wsdl/partnerAPI"
N = {"s": "http://schemas.xmlsoap.org/soap/envelope/", "p": PARTNER}
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def post(tenant: Tenant, body: str, token: str | None = None, path: str = "Service.asmx") -> requests.Response:
    token = tenant.token() if token is None else token
    envelope = (
        f'<s:Envelope xmlns:s="{N["s"]}" xmlns:xsi="{XSI}" xmlns:ns0="{PARTNER}">'
        f'<s:Header><e:fueloauth xmlns:e="http://exacttarget.com">{token}</e:fueloauth></s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"Retrieve"'}
    return requests.post(tenant.url + path, data=envelope.encode(), headers=headers)


def body_of(answer: requests.Response) -> Any:
    return etree.fromstring(answer.content).find("s:Body", N)


def call(tenant: Tenant, body: str, **more: Any) -> Any:
    answer = post(tenant, body, **more)
    assert answer.status_code == 200, answer.text
    return body_of(answer)[0]


def retrieve(tenant: Tenant, kind: str, *properties: str, condition: str = "", options: str = "", **more: Any) -> Any:
    names = "".join(f"<Properties>{name}</Properties>" for name in properties)
    body = f"<ObjectType>{kind}</ObjectType>{names}{condition}{options}"
    return call(
        tenant,
        f'<RetrieveRequestMsg xmlns="{PARTNER}"><RetrieveRequest>{body}</RetrieveRequest></RetrieveRequestMsg>',
        **more,
    )


def simple(name: str, operator: str, *values: str, tag: str = "Filter") -> str:
    inner = "".join(f"<Value>{value}</Value>" for value in values)
    return (
        f'<{tag} xsi:type="ns0:SimpleFilterPart"><Property>{name}</Property>'
        f"<SimpleOperator>{operator}</SimpleOperator>{inner}</{tag}>"
    )


def texts(answer: Any, path: str) -> list[str]:
    return [node.text for node in answer.iterfind("/".join(f"p:{part}" for part in ("Results", *path.split("."))), N)]


def status(answer: Any) -> str:
    return str(answer.findtext("p:OverallStatus", namespaces=N))


def create(tenant: Tenant, key: str, fields: str, **more: Any) -> Any:
    objects = f"<CustomerKey>{key}</CustomerKey><Name>{key}</Name><Fields>{fields}</Fields>"
    return call(
        tenant,
        f'<CreateRequest xmlns="{PARTNER}"><Options/><Objects xsi:type="DataExtension">{objects}</Objects>'
        "</CreateRequest>",
        **more,
    )


FIELD = (
    "<Field><Name>Id</Name><FieldType>Text</FieldType><MaxLength>20</MaxLength>"
    "<IsPrimaryKey>true</IsPrimaryKey></Field>"
)


def test_the_envelope_looks_as_clients_expect(tenant: Tenant) -> None:
    text = post(tenant, f'<RetrieveRequestMsg xmlns="{PARTNER}"><RetrieveRequest><ObjectType>DataExtension</ObjectType><Properties>Name</Properties><Properties>IsSendable</Properties></RetrieveRequest></RetrieveRequestMsg>').text  # fmt: skip  # noqa: E501
    assert "<soap:Envelope " in text
    assert "<soap:Body><RetrieveResponseMsg xmlns=" in text
    assert '<Results xsi:type="DataExtension">' in text
    assert '<PartnerKey xsi:nil="true"/>' in text
    assert "<IsSendable>true</IsSendable>" in text
    assert text.index("<OverallStatus>") < text.index("<RequestID>") < text.index("<Results")


def test_fields_come_unsorted_and_complete(tenant: Tenant) -> None:
    answer = retrieve(
        tenant,
        "DataExtensionField",
        *("Name", "Ordinal", "FieldType", "MaxLength", "Scale", "IsRequired", "IsPrimaryKey", "DefaultValue"),
        *("CustomerKey", "DataExtension.CustomerKey"),
        condition=simple("DataExtension.CustomerKey", "equals", "everything"),
    )
    assert status(answer) == "OK"
    names, ordinals = texts(answer, "Name"), [int(text) for text in texts(answer, "Ordinal")]
    assert sorted(ordinals) == list(range(12))
    assert set(texts(answer, "DataExtension.CustomerKey")) == {"everything"}
    assert texts(answer, "CustomerKey")[names.index("Id")] == "[everything].[Id]"
    fields = retrieve(tenant, "DataExtensionField", "Name", "Ordinal")
    every = [int(text) for text in texts(fields, "Ordinal")]
    assert every != sorted(every)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (simple("CustomerKey", "equals", "ORDERS"), ["orders"]),
        (simple("CustomerKey", "IN", "orders", "products", "nowhere"), ["orders", "products"]),
        (simple("Name", "like", "%store%"), ["Filialen/Läden 2024"]),
        (simple("SendableDataExtensionField.Name", "isNotNull"), ["customers", "newsletter-subscribers"]),
        (
            '<Filter xsi:type="ComplexFilterPart">'
            + simple("IsSendable", "equals", "true", tag="LeftOperand")
            + "<LogicalOperator>AND</LogicalOperator>"
            + '<RightOperand xsi:type="ComplexFilterPart">'
            + simple("CustomerKey", "equals", "customers", tag="LeftOperand")
            + "<LogicalOperator>OR</LogicalOperator>"
            + simple("CustomerKey", "equals", "orders", tag="RightOperand")
            + "</RightOperand></Filter>",
            ["customers"],
        ),
    ],
)
def test_filters_choose(tenant: Tenant, condition: str, expected: list[str]) -> None:
    answer = retrieve(tenant, "DataExtension", "CustomerKey", condition=condition)
    assert status(answer) == "OK"
    assert [key for key in texts(answer, "CustomerKey") if not key.endswith("-entries")] == expected


def test_folders_have_parents_and_their_numbers_can_be_compared(tenant: Tenant) -> None:
    answer = retrieve(
        tenant,
        "DataFolder",
        *("ID", "Name", "ParentFolder.ID", "ContentType", "Client.ID"),
        condition=simple("Client.ID", "equals", str(demo.ENTERPRISE)),
    )
    folders = dict(zip(texts(answer, "ID"), texts(answer, "ParentFolder.ID"), strict=True))
    assert list(folders.values()).count("0") == 1
    assert all(parent == "0" or parent in folders for parent in folders.values())
    above = retrieve(tenant, "DataFolder", "ID", condition=simple("ID", "greaterThan", "4"))
    assert texts(above, "ID") == [number for number in folders if int(number) > 4]


def test_the_enterprise_sees_all_units_and_another_itself(tenant: Tenant) -> None:
    units = retrieve(tenant, "BusinessUnit", "ID", "Name", "ParentID")
    assert [int(text) for text in texts(units, "ID")] == list(demo.BUSINESS_UNITS)
    one = retrieve(tenant, "BusinessUnit", "ID", token=tenant.token(demo.ASIA))
    assert [int(text) for text in texts(one, "ID")] == [demo.ASIA]


def test_more_data_is_continued_by_request_id(tenant: Tenant) -> None:
    answer = retrieve(tenant, "DataExtension", "CustomerKey", options="<Options><BatchSize>3</BatchSize></Options>")
    keys = texts(answer, "CustomerKey")
    rounds = 1
    while status(answer) == "MoreDataAvailable":
        request_id = answer.findtext("p:RequestID", namespaces=N)
        answer = call(
            tenant,
            f'<RetrieveRequestMsg xmlns="{PARTNER}"><RetrieveRequest><ContinueRequest>{request_id}</ContinueRequest>'
            "</RetrieveRequest></RetrieveRequestMsg>",
        )
        keys += texts(answer, "CustomerKey")
        rounds += 1
    assert status(answer) == "OK"
    assert len(set(keys)) == len(keys) == tenant.call("GET", "data/v1/customobjects?$search=%25").json()["count"]
    assert rounds == -(-len(keys) // 3) > 1


@pytest.mark.parametrize(
    ("kind", "name", "condition", "words"),
    [
        ("dataExtension", "Name", "", "Error: Unable to find a handler for object type: dataExtension. Object types"),
        ("DataExtension", "RowCount", "", "Error: The Request Property(s) RowCount do not match with the fields of"),
        ("DataExtension", "Name", simple("Nope", "equals", "1"), "Error: Invalid column name"),
        ("DataExtension", "Name", simple("Name", "resembles", "1"), "Error: "),
        ("DataExtensionObject[nowhere]", "Id", "", "Error: "),
        ("DataExtensionObject[orders]", "*", "", "Error: "),
    ],
)
def test_a_failed_retrieve_is_200_with_a_sentence(
    tenant: Tenant, kind: str, name: str, condition: str, words: str
) -> None:
    answer = retrieve(tenant, kind, name, condition=condition)
    assert status(answer).startswith(words)
    assert texts(answer, "Name") == []


def test_other_types_are_empty_not_errors(tenant: Tenant) -> None:
    assert status(retrieve(tenant, "DataExtensionTemplate", "Name")) == "OK"


def test_create_answers_and_says_what_is_wrong(tenant: Tenant) -> None:
    answer = create(tenant, "made", FIELD)
    result = answer.find("p:Results", N)
    assert [etree.QName(child).localname for child in result] == [
        *("StatusCode", "StatusMessage", "OrdinalID", "NewID", "NewObjectID", "Object")
    ]
    assert texts(answer, "StatusMessage") == ["Data Extension created."]
    assert texts(answer, "Object.Fields.Field.Name") == ["Id"]
    assert [etree.QName(child).localname for child in answer] == ["Results", "RequestID", "OverallStatus"]
    found = retrieve(tenant, "DataExtension", "ObjectID", condition=simple("CustomerKey", "equals", "made"))
    assert texts(found, "ObjectID") == texts(answer, "NewObjectID")
    again = create(tenant, "made", FIELD)
    assert (status(again), texts(again, "StatusCode"), texts(again, "ErrorCode")) == ("Error", ["Error"], ["1"])
    bad = create(tenant, "bad", FIELD.replace("20", "many"))
    assert texts(bad, "StatusCode") == ["Error"]


def test_update_adds_and_widens_fields_but_does_not_shorten_them(tenant: Tenant) -> None:
    def update(fields: str) -> Any:
        objects = f"<CustomerKey>orders</CustomerKey><Fields>{fields}</Fields>"
        return call(
            tenant,
            f'<UpdateRequest xmlns="{PARTNER}"><Objects xsi:type="ns0:DataExtension">{objects}</Objects>'
            "</UpdateRequest>",
        )

    def field(name: str, length: int) -> str:
        return f"<Field><Name>{name}</Name><MaxLength>{length}</MaxLength></Field>"

    before = tenant.rows("orders")
    assert status(update(field("product", 200) + field("Colour", 10))) == "OK"
    rows = tenant.rows("orders")
    assert [row | {"colour": ""} for row in before] == rows
    assert status(update(field("Product", 150))) == "Error"
    assert status(update(field("Size", 5).replace("</Name>", "</Name><IsRequired>true</IsRequired>"))) == "Error"
    widths = retrieve(
        tenant,
        *("DataExtensionField", "Name", "MaxLength", "IsRequired"),
        condition=simple("CustomerKey", "equals", "[orders].[Product]"),
    )
    assert [texts(widths, name) for name in ("Name", "MaxLength", "IsRequired")] == [["Product"], ["200"], ["true"]]


def test_several_objects_have_a_result_each(tenant: Tenant) -> None:
    def delete(*keys: str) -> Any:
        objects = "".join(
            f'<Objects xsi:type="DataExtension"><CustomerKey>{key}</CustomerKey></Objects>' for key in keys
        )
        return call(tenant, f'<DeleteRequest xmlns="{PARTNER}">{objects}</DeleteRequest>')

    answer = delete("orders", "nowhere")
    assert (status(answer), texts(answer, "StatusCode")) == ("Has Errors", ["OK", "Error"])
    assert status(delete("products")) == "OK"
    assert texts(retrieve(tenant, "DataExtension", "CustomerKey", condition=simple("CustomerKey", "IN", "orders", "products")), "Name") == []  # fmt: skip  # noqa: E501


def test_rows_are_written_and_read(tenant: Tenant) -> None:
    def write(action: str, value: str, options: str = "") -> Any:
        pairs = "".join(
            f"<Property><Name>{n}</Name><Value>{v}</Value></Property>" for n, v in (("Id", "1"), ("Column2", value))
        )
        row = f"<CustomerKey>twelve-texts</CustomerKey><Properties>{pairs}</Properties>"
        return call(
            tenant,
            f'<{action}Request xmlns="{PARTNER}">{options}<Objects xsi:type="DataExtensionObject">{row}</Objects>'
            f"</{action}Request>",
        )

    upsert = (
        "<Options><SaveOptions><SaveOption><PropertyName>*</PropertyName><SaveAction>UpdateAdd</SaveAction>"
        "</SaveOption></SaveOptions></Options>"
    )
    assert status(write("Update", "a")) == "Error"
    assert status(write("Update", " b ", upsert)) == "OK"
    assert status(write("Create", "c")) == "Error"
    answer = retrieve(tenant, "DataExtensionObject[twelve-texts]", "Id", "Column2")
    assert texts(answer, "Properties.Property.Value") == ["1", " b "]
    assert texts(retrieve(tenant, "DataExtensionObject[Twelve texts]", "Id"), "Properties.Property.Value") == ["1"]


def test_rows_are_filtered_by_their_types(tenant: Tenant) -> None:
    def keys(kind: str, name: str, condition: str) -> list[str]:
        return texts(retrieve(tenant, kind, name, condition=condition), "Properties.Property.Value")

    assert keys("DataExtensionObject[products]", "Sku", simple("Price", "greaterThan", "100")) == ["TENT-2"]
    assert keys("DataExtensionObject[customers]", "Points", simple("Points", "between", "250", "500")) == [
        *("250", "375", "500")
    ]
    assert keys("DataExtensionObject[customers]", "LastName", simple("CustomerKey", "equals", "c-1002")) == ["Lefèvre"]
    tenant.create_de("007", [{"name": "Id", "type": "Text", "isPrimaryKey": True}])
    assert (
        texts(retrieve(tenant, "DataExtension", "Name", condition=simple("CustomerKey", "equals", "7")), "Name") == []
    )


def test_bad_tokens_are_faults(tenant: Tenant) -> None:
    for token, words in (("nonsense", "Token Expired"), ("", "Login Failed")):
        answer = post(tenant, f'<RetrieveRequestMsg xmlns="{PARTNER}"/>', token=token)
        assert answer.status_code == 500
        fault = body_of(answer).find("s:Fault", N)
        assert fault.findtext("faultstring") == words
        assert fault.findtext("faultcode").endswith(":Security")
        assert "<soap:Fault>" in answer.text


def test_a_missing_scope_is_an_answer(tenant: Tenant) -> None:
    nothing = tenant.token(scope="")
    assert status(retrieve(tenant, "DataExtension", "Name", token=nothing)).startswith("Error: API Permission Failed")
    reader = tenant.token(scope="data_extensions_read")
    assert texts(create(tenant, "no", FIELD, token=reader), "ErrorCode") == ["11"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<a/>",
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
        b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><a>&x;</a></s:Body></s:Envelope>',
        b"<a>" * 300 + b"</a>" * 300,
    ],
)
def test_what_is_no_envelope_gets_plain_text(tenant: Tenant, data: bytes) -> None:
    answer = requests.post(tenant.url + "service.asmx", data=data, headers={"Content-Type": "text/xml"})
    assert (answer.status_code, answer.text) == (400, "Bad Request")


def test_the_wsdl_is_small_complete_and_names_this_server(tenant: Tenant) -> None:
    answer = requests.get(tenant.url + "etframework.wsdl")
    root = etree.fromstring(answer.content)
    assert len(answer.content) < 60_000
    assert not root.findall(".//{http://www.w3.org/2001/XMLSchema}import")
    address = root.find(".//{http://schemas.xmlsoap.org/wsdl/soap/}address")
    assert address is not None
    assert address.get("location") == tenant.url + "Service.asmx"
    assert "Last-Modified" in requests.head(tenant.url + "etframework.wsdl").headers


def test_describe_names_the_properties(tenant: Tenant) -> None:
    answer = call(
        tenant,
        f'<DefinitionRequestMsg xmlns="{PARTNER}"><DescribeRequests><ObjectDefinitionRequest>'
        "<ObjectType>DataExtension</ObjectType></ObjectDefinitionRequest></DescribeRequests></DefinitionRequestMsg>",
    )
    names = [node.text for node in answer.iterfind("p:ObjectDefinition/p:Properties/p:Name", N)]
    assert {"CustomerKey", "Name", "ObjectID"} <= set(names)
    assert status(retrieve(tenant, "DataExtension", *names)) == "OK"
