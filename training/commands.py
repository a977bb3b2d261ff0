"""`flask --app app models ...`: train and publish models. Frameworks are imported only when something is trained."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import JsonValue

from model_store.artifacts import ArtifactStore
from model_store.signing import ANYBODY, SigningKey, Trust
from routing.routes import Routes
from training import model_commands, model_views
from training.dataset import Shares, TrainingError
from training.model_tools import Tools
from training.publish import DEMO, is_demo, is_present, publish_all
from training.told import operator, told

if TYPE_CHECKING:
    from training.evidence import Evidence
    from training.train import Trained


@dataclass(frozen=True)
class Into:
    """Where models go: the store, the routes that will use them, whose signatures count, and the key to sign with."""

    artifacts: ArtifactStore
    routes: Routes
    trust: Trust
    key: SigningKey | None = None
    override: str | None = None


def commands(
    open_artifacts: Callable[[], ArtifactStore],
    open_routes: Callable[[], Routes],
    open_trust: Callable[[], Trust] = lambda: ANYBODY,
    signing_key: Path | None = None,
) -> click.Group:
    """The group `models`; what it needs is opened when a command runs. `signing_key`: used where none is named."""
    tools = Tools(open_artifacts, open_routes, open_trust, signing_key)

    def opened(sign: Path | None, override: str | None = None) -> Into:
        return Into(open_artifacts(), open_routes(), open_trust(), tools.key(sign), override)

    @click.group("models")
    def models() -> None:
        """Train, publish and promote scoring models."""

    signed = click.option("--sign", type=click.Path(path_type=Path), help="Sign the bundles with this private key.")

    @models.command("train-demo")
    @click.option("--force", is_flag=True, help="Train and promote even where models are present.")
    @signed
    def train_demo(force: bool, sign: Path | None) -> None:
        """Train the demo models on the synthetic population, unless there are models already.

        A demo whose publishing was cut short is made anew.
        """
        with told():
            into = opened(sign)
            wanted = into.routes.champions()
            present = [name for name in wanted if is_present(into.artifacts, name)]
            is_unfinished = len(present) < len(wanted) and all(is_demo(into.artifacts, name) for name in present)
            if is_unfinished or force:
                _demo(into)
            else:
                click.echo(f"Models are there already ({', '.join(present)}): nothing to do.")

    @models.command("train")
    @click.argument("table", type=click.Path(path_type=Path))
    @click.option("--spec", required=True, type=click.Path(path_type=Path), help="TOML file: target, groups, features.")
    @click.option("--into", type=click.Path(path_type=Path), help="Keep native files and metrics.json in this folder.")
    @click.option("--replaces-schema", is_flag=True, help="The models take other features than those that serve now.")
    @click.option("--override", metavar="REASON", help="Promote although gates refuse; the reason is recorded.")
    @signed
    def train(
        table: Path, spec: Path, into: Path | None, replaces_schema: bool, override: str | None, sign: Path | None
    ) -> None:
        """Train the three models on TABLE, a CSV or Parquet file of customers, and promote them through the gates."""
        with told(), _folder(into) as folder:
            _table(table, spec, folder, opened(sign, override), replaces_schema)

    model_commands.add_to(models, tools)
    model_views.add_to(models, tools)
    return models


def _demo(into: Into) -> None:
    from training.demo import SEED, SOURCE, WORDS, best_auc, demo_population
    from training.evidence import evidence
    from training.train import train

    drawn = demo_population()
    click.echo(f"{len(drawn.pd)} synthetic customers, {drawn.dataset.defaulted.mean():.1%} of them defaulted")
    trained = train(drawn.dataset, into.routes, seed=SEED, shares=Shares(), say=click.echo)
    best = best_auc(drawn, trained.parts.test)
    shown = evidence(trained, drawn.dataset, into.routes, WORDS, SOURCE, SEED)
    with _folder(None) as folder:
        _publish(trained, shown, {**DEMO, "best_reachable_auc": best}, folder, into)
    click.echo(f"The best AUC that anyone could reach on these customers: {best:.4f}")


def _table(path: Path, spec_path: Path, folder: Path, into: Into, replaces_schema: bool) -> None:
    from training.evidence import evidence
    from training.gated import champion_schemas
    from training.spec import load_spec
    from training.table import read_table
    from training.train import train

    spec = load_spec(spec_path)
    replaces = champion_schemas(into.artifacts, into.routes) if replaces_schema else {}
    dataset = read_table(path, spec)
    click.echo(f"{len(dataset.defaulted)} customers, {dataset.defaulted.mean():.1%} of them defaulted")
    trained = train(dataset, into.routes, seed=spec.seed, shares=spec.splits, say=click.echo)
    shown = evidence(trained, dataset, into.routes, spec.card, path.name, spec.seed)
    _publish(trained, shown, {"table": path.name, "spec": spec_path.name}, folder, into, replaces)


def _publish(
    trained: Trained,
    shown: Evidence,
    facts: dict[str, JsonValue],
    folder: Path,
    into: Into,
    replaces: Mapping[str, str] | None = None,
) -> None:
    from training.measures import table
    from training.native import write_all

    write_all(trained, folder, facts, replaces)
    shown.write(folder)
    metrics: dict[str, dict[str, JsonValue]] = {
        name: {**figures, **facts} for name, figures in trained.measured.models.items()
    }
    versions = publish_all(folder, metrics, into.artifacts, click.echo, into.key)
    click.echo(f"\nMeasured on the {len(trained.parts.test)} customers held back for it:")
    for line in table(trained.measured):
        click.echo(line)
    _promote(versions, into)


def _promote(versions: Mapping[str, str], into: Into) -> None:
    from training.gated import promote_through_gates
    from training.gates import GatesRefused

    named = " ".join(f"{name}@{version}" for name, version in versions.items())
    try:
        promotion, results = promote_through_gates(
            into.artifacts, versions, into.routes, into.trust, by=operator(), reason="trained", override=into.override
        )
    except GatesRefused as error:
        lines = [str(error), f"Published, and not serving: {named}"]
        if error.is_overridable:
            lines.append(f"To let them serve all the same: flask --app app models promote {named} --override REASON")
        raise TrainingError("\n".join(lines)) from error
    refused = [each for each in results if not each.passed]
    click.echo(f"\n{len(results) - len(refused)} of {len(results)} gates passed.")
    for each in refused:
        click.echo(f"  overridden: {each}")
    click.echo(f"Promoted together, {promotion.id}: {named}")


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
