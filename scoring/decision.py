"""From a score to what a bank does with it. Every cut-off is a setting in routes.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RiskLevel = Literal["low", "medium", "high"]
Decision = Literal["approve", "refer", "decline"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Cut-offs in points: each name holds from its number upwards.

    `bands`: (name, from), highest first; a score below all of them is in `lowest_band`.
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

    def decision(self, score: float) -> Decision:
        """approve, refer (to a person) or decline."""
        return "approve" if score >= self.approve_from else "refer" if score >= self.refer_from else "decline"

    def risk_level(self, score: float) -> RiskLevel:
        """low, medium or high."""
        return "low" if score >= self.low_risk_from else "medium" if score >= self.medium_risk_from else "high"

    def band(self, score: float) -> str:
        """The name people know the score by."""
        return next((name for name, lowest in self.bands if score >= lowest), self.lowest_band)
