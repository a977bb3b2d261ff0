"""A promotion of which a switch is not there: by its other models the service serves on where it has nothing else."""

from __future__ import annotations

from tests.fakes.bundles import model_json
from tests.fakes.machine import Machine

PAIR = ("social", "traditional")


def promote_pair(machine: Machine) -> None:
    for name in PAIR:
        machine.keep(model_json(0.5, -0.25), "1", name)
    machine.promote(**dict.fromkeys(PAIR, "1"))


def test_who_was_promoted_with_a_model_that_went_back_to_flat_files_serves_on(machine: Machine) -> None:
    promote_pair(machine)
    del machine.artifacts.objects["social/manifest.json"]
    machine.put_flat(model_json(0.25, 0.5), "social")
    for _ in ("now", "after a restart"):
        models = machine.models(*PAIR)
        models.refresh()
        social, traditional = models.status()
        assert (social.version or "").startswith("flat-")
        assert traditional.version == "1"
        assert "not complete" in (traditional.problem or "")


def test_a_first_promotion_that_was_cut_short_serves_as_far_as_it_came(machine: Machine) -> None:
    promote_pair(machine)
    switch = machine.artifacts.objects.pop("social/manifest.json")
    models = machine.models(*PAIR)
    models.refresh()
    assert [each.version for each in models.status()] == [None, "1"]
    machine.artifacts.objects["social/manifest.json"] = switch
    assert models.refresh()
    assert [(each.version, each.problem) for each in models.status()] == [("1", None), ("1", None)]
