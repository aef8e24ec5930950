"""Barometers: height, wind on the housing, and a recursive filter."""

from __future__ import annotations

from typing import Any

from gg_gym.arrays import namespace
from gg_gym.units import A, Kelvin, KilogramPerCubicMeter, Meter, MeterPerSecond, Pascal, Unitless


def pressure_at(pressure: Pascal[A], temperature: Kelvin[A], rise: Meter[Any]) -> Pascal[A]:
    """Pressure [Pa] ``rise`` metres above the place where it is ``pressure``, shapes broadcast; isothermal dry air.

    Source: barometric formula (Wallace and Hobbs, Atmospheric Science, 2nd ed., eq. 3.24).
    """
    xp = namespace(pressure)
    above: A = pressure * xp.exp(-9.80665 * rise / (287.05 * temperature))
    return above


def dynamic_pressure(
    density: KilogramPerCubicMeter[A], speed: MeterPerSecond[A], coefficient: Unitless[A]
) -> Pascal[A]:
    """Pressure [Pa] that wind adds at a port, shapes broadcast: Bernoulli's half rho v^2 times a coefficient.

    Source: definition of the pressure coefficient.
    """
    added: A = 0.5 * coefficient * density * speed * speed
    return added


def filter_noise(sigma: Any, coefficient: float) -> Any:
    """Standard deviation after the filter y += (x - y)/(coefficient + 1) of white samples of ``sigma``, any shape.

    Source: variance a/(2 - a) of a first-order recursion with a = 1/(coefficient + 1).
    """
    return sigma / (2.0 * coefficient + 1.0) ** 0.5


def filter_time(coefficient: float, rate: float) -> float:
    """Time constant [s] of the filter y += (x - y)/(coefficient + 1) at ``rate`` [Hz]; near 0 without a filter.

    Source: equal decay of a first-order lag over one sample.
    """
    from math import log

    return 1e-3 / rate if coefficient <= 0.0 else -1.0 / (rate * log(coefficient / (coefficient + 1.0)))
