"""Sound in air: absorption (ISO 9613-1), spreading, speed; spectra of wind, rain and thunder.

Source: ISO 9613-1:1993 as implemented in python-acoustics (``standards/iso_9613_1_1993.py``, formulas read).
Tables of the standard use exact midbands ``1000 * 10^(k/10)``; nominal frequencies are off by up to 1.7 %.
"""

from __future__ import annotations

from typing import Annotated

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Hertz, Kelvin, Meter, MeterPerSecond, Pascal, Unitless, Watt

Decibel = Annotated[A, "dB"]
DecibelPerMeter = Annotated[A, "dB/m"]
#: Reference temperature [K], triple point [K], reference pressure [Pa], reference sound power [W].
T0, T01, P0, W0 = 293.15, 273.16, 101325.0, 1e-12


def molar_humidity(temperature: Kelvin[A], pressure: Pascal[A], humidity: Unitless[A]) -> Unitless[A]:
    """Molar concentration of water vapour in percent (ISO 9613-1, annex B).

    Args:
        temperature: (...) [K].
        pressure: (...) [Pa].
        humidity: (...) relative humidity, 0 to 1 [1].
    """
    saturation = 10.0 ** (4.6151 - 6.8346 * (T01 / temperature) ** 1.261)
    return 100.0 * humidity * saturation * P0 / pressure


def relaxation_frequencies(
    temperature: Kelvin[A], pressure: Pascal[A], vapour: Unitless[A]
) -> tuple[Hertz[A], Hertz[A]]:
    """Relaxation frequencies of oxygen and nitrogen (ISO 9613-1, equations 3 and 4) [Hz].

    Args:
        temperature: (...) [K].
        pressure: (...) [Pa].
        vapour: (...) molar concentration of water vapour [%].
    """
    xp = namespace(temperature)
    oxygen = pressure / P0 * (24.0 + 4.04e4 * vapour * (0.02 + vapour) / (0.391 + vapour))
    bend = xp.exp(-4.170 * ((temperature / T0) ** (-1.0 / 3.0) - 1.0))
    nitrogen = pressure / P0 * (temperature / T0) ** -0.5 * (9.0 + 280.0 * vapour * bend)
    return oxygen, nitrogen


def absorption(
    frequency: Hertz[A], temperature: Kelvin[A], pressure: Pascal[A], humidity: Unitless[A]
) -> DecibelPerMeter[A]:
    """Attenuation of pure tones by the air (ISO 9613-1, equation 5).

    Args:
        frequency: (...) [Hz].
        temperature: (...) [K].
        pressure: (...) [Pa].
        humidity: (...) relative humidity, 0 to 1 [1].

    Returns:
        (...) [dB/m].
    """
    xp = namespace(frequency)
    ratio = temperature / T0
    oxygen, nitrogen = relaxation_frequencies(temperature, pressure, molar_humidity(temperature, pressure, humidity))
    classical = 1.84e-11 * (P0 / pressure) * ratio**0.5
    o2 = 0.01275 * xp.exp(-2239.1 / temperature) / (oxygen + frequency**2 / oxygen)
    n2 = 0.1068 * xp.exp(-3352.0 / temperature) / (nitrogen + frequency**2 / nitrogen)
    out: A = 8.686 * frequency**2 * (classical + ratio**-2.5 * (o2 + n2))
    return out


def received_level(
    power: Watt[A], distance: Meter[A], attenuation: DecibelPerMeter[A], hemisphere: bool = False
) -> Decibel[A]:
    """Sound pressure level of a point source, ``Lw - 20 log10 r - 11 - alpha r`` (-8 over hard ground).

    Args:
        power: (...) sound power, above 0 [W].
        distance: (...) [m].
        attenuation: (...) absorption by the air [dB/m].
        hemisphere: whether hard ground reflects (-8 dB instead of -11 dB).

    Returns:
        (...) [dB re 20 uPa].
    """
    xp = namespace(power)
    level = 10.0 * xp.log10(power / W0) - 20.0 * xp.log10(distance)
    out: A = level - (8.0 if hemisphere else 11.0) - attenuation * distance
    return out


def sound_speed(temperature: Kelvin[A]) -> MeterPerSecond[A]:
    """Speed of sound in air, ``343.2 sqrt(T/293.15)`` [m/s], of temperature (...) [K]."""
    return 343.2 * (temperature / T0) ** 0.5


def band_centre(low: Hertz[A], high: Hertz[A]) -> Hertz[A]:
    """Geometric mean of a band's edges (...) [Hz], where its absorption is taken. Source: IEC 61260-1, definition."""
    xp = namespace(low)
    centre: A = xp.sqrt(low * high)
    return centre


def received_ratio(power: Watt[A], distance: Meter[A], attenuation: DecibelPerMeter[A]) -> Unitless[A]:
    """Mean square pressure over (20 uPa)^2 of a point source in free field; 10 log10 of it is :func:`received_level`.

    Args:
        power: (...) sound power, at or above 0 [W].
        distance: (...) above 0 [m].
        attenuation: (...) absorption by the air [dB/m].

    Source: as :func:`received_level`, without the logarithm, so that sources add and silence is 0.
    """
    loss = 10.0 ** (-1.1 - 0.1 * attenuation * distance)
    return power / W0 * loss / distance**2


def level(ratio: Unitless[A], floor: float = 1e-6) -> Decibel[A]:
    """``10 log10`` of a ratio (...), not below that of ``floor`` [dB]. Source: definition."""
    xp = namespace(ratio)
    out: A = 10.0 * xp.log10(clip(ratio, floor, None))
    return out


def wind_noise_level(speed: MeterPerSecond[A], at_one: float = 79.0) -> Decibel[A]:
    """Level over all frequencies of an unscreened capsule in turbulent wind, ``76..82 + 40 log10 U``.

    Args:
        speed: (...) wind, above 0 [m/s].
        at_one: level at 1 m/s [dB].

    Source: stagnation pressure ``rho U sigma_u`` at an intensity of 0.2; constants recalled.
    """
    xp = namespace(speed)
    out: A = at_one + 40.0 * xp.log10(speed)
    return out


def falling_share(low: Hertz[A], high: Hertz[A], corner: Hertz[A], slope: float = 2.0) -> Unitless[A]:
    """Share of the energy in a band of a spectrum flat below ``corner`` and falling as ``f^-slope`` above it.

    Args:
        low: (...) lower edge, at or above ``corner`` [Hz].
        high: (...) upper edge [Hz].
        corner: (...) [Hz].
        slope: above 1: 5/3 to 7/3 for wind noise below 200 Hz (recalled).

    Source: integral of the spectrum.
    """
    tail = slope - 1.0
    return ((corner / low) ** tail - (corner / high) ** tail) / slope


def broken_share(
    low: Hertz[A], high: Hertz[A], corner: Hertz[A], end: float, slope: float = 2.0, steep: float = 4.0
) -> Unitless[A]:
    """:func:`falling_share` up to the frequency ``end``, beyond which the spectrum falls as ``f^-steep``.

    Args:
        low: (...) lower edge, at or above ``corner`` [Hz].
        high: (...) upper edge [Hz].
        corner: (...) below ``end`` [Hz].
        end: where the capsule averages the eddies out [Hz].
        slope: above 1.
        steep: above 1.

    Source: integral of the spectrum; the steep end is an estimate (wind is heard below 500 Hz).
    """
    inner = falling_share(clip(low, None, end), clip(high, None, end), corner, slope)
    rest = (end / clip(low, end, None)) ** (steep - 1.0) - (end / clip(high, end, None)) ** (steep - 1.0)
    out: A = inner + (slope - 1.0) / slope * (corner / end) ** (slope - 1.0) / (steep - 1.0) * rest
    return out


def rain_level(rain: Unitless[A], at_one: float = 40.0) -> Decibel[A]:
    """Level of drops on an enclosure, ``40 + 17 log10 R`` dB(A), 1 to 10 kHz; rain (...), above 0 [mm/h]. Recalled."""
    xp = namespace(rain)
    out: A = at_one + 17.0 * xp.log10(rain)
    return out


def thunder_peak_frequency(energy: A, speed: MeterPerSecond[A], pressure: Pascal[A]) -> Hertz[A]:
    """Frequency of the strongest thunder, ``0.63 c sqrt(p / E)`` (Few 1969; the factor is recalled).

    Args:
        energy: (...) energy of the channel per length [J/m].
        speed: (...) of sound [m/s].
        pressure: (...) of the air [Pa].
    """
    xp = namespace(energy)
    out: A = 0.63 * speed * xp.sqrt(pressure / energy)
    return out


def peaked_share(low: Hertz[A], high: Hertz[A], peak: Hertz[A]) -> Unitless[A]:
    """Share of the energy in a band of a spectrum ``2 f f0^2 / (f^2 + f0^2)^2``, whose peak is at ``f0 / sqrt(3)``.

    Args:
        low: (...) [Hz].
        high: (...) [Hz].
        peak: (...) frequency of the peak [Hz].

    Source: our choice of shape for thunder (rises as f, falls as f^-3); integral of it.
    """
    square = 3.0 * peak**2
    return square / (square + low**2) - square / (square + high**2)
