"""config.json is read strictly; what it says of a model counts, the rest is ignored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model_store.compile.config import Config, read_config
from model_store.compile.report import NativeRefusedError
from scoring.features import Feature
from scoring.scale import ScoreScale


def read(tmp_path: Path, said: object) -> Config:
    (tmp_path / "config.json").write_text(json.dumps(said))
    return read_config(tmp_path / "config.json")


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert read_config(tmp_path / "config.json") == Config()


def test_every_key_is_read_and_others_are_ignored(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        {
            "input_size": 2,
            "feature_names": ["income", "age"],
            "features": [{"name": "income", "minimum": 0, "reason": "Low", "unit": "EUR"}, {"name": "age"}],
            "activation": "tanh",
            "output": "score",
            "score_scale": {"pdo": 20, "base_points": 500, "colour": "red"},
            "calibration": {"intercept": 0.1, "slope": 2},
            "alone": {"intercept": -0.1, "slope": 0.5},
            "reference": [1000, 40],
            "learning_rate": 0.1,
            "trained_by": None,
        },
    )

    assert config == Config(
        input_size=2,
        feature_names=("income", "age"),
        features=(Feature("income", minimum=0, reason="Low"), Feature("age")),
        activation="tanh",
        output="score",
        score_scale=ScoreScale(base_points=500, pdo=20),
        calibration=(0.1, 2.0),
        alone=(-0.1, 0.5),
        reference=(1000.0, 40.0),
    )


def test_categories_are_read_and_a_reference_may_have_gaps(tmp_path: Path) -> None:
    features = [{"name": "housing", "categories": ["own", "rent"], "minimum": None}, {"name": "age"}]
    config = read(tmp_path, {"features": features, "reference": [1, None]})
    assert config.features == (Feature("housing", categories=("own", "rent")), Feature("age"))
    assert str(config.reference) == "(1.0, nan)"


@pytest.mark.parametrize(
    "said",
    [
        {"input_size": 0},
        {"input_size": True},
        {"input_size": "5"},
        {"feature_names": ["a", "a"]},
        {"feature_names": "abc"},
        {"feature_names": [1, 2]},
        {"features": ["a"]},
        {"features": [{"minimum": 1}]},
        {"features": [{"name": "a", "minimum": 2, "maximum": 1}]},
        {"features": [{"name": "a", "minimum": "low"}]},
        {"features": [{"name": "a", "required": "yes"}]},
        {"features": [{"name": "a", "reason": 5}]},
        {"features": [{"name": "a", "categories": "xyz"}]},
        {"features": [{"name": "a", "categories": []}]},
        {"features": [{"name": "a", "categories": ["x", 1]}]},
        {"features": [{"name": "a", "categories": ["x", "x"]}]},
        {"features": [{"name": "a", "categories": ["x"], "minimum": 0}]},
        {"activation": 3},
        {"output": "probability"},
        {"output": ["score"]},
        {"score_scale": {"pdo": 0}},
        {"score_scale": {"low": 900}},
        {"score_scale": [600]},
        {"calibration": {"intercept": 0}},
        {"calibration": {"intercept": 0, "slope": -1}},
        {"alone": [0, 1]},
        {"reference": ["a"]},
        {"reference": 5},
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_key(said: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(NativeRefusedError, match=rf"config\.json: {next(iter(said))} must be "):
        read(tmp_path, said)


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"reference": [NaN]}', "[" * 100_000, "\ud800"])
def test_what_is_no_json_object_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(NativeRefusedError, match=r"config\.json"):
        read_config(tmp_path / "config.json")


def test_a_checkpoint_completes_the_config() -> None:
    config = Config(activation="relu").with_model_config(
        {"activation": "relu", "input_size": 4, "layers": [8]}, "model.pt"
    )

    assert (config.activation, config.input_size) == ("relu", 4)
