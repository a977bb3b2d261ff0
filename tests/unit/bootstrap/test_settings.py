from pathlib import Path

import pytest

from bootstrap.settings import read


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "CUSTOMER_TABLE_NAME", "ML_DATA_BUCKET", "PORT", "CORS_ORIGINS", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_without_any_variable_everything_is_embedded() -> None:
    settings = read()
    assert settings.is_embedded
    assert settings.ml_data_bucket is None
    assert settings.models_dir == Path("var") / "models"
    assert settings.port == 5000


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("PORT", "")
    assert read().is_embedded
    assert read().port == 5000


def test_lists_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://desk.bank.example, https://app.bank.example")
    assert read().cors_origins == ("https://desk.bank.example", "https://app.bank.example")


def test_what_is_wrong_is_told_by_variable_and_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("SECRET_KEY", "hush")
    with pytest.raises(SystemExit) as caught:
        read()
    assert "PORT: " in str(caught.value)
    assert "SECRET_KEY: " in str(caught.value)
    assert "hush" not in str(caught.value)


def test_two_places_for_the_customers_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/credit")
    monkeypatch.setenv("CUSTOMER_TABLE_NAME", "customers")
    with pytest.raises(SystemExit, match="both set"):
        read()
