"""Native files in, a report and a scoring graph out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from model_store.compile.checked import check_files
from model_store.compile.conversion import convert
from model_store.compile.report import CompileReport


def compile_files(source: Path, out: Path, most_bytes: int) -> CompileReport:
    """Open `source`, check it, write what it converts to into `out`. Raises NativeRefusedError."""
    checked = check_files(source, most_bytes)
    loaded, config, where = checked.opened.loaded, checked.opened.config, checked.where
    parity, reason = convert(checked, out)
    return CompileReport(
        input_size=checked.opened.input_size,
        feature_names=list(checked.opened.names),
        features=[asdict(feature) for feature in config.features],
        output=checked.kind,
        scale=asdict(config.score_scale) if config.score_scale else None,
        converted=parity is not None,
        not_converted_because=reason,
        framework=loaded.framework,
        library_versions={**loaded.versions, "numpy": np.__version__},
        golden_rows=checked.rows.tolist(),
        golden_outputs=checked.native.tolist(),
        parity=parity,
        reference_row=where.centre.tolist(),
        reference_source=where.source,
        alone=list(config.alone),
        notes=checked.notes,
    )
