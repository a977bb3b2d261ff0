from pathlib import Path

import pytest

from routing.routes import RoutesError, load, parse

SHIPPED = Path(__file__).parents[3] / "routes.toml"
TEXT = SHIPPED.read_text(encoding="utf-8")


def line_of(fragment: str, text: str = TEXT) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if fragment in line)


def test_the_shipped_routes_are_the_contracts() -> None:
    routes = load(SHIPPED)
    existing, new = routes.by_customer_type["existing"], routes.by_customer_type["new"]
    assert (existing.models, existing.weights) == (("traditional", "social"), (0.5, 0.5))
    assert existing.fallback is not None
    assert existing.fallback.prediction_type == "existing_customer_fallback_xgboost"
    assert (new.models, new.prediction_type, new.fallback) == (("xgboost",), "new_customer_xgboost", None)
    assert routes.routed() == ("traditional", "social", "xgboost")
    assert routes.model_names()[3:] == ("loan", "credit_desk", "home_credit")


def test_weights_are_shares_whatever_their_sum() -> None:
    routes = parse(TEXT.replace("weights = [0.5, 0.5]", "weights = [3, 1]"))
    assert routes.by_customer_type["existing"].weights == (0.75, 0.25)


def test_models_without_weights_count_alike() -> None:
    routes = parse(TEXT.replace("weights = [0.5, 0.5]", ""))
    assert routes.by_customer_type["existing"].weights == (0.5, 0.5)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("weights = [0.5, 0.5]", "weights = [0.5]", "as many as models"),
        ("weights = [0.5, 0.5]", "weights = [0.5, -1]", "above 0"),
        ("weights = [0.5, 0.5]", "weights = [true, 1]", "above 0"),
        ('models = ["traditional", "social"]', "models = []", "at least one"),
        ('models = ["traditional", "social"]', 'models = ["Bad/Name", "x"]', "by name"),
        ('models = ["traditional", "social"]', 'models = ["social", "social"]', "twice"),
        ('prediction_type = "new_customer_xgboost"', "prediction_type = 3", "must be text"),
        ("pdo = 50", "pdo = 0", "above 0"),
        ("pdo = 50", "pdo = nan", "a number"),
        ("high = 850", "high = 200", "above low"),
        ("refer_from = 580", "refer_from = 700", "approve_from"),
        ("Good = 670", 'Good = "high"', "a number"),
        ("pdo = 50", "points_to_double = 50", "not known"),
    ],
)
def test_a_mistake_is_told_with_its_line(before: str, after: str, says: str) -> None:
    text = TEXT.replace(before, after, 1)
    with pytest.raises(RoutesError) as caught:
        parse(text)
    assert f"line {line_of(after, text)}:" in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_route_is_told_by_its_name() -> None:
    with pytest.raises(RoutesError, match=r"routes\.new"):
        parse(TEXT.split("[routes.new]")[0])


def test_text_that_is_no_toml_and_a_file_that_is_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(RoutesError, match="line 1"):
        parse("not toml")
    with pytest.raises(RoutesError, match="cannot be read"):
        load(tmp_path / "routes.toml")
