"""A folder of artifacts holds whole files only, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

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
