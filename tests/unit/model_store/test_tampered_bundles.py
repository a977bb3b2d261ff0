"""Tampered, truncated, swapped, unsigned and hostile bundles: none is loaded, none is executed, the old one serves."""

from __future__ import annotations

import io
import logging
import pickle
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from model_store.native import NativeScorer, compile_native
from model_store.signing import ANYBODY, SigningKey, Trust
from model_store.store import LoadedModels
from scoring.scale import ScoreScale
from tests.fakes.bundles import model_json
from tests.fakes.machine import NAME, ROW, Machine
from tests.fakes.tampered import LIGHTGBM_TEXT, SIGNED, TAMPERED
from tests.fakes.tampering import Case

EVENTS = ("promotion_refused", "model_not_loaded")


@pytest.fixture
def case(machine: Machine, tmp_path: Path) -> Case:
    trusted, stranger = (SigningKey.generate(tmp_path / f"{name}.pem") for name in ("trusted", "stranger"))
    machine.keep(model_json(0.5, -0.25, 0.125), "1", "traditional", key=trusted)
    machine.keep(model_json(0.5, -0.25), "1", key=trusted)
    machine.promote(social="1", traditional="1")
    machine.keep(model_json(9.0, 9.0, intercept=3.0), "2", key=trusted)
    return Case(machine.artifacts, trusted, stranger, tmp_path / "canary")


@pytest.fixture
def trust(case: Case, tmp_path: Path) -> Trust:
    (tmp_path / "trusted.pub").write_text(case.trusted.public_pem())
    return Trust.load(tmp_path / "trusted.pub", required=True)


@contextmanager
def process(case: Case, disk: Path, trust: Trust) -> Iterator[LoadedModels]:
    """A process with the real compiler and native scorer, on a machine with this disk."""
    made = LoadedModels(
        case.artifacts,
        [NAME],
        disk,
        compile_native=compile_native,
        native_scorer=NativeScorer,
        scale=ScoreScale(),
        trust=trust,
    )
    with closing(made):
        yield made


def check(case: Case, trust: Trust, tampered: str, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with process(case, tmp_path / "cache", trust) as running:
        assert running.refresh()
        good = running.get(NAME)
        Machine(tmp_path, case.artifacts).promote(social="2")
        {**TAMPERED, **SIGNED}[tampered](case)
        with caplog.at_level(logging.WARNING):
            assert not running.refresh()
            assert not running.refresh()
        assert running.get(NAME) is good
        assert good.score([ROW]) == pytest.approx([-1.0])
        status = running.status()[0]
        assert (status.version, status.digest) == ("1", good.digest)
        assert status.problem
        assert status.problem.endswith("; the last good version serves")
    events = [record.__dict__ for record in caplog.records if record.__dict__.get("event") in EVENTS]
    assert len(events) == 1
    assert events[0]["reason"].startswith("was refused: ")
    assert len(events[0]["digest"]) == 64

    for disk in ("cache", "another machine's cache"):
        with process(case, tmp_path / disk, trust) as started:
            started.refresh()
            assert started.status()[0].version in ("1", None)
    assert not case.canary.exists()


@pytest.mark.parametrize("tampered", TAMPERED)
def test_a_tampered_bundle_is_neither_loaded_nor_executed(
    case: Case, trust: Trust, tampered: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    check(case, trust, tampered, caplog, tmp_path)


@pytest.mark.parametrize("tampered", SIGNED)
def test_a_signature_does_not_help_a_bundle_that_is_bad(
    case: Case, trust: Trust, tampered: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    check(case, trust, tampered, caplog, tmp_path)


def test_there_are_enough_of_them() -> None:
    assert len(TAMPERED) + len(SIGNED) >= 20


def test_without_the_tampering_the_same_bundle_serves(case: Case, trust: Trust, tmp_path: Path) -> None:
    Machine(tmp_path, case.artifacts).promote(social="2")
    with process(case, tmp_path / "cache", trust) as models:
        assert models.refresh()
        assert models.get(NAME).version == "2"


@pytest.mark.parametrize(
    "tampered",
    [
        "with a hostile pickle to be served natively",
        "replaced by a hostile pickle lying flat",
        "replaced by flat files with a hostile preparation",
        "replaced by a text that leads in circles",
    ],
)
def test_where_nobody_has_to_sign_a_hostile_pickle_still_does_nothing(
    case: Case, tampered: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    check(case, ANYBODY, tampered, caplog, tmp_path)


def test_the_text_that_is_spoiled_in_these_cases_is_a_good_one(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "source" / "model.txt").write_bytes(LIGHTGBM_TEXT)
    assert compile_native(tmp_path / "source", tmp_path / "out").converted


def test_the_canary_sings(case: Case) -> None:
    for data in (case.hostile_pickle(), None):
        case.canary.unlink(missing_ok=True)
        if data:
            pickle.loads(data)  # noqa: S301 # to see that it would
        else:
            np.load(io.BytesIO(case.hostile_arrays("a")), allow_pickle=True)["a"]
        assert case.canary.exists()
