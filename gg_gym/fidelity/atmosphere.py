"""Cases of moist air, the standard atmosphere, wind with height, and turbulence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gg_gym.equations import atmosphere, turbulence, wind
from gg_gym.fidelity.case import Case, absolute, relative

_PSYCHROLIB = "psychrolib 2.5.0 (ASHRAE Handbook Fundamentals), run"
_STANDARD = "fluids.ATMOSPHERE_1976 (US Standard Atmosphere 1976), run"
_GAS_DISPERSION = "GasDispersion.jl, test/utils/util_tests.jl"
_FACTS = "computed from the formula by an independent script"


def moist_air(temperature: Any, humidity: Any, pressure: Any) -> tuple[Any, Any]:
    """Mixing ratio [kg/kg] and density [kg/m3] of air at temperature [K], relative humidity [1], pressure [Pa]."""
    vapour = humidity * atmosphere.saturation_pressure(temperature)
    return atmosphere.mixing_ratio(vapour, pressure), atmosphere.air_density(temperature, pressure, vapour)


def standard_air(height: Any) -> tuple[Any, Any, Any]:
    """Temperature [K], pressure [Pa] and density [kg/m3] of the standard atmosphere at geometric height [m]."""
    level = atmosphere.geopotential_height(height)
    temperature, pressure = atmosphere.standard_temperature(level), atmosphere.standard_pressure(level)
    return temperature, pressure, atmosphere.air_density(temperature, pressure, 0.0 * pressure)


def log_wind(speed: Any, height: Any, reference_height: Any, roughness: Any) -> Any:
    """Neutral wind [m/s] at height [m] from wind at the reference height [m]."""
    return speed * wind.profile_ratio(height, float(reference_height), roughness, 0.0 * speed)


def obukhov_length(stability: Any, roughness: Any) -> Any:
    """Monin-Obukhov length [m] of Pasquill class numbers (A = 0) over roughness [m]."""
    return 1.0 / wind.inverse_obukhov(stability, roughness + 0.0 * stability)


def kaimal_deviations(reach: Any) -> Any:
    """Standard deviation over friction velocity [1] of the three Kaimal spectra, integrated over ln n in +-reach."""
    grid = np.linspace(-float(reach), 2.0 * float(reach), 20001)
    spectra = [turbulence.kaimal(np.exp(grid), component) for component in ("along", "across", "up")]
    return np.sqrt([np.trapezoid(spectrum, grid) for spectrum in spectra])


def ou_spread(sigma: Any, scale: Any, times: Any, dt: Any, paths: int) -> Any:
    """Standard deviation [m] of positions that integrate the exact OU velocity in steps dt [s], at the times [s]."""
    rng, size = np.random.default_rng(3), (paths,)
    tau, spread = np.full(size, float(scale)), []
    v: Any = sigma * rng.standard_normal(size)
    x = np.zeros(size)
    for step in range(1, round(float(times[-1] / dt)) + 1):
        new = turbulence.ou_step(v, float(dt), tau, sigma, rng.standard_normal(size))
        x, v = x + 0.5 * dt * (v + new), new
        if np.isclose(step * dt, times).any():
            spread.append(x.std())
    return np.array(spread)


CASES: tuple[Case, ...] = (
    Case("ATM-1", "saturation vapour pressure at 5, 20, 25 Cel", _PSYCHROLIB, "code-to-code",
         {"temperature": (278.15, 293.15, 298.15)}, (872.5, 2338.8, 3169.2), relative(3e-3), "Pa",
         atmosphere.saturation_pressure),
    Case("ATM-1.M", "saturation vapour pressure at 25 Cel", "MetPy 1.7.1, run", "code-to-code",
         {"temperature": 298.15}, 3162.35, relative(3e-3), "Pa", atmosphere.saturation_pressure),
    Case("ATM-2", "dew point of 21 Cel at 80 %", _PSYCHROLIB, "code-to-code",
         {"temperature": 294.15, "relative_humidity": 0.80}, 290.570, absolute(0.02), "K", atmosphere.dew_point),
    Case("ATM-3", "dew point of 30 Cel at 40 %", _PSYCHROLIB, "code-to-code",
         {"temperature": 303.15, "relative_humidity": 0.40}, 288.086, absolute(0.02), "K", atmosphere.dew_point),
    Case("ATM-4", "mixing ratio and density of moist air", _PSYCHROLIB, "code-to-code",
         {"temperature": 293.15, "humidity": 0.5, "pressure": 101325.0}, (0.007262, 1.1990), relative(3e-3),
         "kg/kg, kg/m3", moist_air),
    Case("ATM-5", "standard atmosphere at 0, 500, 1000 m", _STANDARD, "code-to-code", {"height": (0.0, 500.0, 1000.0)},
         (288.15, 284.90, 281.65, 101325.0, 95461.0, 89876.0, 1.2250, 1.16727, 1.11166), relative(5e-4),
         "K, Pa, kg/m3", standard_air),
    Case("ATM-6", "standard atmosphere at 2000, 5000 m", _STANDARD, "code-to-code", {"height": (2000.0, 5000.0)},
         (275.154, 255.676, 79501.0, 54048.0, 1.00655, 0.73643), relative(5e-4), "K, Pa, kg/m3", standard_air),
    Case("ATM-7b", "temperature by day", f"Parton and Logan 1981, recalled; {_FACTS}", "own regression",
         {"hours": (9.36, 15.17), "low": 283.15, "high": 298.15, "day_length": 15.0, "lag": 1.86}, (298.15, 291.57),
         absolute(0.02), "K", atmosphere.daytime_temperature),
    Case("ATM-8", "logarithmic wind profile", "windpowerlib, tests/test_wind_speed.py", "code-to-code",
         {"speed": (5.0, 6.5), "height": 100.0, "reference_height": 10.0, "roughness": 0.15}, (7.74136523, 10.0637748),
         relative(1e-6), "m/s", log_wind),
    Case("ATM-9", "power law of wind with height", "windpowerlib, tests/test_wind_speed.py", "code-to-code",
         {"speed": 5.0, "height": 100.0, "reference_height": 10.0, "exponent": 1.0 / math.log(100.0 / 0.15)},
         7.12462437, relative(1e-6), "m/s", wind.power_law),
    Case("ATM-10", "Monin-Obukhov length of classes A, B, C, E, F", _GAS_DISPERSION, "code-to-code",
         {"stability": (0.0, 1.0, 2.0, 4.0, 5.0), "roughness": 1.2},
         (-11.60975, -26.81848, -129.91506, 129.91506, 26.81848), relative(1e-5), "m", obukhov_length),
    Case("ATM-11", "power law with the exponents of classes A to F", _GAS_DISPERSION, "code-to-code",
         {"speed": 3.0, "height": 10.0, "reference_height": 1.0, "exponent": wind.POWER_LAW},
         (3.84699, 3.88259, 3.95477, 4.16027, 4.78764, 5.37182), relative(1e-5), "m/s", wind.power_law),
    Case("ATM-12", "wind at 8 m over wind at 10 m with stability", f"Businger-Dyer; {_FACTS}", "own regression",
         {"height": 8.0, "reference_height": 10.0, "roughness": (0.03,) * 5,
          "inverse_obukhov": (-0.1, -0.02, 0.0, 0.02, 0.05)},
         (0.97602, 0.97025, 0.96159, 0.93783, 0.91289), absolute(1e-3), "1", wind.profile_ratio),
    Case("TUR-1", "standard deviations of the Kaimal spectra", f"Kaimal 1972, recalled; {_FACTS}", "own regression",
         {"reach": 20.0}, (2.1847, 1.6384, 1.2370), relative(1e-3), "1", kaimal_deviations),
    Case("TUR-2", "von Karman spectrum at 0.1 and 1 Hz", f"von Karman 1948; {_FACTS}", "own regression",
         {"frequency": (0.1, 1.0), "sigma": 1.0, "length": 100.0, "speed": 10.0}, (1.1358, 0.02475), relative(1e-3),
         "m2/s", turbulence.von_karman),
    Case("TUR-3", "spread of particles with an OU velocity", f"Taylor 1921; {_FACTS}", "own regression",
         {"time": (1.0, 5.0, 20.0), "sigma": 0.5, "scale": 2.0}, (0.462, 1.779, 4.243), relative(2e-3), "m",
         turbulence.taylor_spread),
    Case("TUR-3.a", "the same by exact OU steps of 0.05 s", f"Monte Carlo of 20 000 paths; {_FACTS}", "own regression",
         {"sigma": 0.5, "scale": 2.0, "times": (1.0, 5.0, 20.0), "dt": 0.05, "paths": 20_000}, (0.462, 1.779, 4.243),
         relative(0.02), "m", ou_spread),
    Case("TUR-3.b", "the same by exact OU steps of 0.2 s", f"Monte Carlo of 20 000 paths; {_FACTS}", "own regression",
         {"sigma": 0.5, "scale": 2.0, "times": (1.0, 5.0, 20.0), "dt": 0.2, "paths": 20_000}, (0.462, 1.779, 4.243),
         relative(0.02), "m", ou_spread),
    Case("TUR-4", "normal turbulence model, class A at 10 m/s", "IEC 61400-1, recalled", "own regression",
         {"speed": 10.0}, 2.096, relative(1e-3), "m/s", turbulence.iec_deviation),
)  # fmt: skip
