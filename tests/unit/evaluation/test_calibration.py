import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from evaluation.calibration import logistic_line

GENERATOR = np.random.default_rng(3)
TRUTH = GENERATOR.normal(-1.5, 1.2, 20_000)
DEFAULTED = (GENERATOR.random(20_000) < expit(TRUTH)).astype(float)


def test_the_truth_is_calibrated() -> None:
    intercept, slopes = logistic_line(DEFAULTED, [TRUTH])
    assert (intercept, *slopes) == pytest.approx((0, 1), abs=0.06)


def test_a_prediction_that_is_too_sure_of_itself_has_a_slope_below_1() -> None:
    assert logistic_line(DEFAULTED, [TRUTH * 2])[1][0] == pytest.approx(0.5, abs=0.03)


def test_the_line_is_that_of_unpenalised_logistic_regression() -> None:
    columns = np.column_stack([TRUTH, GENERATOR.normal(size=20_000)])
    reference = LogisticRegression(C=np.inf, tol=1e-8).fit(columns, DEFAULTED)
    intercept, slopes = logistic_line(DEFAULTED, list(columns.T))
    assert intercept == pytest.approx(reference.intercept_[0], abs=1e-4)
    assert slopes == pytest.approx(reference.coef_[0], abs=1e-4)


def test_a_slope_is_held_at_the_lowest_allowed() -> None:
    _, slopes = logistic_line(DEFAULTED, [TRUTH, -TRUTH + GENERATOR.normal(size=20_000)], lowest_slope=0.05)
    assert slopes[1] == 0.05


def test_one_class_has_no_line() -> None:
    with pytest.raises(ValueError, match="defaults and non-defaults"):
        logistic_line([0, 0], [[1.0, 2.0]])
