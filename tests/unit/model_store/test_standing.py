"""Which references belong together, and which of several sets serves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from model_store.standing import Standing, components, most

REFERENCES = tuple("abcdefg")
SETS = st.lists(st.frozensets(st.sampled_from((*REFERENCES, "elsewhere")), min_size=1))


@given(SETS)
def test_components_part_the_references_and_tear_no_set_apart(sets: list[frozenset[str]]) -> None:
    parts = components(REFERENCES, sets)
    assert sorted(reference for part in parts for reference in part) == sorted(REFERENCES)
    for each in sets:
        assert sum(not part.isdisjoint(each) for part in parts) <= 1


@given(SETS)
def test_components_are_no_larger_than_they_must_be(sets: list[frozenset[str]]) -> None:
    for part in components(REFERENCES, sets):
        reached = {min(part)}
        for _ in REFERENCES:
            reached |= {each for one in sets if one & reached for each in one if each in REFERENCES}
        assert reached == part


def test_the_set_that_serves_more_wins_and_of_equal_ones_the_first() -> None:
    one, other = {"a": Standing()}, {"b": Standing()}
    both = {"a": Standing(), "b": Standing()}
    assert most([one, both, other]) is both
    assert most([one, other]) is one
