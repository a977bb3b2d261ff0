import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn import metrics as referee

from evaluation.assessment import Assessment, assess
from evaluation.figures import METRICS, figures
from laboratory.plan import CostWeights

COST = CostWeights(10.0, 1.0)
ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1).map(lambda pd: round(pd, 2))), min_size=2, max_size=60)


def assessed(
    outcomes: object,
    pd: object,
    threshold: float = 0.5,
    *,
    resamples: int = 20,
    confidence: float = 0.95,
    seed: int = 0,
) -> Assessment:
    return assess(
        np.asarray(outcomes),
        np.asarray(pd),
        threshold=threshold,
        weights=COST,
        resamples=resamples,
        confidence=confidence,
        seed=seed,
    )


def customers(n: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    pd = generator.beta(1.5, 4, n)
    return (generator.random(n) < pd).astype(float), pd


@given(ROWS, st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_every_figure_is_scikit_learns_and_scipys(rows: list[tuple[bool, float]], threshold: float) -> None:
    outcomes, pd = (np.array(each, dtype=float) for each in zip(*rows, strict=True))
    expected = pd >= threshold
    tn, fp, fn, tp = referee.confusion_matrix(outcomes, expected, labels=[0, 1]).ravel()
    wanted = {
        "accuracy": referee.accuracy_score(outcomes, expected),
        "brier": referee.brier_score_loss(outcomes, pd, pos_label=1),
        "log_loss": referee.log_loss(outcomes, pd, labels=[0, 1]),
        "rmse": referee.root_mean_squared_error(outcomes, pd),
        "mae": referee.mean_absolute_error(outcomes, pd),
        "approval_rate": 1 - expected.mean(),
        "cost": 10 * fn + fp,
    }
    if tp + fp:
        wanted["precision"] = referee.precision_score(outcomes, expected)
    if tp + fn:
        wanted["recall"] = referee.recall_score(outcomes, expected)
    if tp + fp + fn:
        wanted["f1"] = referee.f1_score(outcomes, expected)
    if tn + fp:
        wanted["specificity"] = referee.recall_score(outcomes, expected, pos_label=0)
    if tn + fn:
        wanted["default_rate_of_approved"] = fn / (tn + fn)
    if 0 < outcomes.sum() < len(outcomes):
        wanted["auc_roc"] = referee.roc_auc_score(outcomes, pd)
        wanted["gini"] = 2 * wanted["auc_roc"] - 1
        wanted["ks"] = ks_2samp(pd[outcomes == 1], pd[outcomes == 0]).statistic
    found = assessed(outcomes, pd, threshold, resamples=2).values()
    del found["expected_calibration_error"]
    assert found.keys() == wanted.keys()
    assert found == pytest.approx(wanted, abs=1e-9)


@given(ROWS)
def test_every_name_is_said_with_its_interval_around_it_or_has_a_reason(rows: list[tuple[bool, float]]) -> None:
    outcomes, pd = zip(*rows, strict=True)
    found = assessed(outcomes, pd)
    assert tuple(found.measures) == METRICS
    assert found.values().keys() | found.not_said().keys() == set(METRICS)
    assert not found.values().keys() & found.not_said().keys()
    for name, (low, high) in found.intervals().items():
        assert low - 1e-12 <= found.values()[name] <= high + 1e-12


@given(ROWS, st.randoms())
def test_the_order_of_the_rows_changes_no_figure(rows: list[tuple[bool, float]], random: object) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = (assessed([one for one, _ in each], [pd for _, pd in each]) for each in (rows, mixed))
    assert first.values() == pytest.approx(second.values(), abs=1e-12)


def test_one_seed_gives_the_same_intervals_and_another_gives_others() -> None:
    outcomes, pd = customers(300)
    assert assessed(outcomes, pd) == assessed(outcomes, pd)
    assert assessed(outcomes, pd).intervals() != assessed(outcomes, pd, seed=1).intervals()


def test_the_intervals_are_those_of_a_plain_bootstrap() -> None:
    outcomes, pd = customers(400)
    found = assessed(outcomes, pd, 0.3, resamples=1500).intervals()
    generator = np.random.default_rng(9)
    drawn: dict[str, list[float]] = {name: [] for name in ("accuracy", "f1", "brier", "log_loss", "cost", "precision")}
    for _ in range(600):
        rows = generator.choice(len(pd), len(pd))
        values = assessed(outcomes[rows], pd[rows], 0.3, resamples=1).values()
        for name, sample in drawn.items():
            sample.append(values[name])
    for name, sample in drawn.items():
        low, high = np.quantile(sample, [0.025, 0.975])
        spread = high - low
        assert np.allclose(found[name], [low, high], atol=0.15 * spread), name


def test_an_interval_holds_what_is_true_of_all_customers_as_often_as_it_says() -> None:
    names, draws = ("precision", "recall", "f1", "brier", "log_loss", "cost", "default_rate_of_approved"), 150
    truth = figures(*customers(400_000, seed=8), 0.3, COST)
    held = dict.fromkeys(names, 0)
    for seed in range(draws):
        found = assessed(*customers(400, seed=100 + seed), 0.3, resamples=200).intervals()
        for name in names:
            low, high = (each * (1000 if name == "cost" else 1) for each in found[name])
            held[name] += low <= (truth[name] or 0.0) <= high
    assert {name: count for name, count in held.items() if count < 0.9 * draws} == {}


def test_a_share_of_everybody_is_not_certain() -> None:
    found = assessed([1.0] * 5 + [0.0] * 20, [0.9] * 5 + [0.1] * 20).intervals()
    assert found["recall"] == pytest.approx((0.5655, 1.0), abs=1e-4)
    assert found["default_rate_of_approved"] == pytest.approx((0.0, 0.1611), abs=1e-4)


@pytest.mark.parametrize("name", ["accuracy", "ks", "brier", "f1", "default_rate_of_approved"])
def test_a_wider_confidence_gives_a_wider_interval(name: str) -> None:
    outcomes, pd = customers(300)
    narrow, wide = (
        assessed(outcomes, pd, 0.3, resamples=300, confidence=confidence).intervals()[name]
        for confidence in (0.8, 0.99)
    )
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_a_calibrated_model_is_not_called_miscalibrated() -> None:
    lows = [
        assessed(*customers(n, seed), resamples=200).intervals()["expected_calibration_error"][0]
        for n in (300, 2000)
        for seed in range(15)
    ]
    assert sum(low > 0 for low in lows) <= 0.1 * len(lows)


def test_a_model_that_is_off_is_called_so() -> None:
    outcomes, pd = customers(3000)
    low, high = assessed(outcomes, pd / 2, resamples=200).intervals()["expected_calibration_error"]
    assert 0 < low < pd.mean() / 2 < high


def test_one_class_is_told_what_cannot_be_said() -> None:
    found = assessed([0, 0, 0], [0.1, 0.2, 0.3])
    assert found.not_said() == {
        "precision": "no default is expected at this threshold",
        "recall": "nobody defaulted",
        "f1": "nobody defaulted, and no default is expected at this threshold",
        "auc_roc": "it needs defaults and non-defaults",
        "gini": "it needs defaults and non-defaults",
        "ks": "it needs defaults and non-defaults",
    }
    assert found.confusion.true_negative == 3


def test_more_resamples_than_are_held_at_once_are_drawn_in_parts() -> None:
    outcomes, pd = customers(30_000)
    low, high = assessed(outcomes, pd, 0.3, resamples=300).intervals()["accuracy"]
    share = assessed(outcomes, pd, 0.3).values()["accuracy"]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(share * (1 - share) / 30_000), rel=0.25)


@pytest.mark.parametrize(
    ("outcomes", "pd", "message"),
    [([0, 1], [0.2, 1.2], r"\[0, 1\]"), ([0, 2], [0.2, 0.3], "0 or 1"), ([], [], "one length")],
)
def test_what_is_no_prediction_is_an_error(outcomes: list[float], pd: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        assessed(outcomes, pd)


def test_no_resample_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one resample"):
        assessed([0, 1], [0.1, 0.9], resamples=0)
