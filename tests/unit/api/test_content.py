"""Accept headers; the rest of content.py is seen through the application."""

import pytest

from api.content import accepts_json


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "application/problem+json", "a/b, application/*;q=0.1"]
)
def test_room_for_json(accept: str) -> None:
    assert accepts_json(accept)


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "text/*, image/png", "garbage"])
def test_no_room_for_json(accept: str) -> None:
    assert not accepts_json(accept)
