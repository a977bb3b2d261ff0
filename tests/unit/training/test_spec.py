from pathlib import Path

import pytest

from training.dataset import TrainingError
from training.spec import load_spec

TAIWAN = Path(__file__).parents[3] / "training/specs/taiwan.toml"
CARD = """[card]
purpose = "p"
owner = "o"
intended_use = "u"
not_for = ["n"]
period = "2025"
default_definition = "90 days past due"
limits = ["l"]
"""
GROUPS = CARD + '[groups]\ntraditional = ["a"]\nsocial = ["b"]\napplication = ["a", "b"]\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "spec.toml"
    path.write_text(text)
    return path


def test_the_least_spec_names_a_target_three_groups_and_the_words_of_a_card(tmp_path: Path) -> None:
    spec = load_spec(written(tmp_path, f'target = "bad"\n{GROUPS}'))
    assert (spec.default_value, spec.splits.test, spec.column("a")) == (1, 0.15, "a")


def test_the_shipped_spec_protects_what_may_not_be_a_reason() -> None:
    spec = load_spec(TAIWAN)
    assert {name for name, each in spec.features.items() if each.protected} == {"SEX", "MARRIAGE", "AGE"}
    assert all(each.protected or each.reason for each in spec.features.values())


def test_a_sensitive_attribute_is_its_own_column_or_that_of_the_feature_of_its_name(tmp_path: Path) -> None:
    said = '[features]\na = { column = "X1" }\n[sensitive]\na = {}\nsex = {}\nage = { column = "X9" }\n'
    spec = load_spec(written(tmp_path, f'target = "bad"\n{GROUPS}{said}'))
    assert [spec.sensitive_column(name) for name in ("a", "sex", "age")] == ["X1", "sex", "X9"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("target = ", "Invalid value"),
        (f'target = "bad"\nseeds = 1\n{GROUPS}', "seeds: Extra inputs"),
        (f'target = "bad"\n{CARD}', "groups: Field required"),
        (
            f'target = "bad"\n{GROUPS.removeprefix(CARD)}',
            r"\[card\] is missing: a model needs a card, and purpose, owner",
        ),
        (f'target = "bad"\n{GROUPS.replace("owner", "boss")}', "card.owner: Field required"),
        (f'target = "bad"\n{GROUPS}[sensitive]\nage = {{ bands = [40, 30] }}\n', "sensitive.age: .*bands must ascend"),
        (
            f'target = "bad"\n{GROUPS}[sensitive]\nage = {{ bands = [40], labels = {{ 1 = "x" }} }}\n',
            "leave labels out",
        ),
        (f'target = "bad"\n{GROUPS}[sensitive]\nsex = {{ column = "bad" }}\n', "attribute is the target itself"),
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
