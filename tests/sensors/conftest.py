"""A pole, a suite and states for the sensor tests."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gg_gym.physics.geometry import Box, Component, Geometry, Line, Mount
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors import SENSORS, SensorConfiguration, SensorSuite
from gg_gym.sensors.parts import fault_kinds


def component(key, position, radius, emissivity=0.95):
    return Component(key, "wood", position, radius, emissivity, 0.7, 1000.0, 0.1)


def geometry(*boxes, hot=(0.0, -0.2, 9.7), radius=0.04):
    parts = (
        component("spot", hot, radius),
        component("pole", (0, 0, 10.3), 0.05),
        component("screen", (9, 9, 0), 0.01),
    )
    pole = Box("pole", (-0.12, -0.12, 0.0), (0.12, 0.12, 10.3), "pole")
    line = Line(12470.0, 60.0, 200.0, (-1.0, 0.0, 1.0), (10, 10, 10), (0.005,) * 3, (0.0, -120.0, 120.0))
    return Geometry(10.4, 0.13, parts, (pole, *boxes), line, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)))


def conditions(n=1, first=0, units=None, age=1.5, seed=100):
    serial = np.arange(first, first + n) if units is None else np.asarray(units)
    i = np.arange(first, first + n)
    return Conditions(
        (seed + i).astype(np.uint64), 0 * i, 0.0 * i, 1.0 + 0.0 * i, serial.astype(np.uint64),
        np.broadcast_to(np.asarray(age, float), (n,)).copy(), (0 * i).astype(np.uint64),
    )  # fmt: skip


PLACE = (0.3, -1.6, 8.4)
ALL: dict[str, dict[str, Any]] = {
    "t_rh": {"key": "sht45", "rate": 1.0},
    "voc": {"key": "voc_array", "rate": 1.0, "needs": ("t_rh",)},
    "wind": {"key": "windsonic", "rate": 4.0},
    "emf": {"key": "emf_probe", "rate": 1.0},
    "thermal": {"key": "lepton", "rate": 8.7, "needs": ("t_rh",)},
}
#: Parameters without faults.
SOUND = {"fault_stuck": 0.0, "fault_dropout": 0.0, "fault_spike": 0.0}


def quiet(key):
    """Rates of the faults that stay for hours or longer: none, so that laws of single instruments are seen."""
    kinds = fault_kinds(SENSORS[key].fault_kinds, SENSORS[key].analog)
    return {kind: 0.0 for kind in kinds if kind not in ("stuck", "dropout", "spike")}


def configs(*names, **changes):
    names = names or tuple(ALL)
    base = {
        k: {
            "name": k,
            "position": PLACE,
            "faults": quiet(ALL[k]["key"]),
            **ALL[k],
            "needs": tuple(x for x in ALL[k].get("needs", ()) if x in names),
        }
        for k in names
    }
    return [SensorConfiguration(**{**base[k], **changes.get(k, {})}) for k in names]


AIR = {"CO": 200.0, "NO2": 15.0, "O3": 35.0, "H2": 500.0, "HCHO": 3.0, "ALC": 5.0, "BTEX": 1.0}


def state(place, n=1, dt=10.0, air=None, **values):
    """A uniform state; attributes by name."""
    values = {
        "electric_field": (20.0, 50.0, 200.0),
        "magnetic_field": (1e-6, 2e-6, 5e-7),
        "wind": (2.0, 1.0, 0.0),
        **values,
    }
    return Environment3DState.uniform(place, n, dt, concentration={**AIR, **(air or {})}, **values)


def record(suite, world, steps=8, dt=10.0, phase=3, **how):
    """Start a suite and read it ``steps`` times; a list of readings."""
    suite.start(world, phase, 0)
    return [suite.read(world, dt, phase, i + 1, **how) for i in range(steps)]


def suite(names=(), n=1, place=None, changes=None, **how):
    place = place or geometry()
    return SensorSuite(configs(*names, **(changes or {})), place, conditions(n, **how), {}, 10.0)


@pytest.fixture
def kit():
    """The helpers of this file."""
    return SimpleNamespace(
        geometry=geometry, conditions=conditions, configs=configs, state=state, record=record, suite=suite, place=PLACE,
        component=component, sound=SOUND,
    )  # fmt: skip
