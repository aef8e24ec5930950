"""Responses of the thermal camera, and the manager's work in days of fog, for docs/sensors.

Run: OMP_NUM_THREADS=1 python experiments/camera_plots.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym import Twin, load_product
from gg_gym.equations.radiometry import band_exitance
from gg_gym.parameters.lepton import LEPTON
from gg_gym.physics.engine import SPIN_UP
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState
from gg_gym.plots.style import COLOURS, page
from gg_gym.sensors import SensorSuite
from gg_gym.sensors.camera_tables import counts, counts_per_kelvin
from gg_gym.sensors.operation import OperationalLogic

ZERO = 273.15


def camera(n: int, dt: float) -> tuple[SensorSuite, Environment3DState]:
    """A suite of n cameras and a state at 25 Cel all around."""
    product, i = load_product("grid_guardian"), np.arange(n)
    one, serial = np.ones(n), i.astype(np.uint64)
    conditions = Conditions(serial, 0 * i, 0 * one, one, serial, 0.5 * one, serial)
    configs = [c.model_copy(update={"needs": ()}) for c in product.sensors if c.key == "lepton"]
    faults = {"web": 0.0, "fouling": 0.0, "stuck": 0.0, "dropout": 0.0, "shutter": 0.0}
    configs = [c.model_copy(update={"faults": faults}) for c in configs]
    return SensorSuite(configs, product.geometry, conditions, {}, dt), Environment3DState.neutral(
        product.geometry, n, dt
    )


def even(state: Environment3DState, kelvin: float) -> None:
    """Air, bodies and sky of one temperature."""
    sky = float(band_exitance(np.array(kelvin)))
    for name, value in {"air_temperature": kelvin, "temperature": kelvin, "sky_window": sky}.items():
        getattr(state, name)[...] = value


def response(axes: Any) -> None:
    """What 16 units read of an even scene."""
    scene = np.arange(-20.0, 121.0, 10.0)
    read = []
    for cel in scene:
        suite, state = camera(16, 10.0)
        even(state, 298.15)
        suite.start(state, 3, 0)
        even(state, cel + ZERO)
        # The case stays at 25 Cel: the scene alone is warmer.
        state.air_temperature[...] = 298.15
        frame = suite.read(state, 1.0, 3, 1, frame=True).frame
        assert frame is not None
        read.append(np.median(frame.reshape(16, -1), axis=1) / 100.0 - ZERO)
    error = np.array(read) - scene[:, None]
    axes.plot(scene, error, color="0.8", lw=0.7)
    axes.plot(scene, np.median(error, axis=1), color=COLOURS[0], label="median of 16 units")
    five = np.maximum(5.0, 0.05 * np.abs(scene))
    axes.plot(scene, five, "k--", scene, -five, "k--", lw=0.8)
    axes.set(title="TLinear reading less scene (dashed: ±5 K or 5 %)", xlabel="scene [°C]", ylabel="[K]")
    axes.legend()


def transfer(axes: Any) -> None:
    """Counts of a black body."""
    scene = np.linspace(-40.0, 400.0, 441)
    axes.plot(scene, counts(scene + ZERO), color=COLOURS[0])
    axes.axhline(LEPTON.counts - 1, color="k", ls="--", lw=0.8)
    axes.set(title="counts of a black body (dashed: 14 bits)", xlabel="scene [°C]", ylabel="counts")


def noise(axes: Any) -> None:
    """Noise-equivalent difference against scene temperature: measured from frames and the law."""
    scene = np.array([-20.0, 0.0, 25.0, 50.0, 80.0, 120.0])
    found = []
    for cel in scene:
        suite, state = camera(1, 1.0)
        even(state, cel + ZERO)
        suite.start(state, 3, 0)
        frames = [suite.read(state, 1.0, 3, i + 1, frame=True).frame for i in range(40)]
        steps = np.diff(np.array(frames, float)[:, 0] / 100.0, axis=0)
        found.append(np.median(steps.std(axis=0)) / np.sqrt(2.0))
    fine = np.linspace(-30.0, 130.0, 161)
    slope = counts(fine + ZERO + 0.5) - counts(fine + ZERO - 0.5)
    law = 1e3 * LEPTON.netd * counts_per_kelvin() / slope
    axes.plot(fine, law, color=COLOURS[0], label="35 mK at 25 °C, constant in counts")
    axes.plot(scene, 1e3 * np.array(found), "o", color=COLOURS[1], label="frames (with quantum)")
    axes.set(title="temporal noise of a pixel", xlabel="scene [°C]", ylabel="NETD [mK]", ylim=(0, None))
    axes.legend()


def shutter(axes: Any) -> None:
    """Fixed pattern and noise between corrections: pixels against their neighbours' mean over ten minutes."""
    suite, state = camera(1, 5.0)
    even(state, 298.15)
    suite.start(state, 3, 0)
    out = []
    for i in range(120):
        frame = suite.read(state, 5.0, 3, i + 1, frame=True).frame
        assert frame is not None
        image = frame[0].astype(float) / 100.0
        rest = image[1:-1, 1:-1] - 0.25 * (image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:])
        # Without the few bad pixels.
        out.append(rest[np.abs(rest) < 0.4].std() / np.sqrt(1.25))
    axes.plot(5.0 * np.arange(1, 121), 1e3 * np.array(out), color=COLOURS[0])
    axes.set(title="pixel against its neighbours: shutter each 180 s", xlabel="time [s]", ylabel="[mK]", ylim=(0, None))


def foggy(fog: float, managed: bool, days: int = 12, n: int = 6) -> tuple[Any, Any]:
    """Charge (hours, n) and share of the full draw (hours, n) in days with a share of fog and cloud."""
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": 1}
    operation["logic"] = operation["logic"] if managed else OperationalLogic().model_dump()
    physics = ("weather", "background", "airflow", "line", "power", "enclosure")
    small = product.replace(physics=physics, families=("baseline_operation",), operation=operation)
    twin = Twin(small, thermal=False)
    session = twin.begin(twin.draw(np.arange(n)))
    state = session.state
    state.memory["power.charge"][:] = 0.7
    state.causes["fog"][:], state.causes["overcast"][:] = fog, fog
    charge, load = [], []
    full = state.memory["power.load"] / state.memory.get("operation.share", np.ones(n))
    for i in range(24 * days):
        twin.manager.publish(state)
        session.engine.step(state, 3600.0, SPIN_UP, 10 + i, coarse=True)
        charge.append(state.memory["power.charge"].copy())
        load.append(state.memory["power.load"] / full)
    return np.array(charge), np.array(load)


def manager(folder: Path) -> None:
    """Charge and draw in days of fog, with and without the manager."""
    with page(folder / "operation.png", 9.0, 3.0) as figure:
        left, right = figure.subplots(1, 2)
        cases = (("no fog", 0.0, True), ("fog, manager", 1.0, True), ("fog, all on", 1.0, False))
        for colour, (label, fog, managed) in zip((COLOURS[2], COLOURS[0], COLOURS[1]), cases, strict=True):
            charge, load = foggy(fog, managed)
            day = np.arange(1, len(charge) + 1) / 24.0
            left.plot(day, 100.0 * np.median(charge, axis=1), color=colour, label=label)
            right.plot(day, np.mean(load, axis=1), color=colour, label=label)
        for charge in (40.0, 15.0):
            left.axhline(charge, color="k", ls="--", lw=0.8)
        left.set(title="charge, median of six units (dashed: tiers)", xlabel="day", ylabel="[%]", ylim=(0, 102))
        right.set(title="mean draw over the full one", xlabel="day", ylim=(0, 1.05))
        left.legend()


def main() -> None:
    """Draw all."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/sensors")
    with page(folder / "thermal.png", 10.0, 6.0) as figure:
        for axes, draw in zip(figure.subplots(2, 2).ravel(), (transfer, response, noise, shutter), strict=True):
            draw(axes)
    manager(folder)


if __name__ == "__main__":
    main()
