"""A report comes from a process that untrusted files ran in: it is read as data, and doubted."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from model_store.compile.report import CompileReport

REPORT = CompileReport(
    input_size=2,
    feature_names=["income", "age"],
    features=[],
    output="probability_of_default",
    scale=None,
    converted=True,
    not_converted_because=None,
    framework="xgboost",
    library_versions={"xgboost": "3.2.0"},
    golden_rows=[[0.5, float(index)] for index in range(16)],
    golden_outputs=[0.1] * 16,
    parity=1e-8,
    reference_row=[0.5, 3.0],
    reference_source="zeros",
    alone=[0.0, 1.0],
    notes=["said"],
)


def test_it_is_read_as_it_was_written() -> None:
    assert CompileReport.from_json(REPORT.to_json()) == REPORT


def test_a_missing_value_survives() -> None:
    rows = [[math.nan, 1.0], *REPORT.golden_rows[1:]]

    read = CompileReport.from_json(replace(REPORT, golden_rows=rows).to_json())

    assert math.isnan(read.golden_rows[0][0])
    assert read.golden_rows[1:] == rows[1:]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("input_size", 3),
        ("input_size", "2"),
        ("feature_names", ["income"]),
        ("feature_names", [1, 2]),
        ("features", ["income"]),
        ("output", "odds"),
        ("scale", {"pdo": "20"}),
        ("converted", False),
        ("converted", 1),
        ("framework", None),
        ("library_versions", {"xgboost": 3}),
        ("golden_rows", [[0.5, 1.0]]),
        ("golden_rows", [[0.5, "1"]] * 16),
        ("golden_outputs", [0.1] * 15),
        ("golden_outputs", [None] * 16),
        ("parity", None),
        ("parity", -1),
        ("parity", 1e999),
        ("reference_row", [0.5]),
        ("reference_source", "a guess"),
        ("alone", [1.0]),
        ("notes", "said"),
    ],
)
def test_a_value_that_no_report_has_is_refused(key: str, value: object) -> None:
    plain = json.loads(REPORT.to_json()) | {key: value}

    with pytest.raises(ValueError, match=r"report|lists|parity"):
        CompileReport.from_json(json.dumps(plain).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"input_size": 2}', REPORT.to_json()[:-30]])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"report|JSON|Expecting"):
        CompileReport.from_json(data)
