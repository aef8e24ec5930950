"""Learnability screening: score many candidates on the fast twin, run the best, keep half of the choices fresh.

After "No Regrets" (Rutherford et al., NeurIPS 2024), where a candidate's score is how much of it is still learnable;
here it is the environment's raw scenario score. Candidates are drawn in proportion to the squared score, without
replacement: stochastic batches are as good as expensive batch acquisition (Kirsch et al., TMLR 2023) and do not repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from gg_gym.agents.base import AgentContext, Observation, Options, SamplerBase
from gg_gym.agents.samplers import FamilyDeck
from gg_gym.errors import InputError
from gg_gym.units import Float, Float32, Int


class Screen:
    """A second vector environment whose only use is to score candidates: one row and one run per candidate.

    Args:
        make: ``make(m)`` returns a Selection vector environment of m rows, budget 1, one replicate, no frames, no sink.
        block: candidates scored at once (bounds memory).
        configure: called with an environment's ``unwrapped`` before its first reset of a round, to attach the detector.
    """

    def __init__(
        self, make: Callable[[int], Any], block: int = 64, configure: Callable[[Any], None] | None = None
    ) -> None:
        self.make, self.block, self.configure = make, block, configure
        self._simulated = 0
        self._environments: dict[int, Any] = {}
        self._stale: set[int] = set()

    @property
    def simulated(self) -> int:
        """Runs stepped so far."""
        return self._simulated

    def restore(self, simulated: int) -> None:
        """Set the count of runs stepped, when a study resumes."""
        self._simulated = simulated

    def refresh(self) -> None:
        """Have every environment configured anew before its next use."""
        self._stale = set(self._environments)

    def score(self, actions: Float32, seed: int) -> Float:
        """Raw scores (m,) of actions (m, K + D), each under conditions drawn from ``seed``."""
        scores = np.zeros(len(actions))
        for start in range(0, len(actions), self.block):
            part = actions[start : start + self.block]
            environment = self._environment(len(part))
            if self.configure is not None and len(part) in self._stale:
                self.configure(environment.unwrapped)
                self._stale.discard(len(part))
            environment.reset(seed=seed + start)
            *_, infos = environment.step(part)
            scores[start : start + len(part)] = np.asarray(infos["reward_terms"]["raw"], dtype=np.float64)
            self._simulated += len(part)
        return scores

    def _environment(self, rows: int) -> Any:
        """Return the environment of so many rows, made once."""
        if rows not in self._environments:
            self._environments[rows] = self.make(rows)
            self._stale.add(rows)
        return self._environments[rows]

    def close(self) -> None:
        """Close the environments."""
        for environment in self._environments.values():
            environment.close()
        self._environments.clear()


class LearnabilityOptions(Options):
    """Options of the learnability sampler.

    Attributes:
        pool: candidates screened per round; 0 means four times the budget.
        fresh: share of the choices that stays stratified random.
        pick: "proportional" draws in proportion to the squared score without replacement, "top" takes the best.
    """

    pool: int = Field(default=0, ge=0, le=100_000)
    fresh: float = Field(default=0.5, ge=0.0, le=1.0)
    pick: Literal["proportional", "top"] = "proportional"


def draw_by_score(scores: Float, n: int, rng: np.random.Generator, pick: str = "proportional") -> Int:
    """Choose n of m candidates (n <= m), best first or in proportion to the squared positive score.

    Without replacement by the Gumbel-top-k trick (Kool et al., ICML 2019): the n largest of log weight plus Gumbel
    noise are a draw without replacement. Candidates without a positive score come last, in random order.
    """
    noise = rng.gumbel(size=len(scores))
    keys = scores if pick == "top" else 2.0 * np.log(np.maximum(scores, 1e-30)) + noise
    return np.asarray(np.argsort(-keys, kind="stable")[:n], dtype=np.int64)


class LearnabilitySampler(SamplerBase):
    """Screens a pool at the start of each round, then mixes the chosen candidates with fresh stratified draws."""

    key: ClassVar[str] = "learnability"

    def __init__(self, context: AgentContext, options: LearnabilityOptions | None = None) -> None:
        super().__init__(context)
        if context.screen is None:
            raise InputError("agent learnability", "has no screening environment", "a Screen in the context")
        self.options = options or LearnabilityOptions()
        self.screen = context.screen
        self.deck = FamilyDeck(len(self.space.families), self.rng)
        self.kept: Float32 = np.zeros((0, self.space.width), np.float32)
        self.debt = 0.0

    def start_round(self, round_index: int) -> None:
        """Forget the chosen candidates: their scores belong to the detector before."""
        self.kept = self.kept[:0]
        self.screen.refresh()

    def _fresh(self, n: int) -> Float32:
        """Draw n stratified actions."""
        return self.draw(self.deck.deal(n))

    def _refill(self, at_least: int) -> None:
        """Screen a pool and keep the chosen candidates."""
        keep = max(at_least, round(self.context.budget * (1.0 - self.options.fresh)))
        pool = max(self.options.pool or 4 * self.context.budget, keep)
        candidates = self._fresh(pool)
        scores = self.screen.score(candidates, int(self.rng.integers(2**31)))
        self.kept = candidates[draw_by_score(scores, keep, self.rng, self.options.pick)]

    def ask(self, n: int, observation: Observation | None = None) -> Float32:
        """Return n actions (n, K + D), a share ``fresh`` of them unscreened."""
        self.debt += n * (1.0 - self.options.fresh)
        screened = min(int(self.debt + 1e-9), n)
        self.debt -= screened
        if screened > len(self.kept):
            self._refill(screened)
        best, self.kept = self.kept[:screened], self.kept[screened:]
        actions = np.concatenate([best, self._fresh(n - screened)])
        return np.asarray(actions[self.rng.permutation(n)], dtype=np.float32)

    def state_dict(self) -> dict[str, Any]:
        """Return the state with the candidates still to run."""
        more = {"cards": list(self.deck.cards), "kept": self.kept.copy(), "debt": self.debt}
        return {**super().state_dict(), **more, "screened": self.screen.simulated}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state; the screen takes over the count of screened runs."""
        super().load_state_dict(state)
        self.deck.cards = [int(card) for card in state["cards"]]
        self.kept = np.asarray(state["kept"], np.float32).reshape(-1, self.space.width)
        self.debt = float(state["debt"])
        self.screen.restore(int(state["screened"]))
