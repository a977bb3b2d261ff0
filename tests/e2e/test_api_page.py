"""The page /docs in a real browser, under its own Content-Security-Policy: opened, read and tried out."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from api.openapi.document import document
from tests.fakes.browsing import CHROMIUM, MILLISECONDS, chromium
from tests.fakes.running import Running

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture
def page(service: Running) -> Iterator[Page]:
    """The page, with every operation on it; it said nothing on the browser's console and asked no other host."""
    said, hosts = [], set()
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1180, "height": 1000})
        page.set_default_timeout(MILLISECONDS)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.goto(f"http://127.0.0.1:{service.port}/docs")
        expect(page.locator(".opblock").first).to_be_visible(timeout=MILLISECONDS)
        yield page
    assert said == []
    assert hosts - {""} == {f"127.0.0.1:{service.port}"}


def test_every_operation_is_on_the_page_and_one_is_tried_out(page: Page) -> None:
    assert page.locator(".opblock").count() == sum(map(len, document()["paths"].values()))
    scoring = page.locator("#operations-Scoring-predict")
    scoring.locator(".opblock-summary-control").click()
    scoring.locator(".try-out__btn").click()
    scoring.locator("button.execute").click()
    answer = scoring.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_have_text("200", timeout=MILLISECONDS)
    expect(answer).to_contain_text("new_customer_xgboost")
