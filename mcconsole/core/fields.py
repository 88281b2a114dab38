"""The schema of a data extension: what forms, mappings and checks are built from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FieldType(StrEnum):
    """`FieldType` of SOAP DataExtensionField and `type` of REST fields (API reference, 4.2, documented)."""

    TEXT = "Text"
    NUMBER = "Number"
    DATE = "Date"
    BOOLEAN = "Boolean"
    EMAIL = "EmailAddress"
    PHONE = "Phone"
    DECIMAL = "Decimal"
    LOCALE = "Locale"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a data extension, in the tenant's own case."""

    name: str
    type: FieldType
    length: int | None = None
    """Largest number of UTF-16 units for text-like types, precision for Decimal; None where it does not apply or is
    not limited."""
    scale: int | None = None
    """Digits after the decimal point, for Decimal only."""
    required: bool = False
    primary_key: bool = False
    default: str = ""
    """The default as the tenant states it; "" for none."""
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Schema:
    """A data extension's identity and fields, sorted by ordinal."""

    key: str
    """External key (`CustomerKey`)."""
    name: str
    fields: tuple[Field, ...]
    object_id: str = ""
    """`ObjectID`, the GUID that REST calls `id`."""

    @property
    def keys(self) -> tuple[Field, ...]:
        """The primary key fields; empty for a data extension without a key."""
        return tuple(f for f in self.fields if f.primary_key)

    def field(self, name: str) -> Field | None:
        """The field of this name, whatever the case."""
        folded = name.casefold()
        return next((f for f in self.fields if f.name.casefold() == folded), None)


def type_of(field: Field) -> str:
    """A field's type with its length, as `Text (50)` or `Decimal (18,2)`."""
    if field.type is FieldType.DECIMAL:
        return f"{field.type} ({field.length or 18},{field.scale or 0})"
    return f"{field.type} ({field.length:,})" if field.length else str(field.type)
