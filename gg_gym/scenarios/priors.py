"""How often what happens at a pole: operational rates from ``priors.yaml``, and what a sampled scenario weighs.

A run of the operation is a stretch of :data:`SPAN` seconds that begins at a random moment. The share of such runs that
show a family is its occupancy: 1 - exp(-rate (duration + span)). Families of ordinary operation share what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gg_gym.errors import InputError
from gg_gym.physics.site import Conditions
from gg_gym.products import ProductConfiguration
from gg_gym.products.configuration import describe, load_yaml
from gg_gym.scenarios.circumstances import (
    CONDITIONS,
    POLLUTION,
    SEASONS,
    WEATHERS,
    Circumstances,
    circumstances,
    weather_of,
)
from gg_gym.scenarios.combine import JOIN
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.units import Float

#: Length of a run of the operation [s], and hours of a year.
SPAN, YEAR = 640.0, 8766.0
Level = Literal["low", "central", "high"]
LEVELS: tuple[Level, ...] = ("low", "central", "high")
Rate = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Multiplier = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class Prior(BaseModel):
    """How often a family is seen.

    Attributes:
        rate: low, central and high value [per pole-year]; or
        background: share of the time left over that belongs to this family of ordinary operation.
        hours: how long one lasts [h].
        season: multipliers of the rate by season.
        weather: by weather word; see :func:`gg_gym.scenarios.circumstances.weather_of`.
        pollution: by the site's class of pollution.
        where: by registered condition that holds.
        evidence: "read", "recalled" or "estimate".
        source: where the numbers come from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: tuple[Rate, Rate, Rate] | None = None
    background: float | None = Field(None, gt=0, le=1)
    hours: float = Field(0.0, ge=0, le=YEAR)
    season: dict[str, Multiplier] = {}
    weather: dict[str, Multiplier] = {}
    pollution: dict[str, Multiplier] = {}
    where: dict[str, Multiplier] = {}
    evidence: Literal["read", "recalled", "estimate"]
    source: str = Field(min_length=3)

    @model_validator(mode="after")
    def _consistent(self) -> Prior:
        if (self.rate is None) == (self.background is None):
            raise ValueError("give either rate or background")
        if self.rate is not None and list(self.rate) != sorted(self.rate):
            raise ValueError(f"rate {list(self.rate)} is not low <= central <= high")
        for name, known in (("season", SEASONS), ("weather", (*WEATHERS, "fair")), ("pollution", POLLUTION)):
            unknown = set(getattr(self, name)) - set(known)
            if unknown:
                raise ValueError(f"{name}: unknown {sorted(unknown)}; known: {', '.join(known)}")
        unknown = {k for k in self.where if k not in CONDITIONS or CONDITIONS[k].holds is None}
        if unknown:
            raise ValueError(f"where: unknown {sorted(unknown)}; known: {', '.join(CONDITIONS)}")
        return self

    def multiplier(self, around: Circumstances) -> Float:
        """(n,) factor of the rate under circumstances."""
        out = np.array([self.season.get(s, 1.0) for s in SEASONS])[around.season]
        out = out * np.array([self.pollution.get(p, 1.0) for p in POLLUTION])[around.pollution]
        if self.weather:
            words = weather_of(around)
            out = out * np.array([self.weather.get(str(w), 1.0) for w in words])
        for name, factor in self.where.items():
            holds = CONDITIONS[name].holds
            assert holds is not None
            out = np.where(holds(around), factor * out, out)
        return np.asarray(out, np.float64)


class Priors(BaseModel):
    """The table: an entry a family, and one for families without."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    default: Prior
    families: dict[str, Prior]

    def of(self, family: str) -> Prior:
        """The entry of a family, or the default."""
        return self.families.get(family, self.default)


@lru_cache(maxsize=8)
def load_priors(path: str | Path | None = None) -> Priors:
    """The table of a YAML file; the package's own by default.

    Raises:
        InputError: the file cannot be read, or a value is unknown or out of range.
    """
    where = Path(str(resources.files("gg_gym") / "scenarios" / "priors.yaml")) if path is None else Path(path)
    try:
        return Priors.model_validate(load_yaml(where))
    except ValidationError as error:
        raise describe(error, str(where)) from None


def operational_rate(
    family: str, around: Circumstances | None = None, level: Level = "central", priors: Priors | None = None
) -> Float:
    """Events or exposures per pole-year of a family: (n,) under circumstances, (1,) under the reference ones.

    Args:
        family: registry key of one family that has a rate.
        around: circumstances; None is fair spring weather at a lightly polluted site.
        level: "low", "central" or "high".
        priors: the table; the package's own by default.

    Raises:
        InputError: an unknown level, a superposition, or a family of ordinary operation (which has no rate).
    """
    entry = (priors or load_priors()).of(family)
    if level not in LEVELS:
        raise InputError("level", repr(level), ", ".join(LEVELS))
    if entry.rate is None or JOIN in family:
        raise InputError("family", f"{family!r} has no rate: it is no single event", "a family with a rate")
    rate = entry.rate[LEVELS.index(level)]
    return np.array([rate]) if around is None else rate * entry.multiplier(around)


def occupancy(
    family: str, around: Circumstances, level: Level = "central", span: float = SPAN, priors: Priors | None = None
) -> Float:
    """(n,) probability that a run of ``span`` seconds shows a family; of a superposition, the product of its parts'.

    Ordinary operation counts with its weight in the time that is left over.
    """
    table, out = priors or load_priors(), np.ones(len(around))
    for part in family.split(JOIN):
        entry = table.of(part)
        if entry.background is not None:
            out = out * np.minimum(entry.background * entry.multiplier(around), 1.0)
        else:
            hours = entry.hours + span / 3600.0
            out = out * -np.expm1(-operational_rate(part, around, level, table) * hours / YEAR)
    return out


def operational_shares(
    families: Sequence[str], around: Circumstances, level: Level = "central", priors: Priors | None = None
) -> Float:
    """(n, K) probabilities of families in the operation, given that a run shows one of them.

    Rows sum to 1, or are 0 where none of the families ever happens.
    """
    seen = np.stack([occupancy(f, around, level, priors=priors) for f in families], axis=1)
    table = priors or load_priors()
    calm = np.array([all(table.of(p).background is not None for p in f.split(JOIN)) for f in families])
    busy = np.minimum(seen[:, ~calm].sum(axis=1, keepdims=True), 0.999)
    total = seen[:, calm].sum(axis=1, keepdims=True)
    seen[:, calm] *= np.divide(1.0 - busy, total, out=np.zeros_like(total), where=total > 0)
    total = seen.sum(axis=1, keepdims=True)
    out: Float = np.divide(seen, total, out=np.zeros_like(seen), where=total > 0)
    return out


def importance_weights(
    space: ScenarioSpace,
    actions: np.ndarray,
    product: ProductConfiguration,
    conditions: Conditions,
    *,
    shares: Sequence[float] | Float | None = None,
    density: Float | None = None,
    level: Level = "central",
) -> Float:
    """(n,) operational probability over sampling probability of scenarios (n, K+D) under conditions (n,).

    The operational probability is that of the family under the run's circumstances times the prior density of its
    parameters. Weights average to 1 over whatever they were sampled from.

    Args:
        space: the space that was sampled.
        actions: what was sampled.
        product: the product.
        conditions: nature's draw.
        shares: (K,) probabilities with which families were sampled; uniform by default.
        density: (n,) density with which the parameters were sampled, on the unit cube of coordinates; their prior
            by default, uniform sampling is ``np.ones(n)``.
        level: "low", "central" or "high" rates.
    """
    around, family = circumstances(product, conditions), space.family_of(actions)
    share = np.full(space.n_families, 1.0) if shares is None else np.asarray(shares, np.float64)
    share = share / share.sum()
    present = operational_shares(space.families, around, level)[np.arange(len(family)), family]
    out: Float = present / share[family]
    return out if density is None else out * space.density(actions) / density


def table_rows(priors: Priors | None = None) -> list[Mapping[str, object]]:
    """The table as plain rows, for pages and commands."""
    table = priors or load_priors()
    return [{"family": k, **v.model_dump(exclude_defaults=True)} for k, v in table.families.items()]
