"""The field probe: three-axis magnetic and electric fields at power frequency, harmonics, and arcing between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gg_gym.equations.bounds import clip
from gg_gym.equations.signal import clipped_sine
from gg_gym.parameters.emf_probe import PROBE, SPECTRAL_GAIN
from gg_gym.physics.state import HARMONICS, Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Channel, Climate, Coefficients
from gg_gym.sensors.status import Status
from gg_gym.units import Float, UInt32

B, E, FREQUENCY, THD_B, THD_E, HB, HE, INTER, BURST = (
    slice(0, 3), slice(3, 6), 6, 7, 8, slice(9, 17), slice(17, 25), 25, 26,
)  # fmt: skip
WIDTH = 27
_ROOT2 = 2.0**0.5
_ORDERS = np.array(HARMONICS)


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
        self.memory["over"] = np.zeros(self.n, bool)
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
        e, b = state.electric_field(self.points)[:, 0], state.magnetic_field(self.points)[:, 0] * 1e6
        wet = PROBE.high_pass + PROBE.wet_corner * -np.expm1(-state.rain / 2.0)
        f = self.nominal * _ORDERS
        response = np.hypot(f, PROBE.high_pass) / np.hypot(f, wet[:, None])
        warm = 1.0 + self.unit["tempco"] * (climate.body - 25.0)[:, None]
        # written as a sum over axes: elementwise, the same bits for any batch
        seen_e = (self.unit["e"][..., None] * e[:, None]).sum(2) * (response * warm[:, 1:])[:, None]
        seen_b = (self.unit["b"][..., None] * b[:, None]).sum(2) * warm[:, :1, None] + PROBE.crosstalk * e
        out = np.zeros((self.n, WIDTH))
        limits = ((B, HB, seen_b, PROBE.limit_b), (E, HE, seen_e, PROBE.limit_e))
        over = np.zeros(self.n, bool)
        for axes, harmonics, seen, limit in limits:
            axis, order = np.abs(seen[..., 0]), np.sqrt((np.abs(seen[..., 1:]) ** 2).sum(1))
            out[:, axes], out[:, harmonics], clipped = _clip(axis, order, limit)
            over |= clipped
        self.memory["over"] = over
        self._discharge(state, out)
        return np.repeat(out[:, None], state.substeps, axis=1)

    def _discharge(self, state: Environment3DState, out: Float) -> None:
        """Frequency, energy between harmonics, and restrikes per second that reach the probe."""
        out[:, FREQUENCY] = self.nominal * self.unit["clock"][:, 0]
        out[:, INTER] = state.interharmonic
        away = np.sqrt(((state.arc_position - self.points[0]) ** 2).sum(-1))
        out[:, BURST] = np.where(state.arc_on, 2.0 * self.nominal / (1.0 + (away / PROBE.burst_reach) ** 2), 0.0)

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
        out[:, FREQUENCY] = self.nominal
        return out

    def compensate(self, raw: Float, readings: Mapping[str, Float], dt: float) -> Float:
        """Magnitudes; harmonics relative to the measured fundamental, with the analyser's own distortion."""
        out = np.abs(raw)
        floors = ((B, HB, THD_B, PROBE.floor_b), (E, HE, THD_E, PROBE.floor_e))
        for axes, harmonics, thd, floor in floors:
            fundamental = np.sqrt((out[:, axes] ** 2).sum(1))[:, None]
            ratio = out[:, harmonics] / np.maximum(fundamental, floor)
            ratio = np.sqrt(ratio**2 + PROBE.thd_floor**2 / 8.0)
            out[:, harmonics] = ratio
            out[:, thd] = np.sqrt((ratio**2).sum(1))
        return out

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """OVERRANGE_EMF while the front end clips (the part's own flag)."""
        return np.where(self.memory["over"], int(Status.OVERRANGE_EMF), 0).astype(np.uint32)


def _clip(axis: Float, harmonics: Float, limit: float) -> tuple[Float, Float, Any]:
    """Clip the waveform of each axis: rms (n, 3), harmonics (n, 8) with what clipping adds, and who clipped (n,)."""
    peak = _ROOT2 * axis
    over = peak > limit
    rows = over.any(axis=1)
    if rows.any():
        axis, harmonics = axis.copy(), harmonics.copy()
        held = clipped_sine(peak[rows], limit, 1) / _ROOT2
        for k, order in enumerate(HARMONICS[1:]):
            added = np.where(over[rows], clipped_sine(peak[rows], limit, order) / _ROOT2, 0.0)
            harmonics[rows, k] = np.sqrt(harmonics[rows, k] ** 2 + (added**2).sum(1))
        axis[rows] = np.where(over[rows], held, axis[rows])
    return axis, harmonics, rows
