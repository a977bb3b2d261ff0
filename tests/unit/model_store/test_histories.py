"""Whatever is promoted, cut short, spoilt or out of reach, and whenever a process starts: sets are never mixed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.bundles import model_json
from tests.fakes.machine import Machine

PAIR = ("social", "traditional")
EITHER = st.sampled_from(PAIR)
STEPS = st.one_of(
    st.tuples(st.just("both"), st.none() | EITHER),
    st.tuples(st.just("both, cut short"), EITHER),
    st.tuples(st.just("one"), EITHER),
    st.tuples(st.just("one, spoilt"), EITHER),
    st.tuples(st.sampled_from(("down", "up", "restart")), st.none()),
)
"""What happens, and to which model: of both, the one whose bundle is spoilt, or whose switch is not written."""


class History:
    """A machine on which steps happen; the version that step number i publishes is "i"."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.models = machine, machine.models(*PAIR)
        self.together: set[int] = set()
        self.number = 0

    def do(self, what: str, whom: str | None) -> None:
        self.number += 1
        if what == "restart":
            self.models = self.machine.models(*PAIR)
        elif what in ("down", "up"):
            self.machine.artifacts.down = what == "down"
        else:
            was_down, self.machine.artifacts.down = self.machine.artifacts.down, False
            self.promote(PAIR if what.startswith("both") else (str(whom),), what, whom)
            self.machine.artifacts.down = was_down

    def promote(self, names: tuple[str, ...], what: str, whom: str | None) -> None:
        objects, version = self.machine.artifacts.objects, str(self.number)
        before = objects.get(f"{whom}/manifest.json")
        is_cut = what == "both, cut short"
        for name in names:
            off_by = 0.1 if whom == name and what in ("both", "one, spoilt") else 0.0
            self.machine.keep(model_json(0.5, -0.25, intercept=self.number / 8, off_by=off_by), version, name)
        self.machine.promote(**dict.fromkeys(names, version))
        if is_cut and before is not None:
            objects[f"{whom}/manifest.json"] = before
        elif is_cut:
            del objects[f"{whom}/manifest.json"]
        if len(names) == len(PAIR):
            self.together.add(self.number)

    def check(self) -> None:
        first, second = (int(each.version or 0) for each in self.models.status())
        for one, other in ((first, second), (second, first)):
            if one in self.together and other:  # the other came with it, or went on alone since
                assert other == one or (other > one and other not in self.together), (first, second, self.together)


@given(st.lists(STEPS, min_size=3, max_size=14))
@settings(max_examples=60, deadline=None)
def test_no_history_makes_a_process_mix_two_sets(steps: list[tuple[str, str | None]]) -> None:
    with TemporaryDirectory() as folder:
        history = History(Machine(Path(folder)))
        for what, whom in steps:
            history.do(what, whom)
            served = [each.loaded for each in history.models.status()]
            history.models.refresh()
            history.check()
            still = [each.loaded for each in history.models.status()]
            assert all(now for now, before in zip(still, served, strict=True) if before), "what served must go on"


@given(st.lists(STEPS, max_size=8))
@settings(max_examples=20, deadline=None)
def test_after_any_history_a_good_promotion_is_taken_by_all(steps: list[tuple[str, str | None]]) -> None:
    with TemporaryDirectory() as folder:
        history = History(Machine(Path(folder)))
        for what, whom in steps:
            history.do(what, whom)
            history.models.refresh()
        for what in ("up", "both"):
            history.do(what, None)
        for models in (history.models, history.machine.models(*PAIR)):
            assert models.refresh()
            assert {each.version for each in models.status()} == {str(history.number)}
