"""What is sealed opens with its own key, under its own name, as it was; and otherwise not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.sealing import KEY_BYTES, NONCE_BYTES, SealBroken, key_id, new_key, seal, unseal

KEY = bytes(range(KEY_BYTES))


@given(st.binary(max_size=2_000), st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), st.text())
def test_what_is_sealed_comes_back_as_it_was(plain: bytes, key: bytes, name: str) -> None:
    name = name.encode(errors="ignore").decode()
    assert unseal(seal(plain, key, name), key, name) == plain


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_single_changed_bit_breaks_the_seal(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(plain, KEY, "pred_1"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        unseal(bytes(sealed), KEY, "pred_1")


@given(st.binary(max_size=200), st.integers(0, 227))
def test_a_cut_text_does_not_open(plain: bytes, length: int) -> None:
    sealed = seal(plain, KEY, "pred_1")
    if length < len(sealed):
        with pytest.raises(SealBroken):
            unseal(sealed[:length], KEY, "pred_1")


@pytest.mark.parametrize("key", [new_key(), KEY[::-1], b"", KEY[:-1]], ids=["another", "turned", "none", "short"])
def test_another_key_does_not_open_it(key: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(seal(b"income 4,200", KEY, "pred_1"), key, "pred_1")


def test_a_sealed_text_cannot_stand_in_for_another() -> None:
    with pytest.raises(SealBroken):
        unseal(seal(b"income 4,200", KEY, "pred_1"), KEY, "pred_2")


def test_no_two_keys_and_no_two_sealed_texts_are_alike() -> None:
    assert len({new_key() for _ in range(1_000)}) == 1_000
    sealed = {seal(b"income 4,200", KEY, "pred_1") for _ in range(1_000)}
    assert len({each[:NONCE_BYTES] for each in sealed}) == 1_000


def test_the_name_of_a_key_tells_the_same_key_again_and_holds_nothing_of_it() -> None:
    assert key_id(KEY) == key_id(bytes(KEY)) == "630dcd2966c43366"
    assert key_id(KEY[::-1]) != key_id(KEY)
    assert bytes.fromhex(key_id(KEY)) not in KEY


def test_a_published_text_opens() -> None:
    """Test case 15 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", 2005."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce, tag = bytes.fromhex("cafebabefacedbaddecaf888"), bytes.fromhex("b094dac5d93471bdec1a502270e3cc6c")
    cipher = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
    )
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
    )
    assert unseal(nonce + cipher + tag, key, "") == plain
