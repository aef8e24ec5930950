"""Slices through sampled fields: upright through the pole, and level at the source, with pole, unit and sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.plots import style

#: Variables that are drawn; more would make a page nobody reads.
SHOWN = 8
#: Ratio of largest to least value from which colours are logarithmic, and the decades they then span.
_RATIO, _DECADES = 300.0, 4.0
#: Width of a panel [in].
_WIDTH = 3.0


def plot_field(
    grid: Mapping[str, tuple[Any, str]], marks: Mapping[str, Any], path: Path | str, title: str = ""
) -> Path:
    """Draw the variables of a sampled grid, one a row: two upright planes through the pole's axis, and a level one.

    The level plane is at the height of the first source, or of the unit where nothing is set free.

    A plane that the grid has no two points of is left out.

    Args:
        grid: of :func:`gg_gym.physics.sampling.sample_grid`.
        marks: "pole" (height, radius), "unit" place, "sources" places, "boxes" (low, high), "line" (x, z) [m].
        path: PNG to write.
        title: of the page.

    Raises:
        InputError: ``path`` cannot be written.
    """
    names = [name for name, (array, _) in grid.items() if np.ndim(array) == 4][:SHOWN]
    axes = {name: np.asarray(grid[name][0]) for name in "xyz"}
    planes = [plane for plane in (("x", "z"), ("y", "z"), ("x", "y")) if all(len(axes[a]) > 1 for a in plane)]
    rows, columns = max(len(names), 1), max(len(planes), 1)
    with style.page(path, _WIDTH * columns + 1.2, (_WIDTH * _tallest(axes, planes) + 0.6) * rows + 0.4) as figure:
        figure.suptitle(f"{title}, {float(grid['time'][0][0]):g} s", fontsize=9)
        panels = figure.subplots(rows, columns, squeeze=False)
        for i, name in enumerate(names):
            norm, drawn = _norm(np.asarray(grid[name][0])), None
            for j, plane in enumerate(planes):
                drawn = _slice(panels[i, j], grid[name][0], axes, plane, marks, norm)
            if drawn is not None:
                bar = figure.colorbar(drawn, ax=list(panels[i]), label=style.label(name, grid[name][1]), aspect=30)
                _plain(bar)
        panels[0, 0].legend(loc="upper right", frameon=True, framealpha=0.8)
    return Path(path)


def _norm(values: Any) -> Any:
    """Colour scale: logarithmic over a few decades for what is never negative and wide, else linear."""
    from matplotlib.colors import LogNorm, Normalize

    low, high = float(values.min()), float(values.max())
    positive = values[values > 0.0]
    if low >= 0.0 and positive.size and high > _RATIO * max(low, high * 10.0**-_DECADES):
        return LogNorm(high * 10.0**-_DECADES, high, clip=True)
    if low < 0.0 < high:
        far = max(-low, high)
        return Normalize(-far, far)
    return Normalize(low, high if high > low else low + 1.0)


def _tallest(axes: Mapping[str, Any], planes: Any) -> float:
    """Height over width of the tallest panel, within what fits on a page."""
    spans = {name: float(axis[-1] - axis[0]) for name, axis in axes.items()}
    return float(np.clip(max([spans[b] / spans[a] for a, b in planes], default=1.0), 0.4, 2.5))


def _plain(bar: Any) -> None:
    """Whole numbers on a linear colour bar, no offset beside it."""
    if hasattr(bar.formatter, "set_useOffset"):
        bar.formatter.set_useOffset(False)


def _slice(panel: Any, array: Any, axes: Any, plane: tuple[str, str], marks: Any, norm: Any) -> Any:
    """One slice of one variable; returns what a colour bar needs."""
    ((level, across),) = [(i, a) for i, a in enumerate("xyz") if a not in plane]
    height = marks["sources"][0][2] if marks["sources"] else marks["unit"][2]
    wanted = height if across == "z" else 0.0
    k = int(np.abs(axes[across] - wanted).argmin())
    values = np.take(np.asarray(array)[0], k, axis=level).T
    colours = "RdBu_r" if norm.vmin < 0.0 < norm.vmax else "viridis"
    drawn = panel.pcolormesh(axes[plane[0]], axes[plane[1]], values, norm=norm, shading="nearest", cmap=colours)
    panel.set(
        xlabel=f"{plane[0]} [m]", ylabel=f"{plane[1]} [m]", aspect="equal", title=f"{across} = {axes[across][k]:.2f} m"
    )
    panel.grid(False)
    _mark(panel, plane, marks, axes)
    return drawn


def _mark(panel: Any, plane: tuple[str, str], marks: Any, axes: Any) -> None:
    """Pole, crossarm and other solids, conductors, unit and sources."""
    from matplotlib.patches import Circle, Rectangle

    a, b = ("xyz".index(name) for name in plane)
    height, radius = marks["pole"]
    outline: dict[str, Any] = {"fill": False, "edgecolor": "white", "linewidth": 1.0}
    upright = Rectangle((-radius, 0), 2 * radius, height, **outline)
    panel.add_patch(upright if "z" in plane else Circle((0, 0), radius, **outline))
    for low, high in marks["boxes"]:
        panel.add_patch(
            Rectangle((low[a], low[b]), high[a] - low[a], high[b] - low[b], **{**outline, "linewidth": 0.5})
        )
    if plane == ("x", "z"):
        for x, z in marks["line"]:
            panel.plot(x, z, ".", color="white", markersize=4)
    dot: dict[str, Any] = {"linestyle": "none", "markeredgecolor": "black", "markersize": 7}
    panel.plot(marks["unit"][a], marks["unit"][b], "s", color="white", label="unit", **dot)
    for i, place in enumerate(marks["sources"]):
        panel.plot(
            place[a], place[b], "*", color="#E69F00", label="source" if i == 0 else None, **{**dot, "markersize": 10}
        )
    half = [0.5 * (axes[name][-1] - axes[name][0]) / (len(axes[name]) - 1) for name in plane]
    panel.set_xlim(axes[plane[0]][0] - half[0], axes[plane[0]][-1] + half[0])
    panel.set_ylim(axes[plane[1]][0] - half[1], axes[plane[1]][-1] + half[1])
