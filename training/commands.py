"""`flask --app app models ...`: train and publish models. Frameworks are imported only when something is trained."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import JsonValue

from model_store.artifacts import ArtifactError, ArtifactStore
from model_store.manifest import ManifestError
from model_store.native import NativeRefusedError
from routing.routes import Routes, RoutesError
from training.dataset import Shares, TrainingError
from training.publish import DEMO, is_demo, is_present, publish_all

if TYPE_CHECKING:
    from training.train import Trained


def commands(open_artifacts: Callable[[], ArtifactStore], open_routes: Callable[[], Routes]) -> click.Group:
    """The group `models`; what it needs is opened when a command runs."""

    @click.group("models")
    def models() -> None:
        """Train and publish scoring models."""

    @models.command("train-demo")
    @click.option("--force", is_flag=True, help="Train and publish even where models are present.")
    def train_demo(force: bool) -> None:
        """Train the demo models on the synthetic population, unless there are models already.

        A demo whose publishing was cut short is made anew.
        """
        with _told():
            artifacts, routes = open_artifacts(), open_routes()
            wanted = routes.model_names()
            present = [name for name in wanted if is_present(artifacts, name)]
            is_unfinished = len(present) < len(wanted) and all(is_demo(artifacts, name) for name in present)
            if is_unfinished or force:
                _demo(artifacts, routes)
            else:
                click.echo(f"Models are there already ({', '.join(present)}): nothing to do.")

    @models.command("train")
    @click.argument("table", type=click.Path(path_type=Path))
    @click.option("--spec", required=True, type=click.Path(path_type=Path), help="TOML file: target, groups, features.")
    @click.option("--into", type=click.Path(path_type=Path), help="Keep native files and metrics.json in this folder.")
    def train(table: Path, spec: Path, into: Path | None) -> None:
        """Train the three models on TABLE, a CSV or Parquet file of customers, and publish them."""
        with _told(), _folder(into) as folder:
            _table(table, spec, folder, open_artifacts(), open_routes())

    return models


def _demo(artifacts: ArtifactStore, routes: Routes) -> None:
    from training.demo import SEED, best_auc, demo_population
    from training.train import train

    drawn = demo_population()
    click.echo(f"{len(drawn.pd)} synthetic customers, {drawn.dataset.defaulted.mean():.1%} of them defaulted")
    trained = train(drawn.dataset, routes, seed=SEED, shares=Shares(), say=click.echo)
    best = best_auc(drawn, trained.parts.test)
    with _folder(None) as folder:
        _publish(trained, {**DEMO, "best_reachable_auc": best}, folder, artifacts)
    click.echo(f"The best AUC that anyone could reach on these customers: {best:.4f}")


def _table(path: Path, spec_path: Path, folder: Path, artifacts: ArtifactStore, routes: Routes) -> None:
    from training.spec import load_spec
    from training.table import read_table
    from training.train import train

    spec = load_spec(spec_path)
    dataset = read_table(path, spec)
    click.echo(f"{len(dataset.defaulted)} customers, {dataset.defaulted.mean():.1%} of them defaulted")
    trained = train(dataset, routes, seed=spec.seed, shares=spec.splits, say=click.echo)
    _publish(trained, {"table": path.name, "spec": spec_path.name}, folder, artifacts)


def _publish(trained: Trained, facts: dict[str, JsonValue], folder: Path, artifacts: ArtifactStore) -> None:
    from training.measures import table
    from training.native import write_all

    write_all(trained, folder, facts)
    metrics: dict[str, dict[str, JsonValue]] = {
        name: {**figures, **facts} for name, figures in trained.measured.models.items()
    }
    publish_all(folder, metrics, artifacts, click.echo)
    click.echo(f"\nMeasured on the {len(trained.parts.test)} customers held back for it:")
    for line in table(trained.measured):
        click.echo(line)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """A new or empty folder that is kept, or one that goes away."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="models-") as folder:
            yield Path(folder)
    elif kept.exists() and (not kept.is_dir() or any(kept.iterdir())):
        raise TrainingError(f"{kept} is not an empty folder")
    else:
        yield kept


@contextmanager
def _told() -> Iterator[None]:
    """What an operator can put right is one line and exit status 1; anything else is a defect and keeps its trace."""
    try:
        yield
    except (TrainingError, RoutesError, NativeRefusedError, ManifestError, ArtifactError, OSError) as error:
        raise click.ClickException(str(error)) from error
