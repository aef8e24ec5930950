"""Wood and water: equilibrium moisture content and electrical resistivity."""

from __future__ import annotations

from gg_gym.arrays import namespace
from gg_gym.units import A, Celsius, Unitless


def equilibrium_moisture(temperature: Celsius[A], humidity: Unitless[A]) -> Unitless[A]:
    """Equilibrium moisture content of wood [kg water per kg dry wood]; shapes broadcast.

    Hailwood-Horrobin form, constants of the Wood Handbook (USDA FPL-GTR-190, eq. 4-5); facts section 3.6, PYR-8.

    Args:
        temperature: [Cel].
        humidity: relative humidity, a fraction [1].
    """
    t = temperature
    weight = 349.0 + 1.29 * t + 0.0135 * t * t
    kh = (0.805 + 0.000736 * t - 2.73e-6 * t * t) * humidity
    k1 = 6.27 - 0.00938 * t - 0.000303 * t * t
    k2 = 1.91 + 0.0407 * t - 0.000293 * t * t
    polymer = (k1 * kh + 2.0 * k1 * k2 * kh * kh) / (1.0 + k1 * kh + k1 * k2 * kh * kh)
    moisture: A = 18.0 / weight * (kh / (1.0 - kh) + polymer)
    return moisture


def resistivity(moisture: Unitless[A]) -> A:
    """Electrical resistivity of wood [Ohm.m] at a moisture content [kg/kg] of 0.07 to 0.28, any shape.

    log10 rho = 16.72 - 9.14 log10(MC %): a fit to recalled ranges, facts section 3.6.
    """
    xp = namespace(moisture)
    percent = 100.0 * xp.clip(moisture, 0.07, 0.28)
    ohm_metres: A = 10.0**16.72 * percent**-9.14
    return ohm_metres
