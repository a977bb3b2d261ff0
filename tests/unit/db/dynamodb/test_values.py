"""Plain values as DynamoDB's attribute values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.dynamodb.values import attribute, plain

PLAIN = st.recursive(
    st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(PLAIN)
def test_every_plain_value_comes_back_equal(value: object) -> None:
    assert plain(attribute(value)) == value


@pytest.mark.parametrize(("number", "written"), [(735.4, "735.4"), (0.1 + 0.2, "0.30000000000000004"), (60, "60")])
def test_a_number_is_written_as_its_shortest_decimal(number: float, written: str) -> None:
    assert attribute(number) == {"N": written}


def test_what_the_table_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="set is no value"):
        attribute({"models": {1}})
