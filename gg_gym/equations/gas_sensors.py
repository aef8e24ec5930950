"""Gas sensors: electrochemical cells, metal oxides, photo-ionisation, and the humidity they answer to."""

from __future__ import annotations

from typing import Any

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Celsius, Kelvin, PartsPerBillion, Pascal, Second, Unitless


def absolute_humidity(vapour: Pascal[A], temperature: Kelvin[A]) -> A:
    """Absolute humidity [g/m3] of vapour [Pa] at temperature [K]; shapes broadcast: ideal gas, 18.015 g/mol."""
    return 18.015 * vapour / (8.314462618 * temperature)


def table(x: A, knots: A, values: A) -> A:
    """Linear interpolation of ``values`` (K, c) given at ``knots`` (K,), held outside; x (n,) to (n, c)."""
    xp = namespace(x)
    i = clip(xp.searchsorted(knots, x) - 1, 0, len(knots) - 2)
    w = clip((x - knots[i]) / (knots[i + 1] - knots[i]), 0.0, 1.0)[:, None]
    out: A = (1.0 - w) * values[i] + w * values[i + 1]
    return out


def mox_log_conductance(
    reducing: PartsPerBillion[A], oxidising: PartsPerBillion[A], beta: Any, k: Any, beta_ox: Any, k_ox: Any
) -> Unitless[A]:
    """ln(G/G0) of a metal oxide: the mixture adds inside the power.

    Args:
        reducing: sum of sensitivity times concentration of reducing gases [ppb equivalent].
        oxidising: sum of oxidisers [ppb].
        beta: exponent, 0.25 to 0.65.
        k: concentration at which the power law sets in [ppb].
        beta_ox: exponent of oxidisers.
        k_ox: as ``k`` for oxidisers [ppb].

    Source: power law of SnO2 (Madou and Morrison, Chemical Sensing with Solid State Devices, recalled), exponents
    from public drift and road-side sets (facts, section 1.4).
    """
    xp = namespace(reducing)
    log_g: A = beta * xp.log1p(reducing / k) - beta_ox * xp.log1p(oxidising / k_ox)
    return log_g


def mox_climate(absolute: A, body: Celsius[A], humidity: Any, per_kelvin: Any) -> Unitless[A]:
    """ln(G/G0) from absolute humidity [g/m3] (reference 10) and body temperature [Cel] (reference 20)."""
    xp = namespace(absolute)
    shift: A = humidity * xp.log(clip(absolute, 0.05, None) / 10.0) + per_kelvin * (body - 20.0)
    return shift


def plug_flow_time(volume: A, flow: Any) -> Second[A]:
    """Time [s] that air needs through a tube of ``volume`` [mL] at a ``flow`` [mL/min] without mixing.

    Source: definition of the residence time, V / Q (Levenspiel, Chemical Reaction Engineering, ch. 5, recalled).
    """
    seconds: A = 60.0 * volume / flow
    return seconds


def mox_concentration(log_g: Unitless[A], beta: Any, k: Any, background: Any) -> PartsPerBillion[A]:
    """The firmware's inverse: ppb equivalent at ln(G/G_clean), clean air holding ``background`` ppb equivalent."""
    xp = namespace(log_g)
    ppb: A = (k + background) * xp.exp(clip(log_g / beta, -20.0, 20.0)) - k
    return ppb


def poisoned_span(poison: Unitless[A]) -> Unitless[A]:
    """Sensitivity of a metal oxide to all but hydrogen at a silicone poisoning of 0 to 1: first up by 20 %, then gone.

    Source: (1 - p) (1 + (p / 0.3) exp(1 - 10 p)), shape after Schultealbert et al., J. Sens. Sens. Syst. 9, 283 (2020);
    numbers estimated (facts, section 1.4).
    """
    xp = namespace(poison)
    span: A = (1.0 - poison) * (1.0 + (poison / 0.3) * xp.exp(1.0 - 10.0 * poison))
    return span


def poisoned_hydrogen(poison: Unitless[A]) -> Unitless[A]:
    """The same for hydrogen, which survives: 1 - 0.2 p (Schultealbert et al. 2020; number estimated)."""
    return 1.0 - 0.2 * poison


def poisoned_time(poison: Unitless[A]) -> Unitless[A]:
    """Factor on the time constants of a poisoned metal oxide: 1 + 2 p (estimated)."""
    return 1.0 + 2.0 * poison


def lamp_sees(ionisation: A, lamp: float) -> A:
    """1.0 where a photo-ionisation lamp can ionise: ionisation energy [eV] at most 0.05 eV above the line."""
    xp = namespace(ionisation)
    seen: A = xp.where(ionisation <= lamp + 0.05, xp.ones_like(ionisation), xp.zeros_like(ionisation))
    return seen


def humidity_quench(absolute: A, share: Any) -> Unitless[A]:
    """Span of a photo-ionisation detector: water absorbs the lamp's line, ``share`` at 25 g/m3 (estimated 0.10)."""
    span: A = clip(1.0 - share * absolute / 25.0, 0.05, None)
    return span


def surface_leak(humidity: Unitless[A], fouling: Any, largest: float = 300.0) -> PartsPerBillion[A]:
    """False reading [ppb] of a fouled photo-ionisation cell above 92 % humidity (estimated form and size)."""
    leak: A = largest * fouling * clip((humidity - 92.0) / 8.0, 0.0, 1.0)
    return leak


def scrubber_breakthrough(dose: A) -> Unitless[A]:
    """Ozone response of a scrubbed NO2 cell after an ozone dose [ppm h]: 0.03 to 1.2, half at 500 ppm h (recalled)."""
    xp = namespace(dose)
    response: A = 0.03 + 1.17 / (1.0 + xp.exp((500.0 - dose) / 80.0))
    return response
