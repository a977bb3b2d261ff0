"""A scoring service over fakes, with everything in reach of a test."""

from __future__ import annotations

from typing import Any

import pytest

from routing.ports import KeyUse
from routing.requests import Scored, ScoringRequest
from routing.service import ScoringService
from scoring.errors import ServiceError
from scoring.identity import Clock
from tests.fakes.models import FakeModel, FakeModels
from tests.fakes.routes import ROUTES
from tests.fakes.table import MemoryOutbox, MemoryTable

BOTH: dict[str, Any] = {"traditional": [1.0, 0.5], "social": [0.2]}
NEW: dict[str, Any] = {"xgboost": [1.0, 2.0]}


class House:
    """A service over fakes, with everything in reach of a test."""

    def __init__(self) -> None:
        self.traditional = FakeModel("traditional", ["a", "b"], lambda row: -2.0 + row[0] - row[1])
        self.social = FakeModel("social", ["c"], lambda row: -3.0 + row[0], alone=(0.5, 0.5))
        self.xgboost = FakeModel("xgboost", ["d", "e"], lambda row: -1.0 - row[0] * row[1])
        self.models = FakeModels({"traditional": self.traditional, "social": self.social, "xgboost": self.xgboost})
        self.table, self.outbox = MemoryTable(), MemoryOutbox()
        self.service = ScoringService(ROUTES, self.models, self.table, self.outbox, Clock(), {"code": "test"})

    def know(self, customer_id: str) -> None:
        self.table.customers[customer_id] = {}

    def predict(
        self, customer_id: str = "C", *, key: KeyUse | None = None, explain: bool = False, **features: Any
    ) -> Scored:
        return self.service.predict(ScoringRequest(customer_id, features, explain, key))

    def error(self, customer_id: str = "C", *, key: KeyUse | None = None, **features: Any) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            self.predict(customer_id, key=key, **features)
        return caught.value
