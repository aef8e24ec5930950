"""Sound in air: absorption (ISO 9613-1), spreading, speed.

Source: ISO 9613-1:1993 as implemented in python-acoustics (``standards/iso_9613_1_1993.py``, formulas read).
Tables of the standard use exact midbands ``1000 * 10^(k/10)``; nominal frequencies are off by up to 1.7 %.
"""

from __future__ import annotations

from typing import Annotated

from gg_gym.arrays import namespace
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
