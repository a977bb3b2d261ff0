"""The notebooks: without outputs in git, and running from a clean state to their last cell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import pytest
from matplotlib import font_manager

from tests.fakes.running import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FEWEST_PICTURES = 6


def fonts() -> str:
    """Where the list of fonts lies that importing the manager made: making it takes seconds, and is said aloud."""
    assert font_manager.fontManager.ttflist
    return str(matplotlib.get_cachedir())


def read(path: Path) -> Any:
    """A notebook; raises where it is none."""
    found = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(found)
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_git_holds_no_output_of_a_notebook(path: Path) -> None:
    cells = read(path).cells
    assert [cell.id for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []


def test_notebooks_link_to_each_other_and_to_files_that_are_there() -> None:
    for path in NOTEBOOKS:
        text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
        for link in re.findall(r"\]\(([^)]+)\)", text) + [f"../{each}" for each in re.findall(r"`(docs/\S+)`", text)]:
            assert (path.parent / link).exists(), f"{path.name} names {link}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_a_clean_state(path: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    ours = {
        "DATA_DIR": str(data),
        "NOTEBOOK_ROWS": "1500",
        "HOME": str(tmp_path),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    alone = {"JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_NO_CONFIG": "1", "MPLCONFIGDIR": fonts(), "OMP_NUM_THREADS": "1"}
    inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    execute = [sys.executable, "-m", "jupyter", "execute", "--timeout=200"]
    command = [*execute, f"--output={tmp_path / path.name}", str(path)]
    done = subprocess.run(command, env={**inherited, **ours, **alone}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    outputs = [output for cell in read(tmp_path / path.name).cells for output in cell.get("outputs", [])]
    assert [each.text for each in outputs if each.get("name") == "stderr"] == []
    assert sum("image/png" in each.get("data", {}) for each in outputs) >= FEWEST_PICTURES
    assert data.exists() == ("train" in path.stem), "runs and bundles lie where DATA_DIR says, and nothing else does"
