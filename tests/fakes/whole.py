"""All pages of the service over fakes: every path of all five clients, with answers in memory and in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import orjson
from flask import Flask

from api.auth import ApiKey, Guard
from api.cursors import Cursors
from api.install import install
from api.metrics import Metrics
from api.pages import Laboratory, Limits, Served, pages
from applications.loan import FEATURES as LOAN_FEATURES
from explanation.person import Explainer
from laboratory.bench import TASKS, task
from laboratory.checking import check
from laboratory.plan import MODEL_TYPES
from monitoring.application_fairness import ApplicationFairness
from routing.audit import AuditService
from routing.ports import Model
from routing.service import ScoringService
from scoring.features import Feature
from scoring.scale import ScoreScale
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.catalog import FakeCatalog, FakeVersions
from tests.fakes.drifting import publish_validated
from tests.fakes.jobs import MemoryJobs
from tests.fakes.lab import FakeHeldOut, FakeLabModels, a_lab_model
from tests.fakes.models import FakeModel, FakeModels
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.routes import ROUTES
from tests.fakes.small_models import FEATURES
from tests.fakes.table import MemoryTable

SECRET = b"a secret of thirty-two bytes, or more"
LONGEST = 1_000_000
HOME_FEATURES = (
    Feature("AMT_CREDIT", minimum=0, required=False),
    Feature("EXT_SOURCE_MEAN", required=False),
    Feature("CODE_GENDER", categories=("F", "M"), required=False, protected=True),
)
LAB_FEATURES = (
    Feature("age", minimum=18, protected=True, required=False),
    Feature("income", required=False),
    Feature("credit_score", required=False),
    Feature("loan_amount", required=False),
)


def of_sources(row: tuple[float, ...]) -> float:
    """The weaker the external scores, the riskier; without any, in the middle."""
    return 0.0 if row[1] != row[1] else 6.0 - 12.0 * row[1]


def of_applicant(row: tuple[float, ...]) -> float:
    """Log-odds of a laboratory model: loans that are large beside the income are risky."""
    filled = [0.0 if value != value else min(abs(value), 1e7) for value in row]
    return -1.0 - filled[0] / 100 - filled[1] / 50_000 - filled[2] / 500 + filled[3] / 10_000


class Whole:
    """The application. `laboratory`: whether it has one; `keys`: who may call, everybody where there are none."""

    def __init__(self, keys: tuple[ApiKey, ...] = (), *, laboratory: bool = True) -> None:
        served = [FakeModel(name, names, lambda row: -2.0 - row[0] + row[1]) for name, names in FEATURES.items()]
        score = next(i for i, each in enumerate(LOAN_FEATURES) if each.name == "credit_score")
        served.append(FakeModel("loan", LOAN_FEATURES, lambda row: (600 - row[score]) / 50))
        served.append(FakeModel("credit_desk", HOME_FEATURES, of_sources, threshold=0.1))
        served.append(FakeModel("home_credit", HOME_FEATURES, of_sources))
        self.models, self.table = FakeModels({each.name: each for each in served}), MemoryTable()
        self.versions, self.artifacts = FakeVersions(served), MemoryArtifacts()
        scoring = ScoringService(ROUTES, self.models, self.table, MemoryOutbox())
        stands_behind = Served(
            scoring,
            self.models,
            FakeCatalog(self.models),
            self.table,
            AuditService(self.table, self.table),
            Explainer(self.versions),
            {name: each.route.models[0] for name, each in ROUTES.applications.items()},
            ApplicationFairness(self, ROUTES),
            self._laboratory() if laboratory else None,
        )
        self.app, counts = Flask("test", static_folder=None), Metrics()
        install(self.app, counts, SECRET, [])
        limits = Limits(LONGEST, LONGEST, LONGEST, at_once=8, maturity_months=12)
        for page in pages(stands_behind, Guard(keys), Cursors(SECRET), counts, limits):
            self.app.register_blueprint(page)
        self.client: Any = self.app.test_client()

    def held_out(self, reference: str) -> tuple[Model, FakeHeldOut]:
        """Women approved in 30 of 40 cases, men in 20 of 40."""
        mean = np.array([0.9] * 30 + [0.1] * 10 + [0.9] * 20 + [0.1] * 20)
        rows = np.column_stack([np.full(80, 1e5), mean, np.repeat([0.0, 1.0], 40)])
        defaulted = np.array([0.0] * 30 + [1.0] * 10 + [0.0] * 20 + [1.0] * 10 + [0.0] * 10)
        return self.models.get(reference), FakeHeldOut(rows, defaulted, {"CODE_GENDER": np.repeat(["F", "M"], 40)})

    def _laboratory(self) -> Laboratory:
        publish_validated(self.artifacts, n=60)
        draw = np.random.default_rng(0)
        columns = [draw.integers(20, 70, 60), draw.lognormal(10.5, 0.4, 60), draw.integers(400, 800, 60)]
        rows = np.column_stack([*columns, draw.lognormal(9.5, 0.5, 60)]).astype(np.float64)
        held = FakeHeldOut(rows, (draw.random(60) < 0.3).astype(np.float64), {"sex": np.repeat(["F", "M"], 30)})
        reference: dict[str, float | str | None] = {each.name: 50.0 for each in LAB_FEATURES}
        models = FakeLabModels(
            *(
                a_lab_model(LAB_FEATURES, of_applicant, model_type=kind, reference=reference, held_out=held)
                for kind in MODEL_TYPES
            )
        )
        jobs = MemoryJobs(check=partial(check, knows={"german_credit"}.__contains__), most_waiting=1_000)
        bench = SimpleNamespace(
            models=models, archive=self.table, versions=_Any(self.versions), artifacts=self.artifacts
        )
        return Laboratory(jobs, _Analyst(bench), models, ScoreScale())


class _Any:
    """ModelVersions that know a model by its name alone: what the fakes serve was never published."""

    def __init__(self, versions: FakeVersions) -> None:
        self._versions = versions

    def model(self, name: str, version: str, digest: str, scale: ScoreScale | None = None) -> Model:
        del version, digest, scale
        return next(model for (known, *_), model in self._versions._models.items() if known == name)


class _Analyst:
    """An analyst in this process, with the real tasks."""

    def __init__(self, bench: Any) -> None:
        self._bench = bench
        self._tasks: Mapping[str, Callable[..., Any]] = {name: task(name) for name in TASKS}

    def run(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._tasks[name](body, self._bench)
        text = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
        found: dict[str, Any] = orjson.loads(text)
        return found
