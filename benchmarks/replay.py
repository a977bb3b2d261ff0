"""A load of predictions on a running service, and then the replay of everything that its table holds.

    ./setup.sh run                                                  # in one terminal
    .venv/bin/python -m benchmarks.replay http://127.0.0.1:5000     # in another, in the same environment

The service must have the demo models; table and store are those that the environment names, as for the service itself.
Every fifth request asks for reasons, every tenth is a batch. Exit status 1 unless every record replays equal.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

from bootstrap import services, settings
from bootstrap.provenance import provenance
from monitoring import replays
from monitoring.tables import replay_text
from tests.fakes.running import ask

INPUTS = {"traditional": 5, "social": 3, "xgboost": 6}
BATCH = 20


def main() -> None:
    """Load, then replay."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args()
    share = [len(range(i, options.requests, options.threads)) for i in range(options.threads)]
    started = time.perf_counter()
    with ThreadPoolExecutor(options.threads) as pool:
        sent = list(pool.map(lambda each: load(options.url, *each), enumerate(share)))
    seconds = time.perf_counter() - started
    failed = sum(wrong for _, wrong in sent)
    print(f"{sum(made for made, _ in sent):,} predictions by {options.requests:,} requests in {seconds:.1f} s")
    print(f"{failed:,} requests failed")
    sys.exit(max(replay(), min(failed, 1)))


def load(url: str, thread: int, requests: int) -> tuple[int, int]:
    """(predictions made, requests that failed) of one connection; customers come back three times."""
    place, draw = urlsplit(url), random.Random(thread)  # noqa: S311 (a load, no secret)
    connection = HTTPConnection(place.hostname or "", place.port or 80, timeout=60)
    made = failed = 0
    for i in range(requests):
        if i % 10 == 9:
            body: object = {"requests": [asked(draw, f"REPLAY-{thread}-{i}-{k % 15}", i + k) for k in range(BATCH)]}
            answer = ask(connection, "POST", "/api/v1/predict/batch", body)
            good = [each.get("stored") for each in answer.body.get("results", [])]
        else:
            answer = ask(connection, "POST", "/api/v1/predict", asked(draw, f"REPLAY-{thread}-{i // 4}", i))
            good = [answer.body.get("stored")]
        made += sum(each is True for each in good)
        failed += answer.status != 200 or not all(good)
    connection.close()
    return made, failed


def asked(draw: random.Random, customer_id: str, number: int) -> dict[str, object]:
    """A prediction with the inputs of every model; now and then one is missing, and the answer degraded."""
    features: dict[str, Sequence[float]] = {
        model: [round(draw.random(), 4) for _ in range(size)] for model, size in INPUTS.items()
    }
    if number % 7 == 0:
        del features["social"]
    return {"customer_id": customer_id, "features": features, "explain": number % 5 == 0}


def replay() -> int:
    """Replay all that the table holds; the exit status of `audit replay`."""
    chosen = settings.read()
    table = services.open_table(chosen)
    started = time.perf_counter()
    try:
        tally = replays.replay_all(table.scan(), services.model_versions(chosen), provenance())
    finally:
        table.close()
    print(f"{tally.replayed:,} records replayed in {time.perf_counter() - started:.1f} s")
    print("\n".join(replay_text(tally)))
    return tally.exit_status


if __name__ == "__main__":
    main()
