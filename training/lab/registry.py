"""A published model as a version in MLflow's registry, with the bundle in the model store that it is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from laboratory.plan import Plan
from model_store.manifest import Manifest
from training.lab.run_store import at, quietly, reached
from training.lab.tracking import TrackedRun

NEWEST: Final = "newest"
"""The alias of a registered model's last version: what `/api/predict` serves of its type, unless told otherwise."""
LONGEST_NAME: Final = 250


@dataclass(frozen=True, slots=True)
class Registered:
    """A version in MLflow's registry."""

    name: str
    version: str


def registered_name(plan: Plan) -> str:
    """`<experiment>-<model type>`, without what MLflow keeps for its own addresses, and cannot search for."""
    plain = "".join("_" if each in "/:%.'\"`\\" or not each.isprintable() else each for each in plan.experiment)
    return f"{plain[: LONGEST_NAME - len(plan.model_type)]}-{plan.model_type}"


def register(run: TrackedRun, model_id: str, plan: Plan, bundle: Manifest) -> Registered:
    """Register the run's pipeline as the newest version of its model, named for its bundle. Raises TrackingError.

    The last step of a job: what is in the registry is published, and its run has everything else. A failure takes
    nothing back, for the bundle may serve already: catch it inside `tracked`, and the run ends as finished.
    """
    from mlflow.exceptions import MlflowException

    name, client = registered_name(plan), run.client
    with reached("registered"), quietly(), run.store.alone(), at(run.store.uri):
        with suppress(MlflowException):  # it is there; if that is not why, the next step says what is wrong
            about = f"Models of the type {plan.model_type} that the experiment {plan.experiment} made."
            client.create_registered_model(name, tags={"model_type": plan.model_type}, description=about)
        place = f"{bundle.name}@{bundle.version}"
        marks = {"bundle": place, "bundle_digest": bundle.digest, "experiment": plan.experiment}
        made: Any = client.create_model_version(
            name,
            source=f"models:/{model_id}",
            run_id=run.id,
            tags=marks,
            description=f"In the model store as {place}.",
            model_id=model_id,
        )
        client.set_registered_model_alias(name, NEWEST, str(_last(client, name)))
        for key, value in {"bundle": place, "bundle_digest": bundle.digest, "registered_as": name}.items():
            client.set_tag(run.id, key, value)
        client.update_run(run.id, name=f"{plan.model_type} {bundle.version}")
    return Registered(name, str(made.version))


def _last(client: Any, name: str) -> int:
    """Two jobs may register at once: the alias is the highest version's, whoever comes last."""
    return max(int(each.version) for each in client.search_model_versions(f"name = '{name}'", max_results=1000))
