"""Batch: a file of customers, scored in chunks, with every row's score or problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from console import batches, notices, session
from console.batches import Batch, Mapped
from console.client import Json
from console.pages.score_bank import described
from console.pages.uploaded import upload
from console.problems import Failed
from console.words import DECISIONS, number, percent, plain, spoken

LEFT_OUT = "(not in the file)"


def page() -> None:
    """From a file to its results."""
    st.title("Batch")
    st.caption("Score a file of customers: one row each, with a column customer_id and one for each feature.")
    try:
        models = described(session.api())
    except Failed as failed:
        notices.problem(failed)
        st.button("Try again", icon=":material/refresh:")
        return
    names = {model: [each["name"] for each in found["features"]] for model, found in models.items()}
    st.download_button("An example file", _example(models), "customers.csv", "text/csv", icon=":material/download:")
    frame = upload("File of customers", "batch file")
    if frame is None:
        return
    customer, mapped = _columns(frame, names)
    _unmatched(names, mapped)
    if st.button(f"Score {len(frame):,} rows", type="primary", icon=":material/play_arrow:", disabled=not mapped):
        _run(frame, customer, mapped)
    batch = st.session_state.get("batch")
    if batch is not None:
        _results(batch)


def _columns(frame: pd.DataFrame, names: dict[str, list[str]]) -> tuple[str, Mapped]:
    columns = list(frame.columns)
    lower = [name.lower() for name in columns]
    customer = st.selectbox(
        "Column of customer ids", columns, lower.index("customer_id") if "customer_id" in lower else 0
    )
    found = batches.matched(names, columns)
    missing = sorted({name for features in found.values() for name, column in features.items() if column is None})
    with st.expander(_found(missing), expanded=bool(missing)):
        chosen = {}
        for name in missing:
            picked = st.selectbox(spoken(name), [LEFT_OUT, *columns], key=f"column of {name}")
            chosen[name] = None if picked == LEFT_OUT else picked
        full = {model: {name: column or chosen[name] for name, column in each.items()} for model, each in found.items()}
        st.dataframe(
            [
                {"Feature": spoken(name), "Model": model, "Column": column or LEFT_OUT}
                for model, each in full.items()
                for name, column in each.items()
            ],
            width="stretch",
            hide_index=True,
        )
    return customer, {
        model: {name: column for name, column in each.items() if column}
        for model, each in full.items()
        if any(each.values())
    }


def _found(missing: Sequence[str]) -> str:
    if not missing:
        return "Columns: every feature was found by its name"
    return f"Columns: {len(missing)} {'feature was' if len(missing) == 1 else 'features were'} not found by name"


def _unmatched(names: dict[str, list[str]], mapped: Mapped) -> None:
    """Say which models will not have their inputs."""
    lacking = [model for model, listed in names.items() if len(mapped.get(model, {})) < len(listed)]
    if lacking:
        st.warning(
            plain(
                f"Features of {', '.join(lacking)} are not all in the file: rows that need them will have a problem."
            ),
            icon=":material/warning:",
        )


def _run(frame: pd.DataFrame, customer: str, mapped: Mapped) -> None:
    asked = list(batches.requests_of(frame, customer, mapped))
    st.session_state["batch"] = batch = Batch(len(asked))
    bar = st.progress(0.0, "Scoring")

    def progress(share: float) -> None:
        bar.progress(share, f"Scored {share * len(asked):,.0f} of {len(asked):,}")

    batches.run(session.laboratory(), asked, batch, progress)
    bar.empty()


def _results(batch: Batch) -> None:
    st.subheader("Results", divider="gray")
    if batch.stopped is not None:
        notices.problem(batch.stopped)
        st.warning(f"{len(batch.results):,} of {batch.total:,} rows were answered; the others were not scored.")
    if not batch.results:
        return
    frame = batch.frame()
    scored = len(frame) - batch.failed
    with st.container(horizontal=True, gap="medium"):
        st.metric("Scored", number(scored), width=120)
        for name, words in DECISIONS.items():
            share = (frame["decision"] == name).sum() / scored if scored else None
            st.metric(words.split()[0], percent(share, 1), width=120)
        st.metric("Problems", number(batch.failed), width=120)
    only = st.toggle("Only rows with a problem", disabled=not batch.failed)
    shown = frame[frame["problem"].notna()] if only else frame
    st.dataframe(_pretty(shown), width="stretch", hide_index=True, column_config=_formats(), placeholder="")
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV", frame.to_csv(index=False), "scores.csv", "text/csv", icon=":material/download:"
        )
        st.download_button(
            "Download Parquet", frame.to_parquet(index=False), "scores.parquet", icon=":material/download:"
        )


def _pretty(frame: pd.DataFrame) -> pd.DataFrame:
    pd_in_percent = 100 * frame["probability_of_default"].astype(float)
    shown = frame.assign(decision=frame["decision"].map(DECISIONS), probability_of_default=pd_in_percent)
    return shown.rename(columns={name: spoken(name) for name in frame.columns} | {"probability_of_default": "PD"})


def _formats() -> dict[str, Any]:
    number_column = st.column_config.NumberColumn
    return {
        "Score": number_column(format="%.1f"),
        "PD": number_column(format="%.2f%%"),
        "Row": number_column(format="%d"),
        "Problem": st.column_config.TextColumn(width="large"),
    }


def _example(models: dict[str, Json]) -> str:
    """Two customers whose features lie in the middle, and above it."""
    features: Sequence[Json] = [each for model in models.values() for each in model["features"]]
    lines: list[dict[str, object]] = [{"customer_id": f"EXAMPLE-{i}"} for i in (1, 2)]
    for i, line in enumerate(lines, 1):
        for each in features:
            low, high = each.get("minimum"), each.get("maximum")
            share = 0.3 + 0.2 * i
            amount = low + share * (high - low) if low is not None and high is not None else low or 0
            line[each["name"]] = (
                each["categories"][0] if each.get("categories") else int(amount) if each.get("integer") else amount
            )
    return pd.DataFrame(lines).to_csv(index=False)
