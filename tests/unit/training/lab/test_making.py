"""What becomes of a job when its last steps fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.manifests import manifest
from tests.fakes.winners import winner
from training.lab.making import Into, make
from training.lab.registry import registered_name
from training.lab.run_store import RunStore, TrackingError

AWKWARD = """o'br"ien `\\ %:/. ☃"""


def made(folder: Path, experiment: str) -> dict[str, Any]:
    """The result of a job whose training and publishing are done already."""
    found = replace(winner(), plan=replace(winner().plan, experiment=experiment))
    published = manifest("lab_logistic_regression", "v1")
    with (
        patch("training.lab.fit.train", lambda *_: found),
        patch("training.lab.publish.publish", lambda *_: published),
        patch("training.lab.shap_summary.shap_summary", lambda _: None),
        patch("training.lab.tracking.write_files"),
        patch("training.lab.tracking.log_pipeline", lambda *_: model_of(folder, experiment)),
    ):
        return make(found.plan, lambda: found.table, Into(MemoryArtifacts(), folder), lambda _share, _stage: None)


def model_of(folder: Path, experiment: str) -> str:
    from mlflow.tracking import MlflowClient

    uri = RunStore.at(folder).uri
    client: Any = MlflowClient(uri, uri)
    found = client.get_experiment_by_name(experiment)
    return str(client.create_logged_model(found.experiment_id).model_id)


def test_an_experiment_may_be_named_in_any_way(tmp_path: Path) -> None:
    found = made(tmp_path, AWKWARD)
    name = registered_name(replace(winner().plan, experiment=AWKWARD))
    assert not any("registered" in each for each in found["warnings"])
    assert found["registered_model"] == {"name": name, "version": "1"}


@pytest.mark.parametrize(
    ("error", "why"), [(TrackingError("It is full."), "It is full."), (ValueError("of a row"), "fails (ValueError)")]
)
def test_a_published_model_is_told_of_whatever_becomes_of_its_registration(
    tmp_path: Path, error: Exception, why: str
) -> None:
    with patch("training.lab.registry.register", side_effect=error):
        found = made(tmp_path, "one")
    assert found["registered_model"] is None
    warning = found["warnings"][-1]
    assert why in warning
    assert "of a row" not in warning
