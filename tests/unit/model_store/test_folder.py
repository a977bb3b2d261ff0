"""A folder of artifacts holds whole files only, and nothing else."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

from model_store.artifacts import ArtifactMissing, ArtifactsUnreachable
from model_store.folder import FolderArtifacts


def every_file(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_put_leaves_no_temporary_file(tmp_path: Path) -> None:
    FolderArtifacts(tmp_path).put("social/versions/1/model.onnx", b"x")
    assert every_file(tmp_path) == ["social/versions/1/model.onnx"]


def test_a_put_that_fails_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifacts = FolderArtifacts(tmp_path)
    artifacts.put("social/model.pkl", b"old")

    def disk_full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(ArtifactsUnreachable, match="No space left"):
        artifacts.put("social/model.pkl", b"new")
    assert every_file(tmp_path) == ["social/model.pkl"]
    assert artifacts.read("social/model.pkl", 10).data == b"old"


def test_the_bytes_are_on_the_disk_before_their_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "social").mkdir()
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        steps.append("folder flushed" if Path(f"/proc/self/fd/{handle}").is_dir() else "file flushed")
        fsync(handle)

    def noted_replace(self: Path, target: Path) -> Path:
        steps.append("renamed")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    FolderArtifacts(tmp_path).put("social/model.pkl", b"x")
    assert steps == ["file flushed", "renamed", "folder flushed"]


def test_the_first_put_makes_the_folder(tmp_path: Path) -> None:
    artifacts = FolderArtifacts(tmp_path / "var" / "models")
    with pytest.raises(ArtifactsUnreachable):
        artifacts.read("social/model.pkl", 10)
    artifacts.put("social/model.pkl", b"x")
    with pytest.raises(ArtifactMissing):
        artifacts.read("social/scaler.joblib", 10)


def test_a_folder_in_the_way_of_a_file_is_out_of_reach_for_writing(tmp_path: Path) -> None:
    (tmp_path / "social" / "model.pkl").mkdir(parents=True)
    with pytest.raises(ArtifactsUnreachable):
        FolderArtifacts(tmp_path).put("social/model.pkl", b"x")


def test_a_file_that_lies_as_it_did_is_not_read_again_for_its_etag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifacts = FolderArtifacts(tmp_path)
    path = tmp_path / "social" / "model.pkl"
    artifacts.put("social/model.pkl", b"old")
    hashed: list[int] = []
    digest = hashlib.file_digest

    def noted(file: Any, name: str) -> Any:
        hashed.append(file.fileno())
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", noted)
    for age, more in ((0, 2), (60, 1), (30, 1)):  # seconds since it was last changed, how often it is read
        before = len(hashed)
        path.write_bytes(b"%02d!" % age)
        changed = time.time() - age
        os.utime(path, (changed, changed))
        etags = {artifacts.etag("social/model.pkl") for _ in range(2)}
        assert etags == {hashlib.sha256(b"%02d!" % age).hexdigest()}
        assert len(hashed) - before == more


def test_what_cannot_be_an_artifact_is_not_listed(tmp_path: Path) -> None:
    artifacts = FolderArtifacts(tmp_path)
    artifacts.put("social/model.pkl", b"x")
    (tmp_path / "social" / ".tmp-left").write_bytes(b"x")
    (tmp_path / "social" / "notes of ann.txt").write_bytes(b"x")
    assert artifacts.keys("social") == ["social/model.pkl"]
