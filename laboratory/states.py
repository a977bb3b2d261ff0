"""How a training job can stand; apart from the ports, so that a job that waits imports next to nothing."""

from __future__ import annotations

from typing import Final, Literal

JobState = Literal["queued", "running", "finished", "failed", "cancelled"]
ENDED: Final[frozenset[JobState]] = frozenset({"finished", "failed", "cancelled"})
