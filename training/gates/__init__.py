"""Gates before a promotion: each says whether a candidate may serve, and why not.

`judge` makes every test and never changes anything; `settle` decides, with or without an override.
"""

from training.gates.judging import judge
from training.gates.result import NEVER_OVERRIDDEN, GateResult, GatesRefused, settle

__all__ = ["NEVER_OVERRIDDEN", "GateResult", "GatesRefused", "judge", "settle"]
