"""How the laboratory's pictures look, and how they become PNG: without pyplot, which keeps every figure it made."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DEFAULTED: Final = "#c0392b"
PAID: Final = "#2471a3"
MODEL: Final = "#1b4f72"
QUIET: Final = "#7f8c8d"
DOTS_PER_INCH: Final = 110
STYLE: Final[Any] = {  # of any type: the stubs name every setting of the library
    "font.size": 10,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e5e8e8",
    "legend.frameon": False,
    "legend.fontsize": 9,
}


@dataclass(frozen=True)
class Picture:
    """A plot: its file name without ending, the PNG, and the numbers in it as plain JSON."""

    name: str
    png: bytes
    data: Mapping[str, Any]


def drawn(
    name: str, data: Mapping[str, Any], draw: Callable[[Axes], None], size: tuple[float, float] = (6.4, 4.8)
) -> Picture:
    """The picture that `draw` makes on axes of `size` inches."""
    with rc_context(STYLE):
        figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
        canvas: Any = FigureCanvasAgg(figure)
        draw(figure.subplots())
        file = io.BytesIO()
        # Without the library's version in it, the same figures give the same bytes.
        canvas.print_png(file, metadata={"Software": None})
    return Picture(name, file.getvalue(), data)
