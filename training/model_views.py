"""`flask models list | show | diff | verify`: what the store holds, and what of it serves. Nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import click

from model_store.artifacts import ArtifactMissing, ArtifactStore
from model_store.bundle import BundleRefused, bundle_file
from model_store.card import CARD, CardError, ModelCard, read_card
from model_store.differences import differences
from model_store.manifest import Manifest
from model_store.native import NativeScorer
from model_store.switch import Change, Switch, effective, switch_key
from model_store.switches import read_switches, references_of
from model_store.verify import verify_version
from model_store.versions import manifest_of, read_version, version_names
from routing.routes import NAME, Routes, base_of
from training.model_rows import rows_of, unfinished
from training.model_texts import carded, described, history
from training.model_tools import AS_JSON, Tools, name_and_version
from training.told import table, told


def add_to(models: click.Group, tools: Tools) -> None:
    """Add the commands to the group `models`."""
    for add in (_add_list, _add_show, _add_diff, _add_verify):
        add(models, tools)


def _add_list(models: click.Group, tools: Tools) -> None:
    @models.command("list")
    @click.argument("names", nargs=-1, metavar="[NAME...]")
    @AS_JSON
    def _list(names: Sequence[str], as_json: bool) -> None:
        """Every version of the models, and which of them serve; by default of all models in routes.toml."""
        chosen = [_checked(name) for name in names]
        with told():
            artifacts = tools.open_artifacts()
            chosen = chosen or list(names_in(tools.open_routes()))
            rows = [row for name in chosen for row in rows_of(artifacts, name)]
            begun = unfinished(artifacts, chosen)
        if as_json:
            click.echo(json.dumps({"versions": rows, "unfinished": [each.promotion for each in begun]}))
            return
        if not rows:
            click.echo(f"Nothing is published or promoted of {', '.join(chosen)}.")
            return
        head = ("model", "version", "created_at", "digest", "signed_by", "state")
        shown = [[str(row[key] or "-")[: 12 if key == "digest" else None] for key in head] for row in rows]
        for line in table([[key.upper().replace("_", " ") for key in head], *shown]):
            click.echo(line)
        for change in begun:
            named = ", ".join(f"{reference} {version}" for reference, version in change.together.items())
            click.echo(f"Unfinished: promotion {change.promotion} of {named}. Promote the same again, or roll back.")


def _add_show(models: click.Group, tools: Tools) -> None:
    @models.command("show")
    @click.argument("what", metavar="NAME[@VERSION | @ALIAS]")
    @AS_JSON
    def _show(what: str, as_json: bool) -> None:
        """One version: what serves as NAME or NAME@ALIAS, or NAME@VERSION. With its card and the last changes."""
        with told():
            artifacts = tools.open_artifacts()
            manifest, changes = _found(artifacts, what)
            card = _card(artifacts, manifest)
        if as_json:
            plain = manifest.model_dump(mode="json") | {"digest": manifest.digest}
            told_card = card.model_dump(mode="json") if card else None
            click.echo(json.dumps(plain | {"card": told_card, "changes": [each.model_dump() for each in changes]}))
            return
        for line in (*described(manifest), *carded(card), *history(changes)):
            click.echo(line)


def _add_diff(models: click.Group, tools: Tools) -> None:
    @models.command("diff")
    @click.argument("name")
    @click.argument("old")
    @click.argument("new")
    @AS_JSON
    def _diff(name: str, old: str, new: str, as_json: bool) -> None:
        """What is different between the versions OLD and NEW of the model NAME."""
        with told():
            artifacts = tools.open_artifacts()
            found = differences(read_version(artifacts, name, old), read_version(artifacts, name, new))
        if as_json:
            click.echo(json.dumps([asdict(each) for each in found]))
            return
        for line in table([("WHAT", old, new), *((each.what, each.before, each.after) for each in found)]):
            click.echo(line)


def _add_verify(models: click.Group, tools: Tools) -> None:
    @models.command("verify")
    @click.argument("wanted", nargs=-1, metavar="[NAME[@VERSION]...]")
    def _verify(wanted: Sequence[str]) -> None:
        """Check signature, digests, golden rows, card and validation set of versions as they lie in the store.

        By default of every version of all models in routes.toml. With a whole model, also what its switches say.
        Exit status 1 if anything is not right.
        """
        is_right, chosen = True, [_split(each) for each in wanted]
        with told():
            artifacts, routes, trust = tools.open_artifacts(), tools.open_routes(), tools.open_trust()
            chosen = chosen or [(name, None) for name in names_in(routes)]
            for name, version in _each(artifacts, chosen):
                try:
                    manifest = verify_version(artifacts, name, version, trust, NativeScorer, routes.scale)
                except (BundleRefused, ArtifactMissing) as error:
                    is_right = False
                    click.echo(f"REFUSED  {name}@{version}: {error}")
                else:
                    signer = f"signed by {manifest.signature.key_id}" if manifest.signature else "not signed"
                    click.echo(f"right    {name}@{version}: {manifest.digest}, {signer}")
            for reference in [
                each for name, version in chosen if not version for each in references_of(artifacts, name)
            ]:
                try:
                    serves = _served(artifacts, reference)
                except (BundleRefused, ArtifactMissing) as error:
                    is_right = False
                    click.echo(f"REFUSED  {reference}: {error}")
                else:
                    click.echo(f"right    {reference}: {serves}")
        if not is_right:
            raise click.exceptions.Exit(1)


def names_in(routes: Routes) -> tuple[str, ...]:
    """The models that the routes use, by their own names."""
    return tuple(dict.fromkeys(map(base_of, routes.model_names())))


def _found(artifacts: ArtifactStore, what: str) -> tuple[Manifest, Sequence[Change]]:
    """What serves under a reference with its changes, or a version. Raises ArtifactMissing, BundleRefused."""
    try:
        switch_key(what)
    except ValueError:  # no alias is called so
        return read_version(artifacts, *name_and_version(what)), ()
    switches: Mapping[str, Switch | None] = read_switches(artifacts, [what])
    switch, target = switches[what], effective(switches).get(what)
    if switch and target:
        return manifest_of(artifacts, target), switch.changes
    if "@" in what:
        try:
            return read_version(artifacts, *name_and_version(what)), ()
        except ArtifactMissing as error:
            raise ArtifactMissing(f"{error}, and nothing was promoted as {what}") from error
    raise ArtifactMissing(f"no version of {what} was promoted")


def _served(artifacts: ArtifactStore, reference: str) -> str:
    """What a switch makes serve, in words. Raises BundleRefused, ArtifactMissing for one that cannot be followed."""
    target = effective(read_switches(artifacts, [reference])).get(reference)
    if target is None:
        raise ArtifactMissing("no promotion of it is complete")
    manifest_of(artifacts, target)
    return f"serves {target.version}, by promotion {target.promotion}"


def _split(text: str) -> tuple[str, str | None]:
    return name_and_version(text) if "@" in text else (_checked(text), None)


def _each(artifacts: ArtifactStore, chosen: Sequence[tuple[str, str | None]]) -> Iterator[tuple[str, str]]:
    """Every version that was meant: all of a model where none is named. Raises ArtifactMissing."""
    for name, version in chosen:
        found = [version] if version else version_names(artifacts, name)
        if not found:
            raise ArtifactMissing(f"no version of {name} was published")
        yield from ((name, each) for each in found)


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise click.UsageError(f"{name[:100]!r} is no model's name")
    return name


def _card(artifacts: ArtifactStore, manifest: Manifest) -> ModelCard | None:
    if CARD not in manifest.files:
        return None
    try:
        return read_card(bundle_file(artifacts, manifest, CARD))
    except CardError as error:
        raise BundleRefused(manifest.digest, str(error)) from error
