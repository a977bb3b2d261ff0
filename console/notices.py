"""What went wrong, and what was decided, where a person sees it. Colour never stands alone: words say the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import streamlit as st

from console.problems import Failed
from console.words import DECISIONS, plain

ICONS: Final = {
    "approve": ":material/check_circle:",
    "refer": ":material/person_search:",
    "decline": ":material/cancel:",
}
VERDICTS: Final = {
    "none": ("No drift", ":material/check_circle:", "approve"),
    "watch": ("To be watched", ":material/visibility:", "refer"),
    "drift": ("Drift", ":material/warning:", "decline"),
}


def problem(failed: Failed, beside: Collection[str] = ()) -> None:
    """A failure in words. `beside`: fields whose problem stands beside them already."""
    lines = [f"**{plain(failed.title)}** {plain(failed.advice)}"]
    lines += [f"- {plain(each.field)}: {plain(each.message)}" for each in failed.errors if each.field not in beside]
    if failed.request_id and not failed.errors and failed.status not in (401, 403):
        lines.append(f"\nNumber of the request: `{failed.request_id.replace('`', '')}`")
    show = st.warning if failed.may_pass else st.error
    show("\n".join(lines), icon=":material/cloud_off:" if failed.may_pass else ":material/error:")


def decision(name: str, text: str) -> None:
    """A decision, with its colour, its sign and its words."""
    show = {"approve": st.success, "refer": st.warning}.get(name, st.error)
    show(f"**{plain(DECISIONS.get(name, name))}.** {text}", icon=ICONS.get(name, ":material/info:"))


def verdict(name: str, text: str) -> None:
    """A verdict of a drift check."""
    words, icon, like = VERDICTS.get(name, (name, ":material/info:", "refer"))
    show = {"approve": st.success, "refer": st.warning}.get(like, st.error)
    show(f"**{plain(words)}.** {plain(text)}", icon=icon)


def decision_like(is_good: bool, text: str) -> None:
    """A test that was passed, or failed."""
    if is_good:
        st.success(f"**Passed.** {text}", icon=ICONS["approve"])
    else:
        st.error(f"**Not passed.** {text}", icon=ICONS["decline"])
