"""Pole groups: poles of one neighbourhood that share weather, regional air and feeder, each with its own streams.

A pole is a function of the group's seed and of its own place alone: another pole in the list, or its order, changes
nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gg_gym.equations.synoptic import travel_time
from gg_gym.errors import InputError
from gg_gym.parameters.synoptic import LEAST_TRAVEL, MOST_TRAVEL
from gg_gym.physics.site import Conditions, Site
from gg_gym.physics.weather_sources import HOURS, load_weather
from gg_gym.streams import derive
from gg_gym.units import Float, UInt64

if TYPE_CHECKING:
    from gg_gym.products.configuration import ProductConfiguration

#: Places are told apart to a millimetre; added so that an address is never negative [mm].
_OFFSET = 1 << 40


def draw_group(
    product: ProductConfiguration, seed: int, poles: Sequence[tuple[float, float]], partition: str = "train"
) -> Conditions:
    """Nature's draw for the poles of a group.

    Site, hour, feeder load and world are the group's; run seed, unit and age are the pole's. Weather, fronts and
    smoke of the region reach a pole after its distance along the wind of the record's hour over the wind's speed.

    Args:
        product: the product that hangs on every pole.
        seed: of the group.
        poles: places (east, north) of the poles from the group's origin [m].
        partition: which split.

    Raises:
        InputError: no pole, a place twice, not finite or farther than :data:`gg_gym.parameters.synoptic.MOST_TRAVEL`
            of wind, an unknown partition.
    """
    place = _checked(poles)
    group = derive(np.array([seed], np.uint64), "pole_group")
    one = product.draw(group, partition).take(np.zeros(len(place), np.int64))
    seeds = pole_seeds(int(group[0]), place)
    own = product.draw(seeds, partition)
    delay = travel(product.site_objects[int(one.site[0])], float(one.hour[0]), place)
    late = np.abs(delay) > MOST_TRAVEL
    if late.any():
        worst = int(np.argmax(np.abs(delay)))
        raise InputError(
            f"poles[{worst}]", f"the weather needs {abs(delay[worst]):.0f} s to it", f"at most {MOST_TRAVEL:.0f} s"
        )
    return Conditions(
        seed=seeds, site=one.site, hour=one.hour, load=one.load, unit=own.unit, age=own.age, world=one.world,
        group=one.seed, delay=delay,
    )  # fmt: skip


def _checked(poles: Sequence[tuple[float, float]]) -> Float:
    """(n, 2) places [m].

    Raises:
        InputError: see :func:`draw_group`.
    """
    place: Float = np.asarray(poles, np.float64)
    if place.ndim != 2 or place.shape[1] != 2 or not len(place):
        raise InputError("poles", f"shape {place.shape}", "at least one (east, north) in metres")
    if not np.isfinite(place).all() or np.abs(place).max() > 1e6:
        raise InputError("poles", f"a place at {np.abs(place).max()} m", "finite, at most 1000 km")
    if len(np.unique(np.round(1e3 * place), axis=0)) < len(place):
        raise InputError("poles", "two poles at one place", "places that differ by a millimetre or more")
    return place


def pole_seeds(group: int, place: Float) -> UInt64:
    """(n,) run seeds of poles at places (n, 2) [m]: a function of the group's seed and the place alone."""
    code = (np.round(1e3 * place).astype(np.int64) + _OFFSET).astype(np.uint64)
    seeds = [derive(group, "pole", int(east), int(north)) for east, north in code]
    return np.array(seeds, np.uint64)


def travel(site: Site, hour: float, place: Float) -> Float:
    """(n,) time [s] that weather needs from the origin to places (n, 2) [m], by the site's wind at an hour."""
    table, row = load_weather(site), int(np.floor(np.mod(hour, HOURS)))
    speed, wind_from = np.full(len(place), table["wind_speed"][row]), np.full(len(place), table["wind_from"][row])
    return np.asarray(travel_time(place[:, 0], place[:, 1], speed, wind_from, LEAST_TRAVEL), np.float64)
