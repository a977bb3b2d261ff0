"""Files of closed forms that are not what they should be."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

from model_store.arrays import ArraysError
from model_store.closed_forms import LinearForm, TreesForm
from tests.fakes.attributed import npz


def hostile_pickle() -> bytes:
    class Runs:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return exec, ("raise SystemExit('executed')",)

    file = io.BytesIO()
    np.savez(file, coefficients=np.array([Runs()], dtype=object))
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an archive",
        npz(coefficients=np.array([1.0, 2.0]))[:-30],
        npz(other=np.zeros(2)),
        npz(coefficients=np.zeros(3)),
        npz(coefficients=np.zeros(2, np.int64)),
        npz(coefficients=np.array([0.0, np.nan])),
        hostile_pickle(),
    ],
    ids=["empty", "no archive", "truncated", "no such array", "too long", "whole numbers", "NaN", "hostile pickle"],
)
def test_a_file_of_coefficients_that_is_not_one_is_refused(data: bytes) -> None:
    with pytest.raises(ArraysError):
        LinearForm(data, np.zeros(2))


@pytest.mark.parametrize(
    "change",
    [
        {"leaf_value": np.array([np.inf])},
        {"leaf_value": np.zeros((1, 1))},
        {"low": np.zeros((1, 3))},
        {"high": np.zeros((2, 2))},
        {"low": np.zeros((1, 2), np.float32)},
        {"missing": np.zeros((1, 2))},
    ],
)
def test_boxes_that_do_not_fit_are_refused(change: dict[str, np.ndarray]) -> None:
    box = {
        "leaf_value": np.ones(1),
        "low": np.zeros((1, 2)),
        "high": np.ones((1, 2)),
        "missing": np.zeros((1, 2), bool),
    }
    TreesForm(npz(**box), np.zeros(2))
    with pytest.raises(ArraysError):
        TreesForm(npz(**box | change), np.zeros(2))


def test_an_archive_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_store.arrays._MOST_BYTES", 1000)
    file = io.BytesIO()
    np.savez_compressed(file, coefficients=np.zeros(10_000))
    with pytest.raises(ArraysError, match="unpacks to more"):
        LinearForm(file.getvalue(), np.zeros(10_000))
