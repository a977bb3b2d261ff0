"""Prometheus metrics: all of them declared here, with routes, models and outcomes as labels and never a customer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, wraps
from typing import Generic, ParamSpec, TypeVar

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.multiprocess import MultiProcessCollector

from api.counter_files import allocate_counter_files
from routing.requests import Scored

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"))

M = TypeVar("M", bound=MetricWrapperBase)
P = ParamSpec("P")


class _ByLabels(dict[tuple[str, ...], M], Generic[M]):
    """A metric's children by label values: prometheus_client takes longer to find one than to count with it."""

    def __init__(self, metric: M) -> None:
        self._metric = metric

    def __missing__(self, labels: tuple[str, ...]) -> M:
        self[labels] = child = self._metric.labels(*labels)
        return child


def _best_effort(count: Callable[P, None]) -> Callable[P, None]:
    """Scoring goes on when the files of the counters cannot be written."""

    @wraps(count)
    def counted(*args: P.args, **kwargs: P.kwargs) -> None:
        with suppress(OSError):
            count(*args, **kwargs)

    return counted


class Metrics:
    """What this service counts.

    `multiprocess_dir` is PROMETHEUS_MULTIPROC_DIR, which prometheus_client itself reads when it is imported: set, the
    counts of all processes are added up when they are read.
    """

    def __init__(self, multiprocess_dir: str | None = None) -> None:
        if multiprocess_dir is not None:
            allocate_counter_files()
        self._multiprocess_dir = multiprocess_dir
        self._registry = one = CollectorRegistry()
        self._requests = _ByLabels(
            Histogram(
                "http_request_duration_seconds",
                "Requests, and how long they took, by route template.",
                ("method", "route", "status"),
                buckets=SECONDS,
                registry=one,
            )
        )
        self._problems = _ByLabels(
            Counter("credit_problems", "Problems answered, single and in batches, by kind.", ("problem",), registry=one)
        )
        self._predictions = _ByLabels(
            Counter(
                "credit_predictions",
                "Customers scored; stored: table, outbox, or replay (answered from an earlier request).",
                ("route", "prediction_type", "stored"),
                registry=one,
            )
        )
        self._models = _ByLabels(
            Counter(
                "credit_model_scores",
                "Answers of models; outcome: ok, or degraded (asked for by a route, and without an answer).",
                ("model", "outcome"),
                registry=one,
            )
        )
        self._shadows = _ByLabels(
            Counter(
                "credit_shadow_scores",
                "Scores of shadow models by outcome; dropped ones held nobody up and are missing in reports.",
                ("route", "outcome"),
                registry=one,
            )
        )
        self.log_line_dropped(0)

    @_best_effort
    def request(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count one answered request; `route` is its URL template."""
        labels = (method if method in METHODS else "other", route or "none", str(status))
        self._requests[labels].observe(seconds)

    @_best_effort
    def problem(self, name: str) -> None:
        """Count one problem of this kind."""
        self._problems[(name,)].inc()

    @_best_effort
    def scored(self, scored: Scored) -> None:
        """Count one prediction and what each model had to say."""
        record = scored.record
        stored = "replay" if scored.replayed else "table" if scored.stored else "outbox"
        self._predictions[record.route, record.prediction_type, stored].inc()
        if not scored.replayed:
            for each in record.models:
                self._models[each.model, "ok"].inc()
            for fault in record.degraded:
                self._models[fault.model, "degraded"].inc()

    @_best_effort
    def shadows(self, route: str, outcome: str, number: int) -> None:
        """Count what came of the scores of a shadow."""
        self._shadows[route, outcome].inc(number)

    @_best_effort
    def log_line_dropped(self, count: int = 1) -> None:
        """Count log lines that nobody will read."""
        self._log_lines_dropped.inc(count)

    @cached_property
    def _log_lines_dropped(self) -> Counter:
        # Without labels it takes its place in a file when it is made, which may fail: then the next use tries again.
        explained = "Log lines that could not be written without waiting."
        return Counter("credit_log_lines_dropped", explained, registry=self._registry)

    def exposition(self) -> bytes:
        """All counts in Prometheus's text format."""
        if self._multiprocess_dir is None:
            return generate_latest(self._registry)
        every_process = CollectorRegistry()
        MultiProcessCollector(every_process, path=self._multiprocess_dir)  # type: ignore[no-untyped-call]
        return generate_latest(every_process)


def blueprint(metrics: Metrics) -> Blueprint:
    """GET /metrics."""
    page = Blueprint("metrics", __name__)

    @page.get("/metrics")
    def read() -> Response:
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

    return page
