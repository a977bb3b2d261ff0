"""Versions at work on validation sets: loaded as the service loads them, each once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.arrays import Floats
from model_store.artifacts import ArtifactStore
from model_store.bundle import BundleRefused, bundle_file
from model_store.manifest import Manifest
from model_store.validation import VALIDATION, ValidationSet, ValidationSetError
from routing.catalog import ModelVersions
from routing.ports import Model
from scoring.errors import ModelUnavailable
from training.gates.result import CannotJudge

ROWS_AT_ONCE = 1_000
"""A model that its own framework serves in a child has a time limit for each call."""


class Examiner:
    """Models, validation sets and outputs by digest. Every method raises CannotJudge with the reason."""

    def __init__(self, artifacts: ArtifactStore, load: ModelVersions) -> None:
        self._artifacts, self._load = artifacts, load
        self._models: dict[str, Model] = {}
        self._sets: dict[str, ValidationSet] = {}

    def model(self, manifest: Manifest) -> Model:
        """The version, loaded and verified."""
        if manifest.digest not in self._models:
            try:
                loaded = self._load.model(manifest.name, manifest.version, manifest.digest)
            except ModelUnavailable as error:
                raise CannotJudge(error.reason) from error
            self._models[manifest.digest] = loaded
        return self._models[manifest.digest]

    def held(self, manifest: Manifest) -> ValidationSet:
        """The version's validation set."""
        if manifest.digest not in self._sets:
            if VALIDATION not in manifest.files:
                raise CannotJudge(f"version {manifest.version} of {manifest.name} has no validation set ({VALIDATION})")
            try:
                found = ValidationSet.from_bytes(bundle_file(self._artifacts, manifest, VALIDATION))
            except (BundleRefused, ValidationSetError) as error:
                raise CannotJudge(str(error)) from error
            if found.rows.shape[1] != len(manifest.features):
                raise CannotJudge(
                    f"{VALIDATION} has rows of {found.rows.shape[1]} features, not {len(manifest.features)}"
                )
            self._sets[manifest.digest] = found
        return self._sets[manifest.digest]

    def log_odds(self, manifest: Manifest, rows: Floats, names: Sequence[str]) -> Floats:
        """Log-odds of default [N] as it serves them, of `rows` [N, n] whose features are called `names`."""
        wanted = manifest.schema_of_features.names
        if missing := [name for name in wanted if name not in names]:
            raise CannotJudge(
                f"version {manifest.version} of {manifest.name} needs {', '.join(missing)}, not in the set"
            )
        given = rows[:, [names.index(name) for name in wanted]]
        model = self.model(manifest)
        found: list[float] = []
        try:
            for start in range(0, len(given), ROWS_AT_ONCE):
                found += model.score([tuple(row) for row in given[start : start + ROWS_AT_ONCE].tolist()])
        except ModelUnavailable as error:
            raise CannotJudge(f"version {manifest.version} of {manifest.name} {error.reason}") from error
        outputs = np.array(found)
        if unusable := int((~np.isfinite(outputs)).sum()):
            raise CannotJudge(f"version {manifest.version} of {manifest.name} has no usable output for {unusable} rows")
        return outputs

    def own_log_odds(self, manifest: Manifest) -> Floats:
        """Of its own validation set."""
        return self.log_odds(manifest, self.held(manifest).rows, manifest.schema_of_features.names)

    def of_the_same(self, champion: Manifest, candidate: Manifest) -> Floats:
        """The champion's log-odds of the customers of the candidate's validation set.

        Where it needs features that the candidate does not see (a migrated schema), its own validation set serves, if
        that is of the same customers in the same order.
        """
        held, names = self.held(candidate), candidate.schema_of_features.names
        if set(champion.schema_of_features.names) <= set(names):
            return self.log_odds(champion, held.rows, names)
        if self.held(champion).sample == held.sample:
            return self.own_log_odds(champion)
        raise CannotJudge("the champion needs other features, and its validation set is of other customers")


def alone(manifest: Manifest, log_odds: Floats) -> Floats:
    """What log-odds [N] become when the model answers alone (`routing.ports.Model.alone`)."""
    intercept, slope = manifest.alone
    return intercept + slope * log_odds


def check_outcomes(held: ValidationSet, fewest: int) -> None:
    """CannotJudge when the set holds too few defaults, or too few others."""
    defaults = int(held.defaulted.sum())
    if min(defaults, len(held.defaulted) - defaults) < fewest:
        raise CannotJudge(
            f"the validation set holds {defaults} defaults among {len(held.defaulted)} customers; "
            f"at least {fewest} of each are needed"
        )
