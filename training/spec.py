"""How a table is to be read: a TOML file beside it. training/specs/taiwan.toml is an example."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from training.dataset import Shares, TrainingError

Text = Annotated[str, StringConstraints(min_length=1)]
INPUT_OF = {"traditional": "traditional", "social": "social", "application": "xgboost"}
"""A spec's group of features -> the model that sees them."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class FeatureSpec(_Strict):
    """One feature. All of it is optional.

    `column`: its name in the table, when that is another; `reason`: the sentence a person reads; `protected`: never
    shown as a reason; `categorical`: its numbers are codes without order; `integer`, `minimum`, `maximum`: what a
    request may hold (codes: by default whole numbers from the table's lowest to its highest).
    """

    column: Text | None = None
    reason: Text | None = None
    protected: bool = False
    categorical: bool = False
    integer: bool = False
    minimum: float | None = None
    maximum: float | None = None


class Groups(_Strict):
    """Which features each model sees, in the order in which a request's vector gives them."""

    traditional: Annotated[list[Text], Field(min_length=1)]
    social: Annotated[list[Text], Field(min_length=1)]
    application: Annotated[list[Text], Field(min_length=1)]


class SensitiveSpec(_Strict):
    """An attribute that the 80% test is made for; a model may see it or not.

    `column`: its name in the table, when that is another; `labels`: what its values are called; `bands`: numbers in
    ascending order that cut it into groups, each group beginning with its number.
    """

    column: Text | None = None
    labels: dict[str, Text] = {}
    bands: list[float] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.bands != sorted(set(self.bands)):
            raise ValueError("bands must ascend")
        if self.bands and self.labels:
            raise ValueError("bands have names of their own: leave labels out")
        return self


class CardSpec(_Strict):
    """What only the bank can say of its models; the rest of the cards is measured. See model_store.card.ModelCard."""

    purpose: Text
    owner: Text
    intended_use: Text
    not_for: Annotated[list[Text], Field(min_length=1)]
    period: Text
    default_definition: Text
    limits: Annotated[list[Text], Field(min_length=1)]
    source: Text | None = None
    approved_by: Text | None = None


class Spec(_Strict):
    """A whole spec. `target`: the column that says who defaulted; `default_value`: its value that means default.

    `card`: the words of the model cards; `sensitive`: what the 80% test is made for.
    """

    target: Text
    default_value: int | str | bool = 1
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    splits: Shares = Shares()
    groups: Groups
    features: dict[str, FeatureSpec] = {}
    card: CardSpec
    sensitive: dict[Text, SensitiveSpec] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        used = [name for group in INPUT_OF for name in getattr(self.groups, group)]
        for group in INPUT_OF:
            names = getattr(self.groups, group)
            if len(set(names)) < len(names):
                raise ValueError(f"groups.{group} names a feature twice")
        if unused := sorted(self.features.keys() - set(used)):
            raise ValueError(f"no group uses {', '.join(unused)}")
        if any(self.column(name) == self.target for name in used):
            raise ValueError("a feature is the target itself")
        if any(self.sensitive_column(name) == self.target for name in self.sensitive):
            raise ValueError("a sensitive attribute is the target itself")
        return self

    def feature(self, name: str) -> FeatureSpec:
        """What is said of a feature, or nothing in particular."""
        return self.features.get(name, FeatureSpec())

    def column(self, name: str) -> str:
        """The table's column of a feature."""
        return self.feature(name).column or name

    def sensitive_column(self, name: str) -> str:
        """The table's column of a sensitive attribute: its own, or that of the feature of the same name."""
        return self.sensitive[name].column or self.column(name)


def load_spec(path: Path) -> Spec:
    """Read and check a spec. TrainingError names the file and the key."""
    try:
        return Spec.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: cannot be read ({type(error).__name__})") from error
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["loc"] == ("card",) and first["type"] == "missing":
            raise TrainingError(
                f"{path}: [card] is missing: a model needs a card, and {', '.join(CardSpec.model_fields)} of it "
                f"(the last two are optional) only you can say; training/specs/taiwan.toml has one"
            ) from error
        at = ".".join(map(str, first["loc"]))
        raise TrainingError(f"{path}: {f'{at}: ' if at else ''}{first['msg']}") from error
