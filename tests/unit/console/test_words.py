from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from console import settings_text, words


def test_numbers_are_written_in_one_way() -> None:
    assert words.points(612.34) == "612.3"
    assert words.points(-12.34, signed=True) == "\N{MINUS SIGN}12.3"
    assert words.percent(0.04643) == "4.64%"
    assert words.interval(0.77, 0.74, 0.79) == "0.770 (0.740 to 0.790)"
    assert [words.number(each) for each in (1234.0, 0.123456, True, None, float("nan"))] == [
        "1,234",
        "0.1235",
        "True",
        "—",
        "—",
    ]


def test_names_are_read_as_words() -> None:
    assert words.spoken("payment_history") == "Payment history"
    assert words.spoken("AMT_CREDIT") == "AMT_CREDIT"
    assert words.moment("2026-01-02T03:04:05.678Z") == "02 Jan 2026 03:04 UTC"


@given(st.text(alphabet="ab [](){}<>!*_`$:#|~\\", max_size=30))
def test_text_of_others_keeps_its_characters_and_starts_no_markdown(text: str) -> None:
    escaped = words.plain(text)
    bare, at = "", 0
    while at < len(escaped):
        at += escaped[at] == "\\"
        bare, at = bare + escaped[at], at + 1
    assert bare == text
    assert not any(escaped[i] in "[<*_`$" and escaped[i - 1 : i] != "\\" for i in range(len(escaped)))


def test_settings_are_read_line_by_line() -> None:
    text = "C = 0.01, 1\nmax_depth = none\n\npenalty = 'l2'\nearly = true"
    assert settings_text.hyperparameters(text) == {"C": [0.01, 1], "max_depth": None, "penalty": "l2", "early": True}
    for line in ("C", "C =", "= 3"):
        with pytest.raises(ValueError, match="not of the form"):
            settings_text.hyperparameters(line)


def test_a_key_of_the_environment_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("API_KEY", "a secret key")
    page = AppTest.from_string("from console.main import _access\nimport streamlit as st\nwith st.sidebar: _access()")
    page.run()
    assert not page.exception
    assert not page.sidebar.text_input
    assert "a secret key" not in str(page)
