"""The reports, as typed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from bootstrap.report_commands import report_commands
from routing.archive import Filed
from scoring.record import ScoreRecord
from tests.fakes.histories import a_portfolio, a_prediction, shadowed
from tests.fakes.offices import OpenTable


def table(filed: list[Filed]) -> OpenTable:
    kept = OpenTable()
    for each in filed:
        kept.records[each.record.prediction_id] = each.record
        kept.events[each.record.prediction_id] = list(each.events)
    return kept


def run(kept: OpenTable, *arguments: str) -> Result:
    return CliRunner().invoke(report_commands(lambda: kept, 12), list(arguments))


def test_performance_is_a_table_with_every_month_and_what_cannot_be_said() -> None:
    done = run(table(a_portfolio(600)), "performance")
    assert done.exit_code == 0
    lines = done.stdout.split("\n")
    assert "600 predictions, 0 erased" in lines[0]
    assert {line.split()[0] for line in lines if line[:3] == "202"} == {"2025-01", "2025-02", "2025-03"}
    assert "2025-03: AUC, Gini, KS: too few outcomes" in done.stdout
    assert "A customer who got no loan has none" in done.stdout


def test_performance_as_json_holds_the_same_figures() -> None:
    told = json.loads(run(table(a_portfolio(600)), "performance", "--json").stdout)
    assert told["total"]["ranking"]["auc"]["low"] < told["total"]["ranking"]["auc"]["value"] < 1
    assert [each["name"] for each in told["by_month"]] == ["2025-01", "2025-02", "2025-03"]
    assert told["maturity_months"] == 12


def test_a_period_and_another_outcome_window_narrow_a_report() -> None:
    kept = table(a_portfolio(600))
    told = json.loads(run(kept, "performance", "--json", "--since", "2025-02-01", "--until", "2025-03-01").stdout)
    assert [each["name"] for each in told["by_month"]] == ["2025-02"]
    longer = json.loads(run(kept, "performance", "--json", "--maturity-months", "24").stdout)
    assert longer["total"]["early"] > 0
    assert longer["total"]["calibration"] is None


def test_comparison_is_a_table_of_both_sides() -> None:
    challengers = [
        a_prediction(each.record.models[0].log_odds - 1, route="routes.new.challenger", version="2")
        for each in a_portfolio(80)
        if isinstance(each.record, ScoreRecord)
    ]
    done = run(table([shadowed(each, -3.0) for each in a_portfolio(400)] + challengers), "comparison")
    assert done.exit_code == 0
    assert "routes.new.challenger (xgboost 2)" in done.stdout
    assert "routes.new.shadow (xgboost 2)" in done.stdout
    assert "only the champion" in done.stdout
    assert "routes.new.challenger: AUC, Gini, KS: too few outcomes" in done.stdout


def test_comparison_as_json_holds_the_same_figures() -> None:
    told = json.loads(run(table([shadowed(each, -3.0) for each in a_portfolio(400)]), "comparison", "--json").stdout)
    swap = told["pairings"][0]["swap_set"]
    assert swap["both"] + swap["only_champion"] + swap["only_shadow"] + swap["neither"] == 400
    assert told["pairings"][0]["auc_change"]["value"] < 0


@pytest.mark.parametrize("name", ["performance", "comparison"])
def test_a_report_on_nothing_and_on_an_unreachable_table_is_told(name: str) -> None:
    kept = OpenTable()
    assert run(kept, name).exit_code == 0
    kept.unreadable = True
    done = run(kept, name)
    assert (done.exit_code, done.stderr) == (2, "Error: The customers table cannot be read.\n")
    assert kept.closed == 2


def test_no_text_of_a_report_names_a_customer() -> None:
    filed = [a_prediction(-3, datetime(2025, 1, 2, tzinfo=UTC), customer_id="MRS SECRET") for _ in range(60)]
    for name in ("performance", "comparison"):
        for form in ([], ["--json"]):
            assert "SECRET" not in run(table(filed), name, *form).stdout
