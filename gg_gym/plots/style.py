"""What all figures share: colours, readable units, and how a figure reaches the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gg_gym.errors import InputError

#: Colours that readers with any colour vision can tell apart (Okabe and Ito's set, without its yellow).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
NULL, TRUTH = "#9a9a9a", "#222222"
#: Colours of the event classes, in their order.
CLASS_COLOURS = ("#dfe7ee", "#D55E00", "#7a1f1f", "#56B4E9", "#CC79A7", "#E69F00", "#009E73", "#888888")

_UNITS = {"[ppb]": "ppb", "[ppm]": "ppm", "Cel": "°C", "uT": "µT", "1": "", "Ohm": "Ω", "deg": "°", "ug/m3": "µg/m³"}

_STYLE: Mapping[str, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "svg.hashsalt": "gg_gym",
}


def readable(unit: str) -> str:
    """A UCUM unit as people write it."""
    return _UNITS.get(unit, unit)


def label(name: str, unit: str) -> str:
    """A quantity with its unit in brackets, or alone if it has none."""
    return f"{name} [{readable(unit)}]" if readable(unit) else name


@contextmanager
def page(path: Path | str, width: float, height: float, fitted: bool = True) -> Iterator[Any]:
    """A figure of ``width`` x ``height`` inches in the house style, written to ``path`` (PNG) when the block ends.

    The file appears whole or not at all, and carries no clock time.

    Args:
        path: PNG to write.
        width: of the page [in].
        height: of the page [in].
        fitted: let matplotlib place the axes; costs as much again as drawing, so crowded pages place their own.

    Raises:
        InputError: the folder cannot be written.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style: Any = dict(_STYLE)
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(width, height), dpi=110, layout="constrained" if fitted else None)
        FigureCanvasAgg(figure)
        yield figure
        path = Path(path)
        partial = path.with_name(path.name + ".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(partial, format="png", metadata={"Software": "gg_gym"})
            os.replace(partial, path)
        except OSError as error:
            raise InputError(str(path), f"cannot be written: {error.strerror}", "a writable folder") from None
