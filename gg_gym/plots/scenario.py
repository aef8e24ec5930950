"""A small picture of what a scenario family does: the instruments it moves, its labels, and the null twin in grey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.plots import style
from gg_gym.records.outcomes import departure, frame_departure
from gg_gym.records.run import MISSING, RunData
from gg_gym.scenarios.base import EVENT_CLASSES
from gg_gym.units import Float


def moved(run: RunData, null: RunData, channels: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, int]]:
    """Instrument -> (largest departure from the null twin in units of noise, its channel); the camera's channel is 0.

    The departure of a channel is the third largest of its samples, so that one odd sample does not count.
    """
    out = {}
    for name, units in departure(run, null, channels).items():
        held = np.sort(units, axis=0)[-min(3, len(units))]
        out[name] = float(held.max()), int(held.argmax())
    if "thermal" in run.readings and len(run.readings["thermal"]):
        out["thermal"] = float(np.max(frame_departure(run, null))), 0
    return out


def plot_scenario(
    run: RunData, null: RunData, path: Path | str, channels: Sequence[Mapping[str, Any]], count: int = 6
) -> Path:
    """Draw the ``count`` instruments that a cause moves most, and the labels.

    Args:
        run: a run.
        null: its null twin.
        path: PNG to write.
        channels: name, instrument, unit and scale of the scalar channels in order.
        count: panels.

    Raises:
        InputError: ``path`` cannot be written.
    """
    ranked = sorted(moved(run, null, channels).items(), key=lambda x: -x[1][0])
    found = [x for i, x in enumerate(ranked[:count]) if i < 3 or x[1][0] >= 1.0]
    minutes: Float = np.arange(1.0, run.header.samples + 1) * run.header.dt / 60.0
    rows = -(-len(found) // 3)
    height = 1.25 * rows + 0.75
    with style.page(path, 7.2, height, fitted=False) as figure:
        edges = {"left": 0.075, "right": 0.985, "top": 1 - 0.25 / height, "bottom": 0.42 / height}
        grid = figure.add_gridspec(rows + 1, 3, height_ratios=[1.0] * rows + [0.16], hspace=0.75, wspace=0.3, **edges)
        for i, (instrument, (units, column)) in enumerate(found):
            axis = figure.add_subplot(grid[i // 3, i % 3])
            _panel(axis, minutes, run, null, instrument, column, channels, units)
        _labels(figure.add_subplot(grid[rows, :]), minutes, run)
    return _smaller(Path(path))


def _smaller(path: Path) -> Path:
    """Write a picture again with 48 colours, which takes a third of the bytes."""
    from PIL import Image

    part = path.with_name(path.name + ".part")
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(48).save(part, format="PNG", optimize=True)
    part.replace(path)
    return path


def _panel(
    axis: Any,
    minutes: Float,
    run: RunData,
    null: RunData,
    instrument: str,
    column: int,
    channels: Sequence[Mapping[str, Any]],
    units: float,
) -> None:
    """One channel of the run and of its null twin."""
    own = [c for c in channels if c["instrument"] == instrument]
    name = f"{instrument}: {own[column]['name'].split('.')[-1]}" if own else "camera: warmest pixel"
    unit = own[column]["unit"] if own else "Cel"
    for which, colour, width in ((null, style.NULL, 2.0), (run, style.COLOURS[0], 1.0)):
        axis.plot(*_series(which, minutes, instrument, column), color=colour, lw=width)
    onset = run.header.onset_s / 60.0
    if minutes[0] <= onset <= minutes[-1]:
        axis.axvline(onset, color=style.COLOURS[1], lw=0.8, ls=":")
    axis.set_xlim(0.0, minutes[-1])
    axis.set_title(f"{style.label(name, unit)}  ({units:.0f}x noise)", fontsize=6.5)
    axis.tick_params(labelsize=6)


def _series(run: RunData, minutes: Float, instrument: str, column: int) -> tuple[Float, Float]:
    """Times [min] and values of a channel, NaN where missing; of the camera, the warmest pixel [Cel]."""
    values = np.array(run.readings[instrument], np.float64)
    if values.ndim == 3:
        warm = values.reshape(len(values), -1).max(axis=1)
        return minutes[run.frame_samples], np.where(warm > 0, warm / 100.0 - 273.15, np.nan)
    one = values[:, column]
    one[(np.asarray(run.status[instrument]) & MISSING) != 0] = np.nan
    return minutes, one


def _labels(axis: Any, minutes: Float, run: RunData) -> None:
    """The event class as a bar, its severity as a line."""
    from matplotlib.colors import ListedColormap

    edges = np.append(0.0, minutes)
    classes = np.asarray(run.labels["event_class"])
    axis.pcolormesh(
        edges, [0, 1], classes[None], cmap=ListedColormap(style.CLASS_COLOURS), vmin=-0.5, vmax=len(EVENT_CLASSES) - 0.5
    )
    axis.plot(minutes, np.asarray(run.labels["severity"]), color="black", lw=0.9)
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    axis.grid(False)
    for c in sorted({int(c) for c in classes}):
        axis.plot([], [], lw=6, color=style.CLASS_COLOURS[c], label=EVENT_CLASSES[c])
    axis.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 0.9), borderaxespad=0.1, fontsize=6)
    axis.set_xlabel("minutes since the record began (black: severity)", fontsize=6)
    axis.tick_params(labelsize=6)
