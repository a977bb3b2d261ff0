import numpy as np
import pytest

from evaluation.calibration import logistic_line
from evaluation.discrimination import auc
from training.population import AGE_GROUPS, SEXES, VIEWS, population

DRAWN = population(20_000, seed=5)


def test_the_same_seed_draws_the_same_customers() -> None:
    again = population(500, seed=5)
    first = population(500, seed=5)
    assert np.array_equal(again.pd, first.pd)
    assert all(np.array_equal(again.dataset.inputs[m].rows, first.dataset.inputs[m].rows) for m in VIEWS)
    assert not np.array_equal(again.pd, population(500, seed=6).pd)


def test_defaults_happen_as_often_as_the_known_pds_say() -> None:
    intercept, slopes = logistic_line(DRAWN.dataset.defaulted, [np.log(DRAWN.pd / (1 - DRAWN.pd))])
    assert (intercept, *slopes) == pytest.approx((0, 1), abs=0.15)
    assert DRAWN.pd.mean() == pytest.approx(0.073, abs=0.004)


@pytest.mark.parametrize(
    ("model", "row"),
    [
        ("traditional", [0.5, 0.8, 0.3, 0.7, 0.9]),
        ("social", [0.6, 0.7, 0.5]),
        ("xgboost", [0.5, 0.8, 0.3, 0.7, 0.9, 0.2]),
    ],
)
def test_every_feature_covers_what_requests_hold(model: str, row: list[float]) -> None:
    rows = DRAWN.dataset.inputs[model].rows
    assert rows.min() >= 0
    assert rows.max() <= 1
    assert (np.quantile(rows, 0.02, axis=0) <= row).all()
    assert (row <= np.quantile(rows, 0.99, axis=0)).all()


@pytest.mark.parametrize("model", VIEWS)
def test_every_feature_tells_something_and_in_the_direction_of_its_reason(model: str) -> None:
    riskier_when_high = {"credit_utilization", "debt_to_income", "recent_inquiries"}
    inputs = DRAWN.dataset.inputs[model]
    for name, column in zip(inputs.names, inputs.rows.T, strict=True):
        sign = 1 if name in riskier_when_high else -1
        assert auc(DRAWN.dataset.defaulted, sign * column).low > 0.54, name


def test_every_feature_has_a_reason_that_a_person_can_read() -> None:
    features = [feature for inputs in DRAWN.dataset.inputs.values() for feature in inputs.features]
    assert all(feature.reason and feature.reason[0].isupper() for feature in features)


def test_sensitive_attributes_have_their_shares_and_little_to_do_with_risk() -> None:
    sensitive, defaulted = DRAWN.dataset.sensitive, DRAWN.dataset.defaulted
    assert set(sensitive["sex"]) == set(SEXES)
    for group, share in AGE_GROUPS.items():
        assert (sensitive["age_group"] == group).mean() == pytest.approx(share, abs=0.015)
    for groups in sensitive.values():
        pds = [DRAWN.pd[groups == group].mean() for group in set(groups)]
        assert 0 < max(pds) - min(pds) < 0.02
        assert max(abs(defaulted[groups == group].mean() - defaulted.mean()) for group in set(groups)) < 0.02


def test_no_model_sees_a_sensitive_attribute() -> None:
    seen = {name for inputs in DRAWN.dataset.inputs.values() for name in inputs.names}
    assert not seen & DRAWN.dataset.sensitive.keys()
