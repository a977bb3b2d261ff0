from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.replays import TOGETHER, Tally, replay_all, sample
from routing.archive import Filed
from routing.ports import Model
from scoring.record import ErasedRecord, ScoreRecord
from scoring.scale import ScoreScale
from tests.fakes.catalog import FakeVersions
from tests.fakes.histories import a_prediction
from tests.fakes.offices import PROVENANCE, Office


def drawing(seed: int) -> Random:
    return Random(seed)  # noqa: S311 # a sample, not a secret


class Asked:
    """Versions that count how often each was asked for."""

    def __init__(self, versions: FakeVersions) -> None:
        self.versions, self.asked = versions, list[str]()

    def model(self, name: str, version: str, digest: str, scale: ScoreScale | None = None) -> Model:
        self.asked.append(version)
        return self.versions.model(name, version, digest, scale)


def test_what_the_service_wrote_replays_equal_with_and_without_reasons_alone_and_aggregated() -> None:
    office = Office()
    for i in range(20):
        office.score(f"CUS{i % 7}", explain=i % 2 == 0)
    found = replay_all(office.table.scan(), office.versions, PROVENANCE)
    assert (found.equal, found.replayed, found.exit_status) == (20, 20, 0)


def test_a_record_that_differs_is_named_with_its_parts() -> None:
    office = Office()
    record = office.score()
    tampered = replace(record, score=record.score + 0.1)
    found = replay_all([Filed(tampered), Filed(office.score("B"))], office.versions, PROVENANCE)
    assert (found.equal, found.different, found.exit_status) == (1, 1, 1)
    assert found.differences[0].prediction_id == record.prediction_id
    assert [each.part for each in found.differences[0].differences] == ["score"]


def test_a_version_that_is_gone_is_asked_for_once_and_told_once() -> None:
    office = Office()
    records = [Filed(office.score(f"CUS{i}")) for i in range(30)]
    office.versions.forget("xgboost")
    asked = Asked(office.versions)
    found = replay_all(records, asked, PROVENANCE)
    assert (found.cannot, found.exit_status, len(asked.asked)) == (30, 2, 1)
    [(reason, missing)] = found.missing.items()
    assert "is gone" in reason
    assert (missing.records, len(missing.prediction_ids)) == (30, 20)


def test_erased_records_are_counted_and_no_failure() -> None:
    office = Office()
    found = replay_all([Filed(ErasedRecord.of(office.score()))], office.versions, PROVENANCE)
    assert (found.erased, found.exit_status) == (1, 0)


def test_something_that_differs_outweighs_something_that_is_gone() -> None:
    office = Office()
    record = office.score()
    gone = replace(record, models=tuple(replace(each, version="0") for each in record.models))
    found = replay_all([Filed(gone), Filed(replace(record, score=0.0))], office.versions, PROVENANCE)
    assert (found.cannot, found.different, found.exit_status) == (1, 1, 1)


def test_records_of_few_versions_in_any_order_ask_for_each_version_in_one_go() -> None:
    record = Office().score()
    versions = [str(i % 3) for i in range(300)]
    records = [Filed(replace(record, models=(replace(record.models[0], version=each),))) for each in versions]

    class Every(Asked):
        def model(self, name: str, version: str, digest: str, scale: ScoreScale | None = None) -> Model:
            self.asked.append(version)
            return Office().xgboost

    asked = Every(FakeVersions([]))
    replay_all(records, asked, PROVENANCE)
    turns = [one for one, other in zip(asked.asked, ["", *asked.asked], strict=False) if one != other]
    assert turns == ["0", "1", "2"]


def test_no_more_than_a_pages_worth_of_records_is_held_at_a_time() -> None:
    office = Office()
    record, given, ahead = office.score(), 0, 0

    def many() -> Iterator[Filed]:
        nonlocal given, ahead
        for _ in range(2 * TOGETHER + 10):
            given += 1
            ahead = max(ahead, given - tally.replayed)
            yield Filed(record)

    tally = Tally()
    replay_all(many(), office.versions, PROVENANCE, tally)
    assert tally.equal == given
    assert ahead <= TOGETHER + 1


def test_progress_is_told_every_thousand_records() -> None:
    office = Office()
    record = office.score()
    told: list[int] = []
    replay_all([Filed(record)] * 2_500, office.versions, PROVENANCE, tell=lambda tally: told.append(tally.replayed))
    assert told == [1_000, 2_000]


@given(st.integers(0, 30), st.integers(1, 20), st.integers())
def test_a_sample_has_that_many_different_predictions_or_all(n: int, size: int, seed: int) -> None:
    filed = [a_prediction(customer_id=str(i)) for i in range(n)]
    drawn = [each.record.customer_id for each in sample(filed, size, drawing(seed))]
    assert len(drawn) == len(set(drawn)) == min(n, size)
    assert drawn == [each.record.customer_id for each in sample(filed, size, drawing(seed))]


def test_every_prediction_has_the_same_chance_to_be_in_a_sample() -> None:
    filed = [a_prediction(customer_id=str(i)) for i in range(10)]
    random = drawing(1)
    times = dict.fromkeys((str(i) for i in range(10)), 0)
    for _ in range(2_000):
        for each in sample(filed, 3, random):
            times[each.record.customer_id] += 1
    assert all(500 < each < 700 for each in times.values())


def test_a_defect_of_a_store_is_not_taken_for_a_missing_version() -> None:
    class Broken:
        def model(self, name: str, version: str, digest: str, scale: ScoreScale | None = None) -> Model:
            raise RuntimeError("a defect")

    record = Office().score()
    assert isinstance(record, ScoreRecord)
    with pytest.raises(RuntimeError, match="a defect"):
        replay_all([Filed(record)], Broken(), PROVENANCE)
