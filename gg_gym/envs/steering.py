"""ScenarioSteering: one run; the action is the rate at which the steerable parameters of its scenario move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from gg_gym.envs import rewards
from gg_gym.envs.autoreset import Autoreset, batched_infos, seed_rows
from gg_gym.envs.judge import Judge, make_judge
from gg_gym.envs.sink import RunSink
from gg_gym.envs.spaces import (
    Thermal,
    check_actions,
    check_render_mode,
    check_thermal,
    observation_space,
    observe,
)
from gg_gym.errors import InputError
from gg_gym.products import ProductConfiguration
from gg_gym.records.assemble import WINDOW, windows
from gg_gym.records.simulated import Steered
from gg_gym.scenarios.base import SCENARIOS, ScenarioDefinition
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.scenarios.steering import coordinates_of, moved, steerable
from gg_gym.streams import derive, mix
from gg_gym.twin import Sample, Session, Twin
from gg_gym.units import Float, Int, UInt64

#: Weight of implausible moves in the reward.
MOVE_PENALTY = 0.1
#: Wood this hot ignites [K] (piloted flaming at 300 to 365 Cel: Babrauskas 2001, abstract).
IGNITION = 623.15


@dataclass
class _Group:
    """Rows that started together, and where their run stands."""

    rows: Int
    session: Session
    readings: dict[str, np.ndarray]
    status: dict[str, np.ndarray]
    frames: np.ndarray | None


class ScenarioSteeringVectorEnv(VectorEnv[dict[str, np.ndarray], np.ndarray, np.ndarray]):
    """Steer a run while it goes on.

    Description:
        A run of ``intervals * interval`` samples. Nature draws conditions and the scenario's parameters from their
        prior; the agent moves the steerable ones.

    Action space:
        ``Box(-1, 1, (S,))``: rates of the steerable parameters' coordinates, 0.1 of their range an interval at most.

    Observation space:
        The newest reading, ``valid`` and ``context`` (S coordinates, time gone by, last reward).

    Rewards:
        z of the newest window minus 0.1 times the mean square of the action.

    Episode end:
        ``terminated`` when the wood ignites (350 Cel), ``truncated`` at the horizon.

    Args:
        num_envs: rows.
        product: product key, YAML file or configuration.
        family: the scenario family that is steered; the product's first that makes an event, by default.
        interval: samples between actions.
        intervals: actions of an episode.
        detector: as for Selection.
        reference: as for Selection.
        reward: as for Selection.
        thermal: "image", "kelvin" or "none".
        partition: part of the product.
        dt: seconds between samples [s].
        autoreset_mode: Gymnasium's three modes.
        copy: return fresh arrays.
        sink: where ended runs are recorded, with their action sequence, or None.
        render_mode: "rgb_array" or None.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "render_modes": ["rgb_array"],
        "render_fps": 10,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        num_envs: int = 1,
        *,
        product: str | ProductConfiguration = "grid_guardian",
        family: str | None = None,
        interval: int = 6,
        intervals: int = 64,
        detector: Any = "commission",
        reference: Any = None,
        reward: str = "default",
        thermal: Thermal = "image",
        partition: str = "train",
        dt: float | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        sink: RunSink | None = None,
        render_mode: str | None = None,
    ) -> None:
        check_thermal(thermal)
        check_render_mode(render_mode)
        rewards.check_reward(reward)
        if not 1 <= num_envs <= 65536:
            raise InputError("num_envs", f"got {num_envs}", "1 to 65536")
        if interval < 1 or intervals < 1 or interval * intervals % 64:
            raise InputError("interval x intervals", f"got {interval} x {intervals}", "a multiple of 64 samples")
        self.num_envs, self.interval, self.intervals = num_envs, interval, intervals
        self.thermal, self.partition, self.copy, self.render_mode = thermal, partition, copy, render_mode
        self.twin = Twin(product, dt=dt, samples=interval * intervals + WINDOW, thermal=thermal != "none")
        families = self.twin.product.families
        family = family or next((f for f in families if SCENARIOS[f].event != "normal"), families[0])
        self.family = family
        self.slots = steerable(family)
        self.space = ScenarioSpace((family,))
        self.single_action_space = spaces.Box(-1.0, 1.0, (len(self.slots),), np.float32)
        self.single_observation_space = observation_space(self.twin, thermal, len(self.slots) + 2)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.autoreset = Autoreset(AutoresetMode(autoreset_mode), num_envs)
        self.metadata = {**type(self).metadata, "autoreset_mode": self.autoreset.mode}
        judge_space = ScenarioSpace(self.twin.product.families)
        judge_twin = Twin(self.twin.product, dt=dt, thermal=thermal != "none")
        self._judging = (judge_twin, judge_space, reward)
        self._next_judge: Judge | None = self._make(detector, reference)
        self.judge: Judge = self._next_judge
        self._base: UInt64 = np.zeros(num_envs, np.uint64)
        self._episode: Int = np.full(num_envs, -1, np.int64)
        self._groups: list[_Group] = []
        self._step: Int = np.zeros(num_envs, np.int64)
        self._coordinates = np.zeros((num_envs, len(self.slots)))
        self._definitions: list[ScenarioDefinition] = [ScenarioDefinition(family=family)] * num_envs
        self._reward, self._return = np.zeros(num_envs), np.zeros(num_envs)
        self._begun = list(self._definitions)
        self._actions: list[list[Float]] = [[] for _ in range(num_envs)]
        self.sink = sink
        self._pending = np.zeros(num_envs, bool)
        self._seen: dict[str, np.ndarray] = {}

    def _make(self, detector: Any, reference: Any, card: dict[str, float] | None = None) -> Judge:
        twin, space, reward = self._judging
        batch = self.judge.batch if hasattr(self, "judge") else None
        return make_judge(twin, space, detector, reference, reward, card, batch)

    def attach(self, detector: Any, reference: Any = None, card: dict[str, float] | None = None) -> None:
        """Attach a retrained detector; it acts at the next full reset."""
        keep = self.judge.reference if reference is None else reference
        self._next_judge = self._make(detector, keep, card)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Start new runs in all rows, or in those of ``options["reset_mask"]``."""
        mask = self.autoreset.reset_mask(options)
        seed_rows(seed, mask, self._base, self._episode)
        if mask.all() and self._next_judge is not None:
            self.judge, self._next_judge = self._next_judge, None
        self._new_episodes(mask)
        self._prepare()
        return self._observation(), {}

    def _new_episodes(self, mask: np.ndarray) -> None:
        self._episode[mask] += 1
        self._step[mask] = 0
        self._reward[mask] = 0.0
        self._return[mask] = 0.0
        self._pending |= mask
        self.autoreset.restarted(mask)

    def _prepare(self) -> None:
        """Start the runs of rows that are in a new episode, and show their first sample."""
        rows = np.flatnonzero(self._pending)
        if not rows.size:
            return
        self._pending[:] = False
        self._groups = [g for g in (_without(g, rows) for g in self._groups) if g.rows.size]
        seeds = mix(derive(self._base[rows], "run"), self._episode[rows].astype(np.uint64))
        session = self.twin.begin(self.twin.product.draw(seeds, self.partition))
        for row, seed in zip(rows, seeds, strict=True):
            self._definitions[row] = self.space.decode(self.space.sample(1, int(seed) % 2**62)[0])
            self._coordinates[row] = coordinates_of(self._definitions[row])
            self._begun[row], self._actions[row] = self._definitions[row], []
        session.set_scenarios([self._definitions[r] for r in rows])
        session.lead_in()
        group = self._new_group(rows, session)
        self._groups.append(group)
        self._show(group, self._sample(group))

    def _new_group(self, rows: Int, session: Session) -> _Group:
        n, t = len(rows), self.twin.samples
        readings = {k: np.zeros((n, t, p.stop - p.start), np.float32) for k, p in self.twin.slices.items()}
        status = {k: np.zeros((n, t), np.uint32) for k in self.twin.instruments}
        every = self.twin.product.operation.frame_every
        frames = np.zeros((n, t // every, 60, 80), np.uint16) if self.twin.thermal else None
        return _Group(rows, session, readings, status, frames)

    def _sample(self, group: _Group, last: bool = True) -> Sample:
        """Advance a group by one sample and remember its readings; a frame at the last sample of an interval."""
        i, every = group.session.index, self.twin.product.operation.frame_every
        due = (i + 1) % every == 0
        sample = group.session.sample(frame=self.twin.thermal and (due or last), truth=False)
        for key, part in self.twin.slices.items():
            group.readings[key][:, i] = sample.suite.reading[:, part]
        for j, key in enumerate(group.status):
            group.status[key][:, i] = sample.suite.status[:, j]
        if due and group.frames is not None and sample.suite.frame is not None:
            group.frames[:, i // every] = sample.suite.frame
        return sample

    def _show(self, group: _Group, sample: Sample) -> None:
        obs = observe(self.twin, sample.suite, self.thermal)
        for key, value in obs.items():
            if key not in self._seen:
                self._seen[key] = np.zeros((self.num_envs, *value.shape[1:]), value.dtype)
            self._seen[key][group.rows] = value

    def _observation(self) -> dict[str, np.ndarray]:
        gone = 2.0 * self._step[:, None] / self.intervals - 1.0
        parts = [2.0 * self._coordinates - 1.0, gone, np.tanh(self._reward)[:, None]]
        obs = {**self._seen, "context": np.concatenate(parts, axis=1).astype(np.float32)}
        return {k: v.copy() for k, v in obs.items()} if self.copy else obs

    def step(
        self, actions: np.ndarray
    ) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Move the parameters and advance one interval; rows that wait for a reset get it and ignore their action."""
        given = check_actions(actions, self.action_space).astype(np.float64)
        actions = np.clip(np.nan_to_num(given), -1.0, 1.0)
        waiting = self.autoreset.waiting()
        live = ~waiting
        self._move(actions, live)
        for row in np.flatnonzero(live):
            self._actions[row].append(actions[row])
        raw, terminated, energy = np.zeros(self.num_envs), np.zeros(self.num_envs, bool), np.zeros(self.num_envs)
        for group in self._groups:
            self._advance(group, raw, terminated, energy)
        self._step[live] += 1
        z = self.judge.scale.z(raw) if self.judge.paying else np.zeros(self.num_envs)
        penalty = -MOVE_PENALTY * (actions**2).mean(axis=1) * self.judge.paying
        self._reward = np.where(live, z + penalty, 0.0)
        reward = self._reward.copy()
        self._return += reward
        terminated &= live
        truncated = live & ~terminated & (self._step >= self.intervals)
        info: dict[str, Any] = {"reward_terms": {"raw": raw, "z": z, "move": penalty}, "arc_energy": energy}
        ended = terminated | truncated
        if self.sink is not None and ended.any():
            info["run_id"] = self._record(ended)
        if waiting.any():
            self._new_episodes(waiting)
        obs, infos = self.autoreset.finish(self, terminated | truncated, batched_infos(info, live))
        return obs, reward, terminated, truncated, infos

    def _record(self, ended: np.ndarray) -> np.ndarray:
        """Write the runs of rows that ended: replayed from seed, definition and actions, which is what a run is."""
        assert self.sink is not None
        ids = np.full(self.num_envs, "", dtype=object)
        for group in self._groups:
            for i in np.flatnonzero(ended[group.rows]):
                row = group.rows[i]
                steered = Steered(self._begun[row], np.array(self._actions[row]), self.interval, self.twin.samples)
                conditions = group.session.conditions.take(np.array([i]))
                ids[row] = self.sink.write_steered(self.twin, conditions, steered, float(self._return[row]))
        return ids

    def _move(self, actions: Float, live: np.ndarray) -> None:
        for group in self._groups:
            for i, row in enumerate(group.rows):
                if not live[row] or not actions[row].any():
                    continue
                self._definitions[row] = moved(self._definitions[row], actions[row])
                self._coordinates[row] = coordinates_of(self._definitions[row])
                group.session.steer(i, self._definitions[row])

    def _advance(self, group: _Group, raw: Float, terminated: np.ndarray, energy: Float) -> None:
        """One interval of a group: fills the rows of ``raw``, ``terminated`` and ``energy``."""
        steps = min(self.interval, self.twin.samples - group.session.index)
        if steps <= 0:
            return
        for i in range(steps):
            sample = self._sample(group, last=i == steps - 1)
            energy[group.rows] += sample.physics["arc_energy"]
            terminated[group.rows] |= sample.physics["hot_spot"] >= IGNITION
        self._show(group, sample)
        if not self.judge.paying:
            return
        end = group.session.index
        readings = {k: v[:, max(0, end - WINDOW) : end] for k, v in group.readings.items()}
        every = self.twin.product.operation.frame_every
        source = {**group.readings, **({"thermal": group.frames} if group.frames is not None else {})}
        batch = windows(source, group.status, tuple(readings), every=every, end=end)
        labels = sample.labels["event_class"].astype(np.float64)
        raw[group.rows] = self.judge.score(batch, len(group.rows), labels)[0]

    def render(self) -> tuple[np.ndarray, ...] | None:
        """Pictures of the rows' runs (H, W, 3) uint8, or None without a render mode."""
        if self.render_mode != "rgb_array":
            return None
        from gg_gym.envs.rendering import render_steering

        return render_steering(self)

    def close_extras(self, **kwargs: Any) -> None:
        """Nothing is held open."""


def _without(group: _Group, rows: Int) -> _Group:
    """A group without some rows."""
    keep = np.flatnonzero(~np.isin(group.rows, rows))
    if len(keep) == len(group.rows):
        return group
    if not keep.size:
        return _Group(group.rows[keep], group.session, {}, {}, None)
    frames = None if group.frames is None else group.frames[keep]
    readings = {k: v[keep] for k, v in group.readings.items()}
    return _Group(
        group.rows[keep], group.session.pick(keep), readings, {k: v[keep] for k, v in group.status.items()}, frames
    )
