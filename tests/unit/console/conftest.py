"""The console's pages, drawn without a browser over a service that answers what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.fakes.console_service import FakeService, serving

Draw = Callable[[str], AppTest]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeService]:
    """Answers over HTTP; the console is told where."""
    with serving(FakeService()) as running:
        monkeypatch.setenv("API_URL", running.url)
        monkeypatch.delenv("API_KEY", raising=False)
        yield running


@pytest.fixture
def draw() -> Draw:
    """Draw the page of a module; nothing may end in an exception."""

    def drawn(module: str) -> AppTest:
        page = AppTest.from_string(f"from console.pages import {module}\n{module}.page()", default_timeout=20)
        page.run()
        assert not page.exception
        return page

    return drawn
