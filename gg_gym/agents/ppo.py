"""PPO as an ask/tell sampler: stable-baselines3's policy, rollout buffer and update, driven by the manager.

The environment is a contextual bandit (discount 0), so a transition is (observation, action, reward) and its
advantage is the reward minus the predicted value; transitions of parallel rows may be queued one after the other.
One update follows each ``budget`` runs, so a round trains the policy once. The camera is left out: pixels cost ten
times as much and add nothing to the choice. Raw units do not learn, so each channel is centred, scaled and squashed.

Algorithm: Schulman et al., "Proximal policy optimization algorithms", arXiv 1707.06347.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray

from gg_gym.agents.base import AgentContext, Infos, Observation, SamplerBase
from gg_gym.errors import InputError
from gg_gym.units import Float, Float32

if TYPE_CHECKING:
    from stable_baselines3 import PPO

    from gg_gym.agents.catalogue import PPOOptions

_LEFT_OUT = ("thermal",)
_SQUASH = 5.0
_ROW = ("action", "value", "log_prob", "reward")


def feature_space(observation_space: spaces.Space[Any]) -> spaces.Dict:
    """The policy's observation space: every Box but the camera, squashed to [-5, 5].

    Raises:
        InputError: not a Dict of boxes.
    """
    if not isinstance(observation_space, spaces.Dict):
        raise InputError("agent ppo", f"observation space {type(observation_space).__name__}", "a Dict of boxes")
    boxes: dict[str, spaces.Space[Any]] = {}
    for key, box in observation_space.spaces.items():
        if key not in _LEFT_OUT and isinstance(box, spaces.Box):
            boxes[key] = spaces.Box(-_SQUASH, _SQUASH, (int(np.prod(box.shape)),), np.float32)
    return spaces.Dict(boxes)


class Features:
    """Scales observations for a policy: (x - centre) / scale, then asinh, clipped to [-5, 5].

    Args:
        observation_space: single observation space, a Dict of boxes.
        centre_scale: centre and scale per key; keys not named use the middle and half the range of their box.
    """

    def __init__(
        self, observation_space: spaces.Space[Any], centre_scale: Mapping[str, tuple[Any, Any]] | None = None
    ) -> None:
        self.space = feature_space(observation_space)
        self._scaling: dict[str, tuple[Float, Float]] = {}
        for key in self.space.spaces:
            box = observation_space[key]  # type: ignore[index]
            low, high = box.low.astype(np.float64), box.high.astype(np.float64)
            centre, scale = (centre_scale or {}).get(key, ((low + high) / 2.0, (high - low) / 2.0))
            self._scaling[key] = (np.asarray(centre, np.float64), np.maximum(np.asarray(scale, np.float64), 1e-12))

    def __call__(self, observation: Observation) -> dict[str, Float32]:
        """Return features per key, (n, width) float32."""
        out: dict[str, Float32] = {}
        for key, (centre, scale) in self._scaling.items():
            x = np.arcsinh((np.asarray(observation[key], np.float64) - centre) / scale)
            x = np.nan_to_num(x, nan=0.0, posinf=_SQUASH, neginf=-_SQUASH)
            out[key] = np.clip(x, -_SQUASH, _SQUASH).reshape(len(x), -1).astype(np.float32)
        return out

    def nothing(self, n: int) -> dict[str, Float32]:
        """Features of n rows when no observation is given: zeros."""
        return {key: np.zeros((n, *(box.shape or ())), np.float32) for key, box in self.space.spaces.items()}


class PPOSampler(SamplerBase):
    """Stable-baselines3 PPO (MultiInputPolicy, small nets, discount 0), trained once per ``budget`` runs told.

    Only runs it asked for train it: rows told that are not the pending ones are counted and otherwise ignored.
    """

    key: ClassVar[str] = "ppo"

    def __init__(self, context: AgentContext, options: PPOOptions | None = None) -> None:
        from gg_gym.agents.catalogue import PPOOptions

        super().__init__(context)
        if context.observation_space is None or context.action_space is None:
            raise InputError("agent ppo", "has no observation and action space", "both in the context")
        self.options = options or PPOOptions()
        self.features = Features(context.observation_space, context.centre_scale)
        self._random: dict[str, Any] | None = None
        with self._isolated():
            self.model = self._build()
        self.updates = 0
        self._pending: dict[str, NDArray[Any]] = {}
        self._queue: list[dict[str, NDArray[Any]]] = []

    def _build(self) -> PPO:
        """Build the model on the spaces alone (the manager owns the environment)."""
        from stable_baselines3 import PPO
        from stable_baselines3.common.logger import Logger

        o = self.options
        model = PPO(
            "MultiInputPolicy",
            None,  # type: ignore[arg-type]
            learning_rate=o.learning_rate,
            n_steps=self.context.budget,
            batch_size=min(o.batch, self.context.budget),
            n_epochs=o.epochs,
            gamma=0.0,
            gae_lambda=0.0,
            clip_range=o.clip,
            ent_coef=o.entropy,
            policy_kwargs={"net_arch": [o.width, o.width]},
            seed=self.context.seed % 2**32,
            device="cpu",
            _init_setup_model=False,
        )
        model.observation_space, model.action_space = self.features.space, copy.deepcopy(self.context.action_space)
        model.n_envs = 1
        model._setup_model()
        model.set_logger(Logger(folder=None, output_formats=[]))
        return model

    @contextmanager
    def _isolated(self) -> Iterator[None]:
        """Run with this sampler's own global random states; leave everybody else's as they were."""
        theirs = (random.getstate(), np.random.get_state(), torch.random.get_rng_state())
        if self._random is not None:
            np.random.set_state(("MT19937", self._random["numpy"], int(self._random["position"]), 0, 0.0))
            torch.random.set_rng_state(torch.from_numpy(self._random["torch"].copy()))
        try:
            yield
        finally:
            _, words, position, *_ = np.random.get_state()
            mine = {"numpy": np.asarray(words).copy(), "position": int(position)}
            self._random = {**mine, "torch": torch.random.get_rng_state().numpy().copy()}
            random.setstate(theirs[0])
            np.random.set_state(theirs[1])
            torch.random.set_rng_state(theirs[2])

    def ask(self, n: int, observation: Observation | None = None) -> Float32:
        """Sample n actions (n, K + D) from the policy, clipped to [-1, 1]."""
        features = self.features(observation) if observation is not None else self.features.nothing(n)
        policy = self.model.policy
        policy.set_training_mode(False)
        with self._isolated(), torch.no_grad():
            tensors = {key: torch.as_tensor(value) for key, value in features.items()}
            raw, value, log_prob = policy(tensors)
        pending = {f"observation.{key}": value for key, value in features.items()}
        pending |= {"action": raw.numpy(), "value": value.numpy().reshape(-1), "log_prob": log_prob.numpy()}
        asked: Float32 = np.clip(pending["action"], -1.0, 1.0).astype(np.float32)
        self._pending = {**pending, "asked": asked}
        return asked.copy()

    def tell(self, actions: Float32, rewards: Float, infos: Infos, observation: Observation | None = None) -> None:
        """Queue the transitions of the last ask; update the policy when ``budget`` of them are there."""
        super().tell(actions, rewards, infos, observation)
        pending = self._pending
        if not pending or not np.array_equal(pending["asked"], actions):
            return
        pending["reward"] = np.asarray(rewards, np.float32)
        names = [name for name in pending if name.startswith("observation.") or name in _ROW]
        self._queue.extend({name: pending[name][i] for name in names} for i in range(len(actions)))
        self._pending = {}
        while len(self._queue) >= self.context.budget:
            rows, self._queue = self._queue[: self.context.budget], self._queue[self.context.budget :]
            self._update(rows)

    def _update(self, rows: list[dict[str, NDArray[Any]]]) -> None:
        """Fill the rollout buffer and train once."""
        buffer = self.model.rollout_buffer
        buffer.reset()
        for row in rows:
            observation = {key: row[f"observation.{key}"][None] for key in self.features.space.spaces}
            value, log_prob = torch.as_tensor(row["value"]).reshape(1), torch.as_tensor(row["log_prob"]).reshape(1)
            start = np.ones(1)
            buffer.add(observation, row["action"][None], row["reward"].reshape(1), start, value, log_prob)  # type: ignore[arg-type]
        with self._isolated():
            buffer.compute_returns_and_advantage(torch.zeros(1), np.ones(1))
            self.model.train()
        self.updates += 1

    def state_dict(self) -> dict[str, Any]:
        """Return policy, optimiser, random states and queued transitions as JSON values and NumPy arrays."""
        policy, optimiser = self.model.policy, self.model.policy.optimizer.state_dict()
        moments = {
            str(i): {name: np.asarray(torch.as_tensor(value).numpy()).copy() for name, value in entry.items()}
            for i, entry in optimiser["state"].items()
        }
        queue = {name: np.stack([row[name] for row in self._queue]) for name in self._queue[0]} if self._queue else {}
        assert self._random is not None
        return {
            **super().state_dict(),
            "policy": {name: value.numpy().copy() for name, value in policy.state_dict().items()},
            "optimiser": moments,
            "updates": self.updates,
            "random": {**self._random},
            "queue": queue,
            "pending": dict(self._pending),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        super().load_state_dict(state)
        policy = self.model.policy
        policy.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in state["policy"].items()})
        optimiser = policy.optimizer.state_dict()
        optimiser["state"] = {
            int(i): {name: torch.from_numpy(np.array(value)) for name, value in entry.items()}
            for i, entry in state["optimiser"].items()
        }
        policy.optimizer.load_state_dict(optimiser)
        self.updates = self.model._n_updates = int(state["updates"])
        self._random = {name: np.array(value) for name, value in state["random"].items()}
        self._random["position"] = int(self._random["position"])
        queue = {name: np.asarray(value) for name, value in state["queue"].items()}
        self._queue = (
            [{k: v[i] for k, v in queue.items()} for i in range(len(next(iter(queue.values()))))] if queue else []
        )
        self._pending = {name: np.array(value) for name, value in state["pending"].items()}
