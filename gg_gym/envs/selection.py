"""ScenarioSelection: nature moves first, the agent says what shall happen, the run is simulated and judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from gg_gym.envs import rewards
from gg_gym.envs.autoreset import Autoreset, batched_infos, seed_rows
from gg_gym.envs.context import EpisodeLog
from gg_gym.envs.judge import Judge, make_judge
from gg_gym.envs.sink import RunSink
from gg_gym.envs.spaces import (
    Thermal,
    check_actions,
    check_render_mode,
    check_thermal,
    context_width,
    observation_space,
    observe,
)
from gg_gym.errors import InputError
from gg_gym.products import ProductConfiguration
from gg_gym.records.assemble import window_labels, windows
from gg_gym.scenarios.base import ScenarioDefinition
from gg_gym.scenarios.priors import importance_weights
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.streams import derive, mix, uniforms
from gg_gym.twin import BLOCK, RunBatch, Session, Twin, join_runs
from gg_gym.units import Float, Int, UInt64


class ScenarioSelectionVectorEnv(VectorEnv[dict[str, np.ndarray], np.ndarray, np.ndarray]):
    """Choose what happens next; be paid for what the detector did not know.

    Description:
        A contextual bandit with a budget. At reset and after each run every row draws the next run's seed, and from it
        site, hour of the year, load, unit and age; the twin is spun up without a cause and the suite read once. The
        action says what shall happen under these conditions; the step simulates the run.

    Action space:
        ``Box(-1, 1, (K + D,))``: K family logits (the largest wins, exact ties go to the row's stream), then D slots:
        severity, phase, place, then the family's own parameters in schema order.

    Observation space:
        One ``Box`` per instrument in its datasheet's bounds, ``thermal`` where asked for, ``valid`` per sensor and
        ``context`` of 10 + 3K + D numbers in [-1, 1] (budget, round, the detector's card, this episode so far).

    Rewards:
        z - 0.5 (1 - w) - 0.3 dup; z is the scaled raw score (see :data:`gg_gym.envs.rewards.REWARDS`), w the prior
        density relative to its mode, dup the similarity to the episode's earlier runs; see ``info["reward_terms"]``.

    Episode end:
        ``terminated`` after ``budget`` runs. Never truncated.

    Args:
        num_envs: rows; all rows and replicates live in one twin.
        product: product key, YAML file or configuration.
        budget: runs of an episode.
        detector: "commission", "none", a folder, or an :class:`~gg_gym.detection.ensemble.Ensemble`.
        reference: reference detector (folder or ensemble) where ``detector`` is not commissioned.
        reward: name of the raw score.
        replicates: runs of each scenario under other noise that are scored together.
        thermal: "image" (uint8), "kelvin" (float32) or "none": what the observation shows of the camera.
        frames: whether runs record frames; by default when the observation has them.
        partition: part of the product's sites, units, weather weeks and worlds.
        families: scenario families; the product's by default.
        dt: seconds between samples [s]; the product's by default.
        samples: samples of a run; the product's by default.
        sink: where runs are recorded, or None.
        autoreset_mode: Gymnasium's three modes.
        copy: return fresh arrays (True) or let the caller see the environment's own.
        render_mode: "rgb_array" or None.

    Raises:
        InputError: a value out of range.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "render_modes": ["rgb_array"],
        "render_fps": 2,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        num_envs: int = 1,
        *,
        product: str | ProductConfiguration = "grid_guardian",
        budget: int = 32,
        detector: Any = "commission",
        reference: Any = None,
        reward: str = "default",
        replicates: int = 2,
        thermal: Thermal = "image",
        frames: bool | None = None,
        partition: str = "train",
        families: Sequence[str] | None = None,
        dt: float | None = None,
        samples: int | None = None,
        sink: RunSink | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        render_mode: str | None = None,
    ) -> None:
        check_thermal(thermal)
        check_render_mode(render_mode)
        rewards.check_reward(reward)
        for name, value, top in (
            ("num_envs", num_envs, 65536),
            ("budget", budget, 100000),
            ("replicates", replicates, 64),
        ):
            if not 1 <= value <= top:
                raise InputError(name, f"got {value}", f"1 to {top}")
        self.num_envs, self.budget, self.replicates = num_envs, budget, replicates
        self.reward, self.thermal, self.partition, self.copy = reward, thermal, partition, copy
        self.render_mode, self.sink = render_mode, sink
        self.twin = Twin(product, dt=dt, samples=samples, thermal=thermal != "none" if frames is None else frames)
        self.space = ScenarioSpace(families or self.twin.product.families)
        self.single_observation_space = observation_space(self.twin, thermal, context_width(self.space))
        self.single_action_space = spaces.Box(-1.0, 1.0, (self.space.width,), np.float32)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.autoreset = Autoreset(AutoresetMode(autoreset_mode), num_envs)
        self.metadata = {**type(self).metadata, "autoreset_mode": self.autoreset.mode}
        self._next_judge: Judge | None = make_judge(self.twin, self.space, detector, reference, reward)
        self.judge: Judge = self._next_judge
        self.round = 0
        self.log = EpisodeLog(self.space, num_envs, budget)
        self._base: UInt64 = np.zeros(num_envs, np.uint64)
        self._episode: Int = np.full(num_envs, -1, np.int64)
        self.session: Session | None = None
        self.last_runs: RunBatch | None = None

    def attach(self, detector: Any, reference: Any = None, card: dict[str, float] | None = None) -> None:
        """Attach a retrained detector; it acts at the next full reset.

        Args:
            detector: an ensemble or a folder.
            reference: reference detector; the present one by default.
            card: "validation_loss", "auprc", "auprc_change", "ece", and "error.FAMILY" for the context.
        """
        keep = self.judge.reference if reference is None else reference
        self._next_judge = make_judge(self.twin, self.space, detector, keep, self.reward, card, batch=self.judge.batch)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Start new episodes in all rows, or in those of ``options["reset_mask"]``."""
        mask = self.autoreset.reset_mask(options)
        seed_rows(seed, mask, self._base, self._episode)
        if mask.all() and self._next_judge is not None:
            self.judge, self._next_judge = self._next_judge, None
            self.round += 1
        self._new_episodes(mask)
        self._prepare()
        return self._observation(), {}

    def _new_episodes(self, mask: np.ndarray) -> None:
        self._episode[mask] += 1
        self.log.restart(mask)
        self.autoreset.restarted(mask)

    def run_seeds(self) -> UInt64:
        """(n,) seeds of the rows' next runs: functions of the row's seed, its episode and the run's number."""
        return mix(mix(derive(self._base, "run"), self._episode.astype(np.uint64)), self.log.done.astype(np.uint64))

    def _prepare(self) -> None:
        conditions = self.twin.product.draw(self.run_seeds(), self.partition)
        self.session = self.twin.begin(conditions)
        self._quiet = self.session.quiet(frame=self.thermal != "none")

    def _observation(self) -> dict[str, np.ndarray]:
        obs = observe(self.twin, self._quiet, self.thermal)
        obs["context"] = self.log.context(self.judge.card, self.round)
        self._last_observation = obs
        return {k: v.copy() for k, v in obs.items()} if self.copy else obs

    def decode(self, actions: np.ndarray) -> list[ScenarioDefinition]:
        """The definitions of actions (n, K+D); ties fall by each row's run seed."""
        tie = uniforms(self.run_seeds(), "action.tie", 1)[:, 0]
        return [self.space.decode(a, float(t)) for a, t in zip(actions, tie, strict=True)]

    def simulate(self, definitions: Sequence[ScenarioDefinition]) -> RunBatch:
        """Run every row's definition in all replicates: row r * n + i is replicate r of row i."""
        assert self.session is not None, "reset() first"
        n, r = self.num_envs, self.replicates
        rows = np.tile(np.arange(n), r)
        seeds = np.concatenate([self.session.conditions.seed] + [self._replicate(i) for i in range(1, r)])
        parts = []
        for start in range(0, n * r, BLOCK):
            part = slice(start, start + BLOCK)
            session = self.session.fork(rows[part], seeds[part])
            session.set_scenarios([definitions[i] for i in rows[part]])
            parts.append(self.twin.record(session, truth=self.sink is not None))
        return join_runs(parts)

    def _replicate(self, number: int) -> UInt64:
        assert self.session is not None
        return derive(self.session.conditions.seed, "replicate", number)

    def step(
        self, actions: np.ndarray
    ) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Simulate one run a row; rows that wait for a reset get it and ignore their action."""
        actions = check_actions(actions, self.action_space)
        waiting = self.autoreset.waiting()
        definitions = self.decode(actions)
        runs = self.simulate(definitions)
        reward, info = self.score(runs, definitions, actions)
        live = ~waiting
        reward = np.where(live, reward, 0.0)
        self.log.add(live, actions, reward, info)
        if self.sink is not None:
            info["run_id"] = self.sink.write(self.twin, runs, live, actions, reward, info, self.round)
        self.last_runs, self.last_belief = runs, info["belief"]
        terminated = live & (self.log.done >= self.budget)
        if waiting.any():
            self._new_episodes(waiting)
        obs, infos = self.autoreset.finish(self, terminated, batched_infos(info, live))
        return obs, reward, terminated, np.zeros(self.num_envs, bool), infos

    def score(
        self, runs: RunBatch, definitions: Sequence[ScenarioDefinition], actions: np.ndarray
    ) -> tuple[Float, dict[str, Any]]:
        """Rewards (n,) of runs and what is known about them."""
        n = self.num_envs
        first = {k: v[:n] for k, v in runs.labels.items()}
        labels = window_labels(first)
        batch = windows(
            runs.readings, runs.status, tuple(self.twin.slices), every=self.twin.product.operation.frame_every
        )
        raw, belief = self.judge.score(batch, n, labels["event_class"].astype(np.float64))
        chosen = self.space_actions(definitions)
        weight = self.space.prior_weight(chosen)
        similarity = self.log.similarity(actions)
        if not self.judge.paying:
            zero = np.zeros(n)
            return zero, {"reward_terms": {"raw": zero, "z": zero}, **self._facts(labels, belief, runs, chosen)}
        reward, terms = rewards.combine(self.judge.scale.z(raw), weight, similarity)
        return reward, {"reward_terms": {"raw": raw, **terms}, **self._facts(labels, belief, runs, chosen)}

    def space_actions(self, definitions: Sequence[ScenarioDefinition]) -> np.ndarray:
        """Canonical actions (n, K+D) of definitions."""
        return np.stack([self.space.encode(d) for d in definitions])

    def _facts(
        self, labels: dict[str, np.ndarray], belief: Float, runs: RunBatch, chosen: np.ndarray
    ) -> dict[str, Any]:
        n = self.num_envs
        rows = np.arange(n)
        conditions = runs.conditions.take(rows)
        weight = importance_weights(self.space, chosen, self.twin.product, conditions, density=np.ones(n))
        return {
            "event_class": labels["event_class"],
            "severity": labels["severity"],
            "error": 1.0 - belief[rows, labels["event_class"]],
            "belief": belief,
            "seed": runs.conditions.seed[:n],
            "onset": runs.onset[:n],
            "importance_weight": weight,
        }

    def render(self) -> tuple[np.ndarray, ...] | None:
        """Pictures of the rows' last runs (H, W, 3) uint8, or None without a render mode."""
        if self.render_mode != "rgb_array":
            return None
        from gg_gym.envs.rendering import render_rows

        return render_rows(self)

    def close_extras(self, **kwargs: Any) -> None:
        """Nothing is held open: a sink is closed by whoever made it."""
