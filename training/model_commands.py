"""`flask models publish | promote | rollback | retire | keygen`: what changes the life of a model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from pydantic import JsonValue, TypeAdapter, ValidationError

from model_store.promotion import Promotion, retire, rollback
from model_store.publish import publish_bundle
from model_store.signing import SigningKey
from routing.routes import NAME
from training.model_tools import AS_JSON, BY, Tools, checked_reference, name_and_version
from training.publish import version_name
from training.told import told

_METRICS = TypeAdapter(dict[str, JsonValue])


def add_to(models: click.Group, tools: Tools) -> None:
    """Add the commands to the group `models`."""
    for add in (_add_publish, _add_promote, _add_rollback, _add_retire, _add_keygen):
        add(models, tools)


def _add_publish(models: click.Group, tools: Tools) -> None:
    @models.command("publish")
    @click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
    @click.option("--name", required=True, help="The model's name in routes.toml.")
    @click.option("--version", help="The version's name; by default the time and the start of the files' digest.")
    @click.option("--sign", "key", type=click.Path(path_type=Path), help="PEM file with the private key to sign with.")
    @click.option("--metrics", type=click.Path(path_type=Path), help="JSON file: what its trainer measured.")
    def publish(folder: Path, name: str, version: str | None, key: Path | None, metrics: Path | None) -> None:
        """Convert the native files in FOLDER, and publish them with card.json and validation.npz as a version.

        Nothing that serves changes: that is for `models promote`.
        """
        _named(name)
        with told():
            manifest = publish_bundle(
                folder,
                name=name,
                version=version or version_name(folder, datetime.now(UTC)),
                artifacts=tools.open_artifacts(),
                metrics=_read_metrics(metrics) if metrics else None,
                key=tools.key(key),
            )
        signed = f"signed with key {manifest.signature.key_id}" if manifest.signature else "not signed"
        click.echo(f"{name}@{manifest.version}: published, {signed}, digest {manifest.digest}")


def _add_promote(models: click.Group, tools: Tools) -> None:
    @models.command("promote")
    @click.argument("versions", nargs=-1, required=True, metavar="NAME@VERSION...")
    @click.option("--as", "alias", help="Promote as NAME@ALIAS, such as challenger, and not as the champion.")
    @click.option("--reason", help="Why; stays in the record.")
    @click.option("--override", help="Why to promote although a gate refuses; stays in the record.")
    @BY
    @AS_JSON
    def _promote(
        versions: Sequence[str], alias: str | None, reason: str | None, override: str | None, by: str, as_json: bool
    ) -> None:
        """Make published versions serve, all of them from one moment on, after every gate was asked.

        Running workers take them within MODEL_REFRESH_SECONDS. The same again completes a promotion that was cut short.
        """
        from training.gated import promote_through_gates

        together = _together(versions, alias)
        with told():
            artifacts, routes = tools.open_artifacts(), tools.open_routes()
            click.echo("Asking the gates; that takes some seconds.", err=True)
            done, found = promote_through_gates(
                artifacts,
                together,
                routes,
                tools.open_trust(),
                by=by,
                reason=reason,
                override=override,
            )
        for each in found:
            click.echo(f"{'passed    ' if each.passed else 'overridden'}  {each}", err=as_json)
        _tell(done, as_json, {"gates": [each.plain() for each in found]})
        for unused in sorted(together.keys() - set(routes.model_names())):
            click.echo(f"Note: no route of routes.toml names {unused}. It serves nobody until one does.", err=True)


def _add_rollback(models: click.Group, tools: Tools) -> None:
    @models.command("rollback")
    @click.argument("names", nargs=-1, required=True, metavar="NAME...")
    @click.option("--to", help="The version to go back to; by default the one before.")
    @click.option("--reason", help="Why; stays in the record.")
    @BY
    @AS_JSON
    def _rollback(names: Sequence[str], to: str | None, reason: str | None, by: str, as_json: bool) -> None:
        """Make the versions before serve again. What was promoted together goes back together.

        NAME may be NAME@ALIAS. Once more goes back further, and gives an unfinished promotion up.
        """
        for name in names:
            checked_reference(name)
        with told():
            done = rollback(tools.open_artifacts(), names, to, by=by, reason=reason, trust=tools.open_trust())
        _tell(done, as_json, {})


def _add_retire(models: click.Group, tools: Tools) -> None:
    @models.command("retire")
    @click.argument("version", metavar="NAME@VERSION")
    @click.option("--reason", required=True, help="Why; stays beside the version.")
    @BY
    def _retire(version: str, reason: str, by: str) -> None:
        """Withdraw a version for good: it is not promoted any more. Scores that it gave can still be replayed."""
        name, chosen = name_and_version(version)
        with told():
            retire(tools.open_artifacts(), name, chosen, by=by, reason=reason)
        click.echo(f"{version}: retired")


def _add_keygen(models: click.Group, _: Tools) -> None:
    @models.command("keygen")
    @click.argument("path", type=click.Path(path_type=Path))
    def _keygen(path: Path) -> None:
        """Make a key to sign models with: the private one in PATH, the public one in PATH.pub."""
        public = path.with_name(f"{path.name}.pub")
        with told():
            if public.exists():
                raise click.ClickException(f"{public} exists already")
            key = SigningKey.generate(path)
            public.write_text(key.public_pem(), encoding="ascii")
        click.echo(f"key {key.key_id}: {path} signs and stays secret, {public} belongs into TRUSTED_MODEL_KEYS")


def _together(versions: Sequence[str], alias: str | None) -> dict[str, str]:
    """Reference -> version."""
    together: dict[str, str] = {}
    for each in versions:
        name, version = name_and_version(each)
        reference = checked_reference(f"{name}@{alias}" if alias else name)
        if together.setdefault(reference, version) != version:
            raise click.UsageError(f"{name} is named twice, with different versions")
    return together


def _named(name: str) -> None:
    if not NAME.fullmatch(name):
        raise click.UsageError(f"{name[:100]!r} cannot be a model's name (lower-case letters, digits, _)")


def _read_metrics(path: Path) -> dict[str, JsonValue]:
    try:
        return _METRICS.validate_json(path.read_bytes())
    except ValidationError as error:
        raise click.ClickException(f"{path.name}: not a JSON object of figures") from error


def _tell(done: Promotion, as_json: bool, more: dict[str, Any]) -> None:
    if as_json:
        plain = {"promotion": done.id, "kind": done.kind, "together": dict(done.together), "before": dict(done.before)}
        click.echo(json.dumps({**plain, "written": list(done.written), **more}))
        return
    for reference, version in done.together.items() if done.written else ():
        click.echo(f"{reference}: {done.before[reference] or 'nothing promoted'} -> {version}")
    click.echo(f"{'Done' if done.written else 'Nothing to do: that serves already'} (promotion {done.id}).")
