"""The ablation of an instrument: its readings over the worked afternoon, and what each stage adds to the error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.plots.style import COLOURS, NULL, TRUTH, label, page
from gg_gym.sensors.ablation import Ablation

#: Most channels on a page.
MOST = 10


def plot_ablation(result: Ablation, path: Path | str) -> Path:
    """Draw an ablation: per channel the series (truth, input, all stages) and the error as stages are switched on.

    Args:
        result: of :func:`gg_gym.sensors.ablation.ablation`.
        path: PNG to write.

    Raises:
        InputError: the folder cannot be written.
    """
    count = min(len(result.channels), MOST)
    with page(path, 10.0, 1.0 + 1.55 * count) as figure:
        axes = figure.subplots(count, 2, squeeze=False, gridspec_kw={"width_ratios": (3, 2)})
        for row in range(count):
            _series(axes[row, 0], result, row)
            _bars(axes[row, 1], result, row, row == count - 1)
        axes[0, 0].legend(ncols=3, loc="upper right")
        axes[-1, 0].set_xlabel("time [min]")
        axes[0, 1].set_title("root mean square error, stages switched on from left to right")
        figure.suptitle(f"{result.instrument}: each stage of imperfection switched on in turn", fontsize=10)
    return Path(path)


def _series(axes: Any, result: Ablation, column: int) -> None:
    """Truth, the reading with nothing switched on, and with everything."""
    minutes = result.time / 60.0
    channel = result.channels[column]
    axes.plot(minutes, result.readings[-1, :, column], color=COLOURS[0], label="all stages", linewidth=0.9)
    axes.plot(minutes, result.readings[0, :, column], color=NULL, label="input alone")
    axes.plot(minutes, result.truth[:, column], color=TRUTH, linestyle="--", linewidth=0.9, label="truth")
    axes.set_ylabel(label(channel.name, channel.unit))


def _bars(axes: Any, result: Ablation, column: int, last: bool) -> None:
    """Error with the stages on so far; the spread over units as a mark."""
    at = np.arange(len(result.stages))
    axes.bar(at, result.error[:, column], color=COLOURS[5], label="error")
    axes.plot(at, result.spread[:, column], "o", color=COLOURS[1], markersize=3, label="sd over units")
    axes.set_xticks(at, result.stages if last else [""] * len(at), rotation=45, ha="right")
    if last:
        axes.legend(loc="upper left")
