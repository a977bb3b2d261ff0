#!/usr/bin/env python3
"""Wait until the service is ready: `wait_ready.py HOST PORT SECONDS`. Exit status 0 when it is, 1 when time is up.

Needs only the standard library. `setup.sh run`, the systemd unit and a deployment use it: that gunicorn runs does not
mean that a model is loaded.
"""

from __future__ import annotations

import sys
import time
from http.client import HTTPConnection, HTTPException

BETWEEN = 0.25
"""Seconds from one question to the next."""


def is_ready(host: str, port: int) -> bool:
    """Whether GET /health/ready answers 200."""
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """Ask until the answer is yes."""
    host, port, seconds = sys.argv[1:]
    deadline = time.monotonic() + float(seconds)
    while not is_ready(host, int(port)):
        if time.monotonic() > deadline:
            sys.stderr.write(f"The service at {host}:{port} was not ready within {seconds} s.\n")
            return 1
        time.sleep(BETWEEN)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
