"""Explanations of laboratory models."""

from __future__ import annotations

from typing import Final, get_args

from api.openapi import lab
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
    one_of,
    ref,
    said,
    thing,
    whole,
)
from laboratory.explain_words import LIMITS, LONGEST, MOST_NAMES, Method, Scope

WAYS: Final = ("up", "down", "any")
_WORDS: Final[dict[str, str]] = {
    "seed": "Of everything that is drawn.",
    "background": "Customers that others are compared with.",
    "customers": "Of a global figure.",
    "evaluations": "Rows that are scored where no formula holds.",
    "samples": "Neighbours that LIME draws.",
    "repeats": "Runs of LIME, whose agreement is its stability.",
    "points": "Of the grid of a partial dependence.",
    "count": "Counterfactuals.",
}
_PAIR: Final[Json] = {"type": "array", "prefixItems": [NUMBER, NUMBER], "minItems": 2, "maxItems": 2}
_CONTRIBUTION: Final[Json] = thing(
    {
        "feature": TEXT,
        "value": said({}, "In the client's words; null where it is missing."),
        "contribution": NUMBER,
        "points": NUMBER,
    },
    {"standard_error": NUMBER, "rule": TEXT},
)
_SHAP: Final[dict[str, Json]] = {
    "computed_by": many(TEXT),
    "exact": said(FLAG, "Whether nothing was drawn."),
    "largest_standard_error": NUMBER,
    "base_value": said(NUMBER, "base_value + all contributions = output."),
    "base_points": NUMBER,
    "contributions": many(_CONTRIBUTION),
    "customers": COUNT,
    "features": said(many({}), "Of a global explanation: importance with interval. Of interactions: names."),
    "beeswarm": ANYTHING,
    "matrix": many(many(NUMBER)),
    "pairs": many(ANYTHING),
}
SCHEMAS: Final[dict[str, Json]] = {
    "ExplainRequest": thing(
        {"model_type": lab.MODEL_TYPE},
        {
            "features": said(
                {"type": ["object", "null"]}, "The applicant. Not for a global figure, nor for partial dependence."
            ),
            **lab.which(LONGEST),
            "method": {**one_of(get_args(Method)), "default": "shap"},
            "scope": said({**one_of(get_args(Scope)), "default": "local"}, "Other than local only for shap."),
            "plot": {"type": "boolean", "default": False, "description": "Add pictures: base64 of PNG."},
            **{name: said(whole(each.low, each.high, each.default), _WORDS[name]) for name, each in LIMITS.items()},
            "vary": said(
                {**many(TEXT, 1, 2), "uniqueItems": True},
                "Of a partial dependence; of a counterfactual: only these.",
            ),
            "immutable": said(many(TEXT, most=MOST_NAMES), "Of a counterfactual: stay as they are."),
            "ways": said(
                {**mapping(one_of(WAYS)), "maxProperties": MOST_NAMES}, "Of a counterfactual: rise or fall only."
            ),
            "ranges": said({**mapping(_PAIR), "maxProperties": MOST_NAMES}, "Of a counterfactual: [lowest, highest]."),
            "target_pd": said(
                {"type": ["number", "null"], "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                "The PD that a counterfactual stays below; left out: the model's threshold.",
            ),
        },
        closed=True,
    ),
    "LabExplanation": thing(
        {
            "model_type": lab.MODEL_TYPE,
            "model_version": TEXT,
            "model_digest": TEXT,
            "experiment_name": {"type": ["string", "null"]},
            "method": one_of(get_args(Method)),
            "scope": one_of(get_args(Scope)),
            "unit": said(TEXT, "Of contributions and outputs: log-odds of default."),
            "background": thing({"rows": COUNT, "from": TEXT}),
            "seed": COUNT,
        },
        {
            "imputed": lab.IMPUTED,
            "ignored_features": many(TEXT),
            "output": said(NUMBER, "What the model says of the applicant."),
            "probability_of_default": SHARE,
            "points": NUMBER,
            **_SHAP,
            "fit": said(NUMBER, "Of LIME's local model: R squared."),
            "stability": said(ANYTHING, "How far several runs of LIME agree."),
            "vary": many(TEXT),
            "grids": many(many({})),
            "mean": said(many({}), "Of a partial dependence, over the grid."),
            "counterfactuals": said(many(thing({"changes": many(ANYTHING)})), "Each is enough by itself."),
            "plots": mapping(TEXT, "Name -> base64 of PNG."),
            "note": TEXT,
        },
        "What every method answers, and beside it what is the method's own.",
    ),
}
PATHS: Final[dict[str, Json]] = {
    "/api/explain": {
        "post": operation(
            lab.TAG,
            "explain",
            "Why a laboratory model says what it says",
            {200: answer("The explanation, in one unit for all model types.", ref("LabExplanation"))},
            scope="lab",
            about="Shapley values (exact where a formula is known), LIME, partial dependence, counterfactuals.",
            asked=body(
                ref("ExplainRequest"),
                {
                    "one applicant": {"features": lab.APPLICANT, "model_type": "random_forest", "method": "shap"},
                    "altogether": {"model_type": "xgboost", "scope": "global", "customers": 20},
                    "what would change it": {
                        "features": lab.APPLICANT,
                        "model_type": "xgboost",
                        "method": "counterfactual",
                        "immutable": ["age"],
                    },
                },
            ),
            raises=lab.OF_A_MODEL,
        )
    }
}
