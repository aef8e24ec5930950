"""Nuisance families that give something off: smoke, exhaust, dust, solvents, noise. Causes only; physics acts."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, exp, pi, sin
from typing import ClassVar

from gg_gym.parameters.releases import CODES as RELEASE
from gg_gym.physics.geometry import Geometry
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, log_between
from gg_gym.scenarios.parameters import SharedParameters, parameter

#: Loss of global irradiance per ug/m3: extinction of 4 m2/g in a layer of 1.5 km, a quarter of it lost (estimates).
_DIMMING = 4.0e-6 * 1.5e3 * 0.25


def around(place: float, distance: float) -> tuple[float, float]:
    """East and north [m] of a point at ``distance`` whose bearing is the share ``place`` of a turn."""
    return distance * cos(2 * pi * place), distance * sin(2 * pi * place)


class Nuisance(BaseScenario):
    """Something that is no fault."""

    category = "nuisance"
    event = "nuisance"


class SourceParameters(SharedParameters):
    """Shared parameters; ``place`` is the bearing from upwind, since a source is a nuisance where its plume comes."""

    place: float = parameter(
        0.5, 0.0, 1.0, "1", "bearing of the source: 0.5 upwind as it appears, 0 and 1 downwind", prior=(4.0, 4.0)
    )


class Source(Nuisance):
    """A foreign source at a bearing (``place``) and distance: causes of the module "releases"."""

    requires: ClassVar[tuple[str, ...]] = ("releases", "dispersion")
    Parameters: ClassVar[type[SharedParameters]] = SourceParameters

    def release(self, kind: str, low: float, high: float, height: float) -> dict[str, float]:
        """Causes of a source of a kind at ``height`` [m]; severity scales its rate from ``low`` to ``high`` kg/s."""
        p = self.parameters
        x, y = around(p.place - 0.5, p.distance)
        rate = log_between(low, high, p.severity)
        return {
            "release_kind": float(RELEASE[kind]), "release_rate": rate, "release_by_wind": 1.0, "release_x": x,
            "release_y": y, "release_z": height,
        }  # fmt: skip


def within(span: float, phase: float) -> float:
    """Onset [s] of what is soon over: early in the record for a late phase, never before it."""
    return float(0.9 * span * (1.0 - phase))


@SCENARIOS.register("vehicle_exhaust")
class VehicleExhaust(Nuisance):
    """A vehicle idles near the foot of the pole."""

    class Parameters(SharedParameters):
        """Shared parameters and where the vehicle stands."""

        distance: float = parameter(3.0, 1.0, 8.0, "m", "distance of the exhaust pipe from the pole", scale="log")
        height: float = parameter(0.3, 0.3, 5.0, "m", "height of the exhaust pipe", scale="log")

    key = "vehicle_exhaust"
    title = "Vehicle exhaust at the pole foot"
    description = "An idling vehicle; severity scales the fuel from 0.1 to 3 g/s, place is its bearing."
    requires = ("traffic",)
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "a truck's stack at the pole": {"distance": 1.0, "height": 4.0}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Fuel burnt at a bearing and distance."""
        p = self.parameters
        x, y = around(p.place, p.distance)
        fuel = log_between(1e-4, 3e-3, p.severity)
        return {"exhaust_fuel": fuel, "exhaust_x": x, "exhaust_y": y, "exhaust_height": p.height}


@SCENARIOS.register("idling_generator")
class IdlingGenerator(Source):
    """A generator set runs near the pole."""

    class Parameters(SourceParameters):
        """Shared parameters, distance and kind of set."""

        distance: float = parameter(5.0, 1.5, 25.0, "m", "distance from the pole", scale="log")
        height: float = parameter(1.5, 0.4, 3.5, "m", "height of the exhaust", scale="log")
        petrol: float = parameter(0.0, 0.0, 1.0, "1", "below a half: diesel on a trailer; else: a portable petrol set")

    key = "idling_generator"
    title = "Generator near the pole"
    description = (
        "A generator set; severity scales the fuel, 0.4 to 8 g/s of a trailer, 0.1 to 0.6 g/s of a petrol set."
    )
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "petrol set at the foot": {"petrol": 1.0, "distance": 1.5, "severity": 1.0}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Exhaust, sound, shaking, and of a petrol set the ignition."""
        p = self.parameters
        if p.petrol < 0.5:
            return self.release("generator", 4e-4, 8e-3, p.height)
        return self.release("portable generator", 1e-4, 6e-4, min(p.height, 1.0))


@SCENARIOS.register("wood_stoves")
class WoodStoves(Source):
    """Neighbours heat with wood: smoke over the place, and one chimney near enough to be smelt alone."""

    class Parameters(SourceParameters):
        """Shared parameters and the nearest chimney."""

        distance: float = parameter(25.0, 8.0, 80.0, "m", "distance of the nearest chimney", scale="log")
        height: float = parameter(7.0, 4.0, 11.0, "m", "height of that chimney")

    key = "wood_stoves"
    title = "Wood stoves"
    description = (
        "Stove smoke; severity scales the neighbourhood's PM2.5 from 3 to 150 ug/m3 and the nearest stove's fuel."
    )
    requires = ("releases", "dispersion", "background")
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "a chimney level with the inlet": {"distance": 8.0, "height": 9.6}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """The neighbourhood's smoke, a chimney and its warmth."""
        out = self.release("wood stove", 2e-4, 2e-3, self.parameters.height)
        near = {"far_kind": 1.0, "far_x": out["release_x"], "far_y": out["release_y"], "far_z": out["release_z"] - 1.0}
        return {**out, **near, "stove_smoke": log_between(3.0, 150.0, self.parameters.severity)}


@SCENARIOS.register("regional_wildfire_smoke")
class RegionalWildfireSmoke(Nuisance):
    """Aged smoke of fires far away: particles and carbon monoxide everywhere, and a dimmed sun."""

    class Parameters(SharedParameters):
        """Shared parameters and the depth of the layer."""

        depth: float = parameter(
            1.0, 0.2, 3.0, "1", "smoke above over that of a layer of 1.5 km", scale="log", prior=(2, 2)
        )

    key = "regional_wildfire_smoke"
    title = "Regional wildfire smoke"
    difficulty = "hard"
    description = "Smoke of the region; severity scales PM2.5 from 10 to 600 ug/m3, depth how much it dims the sun."
    requires = ("background",)
    regional = True
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {"dark noon": {"severity": 1.0, "depth": 3.0}}

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Smoke at the ground, and less sun through the layer above."""
        level = log_between(10.0, 600.0, self.parameters.severity)
        return {"regional_smoke": level, "sun_factor": exp(-_DIMMING * level * self.parameters.depth)}


@SCENARIOS.register("dust")
class Dust(Source):
    """Dust: a windy, dusty region, and digging or an unpaved road near the pole."""

    class Parameters(SourceParameters):
        """Shared parameters and the digging."""

        distance: float = parameter(10.0, 3.0, 60.0, "m", "distance of the digging", scale="log")

    key = "dust"
    title = "Dust"
    description = (
        "Severity scales the region's dust from 20 to 2000 ug/m3 at 8 m/s and the digging's from 0.05 to 20 g/s."
    )
    requires = ("releases", "dispersion", "background")
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {"at the foot": {"distance": 3.0, "severity": 1.0}}

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Dust from afar that goes with the wind, dust from near, noise of a digger, a dimmed sun."""
        level = log_between(20.0, 2000.0, self.parameters.severity)
        out = self.release("earthworks", 5e-5, 2e-2, 1.0)
        return {**out, "dust": level, "sun_factor": exp(-0.3 * _DIMMING * level)}


@SCENARIOS.register("solvent")
class Solvent(Source):
    """Herbicide is sprayed along the right of way, or something is painted."""

    class Parameters(SourceParameters):
        """Shared parameters, place and kind of solvent."""

        distance: float = parameter(5.0, 1.0, 40.0, "m", "distance of the work", scale="log")
        height: float = parameter(1.5, 0.5, 9.0, "m", "height of the work", scale="log")
        paint: float = parameter(0.0, 0.0, 1.0, "1", "below a half: herbicide; else: paint")

    key = "solvent"
    title = "Herbicide or paint solvent"
    description = "A solvent evaporates; severity scales 0.05 to 10 g/s."
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "the pole is painted": {"paint": 1.0, "distance": 1.0, "height": 6.0}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Vapour and droplets."""
        p = self.parameters
        return self.release("paint" if p.paint >= 0.5 else "herbicide", 5e-5, 1e-2, p.height)


@SCENARIOS.register("asphalt_paving")
class AsphaltPaving(Source):
    """A paver works along the road: fumes of hot mix, diesel, noise, a warm dark ground."""

    class Parameters(SourceParameters):
        """Shared parameters, where and how fast it works."""

        distance: float = parameter(6.0, 3.0, 30.0, "m", "distance of the paver's path", scale="log")
        speed: float = parameter(0.08, 0.02, 0.3, "m/s", "speed of the paver", scale="log")

    key = "asphalt_paving"
    title = "Asphalt paving"
    description = "Hot mix is laid; severity scales 5 to 100 kg/s."
    requires = ("releases", "dispersion", "surroundings")
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {"at the pole": {"distance": 3.0, "severity": 1.0}}

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A source that moves along the line, and asphalt on the ground."""
        p = self.parameters
        path = {"release_speed": p.speed, "release_span": 30.0, "release_heading": 2 * pi * p.place + 0.5 * pi}
        return {**self.release("asphalt paving", 5.0, 100.0, 1.0), **path, "paved_share": 0.3 + 0.5 * p.severity}


@SCENARIOS.register("fermentation")
class Fermentation(Source):
    """Silage, mash or compost: alcohol, acids, ammonia."""

    class Parameters(SourceParameters):
        """Shared parameters and the distance."""

        distance: float = parameter(20.0, 5.0, 100.0, "m", "distance of the heap or vent", scale="log")
        height: float = parameter(2.0, 0.5, 10.0, "m", "height of the heap or vent", scale="log")

    key = "fermentation"
    title = "Fermentation"
    description = "Gases of fermentation; severity scales 0.5 to 100 g/s of carbon dioxide, and the fields' ammonia."
    requires = ("releases", "dispersion", "background")
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {"a winery's vent": {"distance": 5.0, "height": 10.0}}

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A heap near the pole, and ammonia of the fields."""
        p = self.parameters
        return {**self.release("fermentation", 5e-4, 0.1, p.height), "agriculture": log_between(1.0, 60.0, p.severity)}


@SCENARIOS.register("barbecue_or_brush_burning")
class BarbecueOrBrushBurning(Source):
    """Somebody grills or burns brush."""

    class Parameters(SourceParameters):
        """Shared parameters, distance and which of the two."""

        distance: float = parameter(12.0, 3.0, 60.0, "m", "distance of the fire", scale="log")
        brush: float = parameter(0.0, 0.0, 1.0, "1", "below a half: a barbecue; else: brush is burnt")

    key = "barbecue_or_brush_burning"
    title = "Barbecue or brush burning"
    difficulty = "hard"
    description = "Smoke and heat of a small fire; severity scales 0.1 to 3 g/s of charcoal, 5 to 300 g/s of brush."
    requires = ("releases", "dispersion", "surroundings")
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "brush at the pole": {"brush": 1.0, "distance": 3.0, "severity": 1.0}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Smoke of wood, heat, and what a camera may see of it."""
        p = self.parameters
        brush = p.brush >= 0.5
        low, high, height = (5e-3, 0.3, 0.5) if brush else (1e-4, 3e-3, 1.0)
        out = self.release("brush fire" if brush else "barbecue", low, high, height)
        return {**out, "far_kind": 3.0 if brush else 2.0, "far_x": out["release_x"], "far_y": out["release_y"],
                "far_z": 1.0, "far_size": 0.5 + 1.5 * p.severity}  # fmt: skip


@SCENARIOS.register("fireworks")
class Fireworks(Source):
    """Fireworks: bursts of smoke and bangs at random times."""

    class Parameters(SourceParameters):
        """Shared parameters and where they burst."""

        distance: float = parameter(25.0, 5.0, 150.0, "m", "distance", scale="log")
        height: float = parameter(10.0, 1.0, 60.0, "m", "height of the bursts", scale="log")
        minutes: float = parameter(10.0, 1.0, 40.0, "min", "how long it lasts", scale="log")

    key = "fireworks"
    title = "Fireworks"
    description = "Bursts of 0.15 kg at random; severity scales their rate from one in 75 s to two a second."
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {"crackers at the foot": {"distance": 5.0, "height": 1.0}}

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Bursts."""
        return self.release("fireworks", 2e-3, 0.3, self.parameters.height)

    def onset(self, span: float, lead_in: float) -> float:
        """Within the record."""
        return within(span, self.parameters.phase)

    def duration(self) -> float:
        """As long as they last."""
        return 60.0 * float(self.parameters.minutes)


@SCENARIOS.register("lawn_mower")
class LawnMower(Source):
    """A lawn mower goes to and fro."""

    class Parameters(SourceParameters):
        """Shared parameters and its path."""

        distance: float = parameter(4.0, 0.8, 30.0, "m", "distance of the path's beginning", scale="log")
        span: float = parameter(15.0, 3.0, 60.0, "m", "length of the path", scale="log")

    key = "lawn_mower"
    title = "Lawn mower"
    description = "A petrol engine that moves, and cut grass; severity scales the fuel from 0.05 to 1 g/s."
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {"around the pole": {"distance": 0.8, "span": 3.0}}

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A source that walks."""
        p = self.parameters
        path = {"release_speed": 1.2, "release_span": p.span, "release_heading": 2 * pi * p.place + 2.0}
        return {**self.release("lawn mower", 5e-5, 1e-3, 0.4), **path}
