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
