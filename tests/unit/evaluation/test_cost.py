import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from evaluation.cost import business_cost


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1), st.integers(0, 20), st.integers(0, 20))
def test_the_cost_is_that_of_scikit_learns_confusion_matrix(
    rows: list[tuple[bool, bool]], fn_cost: int, fp_cost: int
) -> None:
    defaulted, approved = zip(*rows, strict=True)
    matrix = confusion_matrix(defaulted, [not each for each in approved], labels=[False, True])  # declined = "positive"
    _, false_positives, false_negatives, _ = matrix.ravel()
    assert business_cost(defaulted, approved, fn_cost, fp_cost) == fn_cost * false_negatives + fp_cost * false_positives


def test_by_default_an_approved_default_costs_as_much_as_ten_good_customers_turned_away() -> None:
    assert business_cost([1], [1]) == business_cost([0] * 10, [0] * 10)


def test_a_decision_that_is_neither_yes_nor_no_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 or 1"):
        business_cost([0, 1], [0.5, 1])
