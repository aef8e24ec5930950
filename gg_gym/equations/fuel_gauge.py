"""Fuel gauges: counting of charge, and the slow pull to what the voltage at rest says."""

from __future__ import annotations

from gg_gym.arrays import namespace
from gg_gym.units import A, Ampere, Celsius, Unitless, Volt


def counted_charge(charge: Unitless[A], current: Ampere[A], capacity: A, step: float) -> Unitless[A]:
    """State of charge [1] after ``step`` seconds of measured ``current`` (discharge positive), shapes broadcast.

    Args:
        charge: before [1].
        current: mean over the step [A].
        capacity: believed [A.h].
        step: [s].

    Source: coulomb counting (Plett, Battery Management Systems vol. 2, section 1.13, recalled).
    """
    after: A = charge - current * (step / 3600.0) / capacity
    return after


def rest_share(current: Ampere[A], scale: float) -> Unitless[A]:
    """How far the voltage is believed at a current: 1 at rest, half at ``scale`` [A], any shape (assumption)."""
    share: A = 1.0 / (1.0 + (current / scale) ** 2)
    return share


def voltage_pull(error: Volt[A], slope: Volt[A], rate: A, step: float) -> Unitless[A]:
    """Change of the estimate of charge [1] in ``step`` seconds by an observer fed with the error of its voltage.

    Args:
        error: measured less expected open-circuit voltage [V].
        slope: of the open-circuit voltage against charge, above 0 [V].
        rate: gain of the observer [1/(V.s)].
        step: any [s].

    Source: exact solution of ds/dt = rate (error - slope s): a flat curve pulls slowly, a steep one at once.
    """
    xp = namespace(error)
    x = rate * slope * step
    change: A = error / slope * -xp.expm1(-x)
    return change


def charge_error(temperature: Celsius[A], age: A, new: float, cold: float, old: float) -> A:
    """Standard deviation [%] of an estimate of charge: at 25 Cel and ``new``, more in the ``cold`` and when ``old``.

    Source: linear in kelvins below 25 (held at 35) and in years (an assumption; numbers estimated).
    """
    xp = namespace(temperature)
    below = xp.minimum(xp.maximum(25.0 - temperature, 0.0 * temperature), 35.0 + 0.0 * temperature)
    sd: A = new + cold * below + old * age
    return sd
