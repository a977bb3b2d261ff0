"""`lab compare`: the runs of an experiment beside one another, and two of them tested against each other."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from evaluation.intervals import Difference
from training.lab.tools import LabTools, said
from training.model_tools import AS_JSON
from training.told import table

SHOWN = ("auc_roc", "brier", "ks", "expected_calibration_error", "cost")


def add_to(lab: click.Group, tools: LabTools) -> None:
    """Add the command to the group `lab`."""

    @lab.command("compare")
    @click.option("--experiment", default="credit_scoring", show_default=True, help="All of its finished runs.")
    @click.option("--run", "run_ids", multiple=True, metavar="ID", help="Only these runs; two of them are tested.")
    @click.option("--metric", "metrics", multiple=True, help=f"Figures to show; {', '.join(SHOWN)} without it.")
    @AS_JSON
    def _compare(experiment: str, run_ids: tuple[str, ...], metrics: tuple[str, ...], as_json: bool) -> None:
        """Show runs beside one another, the highest AUC first, each figure with its 95% interval.

        With two runs of the same customers: the difference of their AUC by DeLong's paired test, and of their Brier
        scores.
        """
        with said():
            _run(tools, experiment, run_ids, metrics or SHOWN, as_json)


def _run(tools: LabTools, experiment: str, run_ids: tuple[str, ...], metrics: tuple[str, ...], as_json: bool) -> None:
    from training.lab.compare import compared_table, paired, runs_by_id, runs_of
    from training.lab.run_store import RunStore

    store = RunStore.at(tools.data_dir / "laboratory", tools.tracking_uri)
    runs = runs_by_id(store, run_ids) if run_ids else runs_of(store, experiment)
    test = paired(store, runs[0], runs[1]) if len(run_ids) == 2 else None
    if as_json:
        click.echo(json.dumps({"runs": [asdict(run) for run in runs], "difference": asdict(test) if test else None}))
        return
    for line in table(list(compared_table(runs, metrics))):
        click.echo(line)
    if test:
        click.echo(f"\nThe first less the second, on the same {test.n:,} customers:")
        click.echo(f"AUC    {_said(test.auc_roc)} (DeLong's paired test)")
        click.echo(f"Brier  {_said(test.brier)}")


def _said(found: Difference) -> str:
    return f"{found.value:+.4f}, 95% interval [{found.low:+.4f}, {found.high:+.4f}], p = {found.p_value:.3g}"
