"""The validation set of a bundle: customers it was not fitted on, for judging it against the model that serves."""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

VALIDATION: Final = "validation.npz"
"""The validation set's file in a bundle."""
MOST_ROWS: Final = 20_000
MOST_FEATURES: Final = 4_096
MOST_ATTRIBUTES, MOST_GROUPS = 50, 1_000
LARGEST_VALIDATION: Final = 256 << 20
"""Bytes of the file, packed and unpacked."""

_ARRAYS: Mapping[str, tuple[str, int]] = {
    "header": ("|u1", 1),
    "rows": ("<f8", 2),
    "defaulted": ("|u1", 1),
    "codes": ("<u2", 2),
}
"""The arrays of the file: type and number of axes."""
_MAGIC = b"\x93NUMPY\x01\x00"
_DESCRIPTION = re.compile(
    rb"\{'descr': '([<|][a-z]\d)', 'fortran_order': False, 'shape': \((\d{1,9}),(?: (\d{1,9}))?\), \} *\n"
)

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ValidationSetError(ValueError):
    """Not a validation set; the message says what is wrong."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class _Attribute(_Strict):
    name: Text
    groups: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MOST_GROUPS)]


class _Header(_Strict):
    format: Literal[1] = 1
    sample: Text
    sensitive: Annotated[tuple[_Attribute, ...], Field(max_length=MOST_ATTRIBUTES)]


@dataclass(frozen=True, eq=False)
class ValidationSet:
    """Customers held back from the fit.

    `rows` [N, n]: the model's input, NaN where a value is missing; `defaulted` [N]: 1 = default, 0 = not;
    `sensitive`: attribute -> the group of each customer, [N] text, whether or not the model sees the attribute.
    `sample`: which customers in which order. Sets of several models with the same text can be read side by side, row by
    row. ValidationSetError when the parts do not belong together, or hold anything else than this.
    """

    rows: NDArray[np.float64]
    defaulted: NDArray[np.float64]
    sensitive: Mapping[str, NDArray[np.str_]]
    sample: str

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or not 0 < len(self.rows) <= MOST_ROWS or not 0 < self.rows.shape[1] <= MOST_FEATURES:
            raise ValidationSetError(f"a validation set has 1 to {MOST_ROWS:,} rows of 1 to {MOST_FEATURES:,} features")
        if self.defaulted.shape != (len(self.rows),) or not np.isin(self.defaulted, (0.0, 1.0)).all():
            raise ValidationSetError("a validation set needs one outcome, 0 or 1, for each row")
        if np.isinf(self.rows).any():
            raise ValidationSetError("a validation set holds a number that is infinite")
        if any(groups.shape != (len(self.rows),) for groups in self.sensitive.values()):
            raise ValidationSetError("a sensitive attribute needs one group for each row")

    def to_bytes(self) -> bytes:
        """The file; the same set makes the same bytes. Raises ValidationSetError for names that cannot be kept."""
        attributes, codes = [], np.zeros((len(self.sensitive), len(self.rows)), "<u2")
        for at, (name, groups) in enumerate(self.sensitive.items()):
            labels, code = np.unique(groups, return_inverse=True)
            if len(labels) > MOST_GROUPS:
                raise ValidationSetError(
                    f"{name} has {len(labels)} groups; at most {MOST_GROUPS} can be judged: band it"
                )
            attributes.append({"name": name, "groups": tuple(map(str, labels))})
            codes[at] = code
        header = _header({"sample": self.sample, "sensitive": tuple(attributes)})
        packed = io.BytesIO()
        np.savez_compressed(
            packed,
            header=np.frombuffer(header.model_dump_json().encode(), "|u1"),
            rows=np.ascontiguousarray(self.rows, "<f8"),
            defaulted=self.defaulted.astype("|u1"),
            codes=codes,
        )
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> ValidationSet:
        """Read what `to_bytes` wrote; nothing is unpickled or evaluated. ValidationSetError for anything else."""
        arrays = _arrays(data)
        header = _header(arrays["header"].tobytes())
        rows, codes = arrays["rows"], arrays["codes"]
        if codes.shape != (len(header.sensitive), len(rows)):
            raise ValidationSetError("a sensitive attribute needs one group for each row")
        sensitive = {}
        for attribute, code in zip(header.sensitive, codes, strict=True):
            if len(code) and code.max() >= len(attribute.groups):
                raise ValidationSetError(f"a row has a group of {attribute.name} that is not listed")
            sensitive[attribute.name] = np.array(attribute.groups)[code]
        return cls(rows, arrays["defaulted"].astype(np.float64), sensitive, header.sample)


def _header(given: bytes | Mapping[str, object]) -> _Header:
    try:
        header = _Header.model_validate_json(given) if isinstance(given, bytes) else _Header.model_validate(given)
    except ValidationError as error:
        raise ValidationSetError(f"{VALIDATION}: its header is not valid") from error
    names = [each.name for each in header.sensitive]
    words = [header.sample, *names, *(group for each in header.sensitive for group in each.groups)]
    if len(set(names)) < len(names) or not all(word.isprintable() for word in words):
        raise ValidationSetError(f"{VALIDATION}: names must be printable, and each attribute named once")
    return header


def _arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of the file. Only plain ones of exactly the expected types are read, by our own few lines."""
    if len(data) > LARGEST_VALIDATION:
        raise ValidationSetError(f"{VALIDATION} is larger than {LARGEST_VALIDATION:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            if sorted(entries) != sorted(f"{name}.npy" for name in _ARRAYS):
                raise ValidationSetError(f"{VALIDATION} must hold the arrays {', '.join(_ARRAYS)}, and no others")
            if sum(entry.file_size for entry in entries.values()) > LARGEST_VALIDATION:
                raise ValidationSetError(f"{VALIDATION} unpacks to more than {LARGEST_VALIDATION:,} bytes")
            return {name: _array(_unpacked(archive, entries[f"{name}.npy"]), name) for name in _ARRAYS}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise ValidationSetError(f"{VALIDATION} is not a file of arrays") from error


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One entry, never more bytes than it says: a read without a number may unpack far more before it is cut."""
    with archive.open(entry) as file:
        return file.read(entry.file_size + 1)


def _array(raw: bytes, name: str) -> NDArray[Any]:
    kind, axes = _ARRAYS[name]
    start = len(_MAGIC) + 2
    end = start + int.from_bytes(raw[len(_MAGIC) : start], "little")
    said = _DESCRIPTION.fullmatch(raw[start:end])
    if not raw.startswith(_MAGIC) or said is None or said[1].decode() != kind:
        raise ValidationSetError(f"{VALIDATION}: {name} is not a plain array of {kind} numbers")
    shape = tuple(int(size) for size in said.groups()[1:] if size is not None)
    if len(shape) != axes or math.prod(shape) * np.dtype(kind).itemsize != len(raw) - end:
        raise ValidationSetError(f"{VALIDATION}: {name} does not have the size that it says")
    return np.frombuffer(raw[end:], kind).reshape(shape)
