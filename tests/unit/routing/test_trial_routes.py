"""Challengers and shadows as routes.toml declares them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.routes import Challenger, Route, RoutesError, base_of, parse
from tests.fakes.routes import SHIPPED, routes_and

BOTH = """
[routes.new.challenger]
models = ["xgboost@challenger", "social"]
weights = [3, 1]
share = 0.1
salt = "2026-q4"

[routes.new.shadow]
models = ["xgboost@candidate"]
"""


def test_a_challenger_and_a_shadow_are_routes_of_their_own() -> None:
    routes = routes_and(BOTH)
    new = routes.by_customer_type["new"]
    assert new.challenger is not None
    assert new.shadow is not None
    challenger = new.challenger.route
    assert (new.challenger.share, new.challenger.salt) == (0.1, "2026-q4")
    assert (challenger.name, challenger.prediction_type) == ("routes.new.challenger", new.prediction_type)
    assert (challenger.models, challenger.names) == (("xgboost@challenger", "social"), ("xgboost", "social"))
    assert challenger.asked == {"xgboost": 0.75, "social": 0.25}
    assert challenger.fallback is not None
    assert (challenger.fallback.name, challenger.fallback.challenger) == ("routes.new", None)
    assert (new.shadow.name, new.shadow.models) == ("routes.new.shadow", ("xgboost@candidate",))
    assert new.shadow.fallback is None
    existing = routes.by_customer_type["existing"]
    assert (existing.challenger, existing.shadow) == (None, None)


def test_what_answers_without_a_challenger_is_told_apart_from_what_is_on_trial() -> None:
    routes = routes_and(BOTH)
    assert routes.champions() == ("traditional", "social", "xgboost")
    assert routes.routed() == (*routes.champions(), "xgboost@challenger", "xgboost@candidate")


def test_a_challenger_of_a_route_with_a_fallback_falls_back_on_both() -> None:
    routes = routes_and('[routes.existing.challenger]\nmodels = ["social@b"]\nshare = 1')
    challenger = routes.by_customer_type["existing"].challenger
    assert challenger is not None
    champion = challenger.route.fallback
    assert champion is not None
    assert champion.fallback is not None
    assert champion.fallback.name == "routes.existing.fallback"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("share = 0.1", "share = 1.5", "from 0 to 1"),
        ("share = 0.1", "share = -0.1", "from 0 to 1"),
        ("share = 0.1", "share = nan", "a number"),
        ("share = 0.1", f"share = 1{'0' * 400}", "a number"),
        ("share = 0.1", "share = true", "a number"),
        ("share = 0.1", "part = 0.1", "not known"),
        ('salt = "2026-q4"', "salt = 4", "must be text"),
        ("weights = [3, 1]", "weights = [3]", "as many as models"),
        ('["xgboost@challenger", "social"]', '["xgboost@challenger", "xgboost"]', "twice"),
        ('["xgboost@challenger", "social"]', '["xgboost@", "social"]', "name@alias"),
        ('["xgboost@challenger", "social"]', '["xgboost@manifest", "social"]', "name@alias"),
        ('["xgboost@challenger", "social"]', '["xgboost@a@b", "social"]', "name@alias"),
        ('["xgboost@challenger", "social"]', '["xgboost@../x", "social"]', "name@alias"),
        ('["xgboost@candidate"]', "[]", "at least one"),
        ('models = ["xgboost@candidate"]', 'models = ["xgboost@candidate"]\nshare = 0.5', "not known"),
        ('models = ["xgboost@candidate"]', 'models = ["xgboost@candidate"]\nprediction_type = "x"', "not known"),
    ],
)
def test_a_mistake_in_a_trial_is_told_with_its_line(before: str, after: str, says: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8") + BOTH.replace(before, after)
    line = max(n for n, each in enumerate(text.splitlines(), 1) if after.splitlines()[-1] in each)
    with pytest.raises(RoutesError) as caught:
        parse(text)
    assert f"line {line}:" in str(caught.value)
    assert says in str(caught.value)


def test_a_challenger_without_a_share_is_told() -> None:
    with pytest.raises(RoutesError, match=r"routes\.new\.challenger\.share: share is missing"):
        routes_and('[routes.new.challenger]\nmodels = ["xgboost@challenger"]')


def test_only_trials_take_other_switches_than_the_champions() -> None:
    with pytest.raises(RoutesError, match="by name"):
        parse(SHIPPED.read_text(encoding="utf-8").replace('models = ["xgboost"]', 'models = ["xgboost@challenger"]'))


def test_the_example_in_the_shipped_file_is_right() -> None:
    shipped = SHIPPED.read_text(encoding="utf-8")
    trial = shipped.split("# For a trial")[1].split("# Applications")[0]
    example = "\n".join(line.removeprefix("# ") for line in trial.splitlines()[1:])
    new = parse(shipped + "\n" + example[example.index("[routes") :]).by_customer_type["new"]
    assert new.challenger is not None
    assert new.shadow is not None


def _challenger(share: float, salt: str = "", name: str = "routes.new.challenger") -> Challenger:
    return Challenger(Route(name, ("xgboost@challenger",), (1.0,), "p"), share, salt)


@given(st.text(min_size=1), st.floats(0, 1), st.floats(0, 1), st.text())
def test_a_customer_stays_where_it_is_while_a_share_grows(customer: str, one: float, other: float, salt: str) -> None:
    small, large = sorted((one, other))
    assert _challenger(large, salt).takes(customer) or not _challenger(small, salt).takes(customer)
    assert _challenger(1.0, salt).takes(customer)
    assert not _challenger(0.0, salt).takes(customer)


def test_a_share_is_that_share_of_the_customers_and_salts_and_routes_draw_others() -> None:
    ids = [f"CUS{i}" for i in range(20_000)]
    of_q4, of_q1 = ([_challenger(0.3, salt).takes(each) for each in ids] for salt in ("q4", "q1"))
    existing = [_challenger(0.3, "q4", "routes.existing.challenger").takes(each) for each in ids]
    for drawn in (of_q4, of_q1, existing):
        assert abs(sum(drawn) / len(ids) - 0.3) < 0.015  # over four standard errors
    for another in (of_q1, existing):  # independent draws agree on .3 x .3 of all
        assert abs(sum(a and b for a, b in zip(of_q4, another, strict=True)) / len(ids) - 0.09) < 0.01


def test_the_own_name_of_a_reference_is_what_stands_before_the_alias() -> None:
    assert [base_of(each) for each in ("xgboost", "xgboost@challenger")] == ["xgboost", "xgboost"]
