"""Clients that ask a running service for predictions until they are told to stop, and remember what came of it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from tests.fakes.running import Answer, Running, ask, until

FEATURES = {"xgboost": [0.5, 0.8, 0.3, 0.7, 0.9, 0.2], "traditional": [0.5, 0.8, 0.3, 0.7, 0.9], "social": [0.6] * 3}

PATIENCE_WITH_AN_ANSWER = 10.0
"""Seconds; a request without an answer for so long counts as broken, as with any client."""


@dataclass
class Client:
    """One thread's life: each customer is scored once. `broken`: requests whose connection ended without an answer.

    `refused`: whether it ended because nobody listens any more. `kept`: one connection for many requests.
    `keyed`: every request carries an Idempotency-Key, and is repeated with it until there is an answer.
    """

    service: Running
    keyed: bool
    kept: bool
    answers: dict[str, Answer] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    refused: bool = False

    def run(self, is_over: Callable[[], bool]) -> None:
        """Score customers until it is over."""
        connection = self._connect()
        while not is_over() and not self.refused:
            customer = f"{'K' if self.keyed else 'N'}{uuid.uuid4().hex}"
            connection = self._score(customer, connection)
        connection.close()

    def _connect(self) -> HTTPConnection:
        connection = self.service.connect()
        connection.timeout = PATIENCE_WITH_AN_ANSWER
        return connection

    def state(self, had: int) -> tuple[int, int, int, bool]:
        """For the message of a test that waits in vain."""
        return had, len(self.answers), len(self.broken), self.refused

    def _score(self, customer: str, connection: HTTPConnection) -> HTTPConnection:
        body = {"customer_id": customer, "features": FEATURES}
        key = {"Idempotency_Key": customer} if self.keyed else {}
        while customer not in self.answers and not self.refused:
            try:
                self.answers[customer] = ask(connection, "POST", "/api/v1/predict", body, **key)
            except ConnectionRefusedError:
                self.refused = True
            except (OSError, HTTPException):
                self.broken.append(customer)
                if not self.keyed:
                    break
            if customer not in self.answers or not self.kept:
                connection.close()
                connection = self._connect()
        return connection


@contextmanager
def clients(service: Running, keyed: int = 0, plain: int = 0, kept: bool = True) -> Iterator[list[Client]]:
    """That many clients at work, each of whom has had an answer when the block begins; they end with it."""
    every = [Client(service, keyed=i < keyed, kept=kept) for i in range(keyed + plain)]
    over = threading.Event()
    threads = [threading.Thread(target=each.run, args=(over.is_set,)) for each in every]
    for thread in threads:
        thread.start()
    try:
        until(lambda: all(each.answers for each in every))
        yield every
    finally:
        over.set()
        for thread in threads:
            thread.join()


def more_answers(every: list[Client]) -> None:
    """Wait until each of them has had ten more."""
    before = [len(each.answers) for each in every]
    until(
        lambda: all(len(each.answers) >= had + 10 for each, had in zip(every, before, strict=True)),
        lambda: (
            "answers before and now, broken, refused: "
            + str([each.state(had) for each, had in zip(every, before, strict=True)])
        ),
    )
