"""The pipeline of a run as MLflow keeps it: for ML engineers. What serves is its bundle in the model store."""

from __future__ import annotations

import pandas as pd

from training.lab.run_facts import requirements
from training.lab.run_files import example
from training.lab.run_store import at
from training.lab.words import Winner


def log_pipeline(winner: Winner, run_id: str, uri: str) -> str:
    """Log the scikit-learn pipeline to a run that is open; returns the id of MLflow's model.

    From a raw table to the probabilities of both classes, before calibration, whose line is in its metadata. Its
    format is cloudpickle: `mlflow.sklearn.load_model` runs what is in it, so that it is for those who trust the store.
    """
    import mlflow
    from mlflow.models import infer_signature

    row = example(winner.table.frame)
    probabilities = winner.pipeline.predict_proba(row)
    pinned = [f"{name}=={each}" for name, each in requirements(winner.plan.model_type).items()]
    intercept, slope = winner.calibration
    with at(uri), mlflow.start_run(run_id=run_id, log_system_metrics=False):
        logged = mlflow.sklearn.log_model(
            winner.pipeline,
            name="pipeline",
            serialization_format="cloudpickle",
            signature=infer_signature(row, pd.DataFrame(probabilities, columns=["paid", "defaulted"])),
            input_example=row,
            pip_requirements=pinned,  # as they are here: to find them out, MLflow would load the model again elsewhere
            pyfunc_predict_fn="predict_proba",
            metadata={
                "calibration": {"intercept": intercept, "slope": slope},
                "threshold": winner.threshold,
                "data_digest": winner.table.digest,
            },
            params={name: str(value) for name, value in winner.hyperparameters.items()},
            model_type=winner.plan.model_type,
        )
    return str(logged.model_id)
