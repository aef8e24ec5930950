"""SensorSuite: all instruments of n units, one stacked array per stage of the imperfection chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gg_gym.equations.atmosphere import saturation_pressure
from gg_gym.equations.bounds import clip
from gg_gym.equations.gas_sensors import absolute_humidity
from gg_gym.equations.signal import enclosure_rise, hold_weights
from gg_gym.errors import InputError
from gg_gym.parameters.imperfections import ENCLOSURE
from gg_gym.physics.enclosure import internal_temperature
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.acquisition import Acquisition
from gg_gym.sensors.base import SENSORS, BaseSensor, Climate
from gg_gym.sensors.camera import ThermalCamera
from gg_gym.sensors.chain import Chain
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.sensors.faults import Faults
from gg_gym.sensors.operation import Operation, OperationalLogic
from gg_gym.sensors.order import order_sensors
from gg_gym.sensors.reading import SuiteReading
from gg_gym.sensors.reconfigure import rebuilt
from gg_gym.sensors.status import Status
from gg_gym.streams import Streams
from gg_gym.units import Bool, Float, Int

__all__ = ["SensorSuite", "SuiteReading", "order_sensors"]


class SensorSuite:
    """The instruments of n units.

    Args:
        configs: instruments in any order.
        geometry: what stands where.
        conditions: runs, units and ages of the rows.
        world: key to (n,) uncertain numbers (see :data:`gg_gym.sensors.base.PRIORS`).
        dt: step of the record [s].
        thermal: whether to keep cameras.
        logic: the unit's operational logic; by default everything is always on.

    Attributes:
        instruments: names; scalar instruments in order of need, then the camera.
        channels: scalar channels, in the order of the columns.
        slices: instrument to its columns.

    Raises:
        InputError: unknown keys or needs, cycles, or bad parameters.
    """

    def __init__(
        self,
        configs: Sequence[SensorConfiguration],
        geometry: Geometry,
        conditions: Conditions,
        world: Mapping[str, Float],
        dt: float,
        thermal: bool = True,
        logic: OperationalLogic | None = None,
    ) -> None:
        self.geometry, self.conditions, self.dt, self.n, self.count = geometry, conditions, dt, len(conditions), 0
        camera = [c for c in configs if issubclass(SENSORS[c.key], ThermalCamera)]
        if len(camera) > 1:
            raise InputError("sensors", f"{len(camera)} cameras", "at most one")
        self.levels = [
            [SENSORS[c.key](c, geometry, conditions, world) for c in level if c not in camera]
            for level in order_sensors(configs)
        ]
        self.sensors: list[BaseSensor] = [s for level in self.levels for s in level]
        if not configs or (not thermal and len(camera) == len(configs)):
            raise InputError("sensors", "no instrument", "at least one")
        built = SENSORS[camera[0].key](camera[0], geometry, conditions, world) if camera and thermal else None
        self.camera = built if isinstance(built, ThermalCamera) else None
        self.world = {k: np.array(np.broadcast_to(v, (self.n,)), float) for k, v in world.items()}
        self._columns()
        self._place()
        self.order = tuple(c.name for c in configs)
        self.chain, self.faults = Chain(self.all), Faults(self.all, self.order)
        self.operation = Operation(logic or OperationalLogic(), self.all, conditions)
        self.chain.clock = self.operation.clocks(self.sensors)
        self._lanes()
        self.sun = ENCLOSURE.full_sun * self._prior_sun()
        self.m: dict[str, Any] = {}
        self.acquisition = Acquisition(self)

    @property
    def all(self) -> list[BaseSensor]:
        """Scalar instruments, then the camera."""
        return [*self.sensors, self.camera] if self.camera else list(self.sensors)

    def _prior_sun(self) -> Float:
        return self.all[0].prior("sensor.enclosure_sun")

    def _place(self) -> None:
        """(1 + I, 3) places: the unit, then the scalar instruments."""
        places = [self.geometry.mount.position, *(s.config.position for s in self.sensors)]
        self.points = np.array(places, dtype=np.float64)
        for i, sensor in enumerate(self.sensors):
            sensor.column = i

    def _columns(self) -> None:
        self.instruments = tuple(s.name for s in self.all)
        self.channels = tuple(c for s in self.sensors for c in s.channel_list)
        self.slices, start = {}, 0
        for sensor in self.sensors:
            self.slices[sensor.name] = slice(start, start + len(sensor.channel_list))
            start += len(sensor.channel_list)
        self.low, self.high = np.array([c.low for c in self.channels]), np.array([c.high for c in self.channels])
        self.scale = np.array([c.scale for c in self.channels])
        self.owner = np.array([i for i, s in enumerate(self.sensors) for _ in s.channel_list], dtype=np.int64)

    def _lanes(self) -> None:
        lanes = {**self.chain.lanes(), **self.faults.lanes(), **self.operation.lanes()}
        for sensor in self.sensors:
            lanes |= sensor.lanes()
        self._streams = Streams(self.conditions.seed, lanes)

    def sensor(self, name: str) -> BaseSensor:
        """The instrument with a name."""
        return next(s for s in self.all if s.name == name)

    def enable(self, name: str) -> None:
        """Power an instrument up: WARMUP until it is warm."""
        self.sensor(name).enabled = True
        self.acquisition.m["powered"][:, self.instruments.index(name)] = 0.0

    def disable(self, name: str) -> None:
        """Power an instrument down: COMM, and the last value is repeated."""
        self.sensor(name).enabled = False

    def update_position(self, name: str, position: tuple[float, float, float]) -> None:
        """Move an instrument [m]."""
        self.sensor(name).update_position(position)
        self._place()

    def reconfigure(self, name: str, **changes: Any) -> None:
        """Change fields of an instrument's configuration while it runs; its lags, drifts and faults go on.

        Args:
            name: the instrument.
            changes: fields of :class:`gg_gym.sensors.configuration.SensorConfiguration` but key and name.

        Raises:
            InputError: a value that is not allowed (nothing is changed then).
        """
        if name not in self.instruments:
            raise InputError("sensor", f"unknown instrument {name!r}", ", ".join(self.instruments))
        fresh = rebuilt(self, name, changes)
        fresh.acquisition.suite = self
        self.__dict__.update(fresh.__dict__)

    # Time ----------------------------------------------------------------------------------------

    def climate(self, state: Environment3DState, dt: float | None) -> Climate:
        """Climate around the unit ``dt`` seconds after the last; None: the box is at equilibrium."""
        air = state.air_temperature_at(self.points[:1])[:, 0]
        vapour = np.asarray(saturation_pressure(state.dew_point), np.float64)
        flow = state.wind(self.points)
        speed = np.hypot(flow[:, :, 0, 0], flow[:, :, 0, 1])
        humidity = np.minimum(100.0 * vapour / saturation_pressure(air), 100.0)
        self._box(state, air, dt)
        absolute = np.asarray(absolute_humidity(vapour, air), np.float64)
        return Climate(air - 273.15, vapour, humidity, absolute, self.m["body"], speed, flow[:, :, 1:])

    def _box(self, state: Environment3DState, air: Float, dt: float | None) -> None:
        """Temperature inside the box [Cel]: the physics module's, or an estimate from sun and wind without it."""
        if "enclosure.air" in state.memory:
            self.m["body"] = internal_temperature(state) - 273.15
            return
        target = air - 273.15 + enclosure_rise(state.ghi, state.wind_speed, ENCLOSURE.own, self.sun)
        if dt is None or "target" not in self.m:
            self.m["body"], self.m["target"] = target, target
        elif dt > 0:
            a, b0, b1 = hold_weights(dt, np.array(ENCLOSURE.tau))
            self.m["body"] = a * self.m["body"] + b0 * self.m["target"] + b1 * target
            self.m["target"] = target

    def _terms(self, climate: Climate, dt: float) -> tuple[Float, Float]:
        span, zero = np.ones((self.n, len(self.channels))), np.zeros((self.n, len(self.channels)))
        for sensor in self.sensors:
            terms = sensor.terms(climate, dt)
            if terms is not None:
                span[:, self.slices[sensor.name]], zero[:, self.slices[sensor.name]] = terms
        return span, zero

    def _inputs(self, state: Environment3DState, climate: Climate) -> Float:
        out = np.empty((self.n, state.substeps, len(self.channels)))
        for sensor in self.sensors:
            out[:, :, self.slices[sensor.name]] = sensor.ideal(state, climate)
        return out

    def start(self, state: Environment3DState, phase: int, index: int) -> None:
        """A stationary start: lags at equilibrium with the state, noise states and faults stationary."""
        draws = self._streams.draw(phase=phase, index=index, sub=1)
        climate = self.climate(state, None)
        self.faults.start(self.all, state.arc_on, draws, phase)
        self._hurt(state)
        lagged = self.chain.start(self._inputs(state, climate), draws)
        raw, _ = self.chain.disturb(lagged, *self._terms(climate, 0.0), 0.0, None)
        out = clip(raw, self.low, self.high)
        readings: dict[str, Float] = {}
        for sensor in self.sensors:
            part = self.slices[sensor.name]
            sensor.settle(raw[:, part], climate, readings)
            out[:, part] = clip(sensor.compensate(raw[:, part], readings, 0.0), self.low[part], self.high[part])
            if sensor.enabled:
                readings[sensor.name] = out[:, part]
        if self.camera:
            self.camera.settle(raw, climate, readings)
        self.operation.start(self.conditions)
        self.acquisition.start(out)

    def _hurt(self, state: Environment3DState) -> None:
        """Let natural and injected faults act on the chain and in the instruments."""
        harm = self.faults.inject(state.causes)
        if not isinstance(harm, bool):
            self.chain.hurt(harm)
            self.faults.tell(self.all)

    def sense(
        self, state: Environment3DState, dt: float, phase: int, index: int
    ) -> tuple[Float, dict[str, Float], Any]:
        """Raw values (n, C) up to noise, the hidden state, and (climate, draws)."""
        draws = self._streams.draw(phase=phase, index=index)
        climate = self.climate(state, dt)
        self.faults.step(dt, state.arc_on, draws)
        self._hurt(state)
        for sensor in self.sensors:
            sensor.observe(state, climate, dt, draws)
        rest = max(dt - state.substeps * state.fine_step, 0.0)
        lagged = self.chain.lag(self._inputs(state, climate), state.fine_step, rest)
        raw, hidden = self.chain.disturb(lagged, *self._terms(climate, dt), dt, draws)
        return raw, hidden, (climate, draws)

    def read(
        self,
        state: Environment3DState,
        dt: float,
        phase: int,
        index: int,
        frame: bool = False,
        truth: bool = True,
        frame_truth: bool = False,
    ) -> SuiteReading:
        """One sample, ``dt`` seconds after the last.

        Args:
            state: the world now.
            dt: seconds since the last read (or start).
            phase: part of the run (address of the draws).
            index: time index (address of the draws).
            frame: whether to render a frame.
            truth: whether to fill ideal readings and the hidden state.
            frame_truth: whether to render the ideal frame.
        """
        raw, hidden, (climate, draws) = self.sense(state, dt, phase, index)
        shift = self.operation.step(state, dt, draws)
        reading, status, hold = self.acquisition.publish(raw, state, dt, climate, draws, (phase, index), shift)
        out = SuiteReading(reading, np.zeros_like(reading), status, arrival=None if shift is None else shift.delay)
        if truth:
            parts = [s.truth(state, climate) for s in self.sensors]
            out.ideal = np.concatenate(parts, axis=1) if parts else out.ideal
            out.hidden = {**hidden, "fault": self.faults.codes()[:, self.owner].astype(float)}
        if self.camera:
            self._picture(out, state, climate, dt, hold[:, -1], (phase, index, frame, frame_truth))
        out.evidence = self.acquisition.evidence(out.reading, out.status, dt)
        return out

    def _picture(
        self,
        out: SuiteReading,
        state: Environment3DState,
        climate: Climate,
        dt: float,
        hold: Bool,
        ask: tuple[int, int, bool, bool],
    ) -> None:
        """Status of the camera; frames when asked for (phase, index, frame, ideal frame)."""
        camera = self.camera
        assert camera is not None
        camera.advance(climate, dt)
        dead = (out.status[:, -1] & np.uint32(Status.COMM)) > 0
        out.status[:, -1] |= camera.status(out.reading, {})
        if ask[2]:
            out.frame, full = camera.render(state, climate, ask[0], ask[1], hold & ~dead, dead)
            out.status[:, -1] |= full
        if ask[3]:
            out.frame_ideal = camera.truth(state, climate)
            out.frame_mask = camera.hot_spot_mask(state)

    def take(self, rows: Int, conditions: Conditions) -> SensorSuite:
        """A copy of some rows (indices may repeat): same units, drifts and lags, noise of the new run seeds."""
        rows = np.asarray(rows)
        other = object.__new__(SensorSuite)
        other.__dict__.update(self.__dict__)
        other.conditions, other.n = conditions, len(rows)
        other.levels = [[s.take(rows, conditions) for s in level] for level in self.levels]
        other.sensors = [s for level in other.levels for s in level]
        camera = self.camera.take(rows, conditions) if self.camera else None
        other.camera = camera
        other.chain, other.faults = self.chain.take(rows, conditions.age), self.faults.take(rows, conditions.seed)
        other.operation, other.acquisition = self.operation.take(rows), self.acquisition.take(rows, other)
        other.world = {k: v[rows] for k, v in self.world.items()}
        other.sun = self.sun[rows]
        other.m = {k: v[rows] for k, v in self.m.items()}
        other._lanes()
        return other
