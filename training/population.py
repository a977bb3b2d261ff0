"""The synthetic population behind the demo models. docs/population.md describes it and says why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import beta, norm

from evaluation.arrays import Floats
from scoring.features import Feature
from training.dataset import Dataset, Groups, Inputs

DRIVER_CORRELATION = 0.3
"""Between any two of character, capacity and stability."""
DRIVER_EFFECTS = (-0.65, -0.5, -0.5)
"""What a standard deviation of character, capacity, stability adds to the log-odds of default."""
STRAIN_EFFECT = 0.15
"""What is added where capacity and stability are both low: their shortfalls multiplied."""
BASE_LOG_ODDS = -3.2
"""Log-odds of default of the average customer: a PD of 3.9%, a default rate of about 7%."""
DECIMALS = 4
SEX_LOADING, AGE_LOADING = 0.03, 0.06
"""Correlation of sex with character, and of age with stability: groups differ a little in risk, as they do in life."""
SEXES = ("female", "male")
AGE_GROUPS = {"18 to 29": 0.22, "30 to 44": 0.30, "45 to 59": 0.28, "60 and over": 0.20}
"""Share of the customers in each."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number between 0 and 1 in which the drivers can be seen, but not clearly.

    `loadings`: how character, capacity and stability mix in it; `fidelity`: its correlation with that mix, the rest is
    noise; `shape`: the two parameters of its Beta distribution; `reason`: the sentence a person reads.
    """

    name: str
    loadings: tuple[float, float, float]
    fidelity: float
    shape: tuple[float, float]
    reason: str


TRADITIONAL = (
    Indicator("payment_history", (1, 0, 0), 0.8, (3, 1.5), "Late payments in the credit history"),
    Indicator("credit_utilization", (-0.6, -0.8, 0), 0.75, (1.6, 2), "A high share of the credit limits is in use"),
    Indicator("credit_history_length", (0, 0, 1), 0.6, (2, 2.5), "A short credit history"),
    Indicator("debt_to_income", (0, -1, 0), 0.75, (2, 2.5), "High debt payments compared with income"),
    Indicator("savings_buffer", (0.4, 0.9, 0), 0.65, (1.5, 2), "Low savings compared with monthly expenses"),
)
SOCIAL = (
    Indicator("residential_stability", (0, 0, 1), 0.8, (2, 1.8), "A short time at the present address"),
    Indicator("employment_stability", (0, 0, 1), 0.75, (2, 1.6), "A short time with the present employer"),
    Indicator("household_bills", (1, 0, 0), 0.75, (3, 1.5), "Household bills paid late"),
)
APPLICATION = (
    Indicator("payment_history", (1, 0, 0), 0.75, (3, 1.5), "Late payments in the credit bureau's file"),
    Indicator("credit_utilization", (-0.6, -0.8, 0), 0.65, (1.6, 2), "A high share of all credit limits is in use"),
    Indicator("credit_history_length", (0, 0, 1), 0.6, (2, 2.5), "A short credit history"),
    Indicator("debt_to_income", (0, -1, 0), 0.65, (2, 2.5), "High debt payments compared with income"),
    Indicator("employment_stability", (0, 0, 1), 0.65, (2, 1.6), "A short time with the present employer"),
    Indicator("recent_inquiries", (-0.7, -0.7, 0), 0.5, (1, 4), "Many recent applications for credit"),
)
VIEWS = {"traditional": TRADITIONAL, "social": SOCIAL, "xgboost": APPLICATION}


@dataclass(frozen=True)
class Population:
    """Customers as the three models see them, and the `pd` [N] that each one's default was drawn from."""

    dataset: Dataset
    pd: Floats


def population(customers: int, seed: int) -> Population:
    """Draw customers; the same number and seed give the same ones."""
    generator = np.random.default_rng(seed)
    correlation = np.full((3, 3), DRIVER_CORRELATION) + (1 - DRIVER_CORRELATION) * np.eye(3)
    drivers = generator.multivariate_normal(np.zeros(3), correlation, size=customers)
    shortfall = np.maximum(-drivers, 0.0)
    log_odds = BASE_LOG_ODDS + drivers @ np.array(DRIVER_EFFECTS) + STRAIN_EFFECT * shortfall[:, 1] * shortfall[:, 2]
    pd = expit(log_odds)
    defaulted = (generator.random(customers) < pd).astype(np.float64)

    def seen(indicator: Indicator) -> Floats:
        mix = np.array(indicator.loadings) / np.sqrt(indicator.loadings @ correlation @ indicator.loadings)
        noise = generator.standard_normal(customers) * np.sqrt(1 - indicator.fidelity**2)
        share = norm.cdf(indicator.fidelity * (drivers @ mix) + noise)
        return np.asarray(np.round(beta.ppf(share, *indicator.shape), DECIMALS), dtype=np.float64)

    inputs = {
        model: Inputs(
            tuple(Feature(each.name, minimum=0.0, maximum=1.0, reason=each.reason) for each in indicators),
            np.column_stack([seen(each) for each in indicators]),
        )
        for model, indicators in VIEWS.items()
    }
    return Population(Dataset(inputs, defaulted, _sensitive(drivers, generator)), pd)


def _sensitive(drivers: Floats, generator: np.random.Generator) -> dict[str, Groups]:
    """What no model sees. Drawn last, so that the customers are the same with and without it."""

    def shown(driver: Floats, loading: float) -> Floats:
        noise = generator.standard_normal(len(driver)) * np.sqrt(1 - loading**2)
        return np.asarray(norm.cdf(loading * driver + noise), dtype=np.float64)

    sex = np.array(SEXES)[(shown(drivers[:, 0], SEX_LOADING) < 0.5).astype(int)]
    ends = np.cumsum(list(AGE_GROUPS.values()))[:-1]
    age_group = np.array(list(AGE_GROUPS))[np.searchsorted(ends, shown(drivers[:, 2], AGE_LOADING))]
    return {"sex": sex, "age_group": age_group}
