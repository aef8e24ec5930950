"""Cases of plumes, puffs, plume rise, filaments and settling."""

from __future__ import annotations

from typing import Any

import numpy as np

from gg_gym.equations import dispersion
from gg_gym.fidelity.case import Case, relative

_CCPS = "GasDispersion.jl, test/utils/ccps_tests.jl"
_FACTS = "computed from the formula by an independent script"


def briggs(distance: Any, classes: tuple[int, ...] | list[int]) -> tuple[Any, Any]:
    """Crosswind, then vertical standard deviations [m] at the distances [m], class by class (A = 0)."""
    pairs = [dispersion.briggs_sigmas(distance, k) for k in classes]
    return np.concatenate([np.ravel(y) for y, _ in pairs]), np.concatenate([np.ravel(z) for _, z in pairs])


def briggs_plume(rate: Any, speed: Any, distance: Any, stability: int, z: Any, height: Any) -> Any:
    """Concentration [kg/m3] on the axis of a plume with Briggs' spread, at height z, from a source at height [m]."""
    across, up = dispersion.briggs_sigmas(distance, stability)
    return dispersion.gaussian_plume(rate, speed, across, up, 0.0 * distance, z, height)


def plume_flux(rate: Any, speed: Any, distance: Any, stability: int, height: Any) -> Any:
    """Mass [kg/s] that crosses the plane at a distance [m], by the trapezium rule."""
    across, up = dispersion.briggs_sigmas(distance, stability)
    y = np.linspace(-8.0, 8.0, 401)[:, None] * across
    z = np.linspace(0.0, float(height + 9.0 * up), 1201)[None]
    c = dispersion.gaussian_plume(rate, speed, across, up, y, z, height)
    return np.trapezoid(np.trapezoid(speed * c, z[0], axis=1), y[:, 0])


def reflection(up: Any) -> Any:
    """Concentration with the source on the ground over that far above it [1], at the height of the source."""
    one = np.ones_like(up)
    low, high = (dispersion.gaussian_plume(one, one, up, up, 0.0 * one, h * one, h * one) for h in (0.0, 1e3))
    return low / high


def filament_square(time: Any, size: Any, growth: Any) -> Any:
    """Square of a filament's radius [m2]."""
    return dispersion.filament_size(time, size, growth) ** 2


CASES: tuple[Case, ...] = (
    Case("DIS-1", "Briggs' spread at 1.2 m, classes A to F", _CCPS, "code-to-code",
         {"distance": 1.2, "classes": list(range(6))},
         (0.2639842, 0.1919885, 0.1319921, 0.0959942, 0.0719957, 0.0479971,
          0.24, 0.144, 0.0959885, 0.0719353, 0.0359870, 0.0191931), relative(2e-6), "m", briggs),
    Case("DIS-2", "Briggs' spread of class D at 10 to 1000 m", f"Briggs 1973; {_FACTS}", "own regression",
         {"distance": (10.0, 50.0, 100.0, 1000.0), "classes": [3]},
         (0.7996, 3.990, 7.960, 76.277, 0.5956, 2.8935, 5.595, 37.947), relative(1e-3), "m", briggs),
    Case("DIS-3", "ground plume, inputs of CCPS 1999 p. 97", "GasDispersion.jl, test/models/gaussian_plume_tests.jl",
         "code-to-code", {"rate": 0.1, "speed": 2.0, "across": 18.1023, "up": 8.49736, "y": 0.0, "z": 0.0,
                          "height": 0.0}, 1.03467e-4, relative(1e-4), "kg/m3", dispersion.gaussian_plume),
    Case("DIS-4", "ground puff, inputs of CCPS 1999 p. 101", "GasDispersion.jl, test/models/gaussian_puff_tests.jl",
         "code-to-code", {"mass": 1.0, "along": 5.04793, "across": 5.04793, "up": 2.214837, "x": 0.0, "y": 0.0,
                          "z": 0.0, "height": 0.0}, 2.25005e-3, relative(1e-4), "kg/m3", dispersion.gaussian_puff),
    Case("DIS-5", "burning dump, class D at 3 km", "Turner's workbook, problem 1, recalled", "own regression",
         {"rate": 3e-3, "speed": 7.0, "across": 190.0, "up": 65.0, "y": 0.0, "z": 0.0, "height": 0.0}, 1.1e-8,
         relative(0.02), "kg/m3", dispersion.gaussian_plume),
    Case("DIS-6", "source of 1 mg/s at 9 m seen at 8 m, 5 and 20 m away", _FACTS, "own regression",
         {"rate": 1e-6, "speed": 3.0, "distance": (5.0, 20.0), "stability": 3, "z": 8.0, "height": 9.0},
         (1.646e-9, 1.963e-8), relative(1e-3), "kg/m3", briggs_plume),
    Case("DIS-7", "mass through a plane at 20 m", "conservation of mass", "identity",
         {"rate": 1.0, "speed": 3.0, "distance": 20.0, "stability": 3, "height": 9.0}, 1.0, relative(5e-3), "kg/s",
         plume_flux),
    Case("DIS-8", "ground reflection doubles a ground source", "method of images", "identity", {"up": 0.5}, 2.0,
         relative(1e-9), "1", reflection),
    Case("DIS-9", "rise of a buoyant plume at 50 m", "GasDispersion.jl, test/utils/util_tests.jl (after ISC3)",
         "code-to-code", {"flux": 50.0, "distance": 50.0, "speed": 4.0}, 20.0, relative(1e-3), "m",
         dispersion.briggs_rise),
    Case("DIS-12", "square of a filament's radius after 10 s", "pompy, default parameters", "code-to-code",
         {"time": 10.0, "size": 0.0316, "growth": 0.001}, 0.0110, relative(1e-3), "m2", filament_square),
    Case("DIS-13", "settling of 0.1, 1, 10 um spheres", f"Stokes-Cunningham (Hinds, recalled); {_FACTS}",
         "own regression", {"diameter": (0.1e-6, 1e-6, 10e-6)}, (8.7e-7, 3.5e-5, 3.06e-3), relative(0.02), "m/s",
         dispersion.settling_velocity),
    Case("DIS-PPB", "mass of one ppb of CO, H2, HCHO at 25 Cel", f"ideal gas; {_FACTS}", "own regression",
         {"molar_mass": (0.02801, 0.002016, 0.03003), "temperature": 298.15, "pressure": 101325.0},
         (1e9 / 1.145, 1e9 / 0.0824, 1e9 / 1.227), relative(1e-3), "[ppb].m3/kg",
         dispersion.ppb_per_concentration),
)  # fmt: skip
