"""Plain values as DynamoDB's typed attribute values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Attribute = Mapping[str, Any]
"""One typed value: {"S": "text"}, {"N": "735.4"}, {"L": [...]}, {"M": {...}}, ..."""
Item = Mapping[str, Attribute]


def attribute(value: object) -> dict[str, Any]:
    """Text, a number, bytes, a list or a mapping of these. TypeError for anything else.

    A float is written as its shortest decimal, which reads back as the same float. Finite numbers only.
    """
    match value:
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case float():
            return {"N": repr(float(value))}
        case int():
            return {"N": str(value)}
        case list() | tuple():
            return {"L": [attribute(each) for each in value]}
        case Mapping():
            return {"M": {str(key): attribute(each) for key, each in value.items()}}
    raise TypeError(f"{type(value).__name__} is no value of the table")


def item(values: Mapping[str, object]) -> dict[str, Any]:
    """A whole item."""
    return {name: attribute(value) for name, value in values.items()}


def plain(value: Attribute) -> Any:
    """The inverse of `attribute` for what JSON can hold: numbers as floats, sets as lists, null and bytes as None."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return float(content)
        case "L":
            return [plain(each) for each in content]
        case "M":
            return {name: plain(each) for name, each in content.items()}
        case "NS":
            return [float(each) for each in content]
        case "NULL" | "B" | "BS":
            return None
    return content
