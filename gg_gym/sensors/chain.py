"""The stacked chain: lag, climate, unit, drift and noise of all channels of all instruments at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from gg_gym.equations.signal import (
    flicker_sigma,
    hold_weights,
    lag_step,
    ou_weights,
    pole_time,
    spectral_ou,
    telegraph_probability,
)
from gg_gym.parameters.imperfections import DRIFT_WAVES, FLICKER_CORNERS, YEAR
from gg_gym.sensors.base import BaseSensor, Coefficients, unit_uniforms
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

POLES = pole_time(np.array(FLICKER_CORNERS))
_PER_ROW = ("rise", "fall", "gain", "offset")


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
        self.zeros, self.spans = np.flatnonzero(self.c.zero_sd), np.flatnonzero(self.c.span_sd)
        self.flickers, self.blinks = np.flatnonzero(self.c.flicker), np.flatnonzero(self.c.telegraph)
        self.flicker_sd = flicker_sigma(self.c.flicker[self.flickers])[:, None]
        self.age = sensors[0].conditions.age
        self.m: dict[str, Any] = {"zero": self._unit_drift(sensors, "zero"), "span": self._unit_drift(sensors, "span")}
        self._lags: dict[float, Any] = {}
        self._steps: dict[float, dict[str, tuple[Float, Float]]] = {}

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
        if self.flickers.size:
            z = self._normal(draws, "flicker").reshape(n, -1, len(POLES))
            self.m["flicker"] = self.flicker_sd * z
        if self.blinks.size:
            self.m["telegraph"] = (self._normal(draws, "telegraph") > 0).astype(float)
        lag: Float = self.m["lag"]
        return lag

    def lag(self, x: Float, h: float, rest: float) -> Float:
        """Advance the lags over ``rest`` seconds of constant input, then over M steps of h seconds of linear input."""
        y, last = self.m["lag"], self.m["last"]
        if rest > 1e-9:
            tau = np.where(x[:, 0] >= y, self.c.rise, self.c.fall)
            y = x[:, 0] + (y - x[:, 0]) * np.exp(-rest / tau)
            last = x[:, 0]
        if h not in self._lags:
            self._lags[h] = hold_weights(h, self.c.rise), hold_weights(h, self.c.fall)
        rise, fall = self._lags[h]
        for j in range(x.shape[1]):
            y = lag_step(y, last, x[:, j], rise, fall)
            last = x[:, j]
        self.m["lag"], self.m["last"] = y, last.copy()
        out: Float = y
        return out

    def disturb(
        self, lagged: Float, span: Float, zero: Float, dt: float, draws: Draws | None
    ) -> tuple[Float, dict[str, Float]]:
        """Raw values (n, C) from lagged input, climate's span and zero; and the hidden state.

        Without ``draws`` there is no noise and no state advances.
        """
        c, m = self.c, self.m
        if draws is not None:
            self._advance(dt, draws)
        gain = c.gain * span
        if self.spans.size:
            gain[:, self.spans] *= np.exp(m["span"])
        offset = c.offset + zero
        if self.zeros.size:
            offset[:, self.zeros] += m["zero"]
        value = lagged * gain + offset
        if draws is None:
            return value, {}
        sigma = np.sqrt(c.white**2 + (c.relative * value) ** 2)
        noise = sigma * self._normal(draws, "white")
        if self.flickers.size:
            noise[:, self.flickers] += m["flicker"].sum(-1)
        if self.blinks.size:
            noise[:, self.blinks] += c.telegraph[self.blinks] * (m["telegraph"] - 0.5)
        return value + noise, {"lagged": lagged, "gain": gain, "offset": offset, "noise": noise}

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
        other.age, other._lags = age, {}
        return other
