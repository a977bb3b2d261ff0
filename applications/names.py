"""What the applications' fields are called in a sentence, for explanations of any model that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from applications import loan
from applications.home_credit_words import REASONS

COUNTED_BACK: Final = "days, counted back from the application"
_SAID: Final[Mapping[str, str]] = {
    **{each.name: each.reason for each in loan.FEATURES if each.reason},
    **{name: f"{reason} ({COUNTED_BACK})" if name.startswith("DAYS_") else reason for name, reason in REASONS.items()},
}
NAMES: Final[Mapping[str, str]] = {name: said[:1].lower() + said[1:] for name, said in _SAID.items()}
"""Field -> its name. Sex, age and family status have none: they are not told one by one."""
