"""Moments as an operator types them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import click

from scoring.identity import moment, stamp


class Moment(click.ParamType[str]):
    """A day (its start, in UTC) or an ISO 8601 time with Z or an offset, as a stamp."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read one; a usage error where it is neither."""
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            try:
                return stamp(moment(str(value)))
            except (ValueError, OverflowError):
                self.fail(f"{value!r} is neither a day (2026-11-22) nor a time with Z or an offset", param, ctx)
        return stamp(datetime.combine(day, time(), UTC))
