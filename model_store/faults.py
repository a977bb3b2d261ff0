"""Why a model does not serve as it should: the exception as plain text, which holds on to nothing."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Self

from model_store.artifacts import ArtifactMissing, ArtifactsUnreachable
from model_store.bundle import BundleRefused

UNKNOWN = "could not be loaded"
NO_FILES = "has no files in the model store"
_LONGEST_CAUSE = 4_000


@dataclass(frozen=True, slots=True)
class Fault:
    """`reason`: in words fit for a client; `cause`: for the log; `digest`: of the bundle, where it is known.

    `refused`: the bundle must not serve, and would not the next time either; otherwise something stood in its way.
    """

    reason: str
    cause: str
    refused: bool = False
    digest: str | None = None

    @classmethod
    def of(cls, error: Exception) -> Self:
        """What an attempt to reach or to load a bundle ended with."""
        match error:
            case ArtifactMissing():
                return cls(NO_FILES, str(error))
            case ArtifactsUnreachable():
                return cls("its files are out of reach", str(error))
            case BundleRefused():
                return cls(f"was refused: {error}".rstrip("."), str(error), refused=True, digest=error.digest)
            case OSError():
                return cls("cannot be kept on this machine's disk", str(error))
        return cls(UNKNOWN, "".join(traceback.format_exception(error))[-_LONGEST_CAUSE:])
