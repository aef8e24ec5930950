"""Cases of the long-wave band, the sky and the path to the camera."""

from __future__ import annotations

from typing import Any

from gg_gym.equations import radiometry
from gg_gym.equations.heat import radiated
from gg_gym.fidelity.case import Case, absolute, relative

_FACTS = "Planck integral by an independent script"
_KELVIN = (273.15, 293.15, 313.15, 373.15, 473.15)


def band_share(temperature: Any) -> Any:
    """Share of black-body exitance between 8 and 14 um [1]."""
    return radiometry.band_exitance(temperature) / radiated(temperature)


def clear_sky(temperature: Any, vapour: Any) -> tuple[Any, Any]:
    """Swinbank's sky temperature [K] and Brutsaert's emissivity [1]."""
    return radiometry.swinbank_sky(temperature), radiometry.brutsaert_emissivity(temperature, vapour, 0.0 * vapour)


def round_trip(temperature: Any) -> Any:
    """Temperature [K] that the camera's inverse finds for a black body."""
    return radiometry.band_temperature(radiometry.band_exitance(temperature))


def apparent(emissivity: Any, body: Any, sky: Any) -> Any:
    """Temperature [K] that a camera reads of a body [K] that mirrors the sky [K]."""
    warm, cold = radiometry.band_exitance(body), radiometry.band_exitance(sky)
    return radiometry.band_temperature(radiometry.pixel_exitance(emissivity, 1.0 + 0.0 * emissivity, warm, cold, warm))


CASES: tuple[Case, ...] = (
    Case("RAD-1.W", "8-14 um exitance, 0 to 200 Cel", _FACTS, "own regression", {"temperature": _KELVIN},
         (110.43, 155.11, 209.27, 429.70, 978.4), relative(5e-4), "W/m2", radiometry.band_exitance),
    Case("RAD-1.f", "8-14 um share, 0 to 200 Cel", _FACTS, "own regression", {"temperature": _KELVIN},
         (0.3499, 0.3704, 0.3838, 0.3909, 0.3443), relative(5e-4), "1", band_share),
    Case("RAD-2", "black-body fractions below 2898, 4000, 6000 um.K", f"{_FACTS} (matches recalled tables)",
         "own regression", {"wavelength_temperature": (2898.0, 4000.0, 6000.0)}, (0.25011, 0.48087, 0.73779),
         absolute(1e-4), "1", radiometry.planck_fraction),
    Case("RAD-3", "transmission of air over 1 to 100 m, and in humid heat",
         "FLIR's formula read in Thermimage; values by an independent script", "own regression",
         {"distance": (1.0, 10.0, 50.0, 100.0, 50.0), "air": (20.0, 20.0, 20.0, 20.0, 30.0),
          "humidity": (0.5, 0.5, 0.5, 0.5, 0.8)}, (0.99394, 0.98070, 0.95624, 0.93745, 0.92511), absolute(1e-4), "1",
         radiometry.path_transmission),
    Case("RAD-4", "clear sky at 20 Cel", "Swinbank, Brutsaert; values by an independent script", "own regression",
         {"temperature": 293.15, "vapour": 1000.0}, (277.06, 0.7653), absolute(0.01, 1e-3), "K, 1", clear_sky),
    Case("RAD-5", "temperature to exitance and back", "inverse function", "identity",
         {"temperature": (230.0, 300.0, 500.0, 900.0)}, (230.0, 300.0, 500.0, 900.0), absolute(0.02), "K", round_trip),
    Case("RAD-6", "connector at 100 Cel that mirrors the sky, emissivity 0.2 and 0.8", _FACTS, "own regression",
         {"emissivity": (0.2, 0.8), "body": 373.15, "sky": 250.0}, (287.68, 355.97), absolute(0.05), "K", apparent),
)  # fmt: skip
