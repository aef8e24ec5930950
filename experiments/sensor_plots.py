"""Responses of the gas array, the climate probe and the sonic, and the gas array's ablation, for docs/sensors.

Run: OMP_NUM_THREADS=1 python experiments/sensor_plots.py [FOLDER]
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym import Twin
from gg_gym.equations.gas_sensors import table
from gg_gym.equations.signal import hold_weights, lag_step, shield_error, wake_factor, wake_turn
from gg_gym.parameters import mox
from gg_gym.parameters.alphasense import CELLS
from gg_gym.parameters.sht45 import SHT45
from gg_gym.parameters.windsonic import WINDSONIC as SONIC
from gg_gym.plots.ablation import plot_ablation
from gg_gym.plots.style import COLOURS, page
from gg_gym.sensors.ablation import ablation
from gg_gym.sensors.voc import CELL_TABLE, GRID, NAMES


def gas(folder: Path) -> None:
    """Zero shift of the cells, the power law of metal oxides, and the step responses."""
    with page(folder / "voc_array.png", 10.0, 3.0) as figure:
        zero, power, step = figure.subplots(1, 3)
        body = np.linspace(-30.0, 50.0, 161)
        for i, name in enumerate(NAMES[:3]):
            zero.plot(body, table(body, GRID, CELL_TABLE)[:, 4 + i], color=COLOURS[i], label=name)
        zero.set(title="raw zero against body temperature", xlabel="body [°C]", ylabel="zero shift [ppb]")
        ppb = np.geomspace(10.0, 1e6, 200)
        for i, part in enumerate((mox.HYDROGEN, mox.BROADBAND)):
            power.loglog(ppb, (1.0 + ppb / part.k) ** part.beta, color=COLOURS[i], label=("H2", "MOXB")[i])
        power.set(title="metal oxides: conductance over clean air", xlabel="equivalent [ppb]", ylabel="G / G0")
        seconds = np.arange(0.0, 600.0)
        for i, cell in enumerate(CELLS):
            step.plot(seconds, -np.expm1(-seconds / (cell.t90 / 2.303)), color=COLOURS[i], label=NAMES[i])
        rise = _response(mox.BROADBAND.rise, mox.BROADBAND.decay, np.where(seconds < 200, 1.0, 0.0))
        step.plot(seconds, rise, color=COLOURS[5], label="MOXB, pulse of 200 s")
        step.set(title="response to a step", xlabel="time [s]")
        for axes in (zero, power, step):
            axes.legend()


def _response(rise: float, fall: float, x: Any) -> Any:
    up, down = hold_weights(1.0, np.array(rise)), hold_weights(1.0, np.array(fall))
    out = [np.array(0.0)]
    for a, b in pairwise(x):
        out.append(lag_step(out[-1], np.array(a), np.array(b), up, down))
    return np.array(out)


def climate(folder: Path) -> None:
    """Radiation error of the shield, and lags."""
    with page(folder / "t_rh.png", 8.0, 3.0) as figure:
        shield, step = figure.subplots(1, 2)
        wind = np.linspace(0.0, 8.0, 100)
        for i, sun in enumerate((250.0, 500.0, 1000.0)):
            error = shield_error(np.array(sun), wind, SHT45.shield)
            shield.plot(wind, error, color=COLOURS[i], label=f"{sun:.0f} W/m²")
        shield.set(title="heating of the shield", xlabel="wind at the shield [m/s]", ylabel="error [K]")
        seconds = np.linspace(0.0, 240.0, 241)
        for i, name in enumerate(("temperature", "humidity")):
            step.plot(seconds, -np.expm1(-seconds / SHT45.lag[i]), color=COLOURS[i], label=name)
        step.set(title="response to a step", xlabel="time [s]")
        shield.legend()
        step.legend()


def sonic(folder: Path) -> None:
    """What the pole does to wind that comes over it."""
    with page(folder / "wind.png", 8.0, 3.0) as figure:
        speed, turn = figure.subplots(1, 2)
        away = np.linspace(-np.pi, np.pi, 361)
        speed.plot(np.rad2deg(away), wake_factor(away, SONIC.wake_depth, SONIC.wake_width), color=COLOURS[0])
        speed.set(title="speed behind the pole", xlabel="angle from the wake's axis [°]", ylabel="read / free")
        bend = np.rad2deg(wake_turn(away, SONIC.wake_turn, SONIC.wake_width))
        turn.plot(np.rad2deg(away), bend, color=COLOURS[1])
        turn.set(title="direction behind the pole", xlabel="angle from the wake's axis [°]", ylabel="error [°]")


def main() -> None:
    """Draw all."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/sensors")
    gas(folder)
    climate(folder)
    sonic(folder)
    product = Twin("grid_guardian", thermal=False).product
    plot_ablation(ablation(product.sensors, "voc", product.geometry), folder / "voc_ablation.png")


if __name__ == "__main__":
    main()
