"""A running service, shared by the tests that only ask it things."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_store.folder import FolderArtifacts
from tests.fakes.aws import aws_server
from tests.fakes.postgres import postgres
from tests.fakes.running import Running
from tests.fakes.small_applications import publish_small_applications
from tests.fakes.small_models import publish_small_models

__all__ = ["postgres"]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with published models, for `data_dir` to copy."""
    folder = tmp_path_factory.mktemp("models")
    publish_small_models(FolderArtifacts(folder))
    publish_small_applications(FolderArtifacts(folder))
    return folder


@pytest.fixture
def data_dir(tmp_path: Path, models: Path) -> Path:
    """A DATA_DIR with models and nothing else."""
    shutil.copytree(models, tmp_path / "models")
    return tmp_path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Running]:
    """A service with one worker on the embedded stores."""
    folder = tmp_path_factory.mktemp("data")
    shutil.copytree(models, folder / "models")
    with Running(folder) as running:
        yield running


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """S3 and DynamoDB on loopback."""
    with aws_server() as endpoint:
        yield endpoint
