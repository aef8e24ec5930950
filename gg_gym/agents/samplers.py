"""Samplers that do not learn: random, family-stratified random, and Sobol. They are the baselines to beat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from gg_gym.agents.base import AgentContext, Observation, Options, SamplerBase
from gg_gym.units import Float, Float32, Int


class NoOptions(Options):
    """An agent without options."""


class FamilyDeck:
    """Deals families so that counts never differ by more than one: shuffled cards, one per family, then again.

    Args:
        families: number of families K.
        rng: generator that shuffles.
    """

    def __init__(self, families: int, rng: np.random.Generator) -> None:
        self.families, self.rng = families, rng
        self.cards: list[int] = []

    def deal(self, n: int) -> Int:
        """Deal n family indices (n,)."""
        while len(self.cards) < n:
            self.cards.extend(int(card) for card in self.rng.permutation(self.families))
        dealt, self.cards = self.cards[:n], self.cards[n:]
        return np.asarray(dealt, dtype=np.int64)


class RandomSampler(SamplerBase):
    """Uniform over the action space: family logits and slots alike, what a random policy would do."""

    key: ClassVar[str] = "random"

    def ask(self, n: int, observation: Observation | None = None) -> Float32:
        """Return n uniform actions (n, K + D)."""
        return self.rng.uniform(-1.0, 1.0, (n, self.space.width)).astype(np.float32)


class StratifiedSampler(SamplerBase):
    """Families in equal shares, everything else drawn by the scenario space."""

    key: ClassVar[str] = "stratified"

    def __init__(self, context: AgentContext) -> None:
        super().__init__(context)
        self.deck = FamilyDeck(len(self.space.families), self.rng)

    def ask(self, n: int, observation: Observation | None = None) -> Float32:
        """Return n actions (n, K + D); family counts over all calls differ by at most one."""
        return self.draw(self.deck.deal(n))

    def state_dict(self) -> dict[str, Any]:
        """Return the state with the cards still to deal."""
        return {**super().state_dict(), "cards": list(self.deck.cards)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        super().load_state_dict(state)
        self.deck.cards = [int(card) for card in state["cards"]]


class SobolSampler(SamplerBase):
    """A scrambled Sobol sequence over the prior quantiles of each family's slots, families in equal shares."""

    key: ClassVar[str] = "sobol"

    def __init__(self, context: AgentContext) -> None:
        super().__init__(context)
        self.count = len(self.space.families)
        self.slots = self.space.width - self.count
        self.deck = FamilyDeck(self.count, self.rng)
        self.drawn = [0] * self.count
        self._points: list[Float] = [np.zeros((0, self.slots)) for _ in range(self.count)]

    def _take(self, family: int, n: int) -> Float:
        """Return the next n points (n, D) in [0, 1) of a family's sequence."""
        from scipy.stats import qmc

        start, stop = self.drawn[family], self.drawn[family] + n
        if stop > len(self._points[family]):
            generator = np.random.Generator(np.random.PCG64([self.context.seed, family, self.count]))
            size = max(stop - 1, 31).bit_length()
            self._points[family] = qmc.Sobol(self.slots, scramble=True, rng=generator).random_base2(size)
        self.drawn[family] = stop
        return self._points[family][start:stop]

    def ask(self, n: int, observation: Observation | None = None) -> Float32:
        """Return n actions (n, K + D)."""
        families = self.deck.deal(n)
        quantiles = np.full((n, self.slots), 0.5)
        for family in np.unique(families) if self.slots else ():
            rows = np.flatnonzero(families == family)
            quantiles[rows] = self._take(int(family), rows.size)
        return np.asarray(self.space.at(families, quantiles), np.float32)

    def state_dict(self) -> dict[str, Any]:
        """Return the state with the points drawn per family."""
        return {**super().state_dict(), "cards": list(self.deck.cards), "drawn": list(self.drawn)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        super().load_state_dict(state)
        self.deck.cards = [int(card) for card in state["cards"]]
        self.drawn = [int(n) for n in state["drawn"]]
