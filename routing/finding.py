"""Scores found again, and how everything that scoring needs stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from routing.ports import CustomerTable, HistoryQuery, LatestPrediction, ModelStatus, ModelStore, Outbox
from routing.requests import Found, Health
from scoring.errors import OutboxUnavailable, TableUnavailable
from scoring.record import ScoreRecord


def search(table: CustomerTable, query: HistoryQuery) -> Found:
    """One page of a customer's history. Raises TableUnavailable."""
    standing = table.look_up([query.customer_id])[query.customer_id]
    records = list(table.history(replace(query, limit=query.limit + 1)))
    whole = query.before is None and query.since is None and query.until is None
    newest = next((each for each in records if isinstance(each, ScoreRecord)), None)
    return Found(
        found=standing.existing or bool(records),
        latest=standing.latest or (LatestPrediction.of(newest) if whole and newest else None),
        records=records[: query.limit],
        more=len(records) > query.limit,
        unrecorded=standing.latest if whole and not records else None,
    )


def health(
    models: ModelStore, champions: Collection[str], routed: Collection[str], table: CustomerTable, outbox: Outbox
) -> Health:
    """How everything stands, asked now. Only `champions` are needed: without a challenger or a shadow all is answered.

    A challenger or shadow that is not as it should be shows in the status, but takes no machine out of service. A model
    that customers' routes do not use, an application's, need not be there; one that is must be as it should be.
    """

    def is_well(model: ModelStatus) -> bool:
        return (model.loaded and not model.problem) or not (model.exists or model.name in routed)

    status = models.status()
    try:
        table.ping()
        table_ok = True
    except TableUnavailable:
        table_ok = False
    try:
        waiting: int | None = outbox.waiting()
    except OutboxUnavailable:  # scoring goes on without it while the table takes records
        waiting = None
    loaded = [each.loaded for each in status if each.name in champions]
    well = table_ok and waiting is not None and all(map(is_well, status))
    return Health(
        status="healthy" if well else "degraded" if any(loaded) else "unhealthy",
        ready=all(loaded),
        models=status,
        table_ok=table_ok,
        outbox_waiting=waiting,
        missing=tuple(each.name for each in status if each.name in champions and not each.loaded),
    )
