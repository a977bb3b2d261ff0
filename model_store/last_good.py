"""The set of bundles that served last, in one file: what a start without the model store takes.

One file for all references, written in one step: models that were promoted together are all old or all new in it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, TypeAdapter

from model_store.files import make_folder, write_durably
from model_store.manifest import Sha256, Strict
from model_store.switch import Reference, Version
from routing.routes import NAME

LAST_GOOD: Final = "last-good.json"
_LARGEST = 1 << 20


class Good(Strict):
    """A bundle that served. `promotion`: what made it serve; `together`: the references that this promotion changed."""

    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    version: Version
    digest: Sha256
    promotion: str
    together: tuple[Reference, ...]


_GOODS: TypeAdapter[dict[Reference, Good]] = TypeAdapter(dict[Reference, Good])


def read_goods(root: Path) -> dict[str, Good]:
    """Reference -> what served under it last; nothing if the file is not there or is damaged."""
    try:
        with (root / LAST_GOOD).open("rb") as file:
            return _GOODS.validate_json(file.read(_LARGEST))
    except (OSError, ValueError):
        return {}


def write_goods(root: Path, served: Mapping[str, Good]) -> Collection[Good]:
    """Note what serves now, beside what is noted for other references; gives all that is noted then. Raises OSError."""
    make_folder(root)
    handle = os.open(root, os.O_RDONLY)  # one for each writer: flock excludes threads as it does processes
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        before = read_goods(root)
        goods = {**before, **served}
        if goods != before:
            write_durably(root / LAST_GOOD, _GOODS.dump_json(goods, indent=1) + b"\n")
        return goods.values()
    finally:
        os.close(handle)
