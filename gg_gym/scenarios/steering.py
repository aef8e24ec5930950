"""Steering: how an action moves the parameters of a scenario while its run goes on."""

from __future__ import annotations

from gg_gym.scenarios.base import SCENARIOS, ScenarioDefinition
from gg_gym.scenarios.parameters import Slot, slots_of
from gg_gym.units import Float

#: A move at full rate changes a coordinate by this much in one interval.
RATE = 0.1


def steerable(family: str) -> tuple[Slot, ...]:
    """The slots of a family that may move during a run."""
    return tuple(s for s in slots_of(SCENARIOS[family].Parameters) if s.steerable)


def coordinates_of(definition: ScenarioDefinition) -> list[float]:
    """Coordinates u in [0, 1] of a definition's steerable parameters."""
    values = SCENARIOS[definition.family].Parameters.model_validate(definition.parameters).model_dump()
    return [s.coordinate(values[s.name]) for s in steerable(definition.family)]


def moved(definition: ScenarioDefinition, action: Float) -> ScenarioDefinition:
    """The definition after one action (S,) of rates in [-1, 1]; an action of zeros changes nothing."""
    if not action.any():
        return definition
    slots, here = steerable(definition.family), coordinates_of(definition)
    there = {s.name: s.value(u + RATE * float(a)) for s, u, a in zip(slots, here, action, strict=True)}
    return definition.model_copy(update={"parameters": {**definition.parameters, **there}})
