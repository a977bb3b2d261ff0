"""Where runs are kept: MLflow's tracking store, in the laboratory's own folder or on any server."""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from db.files import exclusive, make_private
from training.dataset import TrainingError

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

URI: Final = "MLFLOW_TRACKING_URI"
FILE: Final = "mlflow.db"
ENVIRONMENT: Final[Mapping[str, str]] = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
    "MLFLOW_CONFIGURE_LOGGING": "false",  # a library that is used by a service leaves the service's log alone
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",  # of seconds; its own bounds let a server that is down hold a job for long
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "GIT_PYTHON_REFRESH": "quiet",
}
"""What MLflow is told, unless the environment says otherwise: to call nobody and to say nothing."""
EXPERIMENT: Final[dict[str, Any]] = {
    "mlflow.experimentKind": "custom_model_development",  # the half of MLflow's pages that shows training
    "mlflow.note.content": (
        "Runs of the model laboratory: figures without a prefix are of the test part, which no model was fitted on; "
        "`interval/` holds the ends of their 95% intervals, `cross_validation/` the folds of the winning setting, "
        "`search/` the mean AUC of every setting that was tried."
    ),
}
NOISE: Final = (
    # SQLAlchemy 2.1 warns of what MLflow's tables use; MLflow pins no version that would not.
    "The ``noload`` loader strategy is deprecated",
    "Operation with range is deprecated",  # pandas 3, of how MLflow looks at a table's column names
    "Any type hint is inferred as AnyType",  # of MLflow's own classes for chat models, when it is imported
)


class TrackingError(TrainingError):
    """MLflow's store is out of reach, full, or refuses. The message shows no path, address or password."""


@dataclass(frozen=True)
class RunStore:
    """A tracking store. `artifacts`: where a new experiment's files go; None: the server decides.

    `lock`: of a store in SQLite, see `alone`. `desk` tells this laboratory's jobs from those of others at a server.
    """

    uri: str
    desk: str
    artifacts: Path | None = None
    lock: Path | None = None

    @classmethod
    def at(cls, folder: Path, uri: str | None = None) -> RunStore:
        """The store at `uri`; without one, SQLite in `folder` (`DATA_DIR/laboratory`)."""
        folder = folder.resolve()
        desk = hashlib.sha256(f"{platform.node()}\0{folder}".encode()).hexdigest()[:12]
        uri = uri or _embedded(folder)
        is_server = uri.startswith(("http://", "https://", "databricks"))
        lock = folder / "mlflow.lock" if uri.startswith("sqlite:") else None
        return cls(uri, desk, None if is_server else folder / "artifacts", lock)

    def alone(self) -> AbstractContextManager[object]:
        """Of all processes that write to a store in SQLite, one is in here; not to be entered twice. OSError.

        MLflow looks and then inserts, and SQLite gives up on a lock after some seconds: too few where the one that
        holds it runs only while a core is idle. Others that made tables, data sets or versions meanwhile would fail.
        """
        return exclusive(self.lock) if self.lock else nullcontext()

    def open(self) -> MlflowClient:
        """A client of the store, whose tables are there. Raises TrackingError."""
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        with reached("opened"), quietly():
            from mlflow.tracking import MlflowClient

            if self.lock and self.uri == _embedded(self.lock.parent):
                make_private(self.lock.with_name(FILE))
            with self.alone():
                client = MlflowClient(self.uri, self.uri)
                client.search_experiments(max_results=1)
        return client

    def experiment(self, client: MlflowClient, name: str) -> str:
        """The id of the experiment of this name, which is made if need be. Raises TrackingError."""
        with reached("opened"), quietly():
            with self.alone():
                found = client.get_experiment_by_name(name)
                if found is None:
                    where = str(self.artifacts) if self.artifacts else None
                    return str(client.create_experiment(name, where, EXPERIMENT))
            if found.lifecycle_stage != "active":
                raise TrackingError("The experiment was deleted in MLflow: restore it there, or name another one.")
            return str(found.experiment_id)


def _embedded(folder: Path) -> str:
    return f"sqlite:///{folder / FILE}"


@contextmanager
def reached(done: str) -> Iterator[None]:
    """What goes wrong at the store is a TrackingError that says what could not be `done`; its cause tells the rest."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except MlflowException as error:
        raise TrackingError(f"MLflow's run could not be {done} ({error.error_code}).") from error
    except SQLAlchemyError as error:
        raise TrackingError(f"MLflow's run could not be {done}: its database fails.") from error
    except OSError as error:
        raise TrackingError(f"MLflow's run could not be {done}: {error.strerror or 'its store fails'}.") from error


@contextmanager
def at(uri: str) -> Iterator[None]:
    """Parts of MLflow know one store for the whole process, and note it in its environment: both are put back."""
    import mlflow

    before = os.environ.get(URI)
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)  # type: ignore[arg-type]  # it takes none, and then asks the environment again
        if before is not None:
            os.environ[URI] = before


@contextmanager
def quietly() -> Iterator[None]:
    """Without the warnings of MLflow's own making, and with its log at what went wrong."""
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        for message in NOISE:
            warnings.filterwarnings("ignore", f".*{message}")
        yield
