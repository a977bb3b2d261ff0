"""The 80% test with its small numbers: what is judged, what is only shown, and how it is told."""

import numpy as np
import pytest

from training.fairness import Finding, eighty_percent_test
from training.thresholds import Thresholds


def found(**groups: tuple[int, int]) -> Finding:
    """Of groups given as (approved, all)."""
    names = np.repeat(list(groups), [n for _, n in groups.values()])
    approved = np.concatenate([np.arange(n) < yes for yes, n in groups.values()])
    return eighty_percent_test("sex", names, approved, Thresholds())


@pytest.mark.parametrize(
    ("women", "verdict"), [((500, 1000), "passes"), ((401, 1000), "passes"), ((399, 1000), "fails")]
)
def test_the_lowest_rate_must_be_four_fifths_of_the_highest(women: tuple[int, int], verdict: str) -> None:
    assert found(women=women, men=(500, 1000)).verdict == verdict


def test_the_words_name_both_groups_the_ratio_and_how_sure_it_is() -> None:
    told = found(women=(300, 1000), men=(500, 1000)).explanation
    assert told == ("women are approved at 30.0%, men at 50.0%: a ratio of 0.60 (95% interval 0.54 to 0.67), below 0.8")
    assert found(women=(20, 50), men=(26, 50)).explanation.endswith("by chance alone it could be this low")
    assert found(women=(42, 100), men=(50, 100)).explanation.endswith("by chance it could be below")


def test_a_small_group_is_shown_with_a_warning_and_not_judged() -> None:
    card = found(women=(500, 1000), men=(480, 1000), other=(0, 20)).on_card("routes.new")
    assert card.verdict == "passes"
    assert {each.group: each.warning for each in card.groups} == {
        "women": None, "men": None, "other": "fewer than 41 customers: not judged"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("groups", "why"),
    [
        ({"women": (10, 1000), "men": (12, 1000)}, "22 of 2000 customers are approved; below 30 a rate is chance"),
        ({"women": (500, 1000)}, "fewer than two groups"),
    ],
)
def test_what_cannot_be_judged_says_why(groups: dict[str, tuple[int, int]], why: str) -> None:
    finding = found(**groups)
    assert finding.verdict == "cannot be judged"
    assert why in finding.explanation
    assert finding.on_card("routes.new").impact_ratio is None
