"""The accelerometers: a quiet one for sway, modes and tilt, a fast one for hum, ringing, peak and kurtosis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from gg_gym.equations import accelerometer as eq
from gg_gym.parameters.adxl355 import ADXL355 as SLOW
from gg_gym.parameters.iis3dwb import IIS3DWB as FAST
from gg_gym.physics import vibration
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Bound, Channel, Climate, Coefficients, FaultEffect
from gg_gym.sensors.status import Status
from gg_gym.streams import uniforms
from gg_gym.units import Float, UInt32

AXES, BANDS = vibration.AXES, vibration.BANDS
#: Columns of an axis: four bands, peak, kurtosis; then tilt.
PER_AXIS, TILT, WIDTH = 6, slice(18, 20), 20
GRAVITY = 9.80665
_LOW, _HIGH = np.array(BANDS[:-1]), np.array(BANDS[1:])
_DENSITY = np.array([SLOW.density, SLOW.density, FAST.density, FAST.density])
_WINDOW = np.array([SLOW.window, FAST.span, FAST.span, FAST.span])
#: (4,) noise of each band [g] and relative spread of its rms.
FLOOR: Float = np.asarray(eq.band_noise(_DENSITY, _LOW, _HIGH), np.float64)
_SPREAD: Float = np.asarray(eq.rms_spread(_LOW, _HIGH, _WINDOW), np.float64)
#: Peak over rms of Gaussian noise in a second, for the fast part's own noise.
_CREST = 4.4


@SENSORS.register("adxl355_iis3dwb")
class Accelerometers(BaseSensor):
    """20 channels: for x, y, z rms of four bands [g], peak [g], kurtosis; tilt of the pole towards x and y [deg].

    Parameters: ``range`` of the fast part [g] (2, 4, 8 or 16), ``fault_loose`` and ``fault_axis`` (per unit-year,
    silent: a mount that comes loose, an axis that is stuck; they stay). The peak is the highest since the last step
    in which a blow came (extensive), else of the last second.
    """

    key = "adxl355_iis3dwb"
    warm_up = 1.0
    saturating = slice(0, 18)
    fault_kinds = ("offset",)
    bounds: ClassVar[dict[str, Bound]] = {
        "range": Bound(2.0, 16.0, FAST.limit), "fault_loose": Bound(0, 1e9, FAST.loose_rate),
        "fault_axis": Bound(0, 1e9, FAST.stuck_rate),
    }  # fmt: skip

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        z = self.spread("axes", 20)
        cross = SLOW.cross_axis * z[:, :9].reshape(-1, 3, 3) * (1.0 - np.eye(3))
        self.unit["axes"] = (np.eye(3) + cross) ** 2  # powers of axes whose motions are not in phase
        self.unit["gain"] = 1.0 + np.repeat(np.stack([SLOW.gain_sd * z[:, 9], FAST.gain_sd * z[:, 10]], 1), 2, axis=1)
        turn = np.rad2deg(1.0) * SLOW.offset_tempco
        self.unit["warm"] = turn * z[:, 11:13]
        self.unit["lean"] = (
            SLOW.mount_tilt * z[:, 13:15] + SLOW.creep * np.sqrt(self.conditions.age)[:, None] * z[:, 15:17]
        )
        u = uniforms(self.conditions.unit, f"sensor.{self.name}.unit.faults", 3)
        age = self.conditions.age
        self.unit["loose"] = age * self.parameters["fault_loose"] > -np.log(u[:, 0])
        dead = age * self.parameters["fault_axis"] > -np.log(u[:, 1])
        self.unit["stuck"] = dead[:, None] & (np.arange(3) == (3.0 * u[:, 2:]).astype(np.int64))
        self._kept: tuple[Environment3DState, Float] | None = None
        self.memory["over"] = np.zeros(self.n, bool)

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """20 channels."""
        name, top = config.name, float(config.parameters.get("range", FAST.limit))
        limits = (SLOW.limit, SLOW.limit, top, top)
        scales = ((5e-4, 1e-3), (2e-4, 1e-3), (2e-3, 3e-3), (6e-3, 1e-2))
        out = []
        for a in AXES:
            for band, limit, (centre, scale) in zip(vibration.FEATURES, limits, scales, strict=False):
                out.append(Channel(f"{a}_{band}", name, "[g]", 0.0, limit, centre, scale))
            out.append(Channel(f"{a}_peak", name, "[g]", 0.0, top, 0.03, 0.1))
            out.append(Channel(f"{a}_kurtosis", name, "1", 1.0, 3000.0, 3.0, 5.0))
        return (*out, *(Channel(f"tilt_{a}", name, "deg", -90.0, 90.0, 0.0, 1.0) for a in "xy"))

    def coefficients(self) -> Coefficients:
        """Spread of an estimate over its window; noise floors are added in squares by :meth:`ideal`."""
        axis_lsb = [SLOW.lsb / 16.0, SLOW.lsb / 16.0, FAST.lsb / 64.0, FAST.lsb / 64.0, FAST.lsb, 0.01]
        relative = np.concatenate([np.tile([*_SPREAD, 0.1, 0.05], 3), [0.0, 0.0]])
        quiet = np.rad2deg(SLOW.density / np.sqrt(2.0 * SLOW.window))
        white = np.concatenate([np.tile([0.0, 0.0, 0.0, 0.0, 0.0, 0.05], 3), [quiet, quiet]])
        lsb = np.concatenate([np.tile(axis_lsb, 3), [1e-3, 1e-3]])
        offset = np.concatenate([np.zeros((self.n, 18)), self.unit["lean"]], axis=1)
        return Coefficients.of(self.n, WIDTH, white=white, relative=relative, offset=offset, lsb=lsb)

    def fault_effects(self) -> dict[str, FaultEffect]:
        """A knock turns the zero: 2 deg of tilt for a size of 1."""
        knock = np.zeros(WIDTH)
        knock[TILT] = 2.0
        rest = {k: v for k, v in super().fault_effects().items() if k == "clock"}
        return {"offset": FaultEffect(offset=knock), **rest}

    def terms(self, climate: Climate, dt: float) -> tuple[Float, Float]:
        """The zero of the slow part moves with the temperature of the box."""
        zero = np.zeros((self.n, WIDTH))
        zero[:, TILT] = self.unit["warm"] * (climate.body - 20.0)[:, None]
        return np.ones((self.n, WIDTH)), zero

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 20): what the parts make of the motion at the instant; the same along the fine axis."""
        rms, peak, kurtosis = self.moved(state)
        flat = np.empty((self.n, WIDTH))
        out = flat[:, :18].reshape(self.n, 3, PER_AXIS)
        out[:, :, :4], out[:, :, 4], out[:, :, 5] = rms, peak, kurtosis
        flat[:, TILT] = np.rad2deg(lean(state))
        return np.broadcast_to(flat[:, None], (self.n, state.substeps, WIDTH))

    def moved(self, state: Environment3DState) -> tuple[Float, Float, Float]:
        """Rms in bands (n, 3, 4) [g], peak (n, 3) [g] and kurtosis (n, 3), as the parts have them."""
        true = motion(state)
        self._kept = state, true  # for the ideal reading of the same instant
        axes, square = self.unit["axes"], true[:, :, :4] ** 2
        turned = axes[:, :, 0, None] * square[:, None, 0]
        turned += axes[:, :, 1, None] * square[:, None, 1]
        turned += axes[:, :, 2, None] * square[:, None, 2]
        seen = np.sqrt(turned) * self.unit["gain"][:, None]
        loose, peak = np.flatnonzero(self.unit["loose"]), true[:, :, 4].copy()
        if loose.size:
            seen[loose, :, 2:] *= FAST.loose_gain
            peak[loose] *= FAST.loose_gain
        peak *= self.unit["gain"][:, 2:3]
        limit = self.parameters["range"]
        over = peak > limit
        self.memory["over"] = over[:, 0] | over[:, 1] | over[:, 2]
        rms = eq.in_squares(eq.clipped_rms(seen, peak[..., None], limit), FLOOR)
        noise = (FLOOR[2:] ** 2).sum() ** 0.5
        share = _energy(seen) / _energy(rms)
        kurtosis = 3.0 + share**2 * (true[:, :, 5] - 3.0)
        kurtosis[loose] += FAST.loose_kurtosis
        # the chain clips the peak at the end of the range
        peak = np.asarray(eq.in_squares(peak, np.array(_CREST * noise)), np.float64)
        dead = self.unit["stuck"]
        if dead.any():
            rms[dead], peak[dead], kurtosis[dead] = 0.0, 0.0, 3.0
        return rms, peak, kurtosis

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 20) of the pole at the unit."""
        kept, self._kept = self._kept, None
        true = kept[1] if kept is not None and kept[0] is state else motion(state)
        true = true.reshape(self.n, 18)
        return np.concatenate([true, np.rad2deg(lean(state))], axis=1)

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """SAT_HIGH where a peak reads the end of the range, as in a blow."""
        peaks = reading[:, 4:18:PER_AXIS] >= self.parameters["range"] * (1.0 - 1e-3)
        return np.where(peaks.any(axis=1), int(Status.SAT_HIGH), 0).astype(np.uint32)


def _energy(rms: Float) -> Float:
    """Sum of squares (n, 3) over the four bands of (n, 3, 4)."""
    square = rms**2
    return np.asarray(square[:, :, 0] + square[:, :, 1] + square[:, :, 2] + square[:, :, 3])


def motion(state: Environment3DState) -> Float:
    """(n, 3, 6) features in g; a pole without the module "vibration" stands still."""
    if "vibration.gust" not in state.memory:
        still = np.zeros((state.n, 3, PER_AXIS))
        still[:, :, 5] = 3.0
        return still
    out = vibration.features(state)
    out[:, :, :5] /= GRAVITY
    return out


def lean(state: Environment3DState) -> Float:
    """(n, 2) lean [rad]; 0 without the module."""
    return vibration.tilt(state) if "vibration.gust" in state.memory else np.zeros((state.n, 2))
