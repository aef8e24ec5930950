"""Cases of the unit's supply: panel, battery, enclosure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gg_gym.equations import atmosphere, battery, enclosure, solar, sun
from gg_gym.fidelity.case import BAND, Case, absolute, relative

_PVLIB = "pvlib 0.16.1, run"
_PLACE = {"latitude": 39.742, "longitude": -105.18, "altitude": 1830.0}
#: 2025-06-21 and 2025-12-21, 07:00 UTC (local midnight), in days since 2000-01-01 12 h UTC; day of the year.
_JUNE, _DECEMBER = (
    {"midnight": 9302.0 - 5.0 / 24.0, "day_of_year": 172.0},
    {
        "midnight": 9485.0 - 5.0 / 24.0,
        "day_of_year": 355.0,
    },
)
_PRADA = "functions of PyBaMM's Prada2013 set, read; computed by an independent script"


def cell_temperatures(irradiance: Any, air: Any, wind: Any) -> tuple[Any, Any]:
    """Cell temperature [Cel] by Sandia's model, then by Faiman's."""
    return solar.cell_temperature_sapm(irradiance, air, wind), solar.cell_temperature_faiman(irradiance, air, wind)


def pvwatts_loss(losses: Any) -> Any:
    """Combined loss [1] of several."""
    return solar.combined_loss(*losses)


def panel_day(
    midnight: Any, day_of_year: Any, latitude: Any, longitude: Any, altitude: Any, turbidity: Any, tilt: Any,
    air: Any, wind: Any, albedo: Any, rated: Any, gamma: Any, loss: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Energy [W.h] and plane-of-array irradiation [kW.h/m2] of a panel that faces south, on a clear day."""
    zenith, azimuth = sun.sun_angles(midnight + np.arange(0.0, 1.0, 1.0 / 1440.0), float(latitude), float(longitude))
    up, slope = np.cos(zenith), np.deg2rad(tilt)
    mass = sun.air_mass(up, float(atmosphere.standard_pressure(altitude)) / 101325.0)
    ghi, dni, dhi = sun.ineichen(up, mass, sun.extraterrestrial(day_of_year), float(turbidity), float(altitude))
    place = np.stack([np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth), up], -1)
    normal = np.array([0.0, -np.sin(slope), np.cos(slope)])
    plane = solar.plane_irradiance(dni, dhi, ghi, solar.incidence_cosine(place, normal), np.cos(slope), albedo)
    cell = solar.cell_temperature_sapm(plane, air, wind)
    power = solar.panel_power(plane, cell, rated, float(gamma)) * (1.0 - loss)
    return power.sum() / 60.0, plane.sum() / 60e3


def charge_cycle(current: Any, step: Any) -> Any:
    """Charge [C] after drawing a current [A] for a time [s] and putting it back at an efficiency of 1."""
    return battery.charge_change(current, 1.0, float(step)) + battery.charge_change(-current, 1.0, float(step))


def rc_steps(current: Any, resistance: Any, tau: Any, times: Any, steps: int) -> Any:
    """Voltage [V] over the RC pair after a step of current, at the times [s], each reached in so many steps."""
    out = []
    for time in times:
        voltage = 0.0 * current
        for _ in range(steps):
            voltage = battery.polarisation_step(voltage, current, resistance, tau, float(time) / steps)
        out.append(voltage)
    return np.array(out)


def box_rise(power: Any, outer: Any, inner: Any, area: Any) -> Any:
    """Steady rise [K] over the air of shell and inner air of a box that only convects."""
    return enclosure.steady(outer * area, inner * area, 0.0 * power, power)


def box_residual(power: Any, outer: Any, inner: Any, area: Any, shell: Any, air: Any, step: Any) -> Any:
    """Energy that a day of sun and wind leaves unaccounted for, over all heat that went in [1]."""
    loss, link, sizes = outer * area, inner * area, (shell, air)
    now, stored, throughput, lost = (np.asarray(288.15), np.asarray(288.15)), 0.0, 0.0, 0.0
    for t in np.arange(0.0, 86400.0, float(step)):
        outside = 295.65 - 7.5 * math.cos(2.0 * math.pi * (t - 4 * 3600.0) / 86400.0)
        light = 15.0 * max(0.0, math.sin(2.0 * math.pi * (t - 6 * 3600.0) / 86400.0))
        goal = enclosure.steady(loss, link, np.asarray(light + loss * outside), power)
        gap = (now[0] - goal[0], now[1] - goal[1])
        change = enclosure.change(gap, loss, link, sizes, float(step))
        mean_shell = goal[0] + enclosure.mean_gap(change, loss, link, sizes, float(step))[0]
        now = (now[0] + change[0], now[1] + change[1])
        stored += float(shell * change[0] + air * change[1])
        lost += float(loss * (mean_shell - outside) * float(step))
        throughput += (light + float(power)) * float(step)
    return abs(stored + lost - throughput) / throughput


_PANEL = {
    **_PLACE, "turbidity": 3.0, "tilt": 45.0, "air": 15.0, "wind": 2.0, "albedo": 0.25, "rated": 10.0,
    "gamma": -0.004, "loss": 0.1408,
}  # fmt: skip
_BOX = {"power": 2.0, "outer": 10.0, "inner": 5.0, "area": 0.1}

CASES: tuple[Case, ...] = (
    Case("SOL-2", "panel at 900 W/m2 and 30 Cel", "pvlib, pvwatts_dc, run", "code-to-code",
         {"irradiance": 900.0, "cell": 30.0, "rated": 100.0, "gamma": -0.003}, 88.65, relative(1e-9), "W",
         solar.panel_power),
    Case("SOL-3", "default losses of PVWatts combined", "pvlib, pvwatts_losses, read", "code-to-code",
         {"losses": (0.02, 0.03, 0.0, 0.02, 0.02, 0.005, 0.015, 0.01, 0.0, 0.03)}, 0.140757, absolute(1e-6), "1",
         pvwatts_loss),
    Case("SOL-4", "cell temperature by Sandia, by Faiman", "pvlib, tests of temperature models", "code-to-code",
         {"irradiance": 900.0, "air": 20.0, "wind": 5.0}, (43.509, 35.203), absolute(1e-3), "Cel", cell_temperatures),
    Case("SOL-7.a", "10 W panel on 21 June: energy, irradiation", _PVLIB, "code-to-code", {**_JUNE, **_PANEL},
         (62.5, 7.72), relative(0.02), "W.h, kW.h/m2", panel_day),
    Case("SOL-7.b", "10 W panel on 21 December: energy, irradiation", _PVLIB, "code-to-code", {**_DECEMBER, **_PANEL},
         (45.3, 5.56), relative(0.02), "W.h, kW.h/m2", panel_day),
    Case("BAT-1", "potential of LiFePO4 at six stoichiometries", _PRADA, "own regression",
         {"s": (0.05, 0.2, 0.5, 0.8, 0.95, 0.99)}, (3.40696, 3.40365, 3.39757, 3.38925, 3.18763, 2.72090),
         absolute(1e-5), "V", battery.positive_potential),
    Case("BAT-1.cell", "open-circuit voltage at 5, 20, 50, 80, 95 % charge", _PRADA, "own regression",
         {"charge": (0.05, 0.2, 0.5, 0.8, 0.95)}, (2.701, 3.162, 3.263, 3.309, 3.315), absolute(1e-3), "V",
         battery.open_circuit),
    Case("BAT-2", "charge after a cycle", "conservation of charge", "identity", {"current": 1.7, "step": 3600.0}, 0.0,
         absolute(1e-9), "C", charge_cycle),
    Case("BAT-3", "RC pair after a step of current", "I R (1 - exp(-t/RC))", "identity",
         {"current": 2.0, "resistance": 0.01, "tau": 60.0, "times": (6.0, 60.0, 600.0), "steps": 50},
         tuple(0.02 * -math.expm1(-t / 60.0) for t in (6.0, 60.0, 600.0)), relative(1e-6), "V", rc_steps),
    Case("ENC-1", "box with 2 W inside: rise of shell and inner air", "heat balance", "identity", _BOX, (2.0, 6.0),
         relative(1e-6), "K", box_rise),
    Case("ENC-2", "energy lost track of in a day of sun", "conservation of energy", "identity",
         {**_BOX, "shell": 800.0, "air": 600.0, "step": 60.0}, ((-1e-3, 1e-3),), BAND, "1", box_residual),
)  # fmt: skip
