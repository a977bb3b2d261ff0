"""Drawn Home Credit applications keep within the tolerances that docs/home_credit_data.md gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from applications.home_credit import COLUMNS, ID, NOT_EMPLOYED, TARGET
from evaluation.discrimination import auc
from training.applications.home_credit_data import HomeCredit, home_credit
from training.applications.home_credit_facts import AT, MORE, Number, facts

ROWS = 40_000
SHARE, MISSING, AT_QUANTILE, RATE, RANK = 0.015, 0.01, 0.025, 0.02, 0.03
FACTS = facts()


@pytest.fixture(scope="module")
def drawn() -> HomeCredit:
    return home_credit(ROWS, seed=3)


def test_it_has_the_columns_of_the_real_table_in_their_order(drawn: HomeCredit) -> None:
    assert tuple(drawn.frame.columns) == (ID, TARGET, *COLUMNS)
    assert set(COLUMNS) == {*FACTS.categories, *FACTS.flags, *FACTS.numbers}
    assert drawn.frame[ID].is_unique


def test_eight_of_a_hundred_default_and_the_best_that_can_be_reached_is_believable(drawn: HomeCredit) -> None:
    defaulted = drawn.frame[TARGET].to_numpy(dtype=np.float64)
    assert defaulted.mean() == pytest.approx(FACTS.default_rate, abs=0.006)
    assert drawn.pd.mean() == pytest.approx(FACTS.default_rate, abs=0.003)
    assert 0.73 < auc(defaulted, drawn.pd).value < 0.78


@pytest.mark.parametrize("name", FACTS.categories)
def test_categories_have_their_shares_and_default_rates(drawn: HomeCredit, name: str) -> None:
    column, known = drawn.frame[name], FACTS.categories[name]
    assert column.isna().mean() == pytest.approx(known.missing, abs=MISSING)
    assert set(column.dropna()) <= {*known.shares, *MORE.get(name, ())}
    for text, share in known.shares.items():
        is_it = column == text
        assert is_it.sum() / column.notna().sum() == pytest.approx(share, abs=SHARE)
        if (rate := known.rates[text]) is not None:
            by_chance = 3 * np.sqrt(rate * (1 - rate) / is_it.sum())
            assert drawn.frame[TARGET][is_it].mean() == pytest.approx(rate, abs=max(RATE, by_chance)), text


@pytest.mark.parametrize("name", FACTS.flags)
def test_flags_have_their_share_and_their_correlation_with_default(drawn: HomeCredit, name: str) -> None:
    column, known = drawn.frame[name], FACTS.flags[name]
    assert set(column) <= {0, 1}
    assert column.mean() == pytest.approx(known.share, abs=SHARE)
    if column.nunique() > 1:
        assert column.corr(drawn.frame[TARGET]) == pytest.approx(known.rank, abs=RANK)


@pytest.mark.parametrize("name", FACTS.numbers)
def test_numbers_have_their_quantiles_gaps_and_rank_correlation_with_default(drawn: HomeCredit, name: str) -> None:
    known, there = FACTS.numbers[name], drawn.frame[name].notna()
    column = drawn.frame[name][there]
    assert 1 - there.mean() == pytest.approx(known.missing, abs=MISSING)
    assert off(column, known) <= AT_QUANTILE
    rank = column.rank().corr(drawn.frame[TARGET][there])
    assert rank == pytest.approx(known.rank, abs=RANK)
    if name != "DAYS_EMPLOYED":  # of which the facts have 365,243 rounded
        assert column.min() >= known.quantiles[0] - 0.5
        assert column.max() <= known.quantiles[-1] + 0.5 or name == "CNT_FAM_MEMBERS"


def off(column: pd.Series, known: Number) -> float:
    """By which share of people the column's quantiles lie elsewhere; equal values make a quantile many shares."""
    found = []
    for at, value in zip(AT[1:-1], known.quantiles[1:-1], strict=True):
        width = 1e-3 * abs(value) + (0.5 if known.whole else 0.0)
        low, high = (column < value - width).mean(), (column <= value + width).mean()
        found.append(max(low - at, at - high, 0.0))
    return float(max(found))


def test_what_hangs_together_in_the_real_table_does_here(drawn: HomeCredit) -> None:
    frame = drawn.frame
    pensioner = frame["NAME_INCOME_TYPE"] == "Pensioner"
    assert ((frame["DAYS_EMPLOYED"] == NOT_EMPLOYED) == pensioner).all()
    assert ((frame["ORGANIZATION_TYPE"] == "XNA") == pensioner).all()
    assert frame["OCCUPATION_TYPE"][pensioner].isna().all()
    assert ((frame["FLAG_EMP_PHONE"] == 0) == pensioner).all()
    assert (frame["OWN_CAR_AGE"].notna() == (frame["FLAG_OWN_CAR"] == "Y")).all()
    assert (frame["CNT_FAM_MEMBERS"] >= frame["CNT_CHILDREN"] + 1).all()
    assert (frame["DEF_30_CNT_SOCIAL_CIRCLE"].fillna(0) <= frame["OBS_30_CNT_SOCIAL_CIRCLE"].fillna(0)).all()
    assert (frame["DAYS_EMPLOYED"][~pensioner] > frame["DAYS_BIRTH"][~pensioner]).all()
    assert frame["DAYS_BIRTH"][pensioner].median() < -20_000
    for kind in ("MODE", "MEDI"):
        assert (frame[f"APARTMENTS_{kind}"].isna() == frame["APARTMENTS_AVG"].isna()).all()
        assert frame[f"APARTMENTS_{kind}"].corr(frame["APARTMENTS_AVG"]) > 0.97
    assert frame["AMT_GOODS_PRICE"].corr(frame["AMT_CREDIT"], method="spearman") > 0.95
    assert frame["AMT_ANNUITY"].corr(frame["AMT_CREDIT"], method="spearman") > 0.7


def test_the_same_seed_draws_the_same_applications_and_another_seed_others() -> None:
    pd.testing.assert_frame_equal(home_credit(200, 1).frame, home_credit(200, 1).frame)
    assert not home_credit(200, 1).frame.equals(home_credit(200, 2).frame)
    with pytest.raises(ValueError, match="at least one"):
        home_credit(0)
