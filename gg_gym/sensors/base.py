"""BaseSensor: what an instrument declares; the suite runs all instruments as one stacked chain.

An instrument says what it physically takes in, how climate moves it, and how its firmware turns the raw value into a
reading. Lag, unit spread, drift, noise, quantisation, acquisition and faults are the chain's and the same for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from gg_gym.parameters.imperfections import CATALOGUE, SIZES, YEAR
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Conditions, Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.registry import Registry
from gg_gym.sensors.configuration import SensorConfiguration, check_place
from gg_gym.sensors.parts import (
    PRIORS,
    Bound,
    Channel,
    Climate,
    Coefficients,
    FaultEffect,
    check_channels,
    check_faults,
    check_parameters,
    draw_factors,
    fault_kinds,
    unit_uniforms,
)
from gg_gym.streams import Draws
from gg_gym.units import Bool, Float, Int, UInt32

__all__ = [
    "PRIORS", "SENSORS", "BaseSensor", "Bound", "Channel", "Climate", "Coefficients", "FaultEffect", "unit_uniforms",
]  # fmt: skip


class BaseSensor(ABC):
    """One instrument for n rows.

    Class attributes:
        key: registry key.    analog: whether spikes occur.
        bounds: operating parameters (besides the fault rates per unit-year, which all have).
        warm_up: seconds after power-up in which it says WARMUP.
        saturating: columns whose upper bound is a saturation (not sines, shares or percentages).
        inlet: whether it takes in the air in which a passing vehicle counts as an event.
        fault_kinds: kinds of the catalogue that apply besides stuck, dropout, clock and (analog) spike.
        redundant: pairs of columns that should agree, with the difference that is still plausible.
        calm: largest plausible change in one second, in the channels' scales (it grows with the root of time).
        uncertain: keys of :data:`PRIORS` that it reads.

    Raises:
        InputError: a parameter, channel, fault or place that is unknown or out of bounds.
    """

    key: ClassVar[str]
    analog: ClassVar[bool] = False
    warm_up: ClassVar[float] = 1.0
    bounds: ClassVar[dict[str, Bound]] = {}
    saturating: ClassVar[slice] = slice(None)
    inlet: ClassVar[bool] = False
    fault_kinds: ClassVar[tuple[str, ...]] = ()
    redundant: ClassVar[tuple[tuple[int, int, float], ...]] = ()
    calm: ClassVar[float] = 100.0
    uncertain: ClassVar[tuple[str, ...]] = ("sensor.enclosure_sun",)

    def __init__(
        self,
        config: SensorConfiguration,
        geometry: Geometry,
        conditions: Conditions,
        world: Mapping[str, Float] | None = None,
    ) -> None:
        check_place(config, geometry)
        self.config, self.geometry = config, geometry
        self.world = dict(world or {})
        self.name, self.n = config.name, len(conditions)
        self.parameters = check_parameters(config, self.bounds, self.analog)
        self.channel_list = self.channels(config)
        check_channels(config, self.channel_list)
        self.kinds = fault_kinds(self.fault_kinds, self.analog)
        check_faults(config, self.kinds)
        #: Stage to (n, c) factor of the configuration's ranges, only where it names the stage.
        self.factors = draw_factors(config, conditions.unit, self.channel_list)
        self.conditions = self._aged(conditions)
        self.points = np.array([config.position], dtype=np.float64)
        self.enabled = config.enabled
        #: Column of this instrument in a climate's ``flow``.
        self.column = 0
        #: Per-row constants of the unit, and per-row state; both are copied by :meth:`take`.
        self.unit: dict[str, Any] = {}
        self.memory: dict[str, Any] = {}
        #: Kind to (n,) size of the faults that act now; the suite keeps it (see :meth:`failing`).
        self.faulty: dict[str, Float] = {}
        self._view: Any = None

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """The uncertain numbers that this kind of instrument reads from the world."""
        return tuple(p for p in PRIORS if p.key in cls.uncertain)

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

    def observe(self, state: Environment3DState, climate: Climate, dt: float, draws: Draws) -> None:
        """Advance what happens by chance inside the instrument over ``dt`` seconds, before it is read."""
        return None

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

    def fault_effects(self) -> dict[str, FaultEffect]:
        """What each kind of fault of size 1 does in the chain; kinds not named act through :meth:`failing` or not."""
        scale = np.array([c.scale for c in self.channel_list])
        return {
            "offset": FaultEffect(offset=SIZES.offset * scale),
            "fouling": FaultEffect(gain=SIZES.fouled, slow=SIZES.fouled_slow),
            "web": FaultEffect(gain=SIZES.web),
            "ingress": FaultEffect(offset=SIZES.wet * scale, slow=SIZES.wet_slow),
            "clock": FaultEffect(late=SIZES.late),
        }

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

    def factor(self, stage: str, default: float = 1.0) -> Any:
        """(n, c) factor on a stage, or ``default`` where the configuration does not name it."""
        return self.factors.get(stage, default)

    def failing(self, kind: str) -> Float:
        """(n,) size of a fault that acts now, 0 where there is none."""
        size = self.faulty.get(kind)
        return np.zeros(self.n) if size is None else size

    def fault_rate(self, kind: str) -> float:
        """Onsets of a kind of fault [1/s] before the unit's factor: configuration, parameter, or catalogue."""
        asked = self.config.faults.get(kind, self.parameters.get(f"fault_{kind}", CATALOGUE[kind].rate))
        return asked / YEAR if kind in self.kinds else 0.0

    def fault_rates(self) -> tuple[float, float, float]:
        """Rates of stuck, dropout and spike [1/s]."""
        return self.fault_rate("stuck"), self.fault_rate("dropout"), self.fault_rate("spike")

    def _aged(self, conditions: Conditions) -> Conditions:
        """The conditions with the age that the instrument feels."""
        factor = self.factors.get("ageing")
        return conditions if factor is None else replace(conditions, age=conditions.age * factor[:, 0])

    def take(self, rows: Int, conditions: Conditions) -> BaseSensor:
        """A copy of some rows."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.factors = {k: v[rows] for k, v in self.factors.items()}
        other.faulty = {k: v[rows] for k, v in self.faulty.items()}
        other.n, other._view = len(rows), None
        other.conditions = other._aged(conditions)
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
        """What a learner may want to know: channels, status and confidence of the last reading, hidden state.

        "imperfections" is the full hidden state (see :func:`gg_gym.sensors.metadata.imperfections`): None before the
        first :meth:`measure`.
        """
        from gg_gym.sensors.metadata import imperfections

        last, view = getattr(self, "last", None), self._view
        return {
            "confidence": None if last is None else last.confidence[:, -1],
            "imperfections": None if view is None else imperfections(view, self.name),
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
        config = self.config.changed(position=position)
        check_place(config, self.geometry)
        self.config = config
        self.points = np.array([position], dtype=np.float64)
        if self._view:
            self._view.update_position(self.name, position)


SENSORS: Registry[type[BaseSensor]] = Registry("sensor")
