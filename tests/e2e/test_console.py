"""Every page of the console, opened and used in a real browser over a real service; wide, and as narrow as a phone."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from model_store.folder import FolderArtifacts
from tests.fakes.browsing import CHROMIUM, Visit, chromium, consoles
from tests.fakes.compiling import publishing_here
from tests.fakes.running import Running
from tests.fakes.small_models import FEATURES
from tests.fakes.winners import winner
from training.lab.figures import figures
from training.lab.publish import publish

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

KEY = "a key of the console's tests"
NAMES = sorted({name for names in FEATURES.values() for name in names})
CUSTOMER, NOWHERE = "CUS000001", "http://127.0.0.1:9"
WIDTHS = pytest.mark.parametrize("width", [1200, 390])
Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Running]:
    """A service that needs a key, with models, a laboratory, and a customer who was scored 23 times."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(models, folder / "models")
    with publishing_here():
        publish(winner(1.0), figures(winner(1.0)), None, FolderArtifacts(folder / "models"))
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    settings = {"API_KEY_HASHES": f"people:score+read+record+lab:{digest}", "TEST_JOB": "tests.fakes.job"}
    running = Running(folder, settings)
    running._command[-1] = "tests.fakes.lab_wsgi:app"
    with running as service:
        for i in range(23):
            inputs = {model: [(7 * i + j) % 10 / 10 for j, _ in enumerate(names)] for model, names in FEATURES.items()}
            service.predict(CUSTOMER, inputs, X_API_Key=KEY)
        yield service


@pytest.fixture(scope="module")
def open_page(tmp_path_factory: pytest.TempPathFactory, desk: Running) -> Iterator[Open]:
    """Open a page of the console, which has a key, or none, or a service that is away."""
    folder = tmp_path_factory.mktemp("console")
    where = {"API_URL": f"http://127.0.0.1:{desk.port}"}
    with (
        consoles(folder, {**where, "API_KEY": KEY}, where, {"API_URL": NOWHERE}) as (with_key, without, away),
        chromium() as browser,
    ):
        yield lambda name, width=1200, at="key": Visit(
            browser, {"": without, "key": with_key, "away": away}[at], name, width
        )
        assert not [log for log in folder.iterdir() if KEY in log.read_text() or "Traceback" in log.read_text()]


@WIDTHS
def test_a_customer_is_scored_and_the_record_opened(open_page: Open, tmp_path: Path, width: int) -> None:
    visit = open_page("", width)
    visit.fill("Customer id", f"NEW-{width}")
    visit.sees("New customer\\.")
    visit.press("Score this customer")
    visit.sees("the model for new customers answered")
    visit.sees("Probability of default")
    visit.sees_a_chart()
    visit.press("Open the record")
    visit.sees("Prediction of ")
    visit.choose("Record")
    visit.sees("Inputs as they were scored")
    visit.leave(tmp_path / "picture.png")


def test_the_key_is_asked_for_and_entered(open_page: Open, tmp_path: Path) -> None:
    visit = open_page("", at="")
    visit.sees("An API key is needed\\.")
    visit.fill("API key", KEY)
    visit.sees("Existing customer|New customer")
    visit.leave(tmp_path / "picture.png")


def test_a_history_is_turned_and_an_outcome_noted(open_page: Open, tmp_path: Path) -> None:
    visit = open_page("customer", 390)
    visit.fill("Customer id", CUSTOMER)
    visit.sees("Predictions 1 to 20")
    visit.sees_a_chart()
    visit.press("Older")
    visit.sees("Predictions 21 to ")
    visit.pick("Look at one prediction", "points")
    visit.sees("What would have changed the decision")
    visit.choose("What became of it")
    visit.press("Note the outcome")
    visit.sees("Noted\\.|It was noted before\\.")
    visit.leave(tmp_path / "picture.png")


def test_a_file_is_scored_with_every_rows_problem(open_page: Open, tmp_path: Path) -> None:
    rows = [
        {"customer_id": f"B{i}", **{name: (i * 37 + j) % 100 / 100 for j, name in enumerate(NAMES)}} for i in range(300)
    ]
    rows[7]["customer_id"] = ""
    pd.DataFrame(rows).to_parquet(tmp_path / "customers.parquet")
    visit = open_page("batch")
    visit.upload(tmp_path / "customers.parquet")
    visit.press("Score 300 rows")
    visit.sees("^299$")
    with visit.page.expect_download() as download:
        visit.press("Download CSV")
    found = pd.read_csv(download.value.path())
    assert len(found) == 300
    assert list(found["row"][found["problem"].notna()]) == [8]
    visit.leave(tmp_path / "picture.png")


def test_models_are_described_and_compared(open_page: Open, tmp_path: Path) -> None:
    visit = open_page("models", 390)
    visit.sees("What matters to it")
    visit.sees_a_chart()
    visit.choose("Challenger")
    visit.press("Compare")
    visit.sees("No challenger answered in this period")
    visit.leave(tmp_path / "picture.png")


def test_fairness_of_decisions_in_a_file(open_page: Open, tmp_path: Path) -> None:
    decisions = pd.DataFrame({"predicted": [int(i % 5 < 2 - i % 2) for i in range(400)], "sex": ["F", "M"] * 200})
    decisions.to_csv(tmp_path / "decisions.csv", index=False)
    visit = open_page("fairness", 390)
    visit.choose("My file")
    visit.upload(tmp_path / "decisions.csv")
    visit.pick("Attributes of people", "sex")
    visit.page.keyboard.press("Escape")
    visit.press("Analyse")
    visit.sees("Four-fifths test")
    visit.sees_a_chart()
    visit.leave(tmp_path / "picture.png")


def test_drift_between_two_files(open_page: Open, tmp_path: Path) -> None:
    for name, shift in (("before", 0), ("now", 30)):
        frame = pd.DataFrame(
            {"income": [i % 100 + shift for i in range(400)], "age": [20 + i % 50 for i in range(400)]}
        )
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    visit = open_page("drift", 390)
    visit.choose("Two files")
    visit.upload(tmp_path / "before.csv")
    visit.sees("400 rows, 2 columns")
    visit.upload(tmp_path / "now.csv", 1)
    visit.press("Check")
    visit.sees("Drift of income")
    visit.sees_a_chart()
    visit.leave(tmp_path / "picture.png")


def test_a_training_is_followed_and_cancelled_and_a_model_explained(open_page: Open, tmp_path: Path) -> None:
    visit = open_page("training")
    visit.fill("Experiment", "wait")
    visit.press("Start the training")
    visit.sees("Started as job_")
    visit.choose("Follow")
    visit.sees("at work")
    visit.press("Cancel")
    visit.sees("in wait: cancelled")
    visit.choose("Explain")
    visit.pick("Model type", "Logistic regression")
    visit.press("What matters to it")
    visit.sees_a_chart()
    visit.leave(tmp_path / "picture.png")


@pytest.mark.parametrize("name", ["", "models"])
def test_words_in_place_of_a_page_when_the_service_is_away(open_page: Open, tmp_path: Path, name: str) -> None:
    visit = open_page(name, 390, at="away")
    visit.sees(f"The service cannot be reached\\. Nothing answers at {NOWHERE}\\.")
    visit.press("Try again")
    visit.leave(tmp_path / "picture.png")
