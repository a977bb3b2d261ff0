"""A scoring service over fakes, its archive and its versions, as the commands of an auditor reach for them."""

from __future__ import annotations

from routing.requests import Scored, ScoringRequest
from routing.service import ScoringService
from scoring.record import ScoreRecord
from tests.fakes.catalog import FakeVersions
from tests.fakes.models import FakeModel, FakeModels
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.routes import ROUTES
from tests.fakes.table import MemoryTable

FEATURES = {"traditional": [0.5, 0.8], "social": [0.6], "xgboost": [0.3, 0.7]}
PROVENANCE = {"code": "0.1.0", "numpy": "2.4"}


class OpenTable(MemoryTable):
    """A table in memory that commands may create and close; `closed` counts."""

    closed = 0

    def create(self) -> None:
        """It is there."""

    def close(self) -> None:
        """It stays as it is."""
        self.closed += 1


class Office:
    """`score` makes records; `table` and `versions` are what a command opens."""

    def __init__(self) -> None:
        self.traditional = FakeModel("traditional", ["a", "b"], lambda row: -2.0 - row[0] + row[1] / 3)
        self.social = FakeModel("social", ["c"], lambda row: -3.0 + row[0] / 7)
        self.xgboost = FakeModel("xgboost", ["d", "e"], lambda row: -1.0 - row[0] * row[1])
        every = [self.traditional, self.social, self.xgboost]
        self.table, self.versions = OpenTable(), FakeVersions(every)
        models = FakeModels({each.name: each for each in every})
        self._service = ScoringService(ROUTES, models, self.table, MemoryOutbox(), provenance=PROVENANCE)

    def score(self, customer_id: str = "A", explain: bool = False) -> ScoreRecord:
        """A record as the service writes it: of a new customer, or of an existing one the second time."""
        outcome = self._service.predict(ScoringRequest(customer_id, FEATURES, explain))
        assert isinstance(outcome, Scored)
        return outcome.record
