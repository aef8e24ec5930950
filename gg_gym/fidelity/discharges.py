"""Cases of corona onset, loss and noise, and of arcs."""

from __future__ import annotations

import math
from typing import Any

from gg_gym.equations import arcs, corona
from gg_gym.fidelity.case import Case, absolute, relative

_WADHWA = "logged output of a code that works through Wadhwa's textbook, example"
_FACTS = "computed by an independent script"
_HVLBUZZ = f"formula of hvlbuzz, read; {_FACTS}"
#: One centimetre of mercury [Pa], as Peek measures pressure.
_CMHG = 1333.224
_ROOT3 = math.sqrt(3.0)


def _density(mercury: Any, celsius: Any) -> Any:
    """Relative air density [1] at a pressure in cmHg and a temperature [Cel]."""
    return corona.relative_air_density(_CMHG * mercury, celsius + 273.0)


def critical_voltage(radius: Any, spacing: Any, mercury: Any, celsius: Any, surface: Any) -> Any:
    """Disruptive critical voltage, phase [V]."""
    return corona.disruptive_critical_voltage(radius, spacing, _density(mercury, celsius), surface)


def visual_voltage(radius: Any, spacing: Any, mercury: Any, celsius: Any, surface: Any, coefficient: Any) -> Any:
    """Visual onset voltage, phase [V]; one per surface."""
    return corona.visual_critical_voltage(radius, spacing, _density(mercury, celsius), surface, coefficient)


def corona_loss(
    voltage: Any, radius: Any, spacing: Any, mercury: Any, celsius: Any, surface: Any, weather: Any, coefficient: Any
) -> Any:
    """Peek's loss [W/m] at 50 Hz; ``weather`` lowers the critical voltage, 1 is fair."""
    critical = weather * critical_voltage(radius, spacing, mercury, celsius, surface)
    return corona.peek_loss(
        voltage + 0.0 * critical, critical, radius, spacing, _density(mercury, celsius), 50.0, coefficient
    )


def gradient_voltage(radius: Any, spacing: Any, density: Any, surface: Any, gradient: Any) -> Any:
    """Disruptive critical voltage [V] with a textbook's own critical gradient [V/m]."""
    scale = gradient / corona.GRADIENT_RMS
    return scale * corona.disruptive_critical_voltage(radius, spacing, density, surface)


def noise_step(gradient: Any, diameter: Any, distance: Any, altitude: Any) -> Any:
    """Change of BPA's level [dB] over two distances [m]."""
    near, far = corona.bpa_audible_noise(gradient, diameter, distance, altitude)
    return far - near


def arc(gap: Any, current: Any) -> tuple[Any, Any]:
    """Voltage [V], then resistance [Ohm] of free arcs."""
    voltage = arcs.stokes_oppenlander_voltage(gap, current)
    return voltage, voltage / current


def steady_rates(conductance: Any, current: Any, cooling: Any, steady: Any, tau: Any) -> tuple[Any, Any]:
    """Rates of Mayr's arc at v i = P0 and of Cassie's at v = Uc [S/s]."""
    power = arcs.mayr_voltage(current, cooling) * current
    return (
        arcs.mayr_rate(conductance, power, cooling, tau),
        arcs.cassie_rate(conductance, steady, steady, tau),
    )


_61 = {"radius": 0.0052, "spacing": 2.5, "mercury": 73.6, "celsius": 21.0}
_65 = {"radius": 0.00518, "spacing": 2.44, "mercury": 73.15, "celsius": 26.67}
_83 = {"radius": 0.00585, "spacing": 3.0, "mercury": 72.0, "celsius": 20.0, "surface": 0.96}

CASES: tuple[Case, ...] = (
    Case("COR-1", "disruptive critical voltage, phase", f"{_WADHWA} 6.1", "code-to-code", {**_61, "surface": 0.85},
         97.89e3 / _ROOT3, relative(3e-3), "V", critical_voltage),
    Case("COR-2", "visual onset, local and general, phase", f"{_WADHWA} 6.1", "code-to-code",
         {**_61, "surface": (0.7, 0.8), "coefficient": 0.3}, (66.09e3, 130.83e3 / _ROOT3), relative(5e-3), "V",
         visual_voltage),
    Case("COR-3.a", "disruptive critical voltage", f"{_WADHWA} 6.5", "code-to-code", {**_65, "surface": 0.85}, 54.72e3,
         relative(5e-3), "V", critical_voltage),
    Case("COR-3.b", "visual onset", f"{_WADHWA} 6.5", "code-to-code",
         {**_65, "surface": 0.72, "coefficient": 0.301}, 66e3, relative(5e-3), "V", visual_voltage),
    Case("COR-3.c", "corona loss (arithmetic; outside the formula's range)", f"{_WADHWA} 6.5", "code-to-code",
         {"voltage": 63.5e3, **_65, "surface": 0.85, "weather": 1.0, "coefficient": 241.0}, 0.672, relative(5e-3),
         "W/m", corona_loss),
    Case("COR-4.a", "relative air density", f"inputs of Chakrabarti, example 8.3; {_FACTS}", "own regression",
         {"pressure": 72.0 * _CMHG, "temperature": 293.0}, 0.9633, relative(5e-3), "1", corona.relative_air_density),
    Case("COR-4.b", "disruptive critical voltage", f"inputs of Chakrabarti, example 8.3; {_FACTS}", "own regression",
         _83, 71.23e3, relative(5e-3), "V", critical_voltage),
    Case("COR-4.c", "corona loss, fair and foul weather (arithmetic only)",
         f"inputs of Chakrabarti, example 8.3; {_FACTS}", "own regression",
         {"voltage": 132e3 / _ROOT3, **_83, "weather": (1.0, 0.8), "coefficient": 244.0}, (0.208, 3.10),
         relative(5e-3), "W/m", corona_loss),
    Case("COR-5", "disruptive critical voltage, phase", f"inputs of Mehta, example 8.13; {_FACTS}", "own regression",
         {"radius": 0.01, "spacing": 1.0, "density": 0.952, "surface": 0.9, "gradient": 30e5 / math.sqrt(2.0)}, 83.7e3,
         relative(3e-3), "V", gradient_voltage),
    Case("AN-1", "audible noise of one conductor, BPA", _HVLBUZZ, "own regression",
         {"gradient": 15e5, "diameter": 0.0281, "distance": 20.0, "altitude": 300.0, "count": 1}, 35.58, absolute(0.01),
         "dB", corona.bpa_audible_noise),
    Case("AN-2", "audible noise of one conductor, EPRI", _HVLBUZZ, "own regression",
         {"gradient": 15e5, "diameter": 0.0281, "distance": 20.0, "count": 1}, 44.70, absolute(0.01), "dB",
         corona.epri_audible_noise),
    Case("AN-3", "audible noise at twice the distance, BPA", "11.4 log10 2", "identity",
         {"gradient": 15e5, "diameter": 0.0281, "distance": (20.0, 40.0), "altitude": 300.0}, -3.43, absolute(0.01),
         "dB", noise_step),
    Case("ARC-1", "free arc of 100 mm at 10 and 100 A (10 A: arithmetic only)",
         f"Stokes and Oppenlander 1991, formula read; {_FACTS}", "own regression",
         {"gap": (0.1, 0.1), "current": (10.0, 100.0)}, (96.8, 127.6, 9.676, 1.2755), relative(1e-3), "V, Ohm", arc),
    Case("ARC-2", "steady states of Mayr's and Cassie's arcs", "dg/dt = 0", "identity",
         {"conductance": 2.0, "current": (1.0, 30.0), "cooling": 500.0, "steady": 80.0, "tau": 1e-3}, (0.0, 0.0, 0.0),
         absolute(1e-6), "S/s", steady_rates),
    Case("ARC-3", "Mayr's arc without current", "exp(-t/tau)", "identity",
         {"conductance": 0.3, "time": 5e-4, "tau": 2e-4}, 0.3 * math.exp(-2.5), relative(1e-4), "S",
         arcs.mayr_free_decay),
)  # fmt: skip
