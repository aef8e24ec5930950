"""Numbers of the climate model, of the clean air near a road, and of the wind below an hour.

Estimates that no source gives for every place are configurable: a site with a recorded year does not use the climate,
and what is true for all poles at once is drawn per world from the priors of the modules.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClimateParameters:
    """The climate model: a harmonic year, a diurnal course and exact OU weather (facts on climate are recalled)."""

    #: Annual mean at sea level at the equator [K] and its fall per degree of latitude [K/deg]; fitted by eye, recalled.
    equator_temperature: float = 303.15
    latitude_slope: float = 0.46
    #: Fall of temperature with altitude [K/m]; US Standard Atmosphere.
    lapse: float = 6.5e-3
    #: Annual half-range at the coast and far inland [K] at 45 degrees, and the distance between them [m]; recalled.
    coast_range: float = 4.5
    inland_range: float = 11.0
    inland_distance: float = 100e3
    #: Day of the warmest mean on the northern half [d]; recalled.
    warmest_day: float = 200.0
    #: Daily half-range under a clear sky [K], coast and inland; recalled (3-8 K).
    coast_daily: float = 3.0
    inland_daily: float = 6.5
    #: Share of the daily range that full cloud takes away [1]; recalled.
    cloud_damping: float = 0.75
    #: OU weather of temperature [K] and its time [h]; recalled.
    temperature_sigma: float = 3.5
    temperature_tau: float = 60.0
    #: Dew-point depression of the daily mean at the coast and inland [K]; OU sigma [K] and time [h]; recalled.
    coast_depression: float = 3.0
    inland_depression: float = 6.0
    dew_sigma: float = 3.0
    dew_tau: float = 48.0
    #: OU of pressure [Pa], summer and winter, and its time [h]; recalled.
    pressure_summer: float = 400.0
    pressure_winter: float = 750.0
    pressure_tau: float = 48.0
    #: Weibull scale [m/s] at the coast and inland, shape [1], time [h], daily amplitude [1]; recalled.
    coast_wind: float = 6.0
    inland_wind: float = 3.8
    wind_shape: float = 2.0
    wind_tau: float = 8.0
    wind_daily: float = 0.25
    #: Prevailing direction [deg], and the ratio of its steadiness to its wander [1], time [h]; recalled.
    prevailing: float = 240.0
    steadiness: float = 0.8
    direction_tau: float = 18.0
    #: Cloud: a normal OU through the normal distribution; a slope above 1 makes clear and overcast common; recalled.
    cloud_slope: float = 1.6
    cloud_shift: float = 0.15
    cloud_tau: float = 14.0
    #: Rain: normal threshold above which it rains under full cloud, scale [mm/h], time [h]; recalled.
    rain_threshold: float = 1.0
    rain_scale: float = 1.2
    rain_tau: float = 3.0
    #: Kasten and Czeplak 1980: share and power of cloud in the clear-sky index.
    cloud_share: float = 0.75
    cloud_power: float = 3.4


@dataclass(frozen=True)
class SubHour:
    """What hourly records leave out, as exact OU processes.

    Times and deviations are fitted by eye to the structure functions of four winter days of one-minute data (ARM,
    Southern Great Plains), unless said; they are one place's numbers, so the deviations are priors of a world.
    """

    #: Temperature and dew point below an hour [K], their times [s], and the correlation of the two [1].
    temperature_sigma: float = 0.25
    temperature_tau: float = 2400.0
    dew_sigma: float = 0.3
    dew_tau: float = 2400.0
    correlation: float = 0.6
    #: Pressure [Pa] and its time [s]; share of the dynamic pressure that reaches the port [1], and its time [s].
    pressure_sigma: float = 30.0
    pressure_tau: float = 3600.0
    gust_pressure: float = 0.08
    gust_tau: float = 30.0
    #: Logarithm of a strong mean wind [1], its slow and quick time [s], the quick share of the variance [1], the wind
    #: below which motions of their own size turn and change it (sigma times this: submeso motions, recalled 0.5 to
    #: 1 m/s) [m/s], the correlation of the quick part with the eddies of temperature [1], the largest deviation [1].
    wind_sigma: float = 0.12
    wind_tau: float = 1800.0
    quick_tau: float = 300.0
    quick_share: float = 0.12
    submeso_wind: float = 5.0
    gust_correlation: float = 0.4
    largest_sigma: float = 0.8
    #: Logarithm of the amplitude of temperature and humidity from hour to hour [1], and its time [s].
    activity_sigma: float = 0.6
    activity_tau: float = 7200.0
    #: Eddies: time of temperature and of humidity [s], share of the temperature scale [1], part of the dew point's
    #: deviation that is always there [K] and its ratio to the temperature's [1].
    eddy_tau: float = 60.0
    eddy_dew_tau: float = 90.0
    eddy_share: float = 0.1
    eddy_dew: float = 0.05
    eddy_dew_ratio: float = 1.0
    #: Sensible heat: share of the insolation, loss of a clear night and what is always there [W/m2]; estimates.
    heat_share: float = 0.3
    heat_clear: float = 25.0
    heat_least: float = 5.0
    #: Logarithm of the clear-sky index under half cloud [1] and its time [s] (30 s to 5 min, recalled).
    sun_sigma: float = 0.35
    sun_tau: float = 180.0
    #: Logarithms of the background factors [1] and their time [s].
    background_tau: float = 3600.0


@dataclass(frozen=True)
class FrontAndFog:
    """Fronts and fog (recalled or estimated)."""

    #: An hour is a front's if the wind turns by more [rad] and the temperature changes by more [K]; the change takes
    #: this share of the hour.
    turn: float = 0.6
    change: float = 2.0
    width: float = 0.1
    #: The cause "front" at full strength: temperature, dew point [K], pressure [Pa], turn of the wind [rad], logarithm
    #: of the wind [1], and the time in which it passes [s].
    temperature: float = -8.0
    dew_point: float = -6.0
    pressure: float = 250.0
    veer: float = 1.2
    gust: float = 0.6
    passage: float = 240.0
    #: Liquid water of dense fog [g/m3] (recalled: 0.05 to 0.5), the depression at which there is none [K], and the wind
    #: in which it lifts [m/s].
    liquid: float = 0.2
    depression: float = 0.5
    lifting: float = 4.0


@dataclass(frozen=True)
class SurfaceWater:
    """Water on surfaces (recalled)."""

    #: Most water that stays on a surface [kg/m2]; what is more runs off.
    capacity: float = 0.15
    #: Share of falling rain that a surface of the pole's hardware meets [1].
    catch: float = 0.5
    #: Rain at which 63 % of a surface is wet at once, where no film is followed [mm/h] (estimate).
    rain_scale: float = 0.3
    #: Speed at which fog droplets are caught, as a share of the wind [1].
    impaction: float = 0.05
    #: Lewis number of water vapour in air to the power 2/3 [1], heat transfer in still air [W/(m2.K)] and its rise with
    #: wind [W/(m2.K) per (m/s)^0.6] for parts of a few centimetres.
    lewis: float = 0.90
    still: float = 5.0
    windy: float = 9.0
    #: Wet-bulb temperature at which half of the precipitation is snow [K] and the width of the change [K].
    snow_half: float = 274.15
    snow_width: float = 0.6
    #: Melt of snow per warm degree [kg/(m2.s.K)]: 3 mm a day and kelvin; most snow on hardware [kg/m2].
    melt: float = 3.0 / 86400.0
    snow_capacity: float = 20.0


@dataclass(frozen=True)
class TurbulenceScales:
    """Turbulence near 10 m: integral lengths, time scales and limits (recalled)."""

    #: Integral lengths along, across and up [m]: 8.1, 2.7 and 0.66 times 0.7 z at z = 10 m, IEC 61400-1 (recalled).
    lengths: tuple[float, float, float] = (56.7, 18.9, 4.6)
    #: Shares of variance and the divisors of the integral time of the three OU processes, along, then across and up:
    #: fitted to von Karman's spectra up to f L/U = 40, within 7 % along and 12 % across.
    shares: tuple[float, float, float] = (0.845, 0.128, 0.027)
    divisors: tuple[float, float, float] = (0.866, 7.07, 82.0)
    cross_shares: tuple[float, float, float] = (0.917, 0.067, 0.016)
    cross_divisors: tuple[float, float, float] = (0.853, 12.7, 115.0)
    #: Lowest mean wind [m/s].
    calm: float = 0.3
    #: Height of the mixed layer by day [m].
    mixing_height: float = 1000.0
    #: Standard deviation of the wind that is left in a calm: horizontal [m/s], and vertical as a share of it [1].
    calm_sigma: float = 0.1
    calm_vertical: float = 0.3
    #: Logarithm of the amplitude of turbulence from hour to hour, neutral and unstable, and what is added when z/L is 1
    #: [1], and its time [s]: fitted by eye to the spread of one-minute steps over four winter days.
    activity_sigma: float = 0.2
    activity_stable: float = 0.4
    activity_tau: float = 3600.0
    #: Time in which stability follows insolation and wind [s].
    stability_tau: float = 600.0


#: Clean rural air: species -> (level, increment beside a busy road, loadings on the slow factors).
#: ppb; particles ug/m3 by size class. Factors: 0 combustion, 1 ozone, 2 biogenic, 3 dust, 4 well mixed. Estimates.
BACKGROUND: dict[str, tuple[float, float, tuple[float, float, float, float, float]]] = {
    "CO": (150.0, 400.0, (0.25, 0.0, 0.0, 0.0, 0.05)),
    "NO2": (8.0, 20.0, (0.4, -0.2, 0.0, 0.0, 0.0)),
    "O3": (30.0, 0.0, (-0.1, 0.25, 0.0, 0.0, 0.0)),
    "NO": (1.5, 30.0, (0.6, -0.3, 0.0, 0.0, 0.0)),
    "HCHO": (2.0, 2.0, (0.1, 0.15, 0.25, 0.0, 0.0)),
    "H2": (530.0, 60.0, (0.02, 0.0, 0.0, 0.0, 0.02)),
    "CH3CHO": (0.8, 0.5, (0.1, 0.1, 0.3, 0.0, 0.0)),
    "HOAc": (0.5, 0.0, (0.1, 0.0, 0.3, 0.0, 0.0)),
    "BTEX": (0.5, 4.0, (0.5, 0.0, 0.0, 0.0, 0.0)),
    "TERP": (0.3, 0.0, (0.0, -0.1, 0.6, 0.0, 0.0)),
    "ALC": (2.0, 1.0, (0.1, 0.0, 0.3, 0.0, 0.0)),
    "C2H4": (0.4, 4.0, (0.4, 0.0, 0.0, 0.0, 0.0)),
    "C2H2": (0.3, 1.5, (0.4, 0.0, 0.0, 0.0, 0.0)),
    "NH3": (2.0, 1.0, (0.0, 0.0, 0.2, 0.3, 0.0)),
    "CO2": (420e3, 20e3, (0.01, -0.01, 0.0, 0.0, 0.005)),
    "CH4": (1900.0, 30.0, (0.01, 0.0, 0.0, 0.0, 0.01)),
    "CH3OH": (3.0, 0.5, (0.05, 0.0, 0.3, 0.0, 0.0)),
    "PM1": (6.0, 4.0, (0.35, 0.1, 0.0, 0.1, 0.0)),
    "PM2.5": (2.0, 1.5, (0.2, 0.0, 0.0, 0.3, 0.0)),
    "PM10": (7.0, 6.0, (0.1, 0.0, 0.0, 0.5, 0.0)),
}
