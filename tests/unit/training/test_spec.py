from pathlib import Path

import pytest

from training.dataset import TrainingError
from training.spec import load_spec

TAIWAN = Path(__file__).parents[3] / "training/specs/taiwan.toml"
GROUPS = '[groups]\ntraditional = ["a"]\nsocial = ["b"]\napplication = ["a", "b"]\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "spec.toml"
    path.write_text(text)
    return path


def test_the_least_spec_names_a_target_and_three_groups(tmp_path: Path) -> None:
    spec = load_spec(written(tmp_path, f'target = "bad"\n{GROUPS}'))
    assert (spec.default_value, spec.splits.test, spec.column("a")) == (1, 0.15, "a")


def test_the_shipped_spec_protects_what_may_not_be_a_reason() -> None:
    spec = load_spec(TAIWAN)
    assert {name for name, each in spec.features.items() if each.protected} == {"SEX", "MARRIAGE", "AGE"}
    assert all(each.protected or each.reason for each in spec.features.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("target = ", "Invalid value"),
        (f'target = "bad"\nseeds = 1\n{GROUPS}', "seeds: Extra inputs"),
        ('target = "bad"\n', "groups: Field required"),
        (f'target = "a"\n{GROUPS}', "a feature is the target itself"),
        (f'target = "bad"\n{GROUPS}[features]\nc = {{ protected = true }}\n', "no group uses c"),
        (f'target = "bad"\n{GROUPS}[features]\na = {{ protected = "yes" }}\n', "features.a.protected"),
        (f'target = "bad"\n{GROUPS}[splits]\ntest = 0.9\n', "leave nothing to train on"),
        (f'target = "bad"\n{GROUPS}'.replace('["a", "b"]', '["a", "a"]'), "groups.application names a feature twice"),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        load_spec(written(tmp_path, text))


def test_a_spec_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"spec\.toml: cannot be read \(FileNotFoundError\)"):
        load_spec(tmp_path / "spec.toml")
