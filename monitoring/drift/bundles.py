"""Which bundle serves now, and the customers whom it was validated on: the reference of a served model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from model_store.artifacts import ArtifactError, ArtifactMissing, ArtifactStore
from model_store.bundle import BundleRefused, bundle_file
from model_store.manifest import Manifest
from model_store.switch import effective, read_switch
from model_store.validation import VALIDATION, ValidationSet, ValidationSetError
from model_store.versions import manifest_of
from routing.catalog import UnknownModel
from scoring.errors import FieldError, InvalidRequest, ModelUnavailable


@dataclass(frozen=True)
class Serving:
    """The bundle that a reference serves, and its validation set."""

    name: str
    version: str
    digest: str
    held_out: ValidationSet


class Bundles(Protocol):
    """What serves."""

    def serving(self, reference: str) -> Serving:
        """The bundle under `name` or `name@alias`.

        Raises UnknownModel; ModelUnavailable when it cannot be read; InvalidRequest when it has no validation set.
        """


class StoredBundles:
    """Implements Bundles over the model store."""

    def __init__(self, artifacts: ArtifactStore) -> None:
        self._artifacts = artifacts

    def serving(self, reference: str) -> Serving:
        """See Bundles."""
        try:
            manifest = self._manifest(reference)
            if VALIDATION not in manifest.files:
                problem = f"version {manifest.version} was published without {VALIDATION}: give reference rows"
                raise InvalidRequest(errors=[FieldError("model", problem)])
            held_out = ValidationSet.from_bytes(bundle_file(self._artifacts, manifest, VALIDATION))
        except ArtifactMissing as error:
            raise UnknownModel("No published version serves under this name.") from error
        except ArtifactError as error:
            raise ModelUnavailable(reference, "the model store is out of reach") from error
        except (BundleRefused, ValidationSetError) as error:
            raise ModelUnavailable(reference, f"its bundle cannot be read: {error}") from error
        return Serving(manifest.name, manifest.version, manifest.digest, held_out)

    def _manifest(self, reference: str) -> Manifest:
        try:
            switch, _ = read_switch(self._artifacts, reference)
        except ValueError as error:
            raise UnknownModel("That is no model's name.") from error
        target = effective({reference: switch}).get(reference)
        if target is None:
            raise ArtifactMissing(f"no promotion of {reference} is complete")
        return manifest_of(self._artifacts, target)
