"""A table of customers in requests of the service, chunk by chunk, and the answers as a table."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from console.client import Api
from console.files import value
from console.problems import Failed

CHUNK: Final = 250
TRIES: Final = 4
LONGEST_WAIT: Final = 10
COLUMNS: Final = ("customer_type", "score", "probability_of_default", "score_band", "risk_level", "decision")


@dataclass
class Batch:
    """What was answered so far, row by row. `stopped`: why not all of them were sent."""

    total: int
    results: list[dict[str, Any]] = field(default_factory=list)
    stopped: Failed | None = None

    @property
    def failed(self) -> int:
        """Rows that got a problem instead of a score."""
        return sum(bool(each["problem"]) for each in self.results)

    def frame(self) -> pd.DataFrame:
        """The table that is shown and downloaded."""
        return pd.DataFrame(self.results)


Mapped = Mapping[str, Mapping[str, str]]
"""Model -> its feature -> the column of the file."""


def matched(models: Mapping[str, Sequence[str]], columns: Sequence[str]) -> dict[str, dict[str, str | None]]:
    """For each model's feature the column named "model.feature", else "feature", whatever the case; None: not there."""
    known = {name.strip().lower(): name for name in columns}
    return {
        model: {name: known.get(f"{model}.{name}".lower()) or known.get(name.lower()) for name in names}
        for model, names in models.items()
    }


def requests_of(frame: pd.DataFrame, customer: str, mapped: Mapped) -> Iterator[dict[str, Any]]:
    """One request for each row; an empty cell is left out, and the service says where it was needed."""
    cells = {name: [value(cell) for cell in frame[name].tolist()] for name in _used(customer, mapped)}
    for i in range(len(frame)):
        features = {}
        for model, columns in mapped.items():
            given = {name: cells[column][i] for name, column in columns.items() if cells[column][i] is not None}
            if given:
                features[model] = given
        held = cells[customer][i]
        yield {"customer_id": "" if held is None else str(held), "features": features}


def run(service: Api, requests: Sequence[Mapping[str, Any]], batch: Batch, progress: Callable[[float], None]) -> None:
    """Send chunk by chunk. A chunk that could not be answered is sent again with its key, so nobody is scored twice."""
    for first in range(0, len(requests), CHUNK):
        chunk = requests[first : first + CHUNK]
        try:
            answers = _patiently(service, {"requests": chunk})
        except Failed as failed:
            batch.stopped = failed
            return
        batch.results += [
            _row(first + i, asked, got) for i, (asked, got) in enumerate(zip(chunk, answers, strict=True))
        ]
        progress(len(batch.results) / len(requests))


def _patiently(service: Api, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    key = uuid.uuid4().hex
    for attempt in range(1, TRIES + 1):
        try:
            found: list[Mapping[str, Any]] = service.post("/api/v1/predict/batch", body, Idempotency_Key=key)["results"]
        except Failed as failed:
            if not failed.may_pass or failed.retry_after is None or attempt == TRIES:
                raise
            time.sleep(min(failed.retry_after, LONGEST_WAIT))
        else:
            return found
    raise AssertionError  # the last attempt returned or raised


def _row(index: int, asked: Mapping[str, Any], got: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"row": index + 1, "customer_id": asked["customer_id"]}
    told = {**got, "score": got.get("aggregated_score", got.get("score"))}
    row |= {name: told.get(name) for name in COLUMNS}
    return {**row, "problem": _problem(got), "prediction_id": got.get("prediction_id")}


def _problem(got: Mapping[str, Any]) -> str | None:
    if "prediction_id" in got:
        return None
    listed = [f"{each.get('field')} {each.get('message')}" for each in got.get("errors", ())]
    return "; ".join(listed) or str(got.get("detail") or got.get("title"))


def _used(customer: str, mapped: Mapped) -> set[str]:
    return {customer, *(column for columns in mapped.values() for column in columns.values())}
