"""Promotions that are cut off, or meet another one: what serves is what the whole ones left."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_store.artifacts import Artifact, ArtifactConflict, ArtifactsUnreachable
from model_store.promotion import promote, rollback
from model_store.switch import read_switch
from model_store.switches import read_switches
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.promoted import MODELS, VERSIONS, Interrupted, all_serving, cut, filled, go, nothing, serving


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


def test_a_promotion_that_was_completed_after_another_came_between_is_rolled_back_whole(
    interrupted: Interrupted,
) -> None:
    cut(interrupted, "xgboost", lambda: go(interrupted, social="2", traditional="2", xgboost="2"))
    go(interrupted, social="3")
    go(interrupted, social="2", traditional="2", xgboost="2")
    assert all_serving(interrupted) == dict.fromkeys(MODELS, "2")
    rollback(interrupted, ["traditional"], by="ann")
    assert all_serving(interrupted) == {"social": "3", "traditional": "1", "xgboost": "1"}


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


class Overtaken(MemoryArtifacts):
    """Version 3 is promoted while somebody looks at version 1, to which a rollback is to lead."""

    is_armed = False

    def read(self, key: str, max_bytes: int) -> Artifact:
        if self.is_armed and key == "xgboost/versions/1/manifest.json":
            self.is_armed = False
            go(self, xgboost="3")
        return super().read(key, max_bytes)


def test_a_rollback_never_undoes_what_was_promoted_since_it_looked() -> None:
    store = Overtaken()
    filled(store)
    for version in "12":
        go(store, xgboost=version)
    store.is_armed = True
    with pytest.raises(ArtifactConflict, match="promoted by another"):
        rollback(store, ["xgboost"], by="ann")
    assert serving(store, "xgboost") == {"xgboost": "3"}
