"""Power and telemetry manager: the charge decides which instruments run and how often, the radio what arrives when.

Readings that are not taken or do not arrive are missing or stale, and the status says why: LOWBATT for want of charge,
COMM for what did not arrive, STALE for a repeated value. What waits for the next uplink is stored and arrives late.
What sleeps draws nothing (:class:`Draw`). Without tiers everything is on, always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gg_gym.parameters.battery_lfp import CONSUMERS
from gg_gym.parameters.manager import DUTIES, RADIO_SESSION, RADIO_STANDBY
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import BaseSensor
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.sensors.parts import unit_uniforms
from gg_gym.streams import Draws, uniforms
from gg_gym.units import Bool, Float, Int

register_cause(Cause("radio_loss", "1", 0.0, "share of stored samples that a disturbed radio loses"))
_TINY = 1e-9
#: Share of its demand below which the unit is down.
_SERVED = 0.5

Period = Annotated[float, Field(ge=0, le=86400.0)]


class Tier(BaseModel):
    """What runs from a state of charge upward.

    Attributes:
        charge: lowest state of charge at which this tier applies [1].
        every: instrument to seconds between its readings; 0 is its native rate, null is off [s].
        other: the same for instruments not named.
        uplink: seconds between transmissions; what was read between them waits; 0 sends every reading [s].
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    charge: float = Field(ge=0, le=1)
    every: dict[str, Period | None] = {}
    other: Period | None = 0.0
    uplink: Period = 0.0


class OperationalLogic(BaseModel):
    """The unit's operational logic; the default is that everything is always on and arrives.

    Attributes:
        tiers: from the highest charge down; the last must begin at 0. Estimates of a product's firmware.
        radio_lost: share of samples that never arrive [1] (estimated: 0 to 0.05).
        clock_offset: sd over units of an instrument's clock against the unit's [s] (estimated: 0 to 1).
        clock_drift: sd over units of its rate [1e-6] (recalled: 20 for crystals of watches).
        clock_sync: seconds between synchronisations [s].
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    tiers: tuple[Tier, ...] = ()
    radio_lost: float = Field(0.0, ge=0, le=1)
    clock_offset: float = Field(0.0, ge=0, le=60)
    clock_drift: float = Field(0.0, ge=0, le=1000)
    clock_sync: float = Field(86400.0, gt=0, le=31557600)

    @model_validator(mode="after")
    def _falling(self) -> OperationalLogic:
        charges = [t.charge for t in self.tiers]
        if charges and (charges[-1] != 0.0 or any(a <= b for a, b in pairwise(charges))):
            raise ValueError(f"tiers: charges {charges}; allowed: falling, the last 0")
        return self


@dataclass(frozen=True)
class Shift:
    """What the manager let happen at a sample.

    Attributes:
        asleep: (n, I) not read now, though on.    off: (n, I) without power.
        thinned: (n, I) read more seldom, or not at all, for want of charge.
        arrived: (n,) whether the sample reached the record; None where all do.
        delay: (n,) seconds until it arrives, infinite where it never does; None where all arrive at once.
    """

    asleep: Bool
    off: Bool
    thinned: Bool
    arrived: Bool | None
    delay: Float | None = None


def draw_shares(logic: OperationalLogic, configs: Sequence[SensorConfiguration]) -> Float:
    """(K,) share of the unit's full draw in each tier [1]: sleeping instruments and a quiet radio save theirs."""
    out, total = [], sum(CONSUMERS.values())
    for tier in logic.tiers:
        saved = 0.0
        for config in configs:
            duty, period = DUTIES.get(config.key), tier.every.get(config.name, tier.other)
            if duty is not None and period != 0.0:
                awake = 0.0 if period is None else min(duty.awake / period, 1.0)
                saved += CONSUMERS[duty.consumer] * duty.share * (1.0 - awake)
        busy = min(RADIO_SESSION / tier.uplink, 1.0) if tier.uplink else 1.0
        saved += CONSUMERS["radio"] * (1.0 - RADIO_STANDBY) * (1.0 - busy)
        out.append(1.0 - saved / total)
    return np.array(out)


def tier_of(charges: Float, state: Environment3DState) -> Int:
    """(n,) tier of each row's charge, of tiers that begin at ``charges`` (K,), falling; the best without a battery."""
    charge = state.memory.get("power.charge")
    if charge is None:
        return np.zeros(state.n, np.int64)
    out: Int = (charge[:, None] < charges).sum(axis=1)
    return np.minimum(out, len(charges) - 1)


class Draw:
    """What the unit draws at its charge, for the physics module ``power``.

    Args:
        logic: the operational logic.
        configs: the product's instruments.
    """

    def __init__(self, logic: OperationalLogic, configs: Sequence[SensorConfiguration]) -> None:
        self.charges, self.shares = np.array([t.charge for t in logic.tiers]), draw_shares(logic, configs)

    def publish(self, state: Environment3DState) -> None:
        """Write ``operation.share`` (n,) [1] into the state's memory; nothing without tiers.

        Called before a step of the physics, so that the step's load is that of the charge at its beginning.
        """
        if len(self.charges):
            state.memory["operation.share"] = self.shares[tier_of(self.charges, state)]


class Operation:
    """The manager of n units with I instruments.

    Args:
        logic: tiers, radio and clocks; instruments that the suite does not have are passed over.
        sensors: the instruments, in the suite's order.
        conditions: runs and units.
    """

    def __init__(self, logic: OperationalLogic, sensors: Sequence[BaseSensor], conditions: Conditions) -> None:
        self.logic, self.names, self.n = logic, [s.name for s in sensors], len(conditions)
        self.charges = np.array([t.charge for t in logic.tiers])
        rows = [[t.every.get(k, t.other) for k in self.names] for t in logic.tiers]
        #: (K, I) seconds between readings, infinite where an instrument is off; (K,) seconds between uplinks.
        self.every = np.array([[np.inf if x is None else x for x in row] for row in rows]).reshape(-1, len(self.names))
        self.uplink = np.array([t.uplink for t in logic.tiers])
        self.m: dict[str, Any] = {}

    def lanes(self) -> dict[str, int]:
        """One draw a step for lost uplinks."""
        return {"operation.radio": 1}

    def start(self, conditions: Conditions) -> None:
        """Duty cycles run since long: their phases are the run's."""
        u = uniforms(conditions.seed, "operation.phase", len(self.names) + 1)
        self.m = {"phase": u, "slept": np.full((self.n, len(self.names)), np.nan), "sent": np.full(self.n, np.nan)}

    def clocks(self, sensors: Sequence[BaseSensor]) -> Float | None:
        """(n, C) delay of every channel's clock [s]; None where all clocks are right."""
        logic = self.logic
        if logic.clock_offset == 0.0 and logic.clock_drift == 0.0:
            return None
        parts = []
        for s in sensors:
            u, z = unit_uniforms(s.conditions.unit, f"sensor.{s.name}.unit.clock", 3)
            since = u[:, 2] * logic.clock_sync
            late = np.abs(logic.clock_offset * z[:, 0] + 1e-6 * logic.clock_drift * z[:, 1] * since)
            parts.append(np.repeat(late[:, None], len(s.channel_list), axis=1))
        return np.concatenate(parts, axis=1)

    def step(self, state: Environment3DState, dt: float, draws: Draws) -> Shift | None:
        """Decide about one sample, ``dt`` seconds after the last; None where everything runs and arrives."""
        shape = self.n, len(self.names)
        lost = self.logic.radio_lost + state.causes.get("radio_loss", np.zeros(self.n))
        if not len(self.charges):
            if not lost.any():
                return None
            arrived: Bool = draws.uniform("operation.radio")[:, 0] >= lost
            none = np.zeros(shape, bool)
            return Shift(none, none, none, arrived, np.where(arrived, 0.0, np.inf))
        tier = tier_of(self.charges, state)
        period = self.every[tier]
        asleep, self.m["slept"] = self._duty("slept", period, dt, slice(0, shape[1]))
        _, self.m["sent"] = self._duty("sent", self.uplink[tier], dt, shape[1])
        served = state.memory.get("power.served")
        off = np.isinf(period) if served is None else np.isinf(period) | (served < _SERVED)[:, None]
        arrived = draws.uniform("operation.radio")[:, 0] >= lost
        # By the tier of now: charge that comes back in the meantime sends it sooner.
        since, every = self.m["sent"], self.uplink[tier]
        delay = np.where(since > 1e-6, np.maximum(every - since, 0.0), 0.0)
        delay = np.where(arrived, delay, np.inf)
        return Shift(asleep & ~off, off, off | (period > self.every[0]), arrived, delay)

    def _duty(self, key: str, period: Float, dt: float, phase: Any) -> tuple[Bool, Float]:
        """Whether a cycle still waits, and its new clock."""
        finite = np.where(np.isfinite(period), period, 0.0)
        old = self.m[key]
        since = np.where(np.isnan(old), self.m["phase"][:, phase] * finite, old) + dt
        due = since >= period - _TINY
        cycles = np.nonzero(finite > 0.0)
        rest = np.zeros(since.shape)
        if cycles[0].size:
            rest[cycles] = np.mod(since[cycles] + _TINY, np.maximum(finite[cycles], _TINY))
        return ~due, np.where(due, rest, since)

    def take(self, rows: Int) -> Operation:
        """A copy of some rows."""
        other = object.__new__(Operation)
        other.__dict__.update(self.__dict__)
        other.n, other.m = len(rows), {k: v[rows] for k, v in self.m.items()}
        return other
