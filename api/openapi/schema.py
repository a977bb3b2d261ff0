"""JSON Schema (2020-12) in few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scoring.features import FLOAT32_MAX, Feature

Json = dict[str, Any]

NUMBER: Final[Json] = {"type": "number"}
WHOLE: Final[Json] = {"type": "integer"}
COUNT: Final[Json] = {"type": "integer", "minimum": 0}
TEXT: Final[Json] = {"type": "string"}
FLAG: Final[Json] = {"type": "boolean"}
SHARE: Final[Json] = {"type": "number", "minimum": 0, "maximum": 1}
TIME: Final[Json] = {"type": "string", "format": "date-time"}
ANYTHING: Final[Json] = {"type": "object"}
SCALAR: Final[Json] = {"type": ["number", "string", "boolean", "null"]}


def ref(name: str) -> Json:
    """A schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def thing(
    required: Mapping[str, Json], optional: Mapping[str, Json] | None = None, about: str = "", *, closed: bool = False
) -> Json:
    """An object; a closed one has no other fields than these."""
    schema: Json = {"type": "object", "properties": {**required, **(optional or {})}}
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return said(schema, about) if about else schema


def said(schema: Json, about: str) -> Json:
    """The same with a description."""
    return {**schema, "description": about}


def many(items: Json, least: int | None = None, most: int | None = None) -> Json:
    """A list."""
    schema: Json = {"type": "array", "items": items}
    bounds = {"minItems": least, "maxItems": most}
    return schema | {name: bound for name, bound in bounds.items() if bound is not None}


def mapping(values: Json, about: str = "") -> Json:
    """An object whose names are data."""
    schema = {"type": "object", "additionalProperties": values}
    return said(schema, about) if about else schema


def or_null(schema: Json) -> Json:
    """The same, or null."""
    kind = schema.get("type")
    if isinstance(kind, str) and "enum" not in schema and "const" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(values: Sequence[str]) -> Json:
    """One of these texts."""
    return {"type": "string", "enum": list(values)}


def number(low: float | None = None, high: float | None = None, default: float | None = None) -> Json:
    """A number of [low, high]."""
    return _bounded("number", low, high, default)


def whole(low: int | None = None, high: int | None = None, default: int | None = None) -> Json:
    """A whole number of [low, high]."""
    return _bounded("integer", low, high, default)


def text(longest: int, *, visible: bool = False) -> Json:
    """Text of 1 to `longest` characters; `visible`: not only spaces, and no control characters."""
    schema: Json = {"type": "string", "minLength": 1, "maxLength": longest}
    return {**schema, "pattern": r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f\s][^\x00-\x1f\x7f]*$"} if visible else schema


def of_feature(feature: Feature) -> Json:
    """What may be given for one input of a model."""
    if feature.categories is not None:
        schema = one_of(feature.categories)
    else:
        low = -FLOAT32_MAX if feature.minimum is None else feature.minimum
        high = FLOAT32_MAX if feature.maximum is None else feature.maximum
        schema = _bounded("integer" if feature.integer else "number", low, high, None)
    if feature.reason:
        schema = said(schema, feature.reason)
    return schema if feature.required else or_null(schema)


def _bounded(kind: str, low: float | None, high: float | None, default: float | None) -> Json:
    bounds = {"minimum": low, "maximum": high, "default": default}
    return {"type": kind, **{name: bound for name, bound in bounds.items() if bound is not None}}
