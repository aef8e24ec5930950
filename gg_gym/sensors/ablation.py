"""Ablation: an instrument's readings with each stage of imperfection switched on in turn, over a worked afternoon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gg_gym.errors import InputError
from gg_gym.parameters.imperfections import STAGES
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Conditions
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.sensors.parts import Channel
from gg_gym.sensors.suite import SensorSuite
from gg_gym.units import Float

#: Gases of the worked pulse (a small fire), ppb above background.
PULSE: dict[str, float] = {"CO": 4000.0, "NO2": 40.0, "HCHO": 120.0, "H2": 1500.0, "CH3CHO": 150.0, "HOAc": 200.0,
                           "FURAN": 60.0, "PHENOL": 80.0, "BTEX": 40.0, "TERP": 50.0, "ALC": 60.0}  # fmt: skip
AIR: dict[str, float] = {"CO": 200.0, "NO2": 15.0, "O3": 35.0, "H2": 500.0, "HCHO": 3.0, "ALC": 5.0, "BTEX": 1.0}
#: Seconds between samples, and samples: somewhat more than two hours.
STEP, SAMPLES = 60.0, 128


@dataclass(frozen=True)
class Ablation:
    """What each stage does.

    Attributes:
        instrument: its name.    channels: its channels.
        stages: "input" (nothing switched on), then each stage in turn, all before it staying on.
        time: (T,) seconds.    truth: (T, c).
        readings: (S, T, c) of the first unit.
        error: (S, c) root mean square departure from the truth over units and time.
        spread: (S, c) sd over units of the mean departure.
        noise: (S, c) sd over time of the departure, median of units.
    """

    instrument: str
    channels: tuple[Channel, ...]
    stages: tuple[str, ...]
    time: Float
    truth: Float
    readings: Float
    error: Float
    spread: Float
    noise: Float


def ablation(
    configs: Sequence[SensorConfiguration], name: str, geometry: Geometry, *, units: int = 32, age: float = 2.0
) -> Ablation:
    """Switch the stages on in turn.

    Args:
        configs: the product's sensors.
        name: the instrument; those it needs come along as they are.
        geometry: what stands where.
        units: how many units are compared.
        age: their age [a].

    Raises:
        InputError: an unknown instrument, one without scalar channels, or fewer than 2 units.
    """
    by_name = {c.name: c for c in configs}
    if name not in by_name:
        raise InputError("sensor", f"unknown instrument {name!r}", ", ".join(by_name))
    if units < 2:
        raise InputError("units", f"{units}", "2 or more")
    if not SENSORS[by_name[name].key].channels(by_name[name]):
        raise InputError("sensor", f"{name!r} has no scalar channels", "an instrument of numbers, not of images")
    chosen = _with_needs(by_name, name)
    stages, outs, truth = list(STAGES), [], np.zeros(0)
    for on in range(len(stages) + 1):
        ranges = {stage: (float(i < on),) * 2 for i, stage in enumerate(stages)}
        changed = [c.changed(imperfections=ranges) if c.name == name else c for c in chosen]
        out, truth, channels = _record(changed, name, geometry, units, age)
        outs.append(out)
    read = np.stack(outs)
    gap = read - truth[:, None]
    time = np.asarray(STEP * np.arange(1, SAMPLES + 1), np.float64)
    return Ablation(
        name, channels, ("input", *stages), time, truth, read[:, :, 0], np.sqrt((gap**2).mean(axis=(1, 2))),
        gap.mean(axis=1).std(axis=1), np.median(gap.std(axis=1), axis=1),
    )  # fmt: skip


def _with_needs(by_name: dict[str, SensorConfiguration], name: str) -> list[SensorConfiguration]:
    """The instrument's configuration and those it needs, directly or not."""
    wanted, queue = {name}, [name]
    while queue:
        fresh = [k for k in by_name[queue.pop()].needs if k not in wanted]
        wanted |= set(fresh)
        queue += fresh
    return [c for c in by_name.values() if c.name in wanted]


def _record(
    configs: list[SensorConfiguration], name: str, geometry: Geometry, units: int, age: float
) -> tuple[Float, Float, tuple[Channel, ...]]:
    """(T, n, c) readings, (T, c) truth and channels over the worked afternoon."""
    serial, same, none = np.arange(units, dtype=np.uint64), np.zeros(units, np.int64), np.zeros(units)
    conditions = Conditions(
        serial + np.uint64(1), same, none, none + 1.0, serial, none + age, np.zeros(units, np.uint64)
    )
    suite = SensorSuite(configs, geometry, conditions, {}, STEP, thermal=False)
    part = suite.slices[name]
    state = Environment3DState.uniform(
        geometry, units, STEP, concentration=AIR, electric_field=(20.0, 50.0, 200.0), magnetic_field=(1e-6, 2e-6, 5e-7),
        wind=(2.0, 1.0, 0.0),
    )  # fmt: skip
    afternoon(state, 0.0)
    suite.start(state, 3, 0)
    out, truth = [], []
    for i in range(SAMPLES):
        afternoon(state, (i + 1) / SAMPLES)
        reading = suite.read(state, STEP, 3, i + 1)
        out.append(reading.reading[:, part])
        truth.append(reading.ideal[0, part])
    return np.stack(out), np.stack(truth), tuple(c for c in suite.channels if c.instrument == name)


def afternoon(state: Environment3DState, share: float) -> None:
    """Set the worked afternoon at a share of its length: it warms from 15 to 40 Cel, sun comes, a fire passes."""
    state.air_temperature[:] = 288.15 + 25.0 * share
    state.dew_point[:] = 283.15
    state.ghi[:] = 800.0 * max(2.0 * share - 1.0, 0.0)
    burning = 0.3 <= share < 0.5
    for gas, value in PULSE.items():
        state.background[:, INDEX[gas]] = AIR.get(gas, 0.0) + value * burning
