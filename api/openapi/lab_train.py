"""Training jobs, and trials of the models that they made."""

from __future__ import annotations

from dataclasses import fields
from typing import Final, get_args

from api import lab_predict, train, train_body
from api.openapi import lab, shown
from api.openapi.operation import KEY, answer, body, in_path, operation, query
from api.openapi.schema import (
    ANYTHING,
    COUNT,
    NUMBER,
    SCALAR,
    SHARE,
    TEXT,
    TIME,
    Json,
    many,
    mapping,
    one_of,
    or_null,
    ref,
    said,
    text,
    thing,
    whole,
)  # fmt: skip
from laboratory.model_types import FOLDS, HYPERPARAMETERS, MOST_SEED, MOST_TRIALS, Hyperparameter
from laboratory.plan import Balance, CostWeights, Plan
from laboratory.ports import JobEnded, LaboratoryUnavailable, TooManyJobs, UnknownJob
from laboratory.states import JobState
from scoring.errors import KeyReused

PLAN: Final = Plan("default", "xgboost")
COST: Final[Json] = said(
    thing(
        {},
        {each.name: {"type": "number", "minimum": 0, "default": each.default} for each in fields(CostWeights)},
        closed=True,
    ),
    "What a wrong decision costs; not 0 for both.",
)


def setting(known: Hyperparameter) -> Json:
    """One hyperparameter: a value, or a list of values to try."""
    kinds: list[Json] = []
    if known.low is not None and known.high is not None:
        kinds.append({"type": "integer" if known.whole else "number", "minimum": known.low, "maximum": known.high})
    if known.names:
        kinds.append({"enum": list(known.names)})
    one = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    several = {**many(one, 1, train_body.MOST_VALUES), "uniqueItems": True}
    return {"anyOf": [one, several], "default": known.default}


def _hyperparameters() -> dict[str, Json]:
    """Schema name -> the hyperparameters of a model type."""
    words = {kind: "".join(part.title() for part in kind.split("_")) for kind in HYPERPARAMETERS}
    return {
        f"{words[kind]}Hyperparameters": thing(
            {},
            {name: setting(each) for name, each in known.items()},
            f"Of {kind}, by the library's own names.",
            closed=True,
        )
        for kind, known in HYPERPARAMETERS.items()
    }


_SEVERAL: Final = _hyperparameters()
_NAMES: Final = many(TEXT, most=train_body.MOST_NAMES)
_JOB: Final[dict[str, Json]] = {
    "job_id": TEXT,
    "state": one_of(get_args(JobState)),
    "progress": SHARE,
    "stage": said(TEXT, "What it is doing, in words."),
    "model_type": lab.MODEL_TYPE,
    "target": TEXT,
    "data": TEXT,
    "experiment_name": TEXT,
    "created_at": TIME,
    "started_at": or_null(TIME),
    "ended_at": or_null(TIME),
    "warnings": many(TEXT),
    "problem": said(or_null(ref("Problem")), "Why it failed."),
}
_RESULT: Final[dict[str, Json]] = {
    "run_id": said(TEXT, "Of MLflow."),
    "model_name": said(TEXT, "In the model store."),
    "model_version": TEXT,
    "model_digest": TEXT,
    "registered_model": said(or_null(thing({"name": TEXT, "version": TEXT})), "In MLflow's registry."),
    "metrics": said(mapping(or_null(NUMBER)), "Of the test part."),
    "intervals": mapping(many(NUMBER)),
    "confidence": NUMBER,
    "not_said": lab.NOT_SAID,
    "cross_validation": ANYTHING,
    "best_hyperparameters": ANYTHING,
    "trials": COUNT,
    "threshold": said(
        SHARE, "The PD from which on a default is expected: it minimises the cost on the validation part."
    ),
    "seed": COUNT,
}
SCHEMAS: Final[dict[str, Json]] = {
    **_SEVERAL,
    "TrainRequest": thing(
        {
            "data": said(
                {"anyOf": [many(lab.ROW), text(train_body.LONGEST_NAME)]},
                "Rows, or the name of a data set of the server.",
            ),
            "target": said(text(train_body.LONGEST_NAME, visible=True), "The column that holds what is predicted."),
            "model_type": lab.MODEL_TYPE,
        },
        {
            "hyperparameters": said(
                {"anyOf": [ref(name) for name in _SEVERAL]},
                "Of the model type: a value, or a list of values; lists make a grid, searched with stratified k-fold.",
            ),
            "experiment_name": {**text(train_body.LONGEST_EXPERIMENT, visible=True), "default": PLAN.experiment},
            "seed": whole(0, MOST_SEED, PLAN.seed),
            "folds": whole(*FOLDS, PLAN.folds),
            "balance": {**one_of(get_args(Balance)), "default": PLAN.balance},
            "trials": said(or_null(whole(1, MOST_TRIALS)), "Of a search; null tries the whole grid, or the defaults."),
            "default_value": said({**SCALAR, "type": ["number", "string", "boolean"], "default": 1}, "Means default."),
            "sensitive_features": said(_NAMES, "Columns that the fairness figures are for."),
            "leave_out": said(_NAMES, "Columns that are no features."),
            "cost": COST,
        },
        closed=True,
    ),
    "TrainingJob": thing(_JOB, _RESULT, "What came of a finished job stands beside how it was asked for."),
    "LabAnswer": thing(
        {
            "model_type": lab.MODEL_TYPE,
            "model_version": TEXT,
            "experiment_name": {"type": ["string", "null"]},
            "prediction": said({"enum": [0, 1]}, "1 = default expected: the PD reaches the threshold."),
            "probability_of_default": SHARE,
            "threshold": SHARE,
            "score": said(NUMBER, "On the scale of 300 to 850."),
            "imputed": lab.IMPUTED,
            "ignored_features": many(TEXT),
            "timestamp": TIME,
        },
        {"explanation": said(ANYTHING, "With `explain`: as POST /api/explain answers it.")},
    ),
}
_ID: Final = in_path("job_id", "As the job was answered with.", {"type": "string", "minLength": 1})
_BEGUN: Final = ("Location", "Idempotency-Replayed")
_ROWS: Final = [
    {"age": 20 + i % 50, "income": 1000 * (20 + i * 37 % 90), "loan_amount": 1000 * (1 + i * 53 % 60),
     "default": int(i * 37 % 90 < i * 53 % 60)} for i in range(80)
]  # fmt: skip
_BEGIN: Final[Json] = {
    "data": _ROWS, "target": "default", "model_type": "logistic_regression", "hyperparameters": {"C": [0.1, 1.0]},
    "experiment_name": "credit_scoring",
}  # fmt: skip
PATHS: Final[dict[str, Json]] = {
    train.PATH: {
        "post": operation(
            lab.TAG,
            "train",
            "Train a model",
            {202: answer("It has begun: Location shows it.", ref("TrainingJob"), {"begun": shown.QUEUED}, _BEGUN)},
            scope="lab",
            about="A tracked run in a process of its own: 70/15/15 stratified split, search, calibration, MLflow, "
            "and a published version. `default_value` is the target's value that means default.",
            parameters=(KEY,),
            asked=body(ref("TrainRequest"), {"eighty rows": _BEGIN}),
            raises=(KeyReused, TooManyJobs, LaboratoryUnavailable),
        ),
        "get": operation(
            lab.TAG,
            "trainings",
            "The newest training jobs",
            {200: answer("The newest first.", thing({"jobs": many(ref("TrainingJob"))}))},
            scope="lab",
            parameters=(query("limit", whole(1, train.MOST, train.DEFAULT_LIMIT), "Jobs that are told."),),
            reads=True,
            raises=(LaboratoryUnavailable,),
        ),
    },
    f"{train.PATH}/{{job_id}}": {
        "get": operation(
            lab.TAG,
            "training",
            "How a training job stands, and what came of it",
            {200: answer("The job.", ref("TrainingJob"), {"finished": shown.FINISHED, "waiting": shown.QUEUED})},
            scope="lab",
            parameters=(_ID,),
            raises=(UnknownJob, LaboratoryUnavailable),
        )
    },
    f"{train.PATH}/{{job_id}}/cancel": {
        "post": operation(
            lab.TAG,
            "cancelTraining",
            "End a training job",
            {200: answer("How it stands then.", ref("TrainingJob"))},
            scope="lab",
            parameters=(_ID,),
            reads=True,
            raises=(UnknownJob, JobEnded, LaboratoryUnavailable),
        )
    },
    "/api/predict": {
        "post": operation(
            lab.TAG,
            "labPredict",
            "Ask a laboratory model about one applicant",
            {200: answer("A trial, and no decision about a customer: nothing is recorded.", ref("LabAnswer"))},
            scope="lab",
            asked=body(
                thing(
                    {"features": lab.FEATURES, "model_type": lab.MODEL_TYPE},
                    {
                        **{name: {**each, **text(lab_predict.LONGEST, visible=True), "type": ["string", "null"]}
                           for name, each in lab.which().items()},
                        "explain": {"type": "boolean", "default": False, "description": "Add SHAP values."},
                    },
                    closed=True,
                ),
                {"four features": {"features": lab.APPLICANT, "model_type": "random_forest", "explain": True}},
            ),
            raises=lab.OF_A_MODEL,
        )
    },
}  # fmt: skip
