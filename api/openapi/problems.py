"""Problems (RFC 9457) as components: the classes of errors say which a path gives, the rest `api.errors` knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from api import errors
from api.auth import Forbidden, Unauthenticated
from api.content import PROBLEM, NotAcceptable, TooLarge, UnsupportedContent
from api.errors import Kind
from api.limits import RateLimited
from api.openapi.schema import TEXT, Json, many, ref, said, thing, whole
from api.strict_json import NotJson
from scoring.errors import InvalidRequest, Overloaded

Errors = tuple[type[Exception], ...]
GUARDED: Final[Errors] = (Unauthenticated, Forbidden, NotAcceptable, RateLimited)
READS_A_BODY: Final[Errors] = (NotJson, TooLarge, UnsupportedContent, InvalidRequest)
BUSY: Final[Errors] = (Overloaded,)
PLACE: Final = "#/components/responses/"

_WRONG_FIELD = thing(
    {
        "field": said(TEXT, "Its path in the body: `features.xgboost[3]`."),
        "message": said(TEXT, "What is wrong with it; never its value."),
    }
)
_KNOWN = sorted({kind.type for kind in (*errors.KINDS.values(), *errors.HTTP_KINDS.values(), errors.DEFECT)})
SCHEMAS: Final[dict[str, Json]] = {
    "WrongField": _WRONG_FIELD,
    "Problem": thing(
        {
            "type": {"type": "string", "examples": _KNOWN, "description": "The kind of problem; stable."},
            "title": TEXT,
            "status": whole(400, 599),
            "detail": TEXT,
            "instance": said(TEXT, "The request id: it finds the request in the log."),
        },
        {"errors": said(many(ref("WrongField"), 1, errors.MOST_ERRORS), "Each wrong field, where fields are wrong.")},
        "RFC 9457, on every path. Nothing of the inside is ever shown.",
    ),
    "ItemProblem": {
        "allOf": [ref("Problem"), thing({"index": said(whole(0), "The place of the item in the batch.")})],
        "description": "What is wrong with one item of a batch; the others are answered.",
    },
}


def refusals(raised: Iterable[type[Exception]]) -> dict[str, Json]:
    """The responses of an operation that ends with these errors, or with a defect."""
    by_status: dict[int, set[str]] = {errors.DEFECT.status: {errors.DEFECT.name}}
    for error in raised:
        kind = errors.kind_of(error)
        by_status.setdefault(kind.status, set()).add(kind.name)
    return {str(status): {"$ref": f"{PLACE}{status}.{'.'.join(sorted(names))}"} for status, names in by_status.items()}


def component(name: str) -> Json:
    """The response that `refusals` refers to: `<status>.<kind>.<kind>...`."""
    wanted = name.split(".")[1:]
    kinds = {each.name: each for each in (*errors.HTTP_KINDS.values(), *errors.KINDS.values(), errors.DEFECT)}
    found = [kinds[each] for each in wanted]
    headers: Json = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
    if any(map(_waits, found)):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    if found[0].status == 401:
        headers["WWW-Authenticate"] = {"schema": TEXT, "description": "`ApiKey`, in the header X-API-Key."}
    types = {"enum": [each.type for each in found]}
    return {
        "description": "; or: ".join(f"{each.title} (`{each.name}`)" for each in found) + ".",
        "headers": headers,
        "content": {
            PROBLEM: {
                "schema": {"allOf": [ref("Problem"), thing({"type": types, "status": {"const": found[0].status}})]},
                "examples": {each.name: {"value": _example(each)} for each in found},
            }
        },
    }


def _waits(kind: Kind) -> bool:
    return kind.retry_after is not None or kind.status == 429


def _example(kind: Kind) -> Json:
    example: Json = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail or f"{kind.title}.",
        "instance": "f1c0a9d2b6e84c3d9a7e5b4f2d1c0b9a",
    }
    if kind.name == "invalid-request":
        example["errors"] = [{"field": "customer_id", "message": "is missing"}]
    return example
