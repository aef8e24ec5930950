"""What instruments are made of: channels, the climate around them, coefficients of the chain, spread over units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from gg_gym.errors import InputError
from gg_gym.parameters.imperfections import CATALOGUE, COMMON, FAULTS, STAGES
from gg_gym.parameters.inlet import INLET_PRIORS
from gg_gym.physics.site import Uncertain
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.streams import uniforms
from gg_gym.units import Float, UInt64

#: Uncertain numbers that are the same for all units of a world.
PRIORS: tuple[Uncertain, ...] = (
    Uncertain("sensor.mox_beta", 1.0, 0.20, "1", "factor on the exponent of metal oxides: 0.25-0.60 over public sets"),
    Uncertain("sensor.pid_quench", 1.0, 0.30, "1", "factor on the humidity quench of photo-ionisation; estimated"),
    Uncertain("sensor.shield_error", 1.0, 0.35, "1", "factor on radiation error of the shield; estimated"),
    Uncertain("sensor.enclosure_sun", 1.0, 0.25, "1", "factor on solar heating of the box; estimated"),
    Uncertain("sensor.zero_shift", 1.0, 0.20, "1", "factor on the zero current of hot cells; one application note"),
    Uncertain(
        "sensor.silicone_rate", 0.01, 0.7, "1/a", "rate at which silicone vapour poisons metal oxides; estimated"
    ),
    *(Uncertain(*prior) for prior in INLET_PRIORS),
)


@dataclass(frozen=True)
class Channel:
    """One scalar of the observation.

    Attributes:
        name: channel key.    instrument: instrument's name.    unit: UCUM unit.
        low: lowest value the part can say.    high: highest.
        centre: fixed centre for learning.    scale: fixed scale for learning.
        extensive: whether it tells of all the time since the last sample, so that it depends on dt.
    """

    name: str
    instrument: str
    unit: str
    low: float
    high: float
    centre: float
    scale: float
    extensive: bool = False


@dataclass(frozen=True)
class Climate:
    """Air around and inside the unit at the instant.

    Attributes:
        air: (n,) [Cel].    vapour: (n,) [Pa].    humidity: (n,) [%].    absolute: (n,) [g/m3].
        body: (n,) temperature inside the box [Cel].    wind: (n, M) speed at the unit [m/s].
        flow: (n, M, I, 3) wind at the places of the scalar instruments, in the suite's order [m/s].
    """

    air: Float
    vapour: Float
    humidity: Float
    absolute: Float
    body: Float
    wind: Float
    flow: Float


@dataclass(frozen=True)
class Coefficients:
    """Coefficients of an instrument in the chain; c channels.

    Attributes:
        rise, fall: (n, c) time constants [s].    dead: (n, c) dead time of transport before them [s].
        gain: (n, c) factor, unit and age together.    offset: (n, c).
        white: (c,) sd of one native sample.    relative: (c,) the same, relative to the value.
        zero_sd, zero_time: (c,) stationary sd and correlation time [a] of the drifting zero.
        span_sd, span_time: (c,) the same for ln gain.
        flicker: (c,) Allan floor.
        telegraph: (c,) amplitude of a random telegraph signal.    dwell: (c,) mean time in each state [s].
        lsb: (c,) quantum of the reading, above 0.
        knee: (c,) value at which the response has bent to half of linear; infinite is linear.
    """

    rise: Float
    fall: Float
    dead: Float
    gain: Float
    offset: Float
    white: Float
    relative: Float
    zero_sd: Float
    zero_time: Float
    span_sd: Float
    span_time: Float
    flicker: Float
    telegraph: Float
    dwell: Float
    lsb: Float
    knee: Float

    @classmethod
    def of(cls, n: int, c: int, **values: Any) -> Coefficients:
        """Broadcast given values to their shapes; what is not given does nothing."""
        per_row = ("rise", "fall", "dead", "gain", "offset")
        base = dict.fromkeys((f.name for f in fields(cls)), 0.0)
        base |= {"rise": 1e-9, "fall": 1e-9, "gain": 1.0, "zero_time": 1.0, "span_time": 1.0, "dwell": 1.0, "lsb": 1e-9}
        base["knee"] = np.inf
        full = {
            k: np.array(np.broadcast_to(v, (n, c) if k in per_row else (c,)), float)
            for k, v in {**base, **values}.items()
        }
        return cls(**full)


@lru_cache(maxsize=4096)
def _drawn(serials: bytes, consumer: str, width: int) -> tuple[Float, Float]:
    u = uniforms(np.frombuffer(serials, np.uint64), consumer, width)
    return u, ndtri(u)


def unit_uniforms(unit: UInt64, consumer: str, width: int) -> tuple[Float, Float]:
    """(n, width) uniforms and normals of the serial numbers ``unit`` (n,): a fleet has few units, each drawn once."""
    serials, which = np.unique(unit, return_inverse=True)
    u, z = _drawn(serials.tobytes(), consumer, width)
    return u[which], z[which]


@dataclass(frozen=True)
class Bound:
    """Bounds and default of an operating parameter."""

    low: float
    high: float
    default: float


@dataclass(frozen=True)
class FaultEffect:
    """What a fault of size 1 does to the channels; each broadcasts to (c,).

    Attributes:
        gain: factor on the raw value.    offset: added to it.    slow: factor on the time constants.
        late: delay [s].
    """

    gain: Any = 1.0
    offset: Any = 0.0
    slow: Any = 1.0
    late: Any = 0.0


FAULT_BOUNDS: dict[str, Bound] = {
    "fault_stuck": Bound(0, 1e9, FAULTS.stuck),
    "fault_dropout": Bound(0, 1e9, FAULTS.dropout),
    "fault_spike": Bound(0, 1e9, FAULTS.spike),
}


def check_parameters(config: SensorConfiguration, bounds: Mapping[str, Bound], analog: bool) -> dict[str, float]:
    """The operating parameters with defaults filled in.

    Raises:
        InputError: unknown name or value out of bounds.
    """
    known = {**FAULT_BOUNDS, **bounds}
    out = {k: b.default for k, b in known.items()}
    if not analog:
        out["fault_spike"] = 0.0
    for name, value in config.parameters.items():
        where = f"sensor {config.name}: parameters.{name}"
        if name not in known:
            raise InputError(where, "unknown parameter", ", ".join(sorted(known)))
        if not known[name].low <= value <= known[name].high:
            raise InputError(where, f"{value} is out of bounds", f"{known[name].low} .. {known[name].high}")
        out[name] = value
    return out


def check_channels(config: SensorConfiguration, channels: tuple[Channel, ...]) -> None:
    """Refuse imperfections and responses of channels that the instrument does not have.

    Raises:
        InputError: an unknown channel.
    """
    names = [c.name for c in channels]
    asked = {f"imperfections.{k}": k.partition(".")[2] for k in config.imperfections if "." in k}
    asked |= {f"response.{k}": k for k in config.response}
    for field, channel in asked.items():
        if channel not in names:
            where = f"sensor {config.name}: {field}"
            raise InputError(where, f"unknown channel {channel!r}", ", ".join(names) or "no scalar channels")


def draw_factors(config: SensorConfiguration, unit: UInt64, channels: tuple[Channel, ...]) -> dict[str, Float]:
    """Stage to (n, c) factors of the units (c at least 1); only stages that the configuration names."""
    out: dict[str, Float] = {}
    names = [c.name for c in channels] or [""]
    for stage in STAGES:
        ranges = {k: r for k, r in config.imperfections.items() if k.partition(".")[0] == stage}
        if not ranges:
            continue
        factor = np.ones((len(unit), len(names)))
        for key, (low, high) in sorted(ranges.items()):
            u, _ = unit_uniforms(unit, f"sensor.{config.name}.unit.range.{key}", 1)
            columns = slice(None) if "." not in key else [names.index(key.partition(".")[2])]
            factor[:, columns] = low + (high - low) * u
        out[stage] = factor
    return out


def fault_kinds(extra: tuple[str, ...], analog: bool) -> tuple[str, ...]:
    """All kinds of faults of an instrument, in the catalogue's order."""
    kinds = {*COMMON, *extra, *(("spike",) if analog else ())}
    return tuple(k for k in CATALOGUE if k in kinds)


def check_faults(config: SensorConfiguration, kinds: tuple[str, ...]) -> None:
    """Refuse faults that the instrument cannot have.

    Raises:
        InputError: a kind that does not apply, or one given twice.
    """
    for kind in config.faults:
        where = f"sensor {config.name}: faults.{kind}"
        if kind not in kinds:
            raise InputError(where, "does not apply to this instrument", ", ".join(kinds))
        if f"fault_{kind}" in config.parameters:
            raise InputError(where, f"given as parameters.fault_{kind} too", "one of the two")
