"""Magnitudes of what is no fault: gas, particles, warm things in view, sound, blows, shaking, wash, broken instruments.

Each reads the physical state and gives (n,) values; :mod:`gg_gym.scenarios.labels` grades them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from gg_gym.equations.radiometry import band_exitance_fast
from gg_gym.equations.sound import received_ratio
from gg_gym.parameters.sound import SOUND
from gg_gym.physics.acoustics import absorption, sources
from gg_gym.physics.background import AGRICULTURE, DUST, POLLEN, REGIONAL_SMOKE, STOVE_SMOKE
from gg_gym.physics.dispersion import plume_increment, spread_of
from gg_gym.physics.species import INDEX, N_GASES
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.surroundings import active, seen
from gg_gym.units import Bool, Float

#: Slots of sources that are not the line's: vehicles, and what the module "releases" names.
FOREIGN = (2, 4)
#: Gases that count as foreign gas: what an array smells, not what clean air and breath are full of.
SMELT = [i for name, i in INDEX.items() if i < N_GASES and name not in ("CO2", "H2O", "CH4", "H2", "O3", "TAR")]
_REGION = tuple(c.key for c in (REGIONAL_SMOKE, STOVE_SMOKE, DUST, POLLEN, AGRICULTURE))
#: The camera's picture: solid angle [sr], half angle of the cone in which things count as in view [rad].
_PICTURE, _CONE = 0.75, 0.5
#: Change of the 8-14 um exitance with temperature near 290 K [W/(m2.K)].
_PER_KELVIN = 1.9
_HEARD = 20e-6


def _running(state: Environment3DState) -> Bool:
    """(n,) rows in which a foreign source gives something off."""
    out = np.zeros(state.n, bool)
    for k in FOREIGN:
        out |= (state.source_rate[:, k] > 0.0).any(axis=1)
    return out


def plumes(state: Environment3DState, inlet: Float) -> Float:
    """(n, S) what foreign sources add at the inlet (1, 3), mean of the fine steps [ppb], particles [ug/m3]."""
    slots = list(FOREIGN)
    running = _running(state)
    if state.plume is None or not running.any():
        return np.zeros_like(state.background)
    if state.plume is plume_increment:
        return _near(state, inlet)
    alone = copy.copy(state)
    alone.source_rate = np.zeros_like(state.source_rate)
    alone.source_rate[:, slots] = state.source_rate[:, slots]
    excess = alone.concentration(inlet)[:, :, 0].mean(axis=1) - state.background
    return np.where(running[:, None], np.maximum(excess, 0.0), 0.0)


def _near(state: Environment3DState, inlet: Float) -> Float:
    """(n, S) of the built-in plume, whose dilution is found once for all who ask at the inlet."""
    spread, out = (
        spread_of(state, np.broadcast_to(inlet, (state.n, *inlet.shape)), 0.0),
        np.zeros_like(state.background),
    )
    for k in FOREIGN:
        some = spread.slot == k
        row = spread.row[some]
        strength = state.source_rate[row, k] * spread.factor[row]
        out[row] += spread.dilution[some, :, 0].mean(axis=1)[:, None] * strength
    return out


def _acting(state: Environment3DState) -> Bool:
    """(n,) rows in which the region adds something."""
    out = np.zeros(state.n, bool)
    for key in _REGION:
        out |= state.causes[key] > 0.0
    return out


def region(state: Environment3DState) -> Float:
    """(n, S) what the region's smoke, dust, pollen and fields add to the air, as :func:`plumes`."""
    total, acting = state.memory.get("background.total"), _acting(state)
    if total is None or not acting.any():
        return np.zeros_like(state.background)
    added = np.maximum(total - state.memory["background.clean"], 0.0)
    return np.where(acting[:, None], added, 0.0)


def _added(state: Environment3DState, inlet: Float) -> Float | None:
    """(n, S) of :func:`plumes` and :func:`region`; None where neither is in any row."""
    if not (_running(state).any() or _acting(state).any()):
        return None
    return plumes(state, inlet) + region(state)


def foreign_gas(state: Environment3DState, inlet: Float) -> Float:
    """(n,) gases [ppb] at the inlet (1, 3) from sources that are not the line's."""
    added = _added(state, inlet)
    return np.zeros(state.n) if added is None else np.asarray(added[:, SMELT].sum(axis=1))


def foreign_particles(state: Environment3DState, inlet: Float) -> Float:
    """(n,) particles below 10 um [ug/m3] at the inlet from sources that are not the line's."""
    added = _added(state, inlet)
    return np.zeros(state.n) if added is None else np.asarray(added[:, N_GASES:].sum(axis=1))


def in_view(state: Environment3DState, inlet: Float) -> Float:
    """(n,) how much warm or cold things in view change the camera's picture, mean over it [K].

    Things count by their solid angle within the cone of view; what hides them is not asked.
    """
    out, rows = np.zeros(state.n), np.flatnonzero(active(state))
    if not rows.size:
        return out
    mount = state.geometry.mount
    place = np.asarray(mount.position, np.float64)
    things = seen(state, rows, place)
    offset = things.position - place
    away = np.sqrt((offset**2).sum(axis=2))
    axis = np.asarray(mount.target, np.float64) - place
    cosine = (offset * (axis / np.sqrt((axis**2).sum()))).sum(axis=2) / np.maximum(away, 1e-6)
    radius = np.prod(np.maximum(things.size, 1e-6), axis=2) ** (1.0 / 3.0)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0)) - np.arctan2(radius, away)
    share = np.minimum(np.pi * radius**2 / np.maximum(away, radius) ** 2 / _PICTURE, 1.0)
    contrast = np.abs(things.exitance - band_exitance_fast(state.air_temperature[rows])[:, None]) / _PER_KELVIN
    shown = things.present & (angle < _CONE)
    out[rows] = np.where(shown, share * contrast * things.opacity, 0.0).sum(axis=1)
    return out


def foreign_sound(state: Environment3DState, inlet: Float) -> Float:
    """(n,) sound pressure at the unit of vehicles and of the source of the module "releases", rms [Pa]."""
    power = state.memory.get("releases.sound_power")
    driven = bool((state.causes["exhaust_fuel"] > 0.0).any())
    if "acoustics.background" not in state.memory or (power is None and not driven):
        return np.zeros(state.n)
    heard = []
    if power is not None:
        heard.append((power, state.memory["releases.sound_position"]))
    if driven:
        *_, vehicle = sources(state)
        heard.append(vehicle)
    square, loss = np.zeros(state.n), absorption(state)
    for watts, place in heard:
        away = np.sqrt(((place - np.asarray(state.geometry.mount.position)) ** 2).sum(axis=1))[:, None]
        square += np.asarray(received_ratio(watts, np.maximum(away, SOUND.nearest), loss)).sum(axis=1)
    out: Float = _HEARD * np.sqrt(square)
    return out


def noted(key: str) -> Callable[[Environment3DState, Float], Float]:
    """A magnitude that a module notes in the memory ``key`` (n,); 0 without it."""

    def read(state: Environment3DState, inlet: Float) -> Float:
        value = state.memory.get(key)
        return np.zeros(state.n) if value is None else value

    return read


def injected(state: Environment3DState, inlet: Float) -> Float:
    """(n,) size of an instrument's fault that a scenario brought about [1]."""
    kind = state.causes.get("fault_kind")
    return np.zeros(state.n) if kind is None else np.where(kind > 0.0, state.causes["fault_size"], 0.0)
