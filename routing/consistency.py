"""What a record says of its occasion, held against itself: parts that follow from no input, and yet from each other."""

from __future__ import annotations

from collections.abc import Iterator

from routing.comparing import Difference
from routing.routes import base_of
from scoring.identity import PREDICTION_ID, moment
from scoring.record import CustomerType, LookUp, ScoreRecord


def contradictions(record: ScoreRecord) -> Iterator[Difference]:
    """Parts that no score depends on, where they cannot be true together with the others."""
    kind = next((kind for kind in ("existing", "new") if record.route.split(".")[:2] == ["routes", kind]), None)
    if kind is not None and record.customer_type != kind:
        yield Difference("customer_type", record.customer_type, kind)
    known: dict[CustomerType, tuple[LookUp | None, ...]] = {"new": ("absent",), "existing": ("found", "remembered")}
    if record.asked and record.look_up not in known.get(record.customer_type, ()):
        yield Difference("look_up", record.look_up, " or ".join(map(str, known.get(record.customer_type, ()))))
    answered = {each.model for each in record.models}
    told = {each.model for each in record.degraded}
    if missing := [name for name in record.asked if name not in answered | {base_of(each) for each in told}]:
        yield Difference("degraded", sorted(told), sorted(told | set(missing)))
    if both := answered & told:
        yield Difference("degraded", sorted(told), sorted(told - both))
    yield from _other_time(record)


def _other_time(record: ScoreRecord) -> Iterator[Difference]:
    """A prediction id holds the millisecond at which it was made."""
    if made := PREDICTION_ID.fullmatch(record.prediction_id):
        try:
            milliseconds = int(moment(record.scored_at).timestamp() * 1000)
        except ValueError:
            milliseconds = -1
        if milliseconds != int(made[1], 16):
            yield Difference("scored_at", record.scored_at, "another time than the prediction id says")
