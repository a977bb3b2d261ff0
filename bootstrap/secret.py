"""The secret of the embedded default: made once, shared by all processes of this machine."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def secret(configured: str | None, data_dir: Path) -> bytes:
    """The configured secret, else the one kept in `data_dir`, made at the first call. Raises OSError."""
    if configured:
        return configured.encode()
    path = data_dir / "secret"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        mine = path.with_name(f"secret.{secrets.token_hex(8)}")
        with os.fdopen(os.open(mine, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(mine, path)  # of processes that start together, the first one's secret holds for all
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_bytes()
