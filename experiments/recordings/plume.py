"""Hot plumes of 22 and 45 kW (McCaffrey): isotherms beside the plume law that lifts the twin's sources.

Two recordings: isotherms (x, z and K; taken as the rise, the files do not say), and a table of centreline temperature
and velocity by height for five fires. The table is constant in the flame and follows power laws above: it is
McCaffrey's correlation, not readings, so that only the isotherms count as measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.equations.atmosphere import air_density
from gg_gym.equations.dispersion import buoyancy_flux, calm_rise
from gg_gym.parameters.combustion import CHAR

from . import DATA

AIR, GRAVITY = 293.15, 9.81
POWERS = (22.0, 45.0)


def twin_plume(power: float, height: np.ndarray, convective: float = CHAR.convective) -> tuple[np.ndarray, np.ndarray]:
    """Mean rise of temperature [K] and velocity [m/s] across the twin's plume of ``power`` [kW] at heights [m].

    The engine knows only how fast its plume rises (:func:`calm_rise`); the temperature follows from the buoyancy flux
    that the law conserves and its width, 6/5 of entrainment times height (Morton, Taylor and Turner).
    """
    density = float(air_density(np.array(AIR), np.array(101325.0), np.array(0.0)))
    flux = buoyancy_flux(np.array(1e3 * convective * power), np.array(AIR), np.array(density))
    time = np.linspace(1e-3, 30.0, 300_000)
    rise = np.asarray(calm_rise(flux, time))
    speed = np.interp(height, rise, np.gradient(rise, time))
    width = 1.2 * 0.1 * height
    return AIR * float(flux) / (GRAVITY * speed * width * width), speed


def correlation(power: float, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """McCaffrey's correlation (1979; constants recalled) on the axis: rise of temperature [K], velocity [m/s].

    u = k z'^n P^0.2 and rise = (k / (0.9 sqrt(2 g)))^2 z'^(2 n - 1) T, with z' = z / P^0.4, P in kW, k and n by
    flame, tip and plume.
    """
    scaled = height / power**0.4
    which = [scaled < 0.08, scaled < 0.2]
    k, n = np.select(which, [6.8, 1.9], 1.1), np.select(which, [0.5, 0.0], -1.0 / 3.0)
    rise = (k / (0.9 * np.sqrt(2.0 * GRAVITY))) ** 2 * scaled ** (2.0 * n - 1.0) * AIR
    return rise, k * scaled**n * power**0.2


def isotherms(power: float, data: Path = DATA) -> dict[float, tuple[float, float]]:
    """Rise [K] -> height [m] at which the isotherm crosses the axis (NaN if it does not), and its half-width [m]."""
    x, z, rise = np.genfromtxt(
        data / "mccaffrey_plume" / f"McCaffrey_{power:.0f}kW.csv", delimiter=",", skip_header=1
    ).T
    out = {}
    for level in np.unique(rise[rise > 0.0]):
        here = rise == level
        axis = z[here & (np.abs(x) < 0.005)]
        out[float(level)] = (float(axis.max()) if len(axis) else np.nan, float(np.abs(x[here]).max()))
    return out


def _ratio(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Geometric mean of a ratio."""
    return float(np.exp(np.mean(np.log(ours / theirs))))


def compare(data: Path = DATA) -> dict[str, Any]:
    """Per fire: the rise by the laws at the height where the isotherm crosses the axis, and how the table fits."""
    out: dict[str, Any] = {}
    table = np.genfromtxt(data / "mccaffrey_plume" / "McCaffrey_Plume.csv", delimiter=",", names=True)
    for power in POWERS:
        rows = [(k, z) for k, (z, _) in isotherms(power, data).items() if z > 0.2 * power**0.4]
        level, height = (np.array(v) for v in zip(*rows, strict=True))
        mean, known = twin_plume(power, height)[0], correlation(power, height)[0]
        z, warm = table["Height"][1:], table[f"Temp_{power:.0f}_kW"][1:] - 20.0
        theirs, far = correlation(power, z), np.linspace(1.0, 10.0, 19)
        out[f"{power:.0f} kW"] = {
            "isotherms_K": level.tolist(), "height_m": height.tolist(), "twin_mean_K": mean.round(1).tolist(),
            "correlation_K": known.round(1).tolist(),
            "twin_over_recorded": _ratio(mean, level), "correlation_over_recorded": _ratio(known, level),
            "table_over_correlation_temperature": _ratio(warm, theirs[0]),
            "table_over_correlation_velocity": _ratio(table[f"Vel_{power:.0f}_kW"][1:], theirs[1]),
            "twin_mean_over_correlation_velocity_1_to_10_m": _ratio(
                twin_plume(power, far)[1], correlation(power, far)[1]),
        }  # fmt: skip
    return out


def plot(path: Path, data: Path = DATA) -> None:
    """Rise of temperature on the axis against height."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained", sharey=True)
    for axis, power in zip(axes, POWERS, strict=True):
        height = np.geomspace(0.1, 5.0, 100)
        found = isotherms(power, data)
        axis.loglog([z for z, _ in found.values()], list(found), "ko", label="recorded isotherms on the axis")
        axis.loglog(height, correlation(power, height)[0], "0.6", label="McCaffrey's correlation")
        above = height[height > 0.2 * power**0.4]
        axis.loglog(above, twin_plume(power, above)[0], "C0", label="twin's plume, mean across it")
        axis.loglog(
            above, 2.0 * twin_plume(power, above)[0], "C0--", label="twin's plume, twice the mean (Gaussian axis)"
        )
        axis.set(title=f"{power:.0f} kW", xlabel="height [m]", ylim=(8, 2000))
    axes[0].set_ylabel("rise of temperature [K]")
    axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=100)
    plt.close(figure)
