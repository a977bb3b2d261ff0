"""The versions of models as `flask models list` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_store.artifacts import ArtifactStore
from model_store.bundle import BundleRefused
from model_store.switch import Change, effective
from model_store.switches import read_switches, references_of
from model_store.versions import is_retired, read_version, version_names, versions
from training.publish import is_present


def rows_of(artifacts: ArtifactStore, name: str) -> Iterator[dict[str, str | None]]:
    """A row for every version of a model, the newest first, then what cannot be read. Raises ArtifactsUnreachable."""
    references, serving = references_of(artifacts, name), dict[str, str]()
    try:
        serving = _serving(artifacts, references)
    except BundleRefused as error:
        yield _row(name, f"refused: {error}")
    found = versions(artifacts, name)
    for manifest in found:
        roles = [reference for reference, version in serving.items() if version == manifest.version]
        state = [f"serves as {', '.join(roles)}"] if roles else []
        state += ["retired"] if is_retired(artifacts, name, manifest.version) else []
        signer = manifest.signature.key_id if manifest.signature else None
        yield _row(name, "; ".join(state), manifest.version, manifest.created_at, manifest.digest, signer)
    for version in sorted(set(version_names(artifacts, name)) - {manifest.version for manifest in found}):
        try:
            read_version(artifacts, name, version)
        except BundleRefused as error:
            yield _row(name, f"refused: {error}", version, digest=error.digest)
    if name not in references and is_present(artifacts, name):
        yield _row(name, "its flat files serve")


def _row(
    name: str,
    state: str,
    version: str | None = None,
    created_at: str | None = None,
    digest: str | None = None,
    signed_by: str | None = None,
) -> dict[str, str | None]:
    return {
        "model": name,
        "version": version,
        "created_at": created_at,
        "digest": digest,
        "signed_by": signed_by,
        "state": state or None,
    }


def _serving(artifacts: ArtifactStore, references: Sequence[str]) -> dict[str, str]:
    """Reference -> version of what serves."""
    targets = effective(read_switches(artifacts, references))
    return {reference: targets[reference].version for reference in references if reference in targets}


def unfinished(artifacts: ArtifactStore, names: Sequence[str]) -> list[Change]:
    """Promotions that are newest in some switch and not in all of theirs."""
    references = [reference for name in names for reference in references_of(artifacts, name)]
    try:
        switches = read_switches(artifacts, references)
    except BundleRefused:  # the rows say so
        return []
    targets = effective(switches)
    newest = {reference: switch.history[-1] for reference, switch in switches.items() if switch}
    cut = [
        change
        for reference, change in newest.items()
        if reference not in targets or targets[reference].promotion != change.promotion
    ]
    return list({change.promotion: change for change in cut}.values())
