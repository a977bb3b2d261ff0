from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pandas as pd
import pytest

from console import files


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_with_the_separator_that_it_has(separator: str) -> None:
    text = "\n".join(separator.join(row) for row in (("customer_id", "a"), ("007", "1.5"), ("x", "")))
    frame = files.table("Kunden.CSV", b"\xef\xbb\xbf" + text.encode())
    assert files.rows(frame) == [{"customer_id": "007", "a": 1.5}, {"customer_id": "x", "a": None}]


def test_a_parquet_file_gives_plain_json_values() -> None:
    held = {
        "n": [1, 2],
        "when": [datetime(2026, 1, 2, tzinfo=UTC), None],
        "big": [float("inf"), 1.0],
        "yes": [True, False],
    }
    content = io.BytesIO()
    pd.DataFrame(held).to_parquet(content)
    found = files.rows(files.table("a.parquet", content.getvalue()))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found[0] == {"n": 1, "when": "2026-01-02 00:00:00+00:00", "big": None, "yes": True}
    assert found[1]["when"] is None


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"\xff\xfe\x00", "not UTF-8"),
        ("a.csv", b"", "cannot be read as CSV"),
        ("a.csv", b"a,b\n", "holds no rows"),
        ("a.csv", b'a,b\n"1,2\n', "cannot be read as CSV"),
        ("a.parquet", b"PAR1 but not really", "cannot be read as Parquet"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(name: str, content: bytes, why: str) -> None:
    with pytest.raises(files.Unreadable, match=why):
        files.table(name, content)
