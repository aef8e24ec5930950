"""Scenario parameters: fields with unit, bounds, scale and prior, from which the action space is derived."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.special import beta, betaincinv

Scale = Literal["linear", "log"]
#: Bounds of a parameter given the values of those before it.
Limit = Callable[[Mapping[str, float]], tuple[float, float]]
#: Values live on a grid of this many steps of their range, exact in float32 coordinates: encoding loses nothing.
GRID = 1 << 20


@dataclass(frozen=True)
class Slot:
    """How one parameter maps to a coordinate u in [0, 1].

    Attributes:
        name: parameter.
        low, high: bounds in ``unit``.
        unit: UCUM unit.
        scale: "linear" or "log".
        prior: (a, b) of the Beta prior of u; (1, 1) is uniform.
        steerable: whether its rate may be an action while the run goes on.
    """

    name: str
    low: float
    high: float
    unit: str
    scale: Scale
    prior: tuple[float, float]
    steerable: bool

    def between(self, low: float, high: float) -> Slot:
        """This slot with narrower bounds; bounds outside its own, or the wrong way round, are brought inside."""
        low = min(max(low, self.low), self.high)
        return replace(self, low=low, high=min(max(high, low), self.high))

    def value(self, u: float) -> float:
        """The parameter at coordinate u, on the grid."""
        k = round(min(max(u, 0.0), 1.0) * GRID) / GRID
        if k in (0.0, 1.0):
            return self.high if k else self.low
        if self.scale == "log":
            return self.low * math.exp(k * math.log(self.high / self.low))
        return self.low + (self.high - self.low) * k

    def coordinate(self, value: float) -> float:
        """The grid coordinate of a value; the inverse of :meth:`value`. Where only one value is allowed: 0."""
        if self.high == self.low:
            return 0.0
        if self.scale == "log":
            u = np.log(value / self.low) / np.log(self.high / self.low)
        else:
            u = (value - self.low) / (self.high - self.low)
        return round(min(max(float(u), 0.0), 1.0) * GRID) / GRID

    def quantile(self, p: float) -> float:
        """The prior's quantile of u."""
        a, b = self.prior
        return p if (a, b) == (1.0, 1.0) else float(betaincinv(a, b, p))

    def density(self, u: float) -> float:
        """The prior's density at u; it integrates to 1 over [0, 1]."""
        a, b = self.prior
        if (a, b) == (1.0, 1.0):
            return 1.0
        return float(u ** (a - 1) * (1 - u) ** (b - 1) / beta(a, b))

    def relative_density(self, u: float) -> float:
        """The prior's density at u relative to its mode."""
        a, b = self.prior
        if (a, b) == (1.0, 1.0):
            return 1.0
        mode = (a - 1) / (a + b - 2)
        rising = 1.0 if a == 1 else (u / mode) ** (a - 1)
        falling = 1.0 if b == 1 else ((1 - u) / (1 - mode)) ** (b - 1)
        return float(rising * falling)


def parameter(
    default: float,
    low: float,
    high: float,
    unit: str,
    description: str,
    *,
    scale: Scale = "linear",
    prior: tuple[float, float] = (1.0, 1.0),
    steerable: bool = False,
) -> Any:
    """A field with its unit, bounds, scale and prior.

    Args:
        default: used when a definition leaves it out; snapped to the grid of its slot.
        low: lower bound.
        high: upper bound.
        unit: UCUM unit.
        description: meaning.
        scale: how coordinates map to values.
        prior: (a, b), both at least 1, of the Beta prior of the coordinate.
        steerable: whether Steering may move it.
    """
    extra = {"unit": unit, "scale": scale, "prior": prior, "steerable": steerable}
    slot = Slot("", low, high, unit, scale, prior, steerable)
    default = slot.value(slot.coordinate(default))
    return Field(default, ge=low, le=high, description=description, json_schema_extra=extra)  # type: ignore[arg-type]


class SharedParameters(BaseModel):
    """Parameters shared by all families: how strong, when, where. Values are snapped to the grid of their slot.

    Class attributes:
        limits: parameter -> its bounds given the values of the parameters before it, inside its own bounds.
    """

    limits: ClassVar[Mapping[str, Limit]] = {}

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    severity: float = parameter(0.5, 0.0, 1.0, "1", "strength of the cause, 0 to 1", prior=(1.0, 2.0), steerable=True)
    phase: float = parameter(
        0.4, 0.0, 1.0, "1", "recorded part of the course: 0 its beginning, 0.5 from the first sample, 1 long under way"
    )
    place: float = parameter(0.0, 0.0, 1.0, "1", "which of the product's places")

    @model_validator(mode="before")
    @classmethod
    def _snap(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = dict(data)
        for slot in slots_of(cls):
            now = narrowed(cls, slot, _before(cls, slot, known))
            if slot.name in known:
                known[slot.name] = _snapped(now, known[slot.name])
            elif slot.name in cls.limits:
                known[slot.name] = min(max(float(cls.model_fields[slot.name].default), now.low), now.high)
        return known

    @model_validator(mode="after")
    def _within_limits(self) -> SharedParameters:
        for slot in slots_of(type(self)):
            value, now = getattr(self, slot.name), narrowed(type(self), slot, self.__dict__)
            if not now.low <= value <= now.high:
                raise ValueError(f"{slot.name} = {value:g}: here {now.low:g} to {now.high:g} {slot.unit}")
        return self


def _before(cls: type[SharedParameters], slot: Slot, given: Mapping[str, Any]) -> dict[str, float]:
    """Plain numbers of the parameters before ``slot``: those given, else their defaults."""
    names = list(cls.model_fields)[: list(cls.model_fields).index(slot.name)] if slot.name in cls.limits else []
    values = {name: given.get(name, cls.model_fields[name].default) for name in names}
    return {k: float(v) for k, v in values.items() if isinstance(v, (int, float))}


def narrowed(cls: type[SharedParameters], slot: Slot, earlier: Mapping[str, Any]) -> Slot:
    """The slot with the bounds it has beside earlier values; its own bounds where these are incomplete."""
    limit = cls.limits.get(slot.name)
    if limit is None:
        return slot
    try:
        return slot.between(*limit(earlier))
    except KeyError:
        return slot


def values_at(cls: type[SharedParameters], u: Sequence[float]) -> dict[str, float]:
    """Parameters at coordinates u in [0, 1], one a slot in schema order; later bounds may depend on earlier values."""
    values: dict[str, float] = {}
    for slot, x in zip(slots_of(cls), u, strict=False):
        values[slot.name] = narrowed(cls, slot, values).value(float(x))
    return values


def coordinates_at(cls: type[SharedParameters], values: Mapping[str, float]) -> list[float]:
    """Coordinates in [0, 1] of all parameters; the inverse of :func:`values_at`."""
    return [narrowed(cls, slot, values).coordinate(values[slot.name]) for slot in slots_of(cls)]


def _snapped(slot: Slot | None, value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if slot is None or not number or not slot.low <= value <= slot.high:
        return value
    return slot.value(slot.coordinate(float(value)))


@cache
def slots_of(cls: type[SharedParameters]) -> tuple[Slot, ...]:
    """The slots of a family's parameters in schema order, the shared ones first."""
    slots = []
    for name, field in cls.model_fields.items():
        bounds = {type(m).__name__: m for m in field.metadata}
        extra: Any = field.json_schema_extra
        low, high = float(bounds["Ge"].ge), float(bounds["Le"].le)
        slots.append(Slot(name, low, high, extra["unit"], extra["scale"], extra["prior"], extra["steerable"]))
    return tuple(slots)
