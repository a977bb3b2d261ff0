"""`python -m benchmarks.lab_data german PATH`: how well each model type ranks on a public data set, by k folds.

PATH is the file as its source gives it (german.data of doi 10.24432/C5NC77, the table of doi 10.24432/C55S3H as CSV).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from evaluation.arrays import Floats
from evaluation.discrimination import auc, auc_difference
from evaluation.intervals import Difference, difference, z_of
from laboratory.model_types import check, defaults
from laboratory.plan import MODEL_TYPES, ModelType, Plan, Setting
from training.lab.fitting import fit, recipe
from training.lab.search import Fold, search
from training.lab.split import folds

INNER = 3
"""Folds of a search, on what each fold is fitted on."""
Table = tuple[pd.DataFrame, Floats]


def main() -> None:
    """Print a table: each type's AUC, and how much it differs from the best one's."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lab_data", description=__doc__)
    parser.add_argument("data", choices=READERS)
    parser.add_argument("path", type=Path)
    parser.add_argument("--types", default=",".join(MODEL_TYPES), help="comma separated (%(default)s)")
    parser.add_argument("--folds", type=int, default=5, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="(%(default)s)")
    parser.add_argument("--trials", type=int, help="settings to search inside each fold; without it, the defaults")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another hyperparameter")
    asked = parser.parse_args()
    frame, defaulted = READERS[asked.data](asked.path)
    splits = folds(defaulted, asked.folds, asked.seed)
    cut = [Fold.of(frame, defaulted, *rows) for rows in splits]
    print(f"{asked.data}: {len(frame):,} rows, {defaulted.mean():.1%} defaults, {asked.folds} folds, seed {asked.seed}")
    print(f"{'model type':22}{'AUC (95% interval)':26}{'sd of folds':>11}{'seconds':>9}")
    said: dict[ModelType, list[Floats]] = {}
    with threadpool_limits(1):
        for model_type in (each for each in MODEL_TYPES if each in asked.types.split(",")):
            started = perf_counter()
            plan = Plan("default", model_type, _asked(asked.set), seed=asked.seed, folds=INNER, trials=asked.trials)
            check(plan)
            said[model_type] = [
                _held_out(plan, fold, frame.iloc[rows], defaulted[rows])
                for fold, (rows, _) in zip(cut, splits, strict=True)
            ]
            print(_line(model_type, cut, said[model_type]) + f"{perf_counter() - started:9.1f}", flush=True)
    best = max(said, key=lambda each: float(np.mean(_areas(cut, said[each]))))
    print(f"\nbehind {best} by (DeLong's paired test, mean of the folds)")
    for model_type in (each for each in said if each != best):
        gap = _behind(cut, said[best], said[model_type])
        print(f"{model_type:22}{gap.value:.4f} ({gap.low:.4f} to {gap.high:.4f}), p = {gap.p_value:.2g}")


def _asked(given: Sequence[str]) -> dict[str, tuple[Setting, ...]]:
    """NAME=VALUE, the value as JSON or text."""
    found: dict[str, tuple[Setting, ...]] = {}
    for each in given:
        name, _, text = each.partition("=")
        try:
            found[name] = (json.loads(text),)
        except ValueError:
            found[name] = (text,)
    return found


def _held_out(plan: Plan, fold: Fold, frame: pd.DataFrame, defaulted: Floats) -> Floats:
    """Log-odds of the fold's held-out rows; `frame` and `defaulted` are those that it is fitted on."""
    settings = defaults(plan.model_type) | {name: values[0] for name, values in plan.hyperparameters.items()}
    if plan.trials is not None:
        inner = [Fold.of(frame, defaulted, *rows) for rows in folds(defaulted, plan.folds, plan.seed)]
        settings = dict(search(plan, inner, lambda _, __: None)[0].settings)
    return fit(recipe(plan, settings, fold.step), fold.rows, fold.defaulted).log_odds(fold.held_rows)


def _areas(cut: Sequence[Fold], said: Sequence[Floats]) -> list[float]:
    return [auc(fold.held_defaulted, each).value for fold, each in zip(cut, said, strict=True)]


def _line(model_type: str, cut: Sequence[Fold], said: Sequence[Floats]) -> str:
    """The interval is that of the mean of the folds' AUCs, each with DeLong's variance."""
    found = [auc(fold.held_defaulted, each) for fold, each in zip(cut, said, strict=True)]
    areas = [each.value for each in found]
    half = float(np.sqrt(sum(((each.high - each.low) / 2) ** 2 for each in found))) / len(found)
    mean = float(np.mean(areas))
    interval = f"{mean:.4f} ({mean - half:.4f}-{mean + half:.4f})"
    return f"{model_type:22}{interval:26}{np.std(areas, ddof=1):11.4f}"


def _behind(cut: Sequence[Fold], best: Sequence[Floats], other: Sequence[Floats]) -> Difference:
    found = [
        auc_difference(fold.held_defaulted, ours, theirs) for fold, ours, theirs in zip(cut, best, other, strict=True)
    ]
    variance = sum(((each.high - each.low) / 2 / z_of(0.95)) ** 2 for each in found) / len(found) ** 2
    return difference(float(np.mean([each.value for each in found])), variance, 0.95)


def german(path: Path) -> Table:
    """Statlog German Credit: codes are text, so categories."""
    frame = pd.read_csv(path, sep=" ", header=None)
    frame.columns = pd.Index([f"attribute_{number + 1}" for number in range(frame.shape[1])])
    target = frame.pop(frame.columns[-1])
    return frame, np.asarray(target == 2, dtype=np.float64)


def taiwan(path: Path) -> Table:
    """Default of credit card clients: X2 (sex), X3 (education), X4 (marriage) are categories, all others numbers."""
    frame = pd.read_csv(path).drop(columns="ID")
    target = frame.pop("Y")
    return frame.astype(dict.fromkeys(("X2", "X3", "X4"), str)), np.asarray(target, dtype=np.float64)


READERS = {"german": german, "taiwan": taiwan}

if __name__ == "__main__":
    main()
