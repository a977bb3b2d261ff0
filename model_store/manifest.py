"""The manifest: what a bundle is, in one JSON document whose digest names the bundle."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    field_serializer,
    model_validator,
)

from model_store.compile.categories import categories_problem
from model_store.compile.report import MODEL_FILES, ONNX, OutputKind, ReferenceSource
from routing.routes import NAME
from scoring.features import Feature, FeatureSchema, Row
from scoring.identity import moment
from scoring.scale import ScoreScale

FORMAT: Final = 1
MANIFEST = "manifest.json"

LARGEST_MANIFEST = 8 << 20
LARGEST_FILE = 512 << 20
LARGEST_BUNDLE = 1 << 30
MOST_FILES = 32
LONGEST_NAME = 128

FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$")]
"""A file lies beside the manifest: no folder, nothing hidden, no way out."""
VERSION: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Values = tuple[float | None, ...]
"""A row as JSON can hold it: None where a value is missing."""


class ManifestError(ValueError):
    """Not a manifest that this code can trust; the message says what is wrong, in words fit for a client."""


class Strict(BaseModel):
    """Read from bytes that anybody may have written: no coercion, no unknown key, no NaN."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class FileEntry(Strict):
    """One file of a bundle."""

    sha256: Sha256
    bytes: Annotated[int, Field(ge=0, le=LARGEST_FILE)]


class Golden(Strict):
    """Plausible rows and what the training framework itself answered, in the unit that `output` names."""

    rows: Annotated[tuple[Values, ...], Field(min_length=1, max_length=4096)]
    outputs: tuple[float, ...]


class Reference(Strict):
    """The applicant whom attributions compare with, and where it came from."""

    row: Values
    source: ReferenceSource


class Signature(Strict):
    """Who vouches for the bundle (`model_store.signing`). `value`: base64; `key_id` names the public key."""

    algorithm: Literal["ed25519"]
    key_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    value: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]


class Manifest(Strict):
    """One bundle: which files, which input, which output, and how it was checked.

    `alone`: (intercept, slope) of `routing.ports.Model.alone`. `parity`: the largest difference between model.onnx and
    the training framework on the golden rows. `notes`: what was concluded about the native files. `metrics`: whatever
    its trainer measured. `signature`: None for a bundle that nobody signed.
    """

    format: Literal[1] = FORMAT
    name: Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
    version: Annotated[str, StringConstraints(pattern=f"^{VERSION}$")]
    created_at: str
    files: Annotated[dict[FileName, FileEntry], Field(max_length=MOST_FILES)]
    features: Annotated[tuple[Feature, ...], Field(min_length=1, max_length=4096)]
    output: OutputKind
    scale: ScoreScale | None
    alone: tuple[float, float]
    reference: Reference
    golden: Golden
    converted: bool
    not_converted_because: str | None
    parity: float | None
    framework: str
    library_versions: dict[str, str]
    notes: tuple[str, ...]
    metrics: dict[str, JsonValue]
    signature: Signature | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of the canonical form without the signature, which signs it."""
        plain = self.model_dump(mode="json", exclude={"signature"})
        canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @field_serializer("features")
    def _features_as_ever(self, features: tuple[Feature, ...]) -> list[dict[str, Any]]:
        """Without categories a feature is written as it was before there were any: old digests stay valid."""
        return [_plain(feature) for feature in features]

    @property
    def schema_of_features(self) -> FeatureSchema:
        """The features as the request is checked against them."""
        return FeatureSchema(self.features)

    @property
    def threshold(self) -> float | None:
        """PD from which on a default is expected, as its trainer chose it (`metrics`, "laboratory", "threshold")."""
        facts = self.metrics.get("laboratory")
        threshold = facts.get("threshold") if isinstance(facts, dict) else None
        return float(threshold) if isinstance(threshold, float) and 0 < threshold <= 1 else None

    @property
    def golden_rows(self) -> tuple[Row, ...]:
        """The golden rows as a model takes them."""
        return tuple(row_of(row) for row in self.golden.rows)

    def to_bytes(self) -> bytes:
        """The document as it is stored; `read_manifest` is its inverse."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, allow_nan=False) + "\n").encode()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problem = next((problem for wrong, problem in _rules(self) if wrong), None)
        if problem:
            raise ValueError(problem)
        return self


def read_manifest(raw: bytes) -> Manifest:
    """Read and check a stored manifest. Raises ManifestError."""
    try:
        manifest = Manifest.model_validate_json(raw)
        manifest.digest  # noqa: B018  # numbers that JSON cannot hold may hide in `metrics`: this finds them
    except ValidationError as error:
        raise ManifestError(_told(error)) from error
    except ValueError as error:
        raise ManifestError("the manifest holds a number that is not finite") from error
    return manifest


def row_of(values: Values) -> Row:
    """A row as a model takes it: NaN where a value is missing."""
    return tuple(math.nan if value is None else value for value in values)


def _rules(manifest: Manifest) -> Iterator[tuple[bool, str]]:
    """(broken, what to say): what must hold between the fields."""
    count, scale, names = len(manifest.features), manifest.scale, [each.name for each in manifest.features]
    yield not _is_time(manifest.created_at), "created_at is not a time with an offset"
    yield sum(entry.bytes for entry in manifest.files.values()) > LARGEST_BUNDLE, "the files are too large together"
    yield MANIFEST in manifest.files, "the manifest lists itself as a file"
    yield len(set(names)) != len(names), "a feature is named twice"
    yield not all(_is_plain(name) for name in names), "a feature has no usable name"
    yield any(_reversed(each) for each in manifest.features), "a feature's minimum is above its maximum"
    problem = next((found for each in manifest.features if (found := categories_problem(each))), None)
    yield problem is not None, f"categories: {problem}"
    yield len(manifest.golden.outputs) != len(manifest.golden.rows), "golden rows and outputs differ in number"
    rows = (manifest.reference.row, *manifest.golden.rows)
    yield any(len(row) != count for row in rows), f"a row does not have {count} values, one for each feature"
    coded = [index for index, each in enumerate(manifest.features) if each.categories is not None]
    yield (
        any(not _is_coded(manifest.features[index], row[index]) for row in rows for index in coded),
        "a row holds a code that no category has",
    )
    yield (
        scale is not None and (scale.pdo <= 0 or scale.base_odds <= 0 or scale.low >= scale.high),
        ("the score scale is not usable"),
    )
    yield manifest.alone[1] <= 0, "alone: the slope must be above 0"
    served = (ONNX,) if manifest.converted else MODEL_FILES
    yield not any(file in manifest.files for file in served), f"no {' or '.join(served)} among the files"


def _is_time(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


def _is_plain(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()


def _plain(feature: Feature) -> dict[str, Any]:
    plain = asdict(feature)
    if feature.categories is None:
        del plain["categories"]
    return plain


def _is_coded(feature: Feature, value: float | None) -> bool:
    return value is None or feature.holds(value)


def _reversed(feature: Feature) -> bool:
    return feature.minimum is not None and feature.maximum is not None and feature.minimum > feature.maximum


def _told(error: ValidationError) -> str:
    """The first thing wrong, in a sentence; a format that is not ours explains everything else."""
    problems = error.errors(include_url=False, include_context=False)
    first = next((each for each in problems if each["type"] == "literal_error" and each["loc"] == ("format",)), None)
    if first:
        return f"its manifest has format {str(first['input'])[:20]}; this code reads format {FORMAT}"
    first = problems[0]
    where = ".".join(str(part) for part in first["loc"])[:100]
    return (
        f"its manifest is not valid: {where + ': ' if where else ''}{first['msg'].removeprefix('Value error, ')[:200]}"
    )
