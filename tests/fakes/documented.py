"""The OpenAPI document as a judge: what an operation may be asked, and whether an answer is as it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import Draft202012Validator

from api.openapi.document import document

DOCUMENT = document()
JUDGES: dict[int, tuple[dict[str, Any], Draft202012Validator]] = {}
"""By the id of a schema, which is kept beside it: making one takes longer than most answers."""
HEADERS = ("Idempotency-Replayed", "Location", "Retry-After", "WWW-Authenticate")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    path: str
    method: str
    said: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.said["operationId"])

    @property
    def scope(self) -> str | None:
        """The scope that a key needs; None where no key is needed."""
        return self.said["security"][0]["ApiKey"][0] if self.said["security"] else None

    @property
    def examples(self) -> dict[str, Any]:
        """The bodies that it shows."""
        content = self.said.get("requestBody", {}).get("content", {})
        return {name: each["value"] for kind in content.values() for name, each in kind["examples"].items()}

    def faults(self, answer: Any) -> list[str]:
        """What is not as the document says about an answer of Flask's test client."""
        told = self.said["responses"].get(str(answer.status_code))
        if told is None:
            return [f"the status {answer.status_code} is not documented: {answer.get_data(as_text=True)[:300]}"]
        told = resolved(told)
        if answer.content_type not in told.get("content", {}):
            return [f"{answer.content_type} is not documented for {answer.status_code}"]
        absent = [name for name, each in told.get("headers", {}).items() if resolved(each).get("required")]
        faults = [f"the header {name} is missing" for name in absent if name not in answer.headers]
        faults += [
            f"the header {name} is not documented"
            for name in HEADERS
            if name in answer.headers and name not in told["headers"]
        ]
        schema = told["content"][answer.content_type].get("schema")
        return faults + (mismatches(schema, answer.json) if schema and answer.is_json else [])


def operations() -> Iterator[Operation]:
    """All of the document."""
    for path, methods in DOCUMENT["paths"].items():
        for method, said in methods.items():
            yield Operation(path, method.upper(), said)


def operation(name: str) -> Operation:
    """The operation of this id."""
    return next(each for each in operations() if each.name == name)


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    """What a reference refers to."""
    found: Any = value
    while "$ref" in found:
        reference, found = found["$ref"], DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    return dict(found)


def mismatches(schema: dict[str, Any], value: object) -> list[str]:
    """Where a value is not of a schema of the document."""
    if id(schema) not in JUDGES:
        whole = {**schema, "components": DOCUMENT["components"]}
        JUDGES[id(schema)] = schema, Draft202012Validator(whole, validate_formats=True)
    _, judge = JUDGES[id(schema)]
    return [f"{'/'.join(map(str, each.instance_path))}: {each.message[:200]}" for each in judge.iter_errors(value)]
