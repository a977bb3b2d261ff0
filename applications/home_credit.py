"""Applications in the columns of Home Credit's application table: any subset of them, as the table ships them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ID, TARGET = "SK_ID_CURR", "TARGET"
COLUMNS: Final = tuple(
    """
    NAME_CONTRACT_TYPE CODE_GENDER FLAG_OWN_CAR FLAG_OWN_REALTY CNT_CHILDREN AMT_INCOME_TOTAL AMT_CREDIT AMT_ANNUITY
    AMT_GOODS_PRICE NAME_TYPE_SUITE NAME_INCOME_TYPE NAME_EDUCATION_TYPE NAME_FAMILY_STATUS NAME_HOUSING_TYPE
    REGION_POPULATION_RELATIVE DAYS_BIRTH DAYS_EMPLOYED DAYS_REGISTRATION DAYS_ID_PUBLISH OWN_CAR_AGE FLAG_MOBIL
    FLAG_EMP_PHONE FLAG_WORK_PHONE FLAG_CONT_MOBILE FLAG_PHONE FLAG_EMAIL OCCUPATION_TYPE CNT_FAM_MEMBERS
    REGION_RATING_CLIENT REGION_RATING_CLIENT_W_CITY WEEKDAY_APPR_PROCESS_START HOUR_APPR_PROCESS_START
    REG_REGION_NOT_LIVE_REGION REG_REGION_NOT_WORK_REGION LIVE_REGION_NOT_WORK_REGION REG_CITY_NOT_LIVE_CITY
    REG_CITY_NOT_WORK_CITY LIVE_CITY_NOT_WORK_CITY ORGANIZATION_TYPE EXT_SOURCE_1 EXT_SOURCE_2 EXT_SOURCE_3
    APARTMENTS_AVG BASEMENTAREA_AVG YEARS_BEGINEXPLUATATION_AVG YEARS_BUILD_AVG COMMONAREA_AVG ELEVATORS_AVG
    ENTRANCES_AVG FLOORSMAX_AVG FLOORSMIN_AVG LANDAREA_AVG LIVINGAPARTMENTS_AVG LIVINGAREA_AVG
    NONLIVINGAPARTMENTS_AVG NONLIVINGAREA_AVG APARTMENTS_MODE BASEMENTAREA_MODE YEARS_BEGINEXPLUATATION_MODE
    YEARS_BUILD_MODE COMMONAREA_MODE ELEVATORS_MODE ENTRANCES_MODE FLOORSMAX_MODE FLOORSMIN_MODE LANDAREA_MODE
    LIVINGAPARTMENTS_MODE LIVINGAREA_MODE NONLIVINGAPARTMENTS_MODE NONLIVINGAREA_MODE APARTMENTS_MEDI
    BASEMENTAREA_MEDI YEARS_BEGINEXPLUATATION_MEDI YEARS_BUILD_MEDI COMMONAREA_MEDI ELEVATORS_MEDI ENTRANCES_MEDI
    FLOORSMAX_MEDI FLOORSMIN_MEDI LANDAREA_MEDI LIVINGAPARTMENTS_MEDI LIVINGAREA_MEDI NONLIVINGAPARTMENTS_MEDI
    NONLIVINGAREA_MEDI FONDKAPREMONT_MODE HOUSETYPE_MODE TOTALAREA_MODE WALLSMATERIAL_MODE EMERGENCYSTATE_MODE
    OBS_30_CNT_SOCIAL_CIRCLE DEF_30_CNT_SOCIAL_CIRCLE OBS_60_CNT_SOCIAL_CIRCLE DEF_60_CNT_SOCIAL_CIRCLE
    DAYS_LAST_PHONE_CHANGE FLAG_DOCUMENT_2 FLAG_DOCUMENT_3 FLAG_DOCUMENT_4 FLAG_DOCUMENT_5 FLAG_DOCUMENT_6
    FLAG_DOCUMENT_7 FLAG_DOCUMENT_8 FLAG_DOCUMENT_9 FLAG_DOCUMENT_10 FLAG_DOCUMENT_11 FLAG_DOCUMENT_12
    FLAG_DOCUMENT_13 FLAG_DOCUMENT_14 FLAG_DOCUMENT_15 FLAG_DOCUMENT_16 FLAG_DOCUMENT_17 FLAG_DOCUMENT_18
    FLAG_DOCUMENT_19 FLAG_DOCUMENT_20 FLAG_DOCUMENT_21 AMT_REQ_CREDIT_BUREAU_HOUR AMT_REQ_CREDIT_BUREAU_DAY
    AMT_REQ_CREDIT_BUREAU_WEEK AMT_REQ_CREDIT_BUREAU_MON AMT_REQ_CREDIT_BUREAU_QRT AMT_REQ_CREDIT_BUREAU_YEAR
    """.split()  # noqa: SIM905  # a list literal would take 120 lines
)
"""Every column of the table but the applicant's number and the target."""
KNOWN: Final = frozenset((ID, TARGET, *COLUMNS))
PROTECTED: Final = frozenset(("CODE_GENDER", "DAYS_BIRTH", "NAME_FAMILY_STATUS"))
"""Sex, age and marital status may not be shown as a reason (12 CFR 1002.6)."""
NOT_EMPLOYED: Final = 365_243
"""What DAYS_EMPLOYED holds of pensioners and of people without work: a thousand years in the future."""
NOT_SAID: Final = frozenset(("XNA", "XAP"))
"""How the table writes a category that nobody gave."""
RATIOS: Final[Mapping[str, tuple[str, str]]] = {
    "CREDIT_TO_INCOME": ("AMT_CREDIT", "AMT_INCOME_TOTAL"),
    "ANNUITY_TO_INCOME": ("AMT_ANNUITY", "AMT_INCOME_TOTAL"),
    "ANNUITY_TO_CREDIT": ("AMT_ANNUITY", "AMT_CREDIT"),
    "GOODS_TO_CREDIT": ("AMT_GOODS_PRICE", "AMT_CREDIT"),
    "EMPLOYED_TO_AGE": ("DAYS_EMPLOYED", "DAYS_BIRTH"),
}
"""Derived feature -> (numerator, denominator); missing where either is, or the denominator is 0."""
SOURCES: Final = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
MEAN_OF_SOURCES: Final = "EXT_SOURCE_MEAN"
"""The mean of those external scores that are there."""
DERIVED: Final = (*RATIOS, MEAN_OF_SOURCES)


def features(application: Mapping[str, object]) -> dict[str, object]:
    """An application as the models' input: known columns, cleaned, and what follows from them. Values are unchecked."""
    known = {name: cleaned(name, application[name]) for name in COLUMNS if name in application}
    numbers = {name: float(value) for name, value in known.items() if _is_number(value)}  # type: ignore[arg-type]
    for name, (over, under) in RATIOS.items():
        if over in numbers and numbers.get(under):
            known[name] = numbers[over] / numbers[under]
    if there := [numbers[name] for name in SOURCES if name in numbers]:
        known[MEAN_OF_SOURCES] = sum(there) / len(there)
    return known


def cleaned(name: str, value: object) -> object:
    """A value of a column, None where the table's code for "not said" stands in for it."""
    if isinstance(value, str):
        return None if value in NOT_SAID else value
    return None if name == "DAYS_EMPLOYED" and value == NOT_EMPLOYED else value


def ignored(application: Mapping[str, object]) -> list[str]:
    """Names in an application that are no columns of the table."""
    return [name for name in application if name not in KNOWN]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
