"""What the classes of a camera's scene send: counts of components, sky, air and ground; and what a sound part shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gg_gym.equations.atmosphere import fog_visibility
from gg_gym.equations.radiometry import band_temperature, fog_transmission, path_transmission, sun_band
from gg_gym.parameters.lepton import HOT_SPOT, LEPTON
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.heat import view_shares
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.surface_wetness import wet_share
from gg_gym.physics.surroundings import ground_exitance
from gg_gym.physics.weather import fog_liquid
from gg_gym.sensors.camera_tables import counts, exitance_counts
from gg_gym.sensors.parts import Climate
from gg_gym.sensors.scene import classes
from gg_gym.units import Float


def mirror_shares(geometry: Geometry) -> Float:
    """(C, C) share of the view of each component (column) that the others (rows) fill, by which it mirrors them."""
    parts = geometry.components
    out = np.zeros((len(parts), len(parts)))
    if parts:
        index, share = view_shares(parts)
        np.add.at(out, (index.ravel(), np.repeat(np.arange(len(parts)), index.shape[1])), share.ravel())
    return out


def scene_counts(state: Environment3DState, climate: Climate, distance: Float, neighbours: Float) -> Float:
    """(n, K) counts of the classes: components (with what they mirror), sky, air, ground; case and constant 0.

    Args:
        state: the world.
        climate: around the unit.
        distance: (C,) from the camera to the components [m].
        neighbours: (C, C) of :func:`mirror_shares`.
    """
    c = len(distance)
    out = np.zeros((state.n, classes(state.geometry)))
    air, ground = climate.air + 273.15, ground_exitance(state)
    out[:, c] = counts(np.asarray(band_temperature(state.sky_window), np.float64))
    out[:, c + 1] = counts(air)
    out[:, c + 2] = counts(air + LEPTON.ground_sun * state.ghi) if ground is None else exitance_counts(ground)
    around = (0.5 * (out[:, c] + out[:, c + 2]) + sun_counts(state))[:, None]
    mirror = 1.0 - state.emissivity
    shown = state.emissivity * counts(state.temperature) + mirror * around
    excess = ((shown - around)[:, None, :] @ neighbours)[:, 0]
    shown += mirror * excess
    passed = through(state, climate, distance)
    out[:, :c] = passed * shown + (1.0 - passed) * out[:, c + 1, None]
    return out


def sun_counts(state: Environment3DState) -> Float:
    """(n,) counts of the sun in what a rounded body mirrors: a quarter of its beam, over all directions alike.

    The other directions are half sky, half ground.
    """
    beam = np.where(state.sun[:, 2] > 0.0, state.dni, 0.0)
    lit = exitance_counts(np.asarray(120.0 + 0.25 * sun_band(beam), np.float64))
    out: Float = lit - exitance_counts(np.array([120.0]))
    return out


def through(state: Environment3DState, climate: Climate, distance: Float) -> Float:
    """(n, k) transmission of air and fog over ``distance``, (k,) or (n, k) [m]."""
    humidity = np.clip(climate.humidity / 100.0, 0.0, 1.0)[:, None]
    out = np.asarray(path_transmission(distance, climate.air[:, None], humidity), np.float64)
    liquid = fog_liquid(state)[:, None]
    if (liquid > 0.0).any():
        visibility = fog_visibility(np.maximum(liquid, 1e-9))
        out = out * np.where(liquid > 0.0, fog_transmission(distance, visibility), 1.0)
    return np.clip(out, 0.0, 1.0)


def sound_temperature(state: Environment3DState) -> Float:
    """(n, C) temperature that each component would show without a fault [K].

    As warm as the middle of its kind where there are three or more, as the cooler one of two; a part without a peer
    may be warmer than air by what sun and rated load explain (:class:`gg_gym.parameters.lepton.HotSpot`).
    """
    out = np.empty_like(state.temperature)
    geometry = state.geometry
    air = state.air_temperature_at(geometry.positions())
    for kind in {part.kind for part in geometry.components}:
        index = geometry.of_kind(kind)
        if len(index) > 1:
            ranked = np.sort(state.temperature[:, index], axis=1)
            out[:, index] = ranked[:, (len(index) - 1) // 2, None]
        else:
            rated = HOT_SPOT.rated if geometry.components[index[0]].internal_heat > 0.0 else 0.0
            out[:, index[0]] = air[:, index[0]] + HOT_SPOT.sun * state.ghi + rated
    return out


def window(state: Environment3DState, worn: Float, failing: Callable[[str], Float]) -> tuple[Float, Float]:
    """(n,) transmission of the window over that which the firmware takes out, and (n,) what a film of it takes.

    Water, ice and webs show the air's temperature, dirt the case's.

    Args:
        state: the world.
        worn: (n,) the unit's own transmission over the nominal one, before anybody cleaned it [1].
        failing: kind of fault -> (n,) its size.
    """
    wet = wet_share(state).mean(axis=1) if "wetness.film" in state.memory else -np.expm1(-state.rain)
    film = np.clip(np.maximum(wet, np.maximum(failing("icing"), 0.3 * failing("web"))), 0.0, 1.0)
    left = 1.0 - np.clip(state.causes["cleaning"], 0.0, 1.0)
    dirt = np.maximum(1.0 - LEPTON.window_foul * failing("fouling") * left, 0.0)
    clean = np.where(left < 1.0, worn**left, worn) * dirt
    lost: Float = clean * film * (1.0 - LEPTON.window_wet / LEPTON.window)
    return clean - lost, lost
