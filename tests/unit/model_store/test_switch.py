"""What a switch says, and which promotion counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_store.artifacts import ArtifactMissing
from model_store.bundle import BundleRefused
from model_store.manifest import Manifest
from model_store.switch import (
    MOST_CHANGES,
    WITH_FIGURES,
    Change,
    Switch,
    effective,
    parse_switch,
    read_switch,
    switch_key,
)
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.manifests import manifest

MODELS = ("social", "traditional", "xgboost")


def change(promotion: str, of: Manifest, together: Mapping[str, str] | None = None, **more: Any) -> Change:
    plain: dict[str, Any] = {
        "promotion": promotion,
        "kind": "promote",
        "version": of.version,
        "digest": of.digest,
        "at": "2026-11-22T01:00:00.000000Z",
        "by": "ann",
        "reason": None,
        "together": together or {of.name: of.version},
        "gates": [],
        "override": None,
    }
    return Change.model_validate_json(json.dumps({**plain, **more}))


def switch(name: str, *promotions: tuple[str, Mapping[str, str]]) -> Switch:
    """The switch of a model that went through these promotions."""
    made = Switch(name, manifest(name, "0"))
    for promotion, together in promotions:
        of = manifest(name, together[name])
        made = made.changed(of, change(promotion, of, together))
    return made


def versions(switches: Mapping[str, Switch | None], *refused: str) -> dict[str, str]:
    return {reference: target.version for reference, target in effective(switches, refused).items()}


def test_a_switch_is_read_back_as_it_was_written() -> None:
    artifacts = MemoryArtifacts()
    written = switch("social", ("p1", {"social": "1"}), ("p2", {"social": "2", "xgboost": "2"}))
    etag = artifacts.put("social/manifest.json", written.to_bytes())
    assert read_switch(artifacts, "social") == (written, etag)
    with pytest.raises(ArtifactMissing):
        read_switch(artifacts, "social@challenger")


def test_a_manifest_without_changes_is_a_switch_without_a_past() -> None:
    bare = parse_switch(manifest().to_bytes(), "social")
    assert (bare.manifest, bare.changes) == (manifest(), ())
    assert versions({"social": bare}) == {"social": "1"}


def test_what_served_before_the_first_promotion_is_kept_as_its_first_change() -> None:
    made = switch("social", ("p1", {"social": "1", "xgboost": "1"}))
    assert [each.version for each in made.changes] == ["0", "1"]
    assert versions({"social": made, "xgboost": switch("xgboost")}) == {"social": "0", "xgboost": "0"}


def test_a_promotion_counts_when_every_model_of_it_has_it() -> None:
    both = {"social": "1", "xgboost": "1"}
    done = {name: switch(name, ("p1", both)) for name in both}
    assert versions(done) == both
    assert versions({**done, "xgboost": None}) == {"social": "0"}
    assert versions({"social": done["social"]}) == {"social": "1"}


def test_a_first_promotion_that_was_cut_leaves_nothing_to_serve() -> None:
    only = change("p1", manifest(), {"social": "1", "xgboost": "1"})
    cut = Switch("social", manifest(), (only,))
    assert effective({"social": cut, "xgboost": None}) == {}


def test_a_refused_promotion_is_passed_over_for_all_its_models() -> None:
    both = {"social": "2", "xgboost": "2"}
    switches = {name: switch(name, ("p1", {name: "1"}), ("p2", both)) for name in both}
    assert versions(switches, "p2") == {"social": "1", "xgboost": "1"}


@pytest.mark.parametrize("elsewhere", [{"xgboost": "2"}, {"xgboost": "3"}, {"social": "3", "xgboost": "2"}])
def test_a_promotion_that_two_switches_tell_differently_counts_for_neither(elsewhere: dict[str, str]) -> None:
    """Written by hand: in step with one model, out of step with the other."""
    first, both = {"social": "1", "xgboost": "1"}, {"social": "2", "xgboost": "2"}
    switches = {
        "social": switch("social", ("a", first), ("b", both)),
        "xgboost": switch("xgboost", ("a", first), ("b", elsewhere)),
    }
    assert versions(switches) == first


def test_the_same_manifest_as_champion_and_challenger_is_no_promotion_of_both() -> None:
    of = manifest("social", "1")
    switches = {each: Switch(each, of) for each in ("social", "social@challenger")}
    assert versions(switches) == dict.fromkeys(switches, "1")


def test_a_target_has_the_manifest_when_the_switch_holds_it() -> None:
    made = switch("social", ("p1", {"social": "1"}), ("p2", {"social": "2", "xgboost": "2"}))
    now = effective({"social": made})["social"]
    assert now.manifest == made.manifest
    assert (now.name, now.version, now.digest, now.promotion) == ("social", "2", made.manifest.digest, "p2")
    before = effective({"social": made, "xgboost": None})["social"]
    assert (before.version, before.digest, before.manifest) == ("1", manifest("social", "1").digest, None)


@given(sets=st.lists(st.sets(st.sampled_from(MODELS), min_size=1), min_size=1, max_size=8), cut=st.integers(0, 24))
def test_whenever_promotions_are_cut_what_is_effective_is_what_the_whole_ones_left(
    sets: list[set[str]], cut: int
) -> None:
    """Promotions are written one after the other, a model at a time; the last of them ends after `cut` writes."""
    switches = {name: Switch(name, manifest(name, "0")) for name in MODELS}
    whole = dict.fromkeys(MODELS, "0")
    writes = 0
    for number, names in enumerate(sets, 1):
        together = dict.fromkeys(sorted(names), str(number))
        for name in together:
            writes += 1
            if writes > cut:
                assert versions(switches) == whole
                return
            of = manifest(name, str(number))
            switches[name] = switches[name].changed(of, change(f"p{number}", of, together))
            if name != max(together):
                assert versions(switches) == whole
        whole |= together
        assert versions(switches) == whole


def test_only_the_last_changes_are_kept_and_old_gates_lose_their_figures() -> None:
    gates = [{"gate": "auc", "passed": True, "reason": "not worse", "figures": {"auc": 0.7}}]
    of = manifest()
    made = Switch("social", of, (change("p0", of, gates=gates),))
    for number in range(1, WITH_FIGURES + 2):
        made = made.changed(of, change(f"p{number}", of, gates=gates))
    assert [("figures" in each.gates[0]) for each in made.changes] == [False] * 2 + [True] * WITH_FIGURES
    assert made.changes[0].gates == ({"gate": "auc", "passed": True, "reason": "not worse"},)


def test_a_switch_never_grows_too_large_to_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_store.switch.LARGEST_SWITCH", 60_000)
    made, of = Switch("social", manifest("social", "0")), manifest("social", "1")
    for number in range(30):
        made = made.changed(of, change(f"p{number}", of, gates=[{"gate": "auc", "reason": "x" * 5_000}]))
        raw = made.to_bytes()
        assert len(raw) <= 60_000
        assert parse_switch(raw, "social") == made
    assert [each.promotion for each in made.changes[1:]] == [f"p{number}" for number in range(30)]
    assert [bool(each.gates) for each in made.changes[-3:]] == [True] * 3


def test_a_long_past_never_takes_another_models_promotion_away() -> None:
    both = {"social": "1", "xgboost": "1"}
    of = manifest("social", "1")
    alone = tuple(change(f"p{number}", of) for number in range(MOST_CHANGES - 1))
    long = Switch("social", of, (change("together", of, both), *alone))
    other = switch("xgboost", ("together", both))
    for number in range(5):
        long = long.changed(of, change(f"later{number}", of))
        assert len(long.changes) == MOST_CHANGES
        assert versions({"social": long, "xgboost": other})["xgboost"] == "1"
    assert parse_switch(long.to_bytes(), "social") == long


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "its manifest is not valid"),
        (b'{"changes": NaN}', "not JSON"),
        (b'{"format": 2}', "format 2"),
        (manifest("xgboost").to_bytes(), "of another model, xgboost"),
    ],
)
def test_what_is_no_switch_is_refused(damage: bytes, message: str) -> None:
    with pytest.raises(BundleRefused, match=message) as refused:
        parse_switch(damage, "social")
    assert refused.value.digest


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"promotion": "../x"}, "changes.0.promotion"),
        ({"version": "../x"}, "changes.0.version"),
        ({"digest": "0"}, "changes.0.digest"),
        ({"digest": "0" * 64}, "not of the version that its last change names"),
        ({"together": {}}, "changes.0.together"),
        ({"together": {"../x": "1"}}, "changes.0.together"),
        ({"together": {"xgboost": "1"}}, "does not name the model itself"),
        ({"together": {"social": "2"}}, "does not name the model itself"),
        ({"kind": "delete"}, "changes.0.kind"),
        ({"more": 1}, "changes.0.more"),
    ],
)
def test_changes_that_say_something_else_are_refused(damage: dict[str, object], message: str) -> None:
    plain = json.loads(switch("social", ("p1", {"social": "1"})).to_bytes())
    plain["changes"] = [{**plain["changes"][-1], **damage}]
    with pytest.raises(BundleRefused, match=message):
        parse_switch(json.dumps(plain).encode(), "social")


def test_two_changes_of_one_promotion_are_refused_when_they_are_to_different_versions() -> None:
    through = [("p1", {"social": "1"}), ("p2", {"social": "2"})]
    parse_switch(switch("social", *through, ("p1", {"social": "1"})).to_bytes(), "social")
    with pytest.raises(BundleRefused, match="of one promotion, to other versions"):
        parse_switch(switch("social", *through, ("p1", {"social": "3"})).to_bytes(), "social")


def test_a_reference_has_a_place_of_its_own() -> None:
    assert switch_key("social") == "social/manifest.json"
    assert switch_key("social@challenger") == "social/challenger.json"
    for wrong in ("", "Social", "social@", "@x", "social@a@b", "../x", "social/x", "social@../x"):
        with pytest.raises(ValueError, match="not a model"):
            switch_key(wrong)
    for taken in ("manifest", "model", "config"):
        with pytest.raises(ValueError, match="cannot be an alias"):
            switch_key(f"social@{taken}")
