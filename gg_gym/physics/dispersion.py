"""What sources add to the air at a point: puffs along the frozen wind, and the fluctuation within the plume.

Meander is explicit (the wind of each fine step carries the plume), so a puff grows by relative diffusion only. The
integral over travel time is a Gauss-Legendre sum about the time at which a puff passes closest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import gammaincinv, ndtr

from gg_gym.arrays import blocks
from gg_gym.equations import dispersion
from gg_gym.equations.atmosphere import air_density, saturation_pressure
from gg_gym.equations.bounds import clip
from gg_gym.equations.turbulence import ou_decay, ou_step, rational_spread_squared
from gg_gym.equations.wind import profile_ratio
from gg_gym.parameters.dispersion import PlumeParameters
from gg_gym.physics.engine import PHYSICS, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import MOLAR_MASS, N_GASES, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.wake import STRUCTURES, climbed, near_structures, standing
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

_PLUME = PlumeParameters()
_RULE = np.polynomial.legendre.leggauss(_PLUME.nodes)
_NODE, _WEIGHT = ((0.5 * x).astype(np.float32)[:, None] for x in (_RULE[0] + 1.0, _RULE[1]))
_LEAST = np.float32(-80.0)
#: Fine steps of pairs of a row and a source that are taken at once.
_BLOCK = 6144
_NORM = np.float32((2.0 * np.pi) ** -1.5)
#: Grids of the table of in-plume fluctuation: intensity [1] and normal score [1].
_INTENSITY, _SCORE = np.linspace(0.1, 2.5, 49), np.linspace(-5.0, 5.0, 401)

#: Most places at once of which an answer is remembered, and attributes of the state on which it depends.
_REMEMBERED = 4
_CAUSES = (
    "source_rate", "source_position", "source_size", "source_heat", "wind10", "intermittency", "sigma_w", "roughness",
    "inverse_obukhov", "air_temperature", "dew_point", "pressure",
)  # fmt: skip

RELATIVE_SHARE = Uncertain("dispersion.relative_share", _PLUME.relative_share, 0.25, "1", "recalled: half of absolute")
INTENSITY = Uncertain("dispersion.intermittency", _PLUME.intermittency, 0.25, "1", "recalled: 0.5-1 on the axis")
FLUCTUATION_TIME = Uncertain("dispersion.fluctuation_time", _PLUME.intermittency_time, 0.4, "s", "recalled: 0.1-5 s")


@PHYSICS.register("dispersion")
class Dispersion(PhysicsModule):
    """Answers concentration queries, and steps the fluctuation within plumes."""

    key = "dispersion"
    after = ("airflow", "arcs", "wood", "traffic", "smoulder", "background", "wake")

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this module."""
        return RELATIVE_SHARE, INTENSITY, FLUCTUATION_TIME

    def lanes(self, m: int) -> dict[str, int]:
        """One process over one jump and m fine steps."""
        return {"dispersion.fluctuation": m + 1}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """A stationary fluctuation; the state can answer from now on."""
        state.plume = plume_increment
        state.memory["dispersion.fluctuation"] = draws.normal("dispersion.fluctuation")[:, 0].copy()
        self._fluctuate(state, 0.0, draws.normal("dispersion.fluctuation"))

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the fluctuation by h seconds: a jump over what precedes the fine axis, then each fine step."""
        rest = max(h - state.substeps * state.fine_step, 0.0)
        self._fluctuate(state, rest, draws.normal("dispersion.fluctuation"))

    def _fluctuate(self, state: Environment3DState, rest: float, z: Float) -> None:
        """Set ``intermittency`` (n, M) from an OU process pushed through the gamma distribution; z (n, M+1)."""
        tau = world_number(state, FLUCTUATION_TIME)
        x = state.memory["dispersion.fluctuation"]
        if rest > 0.0:
            x = ou_step(x, rest, tau, np.ones(1), z[:, 0])
        decay = ou_decay(state.fine_step, tau)
        spread, path = np.sqrt(1.0 - decay * decay), np.empty((state.n, state.substeps))
        for k in range(state.substeps):
            x = decay * x + spread * z[:, k + 1]
            path[:, k] = x
        state.memory["dispersion.fluctuation"] = x
        state.intermittency = gamma_fluctuation(path, world_number(state, INTENSITY))


@lru_cache(maxsize=1)
def _gamma_table() -> Float:
    """(49, 401) quantiles of the gamma distributions of mean 1 at the grids of intensity and normal score."""
    shape = dispersion.gamma_shape(_INTENSITY)[:, None]
    table: Float = gammaincinv(shape, ndtr(_SCORE)[None, :]) / shape
    return table / _gamma_mean(table)


def _gamma_mean(table: Float) -> Float:
    """(49, 1) means of the interpolated quantiles under the normal distribution: close to 1, divided out."""
    edge = 0.5 * (_SCORE[1:] + _SCORE[:-1])
    mass = np.diff(np.concatenate([[0.0], ndtr(edge), [1.0]]))
    mean: Float = np.sum(table * mass, axis=1, keepdims=True)
    return mean


def gamma_fluctuation(score: Float, intensity: Float) -> Float:
    """Gamma-distributed multipliers (n, M) of mean 1 and standard deviation ``intensity`` (n,) from normal scores."""
    table = _gamma_table().ravel()
    row = clip((intensity - _INTENSITY[0]) / (_INTENSITY[1] - _INTENSITY[0]), 0.0, len(_INTENSITY) - 1.001)[:, None]
    column = clip((score - _SCORE[0]) / (_SCORE[1] - _SCORE[0]), 0.0, len(_SCORE) - 1.001)
    i, j = row.astype(np.int64), column.astype(np.int64)
    a, b, at = row - i, column - j, i * len(_SCORE) + j
    low = table[at] * (1.0 - b) + table[at + 1] * b
    high = table[at + len(_SCORE)] * (1.0 - b) + table[at + len(_SCORE) + 1] * b
    out: Float = low * (1.0 - a) + high * a
    return out


@dataclass(frozen=True)
class Spread:
    """What the sources do at some places: B pairs of a row and a source that gives something off, source by source.

    Attributes:
        row: (B,) rows, and ``slot`` (B,) their sources.
        dilution: (B, M, P) concentration per emission rate, fluctuation included [s/m3].
        factor: (n, S) ppb, or ug/m3 for particles, per kg/m3.
        total: (n, M, P, S) what all of them add; read-only.
    """

    row: Int
    slot: Int
    dilution: Float
    factor: Float
    total: Float


def plume_increment(state: Environment3DState, points: Float, radius: float) -> Float:
    """What the sources add at points (n, P, 3): (n, M, P, S) in ppb, particles in ug/m3, fluctuation included.

    Args:
        state: n instances with wind on the fine axis and sources.
        points: places [m].
        radius: standard deviation of the Gaussian sampling volume [m].

    Returns:
        A read-only array: who asks again about the same few places and the same state gets the same one.
    """
    return spread_of(state, points, radius).total


def spread_of(state: Environment3DState, points: Float, radius: float) -> Spread:
    """What the sources do at points (n, P, 3); found once for a state as long as nothing it depends on changes."""
    if points.shape[1] > _REMEMBERED:
        return _spread(state, points, radius)
    causes = [getattr(state, name) for name in _CAUSES]
    causes += [state.world.get(p.key) for p in (RELATIVE_SHARE, *STRUCTURES)]
    causes += [state.memory.get("wake.contrast"), state.geometry]
    return state.answer(("plume", points.tobytes(), radius), tuple(causes), lambda: _spread(state, points, radius))  # type: ignore[no-any-return]


def _spread(state: Environment3DState, points: Float, radius: float) -> Spread:
    slot, row = np.nonzero((state.source_rate != 0.0).any(axis=2).T)
    dilution = np.empty((len(row), state.substeps, points.shape[1]))
    for block in blocks(len(row), max(256, _BLOCK // state.substeps)):
        some = row[block]
        dilution[block] = source_dilution(state, some, slot[block], points[some], radius)
    dilution *= state.intermittency[row, :, None]
    factor = concentration_factor(state) if row.size else np.zeros((state.n, len(SPECIES)))
    total = np.zeros((state.n, state.substeps, points.shape[1], len(SPECIES)))
    strength = (state.source_rate[row, slot] * factor[row])[:, None, None, :]
    edges = np.searchsorted(slot, np.arange(state.source_rate.shape[1] + 1)).tolist()
    bare = True
    for low, high in pairwise(edges):
        if high > low:
            added = dilution[low:high, :, :, None] * strength[low:high]
            if bare:
                # Nothing is there to add to yet; 0.0 + x, as in the sum.
                added += 0.0
                total[row[low:high]], bare = added, False
            else:
                total[row[low:high]] += added
    total.flags.writeable = False
    return Spread(row, slot, dilution, factor, total)


def concentration_factor(state: Environment3DState) -> Float:
    """(n, S) ppb, or ug/m3 for particles, per kg/m3."""
    factor = np.full((state.n, len(SPECIES)), 1e9)
    air, pressure = state.air_temperature[:, None], state.pressure[:, None]
    factor[:, :N_GASES] = dispersion.ppb_per_concentration(MOLAR_MASS[None, :N_GASES], air, pressure)
    return factor


def source_dilution(state: Environment3DState, rows: Int, k: int | Int, points: Float, radius: float) -> Float:
    """Concentration per emission rate [s/m3] of source k, or (B,) of them, at points (B, P, 3) of rows (B,): (B, M, P).

    Source: Gaussian puffs integrated over travel time (Taylor growth of relative diffusion, ground reflection).
    """
    source, size = state.source_position[rows, k], state.source_size[rows, k, None, None]
    height, sigma = clip(source[:, 2:], 0.5, None), state.sigma_w[rows, :, None, None]
    ratio = profile_ratio(height, 10.0, state.roughness[rows, None], state.inverse_obukhov[rows, None])
    wind = state.wind10[rows] * ratio[:, None]
    share = state.number(RELATIVE_SHARE.key, RELATIVE_SHARE.median, rows)[:, None, None]
    grow_h = clip(share * sigma[:, 1], _PLUME.least_spread, None)
    grow_z = clip(share * sigma[:, 2], _PLUME.least_spread, None)
    scale = _PLUME.vertical_scale * height[:, :, None] / clip(sigma[:, 2], 0.03, None)
    offset = points - source[:, None, :]
    dx, dy, dz = (offset[:, None, :, i] for i in range(3))
    u, v, w = (wind[:, :, None, i] for i in range(3))
    effect = near_structures(state, rows, source, wind, points)
    if effect is not None:
        u, v, w = u * effect.factor, v * effect.factor, w * effect.factor
        dx, dy = dx - effect.shift[0], dy - effect.shift[1]
    speed2, distance2 = u * u + v * v + w * w, dx * dx + dy * dy + dz * dz
    speed = np.sqrt(speed2)
    time = dispersion.closest_time(u * dx + v * dy + w * dz, np.sqrt(distance2), speed, grow_h)
    time = clip(time, None, _PLUME.longest)
    rise = rise_of_heat(state, rows, k, time, speed)
    if effect is not None:
        rise = rise + climbed(effect, time)
    least = size * size + radius * radius + (_PLUME.rise_spread * rise) ** 2
    upright = least
    if effect is not None:
        travel = speed * time
        upright = least + (effect.start[1] + effect.growth[1] * travel)
        least = least + (effect.start[0] + effect.growth[0] * travel)
    width = np.sqrt(least + (grow_h * time) ** 2) / np.sqrt(speed2 + grow_h * grow_h)
    arms = (dx, dy, dz - rise, u, v, w, points[:, None, :, 2], least, upright, time, width)
    moving = _integrate(arms, (grow_h, grow_z, scale))
    return moving if effect is None else moving + standing(effect, (dx, dy, dz - rise), size * size + radius * radius)


def rise_of_heat(state: Environment3DState, rows: Int, k: int | Int, time: Float, speed: Float) -> Float:
    """(B, M, P) rise [m] after ``time`` of a source's heat: bent over by the wind, or upright in a calm."""
    vapour = saturation_pressure(state.dew_point[rows])
    density = air_density(state.air_temperature[rows], state.pressure[rows], vapour)
    flux = dispersion.buoyancy_flux(state.source_heat[rows, k], state.air_temperature[rows], density)[:, None, None]
    bent = clip(speed, _PLUME.least_wind, None)
    rise: Float = np.minimum(dispersion.briggs_rise(flux, bent * time, bent), dispersion.calm_rise(flux, time))
    return rise


def _integrate(arms: tuple[Float, ...], growth: tuple[Float, Float, Float]) -> Float:
    """Sum puffs over travel time: (B, M, P) from arms that broadcast to it, in single precision.

    The nodes lie at ``time + width sinh(y)``, y from the release (at most ``backward`` below 0) to ``forward``; they
    are the first axis, so that the inner loops run along all places.
    """
    shape = arms[-1].shape
    single = np.empty((len(arms) + len(growth), *shape), np.float32)
    for into, x in zip(single, (*arms, *growth), strict=True):
        into[...] = x
    flat = single.reshape(len(single), -1)
    dx, dy, dz, u, v, w, z, least, upright, time, width, grow_h, grow_z, scale = flat
    low = np.maximum(np.float32(-_PLUME.backward), np.arcsinh(-time / width))
    span = np.float32(_PLUME.forward) - low
    e: Any = span * _NODE
    e += low
    np.exp(e, out=e)
    inverse = 1.0 / e
    tau: Any = e - inverse
    tau *= 0.5 * width
    tau += time
    np.maximum(tau, 0.0, out=tau)
    e += inverse
    s2_h = rational_spread_squared(tau, grow_h, _PLUME.horizontal_ratio * scale)
    s2_h += least
    s2_z = rational_spread_squared(tau, grow_z, scale)
    s2_z += upright
    puff = _puff((_moved(dx, u, tau), _moved(dy, v, tau), _moved(dz, w, tau)), z, s2_h, s2_z)
    puff *= e
    puff *= _WEIGHT
    while len(puff) > 1:
        puff = _halved(puff)
    out: Float = (_NORM * 0.5 * (span * width) * puff[0]).astype(np.float64)
    return out.reshape(shape)


def _halved(terms: Any) -> Any:
    """Sums (N/2, F) of pairs of ``terms`` (N, F): far ones above eight, neighbours below; N is a power of two."""
    half = len(terms) // 2
    return terms[:half] + terms[half:] if half >= 8 else terms[0::2] + terms[1::2]


def _moved(offset: Any, speed: Any, tau: Any) -> Any:
    """(N, F) offset that is left after travel times ``tau``."""
    out = speed * tau
    return np.subtract(offset, out, out=out)


def _puff(left: tuple[Any, Any, Any], z: Any, s2_h: Any, s2_z: Any) -> Any:
    """(N, F) a puff and its image in the ground at offsets ``left``, which are written to as ``s2_z`` is."""
    x, y, below = left
    level = np.subtract(z, below, out=below)
    np.abs(level, out=level)
    half = 0.5 / s2_z
    x *= x
    y *= y
    x += y
    x *= np.divide(0.5, s2_h, out=y)
    np.subtract(z, level, out=y)
    np.square(y, out=y)
    y *= half
    x += y
    # x is the exponent of the puff; level becomes its image.
    level *= 4.0 * z
    np.negative(level, out=level)
    level *= half
    np.maximum(level, _LEAST, out=level)
    np.exp(level, out=level)
    level += 1.0
    np.negative(x, out=x)
    np.maximum(x, _LEAST, out=x)
    np.exp(x, out=x)
    x *= level
    np.sqrt(s2_z, out=s2_z)
    s2_z *= s2_h
    x /= s2_z
    return x
