"""`flask --app app lab ...`: the model laboratory from the command line. Frameworks are imported when needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from model_store.artifacts import ArtifactStore
from model_store.signing import ANYBODY, Trust
from routing.routes import Routes
from training.lab import compare_command, data_commands, demo_command, model_commands, train_command
from training.lab.tools import LabTools


def commands(
    open_artifacts: Callable[[], ArtifactStore],
    open_routes: Callable[[], Routes],
    open_trust: Callable[[], Trust] = lambda: ANYBODY,
    signing_key: Path | None = None,
    data_dir: Path = Path("var"),
    tracking_uri: str | None = None,
) -> click.Group:
    """The group `lab`; what it needs is opened when a command runs. `tracking_uri`: None for runs in `data_dir`."""
    tools = LabTools(open_artifacts, open_routes, open_trust, signing_key, data_dir, tracking_uri)

    @click.group("lab")
    def lab() -> None:
        """Train models on tables of any kind, compare them, and adopt the best for a route."""

    for module in (train_command, data_commands, compare_command, model_commands, demo_command):
        module.add_to(lab, tools)
    return lab
