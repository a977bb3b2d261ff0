"""What would change a decision: only what may change, only as it may, and no more than is needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explanation.lab.arrays import Floats
from explanation.lab.constraints import Constraints, Way, words_of
from explanation.lab.counterfactuals import MOST_CHANGES, counterfactuals
from explanation.lab.served import Served
from scoring.features import Feature
from tests.fakes import explained as fakes

FEATURES = [
    Feature("age", integer=True),
    Feature("gender", categories=("f", "m")),
    Feature("region", protected=True),
    Feature("income"),
    Feature("debt", required=False),
    Feature("late", integer=True, minimum=0),
    Feature("home", categories=("own", "rent", "other")),
]
NAMES = [feature.name for feature in FEATURES]
WAYS: list[Way] = ["up", "down", "any"]


def customers(count: int, seed: int) -> Floats:
    draw = np.random.default_rng(seed)
    columns = [draw.integers(20, 70, count), draw.integers(0, 2, count), draw.normal(size=count)]
    columns += [draw.lognormal(10, 0.5, count), draw.normal(size=count), draw.poisson(1.5, count)]
    rows = np.column_stack([*columns, draw.integers(0, 3, count)]).astype(np.float64)
    rows[draw.random(count) < 0.1, 4] = np.nan
    return rows


def a_model(seed: int = 0) -> Served:
    weights = np.random.default_rng(seed).normal(size=7)

    def function(rows: Floats) -> Floats:
        x = np.nan_to_num(rows)
        scaled = np.column_stack([x[:, 0] / 20, x[:, 1], x[:, 2], np.log(x[:, 3] + 1) - 10, x[:, 4], x[:, 5], x[:, 6]])
        return np.asarray(scaled @ weights + 0.3 * scaled[:, 4] * scaled[:, 5])

    return fakes.served(function, customers(50, 99), FEATURES)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 500),
    below=st.floats(0.01, 2.0),
    immutable=st.sets(st.sampled_from(NAMES), max_size=3),
    ways=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(WAYS), max_size=4),
    incomes=st.tuples(st.floats(5_000, 30_000), st.floats(30_000, 80_000)),
)
def test_every_alternative_keeps_to_the_constraints_and_is_enough(
    seed: int, below: float, immutable: set[str], ways: dict[str, Way], incomes: tuple[float, float]
) -> None:
    model, row, plausible = a_model(seed), customers(1, seed)[0], customers(120, seed + 1)
    highest = float(model.log_odds(row[None, :])[0]) - below
    constraints = Constraints(immutable, ways, {"income": incomes})
    found = counterfactuals(model, row, plausible, highest, constraints, 3)
    assert len(found) <= 3
    for alternative in found:
        changed = row.copy()
        assert 1 <= len(alternative.changes) <= MOST_CHANGES
        for change in alternative.changes:
            name, old, new = change.lever.feature.name, change.lever.value, change.value
            assert name not in immutable | {"gender", "region"}
            assert change.lever.feature.holds(new)
            assert 0 <= change.size <= 1
            way = "up" if name == "age" else ways.get(name, "any")
            assert way == "any" or (name != "home" and (new > old if way == "up" else new < old))
            known = plausible[:, NAMES.index(name)]
            assert np.nanmin(known) <= new <= np.nanmax(known)
            if name in ("age", "late"):
                assert new == int(new)
            if name == "home":
                assert new in known
            if name == "income":
                assert incomes[0] <= new <= incomes[1]
            changed[NAMES.index(name)] = new
        assert model.log_odds(changed[None, :])[0] <= highest
        assert -alternative.score == pytest.approx(model.log_odds(changed[None, :])[0])
        for change in alternative.changes:  # without any one of them it is not enough
            fewer = changed.copy()
            fewer[NAMES.index(change.lever.feature.name)] = change.lever.value
            assert model.log_odds(fewer[None, :])[0] > highest


def test_they_are_diverse_short_ones_first_and_the_same_each_time() -> None:
    model, row, plausible = a_model(3), customers(1, 4)[0], customers(200, 5)
    highest = float(model.log_odds(row[None, :])[0]) - 0.6
    found = counterfactuals(model, row, plausible, highest, Constraints(), 3)
    again = counterfactuals(model, row, plausible, highest, Constraints(), 3)
    changed = [frozenset(each.lever.name for each in one.changes) for one in found]
    assert len(set(changed)) == len(found) > 1
    assert [len(each) for each in changed] == sorted(len(each) for each in changed)
    assert [[(c.lever.name, c.value) for c in one.changes] for one in found] == [
        [(c.lever.name, c.value) for c in one.changes] for one in again
    ]


def test_where_nothing_plausible_is_enough_none_is_found() -> None:
    model, row = a_model(), customers(1, 0)[0]
    assert counterfactuals(model, row, customers(100, 1), -1_000.0, Constraints(), 3) == []
    everything = Constraints(immutable=NAMES)
    low = float(model.log_odds(row[None, :])[0]) - 0.01
    assert counterfactuals(model, row, customers(100, 1), low, everything, 3) == []


def test_an_age_does_not_fall_whatever_the_request_says() -> None:
    model = fakes.served(lambda rows: rows[:, 0], customers(50, 9), FEATURES)
    row = customers(1, 0)[0]
    asked = Constraints(ways={"age": "down"})
    assert counterfactuals(model, row, customers(100, 1), row[0] - 1, asked, 3) == []


@pytest.mark.parametrize("name", ["age", "AGE", "customer_age", "customerAge", "Age of applicant", "X5_age"])
def test_an_age_is_known_by_its_name(name: str) -> None:
    assert Constraints().way(Feature(name)) == "up"


@pytest.mark.parametrize("name", ["mortgage", "average_balance", "wages", "percentage"])
def test_what_only_holds_the_letters_is_no_age(name: str) -> None:
    assert Constraints().way(Feature(name)) == "any"


@pytest.mark.parametrize("name", ["sex", "SEX", "applicant_gender", "maritalStatus", "foreign_worker", "DAYS_BIRTH"])
def test_a_protected_attribute_is_known_by_its_name(name: str) -> None:
    assert not Constraints().may_change(Feature(name))


def test_words_of_names_in_every_style() -> None:
    assert words_of("totalDebtUSD_2024 of customer") == {"total", "debt", "usd", "of", "customer"}
