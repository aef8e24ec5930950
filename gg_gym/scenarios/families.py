"""Two families of noise, for tests of the reward; the others are in their own modules."""

from __future__ import annotations

from typing import ClassVar

from gg_gym.physics.geometry import Geometry
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, log_between


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
