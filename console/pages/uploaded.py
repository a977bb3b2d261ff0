"""The field for a file, used by several pages."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from console import files
from console.words import plain


def upload(label: str, key: str) -> pd.DataFrame | None:
    """A table that a person gives; None until then, and where it cannot be read (which is said)."""
    given = st.file_uploader(label, list(files.FORMATS), key=key, help="CSV (UTF-8, with a header) or Parquet.")
    if given is None:
        return None
    try:
        frame = files.table(given.name, given.getvalue())
    except files.Unreadable as error:
        st.error(f"**{plain(given.name)} cannot be used.** {plain(error)}", icon=":material/error:")
        return None
    st.caption(plain(f"{len(frame):,} rows, {len(frame.columns)} columns"))
    return frame
