"""A drift request, read: what is compared, and how."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args

import numpy as np

from evaluation.arrays import Floats
from laboratory.plan import MODEL_TYPES, ModelType
from monitoring.drift.options import NUMBERS, WHOLE, Correction, Options
from monitoring.drift.windows import STEPS, Step
from monitoring.observations import MATURITY_MONTHS
from scoring.errors import FieldError, InvalidRequest
from scoring.identity import moment, stamp

FIELDS: Final = (
    "reference", "current", "reference_predictions", "predictions", "reference_labels", "labels", "model", "model_type",
    "version", "since", "until", "window", "threshold", "options",
)  # fmt: skip
OF_ROWS: Final = ("reference", "current", "reference_predictions", "predictions", "reference_labels", "labels")
RECENT: Final = timedelta(days=30)
MOST_RECORDS: Final = 20_000
MOST_TOLD, LONGEST_NAME = 20, 64
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a request says beside its data. `since`: None reads a month back from `until`, else from now."""

    options: Options
    threshold: float | None
    model: str | None
    model_type: ModelType | None
    version: str | None
    since: str | None
    until: str | None
    window: Step | None
    most_records: int
    maturity_months: int


def read(body: Mapping[str, Any]) -> Chosen:
    """Read everything but rows, predictions and labels. Raises InvalidRequest that names every wrong field."""
    errors = [
        FieldError(name[:LONGEST_NAME], f"is not a field of this request ({', '.join(FIELDS)})")
        for name in [name for name in body if name not in FIELDS][:MOST_TOLD]
    ]
    model, kind = _text(body, "model", errors), _text(body, "model_type", errors)
    if kind is not None and kind not in MODEL_TYPES:
        errors.append(FieldError("model_type", f"must be one of {', '.join(MODEL_TYPES)}"))
    if model is not None and kind is not None:
        errors.append(FieldError("model_type", "cannot be given together with model"))
    of_archive = ("since", "until", "window") if model is None else ()
    wrong = of_archive or OF_ROWS
    why = "needs a model that serves, whose requests are in the archive" if of_archive else "cannot come with model"
    errors += [FieldError(name, why) for name in wrong if body.get(name) is not None]
    if kind is not None:
        computed = ("reference", "reference_predictions", "predictions", "reference_labels")
        errors += [FieldError(name, "comes from the model") for name in computed if body.get(name) is not None]
    if kind is None and body.get("version") is not None:
        errors.append(FieldError("version", "needs a model_type"))
    since, until = _time(body, "since", errors), _time(body, "until", errors)
    if since and until and since > until:
        errors.append(FieldError("since", "must not be later than until"))
    window = _text(body, "window", errors)
    if window is not None and window not in STEPS:
        errors.append(FieldError("window", f"must be one of {', '.join(STEPS)}"))
    given = body.get("options")
    if given is not None and not isinstance(given, Mapping):
        errors.append(FieldError("options", "must be an object"))
    reader = _Options(given if isinstance(given, Mapping) else {}, errors)
    options, most, months = reader.options(), reader.most_records(), reader.maturity_months()
    threshold = None
    if body.get("threshold") is not None:
        threshold = _number(body["threshold"], "threshold", 0.0, 1.0, errors)
    if errors:
        raise InvalidRequest(errors=errors)
    return Chosen(
        options=options,
        threshold=threshold,
        model=model,
        model_type=kind,  # type: ignore[arg-type]  # it is one of them: anything else was refused
        version=_text(body, "version", errors),
        since=since,
        until=until,
        window=window,  # type: ignore[arg-type]  # as above
        most_records=most,
        maturity_months=months,
    )


def month_before(until: str | None, now: datetime) -> str:
    """The stamp from which on "recent" is read when nothing else is said."""
    return stamp(max((moment(until) if until else now) - RECENT, EARLIEST))


def shares(body: Mapping[str, Any], name: str, n: int) -> Floats | None:
    """PDs [n] of [0, 1]; None where they are not given. Raises InvalidRequest."""
    return _vector(body, name, n, "must be a probability from 0 to 1", _is_share)


def outcomes(body: Mapping[str, Any], name: str, n: int) -> Floats | None:
    """Outcomes [n], NaN for null (not known yet); None where they are not given. Raises InvalidRequest."""
    return _vector(body, name, n, "must be 0, 1, false, true, or null where it is not known", _is_outcome)


def _vector(body: Mapping[str, Any], name: str, n: int, wanted: str, fits: Any) -> Floats | None:
    given = body.get(name)
    if given is None:
        return None
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise InvalidRequest(errors=[FieldError(name, "must be a list")])
    if len(given) != n:
        raise InvalidRequest(
            errors=[FieldError(name, f"must hold one value for each of {n:,} rows, not {len(given):,}")]
        )
    if wrong := [i for i, each in enumerate(given) if not fits(each)]:
        raise InvalidRequest(errors=[FieldError(f"{name}[{i}]", wanted) for i in wrong[:MOST_TOLD]])
    return np.array([math.nan if each is None else float(each) for each in given], dtype=np.float64)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_outcome(value: object) -> bool:
    return value is None or (isinstance(value, bool | int | float) and value in (0, 1))


def _text(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        errors.append(FieldError(name, f"must be text of 1 to {LONGEST_NAME} characters"))
        return None
    return value


def _time(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return stamp(max(moment(value), EARLIEST))
    except (ValueError, OverflowError):
        pass
    errors.append(FieldError(name, "must be an ISO 8601 time with Z or an offset"))
    return None


def _number(value: object, at: str, low: float, high: float, errors: list[FieldError]) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    errors.append(FieldError(at, f"must be a number from {low:g} to {high:g}"))
    return low


class _Options:
    """The object `options`; what is wrong with it goes to `errors`."""

    def __init__(self, given: Mapping[str, Any], errors: list[FieldError]) -> None:
        self._given, self._errors = given, errors
        known = (*NUMBERS, *WHOLE, "correction")
        unknown = [name for name in given if name not in known][:MOST_TOLD]
        wanted = f"is not an option ({', '.join(known)})"
        errors.extend(FieldError(f"options.{name[:LONGEST_NAME]}", wanted) for name in unknown)

    def options(self) -> Options:
        chosen: dict[str, Any] = {}
        for name, (low, high) in NUMBERS.items():
            if name in self._given:
                chosen[name] = _number(self._given[name], f"options.{name}", low, high, self._errors)
        for name in ("bins", "seed"):
            if name in self._given:
                chosen[name] = self._whole(name)
        if "correction" in self._given:
            chosen["correction"] = self._correction()
        found = Options(**chosen)
        if found.watch_from > found.drift_from:
            self._errors.append(FieldError("options.watch_from", "must not be above drift_from"))
        return found

    def most_records(self) -> int:
        return self._whole("most_records") if "most_records" in self._given else MOST_RECORDS

    def maturity_months(self) -> int:
        return self._whole("maturity_months") if "maturity_months" in self._given else MATURITY_MONTHS

    def _whole(self, name: str) -> int:
        value, (low, high) = self._given[name], WHOLE[name]
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self._errors.append(FieldError(f"options.{name}", f"must be a whole number from {low:,} to {high:,}"))
        return low

    def _correction(self) -> Literal["benjamini-hochberg", "holm"]:
        value, known = self._given["correction"], get_args(Correction)
        if value in known:
            found: Literal["benjamini-hochberg", "holm"] = value
            return found
        self._errors.append(FieldError("options.correction", f"must be one of {', '.join(known)}"))
        return "holm"
