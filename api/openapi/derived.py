"""Schemas of dataclasses as orjson and `dataclasses.asdict` write them: names, kinds and words come from the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from inspect import getdoc
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from api.openapi.schema import ANYTHING, FLAG, NUMBER, TEXT, WHOLE, Json, many, mapping, or_null, ref, said

PLAIN: Mapping[Any, Json] = {
    bool: FLAG,
    int: WHOLE,
    float: NUMBER,
    str: TEXT,
    Any: {},
    object: {},
    NoneType: {"type": "null"},
}


def schemas(*classes: type) -> dict[str, Json]:
    """The schemas of dataclasses and of all that they hold, by the name of the class."""
    found: dict[str, Json] = {}
    for each in classes:
        _collect(each, found)
    return found


def properties(cls: type) -> dict[str, Json]:
    """The fields of one dataclass; what they hold is referred to by name."""
    return {each.name: _of(get_type_hints(cls)[each.name]) for each in fields(cls)}


def _collect(cls: type, found: dict[str, Json]) -> None:
    if cls.__name__ in found:
        return
    own = properties(cls)
    schema: Json = {"type": "object", "properties": own, "required": list(own)}
    found[cls.__name__] = said(schema, " ".join((getdoc(cls) or "").replace("`", "").split()))
    for hint in get_type_hints(cls).values():
        for inner in _classes(hint):
            _collect(inner, found)


def _classes(hint: Any) -> list[type]:
    if is_dataclass(hint) and isinstance(hint, type):
        return [hint]
    return [each for part in get_args(hint) for each in _classes(part)]


def _of(hint: Any) -> Json:
    if is_dataclass(hint) and isinstance(hint, type):
        return ref(hint.__name__)
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(parts)}
    if origin in (Union, UnionType):
        return _union([part for part in parts if part is not NoneType], NoneType in parts)
    if origin is tuple and not (len(parts) == 2 and parts[1] is Ellipsis):
        return {"type": "array", "prefixItems": [_of(part) for part in parts], "minItems": len(parts)}
    if origin in (tuple, list, Sequence):
        return many(_of(parts[0]))
    if origin in (dict, Mapping):
        return mapping(_of(parts[1]))
    return PLAIN.get(hint, ANYTHING)


def _union(parts: list[Any], nullable: bool) -> Json:
    schema = _of(parts[0]) if len(parts) == 1 else {"anyOf": [_of(part) for part in parts]}
    return or_null(schema) if nullable else schema
