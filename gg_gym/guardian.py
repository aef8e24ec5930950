"""VirtualGridGuardian: one sensor unit as its user holds it: read a state, make a labelled run, make a data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gg_gym.physics.engine import RECORD
from gg_gym.physics.state import Environment3DState
from gg_gym.products import ProductConfiguration
from gg_gym.scenarios.base import ScenarioDefinition
from gg_gym.sensors.suite import SensorSuite
from gg_gym.twin import RunBatch, Twin


class VirtualGridGuardian:
    """The sensor suite of one product on one pole.

    Args:
        product: a product, its registry key or a YAML file.
        seed: unit, site and noise are functions of it.
        dt: seconds between samples [s].
    """

    def __init__(
        self, product: str | ProductConfiguration = "grid_guardian", *, seed: int = 0, dt: float | None = None
    ) -> None:
        self.twin = Twin(product, dt=dt)
        self.conditions = self.twin.draw([seed])
        self._suite: SensorSuite | None = None
        self._index = 0

    def sample_environment(self, state: Environment3DState) -> dict[str, np.ndarray]:
        """Read every instrument once in a state of one row: instrument -> (width,), "thermal" -> (60, 80) [cK]."""
        if self._suite is None:
            self._suite = self.twin.suite(self.conditions, state)
            self._suite.start(state, RECORD, 0)
        reading = self._suite.read(state, self.twin.dt, RECORD, self._index, frame=self.twin.thermal)
        self._index += 1
        out = {key: reading.reading[0, part] for key, part in self.twin.slices.items()}
        if reading.frame is not None:
            out["thermal"] = reading.frame[0]
        return out

    def generate_training_sample(self, definition: ScenarioDefinition, seed: int = 0) -> dict[str, Any]:
        """One labelled run: "readings", "truth", "status", "labels" and "physics", each a dict of arrays (T, ...)."""
        runs = self.twin.run(self.twin.draw([seed]), [definition])
        parts = ("readings", "truth", "status", "labels", "physics")
        return {part: {k: v[0] for k, v in getattr(runs, part).items()} for part in parts}

    def generate_dataset(
        self, definitions: Sequence[ScenarioDefinition], seeds: Sequence[int], block: int = 64
    ) -> Iterator[RunBatch]:
        """Runs of definitions under seeds, in blocks of at most ``block``."""
        for start in range(0, len(definitions), block):
            part = slice(start, start + block)
            yield self.twin.run(self.twin.draw(list(seeds[part])), definitions[part])
