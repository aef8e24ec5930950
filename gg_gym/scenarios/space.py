"""ScenarioSpace: the map between scenario definitions and the agent's coordinates in [-1, 1]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gg_gym.scenarios.base import SCENARIOS, ScenarioDefinition
from gg_gym.scenarios.parameters import Slot, coordinates_at, slots_of, values_at
from gg_gym.streams import uniforms
from gg_gym.units import Float, Float32, Int, UInt64

if TYPE_CHECKING:
    from gg_gym.products import ProductConfiguration
    from gg_gym.scenarios.where import Chosen


class ScenarioSpace:
    """Coordinates of scenarios: K family logits, then D shared slots.

    The slots are severity, phase and place, then the family's own parameters in schema order; a family with fewer
    leaves the last ones unused (0 when encoded). ``decode`` is total: any finite or non-finite array is a scenario.

    Args:
        families: registry keys, in the order of the logits.
    """

    def __init__(self, families: Sequence[str]) -> None:
        self.families = tuple(families)
        self.slots: tuple[tuple[Slot, ...], ...] = tuple(slots_of(SCENARIOS[f].Parameters) for f in self.families)
        self.n_families = len(self.families)
        self.n_slots = max(len(s) for s in self.slots)
        self.width = self.n_families + self.n_slots

    def family_of(self, actions: np.ndarray, tie: Float | float = 0.0) -> Int:
        """(n,) family indices of actions (n, K+D): the largest logit; exact ties go to the share ``tie`` of them."""
        logits = np.nan_to_num(np.asarray(actions, np.float64)[:, : self.n_families], nan=-1.0)
        best = logits == logits.max(axis=1, keepdims=True)
        count = best.sum(axis=1)
        pick = np.minimum((np.broadcast_to(tie, count.shape) * count).astype(np.int64), count - 1)
        family: Int = (np.cumsum(best, axis=1) == pick[:, None] + 1).argmax(axis=1)
        return family

    def coordinates(self, actions: np.ndarray) -> Float:
        """(n, D) coordinates u in [0, 1] of the slots of actions (n, K+D)."""
        c = np.nan_to_num(np.asarray(actions, np.float64)[:, self.n_families :], nan=0.0)
        u: Float = (np.clip(c, -1.0, 1.0) + 1.0) / 2.0
        return u

    def decode(self, action: np.ndarray, tie: float = 0.0) -> ScenarioDefinition:
        """The definition of one action (K+D,)."""
        action = np.asarray(action)[None]
        k = int(self.family_of(action, tie)[0])
        values = values_at(SCENARIOS[self.families[k]].Parameters, self.coordinates(action)[0].tolist())
        return ScenarioDefinition(family=self.families[k], parameters=values)

    def encode(self, definition: ScenarioDefinition) -> Float32:
        """The action (K+D,) of a definition: ``decode(encode(d))`` has d's family and parameters.

        Raises:
            InputError: the family is unknown or not in this space, or a parameter is out of bounds.
        """
        k = self.index(definition.family)
        scenario = SCENARIOS[definition.family](definition.parameters)
        action = np.zeros(self.width, np.float32)
        action[: self.n_families] = -1.0
        action[k] = 1.0
        u = coordinates_at(scenario.Parameters, scenario.parameters.model_dump())
        action[self.n_families : self.n_families + len(u)] = 2.0 * np.array(u) - 1.0
        return action

    def index(self, family: str) -> int:
        """Index of a family.

        Raises:
            InputError: not in this space.
        """
        from gg_gym.errors import InputError

        if family not in self.families:
            raise InputError("scenario family", f"{family!r} is not in this space", ", ".join(self.families))
        return self.families.index(family)

    def sample(self, n: int, seed: int, families: Sequence[int] | None = None) -> Float32:
        """(n, K+D) actions from the prior; family i of ``families`` (cycled) or uniform families.

        Args:
            n: actions.
            seed: addresses the draws; the same seed gives the same actions.
            families: family indices to use in turn (stratified sampling), or None.
        """
        u = uniforms(int(seed), "space.sample", n * (1 + self.n_slots)).reshape(n, -1)
        if families is not None:
            return self.at(np.resize(np.asarray(families, np.int64), n), u[:, 1:])
        return self.at(self._pick(u[:, 0]), u[:, 1:])

    def sample_for(self, seeds: UInt64, families: np.ndarray | None = None) -> Float32:
        """(n, K+D) actions from the prior, each a function of its own seed (n,); ``families`` (n,) or uniform."""
        u = uniforms(seeds, "space.seeded", 1 + self.n_slots)
        return self.at(self._pick(u[:, 0]) if families is None else families, u[:, 1:])

    def _pick(self, u: Float) -> Int:
        """Family indices from uniforms."""
        out: Int = np.minimum((u * self.n_families).astype(np.int64), self.n_families - 1)
        return out

    def draw(
        self,
        n: int,
        seed: int,
        product: ProductConfiguration,
        where: str,
        partition: str = "train",
        families: Sequence[int] | None = None,
    ) -> Chosen:
        """N runs from the prior under conditions: ``where`` is an expression such as "fog and king_bolt".

        See :func:`gg_gym.scenarios.where.draw_where`.

        Raises:
            InputError: an expression that cannot be read or is not met.
        """
        from gg_gym.scenarios.where import draw_where

        return draw_where(self, product, where, n, seed, partition, families)

    def around(self, action: np.ndarray, radius: float, n: int, seed: int) -> Float32:
        """(n, K+D) actions near one (K+D,); see :func:`gg_gym.scenarios.designs.around`."""
        from gg_gym.scenarios.designs import around

        return around(self, action, radius, n, seed)

    def design(
        self, kind: str, n: int, seed: int, families: Sequence[int] | None = None, prior: bool = True
    ) -> Float32:
        """(n, K+D) actions of a "latin" or "sobol" design; see :func:`gg_gym.scenarios.designs.design`."""
        from gg_gym.scenarios.designs import design

        return design(self, kind, n, seed, families, prior)

    def at(self, family: np.ndarray, p: Float) -> Float32:
        """(n, K+D) actions at prior quantiles p (n, D) of the families (n,)."""
        actions = np.zeros((len(family), self.width), np.float32)
        actions[:, : self.n_families] = -1.0
        actions[np.arange(len(family)), family] = 1.0
        for row, k in enumerate(family):
            for i, slot in enumerate(self.slots[k]):
                actions[row, self.n_families + i] = 2.0 * slot.quantile(float(p[row, i])) - 1.0
        return actions

    def density(self, actions: np.ndarray) -> Float:
        """(n,) prior density of the parameters of actions (n, K+D), on the unit cube of their coordinates."""
        family, u = self.family_of(actions), self.coordinates(actions)
        out = np.ones(len(family))
        for row, k in enumerate(family):
            for slot, x in zip(self.slots[k], u[row], strict=False):
                out[row] *= slot.density(float(x))
        return out

    def prior_weight(self, actions: np.ndarray) -> Float:
        """(n,) prior density of the parameters relative to its mode, in [0, 1]: geometric mean over slots."""
        family, u = self.family_of(actions), self.coordinates(actions)
        logs = [
            np.mean([np.log(max(s.relative_density(float(x)), 1e-9)) for s, x in zip(self.slots[k], row, strict=False)])
            for k, row in zip(family, u, strict=True)
        ]
        out: Float = np.exp(np.array(logs))
        return out

    def similarity(self, actions: np.ndarray, earlier: np.ndarray, width: float = 0.15) -> Float:
        """(n,) largest Gaussian kernel similarity of actions (n, K+D) to earlier ones (m, K+D) of the same family."""
        if len(earlier) == 0:
            return np.zeros(len(actions))
        fa, fb = self.family_of(actions), self.family_of(earlier)
        ua, ub = self.coordinates(actions), self.coordinates(earlier)
        used = np.array([[i < len(s) for i in range(self.n_slots)] for s in self.slots])
        square = (((ua[:, None] - ub[None]) ** 2) * used[fa][:, None]).sum(-1)
        out: Float = (np.exp(-square / (2 * width**2)) * (fa[:, None] == fb[None])).max(axis=1)
        return out
