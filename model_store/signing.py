"""Signatures of bundles: ed25519 over the digest of the manifest, which covers every byte of every file."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from model_store.bundle import BundleRefused
from model_store.manifest import Manifest, Signature

_CONTEXT: Final = b"flask-credit-api model bundle v1\0"
"""What is signed begins with this: the signature is good for nothing else."""
_PUBLIC = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
_OTHERS_MAY = 0o077
_LARGEST_KEY_FILE = 1 << 20


class SigningError(ValueError):
    """A file of keys that is not usable; the message tells an operator why, in one line."""


class SigningKey:
    """A private key that vouches for bundles."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key_id = key_id_of(private.public_key())

    @classmethod
    def generate(cls, path: Path) -> Self:
        """Make a key and write it to a new PEM file that its owner alone can read. Raises OSError."""
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        return cls(private)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a PEM file. SigningError when it is not the owner's alone or holds no such key; OSError."""
        with path.open("rb") as file:
            mode, pem = os.fstat(file.fileno()).st_mode, file.read(_LARGEST_KEY_FILE)
        if _PUBLIC.search(pem):
            raise SigningError(f"{path.name}: is a public key; the private one signs")
        if mode & _OTHERS_MAY:
            raise SigningError(f"{path.name}: others may read or write this key; chmod 600 it, or make a new one")
        try:
            private = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SigningError(f"{path.name}: not an unencrypted private key in PEM form") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise SigningError(f"{path.name}: not an ed25519 key")
        return cls(private)

    def sign(self, manifest: Manifest) -> Manifest:
        """The manifest with this key's signature; its digest stays the same."""
        value = base64.b64encode(self._private.sign(_signed(manifest))).decode()
        return manifest.model_copy(
            update={"signature": Signature(algorithm="ed25519", key_id=self.key_id, value=value)}
        )

    def public_pem(self) -> str:
        """The public key, as `Trust.load` reads it."""
        return (
            self._private.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )


@dataclass(frozen=True)
class Trust:
    """Whose signatures count (public keys by their id), and whether a bundle needs one."""

    keys: Mapping[str, Ed25519PublicKey]
    required: bool

    @classmethod
    def load(cls, path: Path | None, required: bool) -> Self:
        """Read the public keys of one PEM file; several stand there while keys are rotated.

        SigningError when the file is not usable, or when signatures are required and nobody's would count.
        """
        if path is None:
            if required:
                raise SigningError(
                    "signed models are required, but no file of public keys is named (TRUSTED_MODEL_KEYS)"
                )
            return cls({}, required)
        try:
            pem = path.read_bytes()
        except OSError as error:
            raise SigningError(f"{path.name}: cannot be read ({type(error).__name__})") from error
        if b"PRIVATE KEY" in pem:
            raise SigningError(f"{path.name}: holds a private key; only public keys belong into it")
        keys = [_public(block, path.name) for block in _PUBLIC.findall(pem)]
        if not keys:
            raise SigningError(f"{path.name}: holds no public key in PEM form")
        return cls({key_id_of(key): key for key in keys}, required)

    def check(self, manifest: Manifest) -> None:
        """Raises BundleRefused when the bundle needs a signature that it has not, or has one that is not right."""
        signature = manifest.signature
        if signature is None:
            if self.required:
                raise BundleRefused(manifest.digest, "it is not signed")
            return
        key = self.keys.get(signature.key_id)
        if key is None:
            if self.required:
                raise BundleRefused(manifest.digest, f"it is signed with a key that is not trusted, {signature.key_id}")
            return
        try:
            key.verify(base64.b64decode(signature.value), _signed(manifest))
        except InvalidSignature as error:
            raise BundleRefused(manifest.digest, "its signature does not verify") from error

    def check_flat(self, digest: str) -> None:
        """Raises BundleRefused for native files that nobody published, and so nobody signed, where that is required."""
        if self.required:
            raise BundleRefused(digest, "its files are not published and signed")


ANYBODY: Final = Trust({}, required=False)
"""No signature is needed, and none is checked."""


def key_id_of(key: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the raw public key."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def _signed(manifest: Manifest) -> bytes:
    return _CONTEXT + manifest.digest.encode()


def _public(block: bytes, name: str) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningError(f"{name}: holds a public key that cannot be read") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SigningError(f"{name}: holds a public key that is not ed25519")
    return key
