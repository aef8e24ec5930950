"""Counts of the thermal camera: the radiometric model as tables, the field of fixed patterns, work arrays."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import ndtri

from gg_gym.equations.radiometry import band_table, band_temperature, lepton_counts, lepton_kelvin
from gg_gym.parameters.lepton import LEPTON
from gg_gym.streams import uniforms
from gg_gym.units import Float, Float32, Int, UInt16

H, W = LEPTON.rows, LEPTON.columns
PIXELS = H * W
RBFO = (LEPTON.r, LEPTON.b, LEPTON.f, LEPTON.o)
#: Most pixels of a unit that go bad in the field.
GROWN = 16
#: Random words of a frame: pixels, rows, columns, the frame, and the blinking of bad pixels.
WORDS = PIXELS + H + W + 1 + GROWN
#: Size of the field from which fixed patterns are cut.
FIELD = (512, 640)


def counts(temperature: Float) -> Float:
    """Counts of a black body at a temperature [K]."""
    return np.asarray(lepton_counts(temperature, *RBFO), np.float64)


def exitance_counts(exitance: Float) -> Float:
    """Counts of an 8-14 um exitance [W/m2]; proportional to it beyond the band's table (3150 K)."""
    top = float(band_table()[-1])
    inside = counts(np.asarray(band_temperature(np.minimum(exitance, top)), np.float64))
    out: Float = LEPTON.o + (inside - LEPTON.o) * np.maximum(exitance / top, 1.0)
    return out


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


class Scratch:
    """Work arrays of at most ``size`` images, small enough to stay in the cache."""

    def __init__(self, size: int) -> None:
        self.z = np.empty((size, WORDS), np.float32)
        self.left, self.right = np.ones((size, H, 2), np.float32), np.ones((size, 2, W), np.float32)
        self.both = np.empty((size, H, W), np.float32)
        self.whole, self.number = np.empty((size, PIXELS), np.int32), np.empty((size, PIXELS), np.intp)
        self.codes, self.scene = np.empty((size, PIXELS), np.uint16), np.empty((size, PIXELS), np.float32)
        self.generator = np.random.Philox(key=0)


class Cuts:
    """Each row's cut of the field of fixed patterns, made anew only where its corner has moved; ``n`` rows."""

    def __init__(self, n: int) -> None:
        self._corner, self._cut = np.full((n, 2), -1), np.empty((n, H, W), np.float32)

    def at(self, corner: Int) -> Float32:
        """(n, 4800) cuts at ``corner`` (n, 2), read by the caller and left as they are."""
        moved = np.flatnonzero((corner != self._corner).any(axis=1))
        if moved.size:
            field = pattern_field()
            for i, (r, c) in zip(moved.tolist(), corner[moved].tolist(), strict=True):
                self._cut[i] = field[r : r + H, c : c + W]
            self._corner = corner.copy()
        return self._cut.reshape(-1, PIXELS)
