"""Drift of rows, of a laboratory model, or of a model that serves."""

from __future__ import annotations

from typing import Final, get_args

from api.openapi import lab
from api.openapi.operation import answer, body, operation
from api.openapi.schema import ANYTHING, COUNT, SHARE, TEXT, Json, many, one_of, or_null, ref, said, text, thing
from monitoring.drift.options import NUMBERS, WHOLE, Correction, Options
from routing.catalog import UnknownModel
from scoring.errors import TableUnavailable

LONGEST: Final = 64
STEPS: Final = ("day", "week", "month")
_USUAL: Final = Options()
_TIME: Final[Json] = {"type": ["string", "null"], "format": "date-time"}
_LABEL: Final[Json] = {"enum": [0, 1, False, True, None]}
_SOME_TEXT: Final[Json] = {**text(LONGEST), "type": ["string", "null"]}
_OPTIONS: Final = {
    **{name: {"type": "number", "minimum": low, "maximum": high} for name, (low, high) in NUMBERS.items()},
    **{name: {"type": "integer", "minimum": low, "maximum": high} for name, (low, high) in WHOLE.items()},
    "correction": {**one_of(get_args(Correction))},
}
for _name, _schema in _OPTIONS.items():
    if hasattr(_USUAL, _name):
        _schema["default"] = getattr(_USUAL, _name)
_VERDICT: Final[Json] = {"enum": ["none", "watch", "drift", None]}
SCHEMAS: Final[dict[str, Json]] = {
    "DriftRequest": thing(
        {},
        {
            "reference": lab.vector(lab.ROW, "Rows as they were."),
            "current": lab.vector(lab.ROW, "Rows as they are."),
            "reference_predictions": lab.vector(SHARE, "PDs of the reference."),
            "predictions": lab.vector(SHARE, "PDs of the current rows."),
            "reference_labels": lab.vector(_LABEL, "Outcomes; null where they are not known."),
            "labels": lab.vector(_LABEL, "Outcomes of the current rows."),
            "model": said(_SOME_TEXT, "A model that serves: its recent requests against its validation set."),
            "model_type": said(
                {"enum": [*lab.MODEL_TYPE["enum"], None]}, "A laboratory model: `current` against its validation set."
            ),
            "version": said(_SOME_TEXT, "Of the laboratory model; left out: the newest."),
            "since": said(_TIME, "Of the requests of a model; left out: a month back."),
            "until": _TIME,
            "window": said({"enum": [*STEPS, None]}, "The same over time."),
            "threshold": said(or_null(SHARE), "The PD from which on a default is expected."),
            "options": {**thing({}, _OPTIONS, closed=True), "type": ["object", "null"]},
        },
        "`reference` and `current`; or a `model_type` and `current`; or a `model`.",
        closed=True,
    ),
    "DriftReport": thing(
        {
            "verdict": said(_VERDICT, "The gravest; null where nothing could be judged."),
            "severity": one_of(("none", "low", "moderate", "high")),
            "summary": TEXT,
            "n_reference": COUNT,
            "n_current": COUNT,
            "findings": many(
                thing(
                    {"about": TEXT, "verdict": _VERDICT, "severity": TEXT, "says": TEXT, "action": TEXT, "advice": TEXT}
                )
            ),
            "features": many(
                thing(
                    {"feature": TEXT, "kind": TEXT, "verdict": _VERDICT, "severity": TEXT},
                    {"tests": ANYTHING, "csi": or_null(ANYTHING)},
                )
            ),
            "prediction": or_null(ANYTHING),
            "model": said(or_null(ANYTHING), "Metrics on both sides, where labels exist."),
            "expected": said(or_null(ANYTHING), "An estimate of performance before labels exist."),
            "options": ANYTHING,
            "notes": many(TEXT),
            "source": said(ANYTHING, "What was compared with what."),
        },
        {"windows": said(many(ANYTHING), "Of a model that serves.")},
    ),
}
PATHS: Final[dict[str, Json]] = {
    "/api/monitoring/drift": {
        "post": operation(
            lab.TAG,
            "drift",
            "What changed, and what to do about it",
            {200: answer("The verdict, its findings, and every feature.", ref("DriftReport"))},
            scope="lab",
            about="Kolmogorov-Smirnov, chi-squared, PSI with limits for the number of rows; corrected for many.",
            asked=body(
                ref("DriftRequest"),
                {
                    "two sets of rows": {
                        "reference": [{"x": i % 20, "k": "a"} for i in range(60)],
                        "current": [{"x": 12 + i % 20, "k": "a" if i % 2 else "b"} for i in range(60)],
                    }
                },
            ),
            raises=(*lab.OF_A_MODEL, UnknownModel, TableUnavailable),
        )
    }
}
