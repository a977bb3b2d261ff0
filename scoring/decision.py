"""From a score to what a bank does with it. Every cut-off is a setting in routes.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

RiskLevel = Literal["low", "medium", "high"]
Decision = Literal["approve", "refer", "decline"]


@dataclass(frozen=True, slots=True)
class PdCutOffs:
    """Cut-offs of a client that decides by the probability of default itself: each holds from its number upwards."""

    decline_from: float
    medium_from: float
    high_from: float


@dataclass(frozen=True, slots=True)
class Policy:
    """Cut-offs in points: each name holds from its number upwards.

    `bands`: (name, from), highest first; a score below all of them is in `lowest_band`. `by_pd`: cut-offs in PD, which
    then decide in place of those in points.
    """

    approve_from: float = 640.0
    refer_from: float = 580.0
    low_risk_from: float = 640.0
    medium_risk_from: float = 580.0
    bands: tuple[tuple[str, float], ...] = (
        ("Exceptional", 800.0),
        ("Very Good", 740.0),
        ("Good", 670.0),
        ("Fair", 580.0),
    )
    lowest_band: str = "Poor"
    by_pd: PdCutOffs | None = None

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Policy:
        """The policy in a record's words: `dataclasses.asdict` of one, after JSON. KeyError, TypeError, ValueError."""
        bands = tuple((str(name), float(lowest)) for name, lowest in said["bands"])
        by_pd = PdCutOffs(**said["by_pd"]) if said.get("by_pd") else None
        return cls(**{**said, "bands": bands, "by_pd": by_pd})

    def decision(self, score: float, pd: float | None = None) -> Decision:
        """approve, refer (to a person) or decline; of the score alone where no PD is given."""
        if self.by_pd is not None and pd is not None:
            return "decline" if pd >= self.by_pd.decline_from else "approve"
        return "approve" if score >= self.approve_from else "refer" if score >= self.refer_from else "decline"

    def risk_level(self, score: float, pd: float | None = None) -> RiskLevel:
        """low, medium or high; of the score alone where no PD is given."""
        if self.by_pd is not None and pd is not None:
            return "high" if pd >= self.by_pd.high_from else "medium" if pd >= self.by_pd.medium_from else "low"
        return "low" if score >= self.low_risk_from else "medium" if score >= self.medium_risk_from else "high"

    def band(self, score: float) -> str:
        """The name people know the score by."""
        return next((name for name, lowest in self.bands if score >= lowest), self.lowest_band)
