"""Nuisance families of what comes near or breaks: animals, people, helicopters, roofs, glint, blows, instruments."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi
from typing import ClassVar

import numpy as np

from gg_gym.physics.geometry import Geometry
from gg_gym.scenarios.base import SCENARIOS, log_between
from gg_gym.scenarios.nuisances import Nuisance, Source, SourceParameters, around, within
from gg_gym.scenarios.parameters import SharedParameters, parameter
from gg_gym.sensors.faults import CODES as FAULT

#: Kinds of fault that every instrument may have, in the order of the parameter ``fault`` of "sensor_fault".
COMMON_FAULTS: tuple[str, ...] = ("stuck", "dropout", "clock")


def before_camera(geometry: Geometry, across: float, up: float, distance: float) -> tuple[float, float, float]:
    """Point [m] ``distance`` before the camera, ``across`` and ``up`` (-1 to 1) of the way to the picture's edge."""
    place = np.asarray(geometry.mount.position, float)
    axis = np.asarray(geometry.mount.target, float) - place
    axis = axis / np.sqrt((axis**2).sum())
    right = np.cross(axis, [0.0, 0.0, 1.0])
    right = right / max(float(np.sqrt((right**2).sum())), 1e-6)
    ray = axis + 0.40 * across * right + 0.30 * up * np.cross(right, axis)
    point = place + distance * ray / np.sqrt((ray**2).sum())
    return float(point[0]), float(point[1]), float(point[2])


@SCENARIOS.register("birds_and_squirrels")
class BirdsAndSquirrels(Nuisance):
    """A bird or a squirrel on the pole head, before the camera; a woodpecker drums."""

    class Parameters(SharedParameters):
        """Shared parameters, which and where."""

        squirrel: float = parameter(0.0, 0.0, 1.0, "1", "below a half: a bird; else: a squirrel")
        distance: float = parameter(1.5, 0.3, 4.0, "m", "distance from the camera", scale="log")
        up: float = parameter(0.0, -1.0, 1.0, "1", "place in the picture, bottom to top")
        drumming: float = parameter(0.0, 0.0, 1.0, "1", "above a half: it pecks or jumps, harder towards 1")

    key = "birds_and_squirrels"
    title = "Birds and squirrels"
    description = (
        "A warm body before the camera that walks to and fro; severity brings it nearer and makes it peck harder."
    )
    requires = ("surroundings", "vibration")
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "a woodpecker on the bracket": {"drumming": 1.0, "distance": 0.3}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A body on a short path, and its blows."""
        p = self.parameters
        x, y, z = before_camera(geometry, 2.0 * p.place - 1.0, p.up, p.distance * (1.5 - p.severity))
        out = {"body_kind": 4.0 if p.squirrel >= 0.5 else 3.0, "body_x": x, "body_y": y, "body_z": z,
               "body_speed": 0.05, "body_span": 0.3, "body_heading": 0.5 * pi}  # fmt: skip
        if p.drumming >= 0.5:
            blow = log_between(0.01, 0.3, p.severity) * 2.0 * (p.drumming - 0.5) + 1e-3
            out |= {"impact_impulse": blow, "impact_duration": 2e-3, "impact_rate": 0.3,
                    "impact_height": geometry.mount.position[2]}  # fmt: skip
        return out


@SCENARIOS.register("people_and_lineworkers")
class PeopleAndLineworkers(Nuisance):
    """Somebody walks by, or a lineworker is lifted to the pole head from a truck that idles below."""

    class Parameters(SharedParameters):
        """Shared parameters, who and where."""

        aloft: float = parameter(
            1.0, 0.0, 1.0, "1", "below a half: walks by and knocks on the pole; else: in a bucket", prior=(3.0, 1.0)
        )
        distance: float = parameter(
            1.6, 0.8, 4.0, "m", "distance of the bucket from the unit, or of the path", scale="log"
        )
        up: float = parameter(0.0, -1.0, 1.0, "1", "place in the picture, bottom to top")
        shade: float = parameter(0.5, 0.0, 1.0, "1", "share of the sun that boom and bucket take from the unit")

    key = "people_and_lineworkers"
    title = "People and lineworkers"
    description = (
        "People near the unit; severity is how near, how much they touch the pole and how hard the truck works."
    )
    requires = ("surroundings", "traffic", "vibration", "disturbance")
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "hand on the unit": {"aloft": 1.0, "distance": 0.8, "severity": 1.0},
        "boom before the sun": {"aloft": 1.0, "shade": 1.0, "severity": 1.0},
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A warm body, and of a lineworker the truck, the shade and the knocks on the pole."""
        p = self.parameters
        if p.aloft < 0.5:
            x, y = around(p.place, p.distance)
            return {
                "body_kind": 1.0, "body_x": x, "body_y": y, "body_z": 0.9, "body_speed": 1.3, "body_span": 30.0,
                "body_heading": 2 * pi * p.place, "impact_impulse": log_between(0.2, 10.0, p.severity),
                "impact_height": 1.3, "impact_rate": 0.01,
            }  # fmt: skip
        x, y, z = before_camera(geometry, 2.0 * p.place - 1.0, p.up, p.distance * (1.5 - p.severity))
        truck_x, truck_y = around(p.place, 3.5)
        return {
            "body_kind": 2.0, "body_x": x, "body_y": y, "body_z": z, "body_speed": 0.02, "body_span": 0.5,
            "body_climb": 0.5 * pi, "sun_factor": 1.0 - 0.9 * p.shade * p.severity,
            "exhaust_fuel": log_between(2e-4, 1.5e-3, p.severity), "exhaust_x": truck_x, "exhaust_y": truck_y,
            "exhaust_height": 2.5, "impact_impulse": log_between(0.5, 30.0, p.severity), "impact_rate": 0.01,
            "impact_height": geometry.mount.position[2] + 1.5,
        }  # fmt: skip


@SCENARIOS.register("helicopter_inspection")
class HelicopterInspection(Source):
    """A helicopter inspects the line: it hovers above, blows down and roars."""

    class Parameters(SourceParameters):
        """Shared parameters and where it hovers."""

        distance: float = parameter(
            2.0, 0.0, 30.0, "m", "horizontal distance of the rotor from the pole", prior=(1.0, 6.0)
        )
        height: float = parameter(24.0, 16.0, 80.0, "m", "height of the rotor", scale="log", prior=(1.0, 3.0))
        minutes: float = parameter(3.0, 0.5, 15.0, "min", "how long it hovers", scale="log")

    key = "helicopter_inspection"
    title = "Helicopter inspection"
    difficulty = "easy"
    description = "A hovering helicopter; severity scales its weight from a drone's 30 kg to 2000 kg."
    requires = ("releases", "dispersion", "disturbance", "airflow")
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "straight above": {"distance": 0.0, "height": 18.0, "severity": 1.0}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Rotor, sound and exhaust at one place."""
        p = self.parameters
        mass = log_between(30.0, 2000.0, p.severity)
        out = self.release("helicopter", 5e-4, 0.035, p.height)
        return {**out, "rotor_thrust": 9.81 * mass, "rotor_radius": 4.0 * (mass / 1400.0) ** 0.4,
                "rotor_x": out["release_x"], "rotor_y": out["release_y"], "rotor_z": p.height}  # fmt: skip

    def onset(self, span: float, lead_in: float) -> float:
        """Within the record."""
        return within(span, self.parameters.phase)

    def duration(self) -> float:
        """As long as it hovers."""
        return 60.0 * float(self.parameters.minutes)


@SCENARIOS.register("dust_devil")
class DustDevil(Nuisance):
    """A dust devil drifts past the pole: a few seconds of swirl and low pressure."""

    class Parameters(SharedParameters):
        """Shared parameters, its size and way."""

        radius: float = parameter(4.0, 1.0, 15.0, "m", "radius of its core", scale="log")
        miss: float = parameter(0.0, -20.0, 20.0, "m", "distance at which it passes", prior=(6.0, 6.0))
        arrival: float = parameter(60.0, 20.0, 300.0, "s", "when it passes after it appeared", scale="log")

    key = "dust_devil"
    title = "Dust devil"
    difficulty = "easy"
    description = "A vortex passes once; severity scales its greatest speed from 3 to 20 m/s."
    requires = ("disturbance", "airflow")
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "straight over": {"miss": 0.0, "radius": 15.0, "severity": 1.0}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A vortex on its way."""
        p = self.parameters
        return {"vortex_speed": log_between(3.0, 20.0, p.severity), "vortex_radius": p.radius, "vortex_miss": p.miss,
                "vortex_time": p.arrival}  # fmt: skip

    def onset(self, span: float, lead_in: float) -> float:
        """Within the record."""
        return within(span, self.parameters.phase)


@SCENARIOS.register("hot_roofs")
class HotRoofs(Nuisance):
    """Hot surfaces around: the pitched roof of a tall house in view, asphalt below."""

    class Parameters(SharedParameters):
        """Shared parameters and where the roof is."""

        distance: float = parameter(12.0, 5.0, 40.0, "m", "distance of the roof from the camera", scale="log")
        up: float = parameter(-0.8, -1.0, 1.0, "1", "place in the picture, bottom to top")

    key = "hot_roofs"
    title = "Hot roofs and asphalt"
    difficulty = "hard"
    description = (
        "A roof in view and asphalt below; severity scales the roof from 2 to 200 m2, and the asphalt's share."
    )
    requires = ("surroundings",)
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {"asphalt all around": {"severity": 1.0}}

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A roof and asphalt."""
        p = self.parameters
        x, y, z = before_camera(geometry, 2.0 * p.place - 1.0, p.up, p.distance)
        area = log_between(2.0, 200.0, p.severity)
        return {"roof_area": area, "roof_x": x, "roof_y": y, "roof_z": z, "paved_share": p.severity}


@SCENARIOS.register("glint")
class Glint(Nuisance):
    """A flat piece of metal or glass before the camera mirrors the cold sky, and at times the sun."""

    class Parameters(SharedParameters):
        """Shared parameters, place and turn of the facet."""

        distance: float = parameter(2.5, 1.0, 15.0, "m", "distance from the camera", scale="log")
        up: float = parameter(0.0, -1.0, 1.0, "1", "place in the picture, bottom to top")
        turn: float = parameter(0.5, 0.0, 1.0, "1", "direction of its normal, share of a turn")
        tilt: float = parameter(
            -0.8, -1.5, 0.2, "rad", "elevation of its normal; it shows its face to the camera below"
        )

    key = "glint"
    title = "Glint"
    difficulty = "hard"
    description = "A mirroring facet in view; severity scales its area from 5 to 5000 cm2."
    requires = ("surroundings",)
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "a metal sheet caught in the line": {"severity": 1.0, "distance": 2.0}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A facet that hangs still."""
        p = self.parameters
        x, y, z = before_camera(geometry, 2.0 * p.place - 1.0, p.up, p.distance)
        return {"glint_area": log_between(5e-4, 0.5, p.severity), "glint_x": x, "glint_y": y, "glint_z": z,
                "glint_azimuth": 2 * pi * p.turn, "glint_elevation": p.tilt}  # fmt: skip


@SCENARIOS.register("impact")
class Impact(Nuisance):
    """A vehicle or a tree hits the pole."""

    class Parameters(SharedParameters):
        """Shared parameters, where and how it hits."""

        tree: float = parameter(
            0.0, 0.0, 1.0, "1", "below a half: a vehicle at 0.8 m; else: a branch or tree near the top"
        )
        loosened: float = parameter(0.2, 0.0, 3.0, "1", "hardware that rattles from then on")

    key = "impact"
    title = "Impact of a vehicle or tree"
    difficulty = "easy"
    description = "One blow; severity scales it from 5 to 5000 N.s, place is its direction."
    requires = ("vibration",)
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "the pole is loose from then on": {"severity": 1.0, "loosened": 3.0}
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A blow as the cause sets in, a softer pole and a rattle after."""
        p = self.parameters
        tree = p.tree >= 0.5
        return {
            "impact_impulse": log_between(5.0, 5000.0, p.severity), "impact_bearing": 2 * pi * p.place,
            "impact_height": 0.9 * geometry.pole_height if tree else 0.8, "impact_duration": 0.1 if tree else 0.05,
            "loose_hardware": p.loosened * p.severity, "pole_stiffness": 1.0 - 0.3 * p.severity**2,
        }  # fmt: skip

    def onset(self, span: float, lead_in: float) -> float:
        """Within the record: what came before has rung out."""
        return within(span, self.parameters.phase)


@SCENARIOS.register("sensor_fault")
class SensorFault(Nuisance):
    """One instrument is broken, nothing else happens."""

    class Parameters(SharedParameters):
        """Shared parameters, which instrument and how it is broken."""

        instrument: float = parameter(
            0.0, 0.0, 15.99, "1", "index among the product's instruments; beyond them: the last"
        )
        fault: float = parameter(0.2, 0.0, 0.999, "1", "thirds: stuck, no answer, clock without reference")

    key = "sensor_fault"
    title = "Sensor fault"
    event = "sensor_fault"
    description = "An instrument sticks, drops out or loses its clock; severity scales the fault's size from 0.2 to 5."
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {"silent": {"fault": 0.5}}

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A fault of one instrument."""
        p = self.parameters
        kind = COMMON_FAULTS[int(p.fault * len(COMMON_FAULTS))]
        size = log_between(0.2, 5.0, p.severity)
        return {"fault_kind": float(FAULT[kind]), "fault_sensor": float(int(p.instrument)), "fault_size": size}
