"""Evaluations and fairness analyses of given predictions, or of a laboratory model."""

from __future__ import annotations

from typing import Final

from api.openapi import lab
from api.openapi.lab_train import COST
from api.openapi.operation import answer, body, operation
from api.openapi.schema import (
    ANYTHING,
    COUNT,
    FLAG,
    NUMBER,
    SHARE,
    TEXT,
    Json,
    many,
    mapping,
    number,
    or_null,
    ref,
    said,
    thing,
    whole,
)
from evaluation.figures import METRICS
from laboratory.asked import LONGEST_TEXT
from laboratory.fairness.attributes import MOST_ATTRIBUTES
from laboratory.model_types import MOST_SEED

_OUTCOME: Final[Json] = {"enum": [0, 1, False, True]}
_NAMES: Final[Json] = {
    **many({"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}, 1, MOST_ATTRIBUTES),
    "uniqueItems": True,
}
JUDGED: Final[dict[str, Json]] = {
    "labels": lab.vector(_OUTCOME, "What happened: 1 = default."),
    "probabilities": lab.vector(SHARE, "PDs."),
    "predictions": lab.vector(_OUTCOME, "1 = default expected."),
    "model_type": said({"enum": [*lab.MODEL_TYPE["enum"], None]}, "A laboratory model, in place of predictions."),
    **lab.which(),
    "data": lab.vector(lab.ROW, "Rows. Without them a model is judged on its own validation set."),
    "target": {"type": ["string", "null"], "description": "The column of data that holds the outcomes."},
    "default_value": said({"type": ["string", "number", "boolean", "null"]}, "The target's value that means default."),
}
CONFIDENCE: Final = number(0.5, 0.999, 0.95)
_SOME: Final = {name: {"type": ["number", "null"]} for name in METRICS}
_BANDS: Final = said({"type": ["object", "null"]}, "Attribute -> the bounds that part its numbers into bands.")
SCHEMAS: Final[dict[str, Json]] = {
    "EvaluateRequest": thing(
        {},
        {
            **JUDGED,
            "threshold": said(or_null(SHARE), "Left out: the model's own, else the cheapest one."),
            "cost": or_null(COST),
            "folds": whole(2, 50, 5),
            "confidence_bound": said(number(0.5, 1.0), "From which confidence on an error is one of high confidence."),
            "confidence": said(CONFIDENCE, "Of intervals."),
            "resamples": whole(100, 2000, 500),
            "seed": whole(0, MOST_SEED, 0),
            "compare_with": said(or_null(ANYTHING), "Another model's type, or its probabilities, for the DeLong test."),
            "sensitive": said(_NAMES, "Columns of data: adds a fairness analysis."),
            "bands": _BANDS,
        },
        "Labels with probabilities or predictions; or a model, and rows with their target.",
        closed=True,
    ),
    "Evaluation": thing(
        {
            **_SOME,
            "n": COUNT,
            "defaults": COUNT,
            "default_rate": SHARE,
            "threshold": {"type": ["number", "null"]},
            "threshold_from": {"type": ["string", "null"]},
            "confusion": thing(
                dict.fromkeys(("true_positive", "false_positive", "true_negative", "false_negative"), COUNT)
            ),
            "confidence": NUMBER,
            "intervals": mapping(many(or_null(NUMBER), 2, 2), "Metric -> [low, high]."),
            "interval_methods": mapping(TEXT),
            "not_said": lab.NOT_SAID,
            "cost_weights": mapping(NUMBER),
            "k_fold": ANYTHING,
            "source": said(ANYTHING, "What was judged."),
        },
        {
            "errors": said(ANYTHING, "Errors of high and of low confidence."),
            "average_precision": {"type": ["number", "null"]},
            "curves": said(ANYTHING, "ROC, precision-recall, approval rate against default rate, and more."),
            "comparison": ANYTHING,
            "fairness": ref("FairnessAnswer"),
        },
    ),
    "FairnessRequest": thing(
        {"sensitive_features": said(_NAMES, "Columns of data.")},
        {
            **JUDGED,
            "bands": _BANDS,
            "reference_groups": said({"type": ["object", "null"], "additionalProperties": TEXT}, "Attribute -> group."),
            "favorable_prediction": said({**whole(0, 1, 0)}, "Which prediction people wish for."),
            "threshold": or_null(SHARE),
            "confidence": CONFIDENCE,
            "seed": whole(0, MOST_SEED, 0),
            "mitigation": said({"type": ["boolean", "null"]}, "Add thresholds for each group: an analysis only."),
        },
        "Decisions with the groups of people; labels, where they are known.",
        closed=True,
    ),
    "GroupReport": thing(
        {
            "reference_group": {"type": ["string", "null"]},
            "groups": many(thing({"group": TEXT, "n": COUNT, "small": FLAG, "selection_rate": or_null(ANYTHING)})),
            "demographic_parity_difference": or_null(ANYTHING),
            "disparate_impact": said(or_null(ANYTHING), "With `passes_80_percent`."),
            "statistical_parity_difference": or_null(ANYTHING),
            "not_said": lab.NOT_SAID,
            "warnings": many(TEXT),
        },
        {"equal_opportunity_difference": or_null(ANYTHING), "equalized_odds_difference": or_null(ANYTHING)},
    ),
    "FairnessAnswer": thing(
        {
            "n": COUNT,
            "favorable_prediction": {"enum": [0, 1]},
            "convention": TEXT,
            "confidence": NUMBER,
            "smallest_group": COUNT,
            "definitions": mapping(TEXT),
            "attributes": mapping(ref("GroupReport")),
            "intersection": or_null(ref("GroupReport")),
            "not_said": lab.NOT_SAID,
        },
        {"threshold": {"type": ["number", "null"]}, "source": ANYTHING},
    ),
}
_PEOPLE: Final = [{"gender": "F" if i % 2 else "M", "age_group": "young" if i % 3 else "old"} for i in range(60)]
_GIVEN: Final = [int(i % 5 == 0 or i % 2) for i in range(60)]
_LABELS: Final = [int(i % 4 == 0) for i in range(60)]
PATHS: Final[dict[str, Json]] = {
    "/api/evaluate": {
        "post": operation(
            lab.TAG,
            "evaluate",
            "How good predictions, or a model, are",
            {200: answer("All figures with their intervals.", ref("Evaluation"))},
            scope="lab",
            asked=body(
                ref("EvaluateRequest"),
                {
                    "given probabilities": {
                        "labels": _LABELS,
                        "probabilities": [round(0.1 + 0.01 * (i * 17 % 60), 2) for i in range(60)],
                        "resamples": 100,
                    },
                    "a model on its validation set": {"model_type": "xgboost", "resamples": 100},
                },
            ),
            raises=lab.OF_A_MODEL,
        )
    },
    "/api/fairness/analyze": {
        "post": operation(
            lab.TAG,
            "fairness",
            "Whether decisions treat groups of people alike",
            {200: answer("Each attribute, and all of them together.", ref("FairnessAnswer"))},
            scope="lab",
            asked=body(
                ref("FairnessRequest"),
                {
                    "given decisions": {
                        "data": _PEOPLE,
                        "predictions": _GIVEN,
                        "labels": _LABELS,
                        "sensitive_features": ["gender", "age_group"],
                    }
                },
            ),
            raises=lab.OF_A_MODEL,
        )
    },
}
