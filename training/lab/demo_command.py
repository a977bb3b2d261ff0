"""`lab demo`: a model of every type on the synthetic loan applications, so that the laboratory can answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import click

from laboratory.datasets import LOAN_APPLICATIONS
from laboratory.plan import MODEL_TYPES, ModelType, Plan, bundle_name
from model_store.artifacts import ArtifactStore
from model_store.versions import is_retired, version_names
from training.lab.making import make
from training.lab.tools import LabTools, said

AT_ONCE = 2
EXPERIMENT = "demo"
SLOWEST: tuple[ModelType, ...] = ("dnn", "random_forest", "xgboost", "lightgbm", "logistic_regression")


def add_to(lab: click.Group, tools: LabTools) -> None:
    """Add the command to the group `lab`."""

    @lab.command("demo")
    @click.option("--force", is_flag=True, help="Train even the types of which there is a model.")
    def _demo(force: bool) -> None:
        """Train a model of every type on the synthetic loan applications, unless the laboratory has one of it."""
        with said():
            artifacts = tools.open_artifacts()
            missing = [each for each in MODEL_TYPES if force or not is_there(artifacts, each)]
            if not missing:
                click.echo("The laboratory has models of all types already: nothing to do.")
                return
            for line in train_all(missing, tools):
                click.echo(line)


def is_there(artifacts: ArtifactStore, model_type: ModelType) -> bool:
    """Whether a model of the type is published, and not retired. Raises ArtifactsUnreachable."""
    name = bundle_name(model_type)
    return any(not is_retired(artifacts, name, version) for version in version_names(artifacts, name))


def train_all(model_types: Sequence[ModelType], tools: LabTools) -> Iterator[str]:
    """Train them, two side by side, each in a process of its own; a line for each that is published.

    Raises what `making.make` raises, once the others that were begun have ended.
    """
    slowest_first = sorted(model_types, key=SLOWEST.index)
    with ProcessPoolExecutor(min(AT_ONCE, len(model_types)), get_context("spawn")) as pool:
        begun = [pool.submit(train_one, each, tools) for each in slowest_first]
        for each in as_completed(begun):
            yield each.result()


def train_one(model_type: ModelType, tools: LabTools) -> str:
    """Train and publish the demo model of a type; what came of it. Raises what `making.make` raises.

    Stores and keys are opened here, in the process that uses them.
    """
    from training.lab.datasets import from_name

    plan = Plan("default", model_type, experiment=EXPERIMENT, sensitive=("age",))
    made = make(
        plan, lambda: from_name(LOAN_APPLICATIONS, tools.datasets, plan), tools.into(None), lambda _share, _stage: None
    )
    return f"{made['model_name']}@{made['model_version']}: AUC {made['metrics']['auc_roc']:.4f}"
