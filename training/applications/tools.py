"""What the applications' commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.model_tools import Tools

if TYPE_CHECKING:
    from training.applications.publish import Into


@dataclass(frozen=True)
class ApplicationTools(Tools):
    """`data_dir` holds the figures of what was trained last."""

    data_dir: Path = Path("var")

    @property
    def kept(self) -> Path:
        """Where metrics.json of each model goes."""
        return self.data_dir / "applications"

    def opened(self, sign: Path | None, override: str | None = None) -> Into:
        """Where a trained model goes. Raises SigningError, OSError, RoutesError, and what opening the store raises."""
        from training.applications.publish import Into

        return Into(self.open_artifacts(), self.open_routes(), self.open_trust(), self.key(sign), override)


def folder_for(parent: Path, model: str) -> Path:
    """The folder of a model's figures; it is made. OSError."""
    folder = parent / model
    folder.mkdir(parents=True, exist_ok=True)
    return folder
