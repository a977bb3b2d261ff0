"""A scoring service over fakes, with everything in reach of a test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from routing.ports import KeyUse
from routing.requests import Scored, ScoringRequest
from routing.routes import Routes
from routing.service import ScoringService
from routing.shadow import Shadows
from scoring.errors import ServiceError
from scoring.identity import Clock
from tests.fakes.catalog import FakeVersions
from tests.fakes.models import FakeModel, FakeModels
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.routes import ROUTES
from tests.fakes.table import MemoryTable

BOTH: dict[str, Any] = {"traditional": [1.0, 0.5], "social": [0.2]}
NEW: dict[str, Any] = {"xgboost": [1.0, 2.0]}


class House:
    """A service over fakes, with everything in reach of a test. `more`: models by reference, beside the three."""

    def __init__(
        self, routes: Routes = ROUTES, more: Mapping[str, FakeModel] | None = None, clock: Clock | None = None
    ) -> None:
        self.traditional = FakeModel("traditional", ["a", "b"], lambda row: -2.0 + row[0] - row[1])
        self.social = FakeModel("social", ["c"], lambda row: -3.0 + row[0], alone=(0.5, 0.5))
        self.xgboost = FakeModel("xgboost", ["d", "e"], lambda row: -1.0 - row[0] * row[1])
        self.every = {"traditional": self.traditional, "social": self.social, "xgboost": self.xgboost, **(more or {})}
        self.models, self.versions = FakeModels(self.every), FakeVersions(self.every.values())
        self.table, self.outbox = MemoryTable(), MemoryOutbox()
        self.shadows = Shadows(routes, self.table, self._count)
        self.shadow_outcomes: Counter[tuple[str, str]] = Counter()
        self.service = ScoringService(
            routes, self.models, self.table, self.outbox, clock or Clock(), {"code": "test"}, self.shadows
        )

    def _count(self, route: str, outcome: str, number: int) -> None:
        self.shadow_outcomes[route, outcome] += number

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
