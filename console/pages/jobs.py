"""Training jobs as they stand, drawn again every few seconds while any of them runs."""

from __future__ import annotations

from typing import Final

import streamlit as st

from console import notices, session
from console.client import Json, part
from console.problems import Failed
from console.words import MODEL_TYPES, moment, plain

EVERY: Final = "3s"
RUNNING: Final = ("queued", "waiting", "running")
SIGNS: Final = {
    "finished": ":green[:material/check_circle:]",
    "failed": ":red[:material/error:]",
    "cancelled": ":gray[:material/block:]",
}
AT_ONCE: Final = 20


@st.fragment(run_every=EVERY)
def page() -> None:
    """The newest jobs first."""
    try:
        found = session.api().get("/api/train", limit=AT_ONCE)["jobs"]
    except Failed as failed:
        notices.problem(failed)
        return
    if isinstance(refused := session.answer("cancel"), Failed):
        notices.problem(refused)
    if not found:
        st.info("No training was started yet.", icon=":material/info:")
    for job in found:
        _job(job)


def _job(job: Json) -> None:
    with st.container(border=True):
        st.markdown(
            f"{SIGNS.get(job['state'], ':blue[:material/progress_activity:]')} "
            f"**{plain(MODEL_TYPES.get(job['model_type'], job['model_type']))}** in {plain(job['experiment_name'])}: "
            f"{plain(job['state'])}"
        )
        st.caption(plain(f"{job['job_id']}, {job['data']}, started {moment(job['created_at'])}"))
        if not job["ended_at"]:
            st.progress(min(1.0, job["progress"]), plain(f"{job['stage'] or 'waits'} ({job['progress']:.0%})"))
            job_id = job["job_id"]
            st.button("Cancel", key=f"cancel {job_id}", icon=":material/cancel:", on_click=_cancel, args=(job_id,))
        if job["problem"]:
            st.markdown(f":red[{plain(job['problem']['detail'])}]")
        if job["state"] == "finished":
            made = (
                f"AUC {job['metrics']['auc_roc']:.3f}, published as {job['model_name']} version {job['model_version']}"
            )
            st.markdown(plain(made))
        for warning in job["warnings"]:
            st.caption(f":material/warning: {plain(warning)}")


def _cancel(job_id: str) -> None:
    """Before the page is drawn again, so that it shows how the job stands then."""
    session.ask("cancel", lambda: session.api().post(f"/api/train/{part(job_id)}/cancel"), "Cancelling")
