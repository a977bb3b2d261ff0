"""`tests.fakes.job`, but it runs beside other tests too, where a real job waits for an idle core."""

from __future__ import annotations

from laboratory import limits
from laboratory.working import work
from tests.fakes.job import make

if __name__ == "__main__":
    limits.stand_back = lambda: None
    work(make)
