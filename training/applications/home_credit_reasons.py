"""What each column of Home Credit's application table is called in a sentence to an applicant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from applications.home_credit import COLUMNS, DERIVED
from training.applications.home_credit_joint import HOME

_HOMES: Final[Mapping[str, str]] = {
    "APARTMENTS": "size of the apartments",
    "BASEMENTAREA": "area of the basement",
    "YEARS_BEGINEXPLUATATION": "years in use",
    "YEARS_BUILD": "age of the building",
    "COMMONAREA": "common area",
    "ELEVATORS": "number of lifts",
    "ENTRANCES": "number of entrances",
    "FLOORSMAX": "highest number of floors",
    "FLOORSMIN": "lowest number of floors",
    "LANDAREA": "area of the land",
    "LIVINGAPARTMENTS": "size of the flats lived in",
    "LIVINGAREA": "living area",
    "NONLIVINGAPARTMENTS": "size of the flats not lived in",
    "NONLIVINGAREA": "area not lived in",
}
_KINDS: Final = {"AVG": "average", "MODE": "most frequent", "MEDI": "median"}
_PERIODS: Final = {"HOUR": "hour", "DAY": "day", "WEEK": "week", "MON": "month", "QRT": "quarter", "YEAR": "year"}
_COLUMNS: Final[Mapping[str, str]] = {
    "NAME_CONTRACT_TYPE": "Kind of loan applied for",
    "FLAG_OWN_CAR": "Ownership of a car",
    "FLAG_OWN_REALTY": "Ownership of a house or flat",
    "CNT_CHILDREN": "Number of children",
    "AMT_INCOME_TOTAL": "Income",
    "AMT_CREDIT": "Amount of the loan applied for",
    "AMT_ANNUITY": "Yearly payment of the loan applied for",
    "AMT_GOODS_PRICE": "Price of the goods that the loan is for",
    "NAME_TYPE_SUITE": "Company at the time of the application",
    "NAME_INCOME_TYPE": "Source of income",
    "NAME_EDUCATION_TYPE": "Level of education",
    "NAME_HOUSING_TYPE": "Kind of housing",
    "REGION_POPULATION_RELATIVE": "Population of the region of residence",
    "DAYS_EMPLOYED": "Length of employment",
    "DAYS_REGISTRATION": "Time since the registration was changed",
    "DAYS_ID_PUBLISH": "Time since the identity document was changed",
    "OWN_CAR_AGE": "Age of the car",
    "FLAG_MOBIL": "Mobile telephone given",
    "FLAG_EMP_PHONE": "Telephone at work given",
    "FLAG_WORK_PHONE": "Telephone at home given",
    "FLAG_CONT_MOBILE": "Mobile telephone that can be reached",
    "FLAG_PHONE": "Home telephone given",
    "FLAG_EMAIL": "E-mail address given",
    "OCCUPATION_TYPE": "Occupation",
    "CNT_FAM_MEMBERS": "Number of family members",
    "REGION_RATING_CLIENT": "Rating of the region of residence",
    "REGION_RATING_CLIENT_W_CITY": "Rating of the region and city of residence",
    "WEEKDAY_APPR_PROCESS_START": "Weekday of the application",
    "HOUR_APPR_PROCESS_START": "Hour of the application",
    "REG_REGION_NOT_LIVE_REGION": "Registered in another region than lived in",
    "REG_REGION_NOT_WORK_REGION": "Registered in another region than worked in",
    "LIVE_REGION_NOT_WORK_REGION": "Living in another region than working",
    "REG_CITY_NOT_LIVE_CITY": "Registered in another city than lived in",
    "REG_CITY_NOT_WORK_CITY": "Registered in another city than worked in",
    "LIVE_CITY_NOT_WORK_CITY": "Living in another city than working",
    "ORGANIZATION_TYPE": "Kind of employer",
    "FONDKAPREMONT_MODE": "Repair fund of the building lived in",
    "HOUSETYPE_MODE": "Kind of the building lived in",
    "TOTALAREA_MODE": "Total area of the building lived in",
    "WALLSMATERIAL_MODE": "Walls of the building lived in",
    "EMERGENCYSTATE_MODE": "State of the building lived in",
    "OBS_30_CNT_SOCIAL_CIRCLE": "Acquaintances with observable payments, 30 days",
    "DEF_30_CNT_SOCIAL_CIRCLE": "Acquaintances in default, 30 days",
    "OBS_60_CNT_SOCIAL_CIRCLE": "Acquaintances with observable payments, 60 days",
    "DEF_60_CNT_SOCIAL_CIRCLE": "Acquaintances in default, 60 days",
    "DAYS_LAST_PHONE_CHANGE": "Time since the telephone was changed",
    "CREDIT_TO_INCOME": "Loan applied for relative to income",
    "ANNUITY_TO_INCOME": "Yearly payment relative to income",
    "ANNUITY_TO_CREDIT": "Yearly payment relative to the loan applied for",
    "GOODS_TO_CREDIT": "Price of the goods relative to the loan applied for",
    "EMPLOYED_TO_AGE": "Length of employment over the years of life",
    "EXT_SOURCE_MEAN": "Mean of the scores reported by other agencies",
}
REASONS: Final[Mapping[str, str]] = {
    **_COLUMNS,
    **{f"EXT_SOURCE_{number}": f"Score reported by agency {number}" for number in (1, 2, 3)},
    **{f"{name}_{kind}": f"Building lived in: {_HOMES[name]} ({_KINDS[kind]})" for name in HOME for kind in _KINDS},
    **{f"FLAG_DOCUMENT_{number}": f"Document {number} handed in" for number in range(2, 22)},
    **{f"AMT_REQ_CREDIT_BUREAU_{key}": f"Enquiries at the bureau in the last {text}" for key, text in _PERIODS.items()},
}
"""Column -> reason. Sex, age and family status have none: they may not be a reason."""
SAID_OF_ALL: Final = (*COLUMNS, *DERIVED)
