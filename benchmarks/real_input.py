"""The whole way on a real table: train, publish to S3, serve with DynamoDB, score customers the models never saw.

    .venv/bin/python -m benchmarks.real_input TABLE.csv training/specs/taiwan.toml

S3 and DynamoDB are moto's server on loopback (needs requirements-test.txt). The models pass the gates, with the cut-off
that --approve-from names, before they serve. Every held-out customer is scored twice: as a new one, and then, since the
table holds them by now, as an existing one. Prints what each route's scores were worth, and replays every record.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
import pandas as pd

from evaluation.calibration import logistic_line
from evaluation.discrimination import auc
from evaluation.probability import brier, expected_calibration_error
from tests.fakes.aws import CREDENTIALS, REGION, aws_server, checked_dynamodb_client, s3_client
from tests.fakes.replaying import replay_all
from tests.fakes.running import ROOT, Answer, Running, ask
from training.dataset import Dataset
from training.spec import load_spec
from training.table import read_table

BUCKET, TABLE = "models", "customers"
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Pass:
    """One scoring of all held-out customers: predicted PDs in their order, and what went wrong."""

    pds: np.ndarray[Any, np.dtype[np.float64]]
    types: Counter[str]
    errors: int
    ids: Sequence[str]


class Client:
    """Asks the service from a few threads, each with a connection of its own; asks again after a 503, as told."""

    def __init__(self, service: Running, threads: int) -> None:
        self._service, self._threads, self._own = service, threads, local()
        self.asked_again: list[str] = []

    def all(self, method: str, path: str, bodies: Iterable[object]) -> list[Answer]:
        """The answers, in order."""
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda body: self._one(method, path, body), bodies))

    def _one(self, method: str, path: str, body: object) -> Answer:
        answer = ask(self._connection(), method, path, body)
        for _ in range(ATTEMPTS - 1):
            if answer.status != 503:
                break
            self.asked_again.append(answer.body["detail"])
            time.sleep(float(answer.headers["Retry-After"]))
            answer = ask(self._connection(), method, path, body)
        return answer

    def _connection(self) -> HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = self._service.connect()
        connection: HTTPConnection = self._own.connection
        return connection


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("spec", type=Path)
    parser.add_argument("--held-out", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--approve-from", type=float, default=500.0, help="cut-off; 640 would approve hardly anybody")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # moto's, one line a request
    with tempfile.TemporaryDirectory() as folder, aws_server() as endpoint:
        routes = Path(folder, "routes.toml")
        routes.write_text(with_cut_off(options.approve_from))
        chosen = (options.table, options.spec, options.held_out, options.threads)
        figures = run(*chosen, Path(folder), endpoint, routes)
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def with_cut_off(approve_from: float) -> str:
    """routes.toml with another cut-off; a person looks at the 60 points below it."""
    cut_offs = {"approve_from": approve_from, "refer_from": approve_from - 60}
    text = (ROOT / "routes.toml").read_text()
    for name, value in cut_offs.items():
        text = re.sub(rf"^{name} = \d+", f"{name} = {value:g}", text, flags=re.MULTILINE)
    return text


def run(
    table: Path, spec_path: Path, held_out: int, threads: int, folder: Path, endpoint: str, routes: Path
) -> dict[str, Any]:
    """Train on all rows but `held_out`, serve, score those; the figures."""
    train_path, test_path = split(table, held_out, folder)
    test = read_table(test_path, load_spec(spec_path))
    s3_client(endpoint).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    data_dir = folder / "data"
    data_dir.mkdir()
    settings = {
        "ML_DATA_BUCKET": BUCKET,
        "CUSTOMER_TABLE_NAME": TABLE,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "ROUTES_FILE": str(routes),
        **CREDENTIALS,
    }
    service = Running(data_dir, workers=2, settings=settings)
    flask = [sys.executable, "-m", "flask", "--app", "app"]
    for command in (["db", "create"], ["models", "train", str(train_path), "--spec", str(spec_path.resolve())]):
        subprocess.run([*flask, *command], cwd=ROOT, env=service.environment, check=True)
    with service:
        client = Client(service, threads)
        new, existing = score(client, test, ["xgboost"]), score(client, test, ["traditional", "social"])
        found = search(client, new, existing)
        health = service.call("GET", "/health").body
    tally = replay_all(service)
    return {
        "routes": {
            "new": quality(test.defaulted, new.pds),
            "existing": quality(test.defaulted, existing.pds),
            "pooled": quality(np.concatenate([test.defaulted] * 2), np.concatenate([new.pds, existing.pds])),
        },
        "requests": 2 * len(test.defaulted),
        "errors": new.errors + existing.errors,
        "asked_again_after_503": Counter(client.asked_again),
        "prediction_types": {"new": new.types, "existing": existing.types},
        "stored": {"customers": items(endpoint, TABLE), "predictions": tally.replayed},
        "replayed_equal": tally.equal,
        "found_with_both_predictions": found,
        "outbox_waiting": health["outbox_waiting"],
        "models": [{each: model[each] for each in ("model", "served", "source")} for model in health["models"]],
    }


def split(table: Path, held_out: int, folder: Path) -> tuple[Path, Path]:
    """Two CSV files: the rows to train on, and `held_out` random ones."""
    frame = pd.read_csv(table)
    chosen = np.random.default_rng(0).permutation(len(frame))
    paths = folder / "train.csv", folder / "held-out.csv"
    for path, rows in zip(paths, (chosen[held_out:], chosen[:held_out]), strict=True):
        frame.iloc[np.sort(rows)].to_csv(path, index=False)
    return paths


def score(client: Client, test: Dataset, models: Sequence[str]) -> Pass:
    """Score every customer by the named inputs of `models`."""
    bodies = [
        {
            "customer_id": f"held-out-{i}",
            "features": {model: named(test, model, i) for model in models},
        }
        for i in range(len(test.defaulted))
    ]
    answers = client.all("POST", "/api/v1/predict", bodies)
    good = [answer.status == 200 and not answer.body.get("degraded") for answer in answers]
    return Pass(
        pds=np.array([answer.body.get("probability_of_default", np.nan) for answer in answers]),
        types=Counter(answer.body.get("prediction_type") or str(answer.status) for answer in answers),
        errors=good.count(False),
        ids=[answer.body.get("prediction_id", "") for answer in answers],
    )


def named(test: Dataset, model: str, row: int) -> dict[str, float]:
    """One customer's input as an object of named values; missing ones are left out."""
    inputs = test.inputs[model]
    values = zip(inputs.names, inputs.rows[row].tolist(), strict=True)
    return {name: value for name, value in values if value == value}


def search(client: Client, new: Pass, existing: Pass) -> int:
    """How many customers are found with exactly their two predictions, the last one first."""
    bodies = [{"customer_id": f"held-out-{i}"} for i in range(len(new.ids))]
    answers = client.all("POST", "/api/v1/search", bodies)
    made = zip(existing.ids, new.ids, strict=True)
    return sum(
        [entry["prediction_id"] for entry in answer.body.get("history", [])] == list(both)
        for answer, both in zip(answers, made, strict=True)
    )


def quality(defaulted: Any, pds: Any) -> dict[str, float]:
    """AUC with its 95% interval, Brier score, expected calibration error, calibration line, mean PD."""
    area, (_, slopes) = auc(defaulted, pds), logistic_line(defaulted, [np.log(pds / (1 - pds))])
    return {
        "auc": round(area.value, 4),
        "auc_low": round(area.low, 4),
        "auc_high": round(area.high, 4),
        "brier": round(brier(defaulted, pds), 4),
        "expected_calibration_error": round(expected_calibration_error(defaulted, pds), 4),
        "calibration_slope": round(float(slopes[0]), 3),
        "mean_pd": round(float(np.mean(pds)), 4),
        "default_rate": round(float(np.mean(defaulted)), 4),
    }


def items(endpoint: str, name: str) -> int:
    """How many items a table holds."""
    pages = checked_dynamodb_client(endpoint).get_paginator("scan").paginate(TableName=name, Select="COUNT")
    return sum(page["Count"] for page in pages)


if __name__ == "__main__":
    main()
