"""Promotions of several models happen whole or not at all, one after another, and lead back as they came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_store.artifacts import (
    ArtifactError,
    ArtifactMissing,
    ArtifactStore,
)
from model_store.bundle import BundleRefused
from model_store.folder import FolderArtifacts
from model_store.promotion import PromotionRefused, promote, retire, rollback
from model_store.s3 import S3Artifacts
from model_store.switch import read_switch
from model_store.switches import references_of
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.aws import aws_server, s3_client
from tests.fakes.manifests import manifest
from tests.fakes.promoted import all_serving, filled, go, serving


@pytest.fixture
def store() -> MemoryArtifacts:
    made = MemoryArtifacts()
    filled(made)
    return made


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with aws_server() as endpoint:
        s3_client(endpoint).create_bucket(
            Bucket="promoted", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        yield endpoint


@pytest.fixture(params=["folder", "s3", "memory"])
def everywhere(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    made: ArtifactStore = MemoryArtifacts()
    if request.param == "folder":
        made = FolderArtifacts(tmp_path)
    elif request.param == "s3":
        made = S3Artifacts(s3_client(request.getfixturevalue("s3")), "promoted")
    filled(made)
    return made


def test_models_are_promoted_together_and_go_back_together(everywhere: ArtifactStore) -> None:
    go(everywhere, social="1", traditional="1", xgboost="1")
    go(everywhere, social="2", traditional="2")
    assert all_serving(everywhere) == {"social": "2", "traditional": "2", "xgboost": "1"}
    back = rollback(everywhere, ["social"], by="bob", reason="too many refusals")
    assert (back.kind, back.together) == ("rollback", {"social": "1", "traditional": "1"})
    assert back.before == {"social": "2", "traditional": "2"}
    assert all_serving(everywhere) == {"social": "1", "traditional": "1", "xgboost": "1"}
    change = read_switch(everywhere, "traditional")[0].changes[-1]
    assert (change.kind, change.by, change.reason) == ("rollback", "bob", "too many refusals")
    retire(everywhere, "social", "2", by="bob", reason="it refuses too many")
    with pytest.raises(PromotionRefused, match="version 2 of social is retired"):
        go(everywhere, social="2")


def test_what_was_decided_and_by_whom_stays_in_the_switch(store: MemoryArtifacts) -> None:
    gates = [{"gate": "auc", "reference": "social", "passed": False, "reason": "worse", "figures": {"auc": 0.6}}]
    done = promote(store, {"social": "1"}, by="ann", reason="new data", gates=gates, override="agreed with risk")
    change = read_switch(store, "social")[0].changes[-1]
    assert (change.promotion, change.kind, change.version) == (done.id, "promote", "1")
    assert (change.by, change.reason, change.override) == ("ann", "new data", "agreed with risk")
    assert change.gates == tuple(gates)
    assert change.digest == manifest("social", "1").digest


def test_a_reason_that_no_switch_would_hold_is_told_before_anything_is_written(store: MemoryArtifacts) -> None:
    before = dict(store.objects)
    with pytest.raises(PromotionRefused, match="reason: String should have at most 2000 characters"):
        promote(store, {"social": "1", "traditional": "1"}, by="ann", reason="x" * 3_000)
    assert store.objects == before


def test_promoting_what_serves_writes_nothing(store: MemoryArtifacts) -> None:
    first = go(store, social="1", xgboost="1")
    before = dict(store.objects)
    again = promote(store, {"xgboost": "1", "social": "1"}, by="bob")
    assert (again.id, again.written) == (first, ())
    assert promote(store, {"social": "1"}, by="bob").written == ()
    assert store.objects == before


def test_an_alias_has_a_switch_of_its_own(store: MemoryArtifacts) -> None:
    go(store, social="1")
    promote(store, {"social@challenger": "2"}, by="ann")
    assert serving(store, "social", "social@challenger") == {"social": "1", "social@challenger": "2"}
    assert references_of(store, "social") == ["social", "social@challenger"]
    with pytest.raises(ValueError, match="cannot be an alias"):
        promote(store, {"social@model": "2"}, by="ann")


def test_an_older_switch_without_a_past_can_be_gone_back_to(store: MemoryArtifacts) -> None:
    store.objects["social/manifest.json"] = manifest("social", "1").to_bytes()
    go(store, social="2")
    rollback(store, ["social"], by="ann")
    assert serving(store, "social") == {"social": "1"}


def test_rolling_back_again_goes_further_back_and_never_forward(store: MemoryArtifacts) -> None:
    for version in ("1", "2", "3"):
        go(store, social=version)
    for expected in ("2", "1"):
        rollback(store, ["social"], by="ann")
        assert serving(store, "social") == {"social": expected}
    with pytest.raises(PromotionRefused, match="social has no version before 1"):
        rollback(store, ["social"], by="ann")
    go(store, social="4")
    rollback(store, ["social"], by="ann")
    assert serving(store, "social") == {"social": "1"}


def test_a_rollback_to_a_version_brings_its_time_back(store: MemoryArtifacts) -> None:
    go(store, social="1", traditional="2", xgboost="1")
    go(store, traditional="3")
    go(store, social="2", traditional="4")
    go(store, social="3", traditional="1")
    rollback(store, ["social"], "1", by="ann")
    assert all_serving(store) == {"social": "1", "traditional": "3", "xgboost": "1"}
    assert rollback(store, ["social"], "1", by="ann").written == ()
    with pytest.raises(PromotionRefused, match="social was never at version 9"):
        rollback(store, ["social"], "9", by="ann")


def test_a_publisher_whose_clock_is_late_does_not_spoil_a_rollback(
    store: MemoryArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(clock: str) -> None:
        monkeypatch.setattr("model_store.promotion.stamp", lambda _: f"2026-11-22T{clock}:00.000000Z")

    at("10:00")
    go(store, social="1", traditional="1")
    at("10:10")
    go(store, social="2")
    at("09:30")
    go(store, social="3", traditional="3")
    rollback(store, ["social"], "1", by="ann")
    assert serving(store, "social", "traditional") == {"social": "1", "traditional": "1"}


def test_what_moved_on_since_is_left_where_it_is(store: MemoryArtifacts) -> None:
    go(store, social="1", traditional="1")
    go(store, social="2", traditional="2")
    go(store, traditional="3")
    rollback(store, ["social"], by="ann")
    assert serving(store, "social", "traditional") == {"social": "1", "traditional": "3"}


def test_nothing_goes_back_to_a_retired_version_nor_to_none(store: MemoryArtifacts) -> None:
    with pytest.raises(PromotionRefused, match="social has no version that serves"):
        rollback(store, ["social"], by="ann")
    go(store, social="1")
    go(store, social="2")
    retire(store, "social", "1", by="ann", reason="wrong data")
    before = dict(store.objects)
    with pytest.raises(PromotionRefused, match="version 1 of social is retired"):
        rollback(store, ["social"], by="ann")
    assert store.objects == before


def test_a_version_that_serves_is_not_retired(store: MemoryArtifacts) -> None:
    go(store, social="1")
    promote(store, {"social@challenger": "2"}, by="ann")
    for version, where in (("1", "social"), ("2", "social@challenger")):
        with pytest.raises(PromotionRefused, match=f"serves as {where};"):
            retire(store, "social", version, by="ann", reason="x")
    retire(store, "social", "3", by="ann", reason="wrong data")
    told = json.loads(store.objects["social/versions/3/retired.json"])
    assert (told["by"], told["reason"]) == ("ann", "wrong data")
    with pytest.raises(PromotionRefused, match="retired already"):
        retire(store, "social", "3", by="bob", reason="y")
    with pytest.raises(ArtifactMissing, match="no version 9 of social"):
        retire(store, "social", "9", by="ann", reason="x")


@pytest.mark.parametrize(("version", "message"), [("9", "no version 9 of social"), ("../1", "no version's name")])
def test_what_was_not_published_is_not_promoted(store: MemoryArtifacts, version: str, message: str) -> None:
    store.writes.clear()
    with pytest.raises(ArtifactMissing, match=message):
        promote(store, {"traditional": "1", "social": version}, by="ann")
    assert store.writes == []


def test_a_version_that_is_not_what_it_says_is_not_promoted(store: MemoryArtifacts) -> None:
    store.objects["social/versions/2/manifest.json"] = manifest("social", "1").to_bytes()
    store.objects["social/versions/3/manifest.json"] = b"\x80hostile"
    for version in ("2", "3"):
        with pytest.raises(BundleRefused):
            go(store, social=version)
    store.objects["social/manifest.json"] = b"\x80hostile"
    with pytest.raises(BundleRefused, match="the switch of social is unusable"):
        go(store, social="1")


def test_a_store_that_is_out_of_reach_says_so(store: MemoryArtifacts) -> None:
    store.down = True
    for act in (lambda: go(store, social="1"), lambda: rollback(store, ["social"], by="ann")):
        with pytest.raises(ArtifactError, match="switched off"):
            act()
