"""The scenario families of the first house: normal operation, arcing, combustion, exhaust, two of noise."""

from __future__ import annotations

from typing import ClassVar

from gg_gym.physics.geometry import Geometry
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, log_between, place_index
from gg_gym.scenarios.parameters import SharedParameters, parameter


@SCENARIOS.register("baseline_operation")
class BaselineOperation(BaseScenario):
    """Ordinary days: the feeder is switched or load is transferred, nothing is wrong."""

    key = "baseline_operation"
    title = "Baseline operation"
    category = "normal"
    difficulty = "easy"
    description = "Normal operation; severity scales a step of the feeder's load, at 0.5 there is none."
    requires = ("line",)

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A load step between 0.5 and 1.5 times."""
        return {"load_factor": 0.5 + self.parameters.severity}


@SCENARIOS.register("diurnal_cycle")
class DiurnalCycle(BaseScenario):
    """The day's swing: sun and load rise or fall together."""

    class Parameters(SharedParameters):
        """Shared parameters and the load's part of the swing."""

        load_swing: float = parameter(1.0, 0.6, 1.6, "1", "load after over load before", scale="log", prior=(2.0, 2.0))

    key = "diurnal_cycle"
    title = "Diurnal cycle"
    category = "normal"
    difficulty = "easy"
    description = "A swing of sun and load as between cloud and clear sky; severity is the share of sun taken away."
    requires = ("weather", "line")

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Less sun, more or less load."""
        return {"sun_factor": 1.0 - 0.9 * self.parameters.severity, "load_factor": self.parameters.load_swing}


@SCENARIOS.register("arcing_event")
class ArcingEvent(BaseScenario):
    """A gap across a dirty insulator or a loose contact strikes and dies at random."""

    class Parameters(SharedParameters):
        """Shared parameters and the gap's."""

        gap: float = parameter(0.01, 0.001, 0.1, "m", "length of the gap", scale="log", prior=(2, 2), steerable=True)
        on_rate: float = parameter(0.5, 0.02, 5.0, "1/s", "how often the gap strikes", scale="log", prior=(2.0, 2.0))
        off_rate: float = parameter(1.0, 0.1, 10.0, "1/s", "how often the arc dies", scale="log", prior=(2.0, 2.0))

    key = "arcing_event"
    title = "Arcing event"
    category = "electrical"
    event = "arcing"
    description = "A gap arcs intermittently; severity scales the current from 0.5 to 50 A."
    requires = ("line", "arcs")

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A gap, its current and its rates."""
        p = self.parameters
        return {
            "arc_gap": p.gap,
            "arc_current": log_between(0.5, 50.0, p.severity),
            "arc_on_rate": p.on_rate,
            "arc_off_rate": p.off_rate,
            "arc_place": place_index(p.place, len(geometry.places.get("arc", ()))),
        }


@SCENARIOS.register("early_combustion")
class EarlyCombustion(BaseScenario):
    """Leakage current crowds at a bolt, heats the wood around it and chars it."""

    class Parameters(SharedParameters):
        """Shared parameters and the size of the heated wood."""

        severity: float = parameter(0.5, 0.0, 1.0, "1", "strength of the cause", prior=(2.0, 2.0), steerable=True)
        radius: float = parameter(0.01, 0.004, 0.02, "m", "radius of the heated wood", scale="log", prior=(2.0, 2.0))

    key = "early_combustion"
    title = "Early combustion"
    category = "fire"
    event = "combustion"
    difficulty = "hard"
    description = "Leakage current heats wood at a bolt until it pyrolyses; severity scales 4 to 40 W per cm of radius."
    requires = ("wood",)

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Heat in wood: the steady rise of a hot spot is P / (4 pi k a), so the heat scales with the radius."""
        p = self.parameters
        return {
            "leak_power": log_between(4.0, 40.0, p.severity) * p.radius / 0.01,
            "leak_radius": p.radius,
            "leak_place": place_index(p.place, len(geometry.places.get("wood", ()))),
        }


@SCENARIOS.register("vehicle_exhaust")
class VehicleExhaust(BaseScenario):
    """A vehicle idles near the foot of the pole."""

    class Parameters(SharedParameters):
        """Shared parameters and where the vehicle stands."""

        distance: float = parameter(3.0, 1.0, 8.0, "m", "distance of the exhaust pipe from the pole", scale="log")
        height: float = parameter(0.3, 0.3, 5.0, "m", "height of the exhaust pipe", scale="log")

    key = "vehicle_exhaust"
    title = "Vehicle exhaust at the pole foot"
    category = "nuisance"
    event = "nuisance"
    description = "An idling vehicle; severity scales the fuel from 0.1 to 3 g/s, place is its bearing."
    requires = ("traffic",)

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Fuel burnt at a bearing and distance."""
        from math import cos, pi, sin

        p = self.parameters
        return {
            "exhaust_fuel": log_between(1e-4, 3e-3, p.severity),
            "exhaust_x": p.distance * cos(2 * pi * p.place),
            "exhaust_y": p.distance * sin(2 * pi * p.place),
            "exhaust_height": p.height,
        }


class _Noise(BaseScenario):
    """Label by coin: nothing can be learnt. For tests of the reward; no product lists it."""

    category = "noise"
    event = "arcing"
    difficulty = "hard"
    cause_values: ClassVar[dict[str, float]]

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A coin for the label, and what the family adds to it."""
        return dict(self.cause_values)

    def onset(self, span: float, lead_in: float) -> float:
        """From the start: the family has no course."""
        return -lead_in


@SCENARIOS.register("noise_hidden")
class NoiseHidden(_Noise):
    """Baseline readings, label by coin."""

    key = "noise_hidden"
    title = "Hidden noise (test)"
    description = "Ordinary readings whose label is a coin toss."
    cause_values: ClassVar[dict[str, float]] = {"label_coin": 1.0}


@SCENARIOS.register("noise_loud")
class NoiseLoud(_Noise):
    """Random readings beyond range on every sensor, label by coin."""

    key = "noise_loud"
    title = "Loud noise (test)"
    description = "Random disturbance beyond range on every sensor; the label is a coin toss."

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Disturbance of 0.5 to 4 sensor spans."""
        return {"label_coin": 1.0, "interference": log_between(0.5, 4.0, self.parameters.severity)}
