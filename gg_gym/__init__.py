"""gg_gym: a digital twin of a utility-pole sensor unit as a Gymnasium environment."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

#: Public name -> module; loaded when first used.
_PUBLIC: dict[str, str] = {
    "ActiveLearningManager": "gg_gym.agents.manager",
    "BaseScenario": "gg_gym.scenarios",
    "BaseSensor": "gg_gym.sensors.base",
    "Conditions": "gg_gym.physics.site",
    "Environment3DState": "gg_gym.physics.state",
    "InputError": "gg_gym.errors",
    "MLDataGenerator": "gg_gym.datasets.generation",
    "MLTrainingPipeline": "gg_gym.detection.pipeline",
    "ModelInterface": "gg_gym.detection.interface",
    "ModularPhysicsEngine": "gg_gym.physics.engine",
    "PhysicsModule": "gg_gym.physics.engine",
    "ProductConfiguration": "gg_gym.products",
    "ProductRegistry": "gg_gym.products",
    "ScenarioDefinition": "gg_gym.scenarios",
    "ScenarioSpace": "gg_gym.scenarios",
    "SensorConfiguration": "gg_gym.sensors.configuration",
    "Twin": "gg_gym.twin",
    "VirtualGridGuardian": "gg_gym.guardian",
    "load_product": "gg_gym.products",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    """Load a public name lazily."""
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'gg_gym' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return __all__


def _register() -> None:
    """Register the environments with Gymnasium, by strings: nothing is imported until one is made."""
    from gymnasium.envs.registration import register

    for name in ("Selection", "Steering"):
        register(
            id=f"gg_gym/Scenario{name}-v0",
            entry_point=f"gg_gym.envs:Scenario{name}Env",
            vector_entry_point=f"gg_gym.envs:Scenario{name}VectorEnv",
        )


_register()
if TYPE_CHECKING:
    from gg_gym.twin import Twin as Twin
