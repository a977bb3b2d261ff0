"""Finished trainings beside each other."""

from __future__ import annotations

from typing import Final

import streamlit as st

from console import charts, notices, session
from console.client import Json
from console.pages.card import metric_name
from console.problems import Failed
from console.words import MODEL_TYPES, interval, number

FIGURES: Final = (
    "auc_roc",
    "gini",
    "ks",
    "brier",
    "expected_calibration_error",
    "approval_rate",
    "default_rate_of_approved",
    "cost",
)
LOWER_IS_BETTER: Final = ("brier", "expected_calibration_error", "default_rate_of_approved", "cost")


def page() -> None:
    """A chart of one figure, and a table of all."""
    try:
        found = session.api().get("/api/train", limit=200)["jobs"]
    except Failed as failed:
        notices.problem(failed)
        return
    done = [job for job in found if job["state"] == "finished"]
    if not done:
        st.info("No training has finished yet.", icon=":material/info:")
        return
    experiments = sorted({job["experiment_name"] for job in done})
    left, right = st.columns(2)
    chosen = left.selectbox("Experiment", ["All", *experiments])
    figure = right.selectbox("Figure", FIGURES, format_func=metric_name)
    done = [job for job in done if chosen in ("All", job["experiment_name"]) and job["metrics"].get(figure) is not None]
    done.sort(key=lambda job: job["metrics"][figure], reverse=figure not in LOWER_IS_BETTER)
    st.altair_chart(
        charts.estimates([_estimate(i, job, figure) for i, job in enumerate(done[:15], 1)], metric_name(figure)),
        width="stretch",
    )
    st.caption("On each training's own test part, with 95% intervals; the best is on top. Numbers as in the table.")
    st.dataframe([_row(i, job) for i, job in enumerate(done, 1)], width="stretch", hide_index=True)


def _estimate(number_in_table: int, job: Json, figure: str) -> Json:
    value = job["metrics"][figure]
    low, high = (job.get("intervals") or {}).get(figure) or (value, value)
    return {
        "name": f"{number_in_table}. {MODEL_TYPES[job['model_type']]}",
        "value": value,
        "low": low,
        "high": high,
    }


def _row(number_in_table: int, job: Json) -> dict[str, str]:
    row = {"No.": str(number_in_table), "Model": MODEL_TYPES[job["model_type"]], "Experiment": job["experiment_name"]}
    for name in FIGURES:
        bounds = (job.get("intervals") or {}).get(name) or (None, None)
        row[metric_name(name)] = interval(job["metrics"].get(name), *bounds)
    return {
        **row,
        "Settings": ", ".join(f"{name} {number(value)}" for name, value in job["best_hyperparameters"].items()),
        "Version": job["model_version"],
    }
