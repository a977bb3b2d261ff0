"""A signature is checked before anything of a bundle is used, and a file of keys before anything is served."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from model_store.bundle import BundleRefused
from model_store.manifest import Manifest, ManifestError, read_manifest
from model_store.signing import ANYBODY, SigningKey, Trust
from tests.fakes.manifests import manifest

PEM, NO_PASSWORD = serialization.Encoding.PEM, serialization.NoEncryption()


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.generate(tmp_path / "key.pem")


def trust(folder: Path, *keys: SigningKey, required: bool = True) -> Trust:
    (folder / "trusted.pem").write_text("".join(key.public_pem() for key in keys))
    return Trust.load(folder / "trusted.pem", required)


def test_a_signature_of_a_trusted_key_counts_after_it_was_stored(key: SigningKey, tmp_path: Path) -> None:
    signed = key.sign(manifest())
    assert signed.signature is not None
    assert (signed.signature.algorithm, signed.signature.key_id) == ("ed25519", key.key_id)
    assert signed.digest == manifest().digest
    trust(tmp_path, key).check(read_manifest(signed.to_bytes()))


def test_a_key_is_read_back_from_its_file(key: SigningKey, tmp_path: Path) -> None:
    again = SigningKey.load(tmp_path / "key.pem")
    assert again.sign(manifest()) == key.sign(manifest())
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_written_over_a_file(key: SigningKey, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        SigningKey.generate(tmp_path / "key.pem")
    assert SigningKey.load(tmp_path / "key.pem").key_id == key.key_id


def test_what_is_unsigned_or_signed_by_others_is_refused_where_signatures_are_required(
    key: SigningKey, tmp_path: Path
) -> None:
    other = SigningKey.generate(tmp_path / "other.pem")
    for bundle, message in ((manifest(), "not signed"), (other.sign(manifest()), f"not trusted, {other.key_id}")):
        with pytest.raises(BundleRefused, match=message) as refused:
            trust(tmp_path, key).check(bundle)
        assert refused.value.digest == bundle.digest
        trust(tmp_path, key, required=False).check(bundle)
        ANYBODY.check(bundle)


def moved_to(other: Manifest, signed: Manifest) -> Manifest:
    return other.model_copy(update={"signature": signed.signature})


@pytest.mark.parametrize("required", [True, False])
def test_a_signature_of_a_known_key_must_be_of_this_bundle(key: SigningKey, tmp_path: Path, required: bool) -> None:
    signed = key.sign(manifest())
    assert signed.signature
    flipped = ("B" if signed.signature.value[0] == "A" else "A") + signed.signature.value[1:]
    for forged in (
        moved_to(manifest(version="2"), signed),
        moved_to(manifest(name="xgboost"), signed),
        moved_to(manifest(alone=[0.0, 2.0]), signed),
        signed.model_copy(update={"signature": signed.signature.model_copy(update={"value": flipped})}),
    ):
        with pytest.raises(BundleRefused, match="does not verify"):
            trust(tmp_path, key, required=required).check(forged)


def test_keys_rotate_through_a_file_of_several(key: SigningKey, tmp_path: Path) -> None:
    new = SigningKey.generate(tmp_path / "new.pem")
    for signed in (key.sign(manifest()), new.sign(manifest())):
        trust(tmp_path, key, new).check(signed)
    with pytest.raises(BundleRefused, match="not trusted"):
        trust(tmp_path, new).check(key.sign(manifest()))


def test_flat_files_are_refused_where_signatures_are_required(key: SigningKey, tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match="not published and signed"):
        trust(tmp_path, key).check_flat("0" * 64)
    ANYBODY.check_flat("0" * 64)


@pytest.mark.parametrize(
    "change", [{"algorithm": "none"}, {"key_id": "../key"}, {"value": ""}, {"value": "A" * 88}, {"more": 1}]
)
def test_a_signature_of_another_form_is_no_manifest(key: SigningKey, change: dict[str, object]) -> None:
    plain = json.loads(key.sign(manifest()).to_bytes())
    plain["signature"] |= change
    with pytest.raises(ManifestError, match="signature"):
        read_manifest(json.dumps(plain).encode())


def of_another_kind(folder: Path) -> tuple[str, str]:
    private = generate_private_key(SECP256R1())
    public = private.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.private_bytes(PEM, serialization.PrivateFormat.PKCS8, NO_PASSWORD).decode(), public.decode()


def test_a_file_of_public_keys_that_is_not_one_is_told_in_a_line(key: SigningKey, tmp_path: Path) -> None:
    broken = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
    for text, message in (
        ("", "holds no public key"),
        (broken, "cannot be read"),
        (key.public_pem() + broken, "cannot be read"),
        (of_another_kind(tmp_path)[1], "not ed25519"),
        ((tmp_path / "key.pem").read_text(), "holds a private key"),
    ):
        (tmp_path / "keys").write_text(text)
        with pytest.raises(ValueError, match=message) as told:
            Trust.load(tmp_path / "keys", required=False)
        assert "\n" not in str(told.value)
    with pytest.raises(ValueError, match="none: cannot be read"):
        Trust.load(tmp_path / "none", required=False)
    with pytest.raises(ValueError, match="no file of public keys"):
        Trust.load(None, required=True)
    assert Trust.load(None, required=False) == ANYBODY


def test_a_private_key_that_is_not_one_is_told_in_a_line(key: SigningKey, tmp_path: Path) -> None:
    path = tmp_path / "private"
    for text, message in (
        ("", "not an unencrypted"),
        (key.public_pem(), "is a public key; the private one signs"),
        (of_another_kind(tmp_path)[0], "not an ed25519"),
    ):
        path.write_text(text)
        path.chmod(0o600)
        with pytest.raises(ValueError, match=message):
            SigningKey.load(path)
    (tmp_path / "key.pem").chmod(0o640)
    with pytest.raises(ValueError, match="others may read"):
        SigningKey.load(tmp_path / "key.pem")
