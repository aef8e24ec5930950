"""Long-wave radiometry: the 8-14 um band, the sky, the path through air, and the counts of a Lepton camera.

Sections 5.4 (physics facts) and 6 (sensor facts). The laws of the sky live with the atmosphere and are passed on here.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from gg_gym.arrays import namespace
from gg_gym.equations.atmosphere import brutsaert_emissivity, sky_window_exitance, swinbank_sky
from gg_gym.equations.bounds import clip
from gg_gym.equations.heat import STEFAN_BOLTZMANN
from gg_gym.units import A, Celsius, Kelvin, Meter, Unitless, WattPerSquareMeter

__all__ = [
    "band_exitance",
    "band_exitance_fast",
    "band_table",
    "band_temperature",
    "brutsaert_emissivity",
    "fog_transmission",
    "glint_exitance",
    "lepton_counts",
    "lepton_kelvin",
    "mirror_gap",
    "path_transmission",
    "pixel_exitance",
    "planck_fraction",
    "sky_window_exitance",
    "sun_band",
    "swinbank_sky",
]

#: Second radiation constant hc/k [um.K] (CODATA 2018).
C2 = 14387.76877
#: The long-wave infrared band [um].
BAND = (8.0, 14.0)
#: Angular radius of the sun's disc [rad].
SUN_RADIUS = 4.65e-3
#: Table of the band: first temperature [K], spacing [K], entries (150 to 3150 K).
TABLE_START, TABLE_STEP, TABLE_SIZE = 150.0, 0.5, 6001


def planck_fraction(wavelength_temperature: A, terms: int = 64) -> Unitless[A]:
    """Fraction [1] of black-body exitance below a wavelength, from lambda T [um.K], any shape; for 300 to 48000 um.K.

    Series in exp(-k x), x = C2/(lambda T) (Siegel and Howell, eq. 1-33, recalled); case RAD-2.
    """
    xp = namespace(wavelength_temperature)
    x = C2 / wavelength_temperature
    total: A = xp.zeros_like(x)
    for k in range(1, terms + 1):
        total = total + xp.exp(-k * x) * (x**3 / k + 3.0 * x**2 / k**2 + 6.0 * x / k**3 + 6.0 / k**4)
    return 15.0 / math.pi**4 * total


def band_exitance(temperature: Kelvin[A]) -> WattPerSquareMeter[A]:
    """Exitance [W/m2] of a black body at ``temperature`` [K] (any shape) in 8-14 um: the Planck integral (RAD-1)."""
    low, high = BAND
    share = planck_fraction(high * temperature) - planck_fraction(low * temperature)
    square = temperature * temperature
    return STEFAN_BOLTZMANN * square * square * share


@lru_cache(maxsize=1)
def band_table() -> Any:
    """(6001,) float64 band exitances [W/m2] at 150, 150.5, ... 3150 K; read-only."""
    table = band_exitance(TABLE_START + TABLE_STEP * np.arange(TABLE_SIZE))
    table.flags.writeable = False
    return table


def _table_like(values: Any) -> Any:
    """The band table in the library and precision of ``values``."""
    xp = namespace(values)
    table = band_table()
    return xp.asarray(table if xp is np else table.copy(), dtype=values.dtype)


def band_exitance_fast(temperature: Kelvin[A]) -> WattPerSquareMeter[A]:
    """:func:`band_exitance` by linear interpolation in :func:`band_table`; clipped to 150..3150 K, any shape."""
    xp = namespace(temperature)
    table = _table_like(temperature)
    place = clip((temperature - TABLE_START) / TABLE_STEP, 0.0, TABLE_SIZE - 1.000001)
    floor = xp.floor(place)
    share, below = place - floor, xp.asarray(floor, dtype=xp.int64)
    exitance: A = table[below] * (1.0 - share) + table[below + 1] * share
    return exitance


def band_temperature(exitance: WattPerSquareMeter[A]) -> Kelvin[A]:
    """Black-body temperature [K] of a band exitance [W/m2], any shape: inverts :func:`band_exitance_fast` (RAD-5)."""
    xp = namespace(exitance)
    table = _table_like(exitance)
    above = clip(xp.searchsorted(table, exitance), 1, TABLE_SIZE - 1)
    low, high = table[above - 1], table[above]
    whole = xp.asarray(above - 1, dtype=exitance.dtype)
    temperature: A = TABLE_START + TABLE_STEP * (whole + (exitance - low) / (high - low))
    return temperature


def pixel_exitance(emissivity: A, transmission: A, body: A, reflected: A, air: A) -> WattPerSquareMeter[A]:
    """Band exitance [W/m2] that reaches a camera: emitted, reflected, and emitted on the way; shapes broadcast.

    Args:
        emissivity: of the body [1].
        transmission: of the path [1].
        body: band exitance at the body's temperature [W/m2].
        reflected: band exitance of what the body mirrors [W/m2].
        air: band exitance at the air's temperature [W/m2].
    """
    left = transmission * (emissivity * body + (1.0 - emissivity) * reflected)
    exitance: A = left + (1.0 - transmission) * air
    return exitance


def path_transmission(distance: Meter[A], air: Celsius[A], humidity: Unitless[A]) -> Unitless[A]:
    """Long-wave transmission [1] of air over ``distance`` [m]; shapes broadcast.

    FLIR's formula as in Minkina and Dudzik (2009), read in Thermimage; single path; case RAD-3.

    Args:
        distance: [m].
        air: air temperature [Cel].
        humidity: relative humidity, a fraction [1].
    """
    xp = namespace(distance)
    water = xp.sqrt(humidity * xp.exp(1.5587 + 0.06939 * air - 2.7816e-4 * air**2 + 6.8455e-7 * air**3))
    root = xp.sqrt(distance)
    first = 1.9 * xp.exp(-root * (0.006569 - 0.002276 * water))
    transmission: A = first - 0.9 * xp.exp(-root * (0.01262 - 0.00667 * water))
    return transmission


def lepton_counts(temperature: Kelvin[A], r: float, b: float, f: float, o: float) -> A:
    """Counts of a Lepton for a black body at ``temperature`` [K], any shape: R/(exp(B/T) - F) + O.

    Source: FLIR Lepton software IDD, RBFO model; sensor facts section 6.

    Args:
        temperature: [K].
        r: responsivity R [counts].
        b: B [K].
        f: F [1].
        o: offset O [counts].
    """
    xp = namespace(temperature)
    counts: A = r / (xp.exp(b / temperature) - f) + o
    return counts


def lepton_kelvin(counts: A, r: float, b: float, f: float, o: float) -> Kelvin[A]:
    """Temperature [K] of counts above O, any shape: the inverse of :func:`lepton_counts`; arguments as there."""
    xp = namespace(counts)
    temperature: A = b / xp.log(r / (counts - o) + f)
    return temperature


@lru_cache(maxsize=8)
def _band_share(temperature: float) -> float:
    """Share [1] of a black body's exitance in the band."""
    return float(band_exitance(np.array(temperature)) / (STEFAN_BOLTZMANN * temperature**4))


def sun_band(direct: WattPerSquareMeter[A], temperature: float = 5778.0) -> WattPerSquareMeter[A]:
    """Irradiance [W/m2] of the direct sun in 8-14 um from that of all wavelengths [W/m2], any shape.

    The share of a black body at the sun's temperature: 0.11 %. The air's window passes the band about as well as the
    whole (assumption).
    """
    return _band_share(temperature) * direct


def mirror_gap(sun: A, normal: A, view: A) -> A:
    """Angle [rad] (...) between the mirrored sun and the line of sight; unit vectors (..., 3), broadcast.

    Args:
        sun: towards the sun.
        normal: out of the surface.
        view: from the surface towards the eye.
    """
    xp = namespace(sun)
    mirrored = 2.0 * (sun * normal).sum(-1)[..., None] * normal - sun
    half = 0.5 * xp.sqrt(((mirrored - view) ** 2).sum(-1))
    gap: A = 2.0 * xp.arcsin(clip(half, 0.0, 1.0))
    return gap


def glint_exitance(irradiance: A, reflectivity: A, gap: A, roughness: A) -> WattPerSquareMeter[A]:
    """Exitance [W/m2] (pi times radiance) of the sun mirrored by a facet towards an eye; shapes broadcast.

    A normal lobe about the mirrored sun that holds what is reflected, at most as bright as the sun itself (estimate
    after the Gaussian lobes of rough-surface optics, recalled).

    Args:
        irradiance: of the sun on a plane across its beam, in the band [W/m2].
        reflectivity: of the facet [1].
        gap: angle off the mirror direction, of :func:`mirror_gap` [rad].
        roughness: standard deviation of the facet's slopes [rad].
    """
    xp = namespace(gap)
    variance = 4.0 * roughness**2 + 0.25 * SUN_RADIUS**2
    lobe = 0.5 / variance * xp.exp(-0.5 * gap**2 / variance)
    exitance: A = reflectivity * irradiance * clip(lobe, 0.0, 1.0 / SUN_RADIUS**2)
    return exitance


def fog_transmission(distance: Meter[A], visibility: Meter[A]) -> Unitless[A]:
    """Transmission [1] of fog over ``distance`` [m] at a meteorological ``visibility`` [m]; shapes broadcast.

    Koschmieder's law with a contrast of 2 %, drops larger than the wavelength (recalled; as in visible light).
    """
    xp = namespace(distance)
    transmission: A = xp.exp(-3.912 * distance / visibility)
    return transmission
