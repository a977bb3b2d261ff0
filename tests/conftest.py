"""What holds for every test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

LEVEL = logging.getLogger().level


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that processes that share the files (`-n 2 --dist loadfile`) end together."""
    items.sort(key=lambda item: "e2e" not in item.path.parts)


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """An application configures the log of its whole process, and importing app.py makes one."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    root.setLevel(LEVEL)
    yield
    root.handlers[:] = handlers
