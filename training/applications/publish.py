"""Trained models of applications into the model store, and promoted through the gates together."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from laboratory.published import FACTS
from model_store.artifacts import ArtifactStore
from model_store.card import CARD, ModelCard, read_card
from model_store.manifest import Manifest
from model_store.publish import publish_bundle
from model_store.signing import SigningKey, Trust
from routing.routes import Routes
from training.applications.made import Made
from training.applications.words import WORDS
from training.dataset import TrainingError
from training.gated import promote_through_gates
from training.gates import GatesRefused
from training.lab.bundle import write_bundle
from training.lab.publish import facts
from training.publish import version_name
from training.told import operator


@dataclass(frozen=True)
class Into:
    """Where models go: the store, the routes that use them, whose signatures count, and the key to sign with.

    `override`: why they are to serve although gates refuse them, if they are; it stays in the record.
    """

    artifacts: ArtifactStore
    routes: Routes
    trust: Trust
    key: SigningKey | None = None
    override: str | None = None


def publish(made: Made, into: Into, facts_beside: Mapping[str, JsonValue]) -> Manifest:
    """Publish a model under its name; nothing serves it yet. `facts_beside`: more that its manifest says.

    Raises NativeRefusedError, ArtifactError, ManifestError, CardError, ValidationSetError, OSError.
    """
    with tempfile.TemporaryDirectory(prefix="application-") as work:
        folder = Path(work)
        digest = write_bundle(made.winner, made.figures, folder)
        (folder / CARD).write_bytes(_card(made, read_card((folder / CARD).read_bytes())).to_bytes())
        return publish_bundle(
            folder,
            name=made.name,
            version=version_name(folder, datetime.now(UTC)),
            artifacts=into.artifacts,
            metrics={FACTS: facts(made.winner, None, digest), **made.metrics, **facts_beside},
            key=into.key,
        )


def publish_all(every: Sequence[Made], into: Into, facts_beside: Mapping[str, JsonValue]) -> dict[str, str]:
    """Publish them side by side, each converted in a child process of its own; name -> version. Raises as `publish`."""
    with ThreadPoolExecutor(2) as pool:
        published = pool.map(lambda made: publish(made, into, facts_beside), every)
        return {manifest.name: manifest.version for manifest in published}


def promote(versions: Mapping[str, str], into: Into) -> Iterator[str]:
    """Promote them together; lines about it. TrainingError says what the gates refused; raises what they raise."""
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
    yield f"{len(results) - len(refused)} of {len(results)} gates passed."
    yield from (f"  overridden: {each}" for each in refused)
    yield f"Promoted, {promotion.id}: {named}"


def _card(made: Made, card: ModelCard) -> ModelCard:
    """The laboratory's card with the application's words."""
    return ModelCard.model_validate({**card.model_dump(), **asdict(WORDS[made.name])})
