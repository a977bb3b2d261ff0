"""A model file as its framework opened it: what a loader hands to the compiler."""

from __future__ import annotations

from dataclasses import dataclass

from model_store.compile.report import OutputKind
from model_store.compile.rows import Plausible
from model_store.compile.steps import Additive, Affine, Part


@dataclass(frozen=True)
class Loaded:
    """One opened model.

    `part`: [N, input_size] -> [N, 1], as the framework gives it. `says`: the output kind that the file itself shows, or
    None: a state dict, which ends in a linear layer and does not show what stood behind it. `closed_form`: the same
    model as a sum, where it is one, of what `before_closed_form` makes of its inputs. `plausible`: where its inputs
    lie, if the file tells. `takes_missing`: it was made for gaps in any feature.
    """

    file: str
    part: Part
    framework: str
    versions: dict[str, str]
    input_size: int
    names: tuple[str, ...] | None = None
    says: OutputKind | None = None
    closed_form: Additive | None = None
    before_closed_form: tuple[Affine, ...] = ()
    plausible: Plausible | None = None
    takes_missing: bool = False


@dataclass(frozen=True)
class Preparation:
    """prepare.joblib: `done` makes of the raw rows [N, size] what the model takes. The rest as in `Scaler`."""

    size: int
    names: tuple[str, ...] | None
    done: Part
    affine: Affine | None
    plausible: Plausible | None


@dataclass(frozen=True)
class Scaler:
    """scaler.joblib, before it is known which side it belongs to: `done` scales, `undone` takes it back.

    `affine`: the same as arithmetic, where it is that. `plausible`: where the columns lay that it was fitted on.
    """

    size: int
    names: tuple[str, ...] | None
    done: Part
    undone: Part
    affine: Affine | None
    plausible: Plausible | None
