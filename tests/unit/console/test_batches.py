from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from console import batches
from console.batches import Batch
from console.client import Api
from tests.fakes.console_answers import SCORED, WRONG
from tests.fakes.console_service import FakeService

PATH = "POST /api/v1/predict/batch"
MAPPED = {"xgboost": {"payment_history": "Payment_History", "debt_to_income": "dti"}}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("console.batches.time.sleep", waited.append)
    return waited


def requests(n: int) -> list[dict[str, Any]]:
    return [{"customer_id": f"C{i}", "features": {}} for i in range(n)]


def run(service: FakeService, n: int) -> tuple[Batch, list[float]]:
    batch, shares = Batch(n), list[float]()
    batches.run(Api(service.url), requests(n), batch, shares.append)
    return batch, shares


def test_columns_are_found_by_model_and_name_whatever_their_case() -> None:
    models = {"a": ["x", "y"], "b": ["x"]}
    found = batches.matched(models, ["X", "b.x", "z"])
    assert found == {"a": {"x": "X", "y": None}, "b": {"x": "b.x"}}


def test_a_row_becomes_a_request_without_its_empty_cells() -> None:
    frame = pd.DataFrame({"id": ["A", None], "Payment_History": [0.5, float("nan")], "dti": [1, 2]})
    assert list(batches.requests_of(frame, "id", MAPPED)) == [
        {"customer_id": "A", "features": {"xgboost": {"payment_history": 0.5, "debt_to_income": 1}}},
        {"customer_id": "", "features": {"xgboost": {"debt_to_income": 2}}},
    ]


def test_chunks_are_sent_in_order_and_every_row_has_a_score_or_a_problem(service: FakeService) -> None:
    n = batches.CHUNK + 2
    service.says(PATH, {"results": [SCORED] * batches.CHUNK})
    service.says(
        PATH, {"results": [{**SCORED, "aggregated_score": 700.0}, {"index": 1, "title": "No", "errors": WRONG}]}
    )
    batch, shares = run(service, n)
    assert [len(each.body["requests"]) for each in service.asked] == [batches.CHUNK, 2]
    assert (len(batch.results), batch.failed, shares[-1]) == (n, 1, 1.0)
    *_, better, wrong = batch.frame().to_dict("records")
    assert (better["row"], better["score"], better["customer_id"]) == (n - 1, 700.0, f"C{n - 2}")
    assert wrong["problem"] == "features.xgboost.payment_history must be at most 1"


def test_a_busy_service_gets_the_chunk_again_with_the_same_key(service: FakeService, pauses: list[float]) -> None:
    service.refuses(PATH, 503, retry_after=2)
    service.says(PATH, {"results": [SCORED]})
    batch, _ = run(service, 1)
    assert (pauses, batch.stopped, len(batch.results)) == ([2], None, 1)
    first, second = (each.headers["Idempotency-Key"] for each in service.asked)
    assert first == second


def test_what_was_answered_stays_when_the_service_goes_away(service: FakeService, pauses: list[float]) -> None:
    service.says(PATH, {"results": [SCORED] * batches.CHUNK})
    service.refuses(PATH, 503, retry_after=60)
    batch, _ = run(service, batches.CHUNK + 1)
    assert len(batch.results) == batches.CHUNK
    assert batch.stopped is not None
    assert batch.stopped.status == 503
    assert pauses == [batches.LONGEST_WAIT] * (batches.TRIES - 1)
