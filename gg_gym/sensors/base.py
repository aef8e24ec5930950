"""BaseSensor: what an instrument declares; the suite runs all instruments as one stacked chain.

An instrument says what it physically takes in, how climate moves it, and how its firmware turns the raw value into a
reading. Lag, unit spread, drift, noise, quantisation, acquisition and faults are the chain's and the same for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtri

from gg_gym.errors import InputError
from gg_gym.parameters.imperfections import FAULTS, YEAR
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Conditions, Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.registry import Registry
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.streams import Draws, uniforms
from gg_gym.units import Bool, Float, Int, UInt32, UInt64

#: Uncertain numbers that are the same for all units of a world.
PRIORS: tuple[Uncertain, ...] = (
    Uncertain("sensor.mox_beta", 1.0, 0.20, "1", "factor on the exponent of metal oxides: 0.25-0.60 over public sets"),
    Uncertain("sensor.pid_quench", 1.0, 0.30, "1", "factor on the humidity quench of photo-ionisation; estimated"),
    Uncertain("sensor.shield_error", 1.0, 0.35, "1", "factor on radiation error of the shield; estimated"),
    Uncertain("sensor.enclosure_sun", 1.0, 0.25, "1", "factor on solar heating of the box; estimated"),
    Uncertain("sensor.zero_shift", 1.0, 0.20, "1", "factor on the zero current of hot cells; one application note"),
)


@dataclass(frozen=True)
class Channel:
    """One scalar of the observation.

    Attributes:
        name: channel key.    instrument: instrument's name.    unit: UCUM unit.
        low: lowest value the part can say.    high: highest.
        centre: fixed centre for learning.    scale: fixed scale for learning.
    """

    name: str
    instrument: str
    unit: str
    low: float
    high: float
    centre: float
    scale: float


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
        rise, fall: (n, c) time constants [s].
        gain: (n, c) factor, unit and age together.    offset: (n, c).
        white: (c,) sd of one native sample.    relative: (c,) the same, relative to the value.
        zero_sd, zero_time: (c,) stationary sd and correlation time [a] of the drifting zero.
        span_sd, span_time: (c,) the same for ln gain.
        flicker: (c,) Allan floor.
        telegraph: (c,) amplitude of a random telegraph signal.    dwell: (c,) mean time in each state [s].
        lsb: (c,) quantum of the reading, above 0.
    """

    rise: Float
    fall: Float
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

    @classmethod
    def of(cls, n: int, c: int, **values: Any) -> Coefficients:
        """Broadcast given values to their shapes; what is not given does nothing."""
        per_row = ("rise", "fall", "gain", "offset")
        base = dict.fromkeys((f.name for f in fields(cls)), 0.0)
        base |= {"rise": 1e-9, "fall": 1e-9, "gain": 1.0, "zero_time": 1.0, "span_time": 1.0, "dwell": 1.0, "lsb": 1e-9}
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


FAULT_BOUNDS: dict[str, Bound] = {
    "fault_stuck": Bound(0, 1e9, FAULTS.stuck),
    "fault_dropout": Bound(0, 1e9, FAULTS.dropout),
    "fault_spike": Bound(0, 1e9, FAULTS.spike),
}


class BaseSensor(ABC):
    """One instrument for n rows.

    Class attributes:
        key: registry key.    analog: whether spikes occur.
        bounds: operating parameters (besides the fault rates per unit-year, which all have).
        warm_up: seconds after power-up in which it says WARMUP.
        saturating: columns whose upper bound is a saturation (not sines, shares or percentages).
        inlet: whether it takes in the air in which a passing vehicle counts as an event.

    Raises:
        InputError: a parameter unknown or out of bounds.
    """

    key: ClassVar[str]
    analog: ClassVar[bool] = False
    warm_up: ClassVar[float] = 1.0
    bounds: ClassVar[dict[str, Bound]] = {}
    saturating: ClassVar[slice] = slice(None)
    inlet: ClassVar[bool] = False

    def __init__(
        self,
        config: SensorConfiguration,
        geometry: Geometry,
        conditions: Conditions,
        world: Mapping[str, Float] | None = None,
    ) -> None:
        self.config, self.geometry, self.conditions = config, geometry, conditions
        self.world = dict(world or {})
        self.name, self.n = config.name, len(conditions)
        self.parameters = check_parameters(config, self.bounds, self.analog)
        self.channel_list = self.channels(config)
        self.points = np.array([config.position], dtype=np.float64)
        self.enabled = config.enabled
        #: Column of this instrument in a climate's ``flow``.
        self.column = 0
        #: Per-row constants of the unit, and per-row state; both are copied by :meth:`take`.
        self.unit: dict[str, Any] = {}
        self.memory: dict[str, Any] = {}
        self._view: Any = None

    # What an instrument declares -----------------------------------------------------------------

    @classmethod
    @abstractmethod
    def channels(cls, config: SensorConfiguration) -> tuple[Channel, ...]:
        """The scalar channels, in order."""

    @abstractmethod
    def coefficients(self) -> Coefficients:
        """Coefficients of the stacked chain, drawn by unit serial and age."""

    @abstractmethod
    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, c) physical input of the chain along the fine axis."""

    @abstractmethod
    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, c) what a perfect instrument would read now, in the channels' units."""

    def lanes(self) -> Mapping[str, int]:
        """Draws per read besides the chain's: consumer to width; names begin with "sensor.NAME."."""
        return {}

    def terms(self, climate: Climate, dt: float) -> tuple[Float, Float] | None:
        """Climate's (span, zero), each (n, c), after ``dt`` more seconds; None where climate does nothing."""
        return None

    def settle(self, raw: Float, climate: Climate, readings: Mapping[str, Float]) -> None:
        """Set slow firmware states to equilibrium with the noise-free raw value (n, c); most have none."""
        return None

    def compensate(self, raw: Float, readings: Mapping[str, Float], dt: float) -> Float:
        """(n, c) readings from raw values, with the *readings* of the other instruments."""
        return raw

    def silent(self, state: Environment3DState, climate: Climate, draws: Draws) -> Bool | None:
        """(n,) rows whose native reading failed now (flagged, the last value is repeated)."""
        return None

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """(n,) native status besides the chain's bits, from the reading side alone."""
        return np.zeros(self.n, np.uint32)

    # Helpers for instruments ---------------------------------------------------------------------

    def spread(self, stage: str, width: int) -> Float:
        """(n, width) standard normals of the unit serial."""
        return unit_uniforms(self.conditions.unit, f"sensor.{self.name}.unit.{stage}", width)[1]

    def prior(self, key: str) -> Float:
        """(n,) a world's uncertain number, its median where the world does not carry it."""
        median = next(p.median for p in PRIORS if p.key == key)
        return np.array(np.broadcast_to(self.world.get(key, median), (self.n,)), float)

    def needed(self, readings: Mapping[str, Float], default: tuple[float, ...]) -> Float:
        """(n, k) reading of the first instrument it needs; ``default`` where there is none."""
        for name in self.config.needs:
            if name in readings:
                return readings[name]
        return np.tile(np.array(default), (self.n, 1))

    def fault_rates(self) -> tuple[float, float, float]:
        """Rates of stuck, dropout and spike [1/s]."""
        p = self.parameters
        return p["fault_stuck"] / YEAR, p["fault_dropout"] / YEAR, p["fault_spike"] / YEAR

    def take(self, rows: Int, conditions: Conditions) -> BaseSensor:
        """A copy of some rows."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.conditions, other.n, other._view = conditions, len(rows), None
        other.unit = {k: v[rows] for k, v in self.unit.items()}
        other.memory = {k: v[rows] for k, v in self.memory.items()}
        other.world = {k: v[rows] for k, v in self.world.items()}
        return other

    # The user's one-sensor view ------------------------------------------------------------------

    def _suite(self, state: Environment3DState, others: Mapping[str, BaseSensor] | None) -> Any:
        from gg_gym.sensors.suite import SensorSuite

        if self._view is None:
            known = {k: s for k, s in (others or {}).items() if k in self.config.needs}
            mine = self.config.model_copy(update={"needs": tuple(known), "enabled": self.enabled})
            alone = [s.config.model_copy(update={"needs": ()}) for s in known.values()]
            dt = state.substeps * state.fine_step
            self._view = SensorSuite([*alone, mine], self.geometry, self.conditions, self.world, dt)
            self._view.start(state, 0, 0)
        return self._view

    def measure(self, env_state: Environment3DState, other_sensors: Mapping[str, BaseSensor] | None = None) -> Any:
        """One reading (n, c): the suite's chain with this instrument and those it needs.

        Args:
            env_state: the state, one step later than at the last call.
            other_sensors: instruments by name; those in ``config.needs`` compensate.
        """
        suite = self._suite(env_state, other_sensors)
        suite.count += 1
        image = not self.channel_list
        out = suite.read(env_state, env_state.substeps * env_state.fine_step, 0, suite.count, frame=image)
        self.last = out
        return out.frame if image else out.reading[:, suite.slices[self.name]]

    def get_ground_truth(self, env_state: Environment3DState) -> Any:
        """(n, c) the ideal reading; for a camera (n, 60, 80) decikelvin."""
        suite = self._suite(env_state, None)
        return suite.sensor(self.name).truth(env_state, suite.climate(env_state, 0.0))

    def apply_imperfections(self, env_state: Environment3DState) -> Float:
        """(n, c) raw values one step later: input, lag, climate, unit, ageing and noise, before compensation."""
        suite = self._suite(env_state, None)
        suite.count += 1
        raw, _, _ = suite.sense(env_state, env_state.substeps * env_state.fine_step, 0, suite.count)
        out: Float = raw[:, suite.slices[self.name]]
        return out

    def apply_compensation(self, raw: Float, readings: Mapping[str, Float] | None = None) -> Float:
        """(n, c) readings from raw values (n, c) of :meth:`apply_imperfections` and readings of others."""
        inner = self._view.sensor(self.name) if self._view else self
        out: Float = inner.compensate(raw, readings or {}, 0.0)
        return out

    def get_ml_metadata(self) -> dict[str, Any]:
        """What a learner may want to know: channels, state of the instrument, status of the last reading."""
        last = getattr(self, "last", None)
        return {
            "key": self.key, "name": self.name, "enabled": self.enabled, "position": self.config.position,
            "rate": self.config.rate, "needs": self.config.needs, "channels": self.channel_list,
            "status": None if last is None else last.status[:, -1], "hidden": None if last is None else last.hidden,
        }  # fmt: skip

    def enable(self) -> None:
        """Power up: WARMUP follows."""
        self.enabled = True
        if self._view:
            self._view.enable(self.name)

    def disable(self) -> None:
        """Power down: readings are missing."""
        self.enabled = False
        if self._view:
            self._view.disable(self.name)

    def update_position(self, position: tuple[float, float, float]) -> None:
        """Move the instrument [m]; its states stay."""
        self.config = self.config.model_copy(update={"position": position})
        self.points = np.array([position], dtype=np.float64)
        if self._view:
            self._view.update_position(self.name, position)


SENSORS: Registry[type[BaseSensor]] = Registry("sensor")


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
