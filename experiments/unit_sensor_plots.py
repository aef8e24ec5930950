"""Responses of the particle counter, barometer, fuel gauge, panel monitor and inside thermometer: docs/sensors/*.png.

Run ``python experiments/unit_sensor_plots.py``; each picture is made of the same code that reads in a run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.equations.battery import open_circuit
from gg_gym.parameters.max17262 import GAUGE
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState
from gg_gym.products import load_product
from gg_gym.sensors import SensorConfiguration, SensorSuite

ROOT = Path(__file__).resolve().parents[1] / "docs" / "sensors"
PLACE = (0.0, -0.7, 7.2)
GEOMETRY = load_product("grid_guardian").geometry
SOUND = dict.fromkeys(("stuck", "dropout", "clock"), 0.0)


def suite(key: str, name: str, n: int, dt: float = 10.0, **parameters: float) -> SensorSuite:
    """n new units of one part, without faults."""
    sound = {**SOUND, **(dict.fromkeys(("fan", "laser", "web", "fouling"), 0.0) if name == "pm" else {})}
    config = SensorConfiguration(key=key, name=name, position=PLACE, rate=1.0, parameters=parameters, faults=sound)
    i = np.arange(n)
    serial, one = i.astype(np.uint64), np.ones(n)
    new = Conditions(serial + 1, 0 * i, 0 * one, one, serial, 0 * one, serial)
    return SensorSuite([config], GEOMETRY, new, {}, dt)


def final(made: SensorSuite, state: Environment3DState, dt: float = 10.0, steps: int = 3) -> Any:
    """The last of ``steps`` readings of a constant state."""
    made.start(state, 3, 0)
    return [made.read(state, dt, 3, i + 1) for i in range(steps)][-1].reading


def particles(axes: Any) -> None:
    """Reading against true mass of smoke and of dust, and growth in damp."""
    mass = np.geomspace(1.0, 2000.0, 200)
    for name, kind in (("PM1", "smoke below 1 um"), ("PM2.5", "1-2.5 um"), ("PM10", "dust, 2.5-10 um")):
        state = Environment3DState.uniform(GEOMETRY, 200, dew_point=265.0, concentration={name: 0.0})
        state.background[:, ["PM1", "PM2.5", "PM10"].index(name) - 3] = mass
        axes[0].loglog(mass, np.maximum(final(suite("sps30", "pm", 200), state)[:, 3], 0.01), ".", label=kind)
    axes[0].set(xlabel="true mass [ug/m3]", ylabel="PM10 read [ug/m3]", title="200 units, dry air")
    axes[0].legend()
    dew = np.linspace(270.0, 293.0, 200)
    state = Environment3DState.uniform(GEOMETRY, 200, dew_point=dew, concentration={"PM1": 20.0})
    made = suite("sps30", "pm", 200)
    humidity = made.climate(state, None).humidity
    axes[1].plot(humidity, final(made, state)[:, 1], ".")
    axes[1].set(xlabel="relative humidity [%]", ylabel="PM2.5 read [ug/m3]", title="20 ug/m3 of dry fine particles")


def pressure(axes: Any) -> None:
    """What wind adds, and noise by oversampling."""
    speed = np.linspace(0.0, 20.0, 200)
    calm = final(suite("bmp390", "baro", 200), Environment3DState.uniform(GEOMETRY, 200))
    state = Environment3DState.uniform(GEOMETRY, 200)
    state.wind10[:, :, 0] = speed[:, None]
    axes[0].plot(speed, final(suite("bmp390", "baro", 200), state) - calm, ".")
    axes[0].set(xlabel="wind at 10 m [m/s]", ylabel="added [Pa]", title="wind on the housing, 200 units")
    state = Environment3DState.uniform(GEOMETRY, 1, 1.0)
    for over, coefficient in ((1, 0.0), (8, 1.0), (16, 3.0)):
        made = suite("bmp390", "baro", 1, 1.0, oversampling=over, filter=coefficient)
        made.start(state, 3, 0)
        read = np.array([made.read(state, 1.0, 3, i + 1).reading[0, 0] for i in range(300)])
        axes[1].plot(read - read.mean(), lw=0.8, label=f"x{over}, filter {coefficient:.0f}")
    axes[1].set(xlabel="time [s]", ylabel="less mean [Pa]", title="still air")
    axes[1].legend()


def supply(n: int, charge: Any, dt: float, current: float = 0.0) -> Environment3DState:
    """A state with a battery at rest or under load, and a panel."""
    state = Environment3DState.uniform(GEOMETRY, n, dt)
    charge = np.broadcast_to(charge, (n,)).astype(float)
    volts = 4 * (open_circuit(charge) - GAUGE.resistance * current)
    values = {"charge": charge, "voltage": volts, "current": current + 0 * charge}
    values |= {"panel_voltage": 18.0 + 0 * charge, "panel": 20.0 * charge, "charger": 1.0 + 0 * charge}
    state.memory |= {f"power.{k}": v for k, v in values.items()}
    return state


def battery(axes: Any) -> None:
    """The estimate pulled to the voltage at rest, and its first error."""
    for charge in (0.02, 0.3, 0.6, 0.97):
        made, state = suite("max17262", "battery", 40, 3600.0), supply(40, charge, 3600.0)
        made.start(state, 3, 0)
        made.sensor("battery").memory["charge"] = np.full(40, min(charge + 0.1, 1.0) if charge < 0.9 else charge - 0.1)
        off = [np.median(made.read(state, 3600.0, 3, i + 1).reading[:, 0]) - 100 * charge for i in range(72)]
        axes[0].plot(off, label=f"true charge {100 * charge:.0f} %")
    axes[0].set(xlabel="hours at rest", ylabel="median error [%]", title="pull to the voltage")
    axes[0].legend()
    true = np.linspace(0.0, 1.0, 200)
    axes[1].plot(100 * true, final(suite("max17262", "battery", 200), supply(200, true, 10.0))[:, 0], ".")
    axes[1].set(xlabel="true charge [%]", ylabel="said [%]", title="200 new units, 20 Cel")


def solar(axes: Any) -> None:
    """Current read against true current, and its error."""
    share = np.linspace(0.0, 1.0, 200)
    read = final(suite("ina226", "solar", 200), supply(200, share, 10.0))
    true = 20.0 * share / 18.0
    axes[0].plot(true, read[:, 1], ".")
    axes[0].set(xlabel="true current [A]", ylabel="read [A]", title="200 units")
    axes[1].plot(true, 1e3 * (read[:, 1] - true), ".")
    axes[1].set(xlabel="true current [A]", ylabel="error [mA]", title="gain, offset and quantum")


def inside(axes: Any) -> None:
    """Answer to a step inside the box, and the spread of units."""
    made, state = suite("tmp117", "t_int", 200), Environment3DState.uniform(GEOMETRY, 200)
    state.memory["enclosure.air"] = np.full(200, 290.0)
    made.start(state, 3, 0)
    state.memory["enclosure.air"] = np.full(200, 300.0)
    read = np.array([made.read(state, 10.0, 3, i + 1).reading[:, 0] for i in range(40)])
    axes[0].plot(10 * np.arange(1, 41), np.median(read, axis=1))
    axes[0].set(xlabel="time [s]", ylabel="median read [Cel]", title="the air inside jumps from 16.85 to 26.85 Cel")
    axes[1].hist(read[-1] - 26.85, 30)
    axes[1].set(xlabel="read less true [K]", ylabel="units", title="warmth of the board, and trim")


def main() -> None:
    """Write the five pictures."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    for name, draw in {"pm": particles, "baro": pressure, "battery": battery, "solar": solar, "t_int": inside}.items():
        figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), constrained_layout=True)
        draw(axes)
        figure.savefig(ROOT / f"{name}.png", dpi=80)
        plt.close(figure)


if __name__ == "__main__":
    main()
