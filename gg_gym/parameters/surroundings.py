"""What stands and moves around a pole, as a thermal camera sees it: sizes, temperatures, surfaces.

No source was read for these numbers: tags are [R] recalled and [E] estimated. Those that matter most are priors.
"""

from __future__ import annotations

from dataclasses import dataclass

#: (key, median, spread of the natural logarithm, unit, source).
SURROUNDINGS_PRIORS: tuple[tuple[str, float, float, str, str], ...] = (
    ("surroundings.warmth", 1.0, 0.25, "1", "estimate: factor on how far coat, clothes or plumage follow the skin"),
    ("surroundings.engine", 1.0, 0.30, "1", "estimate: factor on the warmth of hood and exhaust pipe"),
    ("surroundings.albedo", 1.0, 0.10, "1", "recalled: factor on the light that ground, asphalt and roof reflect"),
    ("surroundings.evaporation", 0.5, 0.30, "1", "recalled: share of the sun's heat that growing grass evaporates"),
    ("surroundings.glint", 0.7, 0.15, "1", "recalled: 8-14 um reflectivity of worn metal; glass is nearer 0.1"),
)


@dataclass(frozen=True)
class Body:
    """A warm-blooded body.

    Attributes:
        name: what it is.
        size: semi-axes east, north, up [m].
        core: temperature inside [K].
        share: how far the surface follows the core from air temperature [1].
        emissivity: [1].
    """

    name: str
    size: tuple[float, float, float]
    core: float
    share: float
    emissivity: float


#: Kinds 1, 2, ... of the cause ``body_kind``.
BODIES: tuple[Body, ...] = (
    Body("person", (0.25, 0.25, 0.85), 307.0, 0.40, 0.97),  # clothed; [R] 24-28 Cel at 15-20 Cel
    Body("lineworker", (0.25, 0.25, 0.45), 307.0, 0.40, 0.97),  # upper half above a bucket's rim [E]
    Body("bird", (0.08, 0.08, 0.14), 314.0, 0.30, 0.96),  # a perching crow [R]
    Body("squirrel", (0.06, 0.06, 0.12), 311.0, 0.40, 0.96),  # [R]
)


@dataclass(frozen=True)
class Far:
    """Something hot at a distance, with a plume of hot gas above it.

    Attributes:
        name: what it is.
        size: semi-axes of the body at size 1 [m].
        rise: of the body above air [K].
        opacity: 1 for a solid, less for a flame [1].
        emissivity: of a solid [1].
        plume: semi-axes of the plume at size 1 [m].
        plume_rise: [K].
        plume_opacity: [1].
    """

    name: str
    size: tuple[float, float, float]
    rise: float
    opacity: float
    emissivity: float
    plume: tuple[float, float, float]
    plume_rise: float
    plume_opacity: float


#: Kinds 1, 2, ... of the cause ``far_kind``; all estimates.
FARS: tuple[Far, ...] = (
    Far("chimney", (0.35, 0.35, 1.0), 25.0, 1.0, 0.93, (0.6, 0.6, 1.5), 40.0, 0.06),
    Far("barbecue", (0.25, 0.25, 0.08), 450.0, 1.0, 0.92, (0.3, 0.3, 0.6), 60.0, 0.04),
    Far("brush fire", (1.5, 1.5, 1.0), 800.0, 0.3, 0.9, (2.0, 2.0, 4.0), 80.0, 0.15),
)
#: Speed at which hot gas rises, which leans its plume with the wind [m/s]; and the largest lean [1].
PLUME_RISE, PLUME_LEAN = 1.5, 3.0


@dataclass(frozen=True)
class Vehicle:
    """The vehicle whose exhaust the module "traffic" emits.

    Attributes:
        hood: semi-axes [m].
        hood_height: centre above the ground [m].
        hood_rise: above air when warm [K].
        pipe: semi-axes of the exhaust pipe [m].
        pipe_rise: above air when warm [K].
        length: the hood is this far north of the pipe [m].
        warm_up: time constant of the engine's warmth [s].
        cool_down: the same with the engine off [s].
        emissivity: of both [1].
    """

    hood: tuple[float, float, float] = (0.7, 0.6, 0.25)  # [E]
    hood_height: float = 1.0  # [E]
    hood_rise: float = 25.0  # [E] 20-40 K
    pipe: tuple[float, float, float] = (0.05, 0.15, 0.05)  # [E]
    pipe_rise: float = 120.0  # [E]
    length: float = 4.0  # [E]
    warm_up: float = 600.0  # [R]
    cool_down: float = 3600.0  # [R]
    emissivity: float = 0.92  # paint, rust


VEHICLE = Vehicle()


@dataclass(frozen=True)
class Surface:
    """A horizontal surface under sun and sky.

    Attributes:
        name: what it is.
        reflectivity: solar [1].
        emissivity: [1].
        capacity: heat capacity of the layer that follows the day [J/(m2.K)].
        conductance: to what lies below, which follows the air's mean [W/(m2.K)].
        evaporation: 1 where water is drawn from it, 0 where it is dry [1].
    """

    name: str
    reflectivity: float
    emissivity: float
    capacity: float
    conductance: float
    evaporation: float


#: Ground with grass, asphalt, roof; recalled orders of magnitude.
SURFACES: tuple[Surface, ...] = (
    Surface("ground", 0.23, 0.96, 4.0e4, 5.0, 1.0),
    Surface("asphalt", 0.10, 0.95, 1.0e5, 8.0, 0.0),
    Surface("roof", 0.15, 0.90, 1.5e4, 1.0, 0.0),
)
#: Time over which what lies below follows the air [s], and the height at which surfaces feel the wind [m].
DEEP_TIME, WIND_HEIGHT = 1.0e5, 1.0
#: Thickness of a roof as it is drawn, half [m].
ROOF_HALF = 0.15
#: Standard deviation of a facet's slopes [rad].
GLINT_ROUGHNESS = 0.02
