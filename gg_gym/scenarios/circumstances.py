"""Circumstances: season, weather and site of a run's conditions, as far as they are known before it is simulated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gg_gym.physics.weather_sources import HOURS, load_weather
from gg_gym.registry import Registry
from gg_gym.units import Bool, Float

if TYPE_CHECKING:
    from gg_gym.physics.site import Conditions
    from gg_gym.products import ProductConfiguration
    from gg_gym.scenarios.base import BaseScenario

SEASONS: tuple[str, ...] = ("winter", "spring", "summer", "autumn")
#: IEC 60815 classes of site pollution, from clean to dirty.
POLLUTION: tuple[str, ...] = ("very_light", "light", "medium", "heavy", "very_heavy")
#: A coastal site is at most this far from the sea, a roadside one from a road [m].
COAST, ROADSIDE = 20_000.0, 30.0
_ZERO, _LEAST = 273.15, 0.1
_COLUMNS = ("temperature", "dew_point", "wind_speed", "rain", "cloud", "ghi")


@dataclass(frozen=True)
class Circumstances:
    """What is known of n runs before they are simulated.

    The weather is that of the site's record at the run's hour; what the twin adds below an hour is not in it.

    Attributes:
        temperature: air temperature [K].
        dew_point: [K].
        wind_speed: [m/s].
        rain: [mm/h].
        cloud: cloud cover [1].
        ghi: global irradiance [W/m2].
        season: (n,) indices into :data:`SEASONS` (by the hemisphere of the site).
        pollution: (n,) indices into :data:`POLLUTION`.
        to_coast: distance to the sea [m].
        to_road: distance to a road [m].
        hour: hour of the day, local standard time [h].
        load: feeder load scale [1].
        age: age of the unit [a].
    """

    temperature: Float
    dew_point: Float
    wind_speed: Float
    rain: Float
    cloud: Float
    ghi: Float
    season: np.ndarray
    pollution: np.ndarray
    to_coast: Float
    to_road: Float
    hour: Float
    load: Float
    age: Float

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.hour)

    def take(self, rows: np.ndarray) -> Circumstances:
        """The circumstances of some runs."""
        return Circumstances(**{k: v[rows] for k, v in vars(self).items()})


def circumstances(product: ProductConfiguration, conditions: Conditions) -> Circumstances:
    """Circumstances of nature's draw (n,).

    Args:
        product: the product whose sites they refer to.
        conditions: the draw.
    """
    sites, at = product.site_objects, np.asarray(conditions.site)
    row = np.floor(np.mod(conditions.hour, HOURS)).astype(np.int64)
    weather = {k: np.zeros(len(at)) for k in _COLUMNS}
    for i in np.unique(at):
        table, here = load_weather(sites[int(i)]), at == i
        for key in _COLUMNS:
            weather[key][here] = table[key][row[here]]
    about = np.array([(s.latitude, s.distance_to_coast, s.distance_to_road) for s in sites])[at]
    month = np.floor(np.mod(conditions.hour, HOURS) / (HOURS / 12.0)).astype(np.int64)
    season = ((month + 1) // 3 + np.where(about[:, 0] < 0.0, 2, 0)) % 4
    pollution = np.array([_pollution(s.pollution_class) for s in sites])[at]
    return Circumstances(
        **weather, season=season, pollution=pollution, to_coast=about[:, 1], to_road=about[:, 2],
        hour=np.mod(conditions.hour, 24.0), load=np.asarray(conditions.load), age=np.asarray(conditions.age),
    )  # fmt: skip


def _pollution(name: str) -> int:
    return POLLUTION.index(name) if name in POLLUTION else 1


@dataclass(frozen=True)
class Condition:
    """A named condition on a run.

    Attributes:
        meaning: in words.
        holds: (circumstances (n,)) -> (n,) where the circumstances alone decide.
        shown: (scenario, product) -> whether a definition shows it, where the definition decides.
    """

    meaning: str
    holds: Callable[[Circumstances], Bool] | None = None
    shown: Callable[[BaseScenario, ProductConfiguration], bool] | None = None


#: Conditions by name. A new one is ``CONDITIONS.add(name, Condition(...))``.
CONDITIONS: Registry[Condition] = Registry("condition")


def _add(name: str, meaning: str, holds: Callable[[Circumstances], Bool]) -> None:
    CONDITIONS.add(name, Condition(meaning, holds))


_add("fog", "dew-point depression below 1 K, wind below 5 m/s, no rain", lambda c: fog(c))
_add("rain", "more than 0.1 mm/h above 0 Cel", lambda c: (c.rain > _LEAST) & (c.temperature >= _ZERO))
_add("snow", "more than 0.1 mm/h below 0 Cel", lambda c: (c.rain > _LEAST) & (c.temperature < _ZERO))
_add("thunderstorm", "more than 4 mm/h of rain above 15 Cel", lambda c: (c.rain > 4.0) & (c.temperature > _ZERO + 15.0))
_add("windy", "wind above 8 m/s", lambda c: c.wind_speed > 8.0)
_add("calm", "wind below 1 m/s", lambda c: c.wind_speed < 1.0)
_add("hot", "above 30 Cel", lambda c: c.temperature > _ZERO + 30.0)
_add("frost", "below 0 Cel", lambda c: c.temperature < _ZERO)
_add("dry", "dew-point depression above 12 K", lambda c: c.temperature - c.dew_point > 12.0)
_add("sunny", "irradiance above 500 W/m2", lambda c: c.ghi > 500.0)
_add("night", "no irradiance", lambda c: c.ghi <= 0.0)
_add("coast", "site at most 20 km from the sea", lambda c: c.to_coast <= COAST)
_add("roadside", "site at most 30 m from a road", lambda c: c.to_road <= ROADSIDE)
_add("polluted", "site pollution heavy or very heavy", lambda c: c.pollution >= POLLUTION.index("heavy"))
_add("loaded", "feeder load above 0.9", lambda c: c.load > 0.9)
for _i, _name in enumerate(SEASONS):
    _add(_name, f"{_name} at the site's hemisphere", lambda c, i=_i: c.season == i)  # type: ignore[misc]

#: Weather words that priors may name, most special first: the first that holds is the weather of a run.
WEATHERS: tuple[str, ...] = ("thunderstorm", "snow", "rain", "fog", "windy", "hot", "dry")


def fog(c: Circumstances) -> Bool:
    """(n,) whether there is fog: damp, slow air without rain."""
    out: Bool = (c.temperature - c.dew_point < 1.0) & (c.wind_speed < 5.0) & (c.rain <= _LEAST)
    return out


def weather_of(c: Circumstances) -> np.ndarray:
    """(n,) the weather word of each run: one of :data:`WEATHERS`, or "fair"."""
    out = np.full(len(c), "fair", dtype="<U16")
    for name in reversed(WEATHERS):
        holds = CONDITIONS[name].holds
        assert holds is not None
        out[holds(c)] = name
    return out
