"""`lab models`, `lab adopt`: what the laboratory has published, and how the best of it comes into a route."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from laboratory.plan import MODEL_TYPES, bundle_name
from laboratory.published import FACTS
from model_store.artifacts import ArtifactStore
from model_store.manifest import Manifest
from model_store.versions import is_retired, read_version, versions
from routing.routes import NAME
from training.dataset import TrainingError
from training.lab.adopt import Words, adopt
from training.lab.tools import SIGN, LabTools, said
from training.model_tools import AS_JSON, BY, name_and_version
from training.told import table

FIGURES = ("auc_roc", "gini", "ks", "brier")


def add_to(lab: click.Group, tools: LabTools) -> None:
    """Add the commands to the group `lab`."""
    _add_models(lab, tools)
    _add_adopt(lab, tools)


def _add_models(lab: click.Group, tools: LabTools) -> None:
    @lab.command("models")
    @AS_JSON
    def _models(as_json: bool) -> None:
        """Every model that the laboratory has published, the newest of each type first."""
        with said():
            found = list(_published(tools.open_artifacts()))
        if as_json:
            click.echo(json.dumps({"models": found}))
            return
        if not found:
            click.echo("The laboratory has published nothing yet: `lab train` or `lab demo` does.")
            return
        head = ("model", "experiment", *FIGURES, "data", "run_id")
        for line in table([[key.upper() for key in head], *([_shown(row[key]) for key in head] for row in found)]):
            click.echo(line)


def _add_adopt(lab: click.Group, tools: LabTools) -> None:
    @lab.command("adopt")
    @click.argument("source", metavar="NAME@VERSION")
    @click.option("--as", "model", required=True, metavar="MODEL", help="The model's name in routes.toml.")
    @click.option("--promote", is_flag=True, help="Let it serve, if the gates let it.")
    @click.option("--replaces-schema", is_flag=True, help="It takes other features than the model that serves now.")
    @click.option("--owner", help="Who answers for the model; on its card.")
    @click.option("--purpose", help="What it is for; on its card.")
    @click.option("--intended-use", help="How it may be used; on its card.")
    @click.option("--approved-by", help="Who reviewed and approved it; on its card.")
    @click.option("--reason", default="adopted from the laboratory", show_default=True, help="Stays in the record.")
    @click.option("--override", metavar="REASON", help="Promote although gates refuse; the reason is recorded.")
    @BY
    @SIGN
    def _adopt(
        source: str,
        model: str,
        promote: bool,
        replaces_schema: bool,
        reason: str,
        override: str | None,
        by: str,
        sign: Path | None,
        **words: str | None,
    ) -> None:
        """Publish a model of the laboratory (lab_xgboost@VERSION) as a version of a route's MODEL."""
        name, version = name_and_version(source)
        if not NAME.fullmatch(model) or model in map(bundle_name, MODEL_TYPES):
            raise click.UsageError(f"{model[:100]!r} cannot be the name of a route's model")
        with said():
            artifacts, routes, trust = tools.open_artifacts(), tools.open_routes(), tools.open_trust()
            found = read_version(artifacts, name, version)
            if is_retired(artifacts, name, version):
                raise TrainingError(f"{source} was retired")
            replaces = _serving(artifacts, routes, model) if replaces_schema else None
            made = adopt(found, model, artifacts, trust, Words(**words), tools.key(sign), replaces)
            click.echo(f"{model}@{made.version}: published from {source}, digest {made.digest}")
            if not promote:
                click.echo(f"It serves nobody yet: flask --app app models promote {model}@{made.version}")
                return
            from training.gated import promote_through_gates

            done, results = promote_through_gates(
                artifacts, {model: made.version}, routes, trust, by=by, reason=reason, override=override
            )
        for each in results:
            click.echo(f"{'passed    ' if each.passed else 'overridden'}  {each}")
        click.echo(f"{model}: {done.before[model] or 'nothing promoted'} -> {made.version} (promotion {done.id})")
        if model not in routes.model_names():
            click.echo(f"Note: no route of routes.toml names {model}. It serves nobody until one does.", err=True)


def _serving(artifacts: ArtifactStore, routes: Any, model: str) -> str | None:
    from training.gated import champion_schemas

    return champion_schemas(artifacts, routes).get(model)


def _published(artifacts: ArtifactStore) -> Iterator[dict[str, Any]]:
    for model_type in MODEL_TYPES:
        for manifest in versions(artifacts, bundle_name(model_type)):
            yield _row(manifest) | {"retired": is_retired(artifacts, manifest.name, manifest.version)}


def _row(manifest: Manifest) -> dict[str, Any]:
    facts: Any = manifest.metrics.get(FACTS)
    known: Mapping[str, Any] = facts if isinstance(facts, dict) else {}
    return {
        "model": f"{manifest.name}@{manifest.version}",
        "created_at": manifest.created_at,
        **{key: known.get(key) for key in ("experiment", "data", "run_id", "hyperparameters", "seed", "files_digest")},
        **{key: manifest.metrics.get(key) for key in FIGURES},
    }


def _shown(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value if value is not None else "-")[:60]
