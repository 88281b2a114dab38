"""HAR 1.2 as a JSON schema, written from http://www.softwareishard.com/blog/har-12-spec/ ."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": -1}
SPAN = {"type": "number", "minimum": 0}
"""Milliseconds of something that takes place always."""
MAYBE = {"anyOf": [SPAN, {"const": -1}]}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object of these members; others only where their names begin with an underscore."""
    known = {"comment": TEXT, **required, **(optional or {})}
    return {
        "type": "object",
        "required": list(required),
        "properties": known,
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


PAIRS = _list(_object({"name": TEXT, "value": TEXT}))
COOKIES = _list(
    _object(
        {"name": TEXT, "value": TEXT},
        {
            "path": TEXT,
            "domain": TEXT,
            "expires": {"type": ["string", "null"]},
            "httpOnly": {"type": "boolean"},
            "secure": {"type": "boolean"},
        },
    )
)
TIME = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
}
REQUEST = _object(
    {
        "method": TEXT,
        "url": {"type": "string", "format": "uri"},
        "httpVersion": TEXT,
        "cookies": COOKIES,
        "headers": PAIRS,
        "queryString": PAIRS,
        "headersSize": COUNT,
        "bodySize": COUNT,
    },
    {"postData": _object({"mimeType": TEXT}, {"text": TEXT, "params": PAIRS})},
)
RESPONSE = _object(
    {
        "status": {"type": "integer"},
        "statusText": TEXT,
        "httpVersion": TEXT,
        "cookies": COOKIES,
        "headers": PAIRS,
        "content": _object(
            {"size": COUNT, "mimeType": TEXT}, {"compression": COUNT, "text": TEXT, "encoding": {"const": "base64"}}
        ),
        "redirectURL": TEXT,
        "headersSize": COUNT,
        "bodySize": COUNT,
    }
)
TIMINGS = _object(
    {"send": SPAN, "wait": SPAN, "receive": SPAN}, {"blocked": MAYBE, "dns": MAYBE, "connect": MAYBE, "ssl": MAYBE}
)
ENTRY = _object(
    {
        "startedDateTime": TIME,
        "time": SPAN,
        "request": REQUEST,
        "response": RESPONSE,
        "cache": {"type": "object"},
        "timings": TIMINGS,
    },
    {"pageref": TEXT, "serverIPAddress": TEXT, "connection": TEXT},
)
HAR = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        {
            "log": _object(
                {
                    "version": {"const": "1.2"},
                    "creator": _object({"name": TEXT, "version": TEXT}),
                    "entries": _list(ENTRY),
                },
                {"pages": {"type": "array"}, "browser": {"type": "object"}},
            )
        }
    ),
}
