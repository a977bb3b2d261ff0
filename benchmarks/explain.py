"""`python -m benchmarks.explain`: what one score and one explanation cost, for each demo model, in this process."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import prepare, report
from model_store.folder import FolderArtifacts
from model_store.native import NativeScorer, compile_native
from model_store.store import LoadedModels
from routing import routes
from routing.ports import Model
from scoring.features import Row


def main() -> None:
    """Print a table of median microseconds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explain", description=__doc__)
    parser.add_argument("--times", type=int, default=1_000, help="calls of each kind (%(default)s)")
    times = parser.parse_args().times
    declared = routes.load(prepare.ROOT / "routes.toml")
    manifests = prepare.demo_models(declared.champions())
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        models = LoadedModels(
            FolderArtifacts(prepare.VAR / "demo" / "models"),
            list(manifests),
            Path(cache),
            compile_native=compile_native,
            native_scorer=NativeScorer,
            scale=declared.scale,
        )
        for name, manifest in manifests.items():
            models.refresh(name)
            rows.append([name, *_costs(models.get(name), manifest.golden_rows, times)])
    print("\n".join(report.table(["model", "attribution by", "score us", "attribution us"], rows, text=2)))


def _costs(model: Model, golden: Sequence[Row], times: int) -> list[str]:
    """How the model is explained, and median microseconds of a score and of an attribution."""
    scored = _microseconds(lambda row: model.score([row]), golden, times)
    taken_apart = _microseconds(model.attribute, golden, times)
    return [model.attribute(golden[0]).method, f"{scored:.0f}", f"{taken_apart:.0f}"]


def _microseconds(call: Callable[[Row], object], golden: Sequence[Row], times: int) -> float:
    """The median time of a call over the golden rows in turn."""
    taken = []
    for row in islice(cycle(golden), times):
        start = perf_counter()
        call(row)
        taken.append(perf_counter() - start)
    return median(taken) * 1e6


if __name__ == "__main__":
    main()
