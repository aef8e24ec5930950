"""Several scenarios at once. The key "a+b" is the superposition of the families a and b; nothing lists the pairs.

The first family's parameters keep their names, those of the second end in ``_2``, of the third in ``_3``. Each part
has its own severity, place and time; causes go together as their ``merge`` says, and what exists only once (one gap,
one leaking bolt) cannot be given two values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from pydantic import create_model

from gg_gym.errors import InputError
from gg_gym.physics.causes import conflicts, merge_causes, neutral_causes
from gg_gym.physics.geometry import Geometry
from gg_gym.scenarios.parameters import Limit, SharedParameters

#: Between the families of a superposition.
JOIN = "+"
#: Most families at once.
MOST = 4
_RANK = ("easy", "medium", "hard")


def _suffix(i: int) -> str:
    return "" if i == 0 else f"_{i + 1}"


def _limit_of(model: type[SharedParameters], name: str, suffix: str) -> Limit:
    """The bounds of a part's parameter, which know the part's own parameters by their plain names."""

    def limit(earlier: Mapping[str, float]) -> tuple[float, float]:
        return model.limits[name]({k: earlier[k + suffix] for k in model.model_fields if k + suffix in earlier})

    return limit


@lru_cache(maxsize=1024)
def combined(families: tuple[Any, ...]) -> Any:
    """The class of the superposition of scenario classes.

    Raises:
        InputError: more than :data:`MOST` of them.
    """
    from gg_gym.scenarios.base import BaseScenario

    if len(families) > MOST:
        raise InputError("scenario family", f"{len(families)} families at once", f"at most {MOST}")
    keys = [f.key for f in families]
    fields: dict[str, Any] = {
        f"{name}{_suffix(i)}": (info.annotation, info)
        for i, family in enumerate(families)
        for name, info in family.Parameters.model_fields.items()
    }
    model = create_model("Parameters", __base__=SharedParameters, __module__=__name__, **fields)
    model.limits = {
        f"{name}{_suffix(i)}": _limit_of(family.Parameters, name, _suffix(i))
        for i, family in enumerate(families)
        for name in family.Parameters.limits
    }
    events = [f for f in families if f.event != "normal"] or list(families)
    worst = [f for f in events if f.category in ("fire", "electrical")] or events

    class Combination(BaseScenario):
        """A superposition of scenarios, each with its own severity, place and time."""

        key = JOIN.join(keys)
        title = " with ".join(f.title.lower() if i else f.title for i, f in enumerate(families))
        category = "combination"
        event = worst[0].event
        difficulty = max((f.difficulty for f in families), key=_RANK.index)
        description = " At the same time: ".join(f.description for f in families)
        requires = tuple(dict.fromkeys(r for f in families for r in f.requires))
        places = tuple(dict.fromkeys(p for f in families for p in f.places))
        sensors = tuple(dict.fromkeys(s for f in families for s in f.sensors))
        families_: ClassVar[tuple[type[BaseScenario], ...]] = families
        Parameters = model

        def parts(self) -> tuple[BaseScenario, ...]:
            """The scenarios that act at once."""
            return parts_of(self.families_, self.parameters.model_dump(), self.cause)

        def causes(self, geometry: Geometry) -> dict[str, float]:
            """All causes while every part acts.

            Raises:
                InputError: two parts give different values to what exists only once.
            """
            return superposed(self.key, [part.causes(geometry) for part in self.parts()])

        def onset(self, span: float, lead_in: float) -> float:
            """When the first part begins [s]."""
            return min(part.onset(span, lead_in) for part in self.parts())

        def duration(self) -> float:
            """How long the longest part acts [s]."""
            return max(part.duration() for part in self.parts())

    return Combination


def parts_of(families: Sequence[Any], values: Mapping[str, float], cause: bool) -> tuple[Any, ...]:
    """The scenarios of a superposition's families and parameters; one that has parts itself gives those."""
    whole = (
        family({k: values[k + _suffix(i)] for k in family.Parameters.model_fields}, cause=cause)
        for i, family in enumerate(families)
    )
    return tuple(part for scenario in whole for part in scenario.parts())


def superposed(key: str, parts: Sequence[dict[str, float]]) -> dict[str, float]:
    """The causes of several scenarios while all act.

    Raises:
        InputError: two of them give different values to what exists only once.
    """
    clash = conflicts(parts)
    if clash:
        raise InputError(f"scenario {key}", f"its parts disagree about {clash}", "one value of what exists only once")
    named = {k for part in parts for k in part}
    full = [({**neutral_causes(1), **{k: np.array([v]) for k, v in part.items()}}, np.ones(1, bool)) for part in parts]
    merged = merge_causes(full)
    return {k: float(merged[k][0]) for k in sorted(named)}
