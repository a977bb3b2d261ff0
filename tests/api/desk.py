"""An application as it is served, over fakes: a real scoring service, a table and an outbox in memory."""

from typing import Any
from urllib.parse import quote

from flask import Flask

from api import customers, health, metrics, models, predict, predictions, record, reports, search
from api.auth import ApiKey, Guard
from api.cursors import Cursors
from api.install import install
from api.limits import AtMost, RateLimit
from explanation.person import Explainer
from routing.audit import AuditService
from routing.service import ScoringService
from scoring.features import Feature
from tests.fakes.catalog import FakeCatalog, FakeVersions
from tests.fakes.models import FakeModel, FakeModels
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.routes import ROUTES
from tests.fakes.table import MemoryTable

SECRET = b"a secret of thirty-two bytes, or more"
X5, X3, X6 = [0.5, 0.8, 0.3, 0.7, 0.9], [0.6, 0.7, 0.5], [0.5, 0.8, 0.3, 0.7, 0.9, 0.2]
LONGEST, LONGEST_BATCH = 4_096, 65_536
MOST_IN_REPORT = 600


class Desk:
    """The application with everything that a test reaches for; answers are Any, so that tests may index their JSON."""

    def __init__(self, keys: tuple[ApiKey, ...] = (), rate: RateLimit | None = None, at_once: int = 4) -> None:
        self.traditional = FakeModel("traditional", list("abcde"), lambda row: -2.0 - row[0] + row[1])
        self.social = FakeModel(
            "social", ["f", "g", Feature("age", protected=True)], lambda row: -3.0 + row[0] - row[2]
        )
        self.xgboost = FakeModel("xgboost", list("hijklm"), lambda row: -1.0 - row[0] * row[1])
        self.models = FakeModels({"traditional": self.traditional, "social": self.social, "xgboost": self.xgboost})
        self.table, self.outbox = MemoryTable(), MemoryOutbox()
        self.service = ScoringService(ROUTES, self.models, self.table, self.outbox)
        self.versions = FakeVersions([self.traditional, self.social, self.xgboost])
        self.audit = AuditService(self.table, self.table)
        self.metrics, self.at_once = metrics.Metrics(), AtMost(at_once)
        guard, cursors = Guard(keys, rate), Cursors(SECRET)
        self.app = Flask("test")
        install(self.app, self.metrics, SECRET, ["http://localhost:3000"])
        for page in (
            predict.blueprint(self.service, guard, self.at_once, self.metrics, LONGEST, LONGEST_BATCH),
            search.blueprint(self.service, guard, self.at_once, cursors, LONGEST),
            models.blueprint(self.models, FakeCatalog(self.models), guard, self.at_once),
            predictions.blueprint(self.audit, Explainer(self.versions), guard, self.at_once),
            record.blueprint(self.audit, guard, self.at_once, self.metrics, LONGEST, LONGEST_BATCH),
            customers.dossiers(self.audit, guard, self.at_once),
            customers.erasures(self.audit, guard, self.at_once, LONGEST),
            reports.blueprint(self.table, guard, maturity_months=12, most=MOST_IN_REPORT),
            health.blueprint(self.service),
            metrics.blueprint(self.metrics),
        ):
            self.app.register_blueprint(page)
        self.client: Any = self.app.test_client()

    def predict(self, body: Any, **headers: str) -> Any:
        return self.client.post("/api/v1/predict", json=body, headers=_named(headers))

    def batch(self, body: Any, **headers: str) -> Any:
        return self.client.post("/api/v1/predict/batch", json=body, headers=_named(headers))

    def search(self, **query: Any) -> Any:
        return self.client.get("/api/v1/search", query_string=query)

    def prediction(self, prediction_id: str, part: str = "") -> Any:
        return self.client.get(f"/api/v1/predictions/{prediction_id}{part}")

    def override(self, prediction_id: str, body: Any, **headers: str) -> Any:
        path = f"/api/v1/predictions/{prediction_id}/override"
        return self.client.post(path, json=body, headers=_named(headers))

    def outcomes(self, body: Any, **headers: str) -> Any:
        return self.client.post("/api/v1/outcomes", json=body, headers=_named(headers))

    def of_customer(self, method: str, customer_id: str, body: Any = None, kind: str = "customers", **more: Any) -> Any:
        """A request of a path that ends in a customer id, percent-encoded whole."""
        path = f"/api/v1/{kind}/{quote(customer_id, safe='')}"
        return self.client.open(path, method=method, **({} if body is None else {"json": body}), **more)

    def send(self, raw: bytes, path: str = "/api/v1/predict", **options: Any) -> Any:
        return self.client.post(path, data=raw, **{"content_type": "application/json", **options})


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def new(customer_id: str = "NEW", **more: Any) -> dict[str, Any]:
    """A body that scores a new customer."""
    return {"customer_id": customer_id, "features": {"xgboost": X6}, **more}
