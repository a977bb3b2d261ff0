"""kill -9 of a worker under load: what was answered is in the table once, and a repeated key decides nothing anew."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.fakes.load import FEATURES, clients, more_answers
from tests.fakes.running import Running, until


def test_a_killed_worker_loses_no_answered_record_and_doubles_none(data_dir: Path) -> None:
    with Running(data_dir, workers=2) as service:
        with clients(service, keyed=3, plain=3) as every:
            for _ in range(3):
                oldest = service.worker_pids()[0]
                os.kill(oldest, signal.SIGKILL)
                until(lambda: oldest not in service.worker_pids() and len(service.worker_pids()) == 2)  # noqa: B023
                more_answers(every)

        assert any(each.broken for each in every), "no request was under way when a worker was killed"
        answers = {customer: answer for each in every for customer, answer in each.answers.items()}
        # A key whose request died before its record was stored is held until its claim expires.
        held = [customer for customer, answer in answers.items() if answer.status == 409]
        assert set(held) <= {customer for each in every for customer in each.broken}
        _let_claims_expire(data_dir)
        for customer in held:
            answers[customer] = service.predict(customer, FEATURES, Idempotency_Key=customer)

        for customer, answer in answers.items():
            assert answer.status == 200, answer
            history = service.call("GET", f"/api/v1/search?customer_id={customer}").body["history"]
            assert [record["prediction_id"] for record in history] == [answer.body["prediction_id"]]


def _let_claims_expire(data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "credit.db", timeout=10)) as database, database:
        database.execute("UPDATE idempotency_keys SET expires_at = 0 WHERE prediction_id IS NULL")
