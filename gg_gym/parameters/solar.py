"""Numbers of a small photovoltaic panel on a pole: optics, temperature, losses, dirt and snow.

Read: PVWatts v5 losses and Faiman's coefficients as pvlib ships them, Marion's snow coefficients (pvlib.snow).
Others are recalled or estimated, as said.
"""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

SOLAR_PRIORS: tuple[Prior, ...] = (
    ("power_soiling_rate", 1.2e-8, 0.5, "1/s", "recalled: 0.5 to 1 % a week; 0.2 % a day in another source"),
    ("power_rain_wash", 0.77, 0.4, "1/mm", "estimate: 3 mm of rain leave a tenth of the dirt"),
    ("power_dry_spell", 7.0, 0.4, "d", "recalled: days since rain washed the panel, before the run"),
    ("power_panel_albedo", 0.2, 0.25, "1", "recalled: grass and asphalt 0.1 to 0.25"),
    ("power_panel_yield", 1.0, 0.05, "1", "estimate: true over rated power of panels of one make"),
)


@dataclass(frozen=True)
class Panel:
    """A panel and its charger.

    Attributes:
        rated: power at 1000 W/m2 and 25 Cel [W] (estimate: three cloudy winter days at 40 degrees).
        tilt: from the horizontal, towards the equator [deg] (estimate).
        height: above the ground, for the wind [m].
        gamma: temperature coefficient of power [1/K] (facts, SOL-7).
        voltage: at the maximum power point, 25 Cel [V], and its temperature coefficient [1/K] (recalled).
        voltage_slope: see ``voltage``.
        u0: Faiman's constant loss [W/(m2.K)] (read).
        u1: Faiman's loss per wind [W.s/(m3.K)] (read).
        shading: PVWatts loss (read); soiling, snow and availability are states here, not losses.
        mismatch: PVWatts loss (read).
        wiring: PVWatts loss (read).
        connections: PVWatts loss (read).
        light_induced: PVWatts loss (read).
        nameplate: PVWatts loss (read).
        tracking: efficiency of the maximum power point tracker (recalled: 0.95 to 0.98).
        soiling_limit: share of light that dirt takes at most (estimate).
        snow_depth: snow per depth of water [1] (recalled: 10).
        snow_full: depth that covers 1 - 1/e of the panel [m] (from Marion's 1 cm).
        snow_below: air temperature below which precipitation is snow [Cel] (recalled).
        seen: power above which the panel counts as producing [W].
    """

    rated: float = 20.0
    tilt: float = 45.0
    height: float = 6.5
    gamma: float = -0.004
    voltage: float = 18.0
    voltage_slope: float = -0.0035
    u0: float = 25.0
    u1: float = 6.84
    shading: float = 0.03
    mismatch: float = 0.02
    wiring: float = 0.02
    connections: float = 0.005
    light_induced: float = 0.015
    nameplate: float = 0.01
    tracking: float = 0.965
    soiling_limit: float = 0.25
    snow_depth: float = 10.0
    snow_full: float = 0.01
    snow_below: float = 1.0
    seen: float = 0.01


PANEL = Panel()
