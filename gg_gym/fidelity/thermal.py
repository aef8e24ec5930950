"""Cases of conductors, contacts, transformers and convection."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gg_gym.equations import conductor, heat, transformer
from gg_gym.fidelity.case import Case, absolute, relative

_FACTS = "computed by an independent script"
_LINERATE = "linerate, unit tests of IEEE 738"
_ANNEX = "IEEE 738, annex {} (read in linerate, tests/acceptance_tests/test_ieee_ampacity_cases.py)"
_CIGRE = "CIGRE TB 601, annex E (read in linerate, tests/acceptance_tests/test_cigre_ampacity_cases.py)"
_ALLIANDER = "transformer-thermal-model, tests/model/{}"


def sun_of_ieee(latitude: Any, day: Any, hour: Any) -> tuple[Any, Any]:
    """Altitude and azimuth of the sun [rad] by IEEE 738; latitude [deg], solar hour [h]."""
    place, angle = np.deg2rad(latitude), np.deg2rad(15.0 * (hour - 12.0))
    declination = np.deg2rad(conductor.solar_declination(day))
    return conductor.solar_altitude(place, declination, angle), conductor.solar_azimuth(place, declination, angle)


def solar_gain(latitude: Any, day: Any, hour: Any, absorptivity: Any, diameter: Any, elevation: Any) -> Any:
    """Heat gain [W/m] of an east-west conductor from a clear sky."""
    altitude, azimuth = sun_of_ieee(latitude, day, hour)
    flux = conductor.elevation_factor(elevation) * conductor.clear_sky_flux(np.rad2deg(altitude))
    line = np.asarray(0.5 * math.pi)
    return conductor.solar_gain(absorptivity, flux, altitude, azimuth, line, diameter)


def convection(diameter: Any, surface: Any, air: Any, speed: Any, attack: Any, elevation: Any) -> Any:
    """Convective loss [W/m]: the larger of forced and natural; angle of attack [deg]."""
    film, rise = 0.5 * (air + surface), surface - air
    density, conductivity = conductor.film_density(film, elevation), conductor.film_conductivity(film)
    reynolds = conductor.reynolds_number(diameter, density, speed, conductor.film_viscosity(film))
    forced = conductor.forced_convection(
        reynolds, conductivity, conductor.wind_direction_factor(np.deg2rad(attack)), rise
    )
    return np.maximum(forced, conductor.natural_convection(density, diameter, rise))


def drake(diameter: Any, air: Any, surface: Any, speed: Any, coating: Any, resistance: Any) -> tuple[Any, ...]:
    """Convection, radiation, sun [W/m], resistance [Ohm/m] and current [A]: 30 deg N, 10 June 11:00, east-west line."""
    lost = convection(diameter, surface, air, speed, np.asarray(90.0), np.asarray(0.0))
    radiated = conductor.radiative_loss(diameter, coating, surface, air)
    sun = solar_gain(np.asarray(30.0), np.asarray(161.0), np.asarray(11.0), coating, diameter, np.asarray(0.0))
    ohms = conductor.resistance(surface, *map(float, resistance))
    return lost, radiated, sun, ohms, conductor.ampacity(lost, radiated, sun, ohms)


def cigre_shared(diameter: Any, air: Any, surface: Any, emissivity: Any, resistance: Any) -> tuple[Any, Any]:
    """Radiation [W/m] and resistance [Ohm/m]: the laws that CIGRE TB 601 and IEEE 738 have in common."""
    return conductor.radiative_loss(diameter, emissivity, surface, air), conductor.resistance(
        surface, *map(float, resistance)
    )


def cigre_other(
    diameter: Any, air: Any, surface: Any, speed: Any, attack: Any, emissivity: Any, resistance: Any
) -> tuple[Any, Any]:
    """Convection [W/m] and current [A] of CIGRE's example by the laws of IEEE 738."""
    lost = convection(diameter, surface, air, speed, attack, np.asarray(0.0))
    radiated, ohms = cigre_shared(diameter, air, surface, emissivity, resistance)
    sun = solar_gain(np.asarray(30.0), np.asarray(161.0), np.asarray(11.0), emissivity, diameter, np.asarray(0.0))
    return lost, conductor.ampacity(lost, radiated, sun, ohms)


def ieee_auxiliary(film: Any, sine: Any, elevation: Any) -> tuple[Any, ...]:
    """Viscosity at 0 Cel, conductivity at two films, clear-sky flux, elevation factor, factor of parallel wind."""
    return (
        conductor.film_viscosity(np.asarray(0.0)),
        conductor.film_conductivity(film),
        conductor.clear_sky_flux(np.rad2deg(np.arcsin(sine))),
        conductor.elevation_factor(elevation),
        conductor.wind_direction_factor(np.asarray(0.0)),
    )


def joint(current: Any, resistance: Any, film: Any, area: Any) -> tuple[Any, Any]:
    """Heat [W] and rise [K] of a joint that only convects."""
    power = heat.contact_heat(current, resistance)
    return power, power / (film * area)


def transformer_run(
    ambient: Any, load: Any, rise: Any, gradient: Any, losses: Any, steps: list[int]
) -> tuple[Any, Any]:
    """Top oil, then hot spot [Cel] after the given steps of 180 min; from step 8 on without load."""
    top_oil, winding, oils, spots = ambient, 0.0 * ambient, [ambient], [ambient]
    for step in range(1, max(steps) + 1):
        now = load * (1.0 if step < 8 else 0.0)
        target = transformer.top_oil_target(ambient, transformer.loss_share(now, *losses), rise, 0.8)
        top_oil = transformer.approach(top_oil, target, 180.0, 180.0)
        winding = transformer.approach(
            winding, transformer.winding_rise_targets(now, gradient, 1.6, 1.0)[0], 180.0, 8.0
        )
        oils.append(top_oil)
        spots.append(top_oil + winding)
    return np.array([oils[i] for i in steps]), np.array([spots[i] for i in steps])


def iec_example(
    ambient: Any, start: Any, load: Any, minutes: Any, rise: Any, gradient: Any, oil_time: Any, winding_time: Any
) -> tuple[Any, Any]:
    """Top oil, then hot spot [Cel] at the end of each stretch of constant load; k11 = 0.5, k21 = k22 = 2."""
    top_oil, main, over, oils, spots = start, 0.0 * start, 0.0 * start, [], []
    for now, stretch in zip(load, np.diff(minutes, prepend=0.0), strict=True):
        target = transformer.top_oil_target(ambient, transformer.loss_share(now, 1.0, 1000.0), rise, 0.8)
        goals = transformer.winding_rise_targets(now, gradient, 1.3, 2.0)
        top_oil = transformer.approach(top_oil, target, float(stretch), float(0.5 * oil_time))
        main = transformer.approach(main, goals[0], float(stretch), float(2.0 * winding_time))
        over = transformer.approach(over, goals[1], float(stretch), float(0.5 * oil_time))
        oils.append(top_oil)
        spots.append(top_oil + main - over)
    return np.array(oils), np.array(spots)


def idle_top_oil(ambient: Any, no_load: Any, load_loss: Any, rise: Any) -> Any:
    """Top-oil temperature [Cel] without load."""
    share = np.array([float(transformer.loss_share(0.0 * ambient, float(p), float(load_loss))) for p in no_load])
    return transformer.top_oil_target(ambient, share, rise, 0.8)


def ageing(hot_spot: Any) -> tuple[Any, Any]:
    """Relative ageing rate of normal, then of upgraded paper [1]."""
    return transformer.ageing_rate_normal(hot_spot), transformer.ageing_rate_upgraded(hot_spot)


def steam_pipe(
    rayleigh: Any, prandtl: Any, conductivity: Any, diameter: Any, surface: Any, air: Any
) -> tuple[Any, ...]:
    """Nusselt number [1], coefficient [W/(m2.K)] and loss [W/m] of a pipe in still air, emissivity 0.85."""
    nusselt = heat.nusselt_natural_cylinder(rayleigh, float(prandtl))
    film = heat.heat_transfer_coefficient(nusselt, conductivity, diameter)
    radiated = 0.85 * (heat.radiated(surface) - heat.radiated(air))
    return nusselt, film, math.pi * diameter * (film * (surface - air) + radiated)


def cylinder_loss(reynolds: Any, prandtl: Any, conductivity: Any, rise: Any) -> Any:
    """Loss [W/m] of a cylinder in cross flow by Churchill and Bernstein."""
    return math.pi * conductivity * rise * heat.nusselt_forced_cylinder(reynolds, float(prandtl))


_DRAKE = {"diameter": 0.0281, "air": 40.0, "surface": 100.0, "speed": 0.61, "resistance": (7.283e-5, 8.688e-5)}
_ANNEX_WIND = {"diameter": 0.02812, "air": 40.0, "speed": 0.61, "attack": 90.0, "elevation": 0.0}
_HOLMAN = {"reynolds": 1.128e5, "prandtl": 0.695, "conductivity": 0.0312, "rise": 115.0}
_UNITS = "W/m, W/m, W/m, Ohm/m, A"

CASES: tuple[Case, ...] = (
    Case("TH-1.a", "Drake conductor, emissivity 0.8", f"IEEE 738 example, recalled; {_FACTS}", "own regression",
         {**_DRAKE, "coating": 0.8}, (81.93, 39.1, 22.44, 9.390e-5, 1025.0), relative(3e-3), _UNITS, drake),
    Case("TH-1.b", "Drake conductor, emissivity 0.5", f"IEEE 738 example of 2006, recalled; {_FACTS}",
         "own regression", {**_DRAKE, "coating": 0.5}, (81.93, 24.41, 14.02, 9.390e-5, 991.0), relative(3e-3), _UNITS,
         drake),
    Case("TH-1.B.wind", "Drake conductor at 100.7 Cel: convection", _ANNEX.format("B"), "standard",
         {**_ANNEX_WIND, "surface": 100.7}, 83.061, absolute(0.5), "W/m", convection),
    Case("TH-1.C.wind", "Drake conductor at 101.1 Cel: convection", _ANNEX.format("C"), "standard",
         {**_ANNEX_WIND, "surface": 101.1}, 83.600, absolute(0.5), "W/m", convection),
    Case("TH-2.A", "Drake conductor, example A: radiation, resistance", _CIGRE, "standard",
         {"diameter": 0.0281, "air": 40.0, "surface": 100.0, "emissivity": 0.8, "resistance": (7.283e-5, 8.688e-5)},
         (39.1, 9.3905e-5), absolute(0.5, 1e-9), "W/m, Ohm/m", cigre_shared),
    Case("TH-2.B", "Drake conductor, example B: radiation, resistance", _CIGRE, "standard",
         {"diameter": 0.0281, "air": 20.0, "surface": 100.0, "emissivity": 0.9, "resistance": (7.283e-5, 8.688e-5)},
         (54.0, 9.3905e-5), absolute(0.5, 1e-9), "W/m, Ohm/m", cigre_shared),
    Case("TH-2.other", "example A's convection and current by the laws of another standard (IEEE 738)", _CIGRE,
         "code-to-code", {**_DRAKE, "attack": 60.0, "emissivity": 0.8}, (77.6, 976.0), relative(0.05), "W/m, A",
         cigre_other),
    Case("TH-3", "Parrot conductor at 65 deg N, 21 June noon: sun", "RateKit, quoted in linerate's tests",
         "code-to-code", {"latitude": 65.0, "day": 172.0, "hour": 12.0, "absorptivity": 0.9,
                          "diameter": 1.508 * 0.0254, "elevation": 0.0}, 33.03, absolute(0.5), "W/m", solar_gain),
    Case("TH-4", "auxiliary values of IEEE 738", _LINERATE, "code-to-code",
         {"film": (10.0, 23.5), "sine": 0.7885372342, "elevation": 250.0},
         (1.715337e-5, 0.0249872593, 0.02599466, 974.545, 1.0280075, 0.388), relative(1e-6),
         "Pa.s, W/(m.K), W/m2, 1, 1", ieee_auxiliary),
    Case("TH-5", "joints of 50, 200, 1000 uOhm at 200 A", "Joule's and Newton's laws", "identity",
         {"current": 200.0, "resistance": (50e-6, 200e-6, 1e-3), "film": 15.0, "area": 0.02},
         (2.0, 8.0, 40.0, 20.0 / 3.0, 80.0 / 3.0, 400.0 / 3.0), relative(1e-9), "W, K", joint),
    Case("TH-6", "contact spot at 0.1 V", f"Kohlrausch; {_FACTS}", "own regression", {"bulk": 300.0, "voltage": 0.1},
         438.2, absolute(0.1), "K", heat.contact_temperature),
    Case("TH-7", "distribution transformer: top oil, then hot spot, steps 1, 2, 3, 8, 9",
         _ALLIANDER.format("test_model.py"), "code-to-code",
         {"ambient": 20.0, "load": 1000.0 / 1500.0, "rise": 80.0, "gradient": 1.1 * 23.0, "losses": (200.0, 1000.0),
          "steps": [1, 2, 3, 8, 9]},
         (50.7534, 62.0670, 66.2290, 49.9420, 43.0757, 63.9778, 75.2913, 79.4533, 49.9420, 43.0757), absolute(1e-3),
         "Cel", transformer_run),
    Case("TH-7.IEC", "transformer through six loads: top oil, then hot spot",
         f"IEC 60076-7, worked example (read in {_ALLIANDER.format('test_model.py')})", "standard",
         {"ambient": 25.6, "start": 38.3, "load": (1.0, 0.6, 1.5, 0.3, 2.1, 0.0),
          "minutes": (190.0, 365.0, 500.0, 705.0, 730.0, 745.0), "rise": 38.3, "gradient": 1.4 * 14.5,
          "oil_time": 150.0, "winding_time": 7.0},
         (61.9, 44.4, 89.2, 35.0, 67.9, 60.3, 83.8, 54.0, 127.0, 37.54, 138.6, 75.3), absolute(1.1), "Cel",
         iec_example),
    Case("TH-8", "ageing at 100 Cel, normal and upgraded paper", _ALLIANDER.format("test_aging.py"), "code-to-code",
         {"hot_spot": 100.0}, (1.259921, 0.349942), relative(1e-4), "1", ageing),
    Case("TH-8.a", "ageing of upgraded paper at 110, 120, 140 Cel", f"IEC 60076-7, formula read; {_FACTS}",
         "own regression", {"hot_spot": (110.0, 120.0, 140.0)}, (1.0, 2.709, 17.20), relative(3e-4), "1",
         transformer.ageing_rate_upgraded),
    Case("TH-9.a", "idle transformer without no-load loss", "top oil is ambient", "identity",
         {"ambient": 20.0, "no_load": (0.0,), "load_loss": 1000.0, "rise": 60.0}, 20.0, absolute(1e-9), "Cel",
         idle_top_oil),
    Case("TH-9.b", "idle transformer, loss ratio 5", "60/6^0.8", "own regression",
         {"ambient": 0.0, "no_load": (200.0,), "load_loss": 1000.0, "rise": 60.0}, 14.310, absolute(1e-3), "Cel",
         idle_top_oil),
    Case("CNV-1", "cylinder in cross flow at Re 6071", "ht, tests (matches Incropera, it says)", "code-to-code",
         {"reynolds": 6071.0, "prandtl": 0.70}, 40.637, relative(1e-4), "1", heat.nusselt_forced_cylinder),
    Case("CNV-2", "steam pipe in still air", f"inputs of Incropera 9.4; {_FACTS}", "own regression",
         {"rayleigh": 5.073e6, "prandtl": 0.697, "conductivity": 0.0313, "diameter": 0.1, "surface": 438.0,
          "air": 296.0}, (23.09, 7.23, 763.0), relative(5e-3), "1, W/(m2.K), W/m", steam_pipe),
    Case("CNV-3", "heated cylinder at Re 1.1e5", f"Churchill-Bernstein; {_FACTS}", "own regression", _HOLMAN, 2611.0,
         relative(5e-3), "W/m", cylinder_loss),
    Case("CNV-3.H", "the same against another correlation (Hilpert)", "logged output of a code for Holman, example 6.7",
         "code-to-code", _HOLMAN, 3099.6, relative(0.19), "W/m", cylinder_loss),
)  # fmt: skip
