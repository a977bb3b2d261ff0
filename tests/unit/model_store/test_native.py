"""Native files go into a confined child; a report and a graph, or a refusal, or scores come out."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from model_store import native
from model_store.native import (
    CompileReport,
    Limits,
    NativeRefusedError,
    NativeScorer,
    NativeUnavailableError,
    compile_native,
)
from model_store.onnx_scorer import OnnxScorer
from tests.fakes import native_files as made
from tests.fakes.native_files import Array, Predict
from tests.unit.model_store.test_sandbox import needs_landlock

UNSEEN = made.applicants(50, seed=99)


def compiled(source: Path) -> tuple[CompileReport, Path]:
    out = source / "out"
    out.mkdir(exist_ok=True)
    return compile_native(source, out), out


# ---------------------------------------------------------------- compiling


def _script(folder: Path) -> Predict:
    scaler = made.feature_scaler(folder)
    predict = made.torchscript(folder)
    return lambda rows: predict(scaler.transform(rows))


def _pickled(folder: Path) -> Predict:
    return made.estimator(folder, saved_by="pickle", rows=made.feature_scaler(folder).transform)


def _stopped(folder: Path) -> Predict:
    return made.booster(folder, early_stopped=True)


@pytest.mark.parametrize("make", [_script, _pickled, _stopped])
def test_the_graph_that_the_child_leaves_gives_the_frameworks_results(
    make: Callable[[Path], Predict], tmp_path: Path
) -> None:
    predict = make(tmp_path)

    report, out = compiled(tmp_path)

    assert (report.converted, report.output) == (True, "probability_of_default")
    assert CompileReport.from_json((out / "report.json").read_bytes()).golden_outputs == report.golden_outputs
    outputs = OnnxScorer((out / "model.onnx").read_bytes(), made.SIZE).outputs(UNSEEN)
    assert outputs == pytest.approx(predict(UNSEEN), abs=1e-6)


def test_a_refusal_reaches_the_operator_as_it_was_said(tmp_path: Path) -> None:
    made.state_dict(tmp_path)

    with pytest.raises(NativeRefusedError, match=r'add "activation" to config\.json'):
        compiled(tmp_path)

    assert list((tmp_path / "out").iterdir()) == []


def test_a_hostile_pickle_does_nothing_and_is_named(tmp_path: Path) -> None:
    class Touches:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, (f"touch {tmp_path / 'canary'}",)

    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Touches()))

    with pytest.raises(NativeRefusedError, match=r"model\.pkl is refused: it names posix\.system"):
        compiled(tmp_path)

    assert not (tmp_path / "canary").exists()


class _Overwrites(torch.nn.Module):
    """A TorchScript program that maps a file of the host and writes into it."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.layer = torch.nn.Linear(made.SIZE, 1)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        torch.from_file(self.path, shared=True, size=4, dtype=torch.uint8).fill_(88)
        return torch.sigmoid(self.layer(rows))


@needs_landlock
def test_a_script_that_writes_into_the_hosts_files_cannot(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("data")
    script = _Overwrites(str(precious))
    made.torchscript(tmp_path, script)
    with contextlib.suppress(Exception):
        compiled(tmp_path)
    assert precious.read_text() == "data"

    script(torch.zeros(1, made.SIZE))  # unconfined, it does
    assert precious.read_text() == "XXXX"


def test_a_file_above_the_limit_is_not_opened(tmp_path: Path) -> None:
    made.booster(tmp_path)

    with pytest.raises(NativeRefusedError, match=r"model\.json has [\d,]+ bytes; at most 1,000 are opened"):
        compile_native(tmp_path, tmp_path, limits=Limits(file_bytes=1000))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(seconds=0.05), "within the time limit"),
        (Limits(memory_bytes=64 << 20), "failed|killed"),
    ],
)
def test_a_child_that_breaks_a_limit_is_a_refusal(
    limits: Limits, message: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made.booster(tmp_path)

    with pytest.raises(NativeRefusedError, match=message):
        compile_native(tmp_path, tmp_path, limits=limits)

    assert [each.message for each in caplog.records] == ["model compiler failed"]


def test_what_a_child_leaves_is_read_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("precious")
    (tmp_path / "report.json").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "model.onnx")
    (tmp_path / "trees.npz").mkdir()
    (tmp_path / "refused.txt").write_text("said")
    (tmp_path / "other").write_text("said")

    assert native._results(tmp_path, Limits()) == {"refused.txt": b"said"}


# ---------------------------------------------------------------- serving


@pytest.fixture(scope="module")
def dart(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompileReport, Predict]:
    """A model that no converter takes."""
    source = tmp_path_factory.mktemp("dart")
    predict = made.booster(source, booster="dart", rate_drop=0.3)
    return source, compiled(source)[0], predict


@pytest.fixture(scope="module")
def scorer(dart: tuple[Path, CompileReport, Predict]) -> Iterator[NativeScorer]:
    made_scorer = NativeScorer(dart[0], dart[1])
    yield made_scorer
    made_scorer.close()


def _kill(scorer: NativeScorer) -> None:
    assert scorer._child is not None
    os.kill(scorer._child.pid, signal.SIGKILL)


def test_it_gives_the_frameworks_results(scorer: NativeScorer, dart: tuple[Path, CompileReport, Predict]) -> None:
    assert not dart[1].converted
    assert scorer.outputs(UNSEEN) == pytest.approx(dart[2](UNSEEN), abs=1e-12)


def test_it_serves_many_threads(scorer: NativeScorer, dart: tuple[Path, CompileReport, Predict]) -> None:
    found: dict[int, Array] = {}
    expected = dart[2](UNSEEN)

    def ask(index: int) -> None:
        found[index] = scorer.outputs(UNSEEN[index : index + 1])

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [found[index][0] for index in range(30)] == pytest.approx(expected[:30].tolist(), abs=1e-12)


def test_a_batch_larger_than_a_pipe_goes_through(
    scorer: NativeScorer, dart: tuple[Path, CompileReport, Predict]
) -> None:
    rows = made.applicants(20_000, seed=7)

    assert scorer.outputs(rows) == pytest.approx(dart[2](rows), abs=1e-12)


def test_rows_of_another_width_are_a_mistake_of_the_caller(scorer: NativeScorer) -> None:
    with pytest.raises(ValueError, match="rows of 5 features, not 3"):
        scorer.outputs(np.zeros((2, 3)))


def test_after_a_crash_one_call_fails_and_the_next_is_served(
    scorer: NativeScorer, dart: tuple[Path, CompileReport, Predict]
) -> None:
    scorer.outputs(UNSEEN)
    _kill(scorer)

    with pytest.raises(NativeUnavailableError, match="ended or did not answer"):
        scorer.outputs(UNSEEN)

    scorer._not_before = 0.0  # the pause is over
    assert scorer.outputs(UNSEEN) == pytest.approx(dart[2](UNSEEN), abs=1e-12)


def test_a_call_that_takes_too_long_ends_the_child(dart: tuple[Path, CompileReport, Predict]) -> None:
    with contextlib.closing(NativeScorer(dart[0], dart[1], limits=Limits(call_seconds=0.05))) as scorer:
        scorer._thread.submit(scorer._start).result()
        assert scorer._child is not None
        os.kill(scorer._child.pid, signal.SIGSTOP)  # it cannot answer, however fast the machine is
        with pytest.raises(NativeUnavailableError, match="did not answer in time"):
            scorer.outputs(UNSEEN)
        assert scorer._child is None


def test_a_child_that_fails_at_its_start_is_not_started_again_at_once(
    dart: tuple[Path, CompileReport, Predict],
) -> None:
    now = 100.0
    limits = Limits(memory_bytes=64 << 20)
    with contextlib.closing(NativeScorer(dart[0], dart[1], limits=limits, clock=lambda: now)) as scorer:
        for pause in (1.0, 2.0):
            with pytest.raises(NativeUnavailableError, match="ended"):
                scorer.outputs(UNSEEN)
            now += 0.9 * pause
            with pytest.raises(NativeUnavailableError, match="will be started again"):
                scorer.outputs(UNSEEN)
            now += 0.2 * pause


def test_closed_it_is_unavailable_and_leaves_nothing(dart: tuple[Path, CompileReport, Predict]) -> None:
    scorer = NativeScorer(dart[0], dart[1])
    place = scorer._place.root

    scorer.close()
    scorer.close()

    with pytest.raises(NativeUnavailableError, match="closed"):
        scorer.outputs(UNSEEN)
    assert not place.exists()
