"""Outdoor insulators: deposit, wetting, leakage current, dry bands, and Obenaus' model of polluted flashover.

Salt deposit (ESDD) is in mg/cm2 as everywhere in the literature, everything else in SI. Sources: facts of IEC 60815 and
60507 (classes, layer conductivity; recalled), F. Obenaus 1958 for the flashover model, whose minimum is also found
numerically by the tests.
"""

from __future__ import annotations

import math
from typing import Annotated

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import (
    A,
    Ampere,
    Kelvin,
    Meter,
    MeterPerSecond,
    Ohm,
    PerSecond,
    Second,
    Unitless,
    Volt,
    Watt,
)

MilligramPerSquareCentimeter = Annotated[A, "mg/cm2"]
MilligramPerSquareCentimeterSecond = Annotated[A, "mg/(cm2.s)"]
KilogramPerSquareMeter = Annotated[A, "kg/m2"]
MillimeterPerHour = Annotated[A, "mm/h"]
OhmPerMeter = Annotated[A, "Ohm/m"]
Siemens = Annotated[A, "S"]


def layer_conductivity(deposit: MilligramPerSquareCentimeter[A]) -> Siemens[A]:
    """Surface conductivity of a saturated layer at 20 Cel, ``(369.05 C + 0.42) uS`` per square (recalled fit) [S].

    Args:
        deposit: (...) equivalent salt deposit density C [mg/cm2].
    """
    return 1e-6 * (369.05 * deposit + 0.42)


def conductivity_factor(temperature: Kelvin[A]) -> Unitless[A]:
    """Conductivity of a wet layer over that at 20 Cel, ``1 / (1 - b (t - 20))``, b a cubic of t, -20 to 40 Cel.

    Source: temperature correction of IEC 60507, b = .03156, .02817, .02277, .01905 at 5, 10, 20, 30 Cel (recalled).

    Args:
        temperature: (...) of the layer [K].
    """
    t = clip(temperature - 273.15, -20.0, 40.0)
    b = 3.544e-2 - 8.272e-4 * t + 1.032e-5 * t * t - 3.2e-8 * t * t * t
    out: A = 1.0 / (1.0 - b * (t - 20.0))
    return out


def growth_factor(
    wind: MeterPerSecond[A],
    temperature: Kelvin[A],
    rain: MillimeterPerHour[A],
    coast: Meter[A],
    road: Meter[A],
) -> tuple[Unitless[A], Unitless[A], Unitless[A]]:
    """Deposition relative to the site's quiet dry rate, in three parts: dust, sea salt, salt from a road in winter.

    Sea salt goes as the square of the wind (estimate, at most nine times that of 5 m/s) and falls off over 3 km, road
    salt over 50 m while the air is near freezing; nothing settles in rain.
    Source: estimate after the site classes of IEC 60815 (recalled).

    Args:
        wind: (...) [m/s].
        temperature: (...) air [K].
        rain: (...) [mm/h].
        coast: (...) distance to the coast [m].
        road: (...) distance to the road [m].
    """
    xp = namespace(wind)
    dry = xp.exp(-rain / 0.1)
    sea = dry * xp.exp(-coast / 3000.0) * clip((wind / 5.0) ** 2, None, 9.0)
    freezing = 1.0 / (1.0 + xp.exp(clip((temperature - 275.15) / 2.0, -30.0, 30.0)))
    return dry, sea, dry * xp.exp(-road / 50.0) * freezing


def wash_rate(rain: MillimeterPerHour[A], shortest: Second[A], half: MillimeterPerHour[A]) -> PerSecond[A]:
    """Rate at which rain washes a layer off, ``x^3 / (1 + x^3) / shortest``, ``x = rain / half``.

    Heavy rain (above 5 mm/h) washes within about ten minutes, drizzle does not (recalled; the cubic is an estimate).

    Args:
        rain: (...) [mm/h].
        shortest: (...) time constant in a downpour [s].
        half: (...) rain at half that rate [mm/h].
    """
    x = rain / half
    cube: A = x * x * x
    rate: A = cube / (1.0 + cube) / shortest
    return rate


def deposit_step(
    deposit: MilligramPerSquareCentimeter[A],
    residue: MilligramPerSquareCentimeter[A],
    growth: MilligramPerSquareCentimeterSecond[A],
    loss: PerSecond[A],
    time: float,
) -> MilligramPerSquareCentimeter[A]:
    """Deposit after ``time``: ``C' = growth - loss (C - residue)``, exact for constant rates.

    Source: linear balance (definition).

    Args:
        deposit: (...) now [mg/cm2].
        residue: (...) what rain cannot reach [mg/cm2].
        growth: (...) [mg/(cm2.s)].
        loss: (...) above 0 [1/s].
        time: [s].
    """
    xp = namespace(deposit)
    gone = -xp.expm1(-loss * time)
    out: A = deposit + (residue - deposit) * gone + growth * gone / loss
    return out


def humidity_wetness(
    humidity: Unitless[A], centre: Unitless[A], width: Unitless[A], threshold: float = 0.65
) -> Unitless[A]:
    """Share of a salt layer's conductivity that humid air brings up: a logistic of humidity, 0 at the threshold.

    NaCl deliquesces at 75 % (recalled); centre 80 %, width 5 %. Shifted and scaled so that it is continuous.

    Args:
        humidity: (...) relative humidity at the surface, 0 to 1 [1].
        centre: (...) [1].
        width: (...) [1].
        threshold: below it the layer is dry [1].
    """
    xp = namespace(humidity)
    low = 1.0 / (1.0 + xp.exp((centre - threshold) / width))
    high = 1.0 / (1.0 + xp.exp((centre - 1.0) / width))
    at = 1.0 / (1.0 + xp.exp(clip((centre - humidity) / width, -30.0, 30.0)))
    out: A = clip((at - low) / (high - low), 0.0, 1.0)
    return out


def wetness(humid: Unitless[A], film: KilogramPerSquareMeter[A], full: KilogramPerSquareMeter[A]) -> Unitless[A]:
    """Wetness factor w of a layer, ``1 - (1 - humid) exp(-film / full)``: 1 in dew, drizzle and rain (estimate).

    Args:
        humid: (...) of :func:`humidity_wetness` [1].
        film: (...) liquid water [kg/m2].
        full: (...) water that dissolves most of the salt [kg/m2].
    """
    xp = namespace(humid)
    out: A = 1.0 - (1.0 - humid) * xp.exp(-film / full)
    return out


def layer_conductance(conductivity: Siemens[A], wet: Unitless[A], form: Unitless[A]) -> Siemens[A]:
    """Conductance of an insulator's wet layer, ``sigma_s w / F`` [S]. Source: definition of the form factor.

    Args:
        conductivity: (...) of the saturated layer [S].
        wet: (...) wetness factor [1].
        form: (...) form factor, integral of dl / (pi D): 1 to 3 [1].
    """
    out: A = conductivity * wet / form
    return out


def surge_current(voltage: Volt[A], conductance: Siemens[A]) -> Ampere[A]:
    """Leakage current before dry bands form, ``V_ph sigma_s w / F``, rms [A]. Source: Ohm.

    Args:
        voltage: (...) rms to ground [V].
        conductance: (...) of the wet layer [S].
    """
    return voltage * conductance


def dry_band_target(
    power: Watt[A], half: Watt[A], rain: MillimeterPerHour[A], rewet: MillimeterPerHour[A]
) -> Unitless[A]:
    """Share of dry bands at which heating and wetting balance, ``P/(P + P_half) / (1 + rain/rewet)`` (estimate).

    Args:
        power: (...) the surge current's heat [W].
        half: (...) power at which half the bands are dry [W].
        rain: (...) [mm/h].
        rewet: (...) rain that keeps half of them wet [mm/h].
    """
    out: A = power / (power + half) / (1.0 + rain / rewet)
    return out


def resistive_leakage(surge: Ampere[A], bands: Unitless[A], factor: Unitless[A]) -> Ampere[A]:
    """Continuous leakage current, ``surge (1 - bands (1 - k_db))``: k_db times the surge behind dry bands, rms [A].

    Source: facts of field measurements, k_db .02 to .05 (assumption).

    Args:
        surge: (...) rms before dry bands [A].
        bands: (...) share of dry bands, 0 to 1 [1].
        factor: (...) k_db [1].
    """
    return surge * (1.0 - bands * (1.0 - factor))


def total_leakage(resistive: Ampere[A], capacitive: Ampere[A]) -> Ampere[A]:
    """Leakage current with its capacitive part, which leads by 90 degrees: root of the squares, rms [A]. Definition."""
    xp = namespace(resistive)
    out: A = xp.sqrt(resistive**2 + capacitive**2)
    return out


def series_heat(voltage: Volt[A], current: Ampere[A], resistance: Ohm[A]) -> Watt[A]:
    """Heat in a resistance behind an insulator that alone would pass ``current``: ``I^2 R / (1 + I R / V)^2`` [W].

    At most ``V^2 / (4 (V/I))``. Source: Ohm's law of two resistances in series.

    Args:
        voltage: (...) rms across both, above 0 [V].
        current: (...) rms without the resistance [A].
        resistance: (...) [Ohm].
    """
    out: A = current**2 * resistance / (1.0 + current * resistance / voltage) ** 2
    return out


def critical_current(constant: A, resistance: OhmPerMeter[A], exponent: float) -> Ampere[A]:
    """Current at the minimum of Obenaus' voltage, ``(A / r_p)^(1/(n+1))`` (Obenaus 1958) [A].

    Args:
        constant: (...) A of the arc ``V = A x I^-n`` [V.A^n/m] (124.8 V.A^n/cm is 12480).
        resistance: (...) of the layer per length of creepage, r_p [Ohm/m].
        exponent: n [1].
    """
    out: A = (constant / resistance) ** (1.0 / (exponent + 1.0))
    return out


def critical_voltage(constant: A, resistance: OhmPerMeter[A], length: Meter[A], exponent: float) -> Volt[A]:
    """Lowest peak voltage that drives an arc across, ``A^(1/(n+1)) r_p^(n/(n+1)) L`` (Obenaus 1958) [V].

    Args:
        constant: (...) A [V.A^n/m].
        resistance: (...) r_p [Ohm/m].
        length: (...) creepage distance L [m].
        exponent: n [1].
    """
    power = 1.0 / (exponent + 1.0)
    out: A = constant**power * resistance ** (exponent * power) * length
    return out


def arc_radius(current: Ampere[A]) -> Meter[A]:
    """Radius of an arc on a wet layer, ``sqrt(I / (pi 1.45 A/cm2))`` (Wilkins 1969, recalled) [m].

    Args:
        current: (...) peak [A].
    """
    xp = namespace(current)
    out: A = xp.sqrt(current / (math.pi * 1.45e4))
    return out


def concentration(length: Meter[A], form: Unitless[A], radius: Meter[A], exponent: float) -> Unitless[A]:
    """Layer's resistance over that of parallel flow, ``K = 1 + (n+1)/(2 pi F n) ln(L / (2 pi R F))``, at least 1.

    The current crowds into the foot of the arc. Source: Topalis, Gonos and Stathopulos 2001, after Wilkins (recalled).

    Args:
        length: (...) creepage distance L [m].
        form: (...) form factor F [1].
        radius: (...) of the arc R [m].
        exponent: n [1].
    """
    xp = namespace(length)
    crowd = (exponent + 1.0) / (2.0 * math.pi * form * exponent)
    out: A = 1.0 + crowd * clip(xp.log(length / (2.0 * math.pi * radius * form)), 0.0, None)
    return out


def concentrated_voltage(voltage: Volt[A], factor: Unitless[A], exponent: float) -> Volt[A]:
    """Critical voltage with the layer's resistance K times greater at the critical arc, ``V (1 + n K) / (1 + n)`` [V].

    At the saddle the arc takes 1 part and the layer n parts of the voltage. Source: Topalis et al. 2001 (recalled).

    Args:
        voltage: (...) of :func:`critical_voltage` [V].
        factor: (...) K of :func:`concentration` [1].
        exponent: n [1].
    """
    out: A = voltage * (1.0 + exponent * factor) / (1.0 + exponent)
    return out


def critical_length(length: Meter[A], exponent: float) -> Meter[A]:
    """Length of the arc from which it runs across, ``L / (n + 1)`` (Obenaus 1958) [m]; creepage (...) [m], n [1]."""
    return length / (exponent + 1.0)


def obenaus_voltage(
    arc: Meter[A], current: Ampere[A], constant: A, resistance: OhmPerMeter[A], length: Meter[A], exponent: float
) -> Volt[A]:
    """Peak voltage of an arc of length x in series with the layer, ``A x I^-n + r_p (L - x) I`` (Obenaus 1958) [V].

    Args:
        arc: (...) x [m].
        current: (...) peak [A].
        constant: (...) A [V.A^n/m].
        resistance: (...) r_p [Ohm/m].
        length: (...) L [m].
        exponent: n [1].
    """
    out: A = constant * arc * current ** (-exponent) + resistance * (length - arc) * current
    return out


def withstand_score(peak: Volt[A], critical: Volt[A], spread: Unitless[A]) -> Unitless[A]:
    """Normal score of a flashover within a trial, ``ln(V_peak / Vc) / spread``: Vc is lognormal by 5 to 8 % (recalled).

    Args:
        peak: (...) [V].
        critical: (...) Vc [V].
        spread: (...) standard deviation of ln Vc [1].
    """
    xp = namespace(peak)
    out: A = xp.log(clip(peak, 1e-3, None) / critical) / spread
    return out
