"""A validation set comes back as it was written; a file that is anything else is refused and never executed."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_store.validation import LARGEST_VALIDATION, MOST_GROUPS, MOST_ROWS, ValidationSet, ValidationSetError

ROWS = np.array([[1.0, np.nan], [0.1, -2.5], [3e30, 0.0]])
SET = ValidationSet(ROWS, np.array([0.0, 1.0, 0.0]), {"sex": np.array(["f", "m", "f"])}, "sample 1")


def test_a_set_comes_back_as_it_was_written() -> None:
    back = ValidationSet.from_bytes(SET.to_bytes())
    assert np.array_equal(back.rows, SET.rows, equal_nan=True)
    assert np.array_equal(back.defaulted, SET.defaulted)
    assert {name: groups.tolist() for name, groups in back.sensitive.items()} == {"sex": ["f", "m", "f"]}
    assert back.sample == "sample 1"
    assert back.to_bytes() == SET.to_bytes()


def test_there_may_be_no_sensitive_attribute() -> None:
    plain = ValidationSet(ROWS, SET.defaulted, {}, "sample 1")
    assert ValidationSet.from_bytes(plain.to_bytes()).sensitive == {}


@pytest.mark.parametrize(
    ("rows", "defaulted", "groups", "message"),
    [
        (np.zeros((0, 2)), np.zeros(0), np.array([]), "1 to 20,000 rows"),
        (np.zeros((MOST_ROWS + 1, 1)), np.zeros(MOST_ROWS + 1), np.array([]), "1 to 20,000 rows"),
        (np.zeros(3), np.zeros(3), np.array(["a"] * 3), "1 to 20,000 rows"),
        (np.zeros((3, 1)), np.zeros(2), np.array(["a"] * 3), "one outcome, 0 or 1, for each row"),
        (np.zeros((3, 1)), np.full(3, 0.5), np.array(["a"] * 3), "one outcome, 0 or 1, for each row"),
        (np.full((3, 1), np.inf), np.zeros(3), np.array(["a"] * 3), "infinite"),
        (np.zeros((3, 1)), np.zeros(3), np.array(["a"] * 2), "one group for each row"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(rows: Any, defaulted: Any, groups: Any, message: str) -> None:
    with pytest.raises(ValidationSetError, match=message):
        ValidationSet(rows, defaulted, {"sex": groups}, "sample")


def test_an_attribute_with_too_many_groups_asks_for_bands() -> None:
    count = MOST_GROUPS + 1
    many = ValidationSet(np.zeros((count, 1)), np.zeros(count), {"age": np.arange(count).astype(str)}, "sample")
    with pytest.raises(ValidationSetError, match="age has 1001 groups; at most 1000 can be judged: band it"):
        many.to_bytes()


def packed(compression: int = zipfile.ZIP_DEFLATED, **changed: bytes | np.ndarray | None) -> bytes:
    """The file of SET with some entries changed, or taken out."""
    with zipfile.ZipFile(io.BytesIO(SET.to_bytes())) as good:
        entries: dict[str, bytes] = {name: good.read(name) for name in good.namelist()}
    for name, value in changed.items():
        if isinstance(value, np.ndarray):
            npy = io.BytesIO()
            np.save(npy, value, allow_pickle=True)
            value = npy.getvalue()
        entries[f"{name}.npy"] = value if value is not None else b""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, value in entries.items():
            if changed.get(name.removesuffix(".npy"), b"") is not None:
                archive.writestr(name, value)
    return out.getvalue()


class _Canary:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


def test_a_pickle_in_it_is_refused_and_never_opened(tmp_path: Path) -> None:
    canary = tmp_path / "executed"
    hostile = np.array([_Canary(canary)], dtype=object)
    for raw in (packed(rows=hostile), packed(header=hostile), pickle.dumps(_Canary(canary))):
        with pytest.raises(ValidationSetError):
            ValidationSet.from_bytes(raw)
    assert not canary.exists()


NPY = b"\x93NUMPY\x01\x00"
HUGE = b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999, 999999999), }\n"
CODE = b"{'descr': '<f8', 'fortran_order': False, 'shape': (__import__('os').getpid(),), }\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"PK\x03\x04",
        SET.to_bytes()[:-40],
        packed(rows=None),
        packed(more=np.zeros(1)),
        packed(rows=np.zeros((3, 2), np.float32)),
        packed(rows=np.asfortranarray(np.zeros((3, 2)))),
        packed(rows=np.zeros((2, 2))),
        packed(rows=NPY + len(HUGE).to_bytes(2, "little") + HUGE),
        packed(rows=NPY + len(CODE).to_bytes(2, "little") + CODE),
        packed(rows=b"no array"),
        packed(defaulted=np.array([0, 1, 2], "u1")),
        packed(codes=np.array([[0, 1, 9]], "<u2")),
        packed(codes=np.zeros((2, 3), "<u2")),
        packed(header=np.frombuffer(b"{}", "u1")),
        packed(header=np.frombuffer(b'{"format": 2, "sample": "s", "sensitive": []}', "u1")),
        packed(header=np.frombuffer(b'{"sample": "a\\u001b", "sensitive": []}', "u1")),
    ],
    ids=range(17),
)
def test_a_file_that_is_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ValidationSetError):
        ValidationSet.from_bytes(raw)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = packed(rows=b"\0" * (LARGEST_VALIDATION + 1))
    assert len(bomb) < 1 << 20
    with pytest.raises(ValidationSetError, match="unpacks to more than"):
        ValidationSet.from_bytes(bomb)


@given(st.integers(0, len(SET.to_bytes()) - 1), st.integers(1, 255))
def test_no_flipped_byte_leads_to_anything_but_the_set_or_a_refusal(at: int, flip: int) -> None:
    raw = bytearray(SET.to_bytes())
    raw[at] ^= flip
    try:
        back = ValidationSet.from_bytes(bytes(raw))
    except ValidationSetError:
        return
    assert np.array_equal(back.rows, SET.rows, equal_nan=True)
