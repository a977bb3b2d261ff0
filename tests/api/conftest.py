"""What all tests of the HTTP interface start from."""

import pytest

from tests.api.desk import Desk


@pytest.fixture
def desk() -> Desk:
    """The application over fakes."""
    return Desk()
