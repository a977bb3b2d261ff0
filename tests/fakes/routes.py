"""The shipped routes, for tests that do not care which."""

from pathlib import Path

from routing.routes import load

ROUTES = load(Path(__file__).parents[2] / "routes.toml")
