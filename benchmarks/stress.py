"""Loan applications against a running service, and whether it keeps the loan desk's service level.

    python -m benchmarks.stress http://127.0.0.1:5000 [--requests 1000] [--concurrency 16] [--simple]

Exit status 0 when the median is under 200 ms, more than 100 requests are answered a second, and more than 99% of them
with a score; 1 when not, 2 when nobody answers.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

MOST_MEDIAN, FEWEST_A_SECOND, LEAST_SUCCESS = 0.2, 100.0, 0.99
TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: how long it took in seconds, and what came of it ("200", another status, or what broke)."""

    seconds: float
    outcome: str


class Client:
    """Connections that are kept, one for each thread."""

    def __init__(self, url: str, key: str | None) -> None:
        self._split = urlsplit(url)
        if self._split.scheme not in ("http", "https") or not self._split.hostname:
            raise SystemExit(f"{url}: give the service's address, such as http://127.0.0.1:5000")
        self._path = f"{self._split.path.rstrip('/')}/predict"
        self._headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {})
        self._own = threading.local()
        self._opened: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Close every connection."""
        for each in self._opened:
            each.close()

    def send(self, body: bytes) -> Answer:
        """Post one application, and read the whole answer."""
        started = time.perf_counter()
        try:
            connection = self._connection()
            connection.request("POST", self._path, body, self._headers)
            response = connection.getresponse()
            answer = response.read()
            outcome = str(response.status)
            if response.status == 200 and "prediction" not in json.loads(answer):
                outcome = "200 without a prediction"
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._own.connection = None
            outcome = type(error).__name__
        return Answer(time.perf_counter() - started, outcome)

    def _connection(self) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if kept is None:
            kind = http.client.HTTPSConnection if self._split.scheme == "https" else http.client.HTTPConnection
            kept = self._own.connection = kind(self._split.hostname or "", self._split.port, timeout=TIMEOUT)
            self._opened.append(kept)
        return kept


@dataclass(frozen=True)
class Load:
    """All answers of one run, and how many seconds it took."""

    answers: Sequence[Answer]
    seconds: float

    @property
    def success(self) -> float:
        """The share that got a score."""
        return sum(each.outcome == "200" for each in self.answers) / len(self.answers)

    @property
    def a_second(self) -> float:
        """Scores a second."""
        return self.success * len(self.answers) / self.seconds

    def quantile(self, share: float) -> float:
        """Of the seconds that a request took, whatever came of it."""
        return float(np.quantile([each.seconds for each in self.answers], share))

    def missed(self) -> Iterator[str]:
        """What the reference service level asks for and this run has not."""
        if self.quantile(0.5) >= MOST_MEDIAN:
            yield f"the median is not under {1000 * MOST_MEDIAN:g} ms"
        if self.a_second <= FEWEST_A_SECOND:
            yield f"not more than {FEWEST_A_SECOND:g} requests a second"
        if self.success <= LEAST_SUCCESS:
            yield f"not more than {LEAST_SUCCESS:.0%} succeeded"

    def report(self) -> Iterator[str]:
        """The figures, one a line."""
        yield f"median       {1000 * self.quantile(0.5):8.1f} ms"
        yield f"95 of 100    {1000 * self.quantile(0.95):8.1f} ms"
        yield f"99 of 100    {1000 * self.quantile(0.99):8.1f} ms"
        yield f"throughput   {self.a_second:8.1f} requests/s"
        yield f"success      {self.success:8.2%}"
        for outcome, count in Counter(each.outcome for each in self.answers).most_common():
            if outcome != "200":
                yield f"  {outcome}: {count}"


def run(client: Client, bodies: Sequence[bytes], concurrency: int, *, shows: bool) -> Load:
    """Send every body, so many at once; `shows`: a bar on a terminal's standard error."""
    from tqdm import tqdm

    started = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        found = pool.map(client.send, bodies)
        answers = list(tqdm(found, total=len(bodies), unit=" requests", disable=None if shows else True))
    return Load(answers, time.perf_counter() - started)


def applications(count: int) -> list[bytes]:
    """Loan applications as the desk sends them, each another."""
    from training.lab.loan_applications import FIELDS, loan_applications

    rows = loan_applications(count).frame[list(FIELDS)].to_dict("records")
    return [json.dumps(row).encode() for row in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--simple", action="store_true", help="One after the other, with few words.")
    parser.add_argument("--key", help="API key, sent as X-API-Key")
    asked = parser.parse_args(arguments)
    if asked.requests < 1 or asked.concurrency < 1:
        parser.error("--requests and --concurrency are at least 1")
    client, bodies = Client(asked.url, asked.key), applications(asked.requests)
    with closing(client):
        return _judged(client, bodies, asked)


def _judged(client: Client, bodies: Sequence[bytes], asked: argparse.Namespace) -> int:
    first = client.send(bodies[0])
    if not first.outcome.startswith(tuple("12345")):
        print(f"{asked.url} does not answer ({first.outcome}).", file=sys.stderr)
        return 2
    load = run(client, bodies, 1 if asked.simple else asked.concurrency, shows=not asked.simple)
    missed = list(load.missed())
    if asked.simple:
        middle, share = 1000 * load.quantile(0.5), load.success
        print(f"{len(bodies)} requests: median {middle:.1f} ms, {load.a_second:.0f}/s, {share:.2%} succeeded")
    else:
        for line in (f"{len(bodies)} loan applications, {asked.concurrency} at once", *load.report()):
            print(line)
    print("The service level is kept." if not missed else f"The service level is not kept: {'; '.join(missed)}.")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
