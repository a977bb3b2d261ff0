"""What can go wrong between a person and the service, as that person should read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from console.words import sentence


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field, named as the service names it: "features.xgboost.payment_history"."""

    field: str
    message: str


class Failed(Exception):
    """The service gave no usable answer.

    `title`: in a few words; `advice`: what to do, in a sentence; `status`: None where nothing answered at all;
    `retry_after`: seconds; `request_id`: by which the service's log knows it.
    """

    def __init__(
        self,
        title: str,
        advice: str,
        status: int | None = None,
        errors: Iterable[FieldProblem] = (),
        retry_after: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(title)
        self.title, self.advice, self.status = title, advice, status
        self.errors, self.retry_after, self.request_id = tuple(errors), retry_after, request_id

    @property
    def may_pass(self) -> bool:
        """Whether the same request may go through later."""
        return self.status in (None, 409, 429, 503)


def down(place: str) -> Failed:
    """Nobody listens, or the connection broke."""
    return Failed(
        "The service cannot be reached.",
        f"Nothing answers at {place}. Is it running (`./setup.sh run`), and is API_URL right? Then try again.",
    )


def unusable_key() -> Failed:
    """The key holds signs that no request can carry; those of an address are found out before."""
    return Failed("This API key cannot be sent.", "It holds signs that no key has: enter it again.", 401)


def slow(place: str, seconds: float) -> Failed:
    """It listens, and says nothing in time."""
    return Failed(
        "The service takes too long.",
        f"{place} gave no answer within {seconds:g} seconds. It may be busy: wait a moment and try again. "
        "Something that was sent may have been done all the same.",
    )


def not_the_service(place: str) -> Failed:
    """Something else answers there."""
    return Failed("That is another program.", f"What answers at {place} is not this scoring service: check API_URL.")


def refused(status: int, answer: object, retry_after: str | None, place: str) -> Failed:
    """An error that the service answered with (RFC 9457)."""
    if not isinstance(answer, Mapping) or "title" not in answer:
        return not_the_service(place)
    title, advice = _words(status, answer)
    wait = int(retry_after) if retry_after and retry_after.isdigit() else None
    if wait:
        advice += f" Try again in {wait} {'second' if wait == 1 else 'seconds'}."
    request_id = answer.get("instance")
    return Failed(title, advice, status, _errors(answer), wait, str(request_id) if request_id else None)


def _words(status: int, answer: Mapping[str, Any]) -> tuple[str, str]:
    title, detail = str(answer["title"]).rstrip("."), sentence(str(answer.get("detail") or ""))
    if status == 401:
        return "An API key is needed.", "Enter a valid key under “Access” in the menu on the left."
    if status == 403:
        return "This key may not do that.", f"{detail} Ask whoever runs the service for a key with that scope."
    if status == 422 and answer.get("errors"):
        return "Some fields need correcting.", "Each is named below or beside its field."
    if status == 500:
        return "The service has a defect.", "Report it with the number of the request, by which its log knows more."
    return f"{title}.", detail


def _errors(answer: Mapping[str, Any]) -> list[FieldProblem]:
    listed = answer.get("errors")
    if not isinstance(listed, list):
        return []
    return [FieldProblem(str(each.get("field")), str(each.get("message"))) for each in listed if isinstance(each, dict)]
