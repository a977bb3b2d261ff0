"""One model's native files, opened and found to belong together: model, scaler and config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_store.compile.config import Config, read_config
from model_store.compile.loaded import Loaded, Preparation, Scaler
from model_store.compile.report import MODEL_FILES, PREPARE, NativeRefusedError, OutputKind
from model_store.compile.rows import Plausible, plausible
from model_store.compile.steps import Affine, Calibration, Part, Sigmoid


@dataclass(frozen=True)
class Opened:
    """What a folder of native files holds. `scaler` scales features or, if `scales_score`, the model's score."""

    loaded: Loaded
    config: Config
    scaler: Scaler | None = None
    preparation: Preparation | None = None

    @property
    def input_size(self) -> int:
        """How many raw features a row has."""
        return self.preparation.size if self.preparation else self.loaded.input_size

    @property
    def scales_score(self) -> bool:
        """A scaler of one column, while the model takes more, was fitted on the score."""
        return self.scaler is not None and self.scaler.size == 1 and self.input_size > 1

    @property
    def feature_scaler(self) -> Scaler | None:
        return None if self.scales_score else self.scaler

    @property
    def before(self) -> Preparation | Scaler | None:
        """What the raw features go through before the model: only that saw them as they are."""
        return self.preparation or self.feature_scaler

    @property
    def names(self) -> tuple[str, ...]:
        """What config.json calls the features, else what they were called when fitted, else f0, f1, ..."""
        fitted = self.before.names if self.before else None
        if self.preparation is None:
            fitted = self.loaded.names or fitted
        declared = self.config.feature_names or tuple(feature.name for feature in self.config.features)
        return declared or fitted or tuple(f"f{index}" for index in range(self.input_size))

    def model_parts(self) -> list[Part]:
        """From raw features to what the model itself means to give."""
        parts: list[Part] = [self.before.done] if self.before else []
        parts.append(self.loaded.part)
        return [*parts, self.scaler.undone] if self.scaler and self.scales_score else parts

    def parts(self, kind: OutputKind) -> list[Part]:
        """From raw features to the output of this kind, calibrated."""
        parts = self.model_parts()
        if kind == "probability_of_default" and self.loaded.says is None:
            parts.append(Sigmoid())
        if self.config.calibration is not None:
            parts.append(Calibration(*self.config.calibration, of_probability=kind == "probability_of_default"))
        return parts

    def after_model(self) -> tuple[float, float] | None:
        """(intercept, slope) from the model's log-odds or score to the output's; None when that is no straight line."""
        if self.scaler and self.scales_score:
            if self.scaler.affine is None:
                return None
            slopes, offsets = self.scaler.affine.inverse().line(1)
            return float(offsets[0]), float(slopes[0])
        return self.config.calibration or (0.0, 1.0)

    def before_model(self) -> list[Affine] | None:
        """The arithmetic between raw features and the model; None when it is something else."""
        if self.before is None:
            return []
        return [self.before.affine] if self.before.affine else None

    def plausible(self) -> Plausible:
        """Where the raw features lie: what is before the model saw them, the model only saw what was made of them."""
        known = self.before.plausible if self.before else self.loaded.plausible
        return plausible(known, self.config.features, self.config.reference, self.input_size)

    def can_be_missing(self) -> list[bool]:
        """[n]: for which features a row may have a gap."""
        if self.config.features:
            return [not feature.required for feature in self.config.features]
        return [self.loaded.takes_missing and self.preparation is None] * self.input_size


def open_files(source: Path, most_bytes: int) -> Opened:
    """Open a folder of native files. Raises NativeRefusedError."""
    found = [name for name in MODEL_FILES if (source / name).exists()]
    if len(found) != 1:
        raise NativeRefusedError(f"expected one of {', '.join(MODEL_FILES)}; found {' and '.join(found) or 'none'}.")
    loaded, config = _load(source / found[0], read_config(source / "config.json"), most_bytes)
    scaler = preparation = None
    if (source / PREPARE).exists():
        preparation = _preparation(source, loaded, most_bytes)
    if (source / "scaler.joblib").exists():
        from model_store.compile import sklearn_files

        scaler = sklearn_files.load_scaler(source / "scaler.joblib", most_bytes)
        if scaler.size not in (1, loaded.input_size):
            raise NativeRefusedError(
                f"scaler.joblib was fitted on {scaler.size} columns, but {loaded.file} takes {loaded.input_size} "
                "features: expected as many (it scales the features) or one (it scales the score)."
            )
        if preparation and scaler.size != 1:
            raise NativeRefusedError(f"scaler.joblib scales features, which {PREPARE} prepares: expected one of them.")
    opened = Opened(loaded, config, scaler, preparation)
    _check_sizes(opened)
    _check_names(opened)
    _check_reference(opened)
    return opened


def _preparation(source: Path, loaded: Loaded, most_bytes: int) -> Preparation:
    from model_store.compile import sklearn_files

    preparation = sklearn_files.load_preparation(source / PREPARE, most_bytes)
    try:
        width = preparation.done.run(np.zeros((1, preparation.size))).shape
    except Exception as error:  # a forged transformer can raise anything, and one for text does not take numbers
        raise NativeRefusedError(f"{PREPARE} does not take rows of {preparation.size} numbers.") from error
    if width != (1, loaded.input_size):
        raise NativeRefusedError(
            f"{PREPARE} makes {width[-1]} columns of {preparation.size}, but {loaded.file} takes {loaded.input_size}."
        )
    return preparation


def _load(path: Path, config: Config, most_bytes: int) -> tuple[Loaded, Config]:
    """Only the framework that the file needs is imported."""
    if path.suffix == ".pt":
        from model_store.compile import torch_files

        return torch_files.load(path, config)
    if path.suffix == ".pkl":
        from model_store.compile import sklearn_files

        return sklearn_files.load(path, most_bytes), config
    if path.suffix == ".txt":
        from model_store.compile import lightgbm_files

        return lightgbm_files.load(path, most_bytes), config
    from model_store.compile import xgboost_files

    return xgboost_files.load(path), config


def _check_sizes(opened: Opened) -> None:
    config, size = opened.config, opened.input_size
    said = {
        "input_size is": config.input_size,
        "feature_names has": len(config.feature_names) if config.feature_names else None,
        "features has": len(config.features) or None,
        "reference has": len(config.reference) if config.reference else None,
    }
    for what, count in said.items():
        if count not in (None, size):
            file = PREPARE if opened.preparation else opened.loaded.file
            raise NativeRefusedError(f"{file} takes {size} features, but {what} {count}.")


def _check_names(opened: Opened) -> None:
    """The same names in another order are a mistake that would give wrong scores without a word."""
    config, scaler = opened.config, opened.feature_scaler
    lists: dict[str, Sequence[str] | None] = {
        "config.json (feature_names)": config.feature_names,
        "config.json (features)": [feature.name for feature in config.features] or None,
        opened.loaded.file: None if opened.preparation else opened.loaded.names,
        "scaler.joblib": scaler.names if scaler else None,
        PREPARE: opened.preparation.names if opened.preparation else None,
    }
    known = [(source, list(names)) for source, names in lists.items() if names]
    for index, (source, names) in enumerate(known):
        for other_source, other in known[index + 1 :]:
            if names != other and sorted(names) == sorted(other):
                raise NativeRefusedError(
                    f"{source} and {other_source} name the same features in a different order: "
                    f"{', '.join(names)} against {', '.join(other)}."
                )
    if config.feature_names and config.features and list(config.feature_names) != [f.name for f in config.features]:
        raise NativeRefusedError("config.json: feature_names and the names in features must be the same.")


def _check_reference(opened: Opened) -> None:
    """A reference applicant could be an applicant: gaps only where they may be, and codes that categories have."""
    config = opened.config
    for feature, value in zip(config.features, config.reference or (), strict=False):
        if value != value and feature.required:
            raise NativeRefusedError(f"config.json: reference is null for {feature.name}, which must be given.")
        if feature.categories is not None and not feature.holds(value):
            raise NativeRefusedError(
                f"config.json: reference holds {value:g} for {feature.name}, a code of no category."
            )
