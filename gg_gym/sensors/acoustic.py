"""The microphone: eight bands from 20 Hz to 80 kHz, and how strongly ultrasound beats at twice the mains frequency.

The sound at the place comes from the module "acoustics" as energy in bands; which share of it comes in pulses follows
from the sources (sparks and arcs, corona, rain on the box, loose hardware) and gives crest, kurtosis and modulation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gg_gym.equations import microphone as eq
from gg_gym.equations import sound
from gg_gym.equations.signal import telegraph_probability
from gg_gym.parameters.sound import BANDS
from gg_gym.parameters.spu0410 import SPU0410
from gg_gym.physics.acoustics import CENTRES, sound_parts
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Channel, Climate, Coefficients, FaultEffect
from gg_gym.sensors.status import Status
from gg_gym.streams import Draws
from gg_gym.units import Float, UInt32

LEVEL, MAXIMUM, CREST, KURTOSIS, INDEX = slice(0, 8), slice(8, 16), slice(16, 24), slice(24, 32), 32
WIDTH = 33
#: Band of the modulation index: 30 to 50 kHz; of the hum and of the interference at twice the mains: 100 to 400 Hz.
ULTRASOUND, HUM = 6, 1
NAMES = ("20_100", "100_400", "400_2k", "2k_8k", "8k_20k", "20k_30k", "30k_50k", "50k_80k")
_LOW, _HIGH = np.array(BANDS[:-1]), np.array(BANDS[1:])
_CREST: Float = np.asarray(eq.gaussian_crest(_LOW, _HIGH, SPU0410.span), np.float64)
_SPREAD: Float = np.asarray(eq.level_spread(_LOW, _HIGH, SPU0410.span), np.float64)
#: Typical highest of the eight fast levels of a second over their mean [dB].
_FAST: Float = 1.42 * np.asarray(eq.level_spread(_LOW, _HIGH, SPU0410.fast), np.float64)
_FLOOR: Float = np.asarray(eq.band_floor(SPU0410.density, _LOW, _HIGH), np.float64)
_NOMINAL: Float = np.asarray(
    eq.port_response(CENTRES, np.array(SPU0410.resonance), SPU0410.quality, SPU0410.lead), np.float64
)
_LIMIT = 10.0 ** (0.1 * (SPU0410.overload + 10.0))


@SENSORS.register("spu0410")
class Microphone(BaseSensor):
    """33 channels: level and highest fast level [dB], crest [dB] and kurtosis in eight bands; modulation index.

    Everything is of the last second (intensive): the fast maximum is over the second, not since the last sample.
    """

    key = "spu0410"
    analog = True
    warm_up = 1.0
    saturating = slice(0, 16)
    fault_kinds = ("web", "ingress", "fouling")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        z = self.spread("capsule", 4)
        place = np.asarray(SPU0410.resonance * np.exp(SPU0410.resonance_sd * z[:, :1]), np.float64)
        real = eq.port_response(CENTRES[None, :], place, SPU0410.quality, SPU0410.lead)
        #: (n, 8) power gain of the unit's port over the one the firmware divides by.
        self.unit["port"] = np.asarray(real / _NOMINAL, np.float64)
        self.unit["gain"] = SPU0410.sensitivity_sd * z[:, 1] + SPU0410.ageing * self.conditions.age
        self.unit["tempco"] = SPU0410.tempco * z[:, 2]
        self._kept: tuple[Environment3DState, tuple[Float, Float, Float, Float]] | None = None
        self.memory["wet"], self.memory["over"] = np.zeros(self.n), np.zeros(self.n, bool)

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """33 channels."""
        name, top = config.name, SPU0410.high
        level = [Channel(f"leq_{b}", name, "dB", -20.0, top, 40.0, 15.0) for b in NAMES]
        most = [Channel(f"lmax_{b}", name, "dB", -20.0, top, 42.0, 15.0) for b in NAMES]
        crest = [Channel(f"crest_{b}", name, "dB", 0.0, 60.0, 12.0, 4.0) for b in NAMES]
        kurtosis = [Channel(f"kurtosis_{b}", name, "1", 1.0, 3000.0, 3.0, 5.0) for b in NAMES]
        return (*level, *most, *crest, *kurtosis, Channel("modulation_2f", name, "1", 0.0, 1.0, 0.05, 0.1))

    def lanes(self) -> Mapping[str, int]:
        """One draw for a film of water over the port."""
        return {f"sensor.{self.name}.film": 1}

    def coefficients(self) -> Coefficients:
        """Levels are in dB, so a unit's gain is an offset; the noise is that of an estimate over one second."""
        white = np.concatenate([_SPREAD, 1.5 * _SPREAD, np.full(8, 0.6), np.full(8, 0.03), [0.5 * SPU0410.index_floor]])
        offset = np.zeros((self.n, WIDTH))
        offset[:, :16] = self.unit["gain"][:, None]
        relative = np.zeros(WIDTH)
        relative[KURTOSIS], relative[INDEX] = 0.1, 0.05
        lsb = np.concatenate([np.full(24, 0.1), np.full(8, 0.01), [1e-3]])
        return Coefficients.of(self.n, WIDTH, white=white, relative=relative, offset=offset, lsb=lsb)

    def fault_effects(self) -> dict[str, FaultEffect]:
        """Webs, dirt and water act on the sound itself (:meth:`loss`)."""
        return {k: v for k, v in super().fault_effects().items() if k == "clock"}

    def observe(self, state: Environment3DState, climate: Climate, dt: float, draws: Draws) -> None:
        """A film of water comes with rain and dries."""
        self._kept = None
        up, down = SPU0410.wet_rate * np.maximum(state.rain, 0.0) + 1e-12, 1.0 / SPU0410.wet_length
        chance = telegraph_probability(self.memory["wet"], dt, up, np.full(self.n, down))
        self.memory["wet"] = (draws.uniform(f"sensor.{self.name}.film")[:, 0] < chance).astype(float)

    def loss(self) -> Float:
        """(n, 8) loss in a port with a web, dirt or water [dB]; the part says nothing of it."""
        blocked = np.minimum(self.failing("web") + self.failing("fouling"), 1.6)
        wet = np.maximum(self.memory["wet"], np.minimum(self.failing("ingress"), 1.0))
        clogged = eq.clog_loss(CENTRES[None, :], SPU0410.clogged * blocked[:, None], SPU0410.clog_corner)
        out: Float = np.asarray(clogged, np.float64) + SPU0410.wet * wet[:, None]
        return out

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 33): features of what the capsule makes of the sound; the same along the fine axis."""
        heard, share = self.heard(state, climate.body)
        out = _features(heard, *share)
        return np.broadcast_to(out[:, None], (self.n, state.substeps, WIDTH))

    def heard(self, state: Environment3DState, body: Float) -> tuple[Float, tuple[Float, Float, Float]]:
        """Mean square over (20 uPa)^2 in bands (n, 8) as the firmware has it, and :func:`impulsive` with the floor in.

        Port, water, interference, overload and the capsule's own noise are in it; gain and ageing are the chain's.
        """
        ratio, share, kurtosis, beating = found = impulsive(state, self.points)
        self._kept = state, found  # for the ideal reading of the same instant
        warm = 10.0 ** (0.1 * self.unit["tempco"] * (body - 25.0))[:, None]
        sound_in = ratio * self.unit["port"] * warm * 10.0 ** (-0.1 * self.loss())
        total = sound_in.sum(axis=1)[:, None]
        passed = np.asarray(eq.overload(total, _LIMIT), np.float64)
        lost = total[:, 0] * (1.0 - passed[:, 0])
        self.memory["over"] = total[:, 0] > 10.0 ** (0.1 * SPU0410.overload)
        # what a clipped wave loses, a tenth comes back as distortion, mostly in the bands above
        through = sound_in * passed
        heard = through + 0.1 / 8.0 * lost[:, None] + _FLOOR / _NOMINAL
        field = state.electric_field(self.points)[:, 0, :, 0]
        strength = (field.real**2 + field.imag**2).sum(axis=1)
        heard[:, HUM] += 10.0 ** (0.1 * SPU0410.pickup) * strength / 1e4
        left = through / heard
        return heard, (share * left, kurtosis, beating * left)

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 33) of the sound at the place."""
        kept, self._kept = self._kept, None
        same = kept is not None and kept[0] is state
        return _features(*(kept[1] if same and kept else impulsive(state, self.points)), floor=0.0)

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """SAT_HIGH where the levels read add up to more than the overload point; BELOW_LOD at the own noise."""
        energy = 10.0 ** (0.1 * reading[:, LEVEL])
        loud = np.where(energy.sum(axis=1) > 10.0 ** (0.1 * SPU0410.overload), int(Status.SAT_HIGH), 0)
        quiet = (energy < 1.3 * _FLOOR / _NOMINAL).all(axis=1)
        return (loud | np.where(quiet, int(Status.BELOW_LOD), 0)).astype(np.uint32)


def impulsive(state: Environment3DState, points: Float) -> tuple[Float, Float, Float, Float]:
    """Energy at the first of ``points``, and which share of it comes in pulses.

    Returns:
        (n, 8) mean square over (20 uPa)^2; (n, 8) share of it in pulses; (n, 8) kurtosis of those; (n, 8) depth of the
        modulation at twice the mains.
    """
    total, parts = sound_parts(state, points[:1])
    ratio = np.maximum(total[:, 0], 1e-3)
    pulses, excess, beating = (np.zeros((state.n, 8)) for _ in range(3))
    for key, rate, depth in _pulsed(state, parts):
        part = parts[key][:, 0]
        kurtosis = eq.pulse_kurtosis(np.maximum(rate, 0.05), np.full(1, SPU0410.ring))
        pulses, excess = pulses + part, excess + part**2 * (kurtosis - 3.0)[:, None]
        beating = beating + depth * part
    if "rain" in parts:
        drops = parts["rain"][:, 0]
        patter = eq.pulse_kurtosis(np.maximum(SPU0410.drop_rate * state.rain, 0.05), np.full(1, SPU0410.drop_ring))
        pulses, excess = pulses + drops, excess + drops**2 * (patter - 3.0)[:, None]
    kurtosis = 3.0 + excess / np.maximum(pulses, 1e-30) ** 2
    return ratio, np.minimum(pulses / ratio, 1.0), kurtosis, np.minimum(beating / ratio, 1.0)


def _pulsed(state: Environment3DState, parts: Mapping[str, Float]) -> Iterator[tuple[str, Float, Float]]:
    """Yield key, pulses a second (n,), depth of modulation (n, 1) of those sources of ``parts`` that make pulses."""
    line, memory = state.geometry.line, state.memory
    if "arcs.sound_power" in parts:
        twice = 2.0 * (line.frequency if line else 60.0)
        yield "arcs.sound_power", np.full(state.n, twice), np.full((state.n, 1), SPU0410.spark_depth)
    if "discharges.sound_power" in parts:
        hot = memory["discharges.gap"] + memory["discharges.dry_band"] > memory["discharges.corona"]
        rate = np.where(hot, np.maximum(memory["discharges.gap_rate"], 1.0), SPU0410.corona_rate)
        depth = np.where(hot, SPU0410.spark_depth, SPU0410.corona_depth)[:, None]
        yield "discharges.sound_power", rate, depth
    if "vibration.sound_power" in parts:
        yield "vibration.sound_power", np.full(state.n, SPU0410.rattle_rate), np.zeros((state.n, 1))


def _features(ratio: Float, share: Float, kurtosis: Float, beating: Float, floor: float = SPU0410.index_floor) -> Float:
    """(n, 33) of energies, shares, kurtosis and modulation in bands (n, 8)."""
    out = np.empty((len(ratio), WIDTH))
    out[:, LEVEL] = sound.level(ratio)
    shape = np.asarray(eq.mixed_kurtosis(share, kurtosis), np.float64)
    out[:, MAXIMUM] = out[:, LEVEL] + np.minimum(_FAST * (1.0 + 0.1 * (shape - 3.0)), 12.0)
    out[:, KURTOSIS] = np.minimum(shape, 3000.0)
    # a signal of higher kurtosis has higher peaks; four times the kurtosis is one factor 2 of the peak
    out[:, CREST] = np.minimum(_CREST + 5.0 * np.log10(shape / 3.0), 60.0)
    out[:, INDEX] = eq.modulation_index(beating[:, ULTRASOUND], 1.0, floor)
    return out
