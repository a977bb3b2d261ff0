"""A version of a model as `flask models show` prints it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_store.card import ModelCard
from model_store.differences import said_of
from model_store.manifest import Manifest
from model_store.switch import Change
from training.told import table

SHOWN_CHANGES = 10


def described(manifest: Manifest) -> Iterator[str]:
    """Lines on a version."""
    signer = f"key {manifest.signature.key_id}" if manifest.signature else "nobody"
    yield f"{manifest.name}@{manifest.version}"
    yield f"  digest      {manifest.digest}"
    yield f"  created     {manifest.created_at}"
    yield f"  signed by   {signer}"
    yield f"  made with   {manifest.framework}, gives a {manifest.output.replace('_', ' ')}"
    served = f"model.onnx, within {manifest.parity:.2g} of it" if manifest.converted else "the framework itself"
    yield f"  served by   {served}"
    yield "Features"
    for feature in manifest.features:
        yield f"  {feature.name}: {said_of(feature)}"
    yield "Metrics" if manifest.metrics else "No metrics"
    for name, value in manifest.metrics.items():
        yield f"  {name}: {f'{value:.6g}' if isinstance(value, float) else value}"


def carded(card: ModelCard | None) -> Iterator[str]:
    """Lines on its card."""
    if card is None:
        yield "No model card"
        return
    yield "Model card"
    yield f"  purpose      {card.purpose}"
    yield f"  owner        {card.owner}"
    yield f"  intended use {card.intended_use}"
    yield f"  validated on {card.validated_on}"
    for name, each in card.metrics.items():
        interval = "" if each.low is None or each.high is None else f" ({each.low:.4g} to {each.high:.4g})"
        yield f"  measured     {name} {each.value:.4g}{interval} on {each.measured_on}"
    for found in card.fairness:
        yield f"  80% test     {found.attribute}, decided by {found.decided_by}: {found.verdict}"
    for limit in card.limits:
        yield f"  limit        {limit}"


def history(changes: Sequence[Change]) -> Iterator[str]:
    """Lines on the last changes of a switch; none for none."""
    if not changes:
        return
    yield f"Changes, the last {SHOWN_CHANGES} of {len(changes)}" if len(changes) > SHOWN_CHANGES else "Changes"
    rows = [
        (each.at, each.kind, each.version, each.by or "-", each.reason or "-", each.override or "-")
        for each in changes[-SHOWN_CHANGES:]
    ]
    yield from (f"  {line}" for line in table([("AT", "WHAT", "VERSION", "BY", "WHY", "OVERRIDE"), *rows]))
