"""The models of a route, calibrated together: their mean is right, and so is each of them alone."""

import numpy as np
import pytest
from scipy.special import expit

from evaluation.arrays import Floats
from evaluation.calibration import logistic_line
from evaluation.probability import expected_calibration_error
from scoring.scale import ScoreScale
from training.calibrate import LOWEST_SLOPE, calibrate_route

SCALE = ScoreScale()
EQUAL = {"first": 0.5, "second": 0.5}


def customers(seed: int, count: int = 40_000) -> tuple[dict[str, Floats], Floats]:
    """Two views of the same customers, each too sure of itself in its own way, and who defaulted."""
    generator = np.random.default_rng(seed)
    one, two = generator.normal(0, 1.0, count), generator.normal(0, 0.6, count)
    defaulted = (generator.random(count) < expit(-2.5 + one + two)).astype(float)
    return {"first": 1.7 * (one - 2.5), "second": 0.5 * two - 0.85}, defaulted


@pytest.mark.parametrize("weights", [EQUAL, {"first": 0.7, "second": 0.3}, {"first": 0.2, "second": 0.8}])
def test_the_mean_of_the_calibrated_log_odds_is_calibrated_on_fresh_customers(weights: dict[str, float]) -> None:
    log_odds, outcomes = customers(1)
    fitted = calibrate_route(log_odds, weights, outcomes, SCALE)
    fresh, defaulted = customers(2)
    route = sum(weights[name] * fitted[name].served(fresh[name]) for name in weights)
    intercept, slopes = logistic_line(defaulted, [route])
    assert (intercept, *slopes) == pytest.approx((0, 1), abs=0.08)
    assert expected_calibration_error(defaulted, expit(route)) < 0.008


def test_each_model_alone_is_calibrated_on_fresh_customers() -> None:
    log_odds, defaulted = customers(1)
    fitted = calibrate_route(log_odds, EQUAL, defaulted, SCALE)
    fresh, outcomes = customers(2)
    for name, calibration in fitted.items():
        intercept, slopes = logistic_line(outcomes, [calibration.alone(calibration.served(fresh[name]))])
        assert (intercept, *slopes) == pytest.approx((0, 1), abs=0.15), name


def test_a_model_that_is_a_route_by_itself_needs_no_other_line_alone() -> None:
    log_odds, defaulted = customers(1)
    only = calibrate_route({"first": log_odds["first"]}, {"first": 1.0}, defaulted, SCALE)["first"]
    assert (only.alone.intercept, only.alone.slope) == (0.0, 1.0)
    assert only.served.slope == pytest.approx(1 / 1.7, abs=0.03)


def test_no_models_direction_is_turned_by_the_others_of_its_route() -> None:
    log_odds, defaulted = customers(1)
    noisy = -log_odds["first"] + np.random.default_rng(4).normal(size=len(defaulted))
    fitted = calibrate_route({"first": log_odds["first"], "second": noisy}, EQUAL, defaulted, SCALE)
    assert fitted["second"].served.slope == pytest.approx(LOWEST_SLOPE / 0.5)


def test_the_mean_score_of_each_model_is_near_the_routes() -> None:
    log_odds, defaulted = customers(1)
    fitted = calibrate_route(log_odds, EQUAL, defaulted, SCALE)
    means = [fitted[name].served(log_odds[name]).mean() for name in EQUAL]
    assert means[0] == pytest.approx(means[1], abs=0.25)  # 18 points


def test_a_model_that_often_reaches_the_end_of_the_scale_is_moved_away_from_it() -> None:
    generator = np.random.default_rng(6)
    wide, narrow = generator.normal(-1.0, 1.6, 20_000), generator.normal(0.0, 0.2, 20_000)
    defaulted = (generator.random(20_000) < expit(wide + narrow)).astype(float)
    log_odds = {"first": wide, "second": narrow}
    fitted = calibrate_route(log_odds, EQUAL, defaulted, SCALE)
    served = {name: fitted[name].served(log_odds[name]) for name in EQUAL}
    route = (served["first"] + served["second"]) / 2

    def cut_off(first: Floats, second: Floats) -> float:
        scores = [np.array([SCALE.hold(SCALE.points(each)) for each in part]) for part in (first, second)]
        exact = np.array([SCALE.hold(SCALE.points(each)) for each in route])
        return float(np.abs((scores[0] + scores[1]) / 2 - exact).mean())

    centred = [each - each.mean() + route.mean() for each in served.values()]
    assert served["first"].mean() < route.mean() - 0.3
    assert cut_off(*served.values()) < 0.8 * cut_off(*centred)


def test_a_mean_of_models_calibrated_by_themselves_would_be_too_timid() -> None:
    log_odds, defaulted = customers(1)
    fitted = calibrate_route(log_odds, EQUAL, defaulted, SCALE)
    alone = [calibration.alone(calibration.served(log_odds[name])) for name, calibration in fitted.items()]
    assert logistic_line(defaulted, [(alone[0] + alone[1]) / 2])[1][0] > 1.5
