"""Module "wake": what pole and crossarm do to the plume of a source near them.

Behind a bar the wind is slower, a cavity mixes what is set free in it, and the wake's eddies spread a plume faster
than the open air does; along a pole that the sun has warmed (or a clear night has cooled) the air climbs (or sinks).
The most important case is a source and a unit on the same pole. The module only says that the pole counts and how warm
it is; :func:`displaced` and :func:`spread` are what ``dispersion.source_dilution`` asks for each source.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gg_gym.equations import dispersion as law
from gg_gym.equations.bounds import clip
from gg_gym.parameters.dispersion import WakeParameters
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

_P = WakeParameters()
#: A box counts as a bar if it is this many times longer than it is high and deep.
_SLENDER = 4.0

RESIDENCE = Uncertain("wake.residence", _P.residence, 0.3, "1", "recalled: time in the cavity over d/u, 4 to 8")
SCALAR = Uncertain("wake.scalar_ratio", _P.scalar_ratio, 0.15, "1", "recalled: width of a scalar over the wake's")
CONVECTION = Uncertain("wake.convection_share", _P.convection_share, 0.4, "1", "estimate: share of the layer's peak")
DRAG = Uncertain("wake.pole_drag", _P.pole_drag, 0.1, "1", "recalled: 1.0 to 1.2 below the drag crisis")


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
        shift: three displacements of the release [m].
        growth: for x, y and z: added variance per metre of travel [m].
        start: for x, y and z: added variance at the release [m2].
        held: time that air stays in the cavities beyond what moving puffs spend there [s], and the variances for x and
            y, and for z, of the cloud that stands there [m2].
        climb: vertical velocity along the pole [m/s] and the time it lasts [s].
        room: how far up or down that can go [m].
    """

    factor: Float
    shift: tuple[Float, Float, Float]
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
        return RESIDENCE, SCALAR, CONVECTION, DRAG

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
    stay = world_number(state, RESIDENCE)[rows, None, None] - _P.passing
    mixed, held = np.full_like(speed, 1e-12), np.zeros_like(speed)
    lost = np.zeros((*wind.shape[:2], points.shape[1]))
    shift = [np.zeros_like(speed), np.zeros_like(speed)]
    growth, start = [np.zeros_like(speed), np.zeros_like(speed)], [np.zeros_like(speed), np.zeros_like(speed)]
    scalar = world_number(state, SCALAR)[rows, None, None]
    awake = level2 / (level2 + _P.least_wind**2)
    ahead = clip((points[:, None, :, 0] - x) * (u * scale) + (points[:, None, :, 1] - y) * (v * scale), 0.0, None)
    for bar in bars(state.geometry):
        drag = world_number(state, DRAG)[rows, None, None] if bar.axis == 2 else bar.drag
        exposure, along, normal = _exposure(bar, (x, y, z), (u * scale, v * scale), drag)
        cavity = exposure * awake * np.exp(-0.5 * (clip(along - bar.size, 0.0, None) / (0.5 * bar.size)) ** 2)
        width = law.wake_width(clip(along, 0.0, None) + 0.5 * ahead + bar.size, drag, bar.size, _P.width)
        lost += exposure * law.wake_deficit(width, drag, bar.size) / np.sqrt(1.0 + scalar * scalar)
        mixed, held = mixed + cavity, held + cavity * clip(stay, 0.0, None) * bar.size / clip(speed, 1e-3, None)
        move = cavity * clip(_P.cavity_centre * bar.size - along, 0.0, 2.0 * bar.size)
        shift[0], shift[1] = shift[0] + move * normal[0], shift[1] + move * normal[1]
        per_metre = exposure * (scalar * _P.width) ** 2 * drag * bar.size
        across, span = cavity * (_P.cavity_across * bar.size) ** 2, cavity * (_P.cavity_span * bar.size) ** 2
        flat, up = (across, span) if bar.axis == 2 else (span, across)
        wide, high = (1.0, _P.span_share**2) if bar.axis == 2 else (_P.span_share**2, 1.0)
        growth[0], growth[1] = growth[0] + wide * per_metre, growth[1] + high * per_metre
        start[0], start[1] = start[0] + flat, start[1] + up
    climb, lasts, room = _climb(state, rows, source, speed)
    return Effect(
        1.0 - clip(lost, 0.0, _P.largest_deficit), (shift[0], shift[1], np.zeros_like(speed)),
        (growth[0], growth[1]), (start[0], start[1]),
        (held, start[0] / mixed, start[1] / mixed), (climb, lasts), room,
    )  # fmt: skip


def _exposure(
    bar: Bar, place: tuple[Float, Float, Float], to: tuple[Float, Float], drag: Float | float
) -> tuple[Float, Float, tuple[Float, Float]]:
    """How much a source is in a bar's wake [1], its distance behind the axis [m], and the wake's direction.

    Across the wake it falls as a Gaussian of the wake's width beside half the bar, ahead of it within half a bar, past
    its ends within a bar; an oblique wind counts with the square of its part across.
    """
    x, y, z = (place[i] - bar.centre[i] for i in range(3))
    if bar.axis == 2:
        along, across, end, normal = x * to[0] + y * to[1], x * to[1] - y * to[0], z, to
        part: Float | float = 1.0
    else:
        facing = to[1 - bar.axis]
        sign = np.sign(facing)
        along, across, end = (y if bar.axis == 0 else x) * sign, z, x if bar.axis == 0 else y
        part = facing * facing
        normal = (0.0 * sign, sign) if bar.axis == 0 else (sign, 0.0 * sign)
    half = 0.5 * bar.size
    reach = half + law.wake_width(clip(along, 0.0, None), drag, bar.size, _P.width)
    outside = clip(np.abs(end) - 0.5 * bar.length, 0.0, None) / bar.size
    before = clip(-along - 1.2 * half, 0.0, None) / half
    exposure = part * np.exp(-0.5 * ((across / reach) ** 2 + outside**2 + before**2))
    return exposure, along, normal


def _climb(state: Environment3DState, rows: Int, source: Float, speed: Float) -> tuple[Float, Float, Float]:
    """Velocity [m/s] of the air along the pole at the source, how long a puff keeps it [s], how far it can go [m]."""
    geometry, contrast = state.geometry, state.memory["wake.contrast"][rows, None, None]
    diameter = 2.0 * max(geometry.pole_radius, 1e-3)
    z, wind = clip(source[:, 2, None, None], 0.5, None), clip(speed, _P.least_wind, None)
    above = clip(geometry.pole_height - z, 0.0, None) + diameter
    ran = np.where(contrast > 0.0, z, above)
    still = law.layer_velocity(contrast, state.air_temperature[rows, None, None], ran)
    lasts = world_number(state, RESIDENCE)[rows, None, None] * diameter / wind
    path = lasts * wind
    distance = np.hypot(source[:, 0], source[:, 1])[:, None, None] - geometry.pole_radius
    top = clip(z - geometry.pole_height, 0.0, None) / diameter
    beside = np.exp(-0.5 * ((clip(distance, 0.0, None) / geometry.pole_radius) ** 2 + top * top))
    climb = world_number(state, CONVECTION)[rows, None, None] * beside * law.swept_velocity(still, ran, path, wind)
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
