"""Cases of polluted insulators: layer, leakage surge and Obenaus' flashover."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gg_gym.equations import discharges, insulators
from gg_gym.fidelity.case import Case, absolute, relative

_OBENAUS = "Obenaus 1958, constants recalled; minimum found numerically by an independent script"


def obenaus(constant: Any, resistance: Any, length: Any, exponent: Any) -> tuple[Any, ...]:
    """Critical current [A], voltage [V] and arc length [m]."""
    return (
        insulators.critical_current(constant, resistance, exponent),
        insulators.critical_voltage(constant, resistance, length, exponent),
        insulators.critical_length(length, exponent),
    )


def obenaus_minimum(constant: Any, resistance: Any, length: Any, exponent: Any) -> Any:
    """Critical voltage [V] found on a grid: the largest over the arc's length of the least over current."""
    arc = np.linspace(0.01, 0.99, 981)[:, None] * length
    current = np.geomspace(0.01, 10.0, 6001)[None]
    voltage = insulators.obenaus_voltage(arc, current, constant, resistance, length, exponent)
    return voltage.min(axis=1).max()


def voltage_slope(constant: Any, conductivity: Any, length: Any, exponent: Any) -> Any:
    """Slope of ln Vc over ln of the layer's conductivity [1]."""
    voltage = insulators.critical_voltage(constant, 1.0 / conductivity, length, exponent)
    return np.diff(np.log(voltage)) / np.diff(np.log(conductivity))


def leakage_surge(voltage: Any, deposit: Any, wet: Any, form: Any) -> Any:
    """Leakage current before dry bands form [A]."""
    conductance = insulators.layer_conductance(insulators.layer_conductivity(deposit), wet, form)
    return insulators.surge_current(voltage, conductance)


_TOPALIS = {"constant": 12480.0, "resistance": 1e5, "length": 0.3, "exponent": 0.409}
_CLAVERIE = {"constant": 6300.0, "resistance": 1e5, "length": 0.3, "exponent": 0.5}

CASES: tuple[Case, ...] = (
    Case("INS-1", "flashover of 30 cm at 1 kOhm/cm: current, voltage, arc length (n = 0.409)", _OBENAUS,
         "own regression", _TOPALIS, (0.2283, 6850.0, 0.2129), relative(1e-3), "A, V, m", obenaus),
    Case("INS-1.grid", "the same voltage, found on a grid", _OBENAUS, "own regression", _TOPALIS, 6850.0,
         relative(1e-3), "V", obenaus_minimum),
    Case("INS-2", "flashover of 30 cm at 1 kOhm/cm: current, voltage, arc length (n = 0.5)", _OBENAUS,
         "own regression", _CLAVERIE, (0.1583, 4750.0, 0.200), relative(1e-3), "A, V, m", obenaus),
    Case("INS-3", "slope of the critical voltage over the layer's conductivity", "-n/(n+1)", "identity",
         {"constant": 12480.0, "conductivity": (1e-6, 1e-5), "length": 0.3, "exponent": 0.409}, -0.409 / 1.409,
         relative(1e-6), "1", voltage_slope),
    Case("INS-4", "leakage surge of a 22 kV line in fog, form factor 3 and 1", "formula recalled; Ohm's law",
         "own regression", {"voltage": 22e3 / math.sqrt(3.0), "deposit": 0.1, "wet": 1.0, "form": (3.0, 1.0)},
         (0.158, 0.474), relative(0.05), "A", leakage_surge),
    Case("RI-1", "radio noise of a conductor at 20 and 40 m", "CISPR/CIGRE formula, recalled", "own regression",
         {"gradient": 15e5, "radius": 0.015, "distance": (20.0, 40.0)}, (40.5, 30.6), absolute(0.1), "dB(uV/m)",
         discharges.fair_weather_radio_noise),
)  # fmt: skip
