"""Module "filaments": the plume as filaments of air (tier 2), in place of the Gaussian plume and its fluctuation.

Farrell et al. 2002, "Filament-based atmospheric dispersion model": a source emits filaments that the wind carries, each
with a velocity of its own (an exact OU process, not a kick per step) and a size that grows by Taylor's law. Release
times lie on an absolute grid, so that the cloud does not depend on dt. A fixed number is remembered; one set of paths
serves every source. Costs some 50 times the plume: for studies of fluctuation, not for training data.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gg_gym.arrays import blocks
from gg_gym.equations import dispersion as law
from gg_gym.equations.bounds import clip
from gg_gym.equations.turbulence import rational_spread_squared
from gg_gym.equations.wind import profile_ratio
from gg_gym.parameters.dispersion import FilamentParameters, PlumeParameters
from gg_gym.physics.dispersion import RELATIVE_SHARE, concentration_factor, rise_of_heat
from gg_gym.physics.engine import PHYSICS, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import SPECIES
from gg_gym.physics.state import MAX_SOURCES, Environment3DState
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws
from gg_gym.units import Float

_P, _PLUME = FilamentParameters(), PlumeParameters()
_N = _P.capacity
_NORM = (2.0 * np.pi) ** -1.5


@PHYSICS.register("filaments")
class Filaments(PhysicsModule):
    """Filaments on the fine axis; answers ``state.concentration``.

    Memory, N = 96 filaments: "filaments.clock" (n,) s, "filaments.number" (n, N) number of the release,
    "filaments.velocity" (n, N, 3) in own deviations, and on the fine axis "filaments.drift" (n, M, N, 3) what the wind
    carried [m at 10 m], "filaments.own" (n, M, N, 3) own displacement [m], "filaments.age" (n, M, N) s,
    "filaments.mass" (n, N, K) rates at release [kg/s].
    """

    key: ClassVar[str] = "filaments"
    after: ClassVar[tuple[str, ...]] = ("dispersion", "airflow", "arcs", "wood", "smoulder", "traffic")

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers: that of the plume."""
        return (RELATIVE_SHARE,)

    def lanes(self, m: int) -> dict[str, int]:
        """Three normals a filament and component on each of m fine steps: velocity at release, then the joint step."""
        return {"filaments.turbulence": 9 * _N * m}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """No filament yet."""
        n, m, memory = state.n, state.substeps, state.memory
        state.plume = filament_increment
        memory["filaments.clock"] = np.zeros(n)
        memory["filaments.number"] = np.full((n, _N), -1.0)
        memory["filaments.velocity"] = np.zeros((n, _N, 3))
        memory["filaments.drift"], memory["filaments.own"] = np.zeros((n, m, _N, 3)), np.zeros((n, m, _N, 3))
        memory["filaments.age"], memory["filaments.mass"] = np.zeros((n, m, _N)), np.zeros((n, _N, MAX_SOURCES))

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Carry the filaments through the fine axis; what precedes it is longer than any filament lives, or nothing."""
        n, m, memory = state.n, state.substeps, state.memory
        z = draws.normal("filaments.turbulence").reshape(n, m, _N, 9)
        state.plume = filament_increment
        drift, own, age = (memory[f"filaments.{k}"][:, -1] for k in ("drift", "own", "age"))
        paths: tuple[list[Float], ...] = ([], [], [])
        memory["filaments.clock"] = memory["filaments.clock"] + max(h - m * state.fine_step, 0.0)
        for k in range(m):
            drift, own, age = self._advance(state, drift, own, age, z[:, k], state.wind10[:, k])
            for path, value in zip(paths, (drift, own, age), strict=True):
                path.append(value)
        for name, path in zip(("drift", "own", "age"), paths, strict=True):
            memory[f"filaments.{name}"] = np.stack(path, axis=1)

    def _advance(
        self, state: Environment3DState, drift: Float, own: Float, age: Float, z: Float, wind: Float
    ) -> tuple[Float, Float, Float]:
        """One fine step: drift and own displacement (n, N, 3) [m], age (n, N) [s]; releases take the oldest places."""
        memory = state.memory
        clock = memory["filaments.clock"] + state.fine_step
        last = np.floor(clock / _P.interval)[:, None]
        number = last - np.mod(last - np.arange(_N), _N)
        fresh = number > memory["filaments.number"]
        lived = clip(clock[:, None] - number * _P.interval, 0.0, None)
        duration = np.where(fresh, lived, state.fine_step)[:, :, None]
        sigma, scale = own_turbulence(state)
        decay, mean, slope, rest = law.ou_displacement(duration, scale[:, None, :])
        velocity = np.where(fresh[:, :, None], z[:, :, :3], memory["filaments.velocity"])
        moved = sigma[:, None, :] * (velocity * mean + slope * z[:, :, 3:6] + rest * z[:, :, 6:])
        memory["filaments.velocity"] = decay * velocity + np.sqrt(1.0 - decay * decay) * z[:, :, 3:6]
        memory["filaments.clock"], memory["filaments.number"] = clock, number
        released = state.source_rate.sum(axis=2)[:, None, :]
        memory["filaments.mass"] = np.where(fresh[:, :, None], released, memory["filaments.mass"])
        carried = np.where(fresh[:, :, None], 0.0, drift) + duration * wind[:, None, :]
        return carried, np.where(fresh[:, :, None], 0.0, own) + moved, lived


def own_turbulence(state: Environment3DState) -> tuple[Float, Float]:
    """(n, 3) deviation [m/s] of a filament's own velocity (x, y, z), and its Lagrangian time [s], as in the plume."""
    share = world_number(state, RELATIVE_SHARE)
    grow_h = clip(share * state.sigma_w[:, 1], _PLUME.least_spread, None)
    grow_z = clip(share * state.sigma_w[:, 2], _PLUME.least_spread, None)
    scale = _PLUME.vertical_scale * _P.height / clip(state.sigma_w[:, 2], 0.03, None)
    sigma = np.sqrt(_P.moving) * np.stack([grow_h, grow_h, grow_z], axis=1)
    return sigma, np.stack([_PLUME.horizontal_ratio * scale, _PLUME.horizontal_ratio * scale, scale], axis=1)


def filament_increment(state: Environment3DState, points: Float, radius: float) -> Float:
    """What the sources add at points (n, P, 3): (n, M, P, S), ppb and ug/m3, from the filaments; as the plume's.

    A source's present composition is that of all its filaments; their masses are those at release.
    """
    out = np.zeros((state.n, state.substeps, points.shape[1], len(SPECIES)))
    total = state.source_rate.sum(axis=2)
    factor = concentration_factor(state)
    for k in range(MAX_SOURCES):
        rows = np.flatnonzero(total[:, k] > 0.0)
        for block in blocks(len(rows), 32):
            some = rows[block]
            mix = state.source_rate[some, k] / total[some, k, None] * factor[some]
            loading = filament_loading(state, some, k, points[some], radius)
            out[some] += loading[..., None] * mix[:, None, None, :]
    return out


def filament_loading(state: Environment3DState, rows: np.ndarray, k: int, points: Float, radius: float) -> Float:
    """(B, M, P) mass concentration [kg/m3] of source k at points (B, P, 3), summed over its filaments.

    Source: Farrell et al. 2002: Gaussian filaments with an image below the ground. A filament is longer along the wind
    by the path between two releases over the root of 12, so that the sum over filaments is the integral over time.
    """
    memory = state.memory
    m = state.substeps
    drift, own, age = (memory[f"filaments.{name}"][rows][:, -m:] for name in ("drift", "own", "age"))
    source = state.source_position[rows, k]
    height = clip(source[:, 2:], 0.5, None)
    ratio = profile_ratio(height, 10.0, state.roughness[rows, None], state.inverse_obukhov[rows, None])
    wind = state.wind10[rows] * ratio[:, None]
    speed = np.sqrt(np.sum(wind * wind, axis=-1))
    sigma, scale = (x[rows] for x in own_turbulence(state))
    rest = np.sqrt((1.0 - _P.moving) / _P.moving)
    least = (state.source_size[rows, k] ** 2 + radius**2)[:, None, None]
    s2_h = least + rational_spread_squared(age, rest * sigma[:, :1, None], scale[:, :1, None])
    s2_z = least + rational_spread_squared(age, rest * sigma[:, 2:, None], scale[:, 2:, None])
    s2_a = s2_h + ((speed * _P.interval) ** 2 / 12.0)[:, :, None]
    place = source[:, None, None, :] + drift * ratio[:, None, :, None] + own
    place[..., 2] += rise_of_heat(state, rows, k, age, speed[:, :, None])
    place[..., 2] = np.abs(place[..., 2])
    offset = points[:, None, :, None, :] - place[:, :, None]
    flat = wind[..., :2] / clip(np.hypot(wind[..., 0], wind[..., 1]), 1e-9, None)[:, :, None]
    along = (offset[..., :2] * flat[:, :, None, None, :]).sum(axis=-1)
    up = offset[..., 2]
    side2 = clip((offset * offset).sum(axis=-1) - along * along - up * up, 0.0, None)
    level = 0.5 * (along * along / s2_a[:, :, None] + side2 / s2_h[:, :, None])
    image = 2.0 * points[:, None, :, None, 2] - up
    tall = np.exp(-0.5 * up * up / s2_z[:, :, None]) + np.exp(-0.5 * image * image / s2_z[:, :, None])
    mass = _P.interval * memory["filaments.mass"][rows, None, :, k] * _NORM / np.sqrt(s2_a * s2_h * s2_z)
    alive = memory["filaments.number"][rows][:, None, :] >= 0.0
    out: Float = (np.where(alive, mass, 0.0)[:, :, None] * np.exp(-level) * tall).sum(axis=-1)
    return out
