"""Hyperparameters and column names as a person types them."""

from __future__ import annotations

from console.problems import Failed, FieldProblem

Setting = bool | int | float | str | None
WORDS: dict[str, Setting] = {"none": None, "null": None, "true": True, "false": False}


def names(text: str) -> list[str]:
    """Names with commas between them."""
    return [each.strip() for each in text.split(",") if each.strip()]


def hyperparameters(text: str) -> dict[str, Setting | list[Setting]]:
    """Lines "name = value" or "name = value, value"; ValueError names the line that is neither."""
    found: dict[str, Setting | list[Setting]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, is_there, given = line.partition("=")
        values = [_setting(each) for each in names(given)]
        if not is_there or not name.strip() or not values:
            raise ValueError(f"“{line}” is not of the form: name = value, value")
        found[name.strip()] = values[0] if len(values) == 1 else values
    return found


def failed(message: str) -> Failed:
    """A mistake that need not be sent to the service."""
    return Failed("Some fields need correcting.", "", 422, [FieldProblem("hyperparameters", message)])


def _setting(text: str) -> Setting:
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text.strip("\"'")
