"""One arm under one seed, round by round, in cells that appear whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gg_gym.agents.base import AgentContext, Sampler
from gg_gym.agents.catalogue import AGENTS, make_sampler
from gg_gym.agents.checkpoint import load_sampler, save_sampler
from gg_gym.agents.learnability import Screen
from gg_gym.agents.manager import ActiveLearningManager, Knowledge, play
from gg_gym.agents.strategies import RoundResult
from gg_gym.streams import derive
from gg_gym.studies.cells import CELL, is_done, new_cell, read_json, write_json
from gg_gym.studies.configuration import ArmConfiguration, StudyConfiguration
from gg_gym.studies.workshop import Sink, Workshop

#: Told what was done: runs, and a few words.
Progress = Callable[[int, str], None]

#: Rows of the environments that record shared sets, at most; sets of a size with a large divisor below it are quicker.
COLLECT_ROWS = 64


def study_seed(seed: int, *names: str | int) -> int:
    """A derived seed below 2**62."""
    return int(derive(seed, "study", *names)) >> 2


class Layout:
    """Where everything of a study lies.

    Args:
        folder: of the study.
        config: of the study.
    """

    def __init__(self, folder: Path, config: StudyConfiguration) -> None:
        self.folder, self.config = folder, config
        self.heldout, self.validation = folder / "sets" / "heldout", folder / "sets" / "validation"
        self.reference_runs = folder / "sets" / "reference" if config.sets.reference else self.validation
        self.reference = folder / "reference"

    def base(self, seed: int) -> Path:
        """Initial runs and first detector of a seed."""
        return self.folder / "base" / f"seed-{seed}"

    def round(self, arm: str, seed: int, round_index: int) -> Path:
        """A round of an arm."""
        return self.folder / "arms" / arm / f"seed-{seed}" / f"round-{round_index:03d}"

    def training(self, arm: str, seed: int, round_index: int) -> list[Path]:
        """Datasets that the detector of a finished round was trained on."""
        rounds = [self.round(arm, seed, r) for r in range(1, round_index + 1)]
        return [folder / "runs" for folder in (self.base(seed), *rounds)]


def collect(
    shop: Workshop, config: StudyConfiguration, runs: int, seed: int, split: str, folder: Path
) -> tuple[RoundResult, tuple[str, ...]]:
    """Record family-stratified runs of a split, through an environment without a detector.

    Returns:
        the result, and the names of the families.
    """
    sink = shop.sink(folder, split)
    rows = next(r for r in range(min(runs, COLLECT_ROWS), 0, -1) if runs % r == 0)
    environment = shop.environment(split, rows, runs // rows, config.reward, sink)
    space = environment.unwrapped.space
    sampler = make_sampler("stratified", AgentContext(space, seed, runs))
    result = play(environment, sampler, runs, seed=seed)
    sink.close()
    return result, tuple(space.families)


def count_families(result: RoundResult, families: tuple[str, ...]) -> dict[str, int]:
    """Runs per family name."""
    return {name: int((result.families == k).sum()) for k, name in enumerate(families)}


class Chain:
    """The rounds of one arm under one seed.

    Args:
        config: the study.
        layout: its places.
        shop: makes environments and detectors.
        arm: the arm.
        seed: the seed.
        progress: told after each round.
    """

    def __init__(
        self,
        config: StudyConfiguration,
        layout: Layout,
        shop: Workshop,
        arm: ArmConfiguration,
        seed: int,
        progress: Progress | None = None,
    ) -> None:
        self.config, self.layout, self.shop, self.arm, self.seed = config, layout, shop, arm, seed
        self.progress = progress or (lambda runs, text: None)
        self.entry = AGENTS[arm.agent]
        self.reward = arm.reward or config.reward
        self._sink: Sink | None = None
        self._knowledge: Knowledge | None = None

    def cells(self) -> Iterator[dict[str, Any]]:
        """Yield the cells of all rounds, finished ones from disk, the others as they finish."""
        done = 0
        while done < self.config.rounds and is_done(self.layout.round(self.arm.name, self.seed, done + 1)):
            done += 1
            self.progress(self.config.budget, f"{self.arm.name} seed {self.seed} round {done}: done before")
            yield read_json(self.layout.round(self.arm.name, self.seed, done) / CELL)
        if done == self.config.rounds:
            return
        self._knowledge = self._restore(done)
        manager = self._manager(done)
        for round_index in range(done + 1, self.config.rounds + 1):
            yield self._round(manager, round_index)

    def _restore(self, done: int) -> Knowledge:
        """The knowledge after ``done`` finished rounds."""
        last = self.layout.round(self.arm.name, self.seed, done) if done else self.layout.base(self.seed)
        detector, reference = self.shop.load(last / "detector"), self.shop.load(self.layout.reference / "detector")
        return Knowledge(detector, reference, read_json(last / CELL)["card"])

    def _environment(self, round_index: int) -> Any:
        """The environment of a round; runs land in the current sink."""
        rows = self.config.envs
        return self.shop.environment("train", rows, self.config.budget // rows, self.reward, self._sink)

    def _manager(self, done: int) -> ActiveLearningManager:
        """The manager, with its sampler as it was after ``done`` rounds."""
        environment = self._environment(done + 1)
        screen = Screen(lambda rows: self.shop.screening(rows, self.reward), configure=self._attach)
        context = AgentContext(
            space=environment.unwrapped.space,
            seed=study_seed(self.seed, "agent", self.arm.name),
            budget=self.config.budget,
            observation_space=environment.unwrapped.single_observation_space,
            action_space=environment.unwrapped.single_action_space,
            centre_scale=self.shop.centre_scale(environment),
            screen=screen if self.entry.screens else None,
        )
        sampler = make_sampler(self.arm.agent, context, **self.arm.options)
        if done:
            load_sampler(sampler, self.layout.round(self.arm.name, self.seed, done) / "sampler")
        return ActiveLearningManager(
            self._environment,
            sampler,
            budget=self.config.budget,
            seed=self.seed,
            knowledge=self._knowledge,
            keep_environment=True,
        )

    def _attach(self, environment: Any) -> None:
        """Give a screening environment the detector of this round."""
        k = self._knowledge
        if k is not None:
            environment.attach(k.detector, reference=k.reference, card=k.card)

    def _round(self, manager: ActiveLearningManager, round_index: int) -> dict[str, Any]:
        """Play, record, retrain and evaluate one round."""
        folder = self.layout.round(self.arm.name, self.seed, round_index)
        with new_cell(folder) as partial:
            self._sink = self.shop.sink(partial / "runs", "train", self.arm.name, round_index, self.arm.agent)
            result = manager.play_round(round_index)
            self._sink.close()
            folders = [*self.layout.training(self.arm.name, self.seed, round_index - 1), partial / "runs"]
            cell = self._learn(partial, folders, round_index, result, manager)
            save_sampler(manager.sampler, partial / "sampler")
            write_json(partial / CELL, cell)
        self.progress(self.config.budget, f"{self.arm.name} seed {self.seed} round {round_index}")
        return cell

    def _learn(
        self, partial: Path, folders: list[Path], round_index: int, result: RoundResult, manager: ActiveLearningManager
    ) -> dict[str, Any]:
        """Retrain on everything so far, evaluate, and describe the round."""
        before = self._knowledge.card if self._knowledge is not None else None
        detector, numbers, card = fit(
            self.shop, self.layout, folders, partial, study_seed(self.seed, "fit", round_index), before
        )
        reference = self._knowledge.reference if self._knowledge is not None else None
        self._knowledge = manager.knowledge = Knowledge(detector, reference, card, numbers)
        families = tuple(manager.space.families)
        terms = {f"mean_{name}": float(values.mean()) for name, values in result.terms.items()}
        rows = result.rows(families)
        return {
            "arm": self.arm.name,
            "agent": self.arm.agent,
            "reward": self.reward,
            "seed": self.seed,
            "round": round_index,
            "n_train": self.config.sets.initial + round_index * self.config.budget,
            "n_sim": self.config.sets.initial + self.simulated(manager.sampler, round_index),
            "metrics": {**numbers, "mean_reward": float(result.rewards.mean()), **terms},
            "families": count_families(result, families),
            "choices": [self._choice(row, len(families)) for row in rows],
            "runs": rows,
            "card": card,
            "threads": self.config.threads,
        }

    @staticmethod
    def _choice(row: dict[str, Any], families: int) -> dict[str, Any]:
        """Family, severity and phase of a run; the first two slots are severity and phase in every space."""
        u = [(x + 1.0) / 2.0 for x in row["action"][families : families + 2]] + [0.0, 0.0]
        return {"family": row["family"], "severity": u[0], "phase": u[1], "reward": row["reward"]}

    def simulated(self, sampler: Sampler, round_index: int) -> int:
        """Runs simulated for this arm after its initial set: what it paid for, and nothing that others share.

        An agent that uses the reward is charged its replicates, its screening, the reference detector's runs and the
        runs that scale the reward; the others only the runs they trained on.
        """
        told = round_index * self.config.budget
        if not self.entry.rewarded:
            return told
        sizes = self.config.sets
        once = (sizes.reference or sizes.validation) + self.shop.overhead()
        return told * self.config.replicates + (sampler.simulated - told) + once


def fit(
    shop: Workshop, layout: Layout, folders: list[Path], place: Path, seed: int, before: Any = None
) -> tuple[Any, dict[str, float], dict[str, float]]:
    """Train a detector, save it below ``place``, and return it with its held-out metrics and its card."""
    detector = shop.train(folders, layout.validation / "runs", seed)
    shop.save(detector, place / "detector")
    card = shop.card(detector, layout.validation / "runs", before)
    numbers = shop.evaluate(detector, layout.heldout / "runs")
    checks = {f"validation_{name}": card[name] for name in ("auprc",) if name in card}
    return detector, {**numbers, **checks}, card
