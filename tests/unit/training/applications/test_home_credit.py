"""The app's and the credit desk's models: what they learn from, which threshold they have, what their bundles say."""

from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd
import pytest

from applications import home_credit as of_clients
from applications.home_credit import COLUMNS, DERIVED, PROTECTED, TARGET
from laboratory.plan import CostWeights
from training.applications.home_credit import (
    OF_THE_DESK,
    app_plan,
    desk_plan,
    train_credit_desk,
    train_home_credit,
)
from training.applications.home_credit_data import HomeCredit, home_credit
from training.applications.home_credit_table import cleaned, home_credit_table, with_derived
from training.applications.made import Made
from training.dataset import TrainingError
from training.lab.bundle import validation_set
from training.lab.calibrated import threshold


def silent(_share: float, _stage: str) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def drawn() -> HomeCredit:
    return home_credit(2_500, seed=1)


@pytest.fixture(scope="module")
def raw(drawn: HomeCredit) -> pd.DataFrame:
    """As a file of it is read."""
    text = drawn.frame.to_csv(index=False)
    return pd.read_csv(io.StringIO(text), low_memory=False)


@pytest.fixture(scope="module")
def app(raw: pd.DataFrame, drawn: HomeCredit) -> Made:
    return train_home_credit(raw, "drawn", silent, known_pd=drawn.pd)


@pytest.fixture(scope="module")
def desk(raw: pd.DataFrame) -> Made:
    return train_credit_desk(raw.head(1_200), "drawn", silent)


def test_the_table_s_features_are_those_of_each_application_by_itself(raw: pd.DataFrame) -> None:
    frame = with_derived(cleaned(raw[list(COLUMNS)].head(300)))
    for at, row in enumerate(raw.head(300).to_dict("records")):
        given: dict[str, object] = {
            str(name): None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()
        }
        alone = of_clients.features(given)
        for name in (*COLUMNS, *DERIVED):
            found, wanted = frame[name].iloc[at], alone.get(name)
            assert found == wanted or (wanted is None and pd.isna(found)), name


def test_codes_of_what_was_not_said_are_gaps(raw: pd.DataFrame) -> None:
    table, features = home_credit_table(raw, app_plan(), "drawn")
    pensioner = (raw["NAME_INCOME_TYPE"] == "Pensioner").to_numpy()
    assert (table.frame["DAYS_EMPLOYED"].isna().to_numpy() == pensioner).all()
    assert (table.frame["ORGANIZATION_TYPE"].isna().to_numpy() == pensioner).all()
    known = {each.name: each for each in features}
    assert "XNA" not in (known["ORGANIZATION_TYPE"].categories or ())
    assert len(known["ORGANIZATION_TYPE"].categories or ()) == 57


def test_any_category_that_a_real_table_has_is_learnt(raw: pd.DataFrame) -> None:
    more = raw.head(400).copy()
    more.loc[:1, "NAME_TYPE_SUITE"] = "Group of people"
    _, features = home_credit_table(more, app_plan(), "drawn")
    known = {each.name: each.categories for each in features}
    assert "Group of people" in (known["NAME_TYPE_SUITE"] or ())


def test_a_table_without_its_target_or_its_columns_is_refused(raw: pd.DataFrame) -> None:
    with pytest.raises(TrainingError, match="no column TARGET"):
        home_credit_table(raw.drop(columns=TARGET), app_plan(), "drawn")
    with pytest.raises(TrainingError, match="none of Home Credit's columns"):
        home_credit_table(pd.DataFrame({TARGET: [0, 1] * 50, "x": range(100)}), app_plan(), "drawn")


def test_the_app_s_model_is_lightgbm_on_the_raw_codes_and_every_field_may_be_absent(app: Made) -> None:
    assert app.winner.plan.model_type == "lightgbm"
    assert "prepare" not in app.winner.pipeline.named_steps
    assert not any(each.required for each in app.winner.features)
    assert {each.name for each in app.winner.features if each.protected} >= PROTECTED
    assert all(each.reason for each in app.winner.features if not each.protected)
    best = app.beside["best_reachable_auc"]
    assert isinstance(best, float)
    assert 0.55 < app.figures.metrics["auc_roc"] < best + 0.05


def test_the_desk_s_model_is_xgboost_after_smote_with_its_preparation_apart(desk: Made) -> None:
    plan = desk.winner.plan
    assert (plan.model_type, plan.balance, plan.prepared) == ("xgboost", "smote", True)
    assert list(desk.winner.pipeline.named_steps) == ["columns", "prepare", "model"]
    assert {each.name for each in desk.winner.features} <= set(OF_THE_DESK)
    assert len(desk.winner.features) > 50


def test_the_desk_s_threshold_has_the_least_cost_on_validation_data(desk: Made) -> None:
    winner = desk.winner
    outcomes = winner.table.defaulted[winner.split.validation]
    assert winner.threshold == threshold(outcomes, winner.pd_validation, CostWeights(10, 1))
    assert desk_plan(cost=CostWeights(3, 2)).cost == CostWeights(3, 2)


def test_fairness_can_be_measured_by_sex_family_status_and_age(app: Made) -> None:
    held = validation_set(app.winner)
    assert set(held.sensitive) == {"CODE_GENDER", "NAME_FAMILY_STATUS", "AGE_BAND"}
    assert set(np.unique(held.sensitive["CODE_GENDER"])) == {"F", "M"}
    bands = {"below 30", "30 to below 40", "40 to below 50", "50 to below 60", "60 and above"}
    assert set(np.unique(held.sensitive["AGE_BAND"])) == bands
