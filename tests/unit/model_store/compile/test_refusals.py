"""What may not serve is refused, with a sentence that says what was expected."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from model_store.compile.compiler import compile_files
from model_store.compile.report import CompileReport, NativeRefusedError
from tests.fakes import native_files as made

pytestmark = pytest.mark.filterwarnings("ignore")  # as in the child: what frameworks deprecate is not under test


def compiled(folder: Path) -> CompileReport:
    out = folder / "out"
    out.mkdir()
    return compile_files(folder, out, 1 << 28)


def refused(folder: Path, message: str) -> None:
    with pytest.raises(NativeRefusedError, match=message):
        compiled(folder)


def layers(*modules: torch.nn.Module) -> torch.nn.Sequential:
    return torch.nn.Sequential(*modules)


LINEAR = torch.nn.Linear


# ---------------------------------------------------------------- the folder


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    refused(tmp_path, r"expected one of model\.pt, model\.pkl, model\.json, model\.txt; found none")


def test_a_folder_with_two_models(tmp_path: Path) -> None:
    made.booster(tmp_path)
    made.estimator(tmp_path)
    refused(tmp_path, r"found model\.pkl and model\.json")


# ---------------------------------------------------------------- model.pt


def test_a_state_dict_without_an_activation_is_never_guessed(tmp_path: Path) -> None:
    made.state_dict(tmp_path)
    refused(tmp_path, 'add "activation" to config.json')


def test_one_layer_needs_no_activation(tmp_path: Path) -> None:
    made.feature_scaler(tmp_path)
    made.write_config(tmp_path, output="logit")
    made.state_dict(tmp_path, layers(LINEAR(made.SIZE, 1)))
    assert compiled(tmp_path).output == "logit"


def test_an_unknown_activation(tmp_path: Path) -> None:
    made.write_config(tmp_path, activation="snake")
    made.state_dict(tmp_path)
    refused(tmp_path, "activation 'snake' is not known; known: relu, tanh")


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (layers(LINEAR(5, 4), torch.nn.BatchNorm1d(4), LINEAR(4, 1)), "fold a BatchNorm"),
        (layers(LINEAR(5, 4), torch.nn.LayerNorm(4), LINEAR(4, 1)), "only Linear layers"),
        (layers(LINEAR(5, 4), LINEAR(3, 1)), "not one stack in order"),
        (layers(LINEAR(5, 4), LINEAR(4, 2)), "2 outputs for a row"),
        (torch.nn.LSTM(5, 1), "only Linear layers"),
    ],
)
def test_a_state_dict_that_is_no_stack_of_linear_layers(net: torch.nn.Module, message: str, tmp_path: Path) -> None:
    made.write_config(tmp_path, activation="relu")
    torch.save(net.state_dict(), tmp_path / "model.pt")
    refused(tmp_path, message)


def test_weights_that_are_not_finite(tmp_path: Path) -> None:
    made.write_config(tmp_path, activation="relu")
    net = made.net()
    torch.nn.init.constant_(net[0].bias, float("nan"))  # type: ignore[arg-type]
    made.state_dict(tmp_path, net)
    refused(tmp_path, "not finite")


def test_a_whole_module_instead_of_its_state(tmp_path: Path) -> None:
    torch.save(made.net(), tmp_path / "model.pt")
    refused(tmp_path, "neither TorchScript nor a file of tensors and plain values")


def test_a_hostile_checkpoint(tmp_path: Path) -> None:
    canary = tmp_path / "canary"

    class Touches:
        def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
            return canary.touch, ()

    torch.save({"model_state_dict": Touches()}, tmp_path / "model.pt")
    refused(tmp_path, "neither TorchScript nor")
    assert not canary.exists()


def test_a_checkpoint_that_contradicts_the_config(tmp_path: Path) -> None:
    made.write_config(tmp_path, activation="relu")
    made.checkpoint(tmp_path, model_config={"activation": "tanh"})
    refused(tmp_path, r"config\.json says activation 'relu', model\.pt \(model_config\) says 'tanh'")


def test_a_size_that_contradicts_the_weights(tmp_path: Path) -> None:
    made.checkpoint(tmp_path, input_size=7, model_config={"activation": "relu"})
    refused(tmp_path, r"model\.pt takes 5 features, but input_size is 7")


def test_a_script_without_weights_must_be_told_its_size(tmp_path: Path) -> None:
    made.torchscript(tmp_path, torch.nn.Sigmoid())
    refused(tmp_path, "add input_size to config.json")


def test_a_script_of_several_outputs(tmp_path: Path) -> None:
    made.torchscript(tmp_path, layers(LINEAR(5, 2), torch.nn.Sigmoid()))
    refused(tmp_path, "one number for each row")


def test_a_traced_script_that_still_drops_out(tmp_path: Path) -> None:
    made.torchscript(tmp_path, made.net().train(), traced=True)
    refused(tmp_path, "training mode")


def test_a_torn_file(tmp_path: Path) -> None:
    made.torchscript(tmp_path)
    data = (tmp_path / "model.pt").read_bytes()
    (tmp_path / "model.pt").write_bytes(data[: len(data) // 2])
    refused(tmp_path, r"model\.pt")


# ---------------------------------------------------------------- model.pkl and model.json


def test_a_classifier_without_probabilities(tmp_path: Path) -> None:
    made.estimator(tmp_path, LinearSVC())
    refused(tmp_path, "without predict_proba: fit it in CalibratedClassifierCV")


def test_a_classifier_of_three_classes(tmp_path: Path) -> None:
    rows = made.applicants()
    joblib.dump(RandomForestClassifier(2).fit(rows, np.arange(len(rows)) % 3), tmp_path / "model.pkl")
    refused(tmp_path, "two classes")


def test_something_that_is_no_model(tmp_path: Path) -> None:
    joblib.dump(KMeans(2).fit(made.applicants()), tmp_path / "model.pkl")
    refused(tmp_path, "holds a KMeans; expected a classifier, a regressor")


def test_a_search_instead_of_what_it_found(tmp_path: Path) -> None:
    made.estimator(tmp_path, GridSearchCV(DecisionTreeClassifier(), {"max_depth": [2, 3]}))
    refused(tmp_path, "save its best_estimator_")


def test_a_model_that_was_not_fitted(tmp_path: Path) -> None:
    joblib.dump(LinearRegression(), tmp_path / "model.pkl")
    refused(tmp_path, "was it fitted")


def test_a_model_of_another_scikit_learn(tmp_path: Path) -> None:
    model = LogisticRegression().fit(
        StandardScaler().fit_transform(made.applicants()), made.defaults(made.applicants())
    )
    state = model.__getstate__() | {"_sklearn_version": "1.2.2"}
    model.__dict__.clear()
    model.__dict__.update(state)
    data = pickle.dumps(model)
    import sklearn

    (tmp_path / "model.pkl").write_bytes(data.replace(sklearn.__version__.encode(), b"1.2.2"))
    refused(tmp_path, r"saved with scikit-learn 1\.2\.2; this service runs")


def test_a_json_that_is_not_of_xgboost(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"trees": []}))
    refused(tmp_path, "not a model that XGBoost saved")


def test_a_booster_of_several_classes(tmp_path: Path) -> None:
    rows = made.applicants()
    XGBClassifier(n_estimators=2).fit(rows, np.arange(len(rows)) % 3).save_model(tmp_path / "model.json")
    refused(tmp_path, "trained with multi:softprob; expected binary:logistic")


# ---------------------------------------------------------------- scaler.joblib and config.json


def test_a_scaler_of_another_size(tmp_path: Path) -> None:
    made.booster(tmp_path)
    joblib.dump(StandardScaler().fit(made.applicants()[:, :3]), tmp_path / "scaler.joblib")
    refused(tmp_path, "fitted on 3 columns, but model.json takes 5 features")


def test_a_scaler_that_is_none(tmp_path: Path) -> None:
    made.booster(tmp_path)
    joblib.dump([1, 2, 3], tmp_path / "scaler.joblib")
    refused(tmp_path, r"scaler\.joblib holds a list; expected a fitted scaler")


def test_a_score_scaler_beside_a_classifier(tmp_path: Path) -> None:
    made.score_scaler(tmp_path)
    made.booster(tmp_path)
    refused(tmp_path, r"fitted on one column, the score, but model\.json gives a probability of default")


@pytest.mark.parametrize(
    "config",
    [
        {"feature_names": ["e", "d", "c", "b", "a"]},
        {"features": [{"name": name} for name in "baced"]},
    ],
)
def test_names_in_another_order_than_the_model_was_fitted_on(config: dict[str, object], tmp_path: Path) -> None:
    import pandas as pd

    made.write_config(tmp_path, **config)
    made.estimator(tmp_path, rows=lambda given: pd.DataFrame(given, columns=list("abcde")))
    refused(tmp_path, "in a different order")


def test_a_gap_that_the_model_cannot_score(tmp_path: Path) -> None:
    features = [{"name": name, "required": name != "c"} for name in "abcde"]
    made.write_config(tmp_path, features=features)
    made.estimator(tmp_path)
    refused(tmp_path, "cannot score a missing value")


def test_calibration_of_a_score(tmp_path: Path) -> None:
    made.write_config(tmp_path, calibration={"intercept": 0, "slope": 1})
    made.estimator(tmp_path, LinearRegression())
    refused(tmp_path, "calibration is of a probability of default or log-odds, not of a score")


# ---------------------------------------------------------------- outputs that contradict their kind


def test_a_net_without_a_sigmoid_that_gives_no_points(tmp_path: Path) -> None:
    made.feature_scaler(tmp_path)
    made.torchscript(tmp_path, made.net(sigmoid=False))
    refused(tmp_path, "a score in points lies between 300 and 850")


def test_log_odds_labelled_as_a_probability(tmp_path: Path) -> None:
    made.feature_scaler(tmp_path)
    made.write_config(tmp_path, output="probability_of_default")
    made.torchscript(tmp_path, made.net(sigmoid=False))
    refused(tmp_path, "a probability of default lies between 0 and 1")


def test_a_probability_labelled_as_log_odds(tmp_path: Path) -> None:
    made.write_config(tmp_path, output="logit")
    made.booster(tmp_path)
    refused(tmp_path, r"the output is log-odds of default \(logit\), but model\.json gives a probability")


def test_points_labelled_as_log_odds(tmp_path: Path) -> None:
    made.write_config(tmp_path, output="logit")
    made.estimator(tmp_path, LinearRegression())
    refused(tmp_path, "log-odds of default lie around 0")


def test_values_of_a_state_dict_that_could_be_anything(tmp_path: Path) -> None:
    made.feature_scaler(tmp_path)
    made.write_config(tmp_path, activation="relu")
    made.state_dict(tmp_path, made.net(sigmoid=False, usual=0.5, spread=0.05))
    refused(tmp_path, "could be log-odds, a probability or a scaled score")


def test_a_regressor_on_rows_that_nothing_is_known_of(tmp_path: Path) -> None:
    scaler = MinMaxScaler((0, 100)).fit(made.applicants())
    model = LinearRegression().fit(scaler.transform(made.applicants()), made.points(made.applicants()) - 5000)
    joblib.dump(model, tmp_path / "model.pkl")
    refused(tmp_path, 'add "reference"')
