"""The commands of an auditor, as typed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from bootstrap.audit_commands import audit_commands
from scoring.record import ScoreRecord
from tests.fakes.offices import PROVENANCE, Office


@pytest.fixture
def office() -> Office:
    return Office()


def run(office: Office, *arguments: str) -> Result:
    group = audit_commands(lambda: office.table, lambda: office.versions, lambda: PROVENANCE)
    return CliRunner().invoke(group, list(arguments))


def tamper(office: Office, record: ScoreRecord) -> None:
    office.table.records[record.prediction_id] = replace(record, probability_of_default=0.5)


def test_one_prediction_that_replays_equal_exits_0(office: Office) -> None:
    done = run(office, "replay", office.score().prediction_id)
    assert (done.exit_code, done.stdout.split("\n")[0].split()) == (0, ["equal", "1"])
    assert office.table.closed == 1


def test_a_prediction_that_differs_exits_1_and_says_where(office: Office) -> None:
    record = office.score()
    tamper(office, record)
    done = run(office, "replay", record.prediction_id)
    assert done.exit_code == 1
    assert f"different: {record.prediction_id}" in done.stdout
    assert "probability_of_default: recorded 0.5, found" in done.stdout


@pytest.mark.parametrize("unknown", ["pred_" + "0" * 32, "nonsense", "pred_\0"])
def test_an_id_that_is_not_there_exits_2(unknown: str, office: Office) -> None:
    done = run(office, "replay", unknown)
    assert done.exit_code == 2
    assert f"not found: {unknown}" in done.stdout


def test_a_prediction_whose_version_is_gone_exits_2_and_says_which(office: Office) -> None:
    record = office.score()
    office.versions.forget("xgboost")
    done = run(office, "replay", record.prediction_id)
    assert done.exit_code == 2
    assert "cannot be replayed: 1 records, xgboost 1" in done.stdout
    assert record.prediction_id in done.stdout


def test_an_erased_prediction_says_so_and_exits_0(office: Office) -> None:
    record = office.score()
    assert run(office, "erase", "A", "--reason", "asked for it", "--user", "dpo").exit_code == 0
    done = run(office, "replay", record.prediction_id)
    assert done.exit_code == 0
    assert ["erased", "1"] in [line.split() for line in done.stdout.split("\n")]


def test_everything_since_a_day_is_replayed(office: Office) -> None:
    for i in range(3):
        office.score(f"CUS{i}")
    assert json.loads(run(office, "replay", "--since", "2020-01-01", "--json").stdout)["equal"] == 3
    assert json.loads(run(office, "replay", "--until", "2020-01-01", "--json").stdout)["replayed"] == 0
    assert json.loads(run(office, "replay", "--all", "--json").stdout)["equal"] == 3


def test_a_sample_is_that_large_and_the_same_for_the_same_seed(office: Office) -> None:
    for i in range(12):
        tamper(office, office.score(f"CUS{i}"))
    told = [json.loads(run(office, "replay", "--sample", "5", "--seed", "3", "--json").stdout) for _ in range(2)]
    assert told[0]["replayed"] == 5
    assert told[0] == told[1]


def test_json_holds_every_difference(office: Office) -> None:
    record = office.score()
    tamper(office, record)
    told = json.loads(run(office, "replay", "--all", "--json").stdout)
    assert told["different"] == 1
    assert told["differences"][0]["prediction_id"] == record.prediction_id
    assert told["differences"][0]["differences"][0]["part"] == "probability_of_default"


def test_other_versions_of_code_are_named_beside_what_differs(office: Office) -> None:
    record = office.score()
    office.table.records[record.prediction_id] = replace(
        record, score=1.0, provenance={**record.provenance, "numpy": "1.0"}
    )
    assert "(numpy was 1.0, is 2.4)" in run(office, "replay", record.prediction_id).stdout


@pytest.mark.parametrize(
    "arguments", [[], ["pred_1", "--all"], ["--since", "yesterday"], ["--sample", "0"], ["--since", "2026-13-01"]]
)
def test_a_command_that_is_no_question_exits_2(arguments: list[str], office: Office) -> None:
    done = run(office, "replay", *arguments)
    assert done.exit_code == 2
    assert "Usage" in done.stderr


def test_progress_of_many_goes_to_stderr_and_not_between_the_results(office: Office) -> None:
    record = office.score()
    for i in range(1_000):
        copy = replace(record, prediction_id=f"{record.prediction_id[:-4]}{i:04x}")
        office.table.records[copy.prediction_id] = copy
    done = run(office, "replay", "--all", "--json")
    assert done.stderr == "1,000 replayed, 0 differ\n"
    assert json.loads(done.stdout)["equal"] == 1_001


def test_a_table_out_of_reach_is_one_line_and_never_the_status_of_a_difference(office: Office) -> None:
    office.table.unreadable = True
    for arguments in (["replay", "--all"], ["erase", "A", "--reason", "r", "--user", "u"]):
        done = run(office, *arguments)
        assert (done.exit_code, done.stderr) == (2, "Error: The customers table cannot be read.\n")


def test_a_hold_prevents_an_erasure_until_it_is_lifted(office: Office) -> None:
    record = office.score("A")
    who = ("--reason", "a court asked", "--user", "legal")
    assert "On hold since" in run(office, "hold", "A", *who).stdout
    refused = run(office, "erase", "A", *who)
    assert refused.exit_code == 2
    assert isinstance(office.table.records[record.prediction_id], ScoreRecord)
    assert run(office, "lift", "A").exit_code == 0
    assert "Receipt erasure_" in run(office, "erase", "A", *who).stdout
    assert not isinstance(office.table.records[record.prediction_id], ScoreRecord)


@pytest.mark.parametrize("command", ["erase", "hold"])
def test_a_customer_whom_nobody_knows_is_told(command: str, office: Office) -> None:
    done = run(office, command, "NOBODY", "--reason", "r", "--user", "u")
    assert (done.exit_code, done.stderr) == (2, "Error: There is no such customer.\n")


@pytest.mark.parametrize("missing", [("--reason", "r"), ("--user", "u")])
def test_an_erasure_needs_reason_and_user(missing: tuple[str, str], office: Office) -> None:
    office.score("A")
    assert run(office, "erase", "A", *missing).exit_code == 2
