import multiprocessing
import tomllib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bootstrap.provenance import VERSION, provenance
from bootstrap.secret import secret
from bootstrap.settings import ROOT


def test_a_configured_secret_leaves_no_file(tmp_path: Path) -> None:
    assert secret("x" * 32, tmp_path) == b"x" * 32
    assert not list(tmp_path.iterdir())


def test_all_who_start_together_share_one_secret_that_only_the_owner_can_read(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        made = set(pool.map(secret, [None] * 8, [tmp_path / "new"] * 8))
    assert made == {secret(None, tmp_path / "new")}
    assert all(len(each) == 64 for each in made)
    [file] = (tmp_path / "new").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_code_digest_follows_the_code_that_scores(tmp_path: Path) -> None:
    source = tmp_path / "scoring" / "scale.py"
    source.parent.mkdir()
    source.write_text("PDO = 50")
    before = provenance(tmp_path)
    assert before == provenance(tmp_path)
    source.write_text("PDO = 51")
    assert provenance(tmp_path)["code"] != before["code"]
    assert {"python", "numpy", "onnxruntime"} <= before.keys()


def test_the_version_in_every_record_is_the_projects() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
