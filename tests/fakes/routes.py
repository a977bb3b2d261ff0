"""The shipped routes, for tests that do not care which, and those with more tables after them."""

from pathlib import Path

from routing.routes import Routes, load, parse

SHIPPED = Path(__file__).parents[2] / "routes.toml"
ROUTES = load(SHIPPED)


def routes_and(more: str) -> Routes:
    """The shipped routes, and these tables."""
    return parse(f"{SHIPPED.read_text(encoding='utf-8')}\n{more}")
