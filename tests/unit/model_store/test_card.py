"""A card is whole or it is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_store.card import LARGEST_CARD, CardError, read_card
from tests.fakes.cards import card


def changed(**parts: Any) -> bytes:
    plain = json.loads(card().to_bytes())
    for path, value in parts.items():
        inner, *rest = path.split("__")[::-1]
        at = plain
        for key in reversed(rest):
            at = at[key]
        if value is ...:
            del at[inner]
        else:
            at[inner] = value
    return json.dumps(plain).encode()


def test_a_card_comes_back_as_it_was_written() -> None:
    assert read_card(card().to_bytes()) == card()
    assert json.loads(card().to_bytes())["validated_on"] == "2026-11-22"


def test_only_the_approval_may_be_left_open() -> None:
    assert read_card(changed(approved_by=...)).approved_by is None


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"purpose": ...}, "card.json: purpose: Field required"),
        ({"owner": "  "}, "owner: String should have at least 1 character"),
        ({"intended_use": ""}, "intended_use"),
        ({"not_for": []}, "not_for"),
        ({"limits": ...}, "limits: Field required"),
        ({"data__default_definition": ...}, "data.default_definition: Field required"),
        ({"data__default_rate": 1.2}, "data.default_rate"),
        ({"training__features": []}, "training.features"),
        ({"metrics__auc": ...}, "metrics must hold auc"),
        ({"metrics__auc__measured_on": ...}, "metrics.auc.measured_on: Field required"),
        ({"metrics__auc__low": 0.9}, "low end is above its high end"),
        ({"metrics__auc__low": None}, "an interval has two ends"),
        ({"validated_on": "soon"}, "validated_on"),
        ({"format": 2}, "format"),
        ({"mood": "good"}, "mood: Extra inputs are not permitted"),
    ],
)
def test_what_is_missing_or_wrong_is_told_by_its_place(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(CardError, match=message):
        read_card(changed(**parts))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_card_are_a_card_error(raw: bytes) -> None:
    with pytest.raises(CardError):
        read_card(raw)


def test_a_huge_card_is_refused_before_it_is_read() -> None:
    with pytest.raises(CardError, match="larger than"):
        read_card(b" " * (LARGEST_CARD + 1))
