"""SensorSuite: all instruments of n units, one stacked array per stage of the imperfection chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from gg_gym.equations.atmosphere import saturation_pressure
from gg_gym.equations.bounds import clip
from gg_gym.equations.gas_sensors import absolute_humidity
from gg_gym.equations.signal import enclosure_rise, hold_weights
from gg_gym.errors import InputError
from gg_gym.parameters.imperfections import ENCLOSURE, FAULTS
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Climate
from gg_gym.sensors.camera import ThermalCamera
from gg_gym.sensors.chain import Chain
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.sensors.faults import Faults
from gg_gym.sensors.status import Status
from gg_gym.streams import Draws, Streams
from gg_gym.units import Bool, Float, Int, UInt16, UInt32

#: Slack of the native clock [s].
_TINY = 1e-9
_ZERO, _STALE, _COMM, _WARMUP = (np.uint32(x) for x in (0, Status.STALE, Status.COMM, Status.WARMUP))


@dataclass
class SuiteReading:
    """One sample of a suite.

    Attributes:
        reading: (n, C) readings in the channels' units.
        ideal: (n, C) ideal readings (zeros when truth was not asked for).
        status: (n, I) masks, see :class:`gg_gym.sensors.status.Status`.
        hidden: stage to (n, C) hidden imperfection state (empty when truth was not asked for).
        frame: (n, 60, 80) centikelvin, 0 where there is none; None when not asked for.
        frame_ideal: (n, 60, 80) decikelvin; None when not asked for.
    """

    reading: Float
    ideal: Float
    status: UInt32
    hidden: dict[str, Float] = field(default_factory=dict)
    frame: UInt16 | None = None
    frame_ideal: UInt16 | None = None


def order_sensors(configs: Sequence[SensorConfiguration]) -> list[list[SensorConfiguration]]:
    """Levels of instruments such that each comes after those it needs; a level keeps the given order.

    Raises:
        InputError: a name given twice, an unknown need, or a cycle (the message names it).
    """
    by_name = {c.name: c for c in configs}
    if len(by_name) != len(configs):
        twice = sorted({c.name for c in configs if sum(d.name == c.name for d in configs) > 1})
        raise InputError("sensors", f"names given twice: {', '.join(twice)}", "unique names")
    for config in configs:
        for need in config.needs:
            if need not in by_name:
                raise InputError(f"sensor {config.name}: needs", f"unknown instrument {need!r}", ", ".join(by_name))
    sorter = TopologicalSorter({c.name: c.needs for c in configs})
    try:
        sorter.prepare()
    except CycleError as error:
        raise InputError("sensors", "cycle of needs " + " -> ".join(error.args[1]), "an acyclic order") from None
    levels = []
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        levels.append([c for c in configs if c.name in ready])
    return levels


class SensorSuite:
    """The instruments of n units.

    Args:
        configs: instruments in any order.
        geometry: what stands where.
        conditions: runs, units and ages of the rows.
        world: key to (n,) uncertain numbers (see :data:`gg_gym.sensors.base.PRIORS`).
        dt: step of the record [s].
        thermal: whether to keep cameras.

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
        self.chain, self.faults = Chain(self.all), Faults(self.all)
        self._lanes()
        self.sun = ENCLOSURE.full_sun * self._prior_sun()
        self.m: dict[str, Any] = {"powered": np.full((self.n, len(self.all)), np.inf)}

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
        self.starts = np.array([self.slices[s.name].start for s in self.sensors], dtype=np.int64)
        self.period = np.array([1.0 / s.config.rate for s in self.all])
        self.warm_up = np.array([s.warm_up for s in self.all])
        self.full = self.high.copy()
        for sensor in self.sensors:
            part = self.slices[sensor.name]
            keep = np.zeros(part.stop - part.start, bool)
            keep[sensor.saturating] = True
            self.full[part] = np.where(keep, self.high[part], np.inf)

    def _lanes(self) -> None:
        lanes = {**self.chain.lanes(), **self.faults.lanes()}
        for sensor in self.sensors:
            lanes |= sensor.lanes()
        self._streams = Streams(self.conditions.seed, lanes)
        self._loud = Streams(
            self.conditions.seed, {f"sensor.{s.name}.interference": len(s.channel_list) for s in self.sensors}
        )

    def sensor(self, name: str) -> BaseSensor:
        """The instrument with a name."""
        return next(s for s in self.all if s.name == name)

    def enable(self, name: str) -> None:
        """Power an instrument up: WARMUP until it is warm."""
        self.sensor(name).enabled = True
        self.m["powered"][:, self.instruments.index(name)] = 0.0

    def disable(self, name: str) -> None:
        """Power an instrument down: COMM, and the last value is repeated."""
        self.sensor(name).enabled = False

    def update_position(self, name: str, position: tuple[float, float, float]) -> None:
        """Move an instrument [m]."""
        self.sensor(name).update_position(position)
        self._place()

    # Time ----------------------------------------------------------------------------------------

    def climate(self, state: Environment3DState, dt: float | None) -> Climate:
        """Climate around the unit ``dt`` seconds after the last; None: the box is at equilibrium."""
        air = state.air_temperature_at(self.points[:1])[:, 0]
        vapour = np.asarray(saturation_pressure(state.dew_point), np.float64)
        flow = state.wind(self.points)
        speed = np.hypot(flow[:, :, 0, 0], flow[:, :, 0, 1])
        humidity = np.minimum(100.0 * vapour / saturation_pressure(air), 100.0)
        target = air - 273.15 + enclosure_rise(state.ghi, state.wind_speed, ENCLOSURE.own, self.sun)
        if dt is None:
            self.m["body"], self.m["target"] = target, target
        elif dt > 0:
            a, b0, b1 = hold_weights(dt, np.array(ENCLOSURE.tau))
            self.m["body"] = a * self.m["body"] + b0 * self.m["target"] + b1 * target
            self.m["target"] = target
        absolute = np.asarray(absolute_humidity(vapour, air), np.float64)
        return Climate(air - 273.15, vapour, humidity, absolute, self.m["body"], speed, flow[:, :, 1:])

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
        self.faults.step(np.inf, state.arc_on, draws)
        self.m["held"], self.m["since"] = out, np.full((self.n, len(self.all)), 0.0) + self.period
        self.m["powered"][:] = np.inf

    def sense(
        self, state: Environment3DState, dt: float, phase: int, index: int
    ) -> tuple[Float, dict[str, Float], Any]:
        """Raw values (n, C) up to noise, the hidden state, and (climate, draws)."""
        draws = self._streams.draw(phase=phase, index=index)
        climate = self.climate(state, dt)
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
        self.faults.step(dt, state.arc_on, draws)
        reading, status, hold = self._publish(raw, state, dt, climate, draws, (phase, index))
        out = SuiteReading(reading, np.zeros_like(reading), status)
        if truth:
            parts = [s.truth(state, climate) for s in self.sensors]
            out.ideal = np.concatenate(parts, axis=1) if parts else out.ideal
            out.hidden = {**hidden, "fault": self.faults.codes()[:, self.owner].astype(float)}
        if self.camera:
            self._picture(out, state, climate, dt, hold[:, -1], (phase, index, frame, frame_truth))
        return out

    # From raw values to readings -----------------------------------------------------------------

    def _publish(
        self, raw: Float, state: Environment3DState, dt: float, climate: Climate, draws: Draws, address: tuple[int, int]
    ) -> tuple[Float, UInt32, Bool]:
        """Compensate in order of need, disturb, quantise, saturate, hold; readings (n, C), status and holds (n, I)."""
        status, hold = self._acquire(dt)
        out, extra = np.empty_like(raw), self._extra(state, address)
        readings: dict[str, Float] = {}
        for level in self.levels:
            if not level:
                continue
            parts = [self.slices[s.name] for s in level]
            first = self.instruments.index(level[0].name)
            columns, rows = slice(parts[0].start, parts[-1].stop), slice(first, first + len(level))
            for i, (sensor, part) in enumerate(zip(level, parts, strict=True), first):
                out[:, part] = sensor.compensate(raw[:, part], readings, dt)
                failed = sensor.silent(state, climate, draws)
                if failed is not None:
                    hold[:, i] |= failed
                    status[:, i] |= np.where(failed, np.uint32(Status.COMM), np.uint32(0))
            status[:, rows] |= self._saturate(out, extra, columns, rows, hold)
            for i, (sensor, part) in enumerate(zip(level, parts, strict=True), first):
                status[:, i] |= sensor.status(out[:, part], readings)
                if sensor.enabled:
                    readings[sensor.name] = out[:, part]
        self.m["held"] = out.copy()
        return out, status, hold

    def _saturate(self, out: Float, extra: Float, columns: slice, rows: slice, hold: Bool) -> UInt32:
        """Disturb, quantise and clip some columns in place, repeat held values; (n, rows) SAT_HIGH."""
        lsb = self.chain.c.lsb[columns]
        value = np.round((out[:, columns] + extra[:, columns]) / lsb) * lsb
        owner = self.owner[columns]
        full = np.logical_or.reduceat(value >= self.full[columns], self.starts[rows] - columns.start, axis=1)
        value = np.minimum(np.maximum(value, self.low[columns]), self.high[columns])
        out[:, columns] = np.where(hold[:, owner], self.m["held"][:, columns], value)
        flags: UInt32 = np.where(full & ~hold[:, rows], np.uint32(Status.SAT_HIGH), np.uint32(0))
        return flags

    def _acquire(self, dt: float) -> tuple[UInt32, Bool]:
        """Status (n, I) of the bus and clock, and rows and instruments that repeat their last value."""
        m = self.m
        m["since"] = m["since"] + dt
        fresh = m["since"] >= self.period - _TINY
        m["since"] = np.where(fresh, np.mod(m["since"] + _TINY, self.period), m["since"])
        m["powered"] = m["powered"] + dt
        off = [not s.enabled for s in self.all]
        silent: Bool = self.faults.dropout | off if True in off else self.faults.dropout
        status: Any = np.where(fresh, _ZERO, _STALE) | np.where(silent, _COMM, _ZERO)
        status = status | np.where(m["powered"] < self.warm_up, _WARMUP, _ZERO)
        return status, ~fresh | silent | self.faults.stuck

    def _extra(self, state: Environment3DState, address: tuple[int, int]) -> Float:
        """(n, C) spikes and the disturbance of the noise family; exactly 0 where neither acts."""
        extra = np.zeros((self.n, len(self.channels)))
        loud = state.causes["interference"]
        if (loud > 0).any():
            drawn = self._loud.draw(phase=address[0], index=address[1])
            u = np.concatenate(
                [extra[:, :0], *(drawn.uniform(f"sensor.{s.name}.interference") for s in self.sensors)], axis=1
            )
            extra += np.where(loud[:, None] > 0, loud[:, None] * (self.high - self.low) * (u - 0.5), 0.0)
        rows, which = np.nonzero(self.faults.spike[:, : len(self.sensors)])
        for row, i in zip(rows, which, strict=True):
            part = self.slices[self.instruments[i]]
            column = part.start + int(self.faults.pick[row, i] * (part.stop - part.start))
            extra[row, column] += 10.0 * FAULTS.spike_size * self.scale[column] * self.faults.size[row, i]
        return extra

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
        other.chain, other.faults = self.chain.take(rows, conditions.age), self.faults.take(rows)
        other.world = {k: v[rows] for k, v in self.world.items()}
        other.sun = self.sun[rows]
        other.m = {k: v[rows] for k, v in self.m.items()}
        other._lanes()
        return other
