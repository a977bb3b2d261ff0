"""The customers that a loaded model was not fitted on, out of its bundle's copy on this machine."""

from __future__ import annotations

from model_store.cache import DiskCache
from model_store.loader import Loaded
from model_store.validation import VALIDATION, ValidationSet, ValidationSetError
from scoring.errors import ModelUnavailable


def held_out(cache: DiskCache, loaded: Loaded) -> ValidationSet:
    """The bundle's validation set. Raises ModelUnavailable where there is none, or none that can be read."""
    name = loaded.model.name
    if VALIDATION not in loaded.manifest.files:
        raise ModelUnavailable(name, "its bundle has no validation set")
    entry = cache.find(*loaded.key)
    if entry is None:
        raise ModelUnavailable(name, "the copy of its bundle on this machine is gone")
    try:
        return ValidationSet.from_bytes((entry.folder / VALIDATION).read_bytes())
    except (OSError, ValidationSetError) as error:
        raise ModelUnavailable(name, "its validation set cannot be read") from error
