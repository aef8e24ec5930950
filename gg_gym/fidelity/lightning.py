"""Cases of lightning: currents, field, flashes to a line, induced voltage, thunder."""

from __future__ import annotations

from typing import Any

import numpy as np

from gg_gym.equations import lightning
from gg_gym.fidelity.case import Case, absolute, relative

_FACTS = "computed by an independent script"
_DISTLINES = "distlines, constants read"


def exceedances(current: Any) -> tuple[Any, ...]:
    """Probability that a first stroke exceeds a current [A]: IEEE, one lognormal, CIGRE's two."""
    return (
        lightning.exceedance_ieee(current),
        lightning.exceedance_lognormal(current, 31.1e3, 0.484),
        lightning.exceedance_cigre(current),
    )


def strokes(median: Any, sigma: Any, front: Any, spread: Any, correlation: Any, draws: int) -> tuple[Any, ...]:
    """Median [A] and sigma of drawn peak currents, and the correlation of their logarithms with the front times'."""
    z = np.random.default_rng(6).standard_normal((2, draws))
    first, second = (float(median), float(sigma)), (float(front), float(spread))
    current, time = lightning.correlated_lognormals(z[0], z[1], first, second, float(correlation))
    return np.median(current), np.log(current).std(), np.corrcoef(np.log(current), np.log(time))[0, 1]


CASES: tuple[Case, ...] = (
    Case("LI-1", "first strokes above 50 kA: IEEE, lognormal, CIGRE", f"recalled laws, {_DISTLINES}; {_FACTS}",
         "own regression", {"current": 50e3}, (0.2239, 0.1633, 0.2508), absolute(1e-3), "1", exceedances),
    Case("LI-2", "radiated field of 30 kA at 100 km", "mu0 v I / (2 pi D)", "identity",
         {"current": 30e3, "distance": 100e3}, 9.0, relative(1e-3), "V/m", lightning.radiation_field),
    Case("LI-3", "flashes to lines 8, 10, 12 m high", f"Eriksson 1987, formula recalled; {_FACTS}", "own regression",
         {"density": 1.0, "height": (8.0, 10.0, 12.0), "width": 0.0}, (9.7502, 11.1470, 12.4356), relative(1e-3),
         "1/(100.km.a)", lightning.line_flashes),
    Case("LI-4", "thunder from 1 km and 1 mile at 20 Cel", "distance over the speed of sound", "own regression",
         {"distance": (1000.0, 1609.344), "temperature": 293.15}, (2.914, 4.689), relative(1e-3), "s",
         lightning.thunder_delay),
    Case("LI-5", "voltage induced by 30 kA 100 m away", "Rusck 1958, recalled", "own regression",
         {"current": 30e3, "height": 10.0, "distance": 100.0}, 116.4e3, relative(1e-3), "V", lightning.rusck_voltage),
    Case("LI-6", "drawn strokes: median, sigma, correlation with front times", _DISTLINES, "own regression",
         {"median": 31.1e3, "sigma": 0.484, "front": 3.83e-6, "spread": 0.55, "correlation": 0.47, "draws": 100_000},
         (31.1e3, 0.484, 0.47), absolute(622.0, 0.00968, 0.03), "A, 1, 1", strokes),
)  # fmt: skip
