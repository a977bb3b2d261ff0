"""The console as people use it: Streamlit over a running service, and Chromium over Streamlit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.fakes.running import PATIENCE, ROOT, _free_port, until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MILLISECONDS = 1000 * PATIENCE


@contextmanager
def consoles(folder: Path, *environments: Mapping[str, str]) -> Iterator[list[str]]:
    """A process of the console for each environment, started at once; their addresses. Each has its log in `folder`."""
    ports, processes = [_free_port() for _ in environments], []
    try:
        for port, environment in zip(ports, environments, strict=True):
            command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
            with (folder / f"log-{port}").open("wb") as log:
                inherited = {**os.environ, **environment}
                processes.append(
                    subprocess.Popen(command, cwd=ROOT, env=inherited, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                )
        for port in ports:
            until(partial(_is_healthy, port), (folder / f"log-{port}").read_text)
        yield [f"http://127.0.0.1:{port}" for port in ports]
    finally:
        for process in processes:
            process.terminate()
            process.wait(PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One page of the console in a window of its own."""

    def __init__(self, browser: Browser, address: str, name: str, width: int = 1200) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.page.set_default_timeout(MILLISECONDS)
        self.page.goto(f"{address}/{name}")
        self.page.get_by_role("heading", level=1).wait_for()

    def fill(self, label: str, text: str) -> None:
        """Type into a field, and leave it."""
        field = self.page.get_by_label(label, exact=True)
        field.fill(text)
        field.press("Enter")

    def press(self, label: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=label).click()

    def choose(self, label: str) -> None:
        """Choose a tab, or one of the kinds in a row."""
        self.page.get_by_text(label, exact=True).click()

    def pick(self, label: str, option: str) -> None:
        """Pick from a list. The keyboard opens it: a click is lost where the page still moves."""
        field = self.page.get_by_label(label).filter(visible=True)
        field.focus()
        field.press("ArrowDown")
        self.page.get_by_role("option", name=option).first.click()

    def upload(self, file: Path, nth: int = 0) -> None:
        """Give a file."""
        self.page.locator("input[type=file]").nth(nth).set_input_files(file)

    def sees(self, text: str) -> None:
        """Wait until a text is on the page, in a place that can be seen."""
        expect(self.page.get_by_text(re.compile(text)).filter(visible=True).first).to_be_visible(timeout=MILLISECONDS)

    def sees_a_chart(self) -> None:
        """Wait until a chart is drawn."""
        chart = self.page.locator("[data-testid=stVegaLiteChart] :is(canvas, svg)").filter(visible=True).first
        expect(chart).to_be_visible(timeout=MILLISECONDS)

    def leave(self, photograph: Path) -> None:
        """Photograph the page, and hold that it is whole: no exception, and nothing wider than its window."""
        expect(self.page.locator("[data-testid=stException]")).to_have_count(0)
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(wider) <= 0
        self.page.screenshot(path=photograph)
        assert photograph.stat().st_size > 5_000
        self.page.close()


def _is_healthy(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
