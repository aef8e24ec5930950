"""Raw waveforms on demand: current, electric field, sound and vibration of one row, made from its state.

The features tell the energy in each band and how much of it comes in pulses; a waveform is a draw of the signal that
has exactly that energy in every band of the block. So features computed from the waveform are those of the channels.
Draws are addressed by seed, kind and index: the same waveform whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.fft import next_fast_len

from gg_gym.equations.microphone import phase_lock
from gg_gym.equations.spectrum import periodic_wave
from gg_gym.errors import InputError
from gg_gym.parameters.emf_probe import PROBE
from gg_gym.parameters.sound import BANDS as SOUND_BANDS
from gg_gym.parameters.spu0410 import SPU0410
from gg_gym.physics.state import HARMONICS, Environment3DState
from gg_gym.physics.vibration import BANDS as VIBRATION_BANDS
from gg_gym.sensors.acoustic import Microphone, impulsive
from gg_gym.sensors.base import BaseSensor
from gg_gym.sensors.emf import FieldProbe
from gg_gym.sensors.vibration import Accelerometers, lean, motion
from gg_gym.streams import derive
from gg_gym.units import Float

#: Kinds of waveforms: sampling rate of the part [Hz], length that is given by default [s], longest [s], unit.
KINDS: dict[str, tuple[float, float, float, str]] = {
    "current": (10240.0, 0.02, 2.0, "A"),
    "electric": (10240.0, 0.02, 2.0, "V/m"),
    "magnetic": (10240.0, 0.02, 2.0, "uT"),
    "sound": (192000.0, 0.2, 2.0, "Pa"),
    "vibration": (26667.0, 4.0, 60.0, "[g]"),
}
#: Band in which energy between harmonics lies [Hz], and pressure of 0 dB [Pa].
INTERHARMONIC, REFERENCE = (2000.0, 5000.0), 20e-6
_ORDERS = np.array(HARMONICS, dtype=np.float64)


@dataclass(frozen=True)
class Waveform:
    """A block of samples that ends at the sample instant.

    Attributes:
        kind: key of :data:`KINDS`.    rate: samples a second [Hz].
        values: (C, S) in ``unit``.    names: C channels.    unit: UCUM unit.    mains: frequency of the mains [Hz].
    """

    kind: str
    rate: float
    values: Float
    names: tuple[str, ...]
    unit: str
    mains: float


def synthesise(
    state: Environment3DState,
    kind: str,
    row: int = 0,
    *,
    seed: int = 0,
    index: int = 0,
    duration: float | None = None,
    sensor: BaseSensor | None = None,
    points: Float | None = None,
) -> Waveform:
    """The waveform of one row of a state.

    Args:
        state: the world at the sample instant.
        kind: key of :data:`KINDS`.
        row: row of the state.
        seed: seed of the run; with ``kind`` and ``index`` the address of the draws.
        index: number of the sample.
        duration: length of the block [s]; the kind's own by default.
        sensor: the instrument of all rows, as the suite has it: then what *it* makes of the signal (axes, port, noise,
            clipping); without it, the signal at ``points``.
        points: (1, 3) place [m], the unit's by default; a sensor has its own.

    Raises:
        InputError: unknown kind, row out of range, a length out of range, the wrong sensor, no line.
    """
    if kind not in KINDS:
        raise InputError("kind of waveform", repr(kind), ", ".join(KINDS))
    rate, usual, longest, unit = KINDS[kind]
    span = usual if duration is None else float(duration)
    if not 0 <= row < state.n:
        raise InputError("row", f"got {row}", f"0 to {state.n - 1}")
    if not 0.01 <= span <= longest:
        raise InputError(f"duration of {kind}", f"got {span}", f"0.01 to {longest:g} s")
    line = state.geometry.line
    if line is None and kind in ("current", "electric", "magnetic"):
        raise InputError(f"waveform of {kind}", "the geometry has no line", "a product with a line")
    mains = line.frequency if line else 60.0
    if "line.frequency" in state.memory:
        mains = float(state.memory["line.frequency"][row])
    one = state.take([row])
    part = None if sensor is None else _of_row(sensor, kind, row)
    place = part.points if part else np.array([state.geometry.mount.position]) if points is None else points
    key = int(derive(seed, "waveform", kind))
    rng = np.random.Generator(np.random.Philox(key=key, counter=[0, index, 0, 0]))
    count = round(span * rate)
    if kind in ("sound", "vibration"):
        count = next_fast_len(count, real=True)  # a little longer, so that its transform is quick
    block = _Block(rate, count, mains, rng)
    values, names = _MAKERS[kind](one, block, part, place)
    return Waveform(kind, rate, values, names, unit, mains)


_PARTS: dict[str, type[BaseSensor]] = {
    "electric": FieldProbe, "magnetic": FieldProbe, "sound": Microphone, "vibration": Accelerometers,
}  # fmt: skip


def _of_row(sensor: BaseSensor, kind: str, row: int) -> BaseSensor:
    """One row of the instrument that hears this kind."""
    want = _PARTS.get(kind)
    if want is None or not isinstance(sensor, want):
        allowed = "no sensor" if want is None else f"{want.key!r} or no sensor"
        raise InputError(f"sensor of a waveform of {kind}", repr(sensor.key), allowed)
    rows = np.array([row])
    return sensor.take(rows, sensor.conditions.take(rows))


class _Block:
    """S samples at a rate that end at the sample instant, and draws for them."""

    def __init__(self, rate: float, count: int, mains: float, rng: np.random.Generator) -> None:
        self.rate, self.count, self.rng = rate, count, rng
        self.time = (np.arange(count) - (count - 1)) / rate
        self.phase = 2.0 * np.pi * mains * self.time
        self.frequency = np.fft.rfftfreq(count, 1.0 / rate)

    def noise(self) -> Float:
        """(S,) white Gaussian noise."""
        return self.rng.standard_normal(self.count)

    def pulses(self, rate: float, ring: float, locked: bool) -> Float:
        """(S,) noise under an envelope of pulses at random, each dying away in ``ring``; ``locked`` to the mains."""
        mean = np.full(self.count, rate / self.rate)
        hits = self.rng.poisson(mean * phase_lock(self.phase) if locked else mean).astype(np.float64)
        decay = np.exp(-np.arange(min(self.count, int(8.0 * ring * self.rate) + 1)) / (ring * self.rate))
        size = 1 << (self.count + len(decay) - 1).bit_length()
        envelope = np.fft.irfft(np.fft.rfft(hits, size) * np.fft.rfft(decay, size), size)[: self.count]
        return np.maximum(envelope, 0.0) * self.noise()

    def band(self, wave: Float, low: float, high: float, rms: float) -> Float:
        """The part (S,) of a wave in a band, brought to an rms; 0 where the block is too short for the band."""
        spectrum = np.fft.rfft(wave)
        spectrum[(self.frequency < low) | (self.frequency >= high)] = 0.0
        part = np.fft.irfft(spectrum, self.count)
        have = float(np.sqrt(np.mean(part**2)))
        return part * (rms / have) if have > 1e-12 * (1.0 + float(np.abs(wave).max())) else np.zeros(self.count)


def _phasor_wave(phasors: Any, block: _Block, floor: Float, gated: bool) -> Float:
    """(C, S) waves of phasors (C, H) with broadband of rms ``floor`` (C,); an arc's comes around current zeros."""
    values = periodic_wave(phasors.real, phasors.imag, _ORDERS, block.phase)
    gate = 0.1 + np.abs(np.cos(block.phase)) ** 8 if gated else np.ones(block.count)
    for c, rms in enumerate(floor):
        values[c] += block.band(block.noise() * gate, *INTERHARMONIC, float(rms))
    return np.asarray(values, np.float64)


def _current(state: Environment3DState, block: _Block, part: Any, place: Float) -> tuple[Float, tuple[str, ...]]:
    amplitude = np.abs(state.current[0, :, 0])
    values = _phasor_wave(state.current[0], block, state.interharmonic[0] * amplitude, bool(state.arc_on[0]))
    return values, tuple(f"I{k + 1}" for k in range(len(values)))


def _field(state: Environment3DState, block: _Block, part: Any, place: Float, electric: bool) -> Any:
    if part is None:
        seen = (state.electric_field(place) if electric else state.magnetic_field(place) * 1e6)[0, 0]
    else:
        seen_b, seen_e = part.front(state, np.full(1, 25.0))
        seen = (seen_e if electric else seen_b)[0]
    floor = state.interharmonic[0] * np.abs(seen[:, 0])
    values = _phasor_wave(seen, block, floor, bool(state.arc_on[0]))
    if part is not None:
        bins = (INTERHARMONIC[1] - INTERHARMONIC[0]) * 0.2
        white = (PROBE.floor_e if electric else PROBE.floor_b) / np.sqrt(bins)
        values = values + white * np.stack([block.noise() for _ in values])
        limit = PROBE.limit_e if electric else PROBE.limit_b
        values = np.clip(values, -limit, limit)
    return values, tuple(f"{'E' if electric else 'B'}{a}" for a in "xyz")


def _electric(state: Environment3DState, block: _Block, part: Any, place: Float) -> tuple[Float, tuple[str, ...]]:
    out: tuple[Float, tuple[str, ...]] = _field(state, block, part, place, True)
    return out


def _magnetic(state: Environment3DState, block: _Block, part: Any, place: Float) -> tuple[Float, tuple[str, ...]]:
    out: tuple[Float, tuple[str, ...]] = _field(state, block, part, place, False)
    return out


def _sound(state: Environment3DState, block: _Block, part: Any, place: Float) -> tuple[Float, tuple[str, ...]]:
    ratio, share, kurtosis, beating = impulsive(state, place)
    if part is not None:
        ratio, (share, kurtosis, beating) = part.heard(state, np.full(1, 25.0))
    out = np.zeros(block.count)
    for k, (low, high) in enumerate(pairwise(SOUND_BANDS)):
        rms, p = REFERENCE * float(np.sqrt(ratio[0, k])), float(share[0, k])
        wave = block.band(block.noise(), low, high, float(np.sqrt(1.0 - p)))
        if p > 1e-4:
            rate = 1.5 / (SPU0410.ring * max(float(kurtosis[0, k]) - 3.0, 1e-3))
            pulsed = block.pulses(min(rate, 1e5), SPU0410.ring, float(beating[0, k]) > 0.3 * p)
            wave = wave + block.band(pulsed, low, high, float(np.sqrt(p)))
        out += block.band(wave, low, high, rms)
    return out[None], ("p",)


def _vibration(state: Environment3DState, block: _Block, part: Any, place: Float) -> tuple[Float, tuple[str, ...]]:
    true = motion(state)[0]
    rms, kurtosis = true[:, :4], true[:, 5]
    if part is not None:
        seen, _, shape = part.moved(state)
        rms, kurtosis = seen[0], shape[0]
    values = np.zeros((3, block.count))
    for axis in range(3):
        for k, (low, high) in enumerate(pairwise(VIBRATION_BANDS)):
            bursts = k == 3 and kurtosis[axis] > 3.5
            wave = block.pulses(1.5 / (0.02 * (kurtosis[axis] - 3.0)), 0.02, False) if bursts else block.noise()
            values[axis] += block.band(wave, low, high, float(rms[axis, k]))
    turn = lean(state)[0]
    return values + np.array([np.sin(turn[0]), np.sin(turn[1]), 1.0])[:, None], ("ax", "ay", "az")


_MAKERS: dict[str, Callable[[Environment3DState, _Block, Any, Float], tuple[Float, tuple[str, ...]]]] = {
    "current": _current, "electric": _electric, "magnetic": _magnetic, "sound": _sound, "vibration": _vibration,
}  # fmt: skip
