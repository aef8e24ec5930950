"""The thermal camera: scene weights times counts, fixed-pattern and temporal noise, 14 bits, centikelvin."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from gg_gym.arrays import blocks
from gg_gym.equations.radiometry import band_temperature, lepton_counts, lepton_kelvin
from gg_gym.parameters.lepton import LEPTON
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Bound, Channel, Climate, Coefficients
from gg_gym.sensors.scene import Scene, classes, mounted
from gg_gym.sensors.status import Status
from gg_gym.streams import derive, uniforms, words16
from gg_gym.units import Float, Float32, Int, UInt16, UInt32, UInt64

H, W = LEPTON.rows, LEPTON.columns
PIXELS = H * W
RBFO = (LEPTON.r, LEPTON.b, LEPTON.f, LEPTON.o)
#: Size of the field from which fixed patterns are cut.
FIELD = (512, 640)
#: Rows rendered at once: their temporaries stay in the cache.
BLOCK = 8


def counts(temperature: Float) -> Float:
    """Counts of a black body at a temperature [K]."""
    return np.asarray(lepton_counts(temperature, *RBFO), np.float64)


def counts_per_kelvin() -> float:
    """Slope of the counts at 25 Cel; noise is constant in counts."""
    slope = counts(np.array([298.65])) - counts(np.array([297.65]))
    return float(slope[0])


@cache
def normal_table() -> Float32:
    """(65536,) standard normal quantiles of 16-bit words, in counts of temporal noise."""
    sigma = LEPTON.netd * counts_per_kelvin()
    table: Float32 = (sigma * ndtri((np.arange(65536) + 0.5) / 65536.0)).astype(np.float32)
    return table


@cache
def kelvin_table(resolution: float) -> UInt16:
    """(16384,) counts to temperature in units of ``resolution`` [K]; counts at or below the offset read 0."""
    n = np.arange(LEPTON.counts, dtype=np.float64)
    kelvin = lepton_kelvin(np.clip(n, LEPTON.o + 1.0, None), *RBFO)
    return np.where(n > LEPTON.o, np.clip(np.round(kelvin / resolution), 0, 65535), 0).astype(np.uint16)


@cache
def pattern_field() -> Float32:
    """(512, 640) unit-variance periodic field: white, smooth, row and column parts; a pattern is a 60 x 80 cut."""
    from scipy.ndimage import gaussian_filter

    u = uniforms(20250, "sensor.camera.pattern", FIELD[0] * FIELD[1] * 2 + sum(FIELD))
    z, size = ndtri(u), FIELD[0] * FIELD[1]
    white, rough = z[:size].reshape(FIELD), z[size : 2 * size].reshape(FIELD)
    smooth = gaussian_filter(rough, LEPTON.smooth, mode="wrap")
    field = (1 - LEPTON.smooth_share) ** 0.5 * white + LEPTON.smooth_share**0.5 * smooth / smooth.std()
    field += LEPTON.row_fixed * z[2 * size : 2 * size + FIELD[0], None] + LEPTON.column_fixed * z[2 * size + FIELD[0] :]
    out: Float32 = (field / field.std()).astype(np.float32)
    return out


class _Scratch:
    """Work arrays of at most ``size`` images, small enough to stay in the cache."""

    def __init__(self, size: int) -> None:
        self.z = np.empty((size, PIXELS + H + W), np.float32)
        self.left, self.right = np.ones((size, H, 2), np.float32), np.ones((size, 2, W), np.float32)
        self.both = np.empty((size, H, W), np.float32)
        self.whole, self.number = np.empty((size, PIXELS), np.int32), np.empty((size, PIXELS), np.intp)
        self.codes, self.scene = np.empty((size, PIXELS), np.uint16), np.empty((size, PIXELS), np.float32)
        self.generator = np.random.Philox(key=0)


@SENSORS.register("lepton")
class ThermalCamera(BaseSensor):
    """80 x 60 thermal camera; frames are rendered only when asked for."""

    key = "lepton"
    warm_up = 1.2
    bounds = {"noise": Bound(0.0, 10.0, 1.0), "ffc_period": Bound(10.0, 3600.0, LEPTON.ffc_period)}  # noqa: RUF012

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        unit = self.unit
        unit["serial"] = self.conditions.unit
        unit["angles"] = np.deg2rad(np.array(LEPTON.mounting)) * self.spread("mounting", 3)
        spread = np.clip(self.spread("vignetting", 1)[:, 0], -3, 3)
        unit["vignetting"] = LEPTON.vignetting * (1.0 + LEPTON.vignetting_spread * spread)
        unit["offset"] = LEPTON.offset * counts_per_kelvin() * self.spread("offset", 1)[:, 0]
        unit["gain"] = 1.0 + LEPTON.gain * self.spread("gain", 1)[:, 0]
        unit["drift"] = LEPTON.drift * counts_per_kelvin() * self.spread("drift", 1)[:, 0]
        unit["window"] = LEPTON.window * np.exp(-LEPTON.fouling * self.conditions.age)
        self.scratch: _Scratch | None = None
        self._key(self.conditions)
        self._mount()

    def _key(self, conditions: Conditions) -> None:
        self.noise_key: UInt64 = derive(conditions.seed, f"sensor.{self.name}.noise")
        self.block_key: UInt64 = derive(conditions.seed, f"sensor.{self.name}.blocks")
        self.pattern_key: UInt64 = derive(conditions.seed, f"sensor.{self.name}.pattern")

    def _mount(self) -> None:
        """Scene weights of every row, shared by rows of one unit."""
        unit = self.unit
        self.scenes: list[Scene] = [
            mounted(self.geometry, self.config.position, int(s), a, float(v))
            for s, a, v in zip(unit["serial"], unit["angles"], unit["vignetting"], strict=True)
        ]
        self._sort()

    def _sort(self) -> None:
        """Rows of one unit are rendered one after the other: their weights stay in the cache."""
        self.order = np.argsort(self.unit["serial"], kind="stable")

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """No scalar channels."""
        return ()

    def coefficients(self) -> Coefficients:
        """Nothing in the scalar chain."""
        return Coefficients.of(self.n, 0)

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """Nothing in the scalar chain."""
        return np.zeros((self.n, state.substeps, 0))

    def truth(self, state: Environment3DState, climate: Climate) -> Any:
        """(n, 60, 80) uint16 decikelvin of a perfect camera in the same mounting."""
        coefficients = self.scene_counts(state, climate).astype(np.float32)
        out, table = np.empty((self.n, PIXELS), np.uint16), kelvin_table(0.1)
        for i in range(self.n):
            image = np.dot(coefficients[i, self.scenes[i].used], self.scenes[i].clean) + np.float32(0.5)
            np.take(table, image.astype(np.intp), mode="clip", out=out[i])
        return out.reshape(-1, H, W)

    def scene_counts(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, K) counts of the classes: components (with what they mirror), sky, air, ground; case and constant 0."""
        c = len(self.geometry.components)
        out = np.zeros((self.n, classes(self.geometry)))
        air = climate.air + 273.15
        out[:, c] = counts(np.asarray(band_temperature(state.sky_window), np.float64))
        out[:, c + 1] = counts(air)
        out[:, c + 2] = counts(air + LEPTON.ground_sun * state.ghi)
        around = 0.5 * (out[:, c] + out[:, c + 2])[:, None]
        out[:, :c] = state.emissivity * counts(state.temperature) + (1.0 - state.emissivity) * around
        return out

    def case(self, climate: Climate) -> Float:
        """(n,) temperature of the camera's case [Cel]."""
        return climate.body + LEPTON.self_heating

    def settle(self, raw: Float, climate: Climate, readings: Mapping[str, Float]) -> None:
        """The shutter clock runs since long; its phase is the run's."""
        phase = uniforms(self.pattern_key, "phase", 1)[:, 0]
        self.memory["since"] = phase * self.parameters["ffc_period"]
        self.memory["shutters"] = np.zeros(self.n, np.int64)
        self.memory["case"] = self.case(climate)
        self.memory["previous"] = np.zeros((self.n, PIXELS), np.uint16)
        self.memory["corner"] = self._corner(np.arange(self.n))

    def _corner(self, rows: Int) -> Int:
        """(r, 2) corner of some rows' cuts of the field: addressed by the number of shutter events."""
        count = self.memory["shutters"][rows].astype(np.uint64)
        u = uniforms(self.pattern_key[rows] ^ (count * np.uint64(0x9E3779B97F4A7C15)), "corner", 2)
        corner: Int = (u * np.array([FIELD[0] - H, FIELD[1] - W])).astype(np.int64)
        return corner

    def advance(self, climate: Climate, dt: float) -> None:
        """Run the shutter clock: flat-field correction each period, or when the case has moved by 1.5 K."""
        m, period = self.memory, self.parameters["ffc_period"]
        case, since = self.case(climate), m["since"] + dt
        cold, hot = LEPTON.lockout
        locked = (case < cold) | (case > hot)
        moved = np.abs(case - m["case"]) > LEPTON.ffc_kelvin
        due = ((since >= period) | moved) & ~locked
        m["since"] = np.where(due, np.where(since >= period, np.mod(since, period), 0.0), since)
        m["locked"] = locked
        if due.any():
            m["case"] = np.where(due, case, m["case"])
            m["shutters"] = m["shutters"] + due
            m["corner"][due] = self._corner(np.flatnonzero(due))

    def shutter(self) -> Any:
        """(n,) whether the shutter is closed at the instant."""
        closed = (self.memory["since"] < LEPTON.ffc_length) & (self.memory["shutters"] > 0)
        return closed & ~self.memory["locked"]

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """FFC in progress (MAINTENANCE), imminent, lockout."""
        m = self.memory
        soon = (m["since"] > self.parameters["ffc_period"] - LEPTON.ffc_warning) & ~m["locked"]
        out = np.where(self.shutter(), int(Status.MAINTENANCE), 0) | np.where(soon, int(Status.FFC_IMMINENT), 0)
        out |= np.where(m["locked"], int(Status.SHUTTER_LOCKOUT), 0) | np.where(
            m["case"] > 80.0, int(Status.OVERTEMP), 0
        )
        return out.astype(np.uint32)

    def _camera_counts(self, state: Environment3DState, climate: Climate) -> Float32:
        """(n, K) counts as this unit's optics, window, gain and offset make them."""
        out, unit = self.scene_counts(state, climate), self.unit
        case = self.case(climate)
        w_case, share = counts(case + 273.15), unit["window"] / LEPTON.window
        # the firmware takes out a window of nominal transmission at its own case temperature
        out *= (share * unit["gain"])[:, None]
        out[:, -2] = w_case * unit["gain"]
        out[:, -1] = (1.0 - share) * w_case * unit["gain"] + (1.0 - unit["gain"]) * w_case
        out[:, -1] += unit["offset"] + unit["drift"] * (case - self.memory["case"]) + 0.5
        return out.astype(np.float32)

    def render(
        self, state: Environment3DState, climate: Climate, phase: int, index: int, hold: Any, dead: Any
    ) -> tuple[UInt16, UInt32]:
        """(n, 60, 80) centikelvin frames at the instant, and (n,) SAT_HIGH.

        Args:
            state: the world.
            climate: around the unit.
            phase: part of the run (address of the noise).
            index: time index (address of the noise).
            hold: (n,) rows that repeat their last frame.
            dead: (n,) rows without a frame (0).
        """
        coefficients, amplitude = self._camera_counts(state, climate), self._pattern_amplitude()
        frames, previous = np.empty((self.n, PIXELS), np.uint16), self.memory["previous"]
        saturated = np.zeros(self.n, bool)
        loud = state.causes["interference"]
        if self.scratch is None:
            self.scratch = _Scratch(min(self.n, BLOCK))
        scratch, table = self.scratch, kelvin_table(0.01)
        for block in blocks(self.n, BLOCK):
            rows = self.order[block]
            b = len(rows)
            image = self._noise(rows, phase, index, scratch)
            self._add_scene(image, rows, coefficients, amplitude, scratch)
            for k in np.flatnonzero(loud[rows] > 0):
                image[k] += self._disturb(int(rows[k]), phase, index, float(loud[rows[k]]))
            # by way of 32 bits: processors convert to those several at a time
            np.copyto(scratch.whole[:b], image, casting="unsafe")
            np.copyto(scratch.number[:b], scratch.whole[:b])
            saturated[rows] = image.max(axis=1) >= LEPTON.counts - 1
            frames[rows] = np.take(table, scratch.number[:b], mode="clip", out=scratch.codes[:b])
        held = hold | self.shutter()
        frames[held] = previous[held]
        self.memory["previous"] = frames
        shown = np.where(dead[:, None], np.uint16(0), frames) if dead.any() else frames.view()
        shown.flags.writeable = False
        return shown.reshape(-1, H, W), np.where(saturated & ~held, int(Status.SAT_HIGH), 0).astype(np.uint32)

    def _pattern_amplitude(self) -> Float32:
        """(n,) counts of the fixed pattern, growing since the last correction."""
        since = self.memory["since"] / LEPTON.ffc_period
        kelvin = LEPTON.fpn_start + LEPTON.fpn_growth * np.sqrt(since)
        kelvin = kelvin * np.where(self.memory["locked"], LEPTON.fpn_lockout, 1.0)
        out: Float32 = (self.parameters["noise"] * counts_per_kelvin() * kelvin).astype(np.float32)
        return out

    def _noise(self, rows: Int, phase: int, index: int, scratch: _Scratch) -> Float32:
        """(b, 4800) temporal noise in counts, with a part common to rows and to columns; a view of ``scratch.z``."""
        b = len(rows)
        z, left, right, both = scratch.z[:b], scratch.left[:b], scratch.right[:b], scratch.both[:b]
        words = words16(self.noise_key[rows], phase, index, PIXELS + H + W, scratch.generator)
        np.take(normal_table(), words, mode="clip", out=z)
        if self.parameters["noise"] != 1.0:
            z *= np.float32(self.parameters["noise"])
        np.multiply(z[:, PIXELS : PIXELS + H], np.float32(LEPTON.row_noise), out=left[:, :, 0])
        np.multiply(z[:, PIXELS + H :], np.float32(LEPTON.column_noise), out=right[:, 1])
        np.matmul(left, right, out=both)  # row + column: one small product a row of the batch
        out: Float32 = z[:, :PIXELS]
        out += both.reshape(b, PIXELS)
        return out

    def _add_scene(
        self, image: Float32, rows: Int, coefficients: Float32, amplitude: Float32, scratch: _Scratch
    ) -> None:
        """Add each row's scene and fixed pattern."""
        field, corner = pattern_field(), self.memory["corner"].tolist()
        for j, i in enumerate(rows.tolist()):
            scene, (r, c) = self.scenes[i], corner[i]
            np.dot(coefficients[i, scene.used], scene.real, out=scratch.scene[j])
            np.multiply(field[r : r + H, c : c + W], amplitude[i], out=scratch.both[j])
        b = len(rows)
        image += scratch.scene[:b]
        image += scratch.both[:b].reshape(b, PIXELS)

    def _disturb(self, i: int, phase: int, index: int, amplitude: float) -> Float32:
        """(4800,) random 10 x 10 blocks in counts, for the noise family."""
        words = words16(self.block_key[i : i + 1], phase, index, 48).astype(np.float32).reshape(6, 8)
        blocks_ = amplitude * LEPTON.counts * ((words + 0.5) / 65536.0 - 0.5)
        out: Float32 = np.repeat(np.repeat(blocks_, 10, axis=0), 10, axis=1).reshape(PIXELS).astype(np.float32)
        return out

    def take(self, rows: Int, conditions: Conditions) -> ThermalCamera:
        """A copy of some rows with the noise of new run seeds."""
        other = super().take(rows, conditions)
        assert isinstance(other, ThermalCamera)
        other._key(conditions)
        other.scenes, other.scratch = [self.scenes[i] for i in rows], None
        other._sort()
        return other

    def update_position(self, position: tuple[float, float, float]) -> None:
        """Move the camera; the scene is drawn anew."""
        super().update_position(position)
        self._mount()

    def visible(self, row: int = 0) -> dict[str, float]:
        """Pixels covered by each component in the image of a row."""
        share = self.scenes[row].coverage.sum(axis=1)
        return {c.key: float(s) for c, s in zip(self.geometry.components, share, strict=True)}
