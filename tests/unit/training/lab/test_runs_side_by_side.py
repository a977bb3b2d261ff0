"""Jobs that write to one tracking store at once: MLflow looks and then inserts, and one of two would fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from db.files import exclusive
from tests.fakes.manifests import manifest
from tests.fakes.tracked import begun
from tests.fakes.winners import winner
from training.lab.registry import register
from training.lab.run_store import RunStore, TrackingError


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    made = RunStore.at(tmp_path_factory.mktemp("laboratory"))
    made.open()  # before anything of MLflow is imported
    return made


@contextmanager
def refusing(times: int) -> Iterator[None]:
    """Refuse data sets as a store does in which another job has just named the same one."""
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import BAD_REQUEST
    from mlflow.tracking import MlflowClient

    inner, left = MlflowClient.log_inputs, iter(range(times))

    def log_inputs(self: Any, *given: Any) -> None:
        if next(left, None) is not None:
            raise MlflowException("UNIQUE constraint failed: datasets.name", BAD_REQUEST)
        inner(self, *given)

    with patch.object(MlflowClient, "log_inputs", log_inputs):
        yield


def test_a_data_set_that_another_job_names_in_this_moment_is_named(store: RunStore) -> None:
    with refusing(1), begun(store, winner()) as run:
        found: Any = run.client.get_run(run.id)
    given = found.inputs.dataset_inputs
    assert [each.dataset.name for each in given] == ["drawn applicants"]


def test_a_run_that_cannot_be_begun_is_not_left_open(store: RunStore) -> None:
    with pytest.raises(TrackingError, match="could not be begun"), refusing(2), begun(store, winner()):
        pass
    client = store.open()
    last = client.search_runs([store.experiment(client, winner().plan.experiment)], max_results=1)[0]
    assert last.info.status == "FAILED"


@pytest.mark.parametrize("call", ["log_inputs", "create_model_version", "set_terminated"])
def test_of_those_that_write_to_a_store_in_sqlite_one_does_at_a_time(store: RunStore, call: str) -> None:
    from mlflow.tracking import MlflowClient

    lock, others, inner = store.lock, [], getattr(MlflowClient, call)

    def watched(self: Any, *given: Any, **more: Any) -> Any:
        assert lock is not None
        with exclusive(lock, wait=False) as held:
            others.append(held)
        return inner(self, *given, **more)

    with patch.object(MlflowClient, call, watched), begun(store, winner()) as run:
        model = run.client.create_logged_model(run.experiment_id, source_run_id=run.id)
        register(run, model.model_id, winner().plan, manifest("lab_logistic_regression", "v1"))
    assert others == [False]


def test_the_lock_is_for_any_store_in_sqlite_and_for_no_server(tmp_path: Path) -> None:
    assert RunStore.at(tmp_path, f"sqlite:///{tmp_path}/runs.db").lock
    assert RunStore.at(tmp_path, "http://mlflow.bank:5000").lock is None
