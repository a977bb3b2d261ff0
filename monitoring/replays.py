"""Many records replayed, in bounded memory, and what came of them in all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

from routing.archive import Filed
from routing.catalog import ModelVersions
from routing.ports import Model
from routing.replay import Replayed, replay
from scoring.errors import ModelUnavailable
from scoring.record import AnyRecord
from scoring.scale import ScoreScale

TOGETHER = 2_000
"""Records that are sorted by version before they are replayed, so that few versions are loaded, each once."""
TELL_EVERY = 1_000
MOST_TOLD = 1_000
"""Records whose differences are kept; of all others the number is."""
MOST_IDS = 20
"""Prediction ids that are kept for each reason why records cannot be replayed."""


@dataclass
class Missing:
    """Records that cannot be replayed for one reason; `prediction_ids` are the first of them."""

    records: int = 0
    prediction_ids: list[str] = field(default_factory=list)


@dataclass
class Tally:
    """What came of replays. `differences` are of the first `different` records."""

    equal: int = 0
    different: int = 0
    erased: int = 0
    differences: list[Replayed] = field(default_factory=list)
    missing: dict[str, Missing] = field(default_factory=dict)
    not_found: list[str] = field(default_factory=list)

    @property
    def replayed(self) -> int:
        """All that were looked at."""
        return self.equal + self.different + self.erased + self.cannot

    @property
    def cannot(self) -> int:
        """Records that cannot be replayed."""
        return sum(each.records for each in self.missing.values())

    @property
    def exit_status(self) -> int:
        """1 when something differs, 2 when something cannot be replayed or was not found, else 0."""
        return 1 if self.different else 2 if self.missing or self.not_found else 0

    def take(self, result: Replayed) -> None:
        """Count one more."""
        if result.result == "equal":
            self.equal += 1
        elif result.result == "erased":
            self.erased += 1
        elif result.result == "differs":
            self.different += 1
            if len(self.differences) < MOST_TOLD:
                self.differences.append(result)
        else:
            why = self.missing.setdefault(result.reason or "no reason was given", Missing())
            why.records += 1
            if len(why.prediction_ids) < MOST_IDS:
                why.prediction_ids.append(result.prediction_id)


def replay_all(
    filed: Iterable[Filed],
    versions: ModelVersions,
    provenance: Mapping[str, Any],
    tally: Tally | None = None,
    tell: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Replay every record, adding to `tally`; `tell` hears of the progress every thousand records."""
    tally, remembered = tally or Tally(), _Remembered(versions)
    records = (each.record for each in filed)
    while together := list(islice(records, TOGETHER)):
        for record in sorted(together, key=_versions_of):
            tally.take(replay(record, remembered, provenance))
            if tally.replayed % TELL_EVERY == 0:
                tell(tally)
    return tally


def sample(filed: Iterable[Filed], size: int, random: Random) -> Iterator[Filed]:
    """`size` of them, each with the same chance, by reading all and keeping no more than `size` (all, if fewer).

    J. S. Vitter, ACM Transactions on Mathematical Software 11 (1985) 37-57, algorithm R.
    """
    kept: list[Filed] = []
    for i, each in enumerate(filed):
        if len(kept) < size:
            kept.append(each)
        elif (place := random.randrange(i + 1)) < size:
            kept[place] = each
    return iter(kept)


def _versions_of(record: AnyRecord) -> list[tuple[str, str, str]]:
    return [(each.model, each.version, each.digest) for each in record.models]


class _Remembered:
    """Versions that also remembers which are gone: ten thousand records of one do not ask the store for each."""

    def __init__(self, versions: ModelVersions) -> None:
        self._versions = versions
        self._gone: dict[tuple[str, str, str], str] = {}

    def model(self, name: str, version: str, digest: str, scale: ScoreScale | None = None) -> Model:
        reason = self._gone.get((name, version, digest))
        if reason is not None:
            raise ModelUnavailable(name, reason)
        try:
            return self._versions.model(name, version, digest, scale)
        except ModelUnavailable as error:
            self._gone[name, version, digest] = error.reason
            raise
