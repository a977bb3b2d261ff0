"""From a file to a score, as an engineer goes: train on the command line, adopt the winner, ask the service."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.fakes.running import Running, until
from training.lab.loan_applications import loan_applications

ROWS = 1_500


def test_a_table_becomes_a_model_that_answers_in_a_route(data_dir: Path) -> None:
    drawn = loan_applications(ROWS, seed=3).frame
    drawn["region"] = np.array(["north", "south"])[np.arange(ROWS) % 2]
    table = data_dir / "applications.csv"
    drawn.to_csv(table, index=False)
    with Running(data_dir, {"MODEL_REFRESH_SECONDS": "0.2"}) as service:
        asked = [
            "--target",
            "default",
            "--type",
            "xgboost",
            "--param",
            "n_estimators=60",
            "--param",
            "max_depth=2,3",
            "--folds",
            "3",
        ]
        fair = ["--sensitive", "region", "--leave-out", "region"]
        made = json.loads(service.flask("lab", "train", str(table), *asked, *fair, "--json"))
        assert made["metrics"]["auc_roc"] > 0.85
        assert made["trials"] == 2
        winner = f"lab_xgboost@{made['model_version']}"

        adopted = ["lab", "adopt", winner, "--as", "xgboost", "--promote", "--owner", "Retail", "--replaces-schema"]
        told = service.flask(*adopted, "--override", "the champion here has no validation set to be compared on")
        version = told.split("xgboost@")[1].split(":")[0]
        assert f"1 -> {version}" in told

        one = drawn.drop(columns=["default", "region"]).iloc[0].to_dict()
        features = {name: value.item() if isinstance(value, np.generic) else value for name, value in one.items()}

        def scored() -> bool:
            answer = service.predict("CUS000001", {"xgboost": features})
            return answer.status == 200 and answer.body["model_versions"] == {"xgboost": version}

        until(scored)
        unknown = service.predict("CUS000002", {"xgboost": {**features, "home_ownership": "castle"}})
        assert unknown.status == 422
        assert unknown.body["errors"][0]["field"] == "features.xgboost.home_ownership"
