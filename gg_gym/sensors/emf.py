"""The field probe: three-axis magnetic and electric fields at power frequency, harmonics, and arcing between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gg_gym.equations.bounds import clip
from gg_gym.equations.spectrum import (
    distortion,
    harmonic_phasors,
    high_pass,
    leakage,
    low_pass,
    periodic_wave,
    sequence_components,
)
from gg_gym.parameters.emf import FRONT_END, PATTERN, PatternLimits
from gg_gym.parameters.emf_probe import PROBE, SPECTRAL_GAIN
from gg_gym.physics.lightning import flash_field
from gg_gym.physics.state import HARMONICS, Environment3DState
from gg_gym.physics.surface_wetness import wet_share
from gg_gym.sensors.base import SENSORS, BaseSensor, Channel, Climate, Coefficients
from gg_gym.sensors.status import Status
from gg_gym.units import Bool, Float, Int, UInt32

B, E, FREQUENCY, THD_B, THD_E, HB, HE, INTER, BURST = (
    slice(0, 3), slice(3, 6), 6, 7, 8, slice(9, 17), slice(17, 25), 25, 26,
)  # fmt: skip
WIDTH = 27
_ROOT2 = 2.0**0.5
_ORDERS = np.array(HARMONICS)
_WAVES = np.array(HARMONICS, dtype=np.float64)
_PHASE = 2.0 * np.pi * np.arange(FRONT_END.points) / FRONT_END.points
_DRY, _LOW_PASS = np.array(PROBE.high_pass), np.array(FRONT_END.low_pass)
#: Classes of :func:`emf_pattern`.
PATTERNS: tuple[str, ...] = ("normal", "arcing", "corona", "harmonic", "asymmetric", "dead")


@SENSORS.register("emf_probe")
class FieldProbe(BaseSensor):
    """27 channels; the chain carries absolute harmonics, the firmware divides by the measured fundamental."""

    key = "emf_probe"
    saturating = slice(0, 6)
    analog = True
    warm_up = 2.0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.unit["b"], self.unit["e"] = self._axes("b", PROBE.gain_b), self._axes("e", PROBE.gain_e)
        self.unit["tempco"] = PROBE.tempco * self.spread("tempco", 2)
        self.unit["clock"] = 1.0 + PROBE.clock * self.spread("clock", 1)
        self.unit["common"] = self.spread("common", 3)
        self.memory["over"], self.memory["pulse"] = np.zeros(self.n, bool), np.zeros(self.n)
        line = self.geometry.line
        self.nominal = line.frequency if line else 60.0

    def _axes(self, kind: str, gain: float) -> Float:
        """(n, 3, 3) gain, small rotation and cross-axis response of the unit's three axes."""
        turn, cross = (
            PROBE.misalign * self.spread(f"turn_{kind}", 3),
            PROBE.cross_axis * self.spread(f"cross_{kind}", 9),
        )
        out = np.tile(np.eye(3), (self.n, 1, 1)) + cross.reshape(-1, 3, 3) * (1.0 - np.eye(3))
        for (i, j), axis in (((0, 1), 2), ((2, 0), 1), ((1, 2), 0)):
            out[:, i, j] -= turn[:, axis]
            out[:, j, i] += turn[:, axis]
        scaled: Float = out * (1.0 + gain * self.spread(f"gain_{kind}", 3))[:, :, None]
        return scaled

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """27 channels."""
        name, orders = config.name, HARMONICS[1:]
        b = [Channel(f"B_{a}", name, "uT", 0.0, PROBE.limit_b, 3.0, 2.0) for a in "xyz"]
        e = [Channel(f"E_{a}", name, "V/m", 0.0, PROBE.limit_e, 100.0, 150.0) for a in "xyz"]
        rest = [Channel("frequency", name, "Hz", 40.0, 70.0, 60.0, 0.01)]
        rest += [Channel(f"thd_{k}", name, "1", 0.0, 10.0, 0.1, 0.05) for k in "BE"]
        rest += [Channel(f"{k}_h{o}", name, "1", 0.0, 5.0, 0.01, 0.01) for k in "BE" for o in orders]
        rest += [
            Channel("interharmonic", name, "1", 0.0, 10.0, 0.001, 0.002),
            Channel("burst_rate", name, "1/s", 0.0, 1000.0, 0.0, 2.0),
        ]
        return (*b, *e, *rest)

    def coefficients(self) -> Coefficients:
        """Noise floors per spectral bin; quanta of averaged spectra."""
        white, relative, lsb = np.zeros(WIDTH), np.zeros(WIDTH), np.full(WIDTH, 1e-5)
        white[B], white[E], white[HB], white[HE] = PROBE.floor_b, PROBE.floor_e, PROBE.floor_b, PROBE.floor_e
        white[FREQUENCY], white[INTER], white[BURST] = PROBE.frequency_white, PROBE.inter_white, 0.05
        relative[B], relative[E], relative[BURST], relative[INTER] = 0.002, 0.003, 0.1, 0.05
        lsb[B], lsb[E], lsb[FREQUENCY], lsb[BURST] = PROBE.lsb_b / SPECTRAL_GAIN, PROBE.lsb_e / SPECTRAL_GAIN, 1e-3, 1.0
        return Coefficients.of(self.n, WIDTH, white=white, relative=relative, lsb=lsb)

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 27): rms per axis, absolute resultant harmonics; the same along the fine axis."""
        seen_b, seen_e, over = self.seen(state, climate.body)
        out, leaks = np.zeros((self.n, WIDTH)), self._leaks(state) ** 2
        for axes, harmonics, seen in ((B, HB, seen_b), (E, HE, seen_e)):
            size = np.abs(seen)
            out[:, axes] = size[..., 0]
            square = size**2
            total = square[:, 0] + square[:, 1] + square[:, 2]
            out[:, harmonics] = np.sqrt(total[:, 1:] + total[:, :1] * leaks)
        self._discharge(state, out)
        self.memory["over"] = over | (self.memory["pulse"] > PROBE.limit_e)
        return np.broadcast_to(out[:, None], (self.n, state.substeps, WIDTH))

    def seen(self, state: Environment3DState, body: Float) -> tuple[Any, Any, Bool]:
        """What the converters tell: :meth:`front` clipped at their limits, and who clips (n,)."""
        seen_b, seen_e = self.front(state, body)
        seen_b, over_b = _clip(seen_b, PROBE.limit_b)
        seen_e, over_e = _clip(seen_e, PROBE.limit_e)
        return seen_b, seen_e, over_b | over_e

    def front(self, state: Environment3DState, body: Float) -> tuple[Any, Any]:
        """What reaches the converters: complex rms phasors (n, 3, H) of B [uT] and E [V/m].

        Args:
            state: the world now.
            body: (n,) temperature of the electronics [Cel].
        """
        e, b = state.electric_field(self.points)[:, 0], state.magnetic_field(self.points)[:, 0] * 1e6
        film = -np.expm1(-state.rain / 2.0)
        if "wetness.film" in state.memory:
            film = np.maximum(film, wet_share(state).mean(axis=1))
        f = self.frequency(state)[:, None] * _ORDERS
        # the firmware corrects the dry corner; what rain adds is not known to it
        response = high_pass(f, (PROBE.high_pass + PROBE.wet_corner * film)[:, None]) / high_pass(f, _DRY)
        passed = low_pass(f, _LOW_PASS)
        response = response * passed
        warm = 1.0 + self.unit["tempco"] * (body - 25.0)[:, None]
        # all gains are real, so real and imaginary parts go side by side, (n, 3, 2 H)
        e, b = (np.ascontiguousarray(x).view(np.float64) for x in (e, b))
        seen_e = _turned(self.unit["e"], e)
        seen_e *= np.repeat(response * warm[:, 1:], 2, axis=1)[:, None]
        seen_b = _turned(self.unit["b"], b)
        seen_b *= np.repeat(warm[:, :1] * passed, 2, axis=1)[:, None]
        seen_b += PROBE.crosstalk * e
        common = FRONT_END.common_dry * (FRONT_END.common_wet / FRONT_END.common_dry) ** film
        seen_e += (self.unit["common"] * common[:, None])[..., None] * e[:, 2:]
        return seen_b.view(np.complex128), seen_e.view(np.complex128)

    def frequency(self, state: Environment3DState) -> Float:
        """(n,) frequency of the mains [Hz]: a module's ``line.frequency``, else the nominal one."""
        value: Float | None = state.memory.get("line.frequency")
        return np.full(self.n, self.nominal) if value is None else value

    def _leaks(self, state: Environment3DState) -> Float:
        """(n, 8) share of the fundamental that leaks into each harmonic's bin where the mains is off its nominal."""
        off = (self.frequency(state) * self.unit["clock"][:, 0] - self.nominal) * FRONT_END.window
        return np.asarray(leakage(off[:, None], (_ORDERS[1:] - 1) * self.nominal * FRONT_END.window), np.float64)

    def _discharge(self, state: Environment3DState, out: Float) -> None:
        """Frequency, energy between harmonics, restrikes per second that reach the probe, and pulses of lightning."""
        out[:, FREQUENCY] = self.frequency(state) * self.unit["clock"][:, 0]
        arcing = np.flatnonzero(state.arc_on)
        if arcing.size:
            away = np.sqrt(((state.arc_position[arcing] - self.points[0]) ** 2).sum(-1))
            out[arcing, BURST] = 2.0 * self.nominal / (1.0 + (away / PROBE.burst_reach) ** 2)
        sparks = state.memory.get("discharges.gap_on")
        if sparks is not None and sparks.any():
            off = np.sqrt(((state.memory["discharges.sound_position"] - self.points[0]) ** 2).sum(-1))
            rate = state.memory["discharges.gap_rate"] / (1.0 + (off / PROBE.burst_reach) ** 2)
            out[:, BURST] += np.where(sparks, rate, 0.0)
        out[:, INTER] = state.interharmonic
        self.memory["pulse"] = np.zeros(self.n)
        if "lightning.age" not in state.memory:
            return
        recent = state.memory["lightning.age"] < FRONT_END.transient_span
        rows = np.flatnonzero(recent.any(axis=1))
        if rows.size:
            now = recent[rows]
            peak = np.where(now, np.abs(flash_field(state, rows)), 0.0).max(axis=1)
            rms = peak * (FRONT_END.transient / FRONT_END.window) ** 0.5
            share = rms / np.maximum(np.sqrt((out[rows, E] ** 2).sum(1)), PROBE.floor_e)
            out[rows, INTER] = np.minimum(np.hypot(out[rows, INTER], share), 10.0)
            out[rows, BURST] += np.where(now, state.memory["lightning.strokes"][rows], 0.0).sum(axis=1)
            self.memory["pulse"][rows] = peak

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 27) of the undisturbed field."""
        e, b = state.electric_field(self.points)[:, 0], state.magnetic_field(self.points)[:, 0] * 1e6
        out = np.zeros((self.n, WIDTH))
        for axes, harmonics, thd, seen in ((B, HB, THD_B, b), (E, HE, THD_E, e)):
            out[:, axes] = np.abs(seen[..., 0])
            resultant = np.sqrt((np.abs(seen) ** 2).sum(1))
            ratio = resultant[:, 1:] / clip(resultant[:, :1], 1e-9, None)
            out[:, harmonics] = clip(ratio, 0.0, 5.0)
            out[:, thd] = clip(np.sqrt((ratio**2).sum(1)), 0.0, 10.0)
        self._discharge(state, out)
        out[:, FREQUENCY] = self.frequency(state)
        return out

    def compensate(self, raw: Float, readings: Mapping[str, Float], dt: float) -> Float:
        """Magnitudes; harmonics relative to the measured fundamental, with the analyser's own distortion."""
        out = np.abs(raw)
        floors = ((B, HB, THD_B, PROBE.floor_b), (E, HE, THD_E, PROBE.floor_e))
        for axes, harmonics, thd, floor in floors:
            square = out[:, axes] ** 2
            fundamental = np.sqrt(square[:, 0] + square[:, 1] + square[:, 2])[:, None]
            ratio = out[:, harmonics] / np.maximum(fundamental, floor)
            ratio = np.sqrt(ratio**2 + PROBE.thd_floor**2 / 8.0)
            out[:, harmonics] = ratio
            out[:, thd] = np.sqrt((ratio**2).sum(1))
        return out

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """OVERRANGE_EMF while the front end clips (the part's own flag); DISTURBER for a window with a pulse."""
        over = np.where(self.memory["over"], int(Status.OVERRANGE_EMF), 0)
        pulse = np.where(self.memory["pulse"] > PROBE.limit_e * 1e-2, int(Status.DISTURBER), 0)
        return (over | pulse).astype(np.uint32)


def _turned(axes: Float, field: Float) -> Float:
    """(n, 3, k) that axes (n, 3, 3) make of (n, 3, k); a sum over axes: the same bits for any batch."""
    out: Float = axes[:, :, 0, None] * field[:, None, 0]
    for i in (1, 2):
        out += axes[:, :, i, None] * field[:, None, i]
    return out


def _clip(seen: Any, limit: float) -> tuple[Any, Bool]:
    """Clip the *waveform* of each axis at +-limit: phasors (n, 3, H) of what is left, and who clipped (n,)."""
    over: Any = (_ROOT2 * np.abs(seen).sum(axis=2) > limit).any(axis=1)
    rows = np.flatnonzero(over)
    if rows.size:
        wave = periodic_wave(seen[rows].real, seen[rows].imag, _WAVES, _PHASE)
        over[rows] = (np.abs(wave) > limit).any(axis=(1, 2))
        real, imag = harmonic_phasors(np.minimum(np.maximum(wave, -limit), limit), _WAVES, _PHASE)
        seen = seen.copy()
        seen[rows] = real + 1j * imag
    return seen, over


def emf_pattern(state: Environment3DState, limits: PatternLimits = PATTERN) -> Int:
    """(n,) what is wrong with the field around the pole, an index into :data:`PATTERNS`; from the physical state.

    The first that holds of: a dead line, an arc or sparks, corona, distorted current, unbalanced current.
    """
    quiet, line = np.zeros(state.n, bool), state.geometry.line
    arcing: Any = state.arc_on | (state.interharmonic > limits.broadband) | state.memory.get("discharges.gap_on", quiet)
    corona = state.memory.get("discharges.corona", np.zeros(state.n)) > limits.corona
    harmonic: Any = quiet
    asymmetric, dead = quiet, quiet
    if line is not None and state.current.size:
        amplitude = np.abs(state.current)
        total = np.asarray(distortion(amplitude[..., 0], amplitude[..., 1:]), np.float64)
        harmonic = (total > limits.harmonic).any(axis=1)
        dead = (np.abs(state.voltage[..., 0]) < limits.dead * line.voltage / 3.0**0.5).all(axis=1)
        if amplitude.shape[1] == 3:
            first = state.current[..., 0]
            zero, one, two = sequence_components(first.real, first.imag)
            larger = np.maximum(one, two)  # either order of the phases counts as the right one
            asymmetric = np.maximum(zero, np.minimum(one, two)) > limits.asymmetric * np.maximum(larger, 1e-9)
    return np.select([dead, arcing, corona, harmonic, asymmetric], [5, 1, 2, 3, 4], 0).astype(np.int64)
