from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from scoring.features import Feature
from training.schema import differences, schema_digest

FEATURES = (Feature("income", minimum=0.0), Feature("age", integer=True, protected=True))
features = st.builds(
    Feature,
    st.sampled_from("abc"),
    minimum=st.none() | st.integers(-3, 3).map(float),
    integer=st.booleans(),
    required=st.booleans(),
    protected=st.booleans(),
    reason=st.none() | st.text(max_size=3),
    categories=st.none() | st.lists(st.sampled_from("xyz"), min_size=1, unique=True).map(tuple),
)
schemas = st.lists(features, min_size=1, max_size=3, unique_by=lambda each: each.name)


@given(schemas, schemas)
def test_the_digest_differs_exactly_when_there_is_a_difference_to_tell(
    one: list[Feature], other: list[Feature]
) -> None:
    assert (schema_digest(one) == schema_digest(other)) == (not list(differences(one, other)))


def test_a_better_sentence_is_no_other_schema() -> None:
    assert list(differences(FEATURES, [replace(each, reason="Said better") for each in FEATURES])) == []


def test_every_difference_is_told() -> None:
    income, age = FEATURES
    assert list(differences(FEATURES, [income])) == ["without age"]
    assert list(differences(FEATURES, [*FEATURES, Feature("debt")])) == ["with debt"]
    assert list(differences(FEATURES, [age, income])) == ["in the order age, income"]
    changed = [replace(income, minimum=None, maximum=1e6), replace(age, integer=False)]
    assert list(differences(FEATURES, changed)) == [
        "income: minimum 0 becomes none", "income: maximum none becomes 1e+06", "age: integer yes becomes no"
    ]  # fmt: skip


def test_other_categories_are_another_schema() -> None:
    def told(before: str | None, after: str | None) -> list[str]:
        one, other = (Feature("x", categories=None if each is None else tuple(each)) for each in (before, after))
        return list(differences([one], [other]))

    assert told("ab", "ab") == []
    assert told("abc", "bd") == ["x: without a, c", "x: with d"]
    assert told("ab", "ba") == ["x: its categories in another order"]
    assert (told(None, "ab"), told("ab", None)) == (["x: a category now"], ["x: a number now"])
    assert told("a", "abcdefghijklmn") == ["x: with b, c, d, e, f, g, h, i, j, k and 3 more"]


def test_a_schema_without_categories_has_the_digest_that_it_always_had() -> None:
    features = (Feature("age", minimum=18.0, integer=True, protected=True), Feature("income"))
    assert schema_digest(features) == "cce75779d34c94ea26387713cea9c565fc93bac881db968ee0094f57a64cef63"
