"""Places: what stands where on and around the pole.

Frame: x east, y north, z up from the ground, in metres; the pole's axis is at x = y = 0, the line runs along y and
the crossarm along x.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gg_gym.equations.bounds import clip
from gg_gym.units import Float, Int

Point = tuple[float, float, float]


def place_index(cause: Float, size: int) -> Int:
    """(n,) valid indices among ``size`` places from a cause (n,), clipped."""
    index: Int = clip(np.asarray(cause).astype(np.int64), 0, max(size - 1, 0))
    return index


def columns(indices: Int) -> Any:
    """Columns ``indices`` (k,) of an array as a slice where they follow each other (a view costs nothing)."""
    if not indices.size or (np.diff(indices) != 1).any():
        return indices
    return slice(int(indices[0]), int(indices[-1]) + 1)


@dataclass(frozen=True)
class Component:
    """A part that has a temperature of its own and can be seen by the camera.

    Attributes:
        key: name, unique in a geometry.
        kind: what it is ("wood", "joint", "insulator", "bolt", "transformer", "cutout", "bracket").
        position: centre [m].
        radius: radius of the disc the camera sees [m].
        emissivity: 8-14 um emissivity [1].
        absorptivity: solar absorptivity [1].
        heat_capacity: heat capacity [J/K].
        area: surface that exchanges heat with air and sky [m2].
        phase: conductor whose current or voltage it carries, or None.
        internal_heat: heat set free inside at rated load [W].
    """

    key: str
    kind: str
    position: Point
    radius: float
    emissivity: float
    absorptivity: float
    heat_capacity: float
    area: float
    phase: int | None = None
    internal_heat: float = 0.0


@dataclass(frozen=True)
class Box:
    """An axis-aligned solid that hides what is behind it and shows the temperature of ``component``.

    Attributes:
        key: name.
        low: lowest corner [m].
        high: highest corner [m].
        component: key of the component whose temperature its surface shows.
    """

    key: str
    low: Point
    high: Point
    component: str


@dataclass(frozen=True)
class Line:
    """A line of parallel conductors along y.

    Attributes:
        voltage: line-to-line rms voltage [V].
        frequency: power frequency [Hz].
        rated_current: rms current at load 1 [A].
        x: (k,) horizontal places of the conductors [m].
        height: (k,) heights [m].
        radius: (k,) conductor radii [m].
        angle: (k,) phase angles [deg].
    """

    voltage: float
    frequency: float
    rated_current: float
    x: tuple[float, ...]
    height: tuple[float, ...]
    radius: tuple[float, ...]
    angle: tuple[float, ...]


@dataclass(frozen=True)
class Mount:
    """How the unit hangs on the pole.

    Attributes:
        position: place of the unit (gas inlet, field probes, camera) [m].
        target: point the camera looks at [m].
    """

    position: Point
    target: Point


@dataclass(frozen=True)
class Geometry:
    """Everything that has a place; ``components`` keep their order, which is their index in the state.

    ``places`` names the components at which causes can act: "wood" (hot spots), "arc" (gaps), "joint" (contacts).
    """

    pole_height: float
    pole_radius: float
    components: tuple[Component, ...]
    boxes: tuple[Box, ...]
    line: Line | None
    mount: Mount
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Number the components."""
        object.__setattr__(self, "index", {c.key: i for i, c in enumerate(self.components)})

    def positions(self) -> Float:
        """(C, 3) places of the components [m]."""
        return np.array([c.position for c in self.components], dtype=np.float64).reshape(-1, 3)

    def place(self, kind: str) -> Int:
        """Component indices of the places of a kind ("wood", "arc", "joint"), in the product's order."""
        return np.array([self.index[key] for key in self.places.get(kind, ())], dtype=np.int64)

    def of_kind(self, *kinds: str) -> list[int]:
        """Indices of the components of some kinds."""
        return [i for i, c in enumerate(self.components) if c.kind in kinds]
