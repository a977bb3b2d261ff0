"""Drawn Home Credit applications with a known risk. docs/home_credit_data.md: how, and how near to the real table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import ndtr

from applications.home_credit import COLUMNS, ID, NOT_EMPLOYED, TARGET
from evaluation.arrays import Floats
from training.applications.home_credit_draw import Draw
from training.applications.home_credit_facts import facts
from training.applications.home_credit_joint import COUPLES, DOCUMENTS, HOME, OF_HOMES, STEPS, TOGETHER
from training.applications.home_credit_models import (
    EMPLOYED,
    INCOME,
    NO_WORK,
    NOT_SAID,
    OCCUPATION,
    ORGANIZATION,
    models,
)
from training.applications.home_credit_risk import told

ROWS, SEED = 12_000, 20251108
FIRST_ID: Final = 100_002
AT_ONCE: Final = 50_000
"""Rows drawn together: memory grows with the table, and with nothing else."""
YOUNGEST: Final = 16 * 365


@dataclass(frozen=True)
class HomeCredit:
    """`frame`: SK_ID_CURR, TARGET and the table's other 120 columns; `pd` [N]: what each default was drawn with."""

    frame: pd.DataFrame
    pd: Floats


def home_credit(rows: int = ROWS, seed: int = SEED) -> HomeCredit:
    """Draw applications; the same number and seed give the same ones. ValueError below one row."""
    if rows < 1:
        raise ValueError("at least one application can be drawn")
    starts = range(0, rows, AT_ONCE)
    seeds = np.random.SeedSequence(seed).spawn(len(starts))
    parts = [
        _part(min(AT_ONCE, rows - start), np.random.default_rng(each))
        for start, each in zip(starts, seeds, strict=True)
    ]
    frame = pd.concat([frame for frame, _ in parts], ignore_index=True)
    frame.insert(0, ID, np.arange(FIRST_ID, FIRST_ID + rows))
    return HomeCredit(frame, np.concatenate([risk for _, risk in parts]))


def _part(rows: int, generator: np.random.Generator) -> tuple[pd.DataFrame, Floats]:
    draw, found = Draw(rows, generator), models()
    income = draw.chosen(INCOME, found.choices[INCOME])
    works = income != NO_WORK
    draw.columns[INCOME] = income
    for name, choice in found.choices.items():
        if name == INCOME:
            continue
        there = works if name in (ORGANIZATION, OCCUPATION) else draw.there(name) if name in OF_HOMES else None
        draw.columns[name] = draw.chosen(name, choice, there)
    for name, tilt in found.flags.items():
        draw.columns[name] = draw.flag(name, tilt)
    for name, (number, ladder) in found.numbers.items():
        draw.columns[name] = draw.number(name, number, ladder, works if name == EMPLOYED else None)
    _follow(draw, works)
    _gaps(draw, works)
    risk = told(draw.said)
    target = (generator.random(rows) < risk).astype(np.int64)
    return pd.DataFrame({TARGET: target, **{name: draw.columns[name] for name in COLUMNS}}), risk


def _follow(draw: Draw, works: np.ndarray) -> None:
    """Columns that others decide, and those that the facts give one value only."""
    columns = draw.columns
    documents = draw.chosen("documents", None)
    for name in DOCUMENTS:
        columns[name] = (documents == name).astype(np.int64)
    for name, flag in facts().flags.items():
        if flag.share in (0, 1):
            columns[name] = np.full(draw.rows, int(flag.share))
    columns["FLAG_EMP_PHONE"] = works.astype(np.int64)
    columns[ORGANIZATION] = np.where(works, columns[ORGANIZATION], NOT_SAID)
    couple = np.isin(columns["NAME_FAMILY_STATUS"].astype(str), COUPLES)
    columns["CNT_FAM_MEMBERS"] = columns["CNT_CHILDREN"] + 1 + couple
    for days in (30, 60):
        held = np.minimum(columns[f"DEF_{days}_CNT_SOCIAL_CIRCLE"], columns[f"OBS_{days}_CNT_SOCIAL_CIRCLE"])
        columns[f"DEF_{days}_CNT_SOCIAL_CIRCLE"] = held
    born = columns["DAYS_BIRTH"]
    columns[EMPLOYED] = np.where(works, np.maximum(columns[EMPLOYED], born + YOUNGEST), NOT_EMPLOYED)
    for name in ("DAYS_REGISTRATION", "DAYS_ID_PUBLISH"):
        columns[name] = np.maximum(columns[name], born)
    for name in COLUMNS:
        if name in STEPS:
            columns[name] = np.round(np.round(columns[name] / STEPS[name]) * STEPS[name], 6)


def _gaps(draw: Draw, works: np.ndarray) -> None:
    """What nobody gave; then whole numbers without gaps become integers, as in the real table."""
    columns, known = draw.columns, facts()
    for name in [*known.numbers, "NAME_TYPE_SUITE"]:
        share = known.numbers[name].missing if name in known.numbers else known.categories[name].missing
        if name == "OWN_CAR_AGE":
            is_missing = columns["FLAG_OWN_CAR"] == "N"
        elif name == "TOTALAREA_MODE" or TOGETHER.get(name) in HOME:
            is_missing = ~draw.there(TOGETHER.get(name, name))
        elif share:
            is_missing = ndtr(draw.normal(f"gap of {TOGETHER.get(name, name)}")) < share
        else:
            continue
        columns[name][is_missing] = None if name == "NAME_TYPE_SUITE" else np.nan
    _no_occupation(draw, works)
    for name, number in known.numbers.items():
        values = columns[name]
        if (number.whole or name.startswith("DAYS_")) and not np.isnan(values).any():
            columns[name] = values.astype(np.int64)


def _no_occupation(draw: Draw, works: np.ndarray) -> None:
    """Of those who work, as many say no occupation as make the table's share."""
    working = 1 - facts().categories[ORGANIZATION].shares[NOT_SAID]
    said = (1 - facts().categories[OCCUPATION].missing) / working
    silent = ~works | (ndtr(draw.normal("gap of occupation")) >= said)
    draw.columns[OCCUPATION] = np.where(silent, None, draw.columns[OCCUPATION])
