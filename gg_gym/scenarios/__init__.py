"""Scenario families, their space and their labels."""

from gg_gym.scenarios import families
from gg_gym.scenarios.base import EVENT_CLASSES, SCENARIOS, BaseScenario, ScenarioDefinition
from gg_gym.scenarios.parameters import SharedParameters, Slot, parameter, slots_of
from gg_gym.scenarios.space import ScenarioSpace

__all__ = [
    "EVENT_CLASSES", "SCENARIOS", "BaseScenario", "ScenarioDefinition", "ScenarioSpace", "SharedParameters",
    "Slot", "families", "parameter", "slots_of",
]  # fmt: skip
