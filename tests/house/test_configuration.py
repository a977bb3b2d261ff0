"""Every environment variable is documented, with its default, wherever it is written down: the code is the source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bootstrap.settings import ROOT, Settings

FIELDS = Settings.model_fields


def written(name: str) -> str:
    """A field's default as an operator would write it; nothing where there is none."""
    default = FIELDS[name].default
    if default is None:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, Path) and default.is_relative_to(ROOT):
        return str(default.relative_to(ROOT))
    return str(default)


def test_the_example_environment_lists_every_variable_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text()
    listed = dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))
    assert listed == {name.upper(): written(name) for name in FIELDS}


def test_the_readme_lists_every_variable_with_its_default_and_meaning() -> None:
    readme = (ROOT / "README.md").read_text()
    rows = [
        f"| `{name.upper()}` | {f'`{written(name)}`' if written(name) else ''} | {field.description} |"
        for name, field in FIELDS.items()
    ]
    missing = [row for row in rows if row not in readme]
    assert not missing, "README.md lacks these rows:\n" + "\n".join(missing)


def test_gunicorn_has_the_same_defaults(gunicorn_settings: dict[str, Any]) -> None:
    assert gunicorn_settings["bind"] == f"{FIELDS['host'].default}:{FIELDS['port'].default}"
    free = gunicorn_settings["FREE_THREADS"]
    assert gunicorn_settings["threads"] == FIELDS["max_scoring_requests"].default + free
