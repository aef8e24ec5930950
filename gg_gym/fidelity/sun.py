"""Cases of the sun's place and the clear sky."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from gg_gym.equations import atmosphere, sun
from gg_gym.fidelity.case import Case, absolute, relative

_SPA = "pvlib 0.16.1, solar position algorithm, run"
_PLACE = {"latitude": 39.742, "longitude": -105.18}


def place_of_the_sun(days: Any, latitude: Any, longitude: Any) -> tuple[Any, Any]:
    """Unrefracted zenith, then azimuth [deg]."""
    zenith, azimuth = sun.sun_angles(days, float(latitude), float(longitude))
    return np.rad2deg(zenith), np.rad2deg(azimuth)


def clear_sky(
    days: Any, day_of_year: Any, latitude: Any, longitude: Any, turbidity: Any, altitude: Any
) -> tuple[Any, ...]:
    """Global, direct normal and diffuse irradiance [W/m2] by Ineichen and Perez."""
    up = np.cos(sun.sun_angles(days, float(latitude), float(longitude))[0])
    mass = sun.air_mass(up, float(atmosphere.standard_pressure(altitude)) / 101325.0)
    return sun.ineichen(up, mass, sun.extraterrestrial(day_of_year), float(turbidity), float(altitude))


def haurwitz(elevation: Any) -> Any:
    """Clear-sky global irradiance [W/m2] at elevations of the sun [deg]."""
    return sun.haurwitz(np.sin(np.deg2rad(elevation)))


def _days(*moment: int) -> float:
    """Days since 2000-01-01 12 h UTC."""
    elapsed = datetime(*moment, tzinfo=UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)  # type: ignore[arg-type, misc]
    return elapsed.total_seconds() / 86400.0


_MOMENTS = (_days(2025, 6, 21, 19), _days(2025, 12, 21, 19), _days(2025, 3, 20, 16))

CASES: tuple[Case, ...] = (
    Case("SOL-1", "clear sky by Haurwitz at elevations of -5 to 90 deg", "pvlib, tests/test_clearsky.py",
         "code-to-code", {"elevation": (-5.0, 0.0, 5.0, 10.0, 30.0, 50.0, 90.0)},
         (0.0, 0.0, 48.62987, 135.74175, 487.89413, 778.76669, 1035.09203), relative(1e-4), "W/m2", haurwitz),
    Case("SOL-5", "zenith, then azimuth on three days at 39.742 N", _SPA, "code-to-code",
         {"days": _MOMENTS, **_PLACE}, (16.315, 63.183, 58.293, 177.84, 180.24, 120.71),
         absolute(0.03, 0.03, 0.03, 0.05, 0.05, 0.05), "deg", place_of_the_sun),
    Case("SOL-5.N", "zenith without refraction and azimuth, 2003-10-17 12:30:30 MST",
         "NREL/TP-560-34302, appendix A.5 (read in pvlib's tests)", "standard",
         {"days": _days(2003, 10, 17, 19, 30, 30), "latitude": 39.742476, "longitude": -105.1786},
         (90.0 - 39.872046, 194.340241), absolute(0.03), "deg", place_of_the_sun),
    Case("SOL-6.a", "clear sky by Ineichen, 21 June", "pvlib 0.16.1, run", "code-to-code",
         {"days": _MOMENTS[0], "day_of_year": 172.0, **_PLACE, "turbidity": 3.0, "altitude": 1830.0},
         (1085.7, 988.2, 137.3), relative(5e-3), "W/m2", clear_sky),
    Case("SOL-6.b", "clear sky by Ineichen, 21 December", "pvlib 0.16.1, run", "code-to-code",
         {"days": _MOMENTS[1], "day_of_year": 355.0, **_PLACE, "turbidity": 3.0, "altitude": 1830.0},
         (479.6, 892.9, 76.4), relative(5e-3), "W/m2", clear_sky),
)  # fmt: skip
