"""`flask --app app applications ...`: the applications' models and their data. Frameworks are imported when needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from model_store.artifacts import ArtifactStore
from model_store.signing import ANYBODY, Trust
from routing.routes import Routes
from training.applications import data_command, demo_command, train_command
from training.applications.tools import ApplicationTools


def commands(
    open_artifacts: Callable[[], ArtifactStore],
    open_routes: Callable[[], Routes],
    open_trust: Callable[[], Trust] = lambda: ANYBODY,
    signing_key: Path | None = None,
    data_dir: Path = Path("var"),
) -> click.Group:
    """The group `applications`; what it needs is opened when a command runs."""
    tools = ApplicationTools(open_artifacts, open_routes, open_trust, signing_key, data_dir)

    @click.group("applications")
    def applications() -> None:
        """Train the models of the loan desk, the mobile app and the credit desk, and draw data for them."""

    for module in (demo_command, train_command, data_command):
        module.add_to(applications, tools)
    return applications
