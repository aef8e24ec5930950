"""Module "wake": what pole and crossarm do to the plume of a source near them.

Behind a bar the wind is slower, a cavity mixes what is set free in it, and the wake's eddies spread a plume faster
than the open air does; along a pole that the sun has warmed (or a clear night has cooled) the air climbs (or sinks).
The most important case is a source and a unit on the same pole. The module only says that the pole counts and how warm
it is; :func:`displaced` and :func:`spread` are what ``dispersion.source_dilution`` asks for each source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gg_gym.equations import dispersion as law
from gg_gym.equations.bounds import clip
from gg_gym.parameters.dispersion import WakeParameters
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

_P = WakeParameters()
#: A box counts as a bar if it is this many times longer than it is high and deep.
_SLENDER = 4.0

RESIDENCE = Uncertain("wake.residence", _P.residence, 0.3, "1", "recalled: time in the cavity over d/u, 4 to 8")
SCALAR = Uncertain("wake.scalar_ratio", _P.scalar_ratio, 0.15, "1", "recalled: width of a scalar over the wake's")
CONVECTION = Uncertain("wake.convection_share", _P.convection_share, 0.4, "1", "estimate: share of the layer's peak")
DRAG = Uncertain("wake.pole_drag", _P.pole_drag, 0.1, "1", "recalled: 1.0 to 1.2 below the drag crisis")
#: World numbers that :func:`near_structures` reads.
STRUCTURES = (RESIDENCE, SCALAR, CONVECTION, DRAG)


@dataclass(frozen=True)
class Bar:
    """A long body across the wind: the pole (axis 2) or an arm.

    Attributes:
        axis: 0, 1 or 2, along which it is long.
        centre: of the body [m].
        length: [m].
        size: its width d [m].
        drag: coefficient Cd [1].
    """

    axis: int
    centre: tuple[float, float, float]
    length: float
    size: float
    drag: float


@dataclass(frozen=True)
class Effect:
    """What the bars do to the puffs of one source in some rows; (B, M, 1) unless said.

    Attributes:
        factor: (B, M, P) speed of the puffs over that of the free wind [1].
        shift: displacements of the release along x and y [m].
        growth: for x, y and z: added variance per metre of travel [m].
        start: for x, y and z: added variance at the release [m2].
        held: time that air stays in the cavities beyond what moving puffs spend there [s], and the variances for x and
            y, and for z, of the cloud that stands there [m2].
        climb: vertical velocity along the pole [m/s] and the time it lasts [s].
        room: how far up or down that can go [m].
    """

    factor: Float
    shift: tuple[Float, Float]
    growth: tuple[Float, Float]
    start: tuple[Float, Float]
    held: tuple[Float, Float, Float]
    climb: tuple[Float, Float]
    room: Float


@PHYSICS.register("wake")
class Wake(PhysicsModule):
    """Keeps ``memory["wake.contrast"]`` (n,): how much warmer the pole's surface is than the air [K]."""

    key = "wake"
    after = ("airflow", "heat")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._component = pole_component(context.geometry)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this module."""
        return STRUCTURES

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """The pole counts from now on."""
        self.step(state, 0.0, draws)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Note the pole's warmth."""
        k, node = self._component, state.memory.get("heat.node")
        warm = state.air_temperature if k is None else (state.temperature if node is None else node)[:, k]
        contrast = warm - state.air_temperature
        state.memory["wake.contrast"] = contrast if node is not None else 0.0 * contrast


def pole_component(geometry: Geometry) -> int | None:
    """Index of the component whose temperature the pole's surface shows; None where nothing tells."""
    for box in geometry.boxes:
        on_axis = all(box.low[i] <= 0.0 <= box.high[i] for i in (0, 1))
        if on_axis and box.high[2] - box.low[2] > 0.5 * geometry.pole_height and box.component in geometry.index:
            return geometry.index[box.component]
    return None


def bars(geometry: Geometry) -> tuple[Bar, ...]:
    """The pole, and every box that is long and level."""
    found = []
    if geometry.pole_radius > 0.0 and geometry.pole_height > 0.0:
        middle = (0.0, 0.0, 0.5 * geometry.pole_height)
        found.append(Bar(2, middle, geometry.pole_height, 2.0 * geometry.pole_radius, _P.pole_drag))
    for box in geometry.boxes:
        extent = [box.high[i] - box.low[i] for i in range(3)]
        for axis in (0, 1):
            thick = max(extent[1 - axis], extent[2])
            if extent[axis] >= _SLENDER * thick:
                x, y, z = (0.5 * (box.high[i] + box.low[i]) for i in range(3))
                found.append(Bar(axis, (x, y, z), extent[axis], thick, _P.bar_drag))
    return tuple(found)


#: Bars that were found, by the identity of their geometry (which is kept, so that it stays its own).
_BARS: dict[int, tuple[Geometry, tuple[Bar, ...]]] = {}


def _bars(geometry: Geometry) -> tuple[Bar, ...]:
    """:func:`bars`, found once for a geometry."""
    if id(geometry) not in _BARS:
        if len(_BARS) > 64:
            _BARS.clear()
        _BARS[id(geometry)] = geometry, bars(geometry)
    return _BARS[id(geometry)][1]


def near_structures(state: Environment3DState, rows: Int, source: Float, wind: Float, points: Float) -> Effect | None:
    """What pole and arms do to the puffs of a source at ``source`` (B, 3) on their way to ``points`` (B, P, 3).

    Args:
        state: n instances.
        rows: (B,) rows.
        source: places of the source [m].
        wind: (B, M, 3) free wind at the source [m/s].
        points: places of interest [m].

    Returns:
        None where the module is not part of the product.
    """
    if "wake.contrast" not in state.memory:
        return None
    x, y, z = (source[:, i, None, None] for i in range(3))
    u, v = wind[:, :, None, 0], wind[:, :, None, 1]
    level2 = u * u + v * v
    speed = np.sqrt(level2)
    scale = 1.0 / clip(speed, 1e-9, None)
    to = u * scale, v * scale
    stay, scalar, swept = (state.number(p.key, p.median, rows)[:, None, None] for p in (RESIDENCE, SCALAR, DRAG))
    stay = clip(stay - _P.passing, 0.0, None) / clip(speed, 1e-3, None)
    awake = level2 / (level2 + _P.least_wind**2)
    ahead = 0.5 * clip((points[:, None, :, 0] - x) * to[0] + (points[:, None, :, 1] - y) * to[1], 0.0, None)
    share = (scalar * _P.width) ** 2
    lost: Any = 0.0
    mixed: Any = 1e-12
    held: Any = 0.0
    shift: tuple[Any, Any] = (0.0, 0.0)
    growth, start = shift, shift
    for bar in _bars(state.geometry):
        upright = bar.axis == 2
        drag = swept if upright else bar.drag
        exposure, along, normal, behind = _exposure(bar, (x, y, z), to, drag)
        cavity = exposure * awake * np.exp(-0.5 * (clip(along - bar.size, 0.0, None) / (0.5 * bar.size)) ** 2)
        width = law.wake_width(behind + ahead + bar.size, drag, bar.size, _P.width)
        lost = lost + exposure * law.wake_deficit(width, drag, bar.size)
        mixed, held = mixed + cavity, held + cavity * (stay * bar.size)
        move = cavity * clip(_P.cavity_centre * bar.size - along, 0.0, 2.0 * bar.size)
        shift = shift[0] + move * normal[0], shift[1] + move * normal[1]
        per_metre = exposure * (share * (drag * bar.size))
        flat, up = (_P.cavity_across, _P.cavity_span) if upright else (_P.cavity_span, _P.cavity_across)
        wide, high = (1.0, _P.span_share**2) if upright else (_P.span_share**2, 1.0)
        growth = growth[0] + wide * per_metre, growth[1] + high * per_metre
        start = start[0] + (flat * bar.size) ** 2 * cavity, start[1] + (up * bar.size) ** 2 * cavity
    deficit = clip(lost / np.sqrt(1.0 + scalar * scalar), 0.0, _P.largest_deficit)
    climb, lasts, room = _climb(state, rows, source, speed)
    return Effect(1.0 - deficit, shift, growth, start, (held, start[0] / mixed, start[1] / mixed), (climb, lasts), room)


def _exposure(
    bar: Bar, place: tuple[Float, Float, Float], to: tuple[Float, Float], drag: Float | float
) -> tuple[Float, Float, tuple[Any, Any], Float]:
    """Exposure to a bar's wake [1], distance behind its axis [m], the wake's direction, and the distance or 0 [m].

    Across the wake it falls as a Gaussian of the wake's width beside half the bar, ahead of it within half a bar, past
    its ends within a bar; an oblique wind counts with the square of its part across.
    """
    x, y, z = (place[i] - bar.centre[i] for i in range(3))
    normal: tuple[Any, Any]
    if bar.axis == 2:
        along, across, end, normal = x * to[0] + y * to[1], x * to[1] - y * to[0], z, to
        part: Float | float = 1.0
    else:
        facing = to[1 - bar.axis]
        sign = np.sign(facing)
        along, across, end = (y if bar.axis == 0 else x) * sign, z, x if bar.axis == 0 else y
        part = facing * facing
        normal = (0.0, sign) if bar.axis == 0 else (sign, 0.0)
    half, behind = 0.5 * bar.size, clip(along, 0.0, None)
    reach = half + law.wake_width(behind, drag, bar.size, _P.width)
    outside = clip(np.abs(end) - 0.5 * bar.length, 0.0, None) / bar.size
    before = clip(-along - 1.2 * half, 0.0, None) / half
    exposure = part * np.exp(-0.5 * ((across / reach) ** 2 + outside**2 + before**2))
    return exposure, along, normal, behind


def _climb(state: Environment3DState, rows: Int, source: Float, speed: Float) -> tuple[Float, Float, Float]:
    """Velocity [m/s] of the air along the pole at the source, how long a puff keeps it [s], how far it can go [m]."""
    geometry, contrast = state.geometry, state.memory["wake.contrast"][rows, None, None]
    diameter = 2.0 * max(geometry.pole_radius, 1e-3)
    z, wind = clip(source[:, 2, None, None], 0.5, None), clip(speed, _P.least_wind, None)
    above = clip(geometry.pole_height - z, 0.0, None) + diameter
    ran = np.where(contrast > 0.0, z, above)
    still = law.layer_velocity(contrast, state.air_temperature[rows, None, None], ran)
    lasts = state.number(RESIDENCE.key, RESIDENCE.median, rows)[:, None, None] * diameter / wind
    path = lasts * wind
    distance = np.hypot(source[:, 0], source[:, 1])[:, None, None] - geometry.pole_radius
    top = clip(z - geometry.pole_height, 0.0, None) / diameter
    beside = np.exp(-0.5 * ((clip(distance, 0.0, None) / geometry.pole_radius) ** 2 + top * top))
    share = state.number(CONVECTION.key, CONVECTION.median, rows)[:, None, None]
    climb = share * beside * law.swept_velocity(still, ran, path, wind)
    return climb, lasts, np.where(contrast > 0.0, above, z - 0.4)


def standing(effect: Effect, offset: tuple[Float, Float, Float], least: Float | float) -> Float:
    """(B, M, P) concentration per emission rate [s/m3] of the cloud that the cavities hold.

    Args:
        effect: of :func:`near_structures`.
        offset: places less the centre of the cloud, (B, M, P) each [m].
        least: variance of source and sampling volume [m2].

    Source: a Gaussian of the cavity's size that holds what is released in its residence time.
    """
    held, level, upright = effect.held
    s2_h, s2_z = level + least, upright + least
    dx, dy, dz = offset
    norm = held * (2.0 * np.pi) ** -1.5 / (clip(s2_h, 1e-9, None) * np.sqrt(clip(s2_z, 1e-9, None)))
    exponent = (dx * dx + dy * dy) / clip(s2_h, 1e-9, None) + dz * dz / clip(s2_z, 1e-9, None)
    out: Float = norm * np.exp(-0.5 * np.minimum(exponent, 200.0))
    return out


def climbed(effect: Effect, time: Float) -> Float:
    """(B, M, P) height [m] that puffs have gained along the pole ``time`` after their release."""
    climb, lasts = effect.climb
    height = climb * lasts * -np.expm1(-time / lasts)
    out: Float = clip(height, -effect.room, effect.room)
    return out
