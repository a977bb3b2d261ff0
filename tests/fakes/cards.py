"""A whole model card, for tests that do not care which."""

from __future__ import annotations

from datetime import date

from model_store.card import CardData, CardFairness, CardGroup, CardTraining, Estimate, Metric, ModelCard


def card(*features: str) -> ModelCard:
    """The card of a model with these features."""
    held_out = "450 customers held back"
    return ModelCard(
        purpose="Tells apart who will default.",
        owner="The tests",
        intended_use="Tests.",
        not_for=("Customers.",),
        data=CardData(
            source="made up", rows=3_000, period="none", default_definition="90 days past due", default_rate=0.07
        ),
        training=CardTraining(
            algorithm="none", features=features or ("income", "age"), seed=1, library_versions={"numpy": "2"}
        ),
        metrics={
            "auc": Metric(value=0.7, low=0.65, high=0.75, measured_on=held_out),
            "brier": Metric(value=0.06, low=0.05, high=0.07, measured_on=held_out),
            "expected_calibration_error": Metric(value=0.01, measured_on=held_out),
        },
        fairness=(
            CardFairness(
                attribute="sex",
                decided_by="routes.new",
                groups=(
                    CardGroup(group="female", n=230, approval_rate=Estimate(value=0.5, low=0.43, high=0.57)),
                    CardGroup(group="male", n=220, approval_rate=Estimate(value=0.48, low=0.41, high=0.55)),
                ),
                impact_ratio=Estimate(value=0.96, low=0.8, high=1.16),
                verdict="passes",
                explanation="The lowest rate is 96% of the highest.",
            ),
        ),
        limits=("It is no model.",),
        validated_on=date(2026, 11, 22),
        approved_by="Nobody",
    )
