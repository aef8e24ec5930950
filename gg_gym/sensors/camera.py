"""The thermal camera: scene weights times counts, fixed-pattern and temporal noise, 14 bits, centikelvin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gg_gym.arrays import blocks
from gg_gym.parameters.lepton import HOT_SPOT, LEPTON
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.surroundings import Seen, active
from gg_gym.sensors.base import SENSORS, BaseSensor, Bound, Channel, Climate, Coefficients
from gg_gym.sensors.camera_defects import Repair, defects
from gg_gym.sensors.camera_objects import Album, paint, sunny, with_sun
from gg_gym.sensors.camera_scene import mirror_shares, scene_counts, sound_temperature, through, window
from gg_gym.sensors.camera_tables import (
    FIELD,
    GROWN,
    PIXELS,
    RBFO,
    WORDS,
    Cuts,
    H,
    Scratch,
    W,
    counts,
    counts_per_kelvin,
    exitance_counts,
    kelvin_table,
    normal_table,
    pattern_field,
)
from gg_gym.sensors.scene import Scene, mounted
from gg_gym.sensors.status import Status
from gg_gym.streams import derive, uniforms, words16
from gg_gym.units import Bool, Float, Float32, Int, UInt8, UInt16, UInt32, UInt64

__all__ = [
    "FIELD", "PIXELS", "RBFO", "H", "ThermalCamera", "W", "counts", "counts_per_kelvin", "exitance_counts",
    "kelvin_table", "normal_table", "pattern_field",
]  # fmt: skip
#: Rows rendered at once: their temporaries stay in the cache.
BLOCK = 8


@SENSORS.register("lepton")
class ThermalCamera(BaseSensor):
    """80 x 60 thermal camera; frames are rendered only when asked for."""

    key = "lepton"
    warm_up = 1.2
    fault_kinds = ("fouling", "web", "icing", "shutter", "pixel")
    bounds = {"noise": Bound(0.0, 10.0, 1.0), "ffc_period": Bound(10.0, 3600.0, LEPTON.ffc_period)}  # noqa: RUF012

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        unit = self.unit
        unit["serial"] = self.conditions.unit
        unit["angles"] = np.deg2rad(np.array(LEPTON.mounting)) * self.spread("mounting", 3)
        unit["aim"] = np.zeros((self.n, 3))
        spread = np.clip(self.spread("vignetting", 1)[:, 0], -3, 3)
        unit["vignetting"] = LEPTON.vignetting * (1.0 + LEPTON.vignetting_spread * spread)
        unit["offset"] = LEPTON.offset * counts_per_kelvin() * self._scaled("offset", "offset_spread")
        unit["gain"] = 1.0 + LEPTON.gain * self._scaled("gain", "gain_spread")
        unit["drift"] = LEPTON.drift * counts_per_kelvin() * self._scaled("drift", "drift")
        unit["window"] = LEPTON.window * np.exp(-LEPTON.fouling * self.conditions.age)
        self.defects = defects(self.conditions.unit, self.conditions.age, self.name)
        self.scratch: Scratch | None = None
        self._key(self.conditions)
        self._mount()

    def _scaled(self, name: str, stage: str) -> Float:
        """(n,) standard normals of the unit times the configuration's factor on a stage."""
        out: Float = (self.spread(name, 1) * self.factor(stage))[:, 0]
        return out

    def fault_rate(self, kind: str) -> float:
        """Onsets of a kind of fault [1/s]; pixels go bad with age (see :mod:`gg_gym.sensors.camera_defects`)."""
        return 0.0 if kind == "pixel" and kind not in self.config.faults else super().fault_rate(kind)

    def _key(self, conditions: Conditions) -> None:
        self.noise_key: UInt64 = derive(conditions.seed, f"sensor.{self.name}.noise")
        self.block_key: UInt64 = derive(conditions.seed, f"sensor.{self.name}.blocks")
        self.pattern_key: UInt64 = derive(conditions.seed, f"sensor.{self.name}.pattern")

    def _mount(self) -> None:
        """Scene weights of every row, shared by rows of one unit."""
        self.scenes: list[Scene] = [self._scene(i) for i in range(self.n)]
        self.distance = np.linalg.norm(self.geometry.positions() - self.points[0], axis=1)
        self.neighbours = mirror_shares(self.geometry)
        self._sort()

    def _scene(self, i: int) -> Scene:
        """Scene weights of a row."""
        unit, angles = self.unit, self.unit["angles"][i] + self.unit["aim"][i]
        serial, lost = int(unit["serial"][i]), float(unit["vignetting"][i])
        return mounted(self.geometry, self.config.position, self.name, serial, angles, lost)

    def _aim(self, state: Environment3DState) -> None:
        """Draw the scenes of cameras anew that somebody has turned (causes ``mount_yaw`` and ``mount_pitch``)."""
        aim = np.stack([state.causes["mount_yaw"], state.causes["mount_pitch"], np.zeros(self.n)], axis=1)
        turned = (aim != self.unit["aim"]).any(axis=1)
        if turned.any():
            self.unit["aim"] = aim
            for i in np.flatnonzero(turned).tolist():
                self.scenes[i] = self._scene(i)
            self._sort()

    def _sort(self) -> None:
        """Rows of one unit are rendered one after the other: their weights stay in the cache."""
        self.order = np.argsort(self.unit["serial"], kind="stable")
        self.axis = np.array([scene.frame[2] for scene in self.scenes]).reshape(-1, 3)
        self.cuts = Cuts(self.n)
        self.width = [len(scene.used) for scene in self.scenes]
        self.used = np.zeros((self.n, max(self.width, default=0)), np.int64)
        for i, scene in enumerate(self.scenes):
            self.used[i, : self.width[i]] = scene.used
        self.repairs: tuple[Bool, list[Repair]] | None = None
        self.album = Album()

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
        self._aim(state)
        exact = self.scene_counts(state, climate)
        coefficients, added = exact.astype(np.float32), self._objects(state, climate, np.ones(self.n))
        out, table = np.empty((self.n, PIXELS), np.uint16), kelvin_table(0.1)
        for i in range(self.n):
            image = np.dot(coefficients[i, self.scenes[i].used], self.scenes[i].clean)
            if i in added:
                paint(image, image.copy(), self.scenes[i].clean[-2], added[i])
            image += np.float32(0.5)
            np.take(table, image.astype(np.intp), mode="clip", out=out[i])
        return out.reshape(-1, H, W)

    def hot_spot_mask(self, state: Environment3DState, margin: float = HOT_SPOT.margin) -> UInt8:
        """(n, 60, 80) 1 where a component shows that is hotter than a sound one would be, by ``margin`` [K].

        See :func:`gg_gym.sensors.camera_scene.sound_temperature`. A pixel counts from 5 % of its area on; what a warm
        object hides does not count.
        """
        self._aim(state)
        hot = state.temperature > sound_temperature(state) + margin
        out = np.zeros((self.n, PIXELS), np.uint8)
        rows = np.flatnonzero(hot.any(axis=1))
        if not rows.size:
            return out.reshape(-1, H, W)
        seen, objects = self._seen(state)
        place = {i: j for j, i in enumerate(seen.tolist())}
        for i in rows.tolist():
            share = self.scenes[i].coverage[hot[i]].sum(axis=0)
            for layer in self.album.layers(self.scenes[i], objects, place[i], i) if i in place else ():
                share = share * (1.0 - objects.opacity[place[i], layer.slot] * layer.share)
            out[i] = share >= HOT_SPOT.share
        return out.reshape(-1, H, W)

    def scene_counts(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, K) counts of the classes: components (with what they mirror), sky, air, ground; case and constant 0."""
        return scene_counts(state, climate, self.distance, self.neighbours)

    def _seen(self, state: Environment3DState) -> tuple[Int, Seen]:
        """Rows (r,) that may show warm objects or the sun, and those."""
        rows = np.flatnonzero(active(state) | sunny(state, self.axis))
        return rows, with_sun(state, rows, self.points[0])

    def _objects(
        self, state: Environment3DState, climate: Climate, gain: Float
    ) -> dict[int, list[tuple[Float32, float]]]:
        """Row to layers of the warm objects that show in it; ``gain`` (n,) is that of window and detector."""
        rows, objects = self._seen(state)
        if not rows.size:
            return {}
        distance = np.ones((self.n, objects.present.shape[1]))
        distance[rows] = np.linalg.norm(objects.position - self.points[0], axis=2)
        passed = through(state, climate, distance)[rows]
        air = counts(climate.air[rows] + 273.15)[:, None]
        value = (passed * exitance_counts(objects.exitance) + (1.0 - passed) * air) * gain[rows, None]
        drawn = {}
        for j, i in enumerate(rows.tolist()):
            found = self.album.layers(self.scenes[i], objects, j, i)
            if found:
                drawn[i] = [
                    (layer.spread * np.float32(objects.opacity[j, layer.slot]), float(value[j, layer.slot]))
                    for layer in found
                ]
        return drawn

    def case(self, climate: Climate) -> Float:
        """(n,) temperature of the camera's case [Cel]."""
        return climate.body + LEPTON.self_heating

    def settle(self, raw: Float, climate: Climate, readings: Mapping[str, Float]) -> None:
        """The shutter clock runs since long; its phase is the run's."""
        phase = uniforms(self.pattern_key, "phase", 1)[:, 0]
        self.memory["since"] = phase * self.parameters["ffc_period"]
        self.memory["shutters"] = np.zeros(self.n, np.int64)
        self.memory["case"] = self.memory["now"] = self.case(climate)
        self.memory["residual"] = np.zeros(self.n)
        self.memory["locked"] = self._locked(self.memory["case"])
        self.memory["previous"] = np.zeros((self.n, PIXELS), np.uint16)
        self.memory["corner"] = self._corner(np.arange(self.n))

    def _corner(self, rows: Int) -> Int:
        """(r, 2) corner of some rows' cuts of the field: addressed by the number of shutter events."""
        count = self.memory["shutters"][rows].astype(np.uint64)
        u = uniforms(self.pattern_key[rows] ^ (count * np.uint64(0x9E3779B97F4A7C15)), "corner", 2)
        corner: Int = (u * np.array([FIELD[0] - H, FIELD[1] - W])).astype(np.int64)
        return corner

    def _locked(self, case: Float) -> Bool:
        """(n,) whether the case is too cold or too hot for the shutter to move."""
        cold, hot = LEPTON.lockout
        out: Bool = (case < cold) | (case > hot)
        return out

    def advance(self, climate: Climate, dt: float) -> None:
        """Run the shutter clock: flat-field correction each period, or when the case has moved by 1.5 K.

        A change of case temperature shows in all pixels, fades, and is mostly taken out by a correction.
        """
        m, period = self.memory, self.parameters["ffc_period"]
        case, since = self.case(climate), m["since"] + dt
        m["locked"] = locked = self._locked(case)
        moved = np.abs(case - m["case"]) > LEPTON.ffc_kelvin
        due = ((since >= period) | moved) & ~locked & (self.failing("shutter") == 0.0)
        m["since"] = np.where(due, np.where(since >= period, np.mod(since, period), 0.0), since)
        if dt > 0.0:
            gone = -np.expm1(-dt / LEPTON.drift_time)
            came = self.unit["drift"] * (case - m["now"]) * gone * LEPTON.drift_time / dt
            m["residual"] = (1.0 - gone) * m["residual"] + came
        m["now"] = case
        if due.any():
            m["residual"] = np.where(due, LEPTON.drift_kept * m["residual"], m["residual"])
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

    def _camera_counts(self, state: Environment3DState, climate: Climate) -> tuple[Float32, Float]:
        """(n, K) counts as this unit's optics, window, gain and offset make them; (n,) their gain."""
        out, unit = self.scene_counts(state, climate), self.unit
        w_case, w_air = counts(self.case(climate) + 273.15), counts(climate.air + 273.15)
        share, film = window(state, unit["window"] / LEPTON.window, self.failing)
        # the firmware takes out a window of nominal transmission at its own case temperature
        out *= (share * unit["gain"])[:, None]
        out[:, -2] = w_case * unit["gain"]
        out[:, -1] = ((1.0 - share - film) * w_case + film * w_air) * unit["gain"] + (1.0 - unit["gain"]) * w_case
        out[:, -1] += unit["offset"] + self.memory["residual"] + 0.5
        return out.astype(np.float32), share * unit["gain"]

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
        self._aim(state)
        (coefficients, gain), amplitude = self._camera_counts(state, climate), self._pattern_amplitude()
        weights = np.take_along_axis(coefficients, self.used, axis=1)
        added, repairs = self._objects(state, climate, gain), self._repairs()
        frames, previous = np.empty((self.n, PIXELS), np.uint16), self.memory["previous"]
        saturated = np.zeros(self.n, bool)
        loud = state.causes["interference"]
        disturbed = bool((loud > 0).any())
        if self.scratch is None:
            self.scratch = Scratch(min(self.n, BLOCK))
        scratch, table = self.scratch, kelvin_table(0.01)
        cuts, amplitude = self.cuts.at(self.memory["corner"][self.order]), amplitude[self.order, None]
        for block in blocks(self.n, BLOCK):
            rows = self.order[block]
            b = len(rows)
            image, words = self._noise(rows, phase, index, scratch)
            self._add_scene(image, rows, weights, scratch)
            image += np.multiply(cuts[block], amplitude[block], out=scratch.both.reshape(-1, PIXELS)[:b])
            for j, i in enumerate(rows.tolist() if added else ()):
                if i in added:
                    base, case = scratch.scene[j], self.scenes[i].real[-2]
                    paint(image[j], base - coefficients[i, -2] * case - coefficients[i, -1], case, added[i])
            repairs[block.start // BLOCK](scratch.z[:b], words[:, -GROWN:])
            for k in np.flatnonzero(loud[rows] > 0) if disturbed else ():
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

    def _repairs(self) -> list[Repair]:
        """What each block of rows does about bad pixels; kept until a pixel goes bad."""
        bad = self.defects.bad(self.failing("pixel"))
        if self.repairs is None or not np.array_equal(bad, self.repairs[0]):
            made = [Repair(self.defects, r, bad[r], WORDS) for r in (self.order[b] for b in blocks(self.n, BLOCK))]
            self.repairs = bad, made
        return self.repairs[1]

    def _noise(self, rows: Int, phase: int, index: int, scratch: Scratch) -> tuple[Float32, UInt16]:
        """(b, 4800) temporal noise in counts, parts of it common to frame, rows and columns: a view of ``scratch.z``.

        The second value are the (b, 4957) random words.
        """
        b = len(rows)
        z, left, right, both = scratch.z[:b], scratch.left[:b], scratch.right[:b], scratch.both[:b]
        words = words16(self.noise_key[rows], phase, index, WORDS, scratch.generator)
        np.take(normal_table(), words, mode="clip", out=z)
        if self.parameters["noise"] != 1.0:
            z *= np.float32(self.parameters["noise"])
        if "noise" in self.factors:
            z *= self.factors["noise"][rows, :1].astype(np.float32)
        rows_end, columns_end = PIXELS + H, PIXELS + H + W
        np.multiply(z[:, PIXELS:rows_end], np.float32(LEPTON.row_noise), out=left[:, :, 0])
        left[:, :, 0] += np.float32(LEPTON.frame_noise) * z[:, columns_end, None]
        np.multiply(z[:, rows_end:columns_end], np.float32(LEPTON.column_noise), out=right[:, 1])
        np.matmul(left, right, out=both)  # row + column: one small product a row of the batch
        out: Float32 = z[:, :PIXELS]
        out += both.reshape(b, PIXELS)
        return out, words

    def _add_scene(self, image: Float32, rows: Int, weights: Float32, scratch: Scratch) -> None:
        """Add each row's scene; ``weights`` (n, k) go with :attr:`used`."""
        for j, i in enumerate(rows.tolist()):
            np.dot(weights[i, : self.width[i]], self.scenes[i].real, out=scratch.scene[j])
        image += scratch.scene[: len(rows)]

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
        other.defects = self.defects.take(np.asarray(rows))
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
