"""ScenarioTemplate: a blueprint of a scenario that becomes one on a product that can show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gg_gym.errors import InputError
from gg_gym.products import ProductConfiguration, load_product
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, ScenarioDefinition
from gg_gym.scenarios.combine import JOIN


@dataclass(frozen=True)
class Capabilities:
    """What a product can do, or what a family needs of it.

    Attributes:
        physics: physics modules.
        places: kinds of place.
        sensors: sensors by registry key or name.
    """

    physics: frozenset[str]
    places: frozenset[str]
    sensors: frozenset[str]

    def without(self, other: Capabilities) -> dict[str, list[str]]:
        """What is in this and not in the other: kind -> names; empty if nothing."""
        gaps = {k: sorted(v - getattr(other, k)) for k, v in vars(self).items()}
        return {k: v for k, v in gaps.items() if v}


def capabilities(product: ProductConfiguration) -> Capabilities:
    """What a product has."""
    sensors = {name for s in product.sensors for name in (s.key, s.name)}
    places = {kind for kind, names in product.geometry.places.items() if names}
    return Capabilities(frozenset(product.physics), frozenset(places), frozenset(sensors))


def needs(family: type[BaseScenario]) -> Capabilities:
    """What a family needs."""
    return Capabilities(frozenset(family.requires), frozenset(family.places), frozenset(family.sensors))


def missing(family: str, product: ProductConfiguration) -> dict[str, list[str]]:
    """What a product lacks to show a family: "physics", "places", "sensors" -> names; empty if nothing."""
    return needs(SCENARIOS[family]).without(capabilities(product))


def offered(product: ProductConfiguration) -> tuple[str, ...]:
    """Keys of all registered families that a product can show."""
    return tuple(key for key in SCENARIOS if not missing(key, product))


def with_needs(product: ProductConfiguration, families: Sequence[str]) -> ProductConfiguration:
    """The product with the physics modules that families need besides its own.

    Raises:
        InputError: an unknown family or module.
    """
    wanted = {m for f in families for m in SCENARIOS[f].requires} - set(product.physics)
    return product.replace(physics=(*product.physics, *sorted(wanted))) if wanted else product


@dataclass(frozen=True)
class ScenarioTemplate:
    """A blueprint: a family with some parameters fixed.

    Attributes:
        family: registry key, or keys of a superposition joined by "+".
        parameters: values that all its scenarios share unless they are given others.
        name: a title for people.

    Example:
        >>> template = ScenarioTemplate("arcing_event", {"gap": 0.02})
        >>> template.instantiate("grid_guardian", {"severity": 0.8}).parameters.severity > 0.79
        True
    """

    family: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    name: str = ""

    def instantiate(
        self,
        product_type: str | Path | ProductConfiguration,
        params: Mapping[str, float] | None = None,
        *,
        cause: bool = True,
    ) -> BaseScenario:
        """The scenario on a product.

        Args:
            product_type: a product, its registry key or a YAML file.
            params: values besides, or instead of, the template's.
            cause: False makes the null twin.

        Raises:
            InputError: unknown family or parameter, a value out of bounds, causes that exclude each other, or a
                product that lacks a physics module, a place or a sensor; the message names it.
        """
        product = load_product(product_type)
        for part in self.family.split(JOIN):
            lacks = missing(part, product)
            if lacks:
                gaps = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in lacks.items())
                allowed = ", ".join(offered(product)) or "none"
                raise InputError(f"scenario {part}", f"product {product.name} lacks {gaps}", f"its families: {allowed}")
        values = {**self.parameters, **(params or {})}
        scenario = SCENARIOS[self.family](values, cause=cause, name=self.name)
        scenario.validate(product.geometry, product.physics)
        return scenario

    def definition(
        self, product_type: str | Path | ProductConfiguration, params: Mapping[str, float] | None = None
    ) -> ScenarioDefinition:
        """The definition of :meth:`instantiate`.

        Raises:
            InputError: as there.
        """
        return self.instantiate(product_type, params).to_definition()
