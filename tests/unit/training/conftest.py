"""Native files are opened in the tests' own process. The child, whose imports take two seconds, has its own tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.compiling import publishing_here


@pytest.fixture(autouse=True, scope="module")
def _without_a_child() -> Iterator[None]:
    with publishing_here():
        yield
