"""What a gate found, and what all of them together allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from model_store.promotion import PromotionRefused

NEVER_OVERRIDDEN: Final = frozenset({"retired", "signature", "card", "schema", "golden_rows"})
"""Gates that no reason opens, since none of them is a matter of judgement.

A retired version was withdrawn for good. A signature is required by a setting of its own: whoever may override it could
put anybody's bundle into service. A card can be written, a migration of the schema declared; without the first nobody
knows what serves, and an undeclared other schema answers every client with an error. A bundle that does not give its
golden rows their outputs is another model than the one that was validated, and no worker would load it.
"""


class CannotJudge(Exception):
    """There is nothing, or not enough, to judge on; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate's finding on `subject`, a model's reference or a route. `figures`: plain JSON values."""

    gate: str
    subject: str
    passed: bool
    reason: str
    figures: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def is_overridable(self) -> bool:
        """Whether a reason can stand in for it."""
        return self.gate not in NEVER_OVERRIDDEN

    def plain(self) -> dict[str, JsonValue]:
        """As the switch of the model keeps it (`model_store.switch.Change.gates`)."""
        return {
            "gate": self.gate,
            "subject": self.subject,
            "passed": self.passed,
            "reason": self.reason,
            "figures": dict(self.figures),
        }

    def __str__(self) -> str:
        return f"{self.gate} of {self.subject}: {self.reason}"


def cannot_be_judged(gate: str, subject: str, error: Exception) -> GateResult:
    """A refusal for want of anything to judge on."""
    return GateResult(gate, subject, passed=False, reason=f"cannot be judged: {error}")


class GatesRefused(PromotionRefused):
    """Gates refuse, and no override opens them; `refusals` are their findings, the message holds a line for each."""

    def __init__(self, refusals: Iterable[GateResult], is_overridden: bool) -> None:
        self.refusals = tuple(refusals)
        self.is_overridable = all(each.is_overridable for each in self.refusals)
        lines = ["not promoted; nothing was changed.", *map(str, self.refusals), self._way_out(is_overridden)]
        super().__init__("\n".join(lines))

    def _way_out(self, is_overridden: bool) -> str:
        if self.is_overridable:
            return "An override with a reason would promote all the same."
        closed = ", ".join(sorted({each.gate for each in self.refusals if not each.is_overridable}))
        return f"No override opens {closed}." if is_overridden else f"An override would not open {closed}."


def settle(results: Iterable[GateResult], override: str | None = None) -> None:
    """Return if the promotion may go on. GatesRefused if a gate refuses that `override`, a reason, does not open."""
    refusals = [each for each in results if not each.passed]
    left = [each for each in refusals if not (override and each.is_overridable)]
    if left:
        raise GatesRefused(left, is_overridden=bool(override))
