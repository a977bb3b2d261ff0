"""The shape of the source: files that fit a reader's head, names that hide nothing."""

from __future__ import annotations

import subprocess
import sys

from tests.fakes.running import ROOT

LONGEST = 300
HALF_UNDER = 90


def sources() -> dict[str, int]:
    """Every Python file of the repository, and its lines."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return {name: len((ROOT / name).read_text().splitlines()) for name in names if (ROOT / name).exists()}


def test_no_file_is_longer_than_300_lines() -> None:
    assert {name: lines for name, lines in sources().items() if lines > LONGEST} == {}


def test_half_of_the_files_are_under_90_lines() -> None:
    lines = sorted(sources().values())
    assert lines[len(lines) // 2] < HALF_UNDER


def test_no_top_level_name_hides_a_module_of_the_standard_library() -> None:
    tops = {name.split("/")[0].removesuffix(".py") for name in sources()}
    assert not tops & sys.stdlib_module_names
