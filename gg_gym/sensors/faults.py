"""Faults of instruments: two-state chains, single-sample spikes, and injected ones. Hidden but for a part's own flags.

Short faults (stuck, dropped out, spike) are drawn every step. Lasting ones change so rarely that each carries the
time of its next change (exponential, exact for any step), so they cost nothing between changes. An injected fault is
a cause (``fault_kind``, ``fault_sensor``, ``fault_size``) like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from gg_gym.equations.signal import telegraph_probability
from gg_gym.errors import InputError
from gg_gym.parameters.imperfections import CATALOGUE, FAULTS
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.sensors.base import BaseSensor
from gg_gym.sensors.chain import Harm
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.sensors.parts import fault_kinds, unit_uniforms
from gg_gym.sensors.status import Status
from gg_gym.streams import Draws, Streams
from gg_gym.units import Bool, Float, Int, UInt64

register_cause(
    Cause("fault_kind", "1", 0.0, "kind of an instrument's fault, from 1 in the catalogue's order; 0 is none")
)
register_cause(Cause("fault_sensor", "1", 0.0, "index of the faulty instrument among the product's sensors"))
register_cause(Cause("fault_size", "1", 1.0, "size of the instrument's fault"))

#: Hidden code of each kind.
CODES: dict[str, int] = {kind: i for i, kind in enumerate(CATALOGUE, 1)}
_SHORT = ("stuck", "dropout", "spike")
#: Longest kind that a unit does not carry from one run to the next [s].
_OF_THE_RUN = 20 * 86400.0


@dataclass(frozen=True)
class FaultInjection:
    """A fault as a scenario names it.

    Attributes:
        kind: key of the catalogue.
        sensor: instrument's name.
        size: 1 is the catalogue's.
    """

    kind: str
    sensor: str
    size: float = 1.0

    def causes(self, configs: Sequence[SensorConfiguration]) -> dict[str, float]:
        """The causes that inject it into a suite of ``configs`` (the product's sensors, in their order).

        Raises:
            InputError: an unknown kind or instrument, a kind that does not apply to it, or a size out of 0 .. 10.
        """
        from gg_gym.sensors.base import SENSORS

        names = [c.name for c in configs]
        if self.kind not in CODES:
            raise InputError("fault kind", f"unknown kind {self.kind!r}", ", ".join(CODES))
        if self.sensor not in names:
            raise InputError("fault sensor", f"unknown instrument {self.sensor!r}", ", ".join(names))
        owner = SENSORS[configs[names.index(self.sensor)].key]
        kinds = fault_kinds(owner.fault_kinds, owner.analog)
        if self.kind not in kinds:
            raise InputError(f"fault of {self.sensor}", f"{self.kind!r} does not apply", ", ".join(kinds))
        if not 0.0 <= self.size <= 10.0:
            raise InputError("fault size", f"{self.size}", "0 .. 10")
        return {
            "fault_kind": float(CODES[self.kind]),
            "fault_sensor": float(names.index(self.sensor)),
            "fault_size": float(self.size),
        }


class Faults:
    """Fault states of I instruments.

    Args:
        sensors: the instruments, in the suite's order.
        order: names of the product's sensors in its own order (``fault_sensor`` counts in it).
    """

    #: Hidden codes: 0 none, then the catalogue's order.
    STUCK, DROPOUT, SPIKE = CODES["stuck"], CODES["dropout"], CODES["spike"]

    def __init__(self, sensors: Sequence[BaseSensor], order: Sequence[str] | None = None) -> None:
        self.names = [s.name for s in sensors]
        self.consumers = [f"sensor.{name}.fault" for name in self.names]
        self.n, count = sensors[0].n, len(sensors)
        order = list(order or self.names)
        #: Index among the product's sensors to the column here.
        self.column = np.array([self.names.index(k) if k in self.names else -1 for k in order], np.int64)
        self._rates(sensors)
        self.kinds, self.owner = self._lasting(sensors)
        self._effects(sensors)
        self.state = np.zeros((self.n, 2, count))
        self.spike: Bool = np.zeros((self.n, count), bool)
        #: (n, I) uniforms that say how large a spike of this step is, and where.
        self.drawn: Float = np.full((self.n, count), 0.5)
        #: Chances of the short faults at a step of this many seconds, which seldom changes.
        self._chances: dict[float, tuple[Float, ...]] = {}
        p = len(self.kinds)
        #: Lasting faults: state, seconds to the next change, severity and what acts now (with injected ones), (n, p).
        self.on, self.wait = np.zeros((self.n, p)), np.full((self.n, p), np.inf)
        self.severity, self.acting = np.ones((self.n, p)), np.zeros((self.n, p))
        #: What acts (never changed in place), and the status bits that follow from it.
        self._flagged: tuple[Float | None, Any] = (None, None)
        self.changes = np.zeros(self.n, np.int64)
        #: Injected stuck and dropout, (n, 2, I), where a cause says so.
        self.forced: Bool | None = None
        self._seeds(sensors[0].conditions.seed)

    def _rates(self, sensors: Sequence[BaseSensor]) -> None:
        """(n, I) rates of the short faults with the units' factors."""
        rates = np.array([s.fault_rates() for s in sensors]).reshape(-1, 3)
        factor: Any = np.ones((1, len(sensors)))
        if any("faults" in s.factors for s in sensors):
            factor = np.stack(
                [s.factors["faults"][:, 0] if "faults" in s.factors else np.ones(s.n) for s in sensors], axis=1
            )
        self.factor = factor
        self.up = np.stack([np.clip(rates[:, 0] * factor, 1e-30, None), np.clip(rates[:, 1] * factor, 1e-30, None)], 1)
        self.down = np.array([[1.0 / FAULTS.stuck_length], [1.0 / FAULTS.dropout_length]])
        self.spike_rate = rates[:, 2] / np.array([s.config.rate for s in sensors]) * factor

    def _lasting(self, sensors: Sequence[BaseSensor]) -> tuple[list[str], Int]:
        """Kinds and columns of the p lasting faults; sets their rates (n or 1, p) and mean lengths (p,)."""
        pairs = [(kind, i, s) for i, s in enumerate(sensors) for kind in s.kinds if kind not in _SHORT]
        self.rate = np.array([s.fault_rate(kind) for kind, _, s in pairs]) * self.factor[:, [i for _, i, _ in pairs]]
        self.length = np.array([CATALOGUE[kind].length for kind, _, _ in pairs])
        self.lanes_lasting = {f"sensor.{s.name}.fault.{kind}": 3 for kind, _, s in pairs}
        return [kind for kind, _, _ in pairs], np.array([i for _, i, _ in pairs], np.int64)

    def _effects(self, sensors: Sequence[BaseSensor]) -> None:
        """(p, C) effect of each lasting fault of size 1 on every column."""
        widths = [len(s.channel_list) for s in sensors]
        starts, c = np.cumsum([0, *widths]), sum(widths)
        p = len(self.kinds)
        self.effect = np.zeros((4, p, c))
        for j, (kind, i) in enumerate(zip(self.kinds, self.owner, strict=True)):
            effect = sensors[i].fault_effects().get(kind)
            if effect is not None and widths[i]:
                part = slice(starts[i], starts[i + 1])
                values = (effect.gain, effect.offset, effect.slow, effect.late)
                for k, (value, neutral) in enumerate(zip(values, (1.0, 0.0, 1.0, 0.0), strict=True)):
                    self.effect[k, j, part] = np.asarray(value, float) - neutral

    def _seeds(self, seed: UInt64) -> None:
        self._streams = Streams(seed, self.lanes_lasting)

    def lanes(self) -> dict[str, int]:
        """Four draws per instrument and step: stuck, dropout, spike, size."""
        return dict.fromkeys(self.consumers, 4)

    # Time ----------------------------------------------------------------------------------------

    def start(self, sensors: Sequence[BaseSensor], arcing: Bool, draws: Draws, phase: int) -> None:
        """Stationary states: what lasts for weeks is the unit's own, the rest the run's."""
        self.step(np.inf, arcing, draws)
        if not self.kinds:
            return
        drawn = self._streams.draw(phase=phase, index=0)
        u = np.stack([drawn.uniform(k) for k in self.lanes_lasting], axis=1)
        for j, (kind, i) in enumerate(zip(self.kinds, self.owner, strict=True)):
            if CATALOGUE[kind].length > _OF_THE_RUN:
                sensor = sensors[i]
                own, _ = unit_uniforms(sensor.conditions.unit, f"sensor.{sensor.name}.unit.fault.{kind}", 2)
                u[:, j, :2] = own
        self.on = (u[:, :, 0] < self.rate / (self.rate + 1.0 / self.length)).astype(float)
        self.severity = 0.3 + 0.7 * u[:, :, 1]
        self.wait, self.changes = self._gap(self.on, u[:, :, 2]), np.ones(self.n, np.int64)

    def _gap(self, on: Float, u: Float) -> Float:
        """Seconds to the next change from a state and a uniform."""
        with np.errstate(divide="ignore"):
            up = np.where(self.rate > 0.0, 1.0 / self.rate, np.inf)
        gap: Float = -np.log(u) * np.where(on > 0.5, self.length, up)
        return gap

    def step(self, dt: float, arcing: Bool, draws: Draws) -> None:
        """Advance the short faults by dt seconds (infinite: stationary) and let the lasting ones change."""
        shape = self.n, len(self.names), 4
        u = draws.uniform(*self.consumers).reshape(shape).transpose(0, 2, 1)
        if dt not in self._chances:
            self._chances = {dt: self._chances_of(dt)}
        fresh, lasting, spike, arced = self._chances[dt]
        self.state = (u[:, :2] < np.where(self.state > 0.5, lasting, fresh)).astype(float)
        self.spike = u[:, 2] < np.where(arcing[:, None], arced, spike)
        self._wild, self.drawn = u[:, 2], u[:, 3]
        if np.isfinite(dt) and self.kinds:
            self.wait = self.wait - dt
            while (self.wait <= 0.0).any():
                self._change()

    def _chances_of(self, dt: float) -> tuple[Float, ...]:
        """Chances of the short faults at a step of dt seconds.

        Returns:
            To be stuck or dropped out where it was not, and where it was, each (n or 1, 2, I); of a spike without an
            arc, and with one, each (n or 1, I).
        """
        up, down = self.up, self.down
        fresh, lasting = (
            np.asarray(telegraph_probability(np.full(up.shape, x), dt, up, down), np.float64) for x in (0.0, 1.0)
        )
        return fresh, lasting, -np.expm1(-self.spike_rate), -np.expm1(-self.spike_rate * FAULTS.spike_arcing)

    @property
    def size(self) -> Float:
        """(n, I) size of a spike of this step, a standard normal."""
        out: Float = ndtri(self.drawn)
        return out

    @property
    def pick(self) -> Float:
        """(n, I) which channel a spike of this step hits, 0 to 1."""
        return np.asarray(np.mod(self.drawn * 65536.0, 1.0))

    def _change(self) -> None:
        """Let every lasting fault whose time has come change, and draw when it will change next."""
        due = self.wait <= 0.0
        drawn = self._streams.draw(phase=0, index=self.changes.astype(np.uint32))
        u = np.stack([drawn.uniform(k) for k in self.lanes_lasting], axis=1)
        on = np.where(due, 1.0 - self.on, self.on)
        self.severity = np.where(due & (on > 0.5), 0.3 + 0.7 * u[:, :, 1], self.severity)
        self.wait = np.where(due, self.wait + self._gap(on, u[:, :, 2]), self.wait)
        self.on, self.changes = on, self.changes + due.any(axis=1)

    def inject(self, causes: Mapping[str, Float]) -> Harm | bool | None:
        """Let the causes' faults act. Returns what the chain suffers now, or False where nothing has changed."""
        kind = causes.get("fault_kind")
        acting, self.forced = self.on * self.severity, None
        if kind is not None and kind.any():
            acting = self._force(acting, kind.astype(np.int64), causes)
        if np.array_equal(acting, self.acting):
            return False
        self.acting = acting
        return self.harm()

    def _force(self, acting: Float, kind: Int, causes: Mapping[str, Float]) -> Float:
        """Override the states of the rows with an injected fault; (n, p) sizes."""
        which = np.clip(causes["fault_sensor"].astype(np.int64), 0, len(self.column) - 1)
        mine = self.column[which][:, None] == np.arange(len(self.names))
        size = causes["fault_size"][:, None]
        self.forced = np.stack([mine & (kind == code)[:, None] for code in (self.STUCK, self.DROPOUT)], axis=1)
        self.spike = self.spike | mine & (kind == self.SPIKE)[:, None] & (self._wild < FAULTS.spike_injected * size)
        codes = np.array([CODES[k] for k in self.kinds], np.int64)
        forced = mine[:, self.owner] & (kind[:, None] == codes)
        out: Float = np.where(forced, np.maximum(acting, size), acting)
        return out

    def harm(self) -> Harm | None:
        """(n, C) effect of what acts now on the chain; None where nothing does."""
        if not self.acting.any() or not self.effect.any():
            return None
        c = self.effect.shape[2]
        gain, offset, slow, late = (
            np.ones((self.n, c)),
            np.zeros((self.n, c)),
            np.ones((self.n, c)),
            np.zeros((self.n, c)),
        )
        for j in np.flatnonzero(self.acting.any(axis=0)):
            size = self.acting[:, j, None]
            gain *= np.maximum(1.0 + size * self.effect[0, j], 0.0)
            offset += size * self.effect[1, j]
            slow *= np.maximum(1.0 + size * self.effect[2, j], 0.1)
            late += size * self.effect[3, j]
        return Harm(gain, offset, slow, late)

    def tell(self, sensors: Sequence[BaseSensor]) -> None:
        """Give the instruments the sizes of their lasting faults (see :meth:`BaseSensor.failing`)."""
        for j, (kind, i) in enumerate(zip(self.kinds, self.owner, strict=True)):
            sensors[i].faulty[kind] = self.acting[:, j]

    # What the suite asks -------------------------------------------------------------------------

    @property
    def stuck(self) -> Bool:
        """(n, I) stuck at the last value."""
        return self._short(0)

    @property
    def dropout(self) -> Bool:
        """(n, I) no answer on the bus."""
        return self._short(1)

    def _short(self, k: int) -> Bool:
        out: Bool = self.state[:, k] > 0.5
        return out if self.forced is None else out | self.forced[:, k]

    def flags(self) -> Any:
        """(n, I) uint32 status bits that the parts raise about lasting faults, or 0 where nothing acts; read-only."""
        if self._flagged[0] is not self.acting:
            self._flagged = self.acting, self._flags()
        return self._flagged[1]

    def _flags(self) -> Any:
        if not self.acting.any():
            return np.uint32(0)
        out = np.zeros((self.n, len(self.names)), np.uint32)
        for j in np.flatnonzero(self.acting.any(axis=0)):
            flag = CATALOGUE[self.kinds[j]].flag
            if flag:
                out[:, self.owner[j]] |= np.where(self.acting[:, j] > 0.0, np.uint32(Status[flag]), np.uint32(0))
        return out

    def codes(self) -> Int:
        """(n, I) hidden fault codes, see :data:`CODES`; short faults first."""
        out: Int = np.where(
            self.dropout, self.DROPOUT, np.where(self.stuck, self.STUCK, np.where(self.spike, self.SPIKE, 0))
        )
        for j in np.flatnonzero(self.acting.any(axis=0)):
            i = self.owner[j]
            out[:, i] = np.where((out[:, i] == 0) & (self.acting[:, j] > 0.0), CODES[self.kinds[j]], out[:, i])
        return out

    def take(self, rows: Int, seed: UInt64) -> Faults:
        """A copy of some rows under new run seeds."""
        other = object.__new__(Faults)
        other.__dict__.update(self.__dict__)
        other.n = len(rows)
        other._chances = {}
        for key in ("state", "spike", "drawn", "on", "wait", "severity", "acting", "changes"):
            setattr(other, key, getattr(self, key)[rows])
        for key in ("factor", "up", "spike_rate", "rate"):
            value = getattr(self, key)
            setattr(other, key, value[rows] if len(value) > 1 else value)
        other.forced = None if self.forced is None else self.forced[rows]
        other._seeds(seed)
        return other
