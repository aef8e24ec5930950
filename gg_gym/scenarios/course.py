"""Course: which causes of n rows act when. A row may hold several scenarios at once, each with its own time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gg_gym.physics.causes import NEUTRAL, merge_causes, neutral_causes
from gg_gym.units import Bool, Float, Int

if TYPE_CHECKING:
    from gg_gym.physics.geometry import Geometry
    from gg_gym.scenarios.base import BaseScenario


@dataclass
class Layer:
    """One scenario a row.

    Attributes:
        causes: key -> (n,) values while it acts.
        onset: (n,) when it begins, seconds from the record's start; infinite where it never comes [s].
        end: (n,) when it ends [s].
    """

    causes: dict[str, Float]
    onset: Float
    end: Float

    @classmethod
    def neutral(cls, n: int) -> Layer:
        """A layer of n rows in which nothing happens."""
        return cls(neutral_causes(n), np.full(n, np.inf), np.full(n, np.inf))

    def take(self, rows: Int) -> Layer:
        """A copy of some rows."""
        return Layer({k: v[rows] for k, v in self.causes.items()}, self.onset[rows], self.end[rows])


class Course:
    """The causes of n rows over time.

    Args:
        n: rows.

    Attributes:
        layers: at least one; a row with fewer scenarios is neutral in the rest, which changes nothing.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.layers = [Layer.neutral(n)]
        self._active: Bool | None = None

    @property
    def onset(self) -> Float:
        """(n,) when the first of a row's causes begins [s]."""
        out: Float = np.minimum.reduce([layer.onset for layer in self.layers])
        return out

    def place(
        self, row: int, scenario: BaseScenario, geometry: Geometry, span: float, lead_in: float, delay: float = 0.0
    ) -> None:
        """Put a scenario into a row, instead of what was there.

        Args:
            row: row.
            scenario: what shall happen; its parts each take a layer.
            geometry: what stands where.
            span: length of the record [s].
            lead_in: the longest time before the record in which a cause may act [s].
            delay: how much later what is regional reaches this pole [s].
        """
        parts = scenario.parts()
        while len(self.layers) < len(parts):
            self.layers.append(Layer.neutral(self.n))
        for i, layer in enumerate(self.layers):
            for key, neutral in NEUTRAL.items():
                layer.causes[key][row] = neutral
            layer.onset[row] = layer.end[row] = np.inf
            if i < len(parts) and scenario.cause:
                for key, value in parts[i].causes(geometry).items():
                    layer.causes[key][row] = value
                layer.onset[row] = parts[i].onset(span, lead_in) + (delay if parts[i].regional else 0.0)
                layer.end[row] = layer.onset[row] + parts[i].duration()
        self._active = None

    def steer(self, row: int, scenario: BaseScenario, geometry: Geometry) -> None:
        """Change the causes of a row while its run goes on; when they act stays."""
        for layer, part in zip(self.layers, scenario.parts(), strict=False):
            for key, value in part.causes(geometry).items():
                layer.causes[key][row] = value
        self._active = None

    def never(self, rows: Bool) -> None:
        """Let no cause of ``rows`` (n,) come."""
        for layer in self.layers:
            layer.onset[rows] = np.inf
        self._active = None

    def between(self, start: Float, stop: Float) -> dict[str, Float] | None:
        """The causes in force in a step from ``start`` to ``stop`` (n,) [s]; None if they are those of the last step.

        A cause acts in every step that it touches.
        """
        active = np.stack([(stop > layer.onset) & (start < layer.end) for layer in self.layers])
        if self._active is not None and np.array_equal(active, self._active):
            return None
        self._active = active
        return merge_causes([(layer.causes, acts) for layer, acts in zip(self.layers, active, strict=True)])

    def take(self, rows: Int) -> Course:
        """A copy of some rows."""
        other = Course(len(rows))
        other.layers = [layer.take(rows) for layer in self.layers]
        return other
