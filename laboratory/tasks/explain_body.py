"""What a request for an explanation asks: every field checked, every wrong one named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast, get_args

from explanation.lab.constraints import Constraints, Way
from laboratory.explain_words import LIMITS, LONGEST, MOST_NAMES, Limit, Method, Scope
from laboratory.plan import MODEL_TYPES, ModelType
from scoring.errors import FieldError, InvalidRequest
from scoring.features import FLOAT32_MAX

MOST_TOLD: Final = 20
_TEXTS: Final = ("model_version", "experiment_name")
_KNOWN: Final = (
    *("features", "model_type", *_TEXTS, "method", "scope", "plot", *LIMITS, "vary"),
    *("immutable", "ways", "ranges", "target_pd"),
)


@dataclass(frozen=True)
class Asked:
    """A request that can be answered, as far as one can say without the model."""

    model_type: ModelType
    version: str | None = None
    experiment: str | None = None
    method: Method = "shap"
    scope: Scope = "local"
    features: Mapping[str, object] | None = None
    plot: bool = False
    numbers: Mapping[str, int] = field(default_factory=dict)
    vary: tuple[str, ...] = ()
    constraints: Constraints = field(default_factory=Constraints)
    target_pd: float | None = None

    def number(self, name: str) -> int:
        """One of LIMITS, as asked or by default."""
        return self.numbers.get(name, LIMITS[name].default)


def read(body: Mapping[str, Any]) -> Asked:
    """The request in a body. InvalidRequest names every wrong field."""
    errors = [FieldError(name[:LONGEST], "is not a field of this request") for name in body if name not in _KNOWN]
    errors = errors[:MOST_TOLD]
    method = _choice(body, "method", get_args(Method), "shap", errors)
    scope = _choice(body, "scope", get_args(Scope), "local", errors)
    if method != "shap" and scope != "local":
        errors.append(FieldError("scope", f"is for the method shap: {method} has none"))
    asked = Asked(
        model_type=cast("ModelType", _choice(body, "model_type", MODEL_TYPES, None, errors)),
        version=_text(body, "model_version", errors),
        experiment=_text(body, "experiment_name", errors),
        method=cast("Method", method),
        scope=cast("Scope", scope),
        features=_features(body, is_needed=method != "partial_dependence" and scope == "local", errors=errors),
        plot=_flag(body, "plot", errors),
        numbers={name: _number(body, name, limit, errors) for name, limit in LIMITS.items() if name in body},
        vary=_vary(body, is_needed=method == "partial_dependence", errors=errors),
        constraints=Constraints(_names(body, "immutable", errors), _ways(body, errors), _ranges(body, errors)),
        target_pd=_share(body, "target_pd", errors),
    )
    if errors:
        raise InvalidRequest(errors=errors)
    return asked


def _choice(
    body: Mapping[str, Any], name: str, known: tuple[str, ...], default: str | None, errors: list[FieldError]
) -> str:
    value = body.get(name, default)
    if isinstance(value, str) and value in known:
        return value
    errors.append(FieldError(name, f"must be one of {', '.join(known)}" if name in body else "is missing"))
    return known[0]


def _text(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> str | None:
    value = body.get(name)
    if value is None or (isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST):
        return value
    errors.append(FieldError(name, f"must be text of 1 to {LONGEST} characters"))
    return None


def _flag(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        errors.append(FieldError(name, "must be true or false"))
    return value is True


def _number(body: Mapping[str, Any], name: str, limit: Limit, errors: list[FieldError]) -> int:
    value = body[name]
    if isinstance(value, int) and not isinstance(value, bool) and limit.low <= value <= limit.high:
        return value
    errors.append(FieldError(name, f"must be a whole number from {limit.low:,} to {limit.high:,}"))
    return limit.default


def _share(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        errors.append(FieldError(name, "must be a number between 0 and 1"))
        return None
    return float(value)


def _features(body: Mapping[str, Any], *, is_needed: bool, errors: list[FieldError]) -> Mapping[str, object] | None:
    value = body.get("features")
    if isinstance(value, dict):
        return value
    if value is not None or is_needed:
        errors.append(FieldError("features", "is missing" if value is None else "must be an object: name -> value"))
    return None


def _names(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> tuple[str, ...]:
    value = body.get(name, [])
    if isinstance(value, list) and len(value) <= MOST_NAMES and all(isinstance(each, str) for each in value):
        return tuple(value)
    errors.append(FieldError(name, "must be a list of names of features"))
    return ()


def _vary(body: Mapping[str, Any], *, is_needed: bool, errors: list[FieldError]) -> tuple[str, ...]:
    names = _names(body, "vary", errors)
    if (is_needed or "vary" in body) and (not 1 <= len(names) <= 2 or len(set(names)) < len(names)):
        errors.append(FieldError("vary", "must name one or two features"))
    return names


def _ways(body: Mapping[str, Any], errors: list[FieldError]) -> Mapping[str, Way]:
    value = body.get("ways", {})
    if isinstance(value, dict) and len(value) <= MOST_NAMES and all(each in get_args(Way) for each in value.values()):
        return value
    errors.append(FieldError("ways", f"must be an object: name -> {' or '.join(get_args(Way))}"))
    return {}


def _ranges(body: Mapping[str, Any], errors: list[FieldError]) -> Mapping[str, tuple[float, float]]:
    value = body.get("ranges", {})
    if isinstance(value, dict) and len(value) <= MOST_NAMES and all(map(_is_range, value.values())):
        return {name: (float(low), float(high)) for name, (low, high) in value.items()}
    errors.append(FieldError("ranges", "must be an object: name -> [lowest, highest]"))
    return {}


def _is_range(value: object) -> bool:
    def is_number(each: object) -> bool:
        return isinstance(each, int | float) and not isinstance(each, bool) and abs(each) <= FLOAT32_MAX

    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value)) and value[0] <= value[1]
