"""A JSON parser that lets nothing pass that another reader could understand differently, or that costs more to hold.

RFC 8259 leaves duplicate names, huge numbers and lone surrogates to the reader; two readers of one credit application
must not see two applications. orjson refuses NaN, numbers beyond a double, lone surrogates, byte order marks and all
but UTF-8. What it lets pass is found here: duplicate names, deep nesting, integers that it would round.
"""

from __future__ import annotations

import json
import re

import orjson

from scoring.errors import ServiceError

DEEPEST = 32
"""Levels of lists and objects; a request has five."""
MOST_CONTAINERS = 50_000
"""Lists and objects: each takes some 60 bytes for the two that it has in the body. A full batch has some 5,000."""
LONG_INTEGER = re.compile(rb"[:,\s\[-]\d{19}")
"""In an object or a list. The sign before the digits keeps the search from beginning again at each of them."""


class NotJson(ServiceError):
    """The bytes are not JSON that every reader reads the same way."""


class TooManyParts(ServiceError):
    """The bytes are few, and what they stand for is not."""


def parse(body: bytes) -> object:
    """The value that UTF-8 JSON text stands for. Raises NotJson, or TooManyParts before much memory is spent."""
    if not body:
        raise NotJson("The body is empty.")
    if body.count(b"[") + body.count(b"{") > MOST_CONTAINERS:
        raise TooManyParts(f"The body holds more than {MOST_CONTAINERS:,} lists and objects.")
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The whole body is in error.doc: `from None` keeps it out of every log.
        raise NotJson(f"The body is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}.") from None
    # Every pair has its colon: as many colons as names means no name twice (and no colon inside text).
    if isinstance(value, dict | list) and _names(value, 1) == body.count(b":") and not LONG_INTEGER.search(body):
        return value
    return json.loads(body, object_pairs_hook=_unique)


def _names(value: object, level: int) -> int:
    """How many names all objects in `value` have together."""
    if type(value) is dict:
        inner: object = value.values()
        count = len(value)
    elif type(value) is list:
        inner, count = value, 0
    else:
        return 0
    if level > DEEPEST:
        raise NotJson(f"The body is nested more than {DEEPEST} levels deep.")
    for each in inner:  # type: ignore[attr-defined]  # a list, or the values of an object
        if type(each) is dict or type(each) is list:
            count += _names(each, level + 1)
    return count


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise NotJson(f'The body has the name "{twice[:64]}" twice in one object.')
    return value
