"""The recent requests of one served model, out of the archive: inputs as scored, PDs, outcomes."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from monitoring.observations import observe
from routing.archive import Filed
from scoring.decision import Policy
from scoring.record import ErasedRecord, ModelScore, ScoreRecord
from scoring.scale import ScoreScale


@dataclass(frozen=True, slots=True)
class Request:
    """One scored request as the model saw it. `log_odds`: as the model gave them.

    `defaulted`: only once the outcome window has ended (before that only defaults are known); else None.
    """

    scored_at: str
    prediction_id: str
    inputs: Mapping[str, float | str | None]
    log_odds: float
    defaulted: bool | None


@dataclass(frozen=True, slots=True)
class Recent:
    """What the archive holds of a model in a period, oldest first, and what was left out.

    `seen`: records of this version; `beyond`: of these, older than the newest that were kept. `erased`: of customers
    who were erased, of any model; `other_versions`: scored by another version of the model. `scale` and `policy`: in
    force at the newest request; None without any.
    """

    requests: tuple[Request, ...]
    seen: int
    beyond: int
    erased: int
    other_versions: int
    scale: ScoreScale | None
    policy: Policy | None


def recent(filed: Iterable[Filed], name: str, digest: str, *, most: int, on: date, maturity_months: int) -> Recent:
    """Read an archive's scan once, keeping the newest `most` requests that this very bundle scored."""
    kept: list[tuple[tuple[str, str], Filed, ModelScore]] = []
    seen = erased = others = 0
    for each in filed:
        record = each.record
        if isinstance(record, ErasedRecord):
            erased += any(used.model == name for used in record.models)
            continue
        used = next((score for score in record.models if score.model == name), None)
        if used is None:
            continue
        if used.digest != digest:
            others += 1
            continue
        seen += 1
        entry = ((record.scored_at, record.prediction_id), each, used)
        if len(kept) < most:
            heapq.heappush(kept, entry)
        elif entry[0] > kept[0][0]:
            heapq.heapreplace(kept, entry)
    kept.sort(key=lambda entry: entry[0])
    newest = kept[-1][1].record if kept else None
    scale, policy = _in_force(newest) if isinstance(newest, ScoreRecord) else (None, None)
    requests = tuple(_request(each, used, name, on, maturity_months) for _, each, used in kept)
    return Recent(requests, seen, seen - len(kept), erased, others, scale, policy)


def _request(filed: Filed, used: ModelScore, name: str, on: date, maturity_months: int) -> Request:
    record = filed.record
    if isinstance(record, ErasedRecord):
        raise AssertionError("erased records were left out")
    observed = observe([filed], on, maturity_months).observations[0]
    return Request(
        scored_at=record.scored_at,
        prediction_id=record.prediction_id,
        inputs=record.inputs.get(name, {}),
        log_odds=used.log_odds,
        defaulted=observed.defaulted if observed.is_complete else None,
    )


def _in_force(record: ScoreRecord) -> tuple[ScoreScale | None, Policy | None]:
    """Scale and policy as the record says; None in records that say none, or say it in words of later code."""
    scale, policy = record.provenance.get("scale"), record.provenance.get("policy")
    try:
        return ScoreScale(**scale) if scale else None, Policy.read(policy) if policy else None
    except (TypeError, KeyError, ValueError):
        return None, None
