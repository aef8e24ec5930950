"""BaseScenario: a family of causes. A scenario changes causes; physics computes what every sensor sees of them."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gg_gym.errors import InputError
from gg_gym.physics.causes import NEUTRAL
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.geometry import place_index as valid_place
from gg_gym.physics.state import Environment3DState
from gg_gym.registry import Registry
from gg_gym.scenarios.combine import JOIN, combined
from gg_gym.scenarios.consistency import check
from gg_gym.scenarios.parameters import SharedParameters

#: Event classes, in the order of the detector's outputs; what makes each is in :mod:`gg_gym.scenarios.labels`.
EVENT_CLASSES: tuple[str, ...] = (
    "normal", "arcing", "combustion", "nuisance", "discharge", "insulation", "overheat", "sensor_fault",
)  # fmt: skip
#: Share of runs in which the cause never comes, whatever its phase.
NEVER = 0.05


class ScenarioDefinition(BaseModel):
    """What shall happen, as data: a registry key and numbers. Nothing in it is ever imported.

    Attributes:
        family: registry key of the scenario family.
        parameters: name -> value; unknown names and values out of bounds are refused.
        cause: False switches the cause off: the null twin.
        name: a title for people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: str
    parameters: dict[str, float] = Field(default_factory=dict)
    cause: bool = True
    name: str = ""

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits of what happens: equal definitions have equal ids, whatever their name."""
        told = json.dumps([self.family, self.cause, sorted(self.parameters.items())], separators=(",", ":"))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def null(self) -> ScenarioDefinition:
        """The null twin: the same with its cause switched off."""
        return self.model_copy(update={"cause": False})


class BaseScenario(ABC):
    """A family of scenarios.

    Class attributes:
        key: registry key.
        title: for people.
        category: "normal", "electrical", "fire", "nuisance", "combination" or "noise".
        event: the event class it can produce.
        difficulty: "easy", "medium" or "hard" to detect.
        description: what happens, in a sentence.
        requires: physics modules a product must have.
        places: kinds of place of which a product must have at least one.
        sensors: sensors (registry keys or names) without which the family makes no sense.
        corners: rare corners of the family, for people and tests: name -> parameters.
        regional: it comes with the wind: poles of a group have it one after the other.
        Parameters: the pydantic model of its parameters.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    category: ClassVar[str]
    event: ClassVar[str] = "normal"
    difficulty: ClassVar[str] = "medium"
    description: ClassVar[str] = ""
    requires: ClassVar[tuple[str, ...]] = ()
    places: ClassVar[tuple[str, ...]] = ()
    sensors: ClassVar[tuple[str, ...]] = ()
    corners: ClassVar[Mapping[str, Mapping[str, float]]] = {}
    regional: ClassVar[bool] = False
    Parameters: ClassVar[type[SharedParameters]] = SharedParameters

    def __init__(
        self, parameters: SharedParameters | Mapping[str, float] | None = None, *, cause: bool = True, name: str = ""
    ) -> None:
        try:
            given = parameters.model_dump() if isinstance(parameters, SharedParameters) else dict(parameters or {})
            self.parameters: Any = self.Parameters.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = f"scenario {self.key}: " + ".".join(str(x) for x in first["loc"])
            allowed = ", ".join(self.Parameters.model_fields) if first["type"] == "extra_forbidden" else ""
            raise InputError(where, f"{first['msg']}, got {first['input']!r}", allowed) from None
        self.cause, self.name = cause, name

    @abstractmethod
    def causes(self, geometry: Geometry) -> dict[str, float]:
        """The causes while the scenario acts: cause key -> value; keys left out stay neutral."""

    def onset(self, span: float, lead_in: float) -> float:
        """When the cause begins, in seconds from the record's start; negative if it began before.

        Args:
            span: length of the record [s].
            lead_in: the longest time before the record in which a cause may act [s].
        """
        phase = self.parameters.phase
        return float(np.interp(phase, [0.0, 0.5, 1.0], [0.9 * span, 0.0, -0.95 * lead_in]))

    def duration(self) -> float:
        """How long the cause acts once it has begun [s]; infinite unless it ends by itself."""
        return float("inf")

    def parts(self) -> tuple[BaseScenario, ...]:
        """The scenarios that act at once: this one alone, unless it is a superposition."""
        return (self,)

    def validate(self, geometry: Geometry, physics: tuple[str, ...]) -> None:
        """Check that a product can show this scenario.

        Raises:
            InputError: a physics module or a place is missing, or a cause is unknown.
        """
        missing = sorted(set(self.requires) - set(physics))
        if missing:
            raise InputError(f"scenario {self.key}", f"needs physics modules {missing}", "a product that has them")
        nowhere = [kind for kind in self.places if not geometry.places.get(kind)]
        if nowhere:
            raise InputError(f"scenario {self.key}", f"needs places of kind {nowhere}", "a product that has them")
        unknown = sorted(set(self.causes(geometry)) - set(NEUTRAL))
        if unknown:
            raise InputError(f"scenario {self.key}", f"unknown causes {unknown}", ", ".join(NEUTRAL))
        check(f"scenario {self.key}", self.causes(geometry))

    def to_definition(self) -> ScenarioDefinition:
        """The definition from which :meth:`from_definition` builds an equal scenario."""
        values = self.parameters.model_dump()
        return ScenarioDefinition(family=self.key, parameters=values, cause=self.cause, name=self.name)

    @staticmethod
    def from_definition(definition: ScenarioDefinition | Mapping[str, Any]) -> BaseScenario:
        """Build the scenario of a definition.

        Raises:
            InputError: unknown family or parameter, or a value out of bounds.
        """
        if not isinstance(definition, ScenarioDefinition):
            try:
                definition = ScenarioDefinition.model_validate(definition)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                raise InputError("scenario definition: " + ".".join(map(str, first["loc"])), first["msg"]) from None
        return SCENARIOS[definition.family](definition.parameters, cause=definition.cause, name=definition.name)

    def setup_environment(self, state: Environment3DState, row: int = 0) -> None:
        """Put this scenario's causes into force at once in one row of a state."""
        for key, value in self.causes(state.geometry).items() if self.cause else ():
            state.causes[key][row] = value

    def update(self, state: Environment3DState, span: float, lead_in: float, row: int = 0) -> None:
        """Put the causes of one row into force, or out of it, as of ``state.time``."""
        active = self.cause and float(state.time[row]) > self.onset(span, lead_in)
        causes = self.causes(state.geometry)
        for key in causes:
            state.causes[key][row] = causes[key] if active else NEUTRAL[key]

    def get_ground_truth_labels(self, state: Environment3DState, row: int = 0) -> dict[str, Any]:
        """Labels of one row, read from the physical state."""
        from gg_gym.scenarios.labels import instant_labels

        labels = instant_labels(state)
        return {k: v[row].item() for k, v in labels.items()}

    def is_completed(self, state: Environment3DState, span: float, row: int = 0) -> bool:
        """Whether the record is over."""
        return bool(state.time[row] >= span)


class ScenarioRegistry(Registry[type[BaseScenario]]):
    """Families by key; the key "a+b" is the superposition of the families a and b."""

    def __getitem__(self, key: str) -> type[BaseScenario]:
        """Return the family, or the superposition, of ``key``."""
        if JOIN not in key:
            return super().__getitem__(key)
        family: type[BaseScenario] = combined(
            tuple(super(ScenarioRegistry, self).__getitem__(k) for k in key.split(JOIN))
        )
        return family

    def __contains__(self, key: object) -> bool:
        """Return whether every part of ``key`` is registered."""
        return isinstance(key, str) and all(super(ScenarioRegistry, self).__contains__(k) for k in key.split(JOIN))


SCENARIOS = ScenarioRegistry("scenario family")


def log_between(low: float, high: float, u: float) -> float:
    """The value a share u of the way from low to high on a logarithmic scale."""
    return float(low * (high / low) ** u)


def place_index(place: float, count: int) -> float:
    """The index among ``count`` places of a place coordinate in [0, 1].

    Raises:
        InputError: the product has no such place.
    """
    if count == 0:
        raise InputError("scenario", "the product has no place for this cause", "at least one place")
    return float(valid_place(np.array([place * count]), count)[0])
