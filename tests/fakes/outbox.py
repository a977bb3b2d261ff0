"""An outbox in memory, with switches to make it fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from routing.ports import Write
from scoring.errors import OutboxUnavailable


@dataclass
class MemoryOutbox:
    """Outbox in a list; `full` makes put fail, `unreadable` held and waiting."""

    full: bool = False
    unreadable: bool = False
    writes: list[Write] = field(default_factory=list)

    def put(self, writes: Sequence[Write]) -> None:
        if self.full:
            raise OutboxUnavailable("The local outbox cannot be written.")
        self.writes += writes

    def held(self, keys: Sequence[str]) -> Mapping[str, Write]:
        if self.unreadable:
            raise OutboxUnavailable("The local outbox cannot be read.")
        return {each.claim.use.key: each for each in self.writes if each.claim and each.claim.use.key in keys}

    def waiting(self) -> int:
        if self.unreadable:
            raise OutboxUnavailable("The local outbox cannot be read.")
        return len(self.writes)
