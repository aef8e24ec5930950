"""The quantities of the built-in physics modules, see :mod:`gg_gym.physics.quantities`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from gg_gym.equations import atmosphere
from gg_gym.equations.electromagnetics import resultant
from gg_gym.parameters.sound import BANDS
from gg_gym.physics import (
    acoustics,
    background,
    discharges,
    enclosure,
    heat,
    insulators,
    lightning,
    power,
    surface_wetness,
    transformer,
    vibration,
    weather,
)
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.quantities import CLEAR, FAR, LONG, QUANTITIES, Labels, Quantity, register_quantity
from gg_gym.physics.species import INDEX, N_GASES, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.units import Float

State = Environment3DState
#: Answer of a quantity of the pole.
Own = Callable[[Environment3DState], Float]


def fixed(*names: str) -> Labels:
    """Labels that do not depend on the geometry."""
    return lambda geometry: names


def _components(geometry: Geometry, *kinds: str) -> tuple[str, ...]:
    return tuple(c.key for c in geometry.components if not kinds or c.kind in kinds)


def _conductors(geometry: Geometry) -> tuple[str, ...]:
    return tuple(f"conductor_{i}" for i in range(len(geometry.line.x) if geometry.line else 0))


def _joints(geometry: Geometry) -> tuple[str, ...]:
    return tuple(geometry.places.get("joint", ())) if geometry.line else ()


def _insulators(geometry: Geometry) -> tuple[str, ...]:
    return _components(geometry, "insulator")


def _tanks(geometry: Geometry) -> tuple[str, ...]:
    return _components(geometry, "transformer")


XYZ, XY = fixed("x", "y", "z"), fixed("x", "y")
_BANDS = fixed(*(f"{low:g}-{high:g}Hz" for low, high in pairwise(BANDS)))


def at_places(key: str, unit: str, neutral: float, meaning: str, answer: Any, **more: Any) -> None:
    """Register a quantity that is asked at points."""
    register_quantity(Quantity(key, unit, True, neutral, meaning, answer, **more))


def of_pole(key: str, unit: str, neutral: float, meaning: str, answer: Own, **more: Any) -> None:
    """Register a quantity of the pole."""
    register_quantity(Quantity(key, unit, False, neutral, meaning, lambda state, points: answer(state), **more))


def species_unit(name: str) -> str:
    """UCUM unit of a species' concentration."""
    return "[ppb]" if INDEX[name] < N_GASES else "ug/m3"


def outside_conductors(state: State, points: Float) -> Float:
    """Points (P, 3), those inside a conductor moved out to its surface (a field has no value on its axis)."""
    line = state.geometry.line
    if line is None or state.fields is None:
        return points
    moved = np.array(points, np.float64)
    for x, z, r in zip(line.x, line.height, line.radius, strict=True):
        inside = np.hypot(moved[:, 0] - x, moved[:, 2] - z) < r
        moved[inside, 0], moved[inside, 2] = x + r, z
    return moved


def _field(which: str) -> Callable[[State, Float], Any]:
    """(n, P, 3, H) phasors of "electric_field" or "magnetic_field", also where a point lies in a conductor."""
    return lambda state, points: getattr(state, which)(outside_conductors(state, points))


def _rms(which: str) -> Callable[[State, Float], Float]:
    def answer(state: State, points: Float) -> Float:
        phasors = _field(which)(state, points)[..., 0]
        out: Float = np.asarray(resultant(phasors.real, phasors.imag), np.float64)
        return out

    return answer


def _axes(which: str) -> Callable[[State, Float], Float]:
    return lambda state, points: np.abs(_field(which)(state, points)[..., 0])


def _thd(which: str) -> Callable[[State, Float], Float]:
    """Root of the harmonics' energy over the fundamental's, all axes; 0 where there is no fundamental."""

    def answer(state: State, points: Float) -> Float:
        square = (np.abs(_field(which)(state, points)) ** 2).sum(axis=2)
        base, rest = square[..., 0], square[..., 1:].sum(axis=-1)
        out: Float = np.sqrt(np.divide(rest, base, out=np.zeros_like(base), where=base > 0.0))
        return out

    return answer


def _speed(state: State, points: Float) -> Float:
    """(n, P) horizontal wind at the instant [m/s]."""
    wind = state.wind(points)[:, -1]
    return np.asarray(np.hypot(wind[..., 0], wind[..., 1]), np.float64)


def _humidity(state: State, points: Float) -> Float:
    """(n, P) relative humidity: the vapour at 2 m in the air at the point."""
    air = state.air_temperature_at(points)
    saturated = atmosphere.saturation_pressure(air)
    return np.minimum(atmosphere.saturation_pressure(state.dew_point)[:, None] / saturated, 1.0)


def _species(i: int, added: bool) -> Callable[[State, Float, float], Float]:
    def answer(state: State, points: Float, radius: float) -> Float:
        found = state.concentration(points, radius)[:, -1, :, i]
        return np.maximum(found - state.background[:, i, None], 0.0) if added else found

    return answer


def _pointwise(spread: Callable[[State, Float, float], Float]) -> Callable[[State, Float], Float]:
    return lambda state, points: spread(state, points, 0.0)


def _air() -> None:
    """Wind, air and what it carries."""
    at_places("wind", "m/s", 0.0, "wind vector, towards", lambda s, p: s.wind(p)[:, -1], labels=XYZ)
    at_places("wind_speed", "m/s", 0.0, "horizontal wind", _speed)
    at_places("air_temperature", "K", 293.15, "air temperature", lambda s, p: s.air_temperature_at(p))
    at_places("humidity", "1", 0.5, "relative humidity", _humidity)
    for i, name in enumerate(SPECIES):
        for key, added, words in ((name, False, ""), (f"added.{name}", True, ", what sources add to the background")):
            spread = _species(i, added)
            meaning = f"concentration of {name}{words}"
            at_places(key, species_unit(name), 0.0, meaning, _pointwise(spread), spread=spread)
        column = INDEX[name]
        of_pole(f"background.{name}", species_unit(name), 0.0, f"background of {name}", _background(column))


def _background(column: int) -> Own:
    return lambda state: state.background[:, column]


def _visibility(state: State) -> Float:
    """(n,) in the air's fog [m], at most that of clear air."""
    liquid = np.maximum(weather.fog_liquid(state), 1e-6)
    return np.minimum(np.asarray(atmosphere.fog_visibility(liquid), np.float64), CLEAR)


def _weather() -> None:
    """Weather of the place."""
    of_pole("dew_point", "K", 282.4, "dew point at 2 m", lambda s: s.dew_point)
    of_pole("pressure", "Pa", 101325.0, "station pressure", lambda s: s.pressure)
    of_pole("mean_wind", "m/s", 0.0, "hourly mean wind at 10 m", lambda s: s.wind_speed)
    of_pole("wind_from", "rad", 0.0, "direction the mean wind comes from, from north", lambda s: s.wind_from)
    of_pole("stability", "1/m", 0.0, "inverse Obukhov length", lambda s: s.inverse_obukhov)
    for key, words in (("ghi", "global"), ("dni", "direct normal"), ("dhi", "diffuse")):
        of_pole(key, "W/m2", 0.0, f"{words} irradiance", _attribute(key))
    of_pole("cloud", "1", 0.0, "cloud cover", lambda s: s.cloud)
    of_pole("rain", "mm/h", 0.0, "precipitation", lambda s: s.rain)
    of_pole("snowfall", "mm/h", 0.0, "part of it that falls as snow", surface_wetness.snowfall, owner="wetness")
    of_pole("sky_temperature", "K", 278.0, "radiative temperature of the sky", lambda s: s.sky_temperature)
    of_pole("fog", "g/m3", 0.0, "liquid water of fog", weather.fog_liquid)
    of_pole("visibility", "m", CLEAR, "meteorological visibility in fog", _visibility)
    of_pole("surface_film", "kg/m2", 0.0, "water on the components", surface_wetness.film, labels=_components)
    of_pole("snow", "kg/m2", 0.0, "snow on what faces the sky", surface_wetness.snow_load)
    of_pole("soiling", "kg/m2", 0.0, "particles on the unit", background.soiling, labels=fixed("PM1", "PM2.5", "PM10"))


def _attribute(name: str) -> Own:
    return lambda state: np.asarray(getattr(state, name), np.float64)


def _memory(key: str) -> Own:
    return lambda state: np.asarray(state.memory[key], np.float64)


def _magnitude(name: str) -> Own:
    """(n, k) fundamental of a phasor of the line."""
    return lambda state: np.abs(getattr(state, name)[:, :, 0])


def _current_thd(state: State) -> Float:
    square = np.abs(state.current) ** 2
    base, rest = square[..., 0], square[..., 1:].sum(axis=-1)
    out: Float = np.sqrt(np.divide(rest, base, out=np.zeros_like(base), where=base > 0.0))
    return out


def _line() -> None:
    """The line, its fields, discharges and insulators."""
    for which, unit in (("electric_field", "V/m"), ("magnetic_field", "T")):
        word = which.replace("_", " ")
        at_places(which, unit, 0.0, f"{word}, rms of the fundamental along x, y, z", _axes(which), labels=XYZ)
        at_places(f"{which}_rms", unit, 0.0, f"{word}, resultant rms of the fundamental", _rms(which))
        at_places(f"{which}_thd", "1", 0.0, f"{word}, harmonics over fundamental", _thd(which))
    of_pole("line_voltage", "V", 0.0, "fundamental to ground", _magnitude("voltage"), labels=_conductors)
    of_pole("line_current", "A", 0.0, "fundamental", _magnitude("current"), labels=_conductors)
    of_pole("line_current_thd", "1", 0.0, "harmonics over fundamental", _current_thd, labels=_conductors)
    of_pole("interharmonic", "1", 0.0, "broadband share of the current", _attribute("interharmonic"))
    of_pole("arc_power", "W", 0.0, "mean power of the arc over the step", _attribute("arc_power"))
    of_pole("arc_energy", "J", 0.0, "energy of the arc since the last sample (extensive)", _attribute("arc_energy"))
    for key, words in (("corona", "corona"), ("gap", "sparking gaps"), ("pd", "partial discharges")):
        of_pole(f"{key}_power", "W", 0.0, f"power of {words}", _memory(f"discharges.{key}"), owner="discharges")
    of_pole("discharge_power", "W", 0.0, "power of these three", discharges.discharge_power)
    of_pole("radio_noise", "dB[uV]/m", 0.0, "radio noise of discharges at 20 m, 0.5 MHz", discharges.radio_level)
    of_pole("leak_power", "W", 0.0, "heat of leakage current on all insulators", insulators.leak_power)
    of_pole("wood_heat", "W", 0.0, "heat of leakage current in wood", insulators.wood_heat)
    of_pole("dry_band_power", "W", 0.0, "power of dry-band arcs", _memory("insulators.arc_power"), owner="insulators")
    of_pole("flashover", "1", 0.0, "flashovers since the start (extensive)", insulators.flashed)
    for key, unit, words in (("esdd", "mg/cm2", "salt deposit"), ("leakage", "A", "leakage current, rms")):
        answer = _memory(f"insulators.{key}")
        of_pole(key, unit, 0.0, f"{words} of each insulator", answer, owner="insulators", labels=_insulators)


def _heat() -> None:
    """Temperatures of solids, and wood."""
    surface, own = _attribute("temperature"), heat.conductor_temperature
    of_pole("component_temperature", "K", 293.15, "surface temperature", surface, labels=_components)
    of_pole("conductor_temperature", "K", 293.15, "temperature", own, owner="heat", labels=_conductors)
    of_pole("joint_resistance", "Ohm", 0.0, "contact resistance", heat.joint_resistance, owner="heat", labels=_joints)
    of_pole(
        "transformer_hot_spot", "K", 293.15, "winding hot spot", transformer.hot_spot, owner="transformer",
        labels=_tanks,
    )  # fmt: skip
    of_pole("joint_rise", "K", 0.0, "hottest joint above a sound one", heat.joint_rise)
    of_pole("wood_hot_spot", "K", 293.15, "highest temperature in wood", _attribute("hot_spot"))
    of_pole("mass_rate", "kg/s", 0.0, "dry wood lost a second", _attribute("mass_rate"))
    of_pole("mass_lost", "kg", 0.0, "dry wood lost since the cause began", _attribute("mass_lost"))
    of_pole("char_mass", "kg", 0.0, "char", _attribute("char_mass"))


def _column(answer: Own, i: int) -> Own:
    return lambda state: answer(state)[:, i]


def _unit() -> None:
    """The unit's own: supply and inside."""
    cells = (("charge", "1"), ("voltage", "V"), ("current", "A"), ("temperature", "K"))
    for i, (name, unit) in enumerate(cells):
        neutral, words = (1.0 if i == 0 else 293.15 if i == 3 else 0.0), f"{name} of the battery"
        of_pole(f"battery_{name}", unit, neutral, words, _column(power.battery, i), owner="power")
    for i, (name, unit) in enumerate((("voltage", "V"), ("current", "A"))):
        of_pole(f"panel_{name}", unit, 0.0, f"{name} of the panel", _column(power.panel, i), owner="power")
    of_pole("charger", "1", 0.0, "state of the charger: 0 night ... 3 too cold", _column(power.panel, 2), owner="power")
    of_pole("internal_temperature", "K", 293.15, "inside the unit's box", enclosure.internal_temperature)


def _acceleration(i: int) -> Own:
    return lambda state: vibration.features(state)[:, :, i]


def _newest(value: Own, missing: float) -> Own:
    """(n,) of the newest flash; ``missing`` where there is none."""

    def answer(state: State) -> Float:
        age = state.memory["lightning.age"]
        row, newest = np.arange(state.n), age.argmin(axis=1)
        return np.where(np.isinf(age[row, newest]), missing, value(state)[row, newest])

    return answer


def _flash_distance(state: State, points: Float) -> Float:
    age = state.memory["lightning.age"]
    newest = age.argmin(axis=1)
    found = np.take_along_axis(lightning.flash_distance(state, points), newest[:, None, None], axis=2)[..., 0]
    return np.where(np.isinf(found), FAR, found)


def _motion() -> None:
    """Sound, motion and lightning."""
    level = acoustics.sound_level
    at_places("sound_level", "dB", -60.0, "sound pressure level re 20 uPa by band", level, labels=_BANDS, decibel=True)
    for i, name in enumerate(vibration.FEATURES):
        unit, neutral = ("1", 3.0) if name == "kurtosis" else ("m/s2", 0.0)
        key = f"acceleration_{name.removeprefix('rms_')}"
        words = f"acceleration of the unit: {name.replace('_', ' ')}"
        of_pole(key, unit, neutral, words, _acceleration(i), owner="vibration", labels=XYZ)
    of_pole("tilt", "rad", 0.0, "lean of the pole at the unit", vibration.tilt, owner="vibration", labels=XY)
    far = "distance of the newest flash"
    at_places("flash_distance", "m", FAR, far, _flash_distance, owner="lightning")
    of_pole(
        "flash_age", "s", LONG, "age of the newest flash", _newest(_memory("lightning.age"), LONG), owner="lightning"
    )
    field = _newest(lightning.flash_field, 0.0)
    of_pole("flash_field", "V/m", 0.0, "peak field of the newest flash at the pole", field, owner="lightning")
    count = _memory("lightning.count")
    of_pole("flash_count", "1", 0.0, "flashes since the start (extensive)", count, owner="lightning")


if "wind" not in QUANTITIES:
    for fill in (_air, _weather, _line, _heat, _unit, _motion):
        fill()
