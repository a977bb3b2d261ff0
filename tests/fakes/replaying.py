"""Everything that a service wrote, replayed: for the end of any test that scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bootstrap import services
from bootstrap.provenance import provenance
from bootstrap.settings import Settings
from db.outbox import SqliteOutbox
from monitoring import replays
from monitoring.replays import Tally
from monitoring.tables import replay_text
from tests.fakes.running import Running, until


def replay_all(where: Settings | Running | Path) -> Tally:
    """Replay every record of a service, through what its settings name; a path is a DATA_DIR on embedded stores.

    What waits in its outbox is waited for. AssertionError, with all that differs, unless every record that was not
    erased is equal.
    """
    settings = _settings(where)
    waiting = SqliteOutbox(settings.data_dir / "outbox.db", deadline=settings.table_timeout_seconds)
    table = services.open_table(settings)
    try:
        until(lambda: waiting.waiting() == 0, lambda: f"{waiting.waiting()} records wait in the outbox still")
        tally = replays.replay_all(table.scan(), services.model_versions(settings), provenance())
    finally:
        waiting.close()
        table.close()
    assert tally.exit_status == 0, "\n".join(replay_text(tally))
    return tally


def _settings(where: Settings | Running | Path) -> Settings:
    if isinstance(where, Settings):
        return where
    if isinstance(where, Path):
        return Settings(data_dir=where)
    given: dict[str, Any] = {name: where.environment.get(name.upper()) for name in Settings.model_fields}
    return Settings(**{name: value for name, value in given.items() if value})
