from __future__ import annotations

import pytest

from training.applications.demo import drawn_loan
from training.applications.made import Made


@pytest.fixture(scope="session")
def loan() -> Made:
    """The loan desk's model on the generator's default table, trained once."""
    return drawn_loan(1_000, lambda _share, _stage: None)
