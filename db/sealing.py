"""Records sealed with a key of their customer: when the key is thrown away, no copy of them can be read any more.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits; the name of what is sealed is authenticated with it, so
that no sealed text can stand in for another.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.items import dump
from routing.archive import Event
from scoring.record import ScoreRecord

KEY_BYTES = 32
NONCE_BYTES = 12


class SealBroken(Exception):
    """The key is not the one that the text was sealed with, or the text was changed."""


def new_key() -> bytes:
    """A key for one customer."""
    return os.urandom(KEY_BYTES)


def key_id(key: bytes) -> str:
    """The name of a key, which tells nothing of it: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(key).hexdigest()[:16]


def seal(plain: bytes, key: bytes, name: str) -> bytes:
    """The sealed text of `plain`; `name` says what it is (a prediction id) and must be given again to open it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, name.encode())


def unseal(sealed: bytes, key: bytes, name: str) -> bytes:
    """The inverse of `seal`. Raises SealBroken."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken("it does not open with this key") from error


def sealed_record(record: ScoreRecord, key: bytes, level: int = -1) -> bytes:
    """The whole record, as JSON that zlib deflated at this level, sealed."""
    return seal(zlib.compress(dump(record.values()).encode(), level), key, record.prediction_id)


def opened_record(sealed: bytes, key: bytes, prediction_id: str) -> ScoreRecord:
    """The inverse of `sealed_record`. Raises SealBroken; ValueError for a record of newer code."""
    return ScoreRecord.from_dict(orjson.loads(zlib.decompress(unseal(sealed, key, prediction_id))))


def sealed_body(event: Event, key: bytes) -> bytes:
    """What an event says, as JSON, sealed."""
    return seal(dump(event.body).encode(), key, _name(event))


def opened_body(sealed: bytes, key: bytes, event: Event) -> Mapping[str, Any]:
    """The inverse of `sealed_body`, for an event without its body. Raises SealBroken."""
    body: Mapping[str, Any] = orjson.loads(unseal(sealed, key, _name(event)))
    return body


def _name(event: Event) -> str:
    return f"{event.prediction_id} {event.kind} {event.key}"
