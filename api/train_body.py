"""From the body of a training to its plan and its data."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from hashlib import sha256
from typing import Any, cast, get_args

from api import fields, idempotency
from laboratory.plan import MODEL_TYPES, Balance, CostWeights, Plan, Setting
from routing.ports import KeyUse
from scoring.errors import FieldError

FIELDS = (
    *("data", "target", "model_type", "hyperparameters", "experiment_name", "seed", "folds", "balance", "trials"),
    *("sensitive_features", "leave_out", "default_value", "cost"),
)
LONGEST_NAME = 200
LONGEST_EXPERIMENT = 100
MOST_VALUES = 1_000
"""Of one hyperparameter in a grid."""
ROWS_AT_ONCE = 500
MOST_NAMES = 2_000

Data = str | list[Any]


def train(body: Mapping[str, Any]) -> tuple[Plan, Data]:
    """What to train, and the rows or the name of the data set. Raises InvalidRequest.

    Whether such a model can be trained so on such rows is the laboratory's to say.
    """
    errors = fields.unknown(body, FIELDS)
    data = _data(body, errors)
    target = fields.text(body, "target", LONGEST_NAME, errors)
    model_type = _one_of(body, "model_type", MODEL_TYPES, None, errors)
    more: dict[str, Any] = {
        "hyperparameters": _hyperparameters(body, errors),
        "default_value": _scalar(body, "default_value", 1, errors),
        "seed": _whole(body, "seed", 0, errors),
        "folds": _whole(body, "folds", 5, errors),
        "balance": _one_of(body, "balance", get_args(Balance), "none", errors),
        "trials": _whole(body, "trials", None, errors),
        "sensitive": _names(body, "sensitive_features", errors),
        "left_out": _names(body, "leave_out", errors),
        "cost": _cost(body, errors),
    }
    if "experiment_name" in body:
        more["experiment"] = fields.text(body, "experiment_name", LONGEST_EXPERIMENT, errors)
    fields.refuse(errors)
    return Plan(target, cast("Any", model_type), **more), data


def key_use(client: str, endpoint: str, key: str, body: Mapping[str, Any]) -> KeyUse:
    """A client's key, and the body with its rows in digests of many: meanwhile, requests go on."""
    data = body.get("data")
    if isinstance(data, list):
        body = {**body, "data": [_digest(data[i : i + ROWS_AT_ONCE]) for i in range(0, len(data), ROWS_AT_ONCE)]}
    return idempotency.key_use(client, endpoint, key, body)


def _digest(rows: list[Any]) -> str:
    time.sleep(0)
    return sha256(json.dumps(rows, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _data(body: Mapping[str, Any], errors: list[FieldError]) -> Data:
    data = body.get("data")
    if isinstance(data, list) or (isinstance(data, str) and 0 < len(data) <= LONGEST_NAME):
        return data
    wanted = "must be a list of rows, or the name of a data set"
    errors.append(FieldError("data", wanted if "data" in body else "is missing"))
    return ""


def _one_of(
    body: Mapping[str, Any], name: str, known: Sequence[str], default: str | None, errors: list[FieldError]
) -> str | None:
    value = body.get(name, default)
    if value not in known:
        errors.append(FieldError(name, f"must be one of {', '.join(known)}" if name in body else "is missing"))
    return cast("str | None", value)


def _whole(body: Mapping[str, Any], name: str, default: int | None, errors: list[FieldError]) -> int | None:
    value = body.get(name, default)
    if value is not default and (isinstance(value, bool) or not isinstance(value, int)):
        errors.append(FieldError(name, "must be a whole number"))
    return cast("int | None", value)


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _scalar(body: Mapping[str, Any], name: str, default: Setting, errors: list[FieldError]) -> Setting:
    value = body.get(name, default)
    if value is None or not _is_scalar(value):
        errors.append(FieldError(name, "must be a number, text or a boolean"))
    return cast("Setting", value)


def _hyperparameters(body: Mapping[str, Any], errors: list[FieldError]) -> dict[str, tuple[Setting, ...]]:
    given = body.get("hyperparameters", {})
    if not isinstance(given, dict):
        errors.append(FieldError("hyperparameters", "must be an object: name -> a value, or a list of values to try"))
        return {}
    found: dict[str, tuple[Setting, ...]] = {}
    for name, value in given.items():
        values = value if isinstance(value, list) else [value]
        if len(values) > MOST_VALUES or not all(map(_is_scalar, values)):
            wanted = f"must be a value, or a list of at most {MOST_VALUES:,} values"
            errors.append(FieldError(f"hyperparameters.{name[: fields.LONGEST_NAME]}", wanted))
        found[name] = tuple(values)
    return found


def _names(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> tuple[str, ...]:
    given = body.get(name, [])
    if isinstance(given, list) and len(given) <= MOST_NAMES and all(isinstance(each, str) for each in given):
        return tuple(dict.fromkeys(given))
    errors.append(FieldError(name, f"must be a list of at most {MOST_NAMES:,} column names"))
    return ()


def _cost(body: Mapping[str, Any], errors: list[FieldError]) -> CostWeights:
    given = body.get("cost", {})
    known = [each.name for each in fields_of(CostWeights)]
    if not isinstance(given, dict) or not given.keys() <= set(known):
        errors.append(FieldError("cost", f"must be an object with {' and '.join(known)}"))
        return CostWeights()
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            errors.append(FieldError(f"cost.{name}", "must be a number"))
            return CostWeights()
    return CostWeights(**{name: float(value) for name, value in given.items()})
