"""Steering: how an action moves the parameters of a scenario while its run goes on."""

from __future__ import annotations

from gg_gym.scenarios.base import SCENARIOS, ScenarioDefinition
from gg_gym.scenarios.parameters import Slot, coordinates_at, slots_of, values_at
from gg_gym.units import Float

#: A move at full rate changes a coordinate by this much in one interval.
RATE = 0.1


def steerable(family: str) -> tuple[Slot, ...]:
    """The slots of a family that may move during a run."""
    return tuple(s for s in slots_of(SCENARIOS[family].Parameters) if s.steerable)


def coordinates_of(definition: ScenarioDefinition) -> list[float]:
    """Coordinates u in [0, 1] of a definition's steerable parameters."""
    parameters = SCENARIOS[definition.family].Parameters
    all_of = coordinates_at(parameters, parameters.model_validate(definition.parameters).model_dump())
    return [u for s, u in zip(slots_of(parameters), all_of, strict=True) if s.steerable]


def moved(definition: ScenarioDefinition, action: Float) -> ScenarioDefinition:
    """The definition after one action (S,) of rates in [-1, 1]; an action of zeros changes nothing."""
    if not action.any():
        return definition
    parameters = SCENARIOS[definition.family].Parameters
    values = parameters.model_validate(definition.parameters).model_dump()
    moves = dict(zip((s.name for s in steerable(definition.family)), action, strict=True))
    here = zip(slots_of(parameters), coordinates_at(parameters, values), strict=True)
    there = values_at(parameters, [u + RATE * float(moves.get(s.name, 0.0)) for s, u in here])
    kept = {k: v for k, v in there.items() if k in moves or k in definition.parameters}
    return definition.model_copy(update={"parameters": {**definition.parameters, **kept}})
