"""A reference case: one published number, the law that should give it, and what came out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np

from gg_gym.errors import InputError

#: How strong a comparison is, weakest first. Only the last two are headlined.
Evidence = Literal["identity", "own regression", "code-to-code", "standard", "measurement"]
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)
HEADLINE: tuple[Evidence, ...] = ("standard", "measurement")
#: A published number, several of them, or one (low, high) pair per value of a band.
Numbers = float | tuple[float, ...] | tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Tolerance:
    """How far a computed value may be from the published one.

    Attributes:
        kind: "relative", "absolute" (in the case's unit), or "band": published is one pair (low, high) per value.
        value: one number for all values or one per value; not used by a band.
    """

    kind: Literal["relative", "absolute", "band"]
    value: float | tuple[float, ...] = 0.0

    def __str__(self) -> str:
        """As people read it: ``0.3 %``, ``0.02``, ``band``."""
        if self.kind == "band":
            return "inside the band"
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if self.kind == "relative":
            return ", ".join(f"{100.0 * v:.3g} %" for v in values)
        return ", ".join(f"{v:.3g}" for v in values)


def relative(value: float) -> Tolerance:
    """A tolerance relative to the published value [1]."""
    return Tolerance("relative", value)


def absolute(*value: float) -> Tolerance:
    """A tolerance in the unit of the case; one for all values or one per value."""
    return Tolerance("absolute", value[0] if len(value) == 1 else value)


BAND = Tolerance("band")


@dataclass(frozen=True)
class Case:
    """A reference case.

    Attributes:
        id: identifier, such as "ATM-1"; a suffix after a dot tells parts of one reference apart.
        title: what is compared.
        source: where the published number stands.
        evidence: how strong the comparison is.
        inputs: arguments of ``compute``: floats and tuples become arrays, anything else is passed as it is.
        published: the reference.
        tolerance: how far the computed value may be away.
        unit: of the published values.
        compute: a public law of :mod:`gg_gym.equations`, or a few of them in a row.
        explanation: why the case fails, if it does and the reason is known; documented in ``docs/fidelity.md``.

    Raises:
        InputError: an evidence class that does not exist, or tolerances or bands that do not fit the values.
    """

    id: str
    title: str
    source: str
    evidence: Evidence
    inputs: Mapping[str, Any]
    published: Numbers
    tolerance: Tolerance
    unit: str
    compute: Callable[..., Any]
    explanation: str = ""

    def __post_init__(self) -> None:
        """Check what a reader relies on; freeze the inputs."""
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))
        if self.evidence not in EVIDENCE:
            raise InputError(f"case {self.id}", self.evidence, f"one of {', '.join(EVIDENCE)}")
        shape = np.shape(self.published)
        if (self.tolerance.kind == "band") != (len(shape) == 2):
            raise InputError(f"case {self.id}", f"published values of shape {shape}", "pairs for a band, else numbers")
        given = self.tolerance.value
        if isinstance(given, tuple) and len(given) != self.size:
            raise InputError(f"case {self.id}", f"{len(given)} tolerances", f"1 or {self.size}")

    @property
    def size(self) -> int:
        """Number of values that are compared."""
        return int(np.size(self.published)) // (2 if self.tolerance.kind == "band" else 1)

    @property
    def law(self) -> str:
        """Dotted name of what computes the case."""
        return f"{self.compute.__module__}.{self.compute.__qualname__}"

    def run(self) -> Result:
        """Compute the case and compare.

        Raises:
            InputError: the law gives another number of values than were published.
        """
        outcome = self.compute(**{name: _argument(value) for name, value in self.inputs.items()})
        parts = outcome if isinstance(outcome, (tuple, list)) else (outcome,)
        computed = np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in parts])
        if computed.size != self.size:
            raise InputError(f"case {self.id}", f"{computed.size} computed values", str(self.size))
        return Result(self, tuple(map(float, computed)), self._worst(computed))

    def _worst(self, computed: Any) -> float:
        """Largest deviation over what is allowed; at most 1 passes."""
        published = np.asarray(self.published, dtype=float)
        if self.tolerance.kind == "band":
            low, high = published.reshape(-1, 2).T
            share = np.abs(computed - 0.5 * (low + high)) / (0.5 * (high - low))
        else:
            scale = np.abs(published) if self.tolerance.kind == "relative" else 1.0
            allowed, off = np.asarray(self.tolerance.value) * scale, np.abs(computed - published)
            share = np.where(off == 0.0, 0.0, off / np.where(allowed > 0.0, allowed, 1e-300))
        return float(np.max(np.where(np.isfinite(share), share, math.inf)))


@dataclass(frozen=True)
class Result:
    """A case that ran.

    Attributes:
        case: the case.
        computed: values of this package, in the case's unit.
        worst: largest deviation over the tolerance [1].
    """

    case: Case
    computed: tuple[float, ...]
    worst: float

    @property
    def passed(self) -> bool:
        """Whether every value lies inside the tolerance."""
        return self.worst <= 1.0

    @property
    def excused(self) -> bool:
        """Whether the case fails for a documented reason."""
        return not self.passed and bool(self.case.explanation)


def _argument(value: Any) -> Any:
    """Floats and tuples of numbers as float arrays; integers, words and switches as they are."""
    return np.asarray(value, dtype=np.float64) if isinstance(value, (float, tuple)) else value
