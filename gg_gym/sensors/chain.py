"""The stacked chain: lag, non-linearity, climate, unit, drift, faults and noise of all channels of all instruments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from gg_gym.equations.signal import (
    flicker_sigma,
    hold_weights,
    lag_step,
    ou_weights,
    pole_time,
    soft_knee,
    spectral_ou,
    telegraph_probability,
)
from gg_gym.parameters.imperfections import DRIFT_WAVES, FLICKER_CORNERS, YEAR
from gg_gym.sensors.base import BaseSensor, Coefficients, unit_uniforms
from gg_gym.sensors.transport import Transport
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

POLES = pole_time(np.array(FLICKER_CORNERS))
_PER_ROW = ("rise", "fall", "dead", "gain", "offset")


@dataclass(frozen=True)
class Harm:
    """What faults do to the chain now: (n, C) factor, addend, factor on time constants, and delay [s]."""

    gain: Float
    offset: Float
    slow: Float
    late: Float

    def take(self, rows: Int) -> Harm:
        """Some rows."""
        return Harm(self.gain[rows], self.offset[rows], self.slow[rows], self.late[rows])


@dataclass(frozen=True)
class Lags:
    """Weights of a step of all channels; those whose output has forgotten its past need the last two inputs only.

    Attributes:
        slow: (k,) columns that need each fine step: they remember, or differ up and down.
        even: (e,) those of them that are alike up and down.
        weights: their weights (old output, old input, new input), each (n, e).
        uneven: (q,) the rest of the slow ones.
        rise, fall: their weights, each (n, q).
        before, now: (n, C) weights of the last two inputs, for the other columns.
    """

    slow: Int
    even: Int
    weights: tuple[Any, Any, Any]
    uneven: Int
    rise: tuple[Any, Any, Any]
    fall: tuple[Any, Any, Any]
    before: Float
    now: Float

    @classmethod
    def of(cls, rise: tuple[Any, Any, Any], fall: tuple[Any, Any, Any]) -> Lags:
        """Sort columns by their weights (old output, old input, new input), each (n, C), up and down."""
        alike = ((rise[0] == fall[0]) & (rise[1] == fall[1]) & (rise[2] == fall[2])).all(axis=0)
        forgets = ((rise[0] == 0.0) & (fall[0] == 0.0)).all(axis=0)
        even, uneven = np.flatnonzero(alike & ~forgets), np.flatnonzero(~alike)
        up, down = ((w[0][:, uneven], w[1][:, uneven], w[2][:, uneven]) for w in (rise, fall))
        weights = rise[0][:, even], rise[1][:, even], rise[2][:, even]
        return cls(np.sort([*even, *uneven]), even, weights, uneven, up, down, rise[1], rise[2])

    def advance(self, y: Float, last: Float, x: Float) -> Float:
        """(n, C) outputs after the inputs ``x`` (n, M, C), from outputs ``y`` and the input ``last`` before them."""
        m = x.shape[1]
        out: Float = self.before * (x[:, m - 2] if m > 1 else last)
        out += self.now * x[:, m - 1]
        if self.uneven.size:
            at: Any = last[:, self.uneven]
            old: Any = y[:, self.uneven]
            for j in range(m):
                now = x[:, j, self.uneven]
                old, at = lag_step(old, at, now, self.rise, self.fall), now
            out[:, self.uneven] = old
        if self.even.size:
            (keep, first, second), at, old = self.weights, last[:, self.even], y[:, self.even]
            for j in range(m):
                now = x[:, j, self.even]
                old = keep * old
                old += first * at
                old += second * now
                at = now
            out[:, self.even] = old
        return out


class Chain:
    """One (n, C) array per stage.

    Args:
        sensors: at least one instrument, in the suite's order (a camera has no columns).
    """

    def __init__(self, sensors: Sequence[BaseSensor]) -> None:
        self.names = [s.name for s in sensors]
        parts = [s.coefficients() for s in sensors]
        self.c = Coefficients(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts], axis=-1) for f in fields(Coefficients)}
        )
        self.parts = {s.name: p for s, p in zip(sensors, parts, strict=True)}
        #: Stage to (n, C) factor of the configurations' ranges; only stages that one of them names.
        self.factors = stack_factors(sensors)
        self._scale_constants()
        self.transport = Transport(self.c.dead)
        self.responses = responses(sensors)
        self.bent = np.flatnonzero(np.isfinite(self.c.knee))
        #: Delay of each channel's clock (n, C) [s], set by the operational logic; None is none.
        self.clock: Float | None = None
        self.harm: Harm | None = None
        self.zeros, self.spans = np.flatnonzero(self.c.zero_sd), np.flatnonzero(self.c.span_sd)
        self.flickers, self.blinks = np.flatnonzero(self.c.flicker), np.flatnonzero(self.c.telegraph)
        self.flicker_sd = flicker_sigma(self.c.flicker[self.flickers])[:, None]
        self.age = sensors[0].conditions.age
        self.m: dict[str, Any] = {"zero": self._unit_drift(sensors, "zero"), "span": self._unit_drift(sensors, "span")}
        self._lags: dict[float, Any] = {}
        self._steps: dict[float, dict[str, tuple[Float, Float]]] = {}

    def _scale_constants(self) -> None:
        """Scale time constants, unit spread and quanta by the units' factors."""
        f, c = self.factors, self.c
        self.lsb: Float = c.lsb * np.maximum(f["quantum"], 1e-9) if "quantum" in f else c.lsb
        if "lag" in f:
            rise, fall = (np.maximum(x * f["lag"], 1e-9) for x in (c.rise, c.fall))
            c = replace(c, rise=rise, fall=fall, dead=c.dead * f["lag"])
        if "gain_spread" in f:
            c = replace(c, gain=1.0 + (c.gain - 1.0) * f["gain_spread"])
        if "offset_spread" in f:
            c = replace(c, offset=c.offset * f["offset_spread"])
        self.c = c

    def hurt(self, harm: Harm | None) -> None:
        """Let faults act from now on (None: none)."""
        self.harm, self._lags = harm, {}

    def lanes(self) -> dict[str, int]:
        """Consumers of the chain, grouped by stage: "sensor.NAME.STAGE" to width."""
        out: dict[str, int] = {}
        self.consumers: dict[str, list[str]] = {s: [] for s in ("white", "zero", "span", "flicker", "telegraph")}
        for stage, names in self.consumers.items():
            for key, part in self.parts.items():
                values = getattr(part, stage if stage in ("white", "flicker", "telegraph") else f"{stage}_sd")
                width = values.size if stage == "white" else int((values > 0).sum())
                width *= len(POLES) if stage == "flicker" else 1
                if width:
                    names.append(f"sensor.{key}.{stage}")
                    out[names[-1]] = width
        return out

    def _normal(self, draws: Draws, stage: str) -> Float:
        return draws.normal(*self.consumers[stage])

    def _unit_drift(self, sensors: Sequence[BaseSensor], kind: str) -> Float:
        """(n, k) stationary drift of each unit at its age: the same unit at the same age drifts the same."""
        out = []
        for sensor in sensors:
            part = self.parts[sensor.name]
            sd, tau = getattr(part, f"{kind}_sd"), getattr(part, f"{kind}_time")
            sd, tau = sd[sd > 0], tau[sd > 0]
            if not sd.size:
                continue
            consumer = f"sensor.{sensor.name}.unit.{kind}_drift"
            u, _ = unit_uniforms(sensor.conditions.unit, consumer, sd.size * DRIFT_WAVES * 2)
            u = u.reshape(sensor.n, sd.size, DRIFT_WAVES, 2)
            frequency = np.tan(np.pi * (u[..., 0] - 0.5)) / tau[:, None]
            age = np.broadcast_to(sensor.conditions.age[:, None], (sensor.n, sd.size))
            out.append(sd * spectral_ou(age, frequency, 2 * np.pi * u[..., 1]))
        return np.concatenate(out, axis=1) if out else np.zeros((sensors[0].n, 0))

    def start(self, x: Float, draws: Draws) -> Float:
        """Lags at equilibrium with the input (n, M, C), noise states stationary; returns the lagged value."""
        n = len(x)
        self.m["lag"], self.m["last"] = x[:, -1].copy(), x[:, -1].copy()
        self.transport.start(x[:, -1])
        if self.flickers.size:
            z = self._normal(draws, "flicker").reshape(n, -1, len(POLES))
            self.m["flicker"] = self.flicker_sd * z
        if self.blinks.size:
            self.m["telegraph"] = (self._normal(draws, "telegraph") > 0).astype(float)
        lag: Float = self.m["lag"]
        return lag

    def lag(self, x: Float, h: float, rest: float) -> Float:
        """Advance the lags over ``rest`` seconds of constant input, then over M steps of h seconds of linear input.

        The input (n, M, C) is the air's at the inlets; behind a tube it arrives later.
        """
        y, last = self.m["lag"], self.m["last"]
        before, slow = y, 1.0 if self.harm is None else self.harm.slow
        rest = rest if rest > 1e-9 else 0.0
        level, old = x[:, 0], None
        if self.transport.columns.size:
            x, old = self.transport.push(x, h, rest)
        if rest:
            y, last = self._rest(y, last, level, old, rest, slow)
        if h not in self._lags:
            self._lags[h] = Lags.of(hold_weights(h, self.c.rise * slow), hold_weights(h, self.c.fall * slow))
        y = self._lags[h].advance(y, last, x)
        self.m["lag"], self.m["last"] = y, x[:, -1].copy()
        late = self._late()
        if late is None:
            out: Float = y
            return out
        share = np.minimum(late / max(rest + x.shape[1] * h, 1e-9), 1.0)
        return np.asarray(y - share * (y - before))

    def _rest(self, y: Float, last: Float, level: Float, old: Float | None, rest: float, slow: Any) -> Any:
        """Outputs (n, C) and the input at their end after ``rest`` seconds: what is in the tubes, then ``level``."""
        left, end = np.full(y.shape, rest), level
        if old is not None:
            k = self.transport.columns
            first = np.minimum(self.transport.dead, rest)
            held = np.broadcast_to(slow, y.shape)[:, k]
            tau = np.where(old >= y[:, k], self.c.rise[:, k], self.c.fall[:, k]) * held
            a, b, c = hold_weights(1.0, tau / np.maximum(first, 1e-9))
            y, end = y.copy(), level.copy()
            y[:, k] = np.where(first > 0.0, a * y[:, k] + b * last[:, k] + c * old, y[:, k])
            left[:, k] -= first
            end[:, k] = np.where(left[:, k] > 0.0, level[:, k], old)
        tau = np.where(level >= y, self.c.rise, self.c.fall) * slow
        return level + (y - level) * np.exp(-left / tau), end

    def _late(self) -> Float | None:
        """(n, C) delay of clocks [s], or None where every clock is right; beyond one step it counts as one."""
        if self.harm is None or not self.harm.late.any():
            return self.clock
        return self.harm.late if self.clock is None else self.clock + self.harm.late

    def disturb(
        self, lagged: Float, span: Float, zero: Float, dt: float, draws: Draws | None
    ) -> tuple[Float, dict[str, Float]]:
        """Raw values (n, C) from lagged input, climate's span and zero; and the hidden state.

        Without ``draws`` there is no noise and no state advances.
        """
        if draws is not None:
            self._advance(dt, draws)
        gain, offset = self._terms(span, zero)
        value = lagged * gain
        if self.bent.size:
            value[:, self.bent] = soft_knee(value[:, self.bent], self.c.knee[self.bent])
        value += offset
        for column, (inputs, outputs) in self.responses.items():
            value[:, column] = np.interp(value[:, column], inputs, outputs)
        if draws is None:
            return value, {}
        noise = self._noise(value, draws)
        value += noise
        return value, {"lagged": lagged, "gain": gain, "offset": offset, "noise": noise}

    def _terms(self, span: Float, zero: Float) -> tuple[Float, Float]:
        """(n, C) gain and offset of unit, climate, drift and faults together."""
        c, m, climate, drift = self.c, self.m, self.factors.get("climate"), self.factors.get("drift")
        if climate is not None:
            span, zero = 1.0 + (span - 1.0) * climate, zero * climate
        gain, offset = c.gain * span, c.offset + zero
        if self.spans.size:
            gain[:, self.spans] *= np.exp(m["span"] if drift is None else m["span"] * drift[:, self.spans])
        if self.zeros.size:
            offset[:, self.zeros] += m["zero"] if drift is None else m["zero"] * drift[:, self.zeros]
        if self.harm is not None:
            gain *= self.harm.gain
            offset += self.harm.offset
        return gain, offset

    def _noise(self, value: Float, draws: Draws) -> Float:
        """(n, C) white, flicker and telegraph noise."""
        c, m, factor = self.c, self.m, self.factors.get("noise")
        noise = c.relative * value
        np.square(noise, out=noise)
        noise += c.white**2
        np.sqrt(noise, out=noise)
        noise *= self._normal(draws, "white")
        if self.flickers.size:
            noise[:, self.flickers] += m["flicker"].sum(-1)
        if self.blinks.size:
            noise[:, self.blinks] += c.telegraph[self.blinks] * (m["telegraph"] - 0.5)
        out: Float = noise if factor is None else noise * factor
        return out

    def _advance(self, dt: float, draws: Draws) -> None:
        """Step drifts, flicker and telegraph signals by dt seconds (exact)."""
        c, m = self.c, self.m
        if dt not in self._steps:
            self._steps = {dt: self._weights(dt)}
        weights = self._steps[dt]
        for stage, index in (("zero", self.zeros), ("span", self.spans)):
            if index.size:
                keep, fresh = weights[stage]
                m[stage] = keep * m[stage] + fresh * self._normal(draws, stage)
        if self.flickers.size:
            keep, fresh = weights["flicker"]
            z = self._normal(draws, "flicker").reshape(len(m["flicker"]), -1, len(POLES))
            m["flicker"] = keep * m["flicker"] + fresh * z
        if self.blinks.size:
            rate = 1.0 / c.dwell[self.blinks]
            u = draws.uniform(*self.consumers["telegraph"])
            m["telegraph"] = (u < telegraph_probability(m["telegraph"], dt, rate, rate)).astype(float)

    def _weights(self, dt: float) -> dict[str, tuple[Float, Float]]:
        """Weights (old value, standard normal) of drifts and flicker over dt seconds."""
        out = {}
        for stage, index in (("zero", self.zeros), ("span", self.spans)):
            keep, fresh = ou_weights(dt / YEAR, getattr(self.c, f"{stage}_time")[index])
            out[stage] = keep, fresh * getattr(self.c, f"{stage}_sd")[index]
        keep, fresh = ou_weights(dt, POLES)
        out["flicker"] = keep, fresh * self.flicker_sd
        return out

    def take(self, rows: Int, age: Float) -> Chain:
        """A copy of some rows."""
        other = object.__new__(Chain)
        other.__dict__.update(self.__dict__)
        changed = {k: getattr(self.c, k)[rows] for k in _PER_ROW}
        other.c = Coefficients(**{f.name: changed.get(f.name, getattr(self.c, f.name)) for f in fields(Coefficients)})
        other.m = {k: v[rows] for k, v in self.m.items()}
        other.factors = {k: v[rows] for k, v in self.factors.items()}
        other.lsb = self.lsb[rows] if self.lsb.ndim == 2 else self.lsb
        other.clock = None if self.clock is None else self.clock[rows]
        other.transport = self.transport.take(rows)
        other.harm = None if self.harm is None else self.harm.take(rows)
        other.age, other._lags = age, {}
        return other


def stack_factors(sensors: Sequence[BaseSensor]) -> dict[str, Float]:
    """Stage to (n, C) factors, ones where an instrument's configuration does not name the stage."""
    out: dict[str, Float] = {}
    for stage in dict.fromkeys(k for s in sensors for k in s.factors):
        parts = [np.broadcast_to(s.factor(stage), (s.n, max(len(s.channel_list), 1))) for s in sensors]
        parts = [p[:, : len(s.channel_list)] for p, s in zip(parts, sensors, strict=True)]
        out[stage] = np.concatenate(parts, axis=1)
    return out


def responses(sensors: Sequence[BaseSensor]) -> dict[int, tuple[Float, Float]]:
    """Column to (inputs, outputs) of the configured non-linearities."""
    out: dict[int, tuple[Float, Float]] = {}
    start = 0
    for sensor in sensors:
        names = [c.name for c in sensor.channel_list]
        for channel, table in sensor.config.response.items():
            out[start + names.index(channel)] = np.array(table)[:, 0], np.array(table)[:, 1]
        start += len(names)
    return out
