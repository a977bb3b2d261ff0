"""Promotions of several models happen whole or not at all, one after another, and lead back as they came."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_store.artifacts import (
    ArtifactConflict,
    ArtifactError,
    ArtifactMissing,
    ArtifactStore,
    ArtifactsUnreachable,
)
from model_store.bundle import BundleRefused
from model_store.folder import FolderArtifacts
from model_store.promotion import PromotionRefused, promote, read_switches, references_of, retire, rollback
from model_store.s3 import S3Artifacts
from model_store.switch import effective, read_switch
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.aws import aws_server, s3_client
from tests.fakes.manifests import manifest

MODELS = ("social", "traditional", "xgboost")
VERSIONS = ("1", "2", "3", "4")


def filled(artifacts: ArtifactStore) -> None:
    """Versions 1 to 4 of three models, none of them promoted."""
    for name in MODELS:
        for version in VERSIONS:
            artifacts.put(f"{name}/versions/{version}/manifest.json", manifest(name, version).to_bytes())


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


def serving(artifacts: ArtifactStore, *references: str) -> dict[str, str]:
    """What a service with these references in its routes would serve."""
    switches = read_switches(artifacts, references)
    used = {reference: switches[reference] for reference in references}
    return {reference: target.version for reference, target in effective(used).items()}


def all_serving(artifacts: ArtifactStore) -> dict[str, str]:
    return serving(artifacts, *MODELS)


def go(artifacts: ArtifactStore, **together: str) -> str:
    return promote(artifacts, together, by="ann").id


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


class Interrupted(MemoryArtifacts):
    """Every put to a switch first asks `before`, which may raise or do something else in between."""

    def __init__(self, before: Callable[[str], None]) -> None:
        super().__init__()
        self.before = before

    def put(self, key: str, data: bytes, *, if_none_match: bool = False, if_match: str | None = None) -> str:
        if "versions" not in key:
            self.before(key)
        return super().put(key, data, if_none_match=if_none_match, if_match=if_match)


def broken_off(_: str) -> None:
    raise ArtifactsUnreachable("broke off")


def nothing(_: str) -> None:
    return


def cut(store: Interrupted, at: str, act: Callable[[], object]) -> None:
    """Do something that breaks off when it comes to the switch of `at`."""
    store.before = lambda key: broken_off(key) if key.startswith(f"{at}/") else None
    with pytest.raises(ArtifactsUnreachable):
        act()
    store.before = nothing


@pytest.fixture
def interrupted() -> Interrupted:
    made = Interrupted(nothing)
    filled(made)
    go(made, social="1", traditional="1", xgboost="1")
    return made


@pytest.mark.parametrize("at", ["social", "traditional"])
def test_a_promotion_that_was_cut_changes_nothing_and_is_completed_by_the_same_again(
    interrupted: Interrupted, at: str
) -> None:
    cut(interrupted, at, lambda: go(interrupted, social="2", traditional="2"))
    assert all_serving(interrupted) == dict.fromkeys(MODELS, "1")
    again = promote(interrupted, {"social": "2", "traditional": "2"}, by="bob")
    assert again.written == tuple(name for name in ("social", "traditional") if name >= at)
    assert all_serving(interrupted) == {"social": "2", "traditional": "2", "xgboost": "1"}
    ids = {read_switch(interrupted, name)[0].changes[-1].promotion for name in ("social", "traditional")}
    assert ids == {again.id}


@pytest.mark.parametrize("again", ["social", "traditional"])
def test_a_rollback_that_was_cut_is_completed_by_the_same_again(interrupted: Interrupted, again: str) -> None:
    go(interrupted, social="2", traditional="2")
    go(interrupted, social="3", traditional="3")
    cut(interrupted, "traditional", lambda: rollback(interrupted, ["social"], by="ann"))
    assert serving(interrupted, "social", "traditional") == {"social": "3", "traditional": "3"}
    rollback(interrupted, [again], by="ann")
    assert serving(interrupted, "social", "traditional") == {"social": "2", "traditional": "2"}


@pytest.mark.parametrize("of", ["social", "traditional"])
def test_an_unfinished_promotion_is_given_up_by_rolling_back(interrupted: Interrupted, of: str) -> None:
    go(interrupted, social="2", traditional="2")
    cut(interrupted, "traditional", lambda: go(interrupted, social="3", traditional="3"))
    rollback(interrupted, [of], by="ann")
    assert serving(interrupted, "social", "traditional") == {"social": "2", "traditional": "2"}
    switches = read_switches(interrupted, ["social"])
    switch = switches["social"]
    assert switch is not None
    assert switch.changes[-1].version == "2"


def test_who_comes_second_is_told_and_breaks_nothing(interrupted: Interrupted) -> None:
    def another(_: str) -> None:
        interrupted.before = nothing
        go(interrupted, social="3", traditional="3")

    interrupted.before = another
    with pytest.raises(ArtifactConflict, match="social was promoted by another meanwhile"):
        go(interrupted, social="2", traditional="2")
    assert serving(interrupted, "social", "traditional") == {"social": "3", "traditional": "3"}


WANTED = st.dictionaries(st.sampled_from(MODELS), st.sampled_from(VERSIONS), min_size=1)


@settings(deadline=None, max_examples=100)
@given(plans=st.lists(st.tuples(WANTED, st.sampled_from(["whole", "cut", "between"]), st.integers(0, 2)), max_size=8))
def test_however_promotions_meet_or_break_off_what_serves_is_what_whole_ones_left(
    plans: list[tuple[Mapping[str, str], str, int]],
) -> None:
    """Every promotion is done whole, cut before its n-th write, or met there by the next one."""
    store = Interrupted(nothing)
    filled(store)
    go(store, social="1", traditional="1", xgboost="1")
    expected = dict.fromkeys(MODELS, "1")
    queue = list(plans)

    def step() -> set[str]:
        """The references that this promotion, or one that came in between, changed."""
        together, how, number = queue.pop(0)
        writes, between = 0, set[str]()

        def before(_: str) -> None:
            nonlocal writes, between
            writes += 1
            if writes == number + 1 and how == "cut":
                raise ArtifactsUnreachable("broke off")
            if writes == number + 1 and how == "between" and queue:
                between = step()
                store.before = nothing

        store.before = before
        try:
            done = promote(store, together, by="ann")
        except (ArtifactConflict, ArtifactsUnreachable):
            changed = between
        else:  # what came in between came later: it met this promotion's own change, or there was no conflict
            changed = between | set(done.written)
            expected.update({name: version for name, version in together.items() if name not in between})
        assert all_serving(store) == expected
        return changed

    while queue:
        step()


def test_a_store_that_is_out_of_reach_says_so(store: MemoryArtifacts) -> None:
    store.down = True
    for act in (lambda: go(store, social="1"), lambda: rollback(store, ["social"], by="ann")):
        with pytest.raises(ArtifactError, match="switched off"):
            act()
