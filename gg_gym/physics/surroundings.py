"""Module "surroundings": what a camera sees besides the pole, and how warm the ground is.

Warm bodies that move, a vehicle, something hot at a distance with its plume, a roof, a facet that mirrors the sun:
each is a warm object in one of :data:`SLOTS`, absent while its cause is neutral. Ground, asphalt and roof have a heat
balance of their own under sun, sky and wind. Cameras ask :func:`active`, :func:`seen` and :func:`ground_exitance`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gg_gym.equations.bounds import clip
from gg_gym.equations.enclosure import neutral_ratio, outer_coefficient
from gg_gym.equations.heat import STEFAN_BOLTZMANN, relax, relax_mean
from gg_gym.equations.radiometry import band_exitance_fast, glint_exitance, mirror_gap, sun_band
from gg_gym.parameters import surroundings as p
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsModule
from gg_gym.physics.releases import placed
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws
from gg_gym.units import Bool, Float, Int

for _cause in (
    Cause("body_kind", "1", 0.0, "warm body: 0 none, 1 person, 2 lineworker in a bucket, 3 bird, 4 squirrel"),
    Cause("body_x", "m", 0.0, "where the body appears, east"),
    Cause("body_y", "m", 3.0, "where the body appears, north"),
    Cause("body_z", "m", 0.9, "height of the body's centre"),
    Cause("body_speed", "m/s", 0.0, "speed of the body along its path, there and back"),
    Cause("body_heading", "rad", 0.0, "direction of the path, from north by east"),
    Cause("body_climb", "rad", 0.0, "elevation of the path"),
    Cause("body_span", "m", 10.0, "length of the path"),
    Cause("far_kind", "1", 0.0, "hot thing at a distance: 0 none, 1 chimney, 2 barbecue, 3 brush fire"),
    Cause("far_x", "m", 0.0, "its place, east"),
    Cause("far_y", "m", 20.0, "its place, north"),
    Cause("far_z", "m", 1.0, "height of its centre"),
    Cause("far_size", "1", 1.0, "its size over the usual one"),
    Cause("roof_area", "m2", 0.0, "area of a roof in the neighbourhood; 0 is none"),
    Cause("roof_x", "m", 0.0, "its place, east"),
    Cause("roof_y", "m", 15.0, "its place, north"),
    Cause("roof_z", "m", 5.0, "its height"),
    Cause("paved_share", "1", 0.0, "share of the ground around the pole that is asphalt"),
    Cause("glint_area", "m2", 0.0, "area of a flat facet of metal or glass that mirrors the sun; 0 is none"),
    Cause("glint_x", "m", 0.0, "its place, east"),
    Cause("glint_y", "m", -0.1, "its place, north"),
    Cause("glint_z", "m", 9.9, "its height"),
    Cause("glint_azimuth", "rad", 3.1416, "direction of its normal, from north by east"),
    Cause("glint_elevation", "rad", 0.0, "elevation of its normal; negative looks down"),
):
    register_cause(_cause)

#: What each slot of the warm objects holds.
SLOTS: tuple[str, ...] = ("body", "hood", "pipe", "far", "plume", "roof", "facet")
_BODY, _HOOD, _PIPE, _FAR, _PLUME, _ROOF, _FACET = range(len(SLOTS))
_SWITCH = ("body_kind", "exhaust_fuel", "exhaust_fuel", "far_kind", "far_kind", "roof_area", "glint_area")
_PRIOR = {prior[0]: Uncertain(*prior) for prior in p.SURROUNDINGS_PRIORS}
#: One row a kind, kind 0 is none.
_BODIES = np.array([(0.01, 0.01, 0.01, 300.0, 0.0, 1.0), *((*b.size, b.core, b.share, b.emissivity) for b in p.BODIES)])
_FARS = np.array([
    (0.01, 0.01, 0.01, 0.0, 1.0, 1.0, 0.01, 0.01, 0.01, 0.0, 1.0),
    *((*f.size, f.rise, f.opacity, f.emissivity, *f.plume, f.plume_rise, f.plume_opacity) for f in p.FARS),
])  # fmt: skip
#: (S,) columns of the surfaces.
_REFLECTIVITY, _EMISSIVITY, _CAPACITY, _CONDUCTANCE, _EVAPORATION = (
    np.array([getattr(s, name) for s in p.SURFACES])
    for name in ("reflectivity", "emissivity", "capacity", "conductance", "evaporation")
)
#: Steps that settle a start [s], and how often.
_SETTLE, _SETTLE_STEPS = 1e6, 6
_GROUND, _ASPHALT, _ROOF_SURFACE = range(3)


@dataclass(frozen=True)
class Seen:
    """What a camera may see, K slots a row; a slot that is not ``present`` means nothing.

    Attributes:
        present: (r, K) whether there is something that shows its face to the camera.
        position: (r, K, 3) centres [m].
        size: (r, K, 3) semi-axes east, north, up of an ellipsoid [m].
        exitance: (r, K) 8-14 um exitance towards the camera, emitted and mirrored [W/m2].
        opacity: (r, K) 1 for a solid, less for hot gas through which one sees [1].
    """

    present: Bool
    position: Float
    size: Float
    exitance: Float
    opacity: Float


def active(state: Environment3DState) -> Bool:
    """(n,) rows in which any warm object is there; none without this module."""
    present: Bool | None = state.memory.get("surroundings.present")
    out: Bool = np.zeros(state.n, bool) if present is None else np.any(present, axis=1)
    return out


def surface_temperature(state: Environment3DState, name: str) -> Float:
    """(n,) temperature of "ground", "asphalt" or "roof" [K].

    Raises:
        KeyError: the product has no module "surroundings".
    """
    index = [s.name for s in p.SURFACES].index(name)
    out: Float = state.memory["surroundings.surface"][:, index]
    return out


def ground_exitance(state: Environment3DState) -> Float | None:
    """(n,) 8-14 um exitance of the ground around the pole, grass and asphalt [W/m2]; None without this module."""
    surface: Float | None = state.memory.get("surroundings.surface")
    if surface is None:
        return None
    paved = clip(state.causes["paved_share"], 0.0, 1.0)
    band = band_exitance_fast(surface)
    mixed: Float = (1.0 - paved) * band[:, _GROUND] + paved * band[:, _ASPHALT]
    return mixed


def seen(state: Environment3DState, rows: Int, place: Float) -> Seen:
    """The warm objects of some rows (r,) as a camera at ``place`` (3,) [m] sees them."""
    memory = state.memory
    position, size = memory["surroundings.position"][rows], memory["surroundings.size"][rows].copy()
    present, opacity = memory["surroundings.present"][rows].copy(), memory["surroundings.opacity"][rows]
    ground = ground_exitance(state)
    assert ground is not None
    around = 0.5 * (state.sky_window + ground)[rows, None]
    emissivity = memory["surroundings.emissivity"][rows]
    emitted = band_exitance_fast(memory["surroundings.temperature"][rows])
    exitance = np.where(opacity < 1.0, emitted, emissivity * emitted + (1.0 - emissivity) * around)
    view = place - position[:, _FACET]
    view = view / np.sqrt((view * view).sum(axis=1))[:, None]
    normal, sun = memory["surroundings.normal"][rows], state.sun[rows]
    cosine, lit = (view * normal).sum(axis=1), (sun * normal).sum(axis=1)
    direct = np.where((sun[:, 2] > 0.0) & (lit > 0.0), sun_band(state.dni[rows]), 0.0)
    glint = glint_exitance(
        direct, 1.0 - emissivity[:, _FACET], mirror_gap(sun, normal, view), np.full(len(rows), p.GLINT_ROUGHNESS)
    )
    exitance[:, _FACET] += glint
    present[:, _FACET] &= cosine > 0.0
    size[:, _FACET] = np.sqrt(memory["surroundings.facet"][rows] * clip(cosine, 1e-6, 1.0) / np.pi)[:, None]
    return Seen(present, position, size, exitance, opacity)


def path(along: Float, span: Float) -> Float:
    """(n,) place on a path of length ``span`` [m] after a way ``along`` [m], there and back again."""
    span = np.maximum(span, 1e-6)
    turn = np.mod(along, 2.0 * span)
    out: Float = np.minimum(turn, 2.0 * span - turn)
    return out


@PHYSICS.register("surroundings")
class Surroundings(PhysicsModule):
    """Warm objects and warm surfaces.

    Memory, all "surroundings.*": "surface" (n, 3) and "deep" (n,) [K]; "age" (n,) since the body appeared [s];
    "engine" (n,) warmth of the vehicle [1]; per slot "present", "position", "size", "temperature", "emissivity",
    "opacity"; "normal" (n, 3) and "facet" (n,) [m2] of the mirroring facet; the ledger of the surfaces "in", "out",
    "stored" (n, 3) [J/m2] since the start.
    """

    key: ClassVar[str] = "surroundings"
    after: ClassVar[tuple[str, ...]] = ("weather", "airflow", "traffic", "releases")

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers this module reads from the world."""
        return tuple(_PRIOR.values())

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Surfaces at balance with the first weather; nothing else is there yet."""
        memory, n, k = state.memory, state.n, len(SLOTS)
        memory["surroundings.surface"] = np.repeat(state.air_temperature[:, None], len(p.SURFACES), axis=1)
        memory["surroundings.deep"] = state.air_temperature.copy()
        memory["surroundings.age"], memory["surroundings.engine"] = np.zeros(n), np.zeros(n)
        memory["surroundings.normal"], memory["surroundings.facet"] = np.zeros((n, 3)), np.zeros(n)
        memory["surroundings.present"] = np.zeros((n, k), bool)
        for name, value in (("temperature", 0.0), ("emissivity", 1.0), ("opacity", 1.0)):
            memory[f"surroundings.{name}"] = np.full((n, k), value)
        for name in ("position", "size"):
            memory[f"surroundings.{name}"] = np.zeros((n, k, 3))
        self._clear(state)
        for _ in range(_SETTLE_STEPS):
            self._warm(state, _SETTLE)
        self._clear(state)

    def _clear(self, state: Environment3DState) -> None:
        """Start the ledger at zero."""
        for name in ("in", "out", "stored"):
            state.memory[f"surroundings.{name}"] = np.zeros((state.n, len(p.SURFACES)))

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Warm the surfaces for h seconds (any h), move what moves, and place everything."""
        memory, causes = state.memory, state.causes
        self._warm(state, h)
        memory["surroundings.age"] = np.where(causes["body_kind"] > 0.0, memory["surroundings.age"] + h, 0.0)
        on = causes["exhaust_fuel"] > 0.0
        keep = np.exp(-h / np.where(on, p.VEHICLE.warm_up, p.VEHICLE.cool_down))
        memory["surroundings.engine"] = on + (memory["surroundings.engine"] - on) * keep
        present = np.stack([causes[key] > 0.0 for key in _SWITCH], axis=1)
        memory["surroundings.present"] = present
        if present.any():
            self._place(state)

    def _warm(self, state: Environment3DState, h: float) -> None:
        """One exact step of the surfaces' balances, emission linearised at the step's mean, and its ledger."""
        memory, old, air = state.memory, state.memory["surroundings.surface"], state.air_temperature
        speed = np.sqrt(state.wind10[..., 0] ** 2 + state.wind10[..., 1] ** 2).mean(axis=1)
        height = np.maximum(p.WIND_HEIGHT, 3.0 * state.roughness)
        film = outer_coefficient(speed * neutral_ratio(height, 10.0, state.roughness))[:, None]
        deep = memory["surroundings.deep"]
        memory["surroundings.deep"] = air + (deep - air) * np.exp(-h / p.DEEP_TIME)
        reflected = clip(_REFLECTIVITY * world_number(state, _PRIOR["surroundings.albedo"])[:, None], 0.0, 0.9)
        water = clip(world_number(state, _PRIOR["surroundings.evaporation"]), 0.0, 0.9)[:, None] * _EVAPORATION
        long_wave = STEFAN_BOLTZMANN * state.sky_temperature**4
        gained = (1.0 - reflected) * (1.0 - water) * state.ghi[:, None] + _EMISSIVITY * long_wave[:, None]
        outer = film + _CONDUCTANCE, film * air[:, None] + _CONDUCTANCE * deep[:, None]
        emitted, about = _EMISSIVITY * STEFAN_BOLTZMANN, old
        highest = np.maximum(old, np.sqrt(np.sqrt((gained + outer[1]) / emitted)))
        for _ in range(2):
            slope = 4.0 * emitted * about * about * about
            loss, constant = outer[0] + slope, outer[1] + 0.75 * slope * about
            target, steps = (gained + constant) / loss, loss * h / _CAPACITY
            mean, new = relax_mean(old, target, steps), relax(old, target, steps)
            about = np.minimum(mean, highest)
        lost = loss * mean - constant
        memory["surroundings.in"] = memory["surroundings.in"] + h * gained
        memory["surroundings.out"] = memory["surroundings.out"] + h * lost
        memory["surroundings.stored"] = memory["surroundings.stored"] + _CAPACITY * (new - old)
        memory["surroundings.surface"] = new

    def _place(self, state: Environment3DState) -> None:
        """Fill the slots from the causes in force."""
        n, k, air = state.n, len(SLOTS), state.air_temperature
        position, size, temperature = np.zeros((n, k, 3)), np.full((n, k, 3), 0.01), np.repeat(air[:, None], k, axis=1)
        emissivity, opacity = np.full((n, k), 0.95), np.ones((n, k))
        self._body(state, position, size, temperature, emissivity)
        self._vehicle(state, position, size, temperature, emissivity)
        self._far(state, position, size, temperature, emissivity, opacity)
        self._still(state, position, size, temperature, emissivity)
        named = {"position": position, "size": size, "temperature": temperature}
        for name, value in {**named, "emissivity": emissivity, "opacity": opacity}.items():
            there = state.memory["surroundings.present"]
            there = there[..., None] if value.ndim == 3 else there
            state.memory[f"surroundings.{name}"] = np.where(there, value, 0.0)

    def _body(self, state: Environment3DState, position: Float, size: Float, temperature: Float, emis: Float) -> None:
        """A body on its path: there and back, at constant speed."""
        c = state.causes
        row = _BODIES[clip(c["body_kind"].astype(np.int64), 0, len(p.BODIES))]
        way = path(c["body_speed"] * state.memory["surroundings.age"], c["body_span"])
        flat = way * np.cos(c["body_climb"])
        position[:, _BODY, 0] = c["body_x"] + flat * np.sin(c["body_heading"])
        position[:, _BODY, 1] = c["body_y"] + flat * np.cos(c["body_heading"])
        position[:, _BODY, 2] = c["body_z"] + way * np.sin(c["body_climb"])
        size[:, _BODY], emis[:, _BODY] = row[:, :3], row[:, 5]
        share = np.minimum(row[:, 4] * world_number(state, _PRIOR["surroundings.warmth"]), 1.0)
        temperature[:, _BODY] += share * (row[:, 3] - state.air_temperature)

    def _vehicle(
        self, state: Environment3DState, position: Float, size: Float, temperature: Float, emis: Float
    ) -> None:
        """Hood and pipe of the vehicle that the causes of module "traffic" name."""
        c, v = state.causes, p.VEHICLE
        warm = state.memory["surroundings.engine"] * world_number(state, _PRIOR["surroundings.engine"])
        pipe = np.stack([c["exhaust_x"], c["exhaust_y"], c["exhaust_height"]], axis=1)
        position[:, _PIPE], position[:, _HOOD, :2] = pipe, pipe[:, :2]
        position[:, _HOOD, 1] += v.length
        position[:, _HOOD, 2] = v.hood_height
        size[:, _HOOD], size[:, _PIPE] = v.hood, v.pipe
        temperature[:, _HOOD] += v.hood_rise * warm
        temperature[:, _PIPE] += v.pipe_rise * warm
        emis[:, _HOOD] = emis[:, _PIPE] = v.emissivity

    def _far(
        self,
        state: Environment3DState,
        position: Float,
        size: Float,
        temperature: Float,
        emis: Float,
        opacity: Float,
    ) -> None:
        """What is hot at a distance, and above it its plume, which leans with the wind."""
        c = state.causes
        row = _FARS[clip(c["far_kind"].astype(np.int64), 0, len(p.FARS))]
        scale = np.maximum(c["far_size"], 1e-3)[:, None]
        place = np.stack([*placed(state, c["far_x"], c["far_y"], np.arange(state.n)), c["far_z"]], axis=1)
        size[:, _FAR], size[:, _PLUME] = row[:, :3] * scale, row[:, 6:9] * scale
        temperature[:, _FAR] += row[:, 3]
        temperature[:, _PLUME] += row[:, 9]
        opacity[:, _FAR], opacity[:, _PLUME], emis[:, _FAR] = row[:, 4], row[:, 10], row[:, 5]
        lean = clip(state.wind10[:, -1, :2] / p.PLUME_RISE, -p.PLUME_LEAN, p.PLUME_LEAN)
        position[:, _FAR] = position[:, _PLUME] = place
        position[:, _PLUME, 2] += size[:, _FAR, 2] + size[:, _PLUME, 2]
        position[:, _PLUME, :2] += lean * size[:, _PLUME, 2:]

    def _still(self, state: Environment3DState, position: Float, size: Float, temperature: Float, emis: Float) -> None:
        """The roof, and the facet that may mirror the sun."""
        c, memory = state.causes, state.memory
        half = np.sqrt(np.maximum(c["roof_area"], 0.0) / np.pi)
        position[:, _ROOF] = np.stack([c["roof_x"], c["roof_y"], c["roof_z"]], axis=1)
        size[:, _ROOF] = np.stack([half, half, np.full(state.n, p.ROOF_HALF)], axis=1)
        temperature[:, _ROOF] = memory["surroundings.surface"][:, _ROOF_SURFACE]
        emis[:, _ROOF] = _EMISSIVITY[_ROOF_SURFACE]
        position[:, _FACET] = np.stack([c["glint_x"], c["glint_y"], c["glint_z"]], axis=1)
        emis[:, _FACET] = 1.0 - np.minimum(world_number(state, _PRIOR["surroundings.glint"]), 0.98)
        azimuth, rise = c["glint_azimuth"], c["glint_elevation"]
        flat = np.cos(rise)
        memory["surroundings.normal"] = np.stack([flat * np.sin(azimuth), flat * np.cos(azimuth), np.sin(rise)], axis=1)
        memory["surroundings.facet"] = np.maximum(c["glint_area"], 0.0)
