"""What goes together in the table beside risk: people are one age, homes one size, and some columns follow others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from applications.home_credit import COLUMNS

COPIES: Final = ("MODE", "MEDI")
"""Of a column _AVG: the same home told in other ways."""
HOME: Final[Mapping[str, float]] = {
    "APARTMENTS": 0.85,
    "BASEMENTAREA": 0.55,
    "YEARS_BEGINEXPLUATATION": 0.2,
    "YEARS_BUILD": 0.35,
    "COMMONAREA": 0.5,
    "ELEVATORS": 0.7,
    "ENTRANCES": 0.5,
    "FLOORSMAX": 0.6,
    "FLOORSMIN": 0.55,
    "LANDAREA": 0.4,
    "LIVINGAPARTMENTS": 0.85,
    "LIVINGAREA": 0.9,
    "NONLIVINGAPARTMENTS": 0.2,
    "NONLIVINGAREA": 0.25,
}
"""How much of each column is the size of the building."""
OF_HOMES: Final = ("FONDKAPREMONT_MODE", "HOUSETYPE_MODE", "WALLSMATERIAL_MODE", "EMERGENCYSTATE_MODE")
BLOCK_RATE: Final = 0.070
"""Default rate of those whose home is described at all."""
_OTHER_LOADS: Final[Mapping[str, Mapping[str, float]]] = {
    "DAYS_BIRTH": {"age": 1.0},
    "NAME_INCOME_TYPE": {"age": 0.85},
    "DAYS_EMPLOYED": {"age": 0.3},
    "DAYS_REGISTRATION": {"age": 0.33},
    "DAYS_ID_PUBLISH": {"age": 0.27},
    "CNT_CHILDREN": {"age": 0.4},
    "EXT_SOURCE_1": {"age": -0.55},
    "EXT_SOURCE_2": {"region": 0.2},
    "AMT_CREDIT": {"credit": 1.0},
    "AMT_GOODS_PRICE": {"credit": 0.99},
    "AMT_ANNUITY": {"credit": 0.77, "money": 0.25},
    "AMT_INCOME_TOTAL": {"credit": 0.35, "money": 0.6},
    "NAME_EDUCATION_TYPE": {"money": 0.3},
    "REGION_POPULATION_RELATIVE": {"region": 0.8},
    "REGION_RATING_CLIENT": {"region": -0.75},
    "REGION_RATING_CLIENT_W_CITY": {"region": -0.75},
    "CODE_GENDER": {"male": 1.0},
    "FLAG_OWN_CAR": {"male": 0.5},
    "OCCUPATION_TYPE": {"male": 0.5},
    "REG_REGION_NOT_LIVE_REGION": {"moved": 0.6},
    "REG_REGION_NOT_WORK_REGION": {"moved": 0.9},
    "LIVE_REGION_NOT_WORK_REGION": {"moved": 0.8},
    "REG_CITY_NOT_LIVE_CITY": {"commutes": 0.45},
    "REG_CITY_NOT_WORK_CITY": {"commutes": 0.95},
    "LIVE_CITY_NOT_WORK_CITY": {"commutes": 0.9},
    "OBS_30_CNT_SOCIAL_CIRCLE": {"circle": 1.0},
    "OBS_60_CNT_SOCIAL_CIRCLE": {"circle": 0.9995},
    "DEF_30_CNT_SOCIAL_CIRCLE": {"circle": 0.75, "unpaid": 0.66},
    "DEF_60_CNT_SOCIAL_CIRCLE": {"circle": 0.75, "unpaid": 0.65},
    "documents": {"age": 0.6},
    "home": {"block": 1.0},
}
LOADS: Final[Mapping[str, Mapping[str, float]]] = {
    **_OTHER_LOADS,
    "TOTALAREA_MODE": {"home": 0.9},
    **{f"{name}_AVG": {"home": load, name: (1 - load**2) ** 0.5} for name, load in HOME.items()},
    **{f"{name}_MEDI": {"home": load, name: (0.9995 - load**2) ** 0.5} for name, load in HOME.items()},
    **{f"{name}_MODE": {"home": load, name: (0.98 - load**2) ** 0.5} for name, load in HOME.items()},
    **{f"gap of {name}": {"block": 0.97} for name in (*HOME, *OF_HOMES, "TOTALAREA_MODE")},
}
"""Column -> factor -> its load; what is left of 1 is the column's own. Factors and risk are independent."""
FIRST: Final[Mapping[str, tuple[str, ...]]] = {
    "NAME_INCOME_TYPE": ("Pensioner", "State servant", "Commercial associate", "Working"),
    "OCCUPATION_TYPE": (
        *("Cleaning staff", "Medicine staff", "Accountants", "HR staff", "Secretaries", "Cooking staff"),
        *("Private service staff", "Sales staff", "Waiters/barmen staff", "Realty agents", "Core staff", "Managers"),
        *("High skill tech staff", "IT staff", "Laborers", "Low-skill Laborers", "Security staff", "Drivers"),
    ),
    "NAME_EDUCATION_TYPE": (
        "Lower secondary",
        "Secondary / secondary special",
        "Incomplete higher",
        "Higher education",
    ),
}
"""Categories from the low end of what they go together with to the high end."""
DOCUMENTS: Final = ("FLAG_DOCUMENT_6", "FLAG_DOCUMENT_8", "FLAG_DOCUMENT_3")
"""One of them is what most applicants hand in; older ones more often the first."""
CIRCLE: Final = tuple(name for name in COLUMNS if name.endswith("_SOCIAL_CIRCLE"))
BUREAU: Final = tuple(name for name in COLUMNS if name.startswith("AMT_REQ_CREDIT_BUREAU_"))
TOGETHER: Final[Mapping[str, str]] = {
    **dict.fromkeys(CIRCLE, "circle"),
    **dict.fromkeys(BUREAU, "bureau"),
    **{f"{name}_{kind}": name for name in HOME for kind in ("AVG", *COPIES)},
}
"""Columns that are missing together -> what they are missing for."""
COUPLES: Final = ("Married", "Civil marriage")
WEIGHTS: Final[Mapping[str, float]] = {
    "DAYS_BIRTH": 0.0,
    "NAME_INCOME_TYPE": 0.5,
    "EXT_SOURCE_1": 0.8,
    "DAYS_REGISTRATION": 0.7,
    "DAYS_ID_PUBLISH": 0.8,
    "CNT_CHILDREN": 0.0,
    "documents": 0.5,
    "OBS_30_CNT_SOCIAL_CIRCLE": 0.3,
    "REGION_POPULATION_RELATIVE": 0.4,
    "AMT_GOODS_PRICE": 0.3,
    "REGION_RATING_CLIENT": 0.4,
    "REGION_RATING_CLIENT_W_CITY": 0.5,
    **dict.fromkeys(("AMT_ANNUITY", "FLAG_EMP_PHONE", "CNT_FAM_MEMBERS", "OBS_60_CNT_SOCIAL_CIRCLE"), 0.0),
    **dict.fromkeys(("DEF_60_CNT_SOCIAL_CIRCLE", "TOTALAREA_MODE"), 0.3),
    **{name: 0.5 for name in COLUMNS if "_NOT_" in name},
    **{f"{name}_AVG": 0.1 for name in HOME},
    **{f"{name}_{kind}": 0.0 for name in HOME for kind in COPIES},
}
"""How much a column counts when all are put together, where it partly says what others say. 1 for the rest."""
STEPS: Final[Mapping[str, float]] = {
    "AMT_INCOME_TOTAL": 450.0,
    "AMT_CREDIT": 4.5,
    "AMT_ANNUITY": 4.5,
    "AMT_GOODS_PRICE": 4500.0,
    **{name: 1.0 for name in COLUMNS if name.startswith("DAYS_")},
    **{f"{name}_{kind}": 0.0001 for name in HOME for kind in ("AVG", *COPIES)},
    "TOTALAREA_MODE": 0.0001,
    "REGION_POPULATION_RELATIVE": 1e-6,
}
"""What numbers are whole multiples of."""
