"""The active-learning manager: plays rounds with any agent, and turns what happened into weak spots and scenarios.

Every run it starts goes through the environments it is given (``make_vec``); there is no other way to a run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from gg_gym.agents.base import Sampler
from gg_gym.agents.keeping import SpotKeeper
from gg_gym.agents.spots import CLASSES, missed_classes, recalls, run_spot, vary
from gg_gym.agents.strategies import PrioritizationStrategy, RoundResult, UncertaintyPriority
from gg_gym.errors import InputError
from gg_gym.feedback import ModelPerformanceData, WeakSpot
from gg_gym.repository import ScenarioRepository
from gg_gym.streams import derive
from gg_gym.units import Float32


@dataclass(frozen=True)
class Knowledge:
    """The detector of a round and what goes with it.

    Attributes:
        detector: what the environment's ``attach`` takes.
        reference: reference detector for the aleatoric floor.
        card: numbers the environment shows in its context.
        metrics: held-out metrics of this detector.
    """

    detector: Any = None
    reference: Any = None
    card: Mapping[str, float] | None = None
    metrics: Mapping[str, float] | None = None


#: Makes the vector environment of a round: ``(round) -> VectorEnv``. The manager closes it.
EnvFactory = Callable[[int], Any]
#: Retrains and evaluates after a round: ``(result) -> Knowledge``.
Trainer = Callable[[RoundResult], Knowledge]


def round_seed(seed: int, round_index: int) -> int:
    """The reset seed of a round; a function of the study's seed and the round, so that arms see the same conditions."""
    return int(derive(seed, "round", round_index)) >> 2


class _Log:
    """Collects the steps of a round."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {"actions": [], "rewards": [], "event_class": [], "run_ids": []}
        self.terms: dict[str, list[Any]] = {}

    def add(self, actions: Float32, rewards: Any, infos: Mapping[str, Any]) -> None:
        """Add one step of all rows."""
        self.columns["actions"].append(np.array(actions, np.float32))
        self.columns["rewards"].append(np.array(rewards, np.float64))
        for name, key in (("event_class", "event_class"), ("run_ids", "run_id")):
            if key in infos:
                self.columns[name].append(np.asarray(infos[key]))
        for name, values in infos.get("reward_terms", {}).items():
            if not name.startswith("_"):
                self.terms.setdefault(name, []).append(np.asarray(values, np.float64))

    def result(self, index: int, space: Any, simulated: int) -> RoundResult:
        """Join the steps."""
        joined = {name: np.concatenate(parts) if parts else None for name, parts in self.columns.items()}
        actions, rewards, classes, ids = (joined[name] for name in ("actions", "rewards", "event_class", "run_ids"))
        assert actions is not None and rewards is not None
        return RoundResult(
            index=index,
            actions=actions,
            families=np.asarray(space.family_of(actions), np.int64),
            rewards=rewards,
            terms={name: np.concatenate(parts) for name, parts in self.terms.items()},
            event_class=None if classes is None else classes.astype(np.int64),
            run_ids=() if ids is None else tuple(str(x) for x in ids),
            simulated=simulated,
        )


def play(environment: Any, sampler: Sampler, runs: int, *, seed: int, round_index: int = 0) -> RoundResult:
    """Play one episode of a vector environment with a sampler: reset, then ask, step, tell until ``runs`` are done.

    Args:
        environment: Selection vector environment with a budget of ``runs / num_envs`` per row.
        sampler: the agent.
        runs: runs over all rows, a multiple of ``num_envs``.
        seed: reset seed.
        round_index: recorded in the result.

    Raises:
        InputError: ``runs`` is no multiple of the number of rows.
    """
    rows = int(environment.num_envs)
    if runs < rows or runs % rows:
        raise InputError("budget", f"{runs} runs on {rows} rows", "a positive multiple of the number of environments")
    log = _Log()
    observation, _ = environment.reset(seed=seed)
    for _ in range(runs // rows):
        actions = sampler.ask(rows, observation)
        following, rewards, _, _, infos = environment.step(actions)
        sampler.tell(actions, np.asarray(rewards, np.float64), infos, observation)
        log.add(actions, rewards, infos)
        observation = following
    return log.result(round_index, environment.unwrapped.space, sampler.simulated)


class ListSampler:
    """Plays a given list of actions, in order; what the manager uses for targeted samples.

    Args:
        actions: (N, K + D).
    """

    key: ClassVar[str] = "list"

    def __init__(self, actions: Float32) -> None:
        self.actions, self.told, self.asked = np.asarray(actions, np.float32), 0, 0

    @property
    def simulated(self) -> int:
        """Runs told so far."""
        return self.told

    def start_round(self, round_index: int) -> None:
        """Nothing changes."""

    def ask(self, n: int, observation: Any = None) -> Float32:
        """Return the next n actions."""
        rows = np.arange(self.asked, self.asked + n) % len(self.actions)
        self.asked += n
        return self.actions[rows]

    def tell(self, actions: Float32, rewards: Any, infos: Mapping[str, Any], observation: Any = None) -> None:
        """Count the runs."""
        self.told += len(actions)

    def state_dict(self) -> dict[str, Any]:
        """Return the position in the list."""
        return {"key": self.key, "told": self.told, "asked": self.asked}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a position."""
        self.told, self.asked = int(state["told"]), int(state["asked"])


class ActiveLearningManager:
    """Runs rounds of choosing, simulating and retraining, with any registered agent.

    Args:
        env_factory: makes the vector environment of a round; its sink decides where the runs land.
        sampler: the agent.
        trainer: retrains the detector on what has landed, evaluates it, returns it.
        budget: runs of one round, over all rows.
        seed: of the rounds' conditions and of the manager's own draws.
        strategy: orders runs when weak spots are asked for.
        knowledge: detector of the first round; ``None`` leaves the environment's own in place.
        classes: names of the event classes, by code.
        keep_environment: leave closing to the factory, which may hand out the same environment every round.
        repository: where weak spots and the scenarios suggested for them are kept; nowhere by default. The caller
            closes it. The space of the environments must decode actions to definitions.
    """

    def __init__(
        self,
        env_factory: EnvFactory,
        sampler: Sampler,
        trainer: Trainer | None = None,
        *,
        budget: int = 32,
        seed: int = 0,
        strategy: PrioritizationStrategy | None = None,
        knowledge: Knowledge | None = None,
        classes: Sequence[str] = CLASSES,
        keep_environment: bool = False,
        repository: ScenarioRepository | None = None,
    ) -> None:
        self.env_factory, self.sampler, self.trainer = env_factory, sampler, trainer
        self.budget, self.seed = budget, seed
        self.strategy: PrioritizationStrategy = strategy or UncertaintyPriority()
        self.knowledge = knowledge
        self.history: list[RoundResult] = []
        self.classes, self.keep_environment = tuple(classes), keep_environment
        self.keeper = None if repository is None else SpotKeeper(repository)
        self.space: Any = None

    def run(self, rounds: int) -> list[RoundResult]:
        """Play and retrain so many further rounds; returns the results of all rounds so far."""
        for _ in range(rounds):
            self.run_round(len(self.history) + 1)
        return self.history

    def run_round(self, round_index: int) -> RoundResult:
        """Play one round (rounds count from 1), then retrain, evaluate and keep the new detector for the next."""
        result = self.play_round(round_index)
        if self.trainer is not None:
            self.knowledge = self.trainer(result)
        return result

    def play_round(self, round_index: int, sampler: Sampler | None = None, runs: int | None = None) -> RoundResult:
        """Play one round without retraining."""
        agent, seed = sampler or self.sampler, round_seed(self.seed, round_index)
        environment = self.env_factory(round_index)
        try:
            if self.knowledge is not None and self.knowledge.detector is not None:
                k = self.knowledge
                environment.unwrapped.attach(k.detector, reference=k.reference, card=k.card)
            if hasattr(environment.unwrapped, "round"):
                environment.unwrapped.round = round_index - 1
            agent.start_round(round_index)
            self.space = environment.unwrapped.space
            result = play(environment, agent, runs or self.budget, seed=seed, round_index=round_index)
        finally:
            if not self.keep_environment:
                environment.close()
        if sampler is None:
            self.history.append(result)
        return result

    def identify_weak_spots(self, performance: ModelPerformanceData | None = None, limit: int = 8) -> list[WeakSpot]:
        """Where the detector is weak: the runs of the last round that the strategy ranks highest, and missed classes.

        Args:
            performance: the detector's performance; classes of a recall below one half become weak spots of their
                own, and the recalls weigh the ranks where the strategy uses them.
            limit: number of weak spots of each kind at most.

        Raises:
            InputError: no round was played yet.
            StoreError: there is a repository, and it cannot be written.
        """
        if not self.history or self.space is None:
            raise InputError("identify_weak_spots", "no round was played", "call run first")
        result = self.history[-1]
        recall = recalls(performance, self.classes)
        priorities = self.strategy.priorities(result, recall)
        best = np.argsort(-priorities, kind="stable")[:limit]
        spots = [run_spot(result, int(i), float(priorities[i]), self.space, self.classes) for i in best]
        spots += missed_classes(result, recall, self.space, self.classes)[:limit]
        if self.keeper is not None:
            self.keeper.evidence(spots, result, self.space)
        return spots

    def suggest_scenario_modifications(
        self, weak_spots: Sequence[WeakSpot], n: int = 32, seed: int | None = None
    ) -> Float32:
        """Scenarios inside the regions of weak spots; parameters a spot does not name are drawn from the prior.

        Args:
            weak_spots: what :meth:`identify_weak_spots` returned; used in turn, the worst first.
            n: number of actions.
            seed: of the draws; default the manager's, mixed with the number of rounds played.

        Returns:
            Actions (n, K + D) in [-1, 1].

        Raises:
            InputError: no weak spots, or no round was played yet.
            StoreError: there is a repository, and it cannot be written.
        """
        return self._suggest(weak_spots, n, seed)[0]

    def _suggest(
        self, weak_spots: Sequence[WeakSpot], n: int, seed: int | None = None
    ) -> tuple[Float32, list[WeakSpot], list[str]]:
        """Actions (n, K + D), the weak spot of each and, where there is a repository, the id of each definition."""
        if not weak_spots or self.space is None:
            raise InputError("suggest_scenario_modifications", "nothing to modify", "weak spots of a round played")
        rng = np.random.default_rng([self.seed if seed is None else seed, len(self.history)])
        order = sorted(weak_spots, key=lambda spot: -spot.score)
        chosen = [order[i % len(order)] for i in range(n)]
        actions = vary(chosen, self.space, rng)
        return actions, chosen, [] if self.keeper is None else self.keeper.suggestions(chosen, actions, self.space)

    def generate_targeted_samples(self, weak_spots: Sequence[WeakSpot], n: int = 32) -> RoundResult:
        """Simulate scenarios inside weak spots, through the environment; the runs land in its sink.

        Args:
            weak_spots: what :meth:`identify_weak_spots` returned.
            n: runs, a multiple of the number of rows; the environment's budget is what the factory gave it.
        """
        actions, chosen, ids = self._suggest(weak_spots, n)
        result = self.play_round(len(self.history) + 1, ListSampler(actions), n)
        if self.keeper is not None:
            self.keeper.simulated(ids, chosen, result)
        return result
