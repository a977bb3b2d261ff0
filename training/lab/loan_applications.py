"""Synthetic loan applications with a known risk. docs/loan_applications.md gives every formula and says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import beta, norm

from evaluation.arrays import Floats

NAME: Final = "loan_applications"
"""The laboratory's data set of this name."""
TARGET: Final = "default"
ROWS, SEED = 1_000, 20251108
NUMBERS: Final = (
    "age",
    "income",
    "employment_length",
    "credit_score",
    "num_credit_lines",
    "credit_utilization",
    "debt_to_income",
    "total_debt",
    "savings",
    "loan_amount",
    "loan_term",
    "num_late_payments",
    "num_bankruptcies",
    "inquiries_last_6m",
)
CATEGORIES: Final = {
    "employment_status": ("employed", "self_employed", "unemployed", "retired", "student"),
    "home_ownership": ("mortgage", "own", "rent"),
    "loan_purpose": ("debt_consolidation", "home_improvement", "car", "education", "medical", "business", "other"),
}
FIELDS: Final = (*NUMBERS, *CATEGORIES)
TERMS: Final = (12, 24, 36, 48, 60, 72)

INCOME_OF = {"employed": 52_000, "self_employed": 58_000, "unemployed": 17_000, "retired": 30_000, "student": 15_000}
"""Median yearly income at the age of 45."""
AMOUNT_OF = dict(zip(CATEGORIES["loan_purpose"], (0.30, 0.28, 0.33, 0.25, 0.14, 0.40, 0.16), strict=True))
"""Median loan as a share of the yearly income."""
PURPOSES = (0.38, 0.15, 0.14, 0.08, 0.08, 0.07, 0.10)
STATUS_RISK = {"employed": 0.0, "self_employed": 0.25, "unemployed": 1.1, "retired": 0.05, "student": 0.5}
HOME_RISK = {"mortgage": 0.0, "own": -0.2, "rent": 0.3}
PURPOSE_RISK = dict(zip(CATEGORIES["loan_purpose"], (0.1, 0.0, -0.1, 0.0, 0.2, 0.4, 0.1), strict=True))
SHARPNESS = 1.4
"""How far the risks of applicants lie apart: what a unit of the risk index adds to the log-odds of default."""
MIDDLE = 1.42
"""The risk index of an applicant with a PD of one half; with it 30 of a hundred default."""


@dataclass(frozen=True, eq=False)
class LoanApplications:
    """`frame` [N]: the 17 fields and `default` (1 or 0); `pd` [N]: the probability that each default was drawn with."""

    frame: pd.DataFrame
    pd: Floats


def loan_applications(rows: int = ROWS, seed: int = SEED) -> LoanApplications:
    """Draw applications; the same number and seed give the same ones. ValueError below one row."""
    if rows < 1:
        raise ValueError("at least one application can be drawn")
    draw = np.random.default_rng(seed)
    frame = _applicants(rows, draw)
    _credit_file(frame, draw)
    _loan(frame, draw)
    hidden = ["discipline", "means"]
    frame = frame.drop(columns=hidden)[list(FIELDS)]
    risk = probability_of_default(frame)
    frame[TARGET] = (draw.random(rows) < risk).astype(np.int64)
    return LoanApplications(frame, risk)


def probability_of_default(frame: pd.DataFrame) -> Floats:
    """The true PD [N] of applications: what is knowable of them, and nothing that is hidden, decides it."""
    derived = with_derived(frame)
    index = (
        0.9 * (680 - frame["credit_score"]) / 80
        + 0.7 * (frame["credit_utilization"] - 0.4) / 0.25
        + 0.5 * (frame["debt_to_income"] - 0.3) / 0.2
        + 0.5 * (np.log(derived["payment_to_income"].clip(0.005, 2.0)) - np.log(0.1)) / 0.6
        + 0.25 * frame["num_late_payments"].clip(upper=6)
        + 0.5 * frame["num_bankruptcies"]
        + 0.1 * (frame["inquiries_last_6m"].clip(upper=8) - 1)
        - 0.25 * np.log1p(frame["savings"] / 3_000)
        - 0.03 * frame["employment_length"].clip(upper=15)
        + frame["employment_status"].map(STATUS_RISK).astype(float)
        + frame["home_ownership"].map(HOME_RISK).astype(float)
        + frame["loan_purpose"].map(PURPOSE_RISK).astype(float)
        + 0.4 * ((frame["credit_utilization"] > 0.7) & (frame["debt_to_income"] > 0.4))
    )
    return np.asarray(expit(SHARPNESS * (index - MIDDLE)), dtype=np.float64)


def with_derived(frame: pd.DataFrame) -> pd.DataFrame:
    """The applications with `monthly_payment` and `payment_to_income` after their other columns.

    monthly_payment = loan_amount / loan_term: the principal alone, since an application names no rate of interest.
    payment_to_income = 12 monthly_payment / income; missing where there is no income, no term or no loan. Row by row
    the same as applications.loan.derived.
    """
    amount, term, income = (frame[name].where(frame[name] > 0) for name in ("loan_amount", "loan_term", "income"))
    payment = amount / term
    return frame.assign(monthly_payment=payment, payment_to_income=12 * payment / income)


def _applicants(rows: int, draw: np.random.Generator) -> pd.DataFrame:
    """Who applies: age, work, home, income, and the two hidden drivers that tie the credit file together."""
    discipline, means = draw.multivariate_normal([0, 0], [[1, 0.35], [0.35, 1]], size=rows).T
    age = np.clip(np.rint(18 + draw.gamma(3.4, 6.8, rows)), 18, 80)
    out = draw.random(rows)
    status = np.where(age >= 65, np.where(out < 0.8, "retired", "employed"), _working(age, means, out))
    worked = np.clip(age - 20, 0, 40)
    length = np.rint(worked * draw.beta(1.3, 2.2, rows) * np.isin(status, ("employed", "self_employed", "retired")))
    curve = 1 - 0.35 * ((np.clip(age, 18, 65) - 47) / 29) ** 2
    base = pd.Series(status).map(INCOME_OF).to_numpy(dtype=np.float64)
    income = base * curve * np.exp(0.33 * means + 0.25 * draw.standard_normal(rows) + 0.008 * (length - 6))
    settled = 0.045 * (age - 42) + 0.9 * means + draw.logistic(size=rows)
    home = np.select([settled > 1.8, settled > -0.6], ["own", "mortgage"], "rent")
    return pd.DataFrame(
        {
            "discipline": discipline,
            "means": means,
            "age": age.astype(np.int64),
            "employment_status": status,
            "employment_length": length.astype(np.int64),
            "income": np.round(np.clip(income, 6_000, 400_000), -2).astype(np.int64),
            "home_ownership": home,
        }
    )


def _working(age: NDArray[np.float64], means: Floats, out: Floats) -> NDArray[np.str_]:
    """What somebody below 65 does; the less means, the more often without work."""
    student = np.where(age < 26, 0.25, 0.01)
    unemployed = student + 0.12 * np.exp(-0.6 * means) / np.exp(0.18)
    kinds = ["student", "unemployed", "self_employed"]
    return np.select([out < student, out < unemployed, out < unemployed + 0.13], kinds, "employed")


def _credit_file(frame: pd.DataFrame, draw: np.random.Generator) -> None:
    """What the bureau knows: lines, utilisation, late payments, debt, savings, and a score made of most of that."""
    rows, discipline, means = len(frame), frame["discipline"], frame["means"]
    years = frame["age"] - 18
    lines = draw.poisson(1.5 + 4.5 * (1 - np.exp(-years / 15)) * np.exp(0.15 * means))

    def share(mix: pd.Series, fidelity: float, a: float, b: float) -> Floats:
        noise = draw.standard_normal(rows) * np.sqrt(1 - fidelity**2)
        return np.asarray(beta.ppf(norm.cdf(fidelity * mix + noise), a, b), dtype=np.float64)

    strain = -(0.6 * discipline + 0.8 * means) / np.sqrt(0.36 + 0.64 + 2 * 0.48 * 0.35)
    utilization = share(strain, 0.8, 1.5, 2.0)
    debt_share = 1.2 * share(strain, 0.65, 1.7, 4.2)
    late = draw.poisson(np.exp(-0.35 - 0.95 * discipline + 0.8 * (utilization - 0.4)) * np.minimum(years, 10) / 10)
    bankrupt = draw.binomial(2, expit(-4.6 - 1.3 * discipline - 0.4 * means) * np.minimum(years, 8) / 8)
    inquiries = draw.poisson(np.exp(-0.1 + 0.9 * (utilization - 0.4) - 0.2 * discipline))
    score = (
        712 - 18 * np.minimum(late, 8) - 70 * bankrupt - 105 * (utilization - 0.4) - 7 * inquiries
        + 1.0 * np.minimum(years, 40) + 22 * discipline + 18 * draw.standard_normal(rows)
    )  # fmt: skip
    frame["num_credit_lines"] = lines
    frame["credit_utilization"] = np.round(utilization, 2)
    frame["num_late_payments"] = np.minimum(late, 20)
    frame["num_bankruptcies"] = bankrupt
    frame["inquiries_last_6m"] = np.minimum(inquiries, 15)
    frame["credit_score"] = np.clip(np.rint(score), 300, 850).astype(np.int64)
    frame["total_debt"] = np.round(debt_share * frame["income"], -2).astype(np.int64)
    frame["debt_to_income"] = np.round(frame["total_debt"] / frame["income"], 2)
    saved = 0.14 * frame["income"] * np.exp(0.55 * means + 0.4 * discipline + 0.02 * (frame["age"] - 42))
    frame["savings"] = np.round(np.minimum(saved * np.exp(0.6 * draw.standard_normal(rows)), 500_000), -2).astype(
        np.int64
    )


def _loan(frame: pd.DataFrame, draw: np.random.Generator) -> None:
    """What is asked for: larger loans for some purposes, longer terms for larger loans."""
    rows = len(frame)
    purpose = draw.choice(CATEGORIES["loan_purpose"], size=rows, p=PURPOSES)
    part = pd.Series(purpose).map(AMOUNT_OF).to_numpy(dtype=np.float64)
    amount = part * frame["income"] * np.exp(0.45 * draw.standard_normal(rows) - 0.1 * frame["means"])
    frame["loan_purpose"] = purpose
    frame["loan_amount"] = np.round(np.clip(amount, 500, 100_000), -2).astype(np.int64)
    longer = np.log(frame["loan_amount"] / 15_000) + 0.6 * draw.standard_normal(rows)
    step = np.searchsorted([-1.6, -0.8, 0.0, 0.7, 1.5], longer)
    frame["loan_term"] = np.array(TERMS, dtype=np.int64)[step]
