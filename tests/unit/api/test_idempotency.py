"""What makes two requests the same request."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api.idempotency import key_of, key_use

PARTS = st.tuples(st.text("ab.", max_size=3), st.sampled_from(["predict", "predict/batch"]), st.text("ab#", max_size=3))


@given(PARTS, PARTS)
def test_keys_of_other_clients_and_endpoints_never_meet(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (key_use(*one, body={}).key == key_use(*other, body={}).key) == (one == other)


@given(st.dictionaries(st.text(), st.integers() | st.floats(allow_nan=False) | st.text() | st.lists(st.integers())))
def test_the_order_of_names_does_not_matter_and_every_value_does(body: dict[str, Any]) -> None:
    turned = dict(reversed(body.items()))
    assert key_use("", "predict", "k", body) == key_use("", "predict", "k", turned)
    changed = {**body, "one more": json.dumps(body)}
    assert key_use("", "predict", "k", body).body_digest != key_use("", "predict", "k", changed).body_digest


def test_a_key_does_not_stand_in_clear() -> None:
    use = key_use("bank", "predict", "CUS123", {"customer_id": "CUS123"})
    assert len(use.key) == len(use.body_digest) == 64
    assert "CUS123" not in use.key + use.body_digest
    assert key_of(None) is None
