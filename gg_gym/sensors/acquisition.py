"""From raw values to readings: compensation in order of need, disturbance, quantum, bounds, holds, and what arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.parameters.imperfections import FAULTS
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import Climate
from gg_gym.sensors.confidence import Evidence, Layout
from gg_gym.sensors.operation import Shift
from gg_gym.sensors.status import Status
from gg_gym.streams import Draws, Streams
from gg_gym.units import Bool, Float, Int, UInt32

if TYPE_CHECKING:
    from gg_gym.sensors.suite import SensorSuite

#: Slack of the native clock [s].
_TINY = 1e-9
_ZERO, _STALE, _COMM, _WARMUP, _LOW, _LATE, _DOWN, _FULL = (
    np.uint32(x) for x in (0, Status.STALE, Status.COMM, Status.WARMUP, Status.LOWBATT, Status.COMM | Status.STALE,
                           Status.COMM | Status.LOWBATT, Status.SAT_HIGH)
)  # fmt: skip


class Acquisition:
    """Clocks and last values of the instruments of a suite.

    Owns, in ``m``: "held" (n, C) the last reading taken, "sent" (n, C) the last that arrived, "before" (n, C) the one
    before it, and per instrument (n, I) seconds: "since" the last native sample, "powered", "age" of the value and
    "same" for which it has not moved at all.
    """

    def __init__(self, suite: SensorSuite) -> None:
        self.suite, self.n = suite, suite.n
        everyone = suite.all
        self.period = np.array([1.0 / s.config.rate for s in everyone])
        self.warm_up = np.array([s.warm_up for s in everyone])
        self.starts = np.array([suite.slices[s.name].start for s in suite.sensors], dtype=np.int64)
        self.scale = np.array([c.scale for c in suite.channels])
        self._bounds()
        self.m: dict[str, Any] = {"powered": np.full((self.n, len(everyone)), np.inf)}
        self._loud()

    def _bounds(self) -> None:
        """Where a bound is a saturation, and what the confidence looks at."""
        suite = self.suite
        self.full, bounded = suite.high.copy(), np.zeros(len(suite.channels), bool)
        pairs = []
        for sensor in suite.sensors:
            part = suite.slices[sensor.name]
            keep = np.zeros(part.stop - part.start, bool)
            keep[sensor.saturating] = True
            self.full[part], bounded[part] = np.where(keep, suite.high[part], np.inf), keep
            pairs += [(part.start + a, part.start + b, allowed) for a, b, allowed in sensor.redundant]
        calm = np.array([s.calm for s in suite.sensors])[suite.owner] if suite.sensors else np.zeros(0)
        self.layout = Layout(
            suite.low, suite.high, self.scale, calm, suite.owner, bounded, tuple(pairs), len(suite.all)
        )

    def _loud(self) -> None:
        widths = {f"sensor.{s.name}.interference": len(s.channel_list) for s in self.suite.sensors}
        self._streams = Streams(self.suite.conditions.seed, widths)

    def start(self, out: Float) -> None:
        """The clocks run since long; the last reading is ``out`` (n, C)."""
        shape = self.n, len(self.period)
        self.m["held"], self.m["since"] = out, np.full(shape, 0.0) + self.period
        self.m["sent"] = self.m["before"] = out
        self.m["age"], self.m["same"] = np.zeros(shape), np.zeros(shape)
        self.m["powered"][:] = np.inf

    def publish(
        self,
        raw: Float,
        state: Environment3DState,
        dt: float,
        climate: Climate,
        draws: Draws,
        address: tuple[int, int],
        shift: Shift | None,
    ) -> tuple[Float, UInt32, Bool]:
        """Compensate in order of need, disturb, quantise, saturate, hold; readings (n, C), status and holds (n, I)."""
        status, hold = self._acquire(dt, shift)
        out = self._measure(raw, state, dt, (climate, draws), self._extra(state, address), (status, hold))
        self._remember(out, hold, dt)
        if shift is not None and shift.arrived is not None:
            missed = ~shift.arrived[:, None]
            status |= np.where(missed, _LATE, _ZERO)
            hold |= missed
            out = np.where(missed, self.m["sent"], out)
        self.m["before"], self.m["sent"] = self.m["sent"], out
        return out, status, hold

    def _measure(
        self, raw: Float, state: Environment3DState, dt: float, now: Any, extra: Float | None, flags: Any
    ) -> Float:
        """(n, C) readings, level by level; adds to ``flags`` (status, hold) in place."""
        (climate, draws), (status, hold), out = now, flags, np.empty_like(raw)
        readings: dict[str, Float] = {}
        for level in self.suite.levels:
            if not level:
                continue
            parts = [self.suite.slices[s.name] for s in level]
            first = self.suite.instruments.index(level[0].name)
            columns, rows = slice(parts[0].start, parts[-1].stop), slice(first, first + len(level))
            for i, (sensor, part) in enumerate(zip(level, parts, strict=True), first):
                out[:, part] = sensor.compensate(raw[:, part], readings, dt)
                failed = sensor.silent(state, climate, draws)
                if failed is not None:
                    hold[:, i] |= failed
                    status[:, i] |= np.where(failed, _COMM, _ZERO)
            status[:, rows] |= self._saturate(out, extra, columns, rows, hold)
            for i, (sensor, part) in enumerate(zip(level, parts, strict=True), first):
                status[:, i] |= sensor.status(out[:, part], readings)
                if sensor.enabled:
                    readings[sensor.name] = out[:, part]
        return out

    def _saturate(self, out: Float, extra: Float | None, columns: slice, rows: slice, hold: Bool) -> UInt32 | np.uint32:
        """Disturb, quantise and clip some columns in place, repeat held values; (n, rows) SAT_HIGH, 0 where none."""
        lsb, value = self.suite.chain.lsb[..., columns], out[:, columns]
        if extra is not None:
            value += extra[:, columns]
        value /= lsb
        np.rint(value, out=value)
        value *= lsb
        above = value >= self.full[columns]
        np.maximum(value, self.suite.low[columns], out=value)
        np.minimum(value, self.suite.high[columns], out=value)
        held = np.flatnonzero(hold[:, rows].any(axis=1))
        if held.size:
            kept = hold[held[:, None], self.suite.owner[columns]]
            value[held] = np.where(kept, self.m["held"][held, columns], value[held])
        if not above.any():
            return _ZERO
        full = np.logical_or.reduceat(above, self.starts[rows] - columns.start, axis=1)
        flags: UInt32 = np.where(full & ~hold[:, rows], _FULL, _ZERO)
        return flags

    def _remember(self, out: Float, hold: Bool, dt: float) -> None:
        """Keep the reading, its age, and for how long it has not moved."""
        m, scalars = self.m, len(self.suite.sensors)
        m["age"] = np.where(hold, m["age"] + dt, 0.0)
        if scalars:
            moved = np.logical_or.reduceat(out != m["held"], self.starts, axis=1)
            m["same"][:, :scalars] = np.where(moved, 0.0, m["same"][:, :scalars] + dt)
        m["held"] = out.copy()

    def _acquire(self, dt: float, shift: Shift | None) -> tuple[UInt32, Bool]:
        """Status (n, I) of the bus and clock, and rows and instruments that repeat their last value."""
        m = self.m
        m["since"] = m["since"] + dt
        fresh = m["since"] >= self.period - _TINY
        m["since"] = np.where(fresh, np.mod(m["since"] + _TINY, self.period), m["since"])
        m["powered"] = m["powered"] + dt
        faults, off = self.suite.faults, [not s.enabled for s in self.suite.all]
        silent: Bool = faults.dropout | off if True in off else faults.dropout
        hold: Bool = ~fresh | silent | faults.stuck
        if shift is not None:
            m["powered"] = np.where(shift.off, 0.0, m["powered"])
        status: Any = np.where(fresh, _ZERO, _STALE) | np.where(silent, _COMM, _ZERO)
        status = status | np.where(m["powered"] < self.warm_up, _WARMUP, _ZERO) | faults.flags()
        if shift is not None:
            status = status | np.where(shift.off, _DOWN, np.where(shift.asleep, _STALE, _ZERO))
            status = status | np.where(shift.thinned, _LOW, _ZERO)
            hold = hold | shift.off | shift.asleep
        return status, hold

    def _extra(self, state: Environment3DState, address: tuple[int, int]) -> Float | None:
        """(n, C) spikes and the disturbance of the noise family, 0 in rows where neither acts; None where none has."""
        suite, faults = self.suite, self.suite.faults
        loud, spike = state.causes["interference"], faults.spike[:, : len(suite.sensors)]
        noisy = (loud > 0).any()
        if not noisy and not spike.any():
            return None
        extra = np.zeros((self.n, len(suite.channels)))
        if noisy:
            drawn = self._streams.draw(phase=address[0], index=address[1])
            names = [f"sensor.{s.name}.interference" for s in suite.sensors]
            u = np.concatenate([extra[:, :0], *(drawn.uniform(k) for k in names)], axis=1)
            extra += np.where(loud[:, None] > 0, loud[:, None] * (suite.high - suite.low) * (u - 0.5), 0.0)
        rows, which = np.nonzero(spike)
        pick, size = faults.pick[rows, which], faults.size[rows, which]
        for row, i, place, z in zip(rows, which, pick, size, strict=True):
            part = suite.slices[suite.instruments[i]]
            column = part.start + int(place * (part.stop - part.start))
            extra[row, column] += 10.0 * FAULTS.spike_size * self.scale[column] * z
        return extra

    def evidence(self, reading: Float, status: UInt32, dt: float) -> Evidence:
        """What the confidence of the last reading is computed from."""
        m = self.m
        return Evidence(self.layout, reading, m["before"], dt, status, m["age"], m["same"].copy())

    def take(self, rows: Int, suite: SensorSuite) -> Acquisition:
        """A copy of some rows for ``suite``."""
        other = object.__new__(Acquisition)
        other.__dict__.update(self.__dict__)
        other.suite, other.n = suite, suite.n
        other.m = {k: v[rows] for k, v in self.m.items()}
        other._loud()
        return other
