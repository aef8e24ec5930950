"""Scenario families, their space and their labels."""

from gg_gym.scenarios import bystanders, electrical, families, fire, normal, nuisances
from gg_gym.scenarios.base import EVENT_CLASSES, SCENARIOS, BaseScenario, ScenarioDefinition
from gg_gym.scenarios.parameters import SharedParameters, Slot, parameter, slots_of
from gg_gym.scenarios.plugins import load_plugins
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.scenarios.templates import ScenarioTemplate

__all__ = [
    "EVENT_CLASSES", "SCENARIOS", "BaseScenario", "ScenarioDefinition", "ScenarioSpace", "ScenarioTemplate",
    "SharedParameters", "Slot", "bystanders", "electrical", "families", "fire", "load_plugins", "normal", "nuisances",
    "parameter", "slots_of",
]  # fmt: skip

load_plugins()
