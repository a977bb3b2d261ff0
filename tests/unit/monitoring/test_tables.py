from monitoring.replays import Missing, Tally
from monitoring.tables import replay_text
from routing.comparing import Difference
from routing.replay import Replayed


def test_many_differences_are_listed_up_to_twenty_and_the_rest_counted() -> None:
    tally = Tally()
    for i in range(25):
        tally.take(Replayed(f"pred_{i}", "differs", (Difference("score", 1.0, 2.0),)))
    lines = list(replay_text(tally))
    assert sum(line.startswith("different: ") for line in lines) == 20
    assert any(line.startswith("... and 5 more") for line in lines)


def test_the_counts_stand_first_and_below_each_other() -> None:
    tally = Tally(equal=12_345, erased=2, missing={"xgboost 3: gone": Missing(1, ["pred_1"])}, not_found=["pred_2"])
    assert list(replay_text(tally))[:5] == [
        "equal               12,345",
        "different                0",
        "cannot be replayed       1",
        "erased                   2",
        "not found                1",
    ]
    assert "cannot be replayed: 1 records, xgboost 3: gone" in replay_text(tally)
