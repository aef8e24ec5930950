"""The physical world around the pole, one module per phenomenon."""

from gg_gym.physics import airflow, arcs, dispersion, heat, line, traffic, weather, wood
from gg_gym.physics.engine import PHYSICS, ModularPhysicsEngine, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Conditions, Site
from gg_gym.physics.state import Environment3DState

__all__ = [
    "PHYSICS", "Conditions", "Environment3DState", "Geometry", "ModularPhysicsEngine", "PhysicsContext",
    "PhysicsModule", "Site", "airflow", "arcs", "dispersion", "heat", "line", "traffic", "weather", "wood",
]  # fmt: skip
