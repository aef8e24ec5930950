"""Numbers of the sounds around a pole; recalled or estimated unless a source is named.

Levels are dB re 20 uPa, sound powers W. Bands are the eight of the acoustic sensor (:data:`BANDS`). Powers of arcs
belong to :mod:`gg_gym.parameters.arcs`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

#: Edges of the sound bands [Hz].
BANDS: tuple[float, ...] = (20.0, 100.0, 400.0, 2e3, 8e3, 20e3, 30e3, 50e3, 80e3)
Band8 = tuple[float, float, float, float, float, float, float, float]

SOUND_PRIORS: tuple[Prior, ...] = (
    ("sound_wind", 79.0, 0.025, "dB", "recalled: 76-82 dB at 1 m/s, unscreened, all frequencies"),
    ("sound_screen", 20.0, 0.15, "dB", "recalled: a screen takes 15-25 dB"),
    ("sound_rain", 40.0, 0.06, "dB", "recalled: 40 + 17 log10 R dB(A)"),
    ("sound_ambient", 1.0, 0.6, "1", "recalled: rural air 25-40 dB(A) by night, 35-50 by day; factor of the energy"),
    ("sound_insects", 1.0, 1.2, "1", "estimate: factor of the energy of insects"),
    ("sound_road", 1.0, 0.5, "1", "estimate: factor of the energy of the road"),
    ("sound_vehicle", 1.0, 0.7, "1", "estimate: factor of a vehicle's sound power"),
    ("sound_hum", 1.0e-6, 0.9, "W", "recalled: 48 dB at 0.3 m of a transformer up to 50 kVA (NEMA TR 1)"),
    ("sound_thunder", 115.0, 0.02, "dB", "recalled: 110-120 dB at 1 km"),
    ("sound_channel", 6.0e5, 0.45, "J/m", "recalled: 4.7e5 to 1.9e6 J/m peak at 100 to 50 Hz (Few); 1e5 at 218 Hz"),
    ("sound_rattle", 1.0e-5, 1.2, "W", "estimate: loose hardware in a wind of 5 m/s"),
)


@dataclass(frozen=True)
class SoundParameters:
    """Shapes and fixed numbers of the sounds (estimates unless said).

    Attributes:
        night: (8,) quiet rural night, about 31 dB(A) [dB].
        day: (8,) quiet rural day, about 41 dB(A) [dB].
        insects: (8,) a warm summer night's chorus at 3 to 8 kHz [dB].
        insect_warm: air temperature at which half of the insects sing [K], and ``insect_width`` over which [K].
        insect_day: share of them that sing by day [1].
        road: (8,) a working day's morning peak at ``road_distance`` [dB].
        road_distance: [m]; a line source falls by ``road_slope`` dB per decade.
        vehicle: (8,) sound power of a vehicle that burns ``vehicle_fuel`` [W]; a truck has about 100 dB.
        vehicle_fuel: [kg/s].
        hum: (8,) shares of a transformer's hum at twice the mains frequency and its harmonics [1].
        rattle: (8,) shares of loose hardware, 1 to 5 kHz [1].
        rain: (8,) shares of drops on an enclosure, 1 to 10 kHz (with a tail) [1].
        wind_corner: corner of the wind noise per wind speed [1/m], ``wind_slope`` of its fall (recalled: 5/3 to 7/3
            below 200 Hz) [1], ``wind_end`` [Hz] beyond which it falls as ``wind_steep`` [1].
        wind_least: lowest wind that makes noise [m/s].
        thunder_least: shortest thunder [s]; ``thunder_extent`` of a channel along the line of sight [m].
        thunder_shadow: distance beyond which refraction hides it (audible to 15-25 km, recalled) [m].
        thunder_fall: energy left when a thunder ends, as its logarithm [1].
        wander: standard deviation of ambient, insects and road [dB], and ``wander_time`` of each [s].
        nearest: shortest distance to a source [m].
    """

    night: Band8 = (42.0, 36.0, 28.0, 21.0, 12.0, 4.0, 0.0, -3.0)
    day: Band8 = (50.0, 46.0, 39.0, 31.0, 20.0, 8.0, 2.0, -2.0)
    insects: Band8 = (0.0, 5.0, 22.0, 44.0, 36.0, 20.0, 10.0, 0.0)
    insect_warm: float = 290.0
    insect_width: float = 2.5
    insect_day: float = 0.15
    road: Band8 = (68.0, 66.0, 66.0, 58.0, 44.0, 28.0, 18.0, 8.0)
    road_distance: float = 25.0
    road_slope: float = 15.0
    vehicle: Band8 = (3e-3, 4e-3, 2.5e-3, 5e-4, 5e-5, 5e-6, 1e-6, 2e-7)
    vehicle_fuel: float = 1e-3
    hum: Band8 = (0.0, 0.85, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0)
    rattle: Band8 = (0.0, 0.02, 0.35, 0.55, 0.07, 0.008, 0.0015, 0.0005)
    rain: Band8 = (0.001, 0.01, 0.239, 0.6, 0.13, 0.015, 0.004, 0.001)
    wind_corner: float = 0.2
    wind_slope: float = 2.0
    wind_end: float = 500.0
    wind_steep: float = 4.0
    wind_least: float = 0.1
    thunder_least: float = 5.0
    thunder_extent: float = 3000.0
    thunder_shadow: float = 20e3
    thunder_fall: float = -4.6
    wander: tuple[float, float, float] = (2.0, 3.0, 5.0)
    wander_time: tuple[float, float, float] = (300.0, 60.0, 15.0)
    nearest: float = 0.1


SOUND = SoundParameters()
