"""The models that the laboratory published, out of the model store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from laboratory.plan import ModelType, bundle_name
from laboratory.ports import LabModel, UnknownLabModel
from model_store.artifacts import ArtifactError, ArtifactMissing, ArtifactStore
from model_store.bundle import BundleRefused, bundle_file
from model_store.compile.report import TREES
from model_store.manifest import Manifest
from model_store.validation import VALIDATION, ValidationSet, ValidationSetError
from model_store.versions import is_retired, read_version, version_names
from routing.catalog import ModelVersions
from scoring.errors import ModelUnavailable

FACTS = "laboratory"
"""The key of a manifest's metrics under which a run says what it was."""


class PublishedLabModels:
    """Implements laboratory.ports.LabModels; safe to share between threads.

    What is newest is looked up each time: a model serves as soon as its job has ended, in every worker.
    """

    def __init__(self, artifacts: ArtifactStore, versions: ModelVersions) -> None:
        self._artifacts, self._versions = artifacts, versions

    def find(self, model_type: ModelType, version: str | None = None, experiment: str | None = None) -> LabModel:
        """See LabModels."""
        name = bundle_name(model_type)
        try:
            manifest = self._manifest(name, version, experiment)
        except ArtifactError as error:
            raise ModelUnavailable(name, "the model store is out of reach") from error
        except BundleRefused as error:
            raise ModelUnavailable(name, f"version {version or 'newest'} was refused: {error}") from error
        facts = manifest.metrics.get(FACTS)
        if not isinstance(facts, dict) or not isinstance(facts.get("threshold"), int | float):
            raise ModelUnavailable(name, f"version {manifest.version} does not say how it was made")
        threshold: Any = facts["threshold"]
        return LabModel(
            model_type=model_type,
            version=manifest.version,
            digest=manifest.digest,
            model=self._versions.model(name, manifest.version, manifest.digest),
            reference=_reference(manifest),
            threshold=float(threshold),
            facts=facts,
            metrics={key: value for key, value in manifest.metrics.items() if key != FACTS},
            held_out=partial(self._held_out, manifest),
            trees=partial(self._trees, manifest),
        )

    def _manifest(self, name: str, version: str | None, experiment: str | None) -> Manifest:
        if version is not None:
            try:
                return read_version(self._artifacts, name, version)
            except ArtifactMissing as error:
                raise UnknownLabModel(f"There is no version {version[:64]} of {name}.") from error
        wanted = (each for each in self._newest_first(name) if experiment in (None, _experiment(each)))
        found = next(wanted, None)
        if found is None:
            of_experiment = f" of the experiment {experiment[:100]}" if experiment else ""
            raise UnknownLabModel(f"The laboratory has published no {name.removeprefix('lab_')}{of_experiment} yet.")
        return found

    def _newest_first(self, name: str) -> Iterator[Manifest]:
        """Versions are named by the time: the names' order is theirs. One whose manifest is refused is passed over."""
        for version in sorted(version_names(self._artifacts, name), reverse=True):
            if is_retired(self._artifacts, name, version):
                continue
            try:
                manifest = read_version(self._artifacts, name, version)
            except BundleRefused:
                continue
            yield manifest

    def _held_out(self, manifest: Manifest) -> ValidationSet:
        data = self._file(manifest, VALIDATION)
        if data is None:
            raise ModelUnavailable(manifest.name, f"version {manifest.version} has no validation set")
        try:
            return ValidationSet.from_bytes(data)
        except ValidationSetError as error:
            raise ModelUnavailable(manifest.name, f"its validation set cannot be read: {error}") from error

    def _trees(self, manifest: Manifest) -> bytes | None:
        return self._file(manifest, TREES)

    def _file(self, manifest: Manifest, name: str) -> bytes | None:
        """A file of the bundle, verified; None where it has no such file."""
        try:
            return bundle_file(self._artifacts, manifest, name) if name in manifest.files else None
        except (ArtifactError, BundleRefused) as error:
            raise ModelUnavailable(manifest.name, f"{name} of version {manifest.version} cannot be read") from error


def _experiment(manifest: Manifest) -> object:
    facts = manifest.metrics.get(FACTS)
    return facts.get("experiment") if isinstance(facts, dict) else None


def _reference(manifest: Manifest) -> Mapping[str, float | str | None]:
    values: dict[str, float | str | None] = {}
    for feature, value in zip(manifest.features, manifest.reference.row, strict=True):
        values[feature.name] = None if value is None else feature.said(value)
    return values
