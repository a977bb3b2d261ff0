"""GET /openapi.json and /docs: open, kept by who has them, and without anything from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.auth import ApiKey
from api.docs import ASSETS, PAGE, POLICY, START
from tests.fakes.running import ROOT
from tests.fakes.whole import Whole

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
PATHS = ["/openapi.json", "/docs", "/docs/assets/start.js", *(f"/docs/assets/{name}" for name in sorted(ASSETS))]


@pytest.fixture(scope="module")
def client() -> Any:
    """A service that needs keys."""
    return Whole((ApiKey("bank", frozenset(), "0" * 64),)).client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", [BROWSER, "application/json", "text/css", "*/*"])
def test_it_needs_no_key_and_any_accept_will_do(client: Any, path: str, accept: str) -> None:
    with client.get(path, headers={"Accept": accept}) as answer:
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert len(answer.get_data()) > 100


@pytest.mark.parametrize("path", PATHS)
def test_who_has_it_is_not_sent_it_again(client: Any, path: str) -> None:
    with client.get(path) as first:
        assert first.headers["Cache-Control"] == "no-cache"
    with client.get(path, headers={"If-None-Match": first.headers["ETag"]}) as again:
        assert (again.status_code, again.get_data()) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    with client.get(path, headers={"If-None-Match": '"another"'}) as other:
        assert other.status_code == 200


def test_answers_about_customers_are_kept_by_nobody(client: Any) -> None:
    assert client.get("/health").headers["Cache-Control"] == "no-store"


def test_the_page_is_only_made_of_what_is_served_beside_it(client: Any) -> None:
    answer = client.get("/docs")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    named = re.findall(r'(?:src|href)="([^"]+)"', PAGE) + re.findall(r'url: "([^"]+)"', START)
    assert named
    for name in named:
        with client.get(f"/{name}") as found:
            assert found.status_code == 200, name
    assert "//" not in PAGE
    assert "<script>" not in PAGE


@pytest.mark.parametrize("name", ["swagger-ui.js", "index.html", "..%2Fflask_swagger_ui.py", "%2e%2e", "x"])
def test_no_other_file_of_the_package_is_served(client: Any, name: str) -> None:
    answer = client.get(f"/docs/assets/{name}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_the_document_of_a_machine_without_the_laboratory_is_shorter(client: Any) -> None:
    assert "/api/train" in client.get("/openapi.json").json["paths"]
    only_serving = Whole(laboratory=False).client.get("/openapi.json").json
    assert "/api/train" not in only_serving["paths"]
    assert "/api/v1/predict" in only_serving["paths"]


def test_a_worker_imports_the_document_only_when_it_is_asked_for_and_nothing_heavy_then(tmp_path: Path) -> None:
    code = """
import sys
from app import app
client = app.test_client()
assert client.get("/metrics").status_code == 200
before = set(sys.modules)
assert not [name for name in before if name.startswith("api.openapi")]
assert client.get("/openapi.json").status_code == 200
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    environment = {**os.environ, "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= {"api", "laboratory", "evaluation", "explanation", "monitoring"}, done.stdout
