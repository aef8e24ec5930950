"""The one interface of all agents: ask for actions, tell what came of them.

An agent never runs anything itself: ``ask`` returns actions of a Selection environment, the manager steps the
environment, ``tell`` hands the rewards back. Screening agents own a second vector environment, and count its runs.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from gg_gym.errors import InputError
from gg_gym.units import Float, Float32, Int

#: Batched observation of a Selection environment: one array (n, ...) per key.
Observation = Mapping[str, NDArray[Any]]
#: ``infos`` of a vector environment.
Infos = Mapping[str, Any]


class ScenarioSpaceLike(Protocol):
    """What a sampler uses of the environment's scenario space: K families, D shared slots, width K + D."""

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the K families, in the order of their logits."""
        ...

    @property
    def width(self) -> int:
        """Width K + D of an action."""
        ...

    def sample(self, n: int, seed: int, families: Any = None) -> Float32:
        """Draw actions (n, K + D) in [-1, 1] from the prior; ``families`` (n,) fixes the family of each row."""
        ...

    def at(self, family: Int, p: Float) -> Float32:
        """Actions (n, K + D) at prior quantiles p (n, D) of families (n,)."""
        ...

    def family_of(self, actions: Float32) -> Int:
        """Family index (n,) of actions (n, K + D)."""
        ...


class ScreenLike(Protocol):
    """Scores candidates on a second, scalars-only environment."""

    @property
    def simulated(self) -> int:
        """Runs stepped so far."""
        ...

    def refresh(self) -> None:
        """Forget what was known of the detector: a new one is there."""
        ...

    def restore(self, simulated: int) -> None:
        """Set the count of runs stepped, when a study resumes."""
        ...

    def score(self, actions: Float32, seed: int) -> Float:
        """Scores (m,) of actions (m, K + D); each candidate costs one simulated run."""
        ...


class Sampler(Protocol):
    """An agent as the manager sees it.

    Attributes:
        key: registry key.
        simulated: runs stepped for this agent so far: those told to it, and those it screened.
    """

    key: ClassVar[str]

    @property
    def simulated(self) -> int:
        """Runs stepped for this agent so far, screening included."""
        ...

    def start_round(self, round_index: int) -> None:
        """Announce a round: the detector is new, old screening scores are stale."""
        ...

    def ask(self, n: int, observation: Observation | None = None) -> Float32:
        """Return actions (n, K + D) in [-1, 1] for the n rows of an observation."""
        ...

    def tell(self, actions: Float32, rewards: Float, infos: Infos, observation: Observation | None = None) -> None:
        """Report rewards (n,) of actions (n, K + D); ``observation`` is the one the actions answered."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return the state as JSON values and NumPy arrays."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state; the following choices are those of the sampler it came from."""
        ...


class Options(BaseModel):
    """Options of an agent: unknown keys and values out of range are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class AgentContext:
    """Everything an agent may be built from.

    Attributes:
        space: the environment's scenario space.
        seed: of the agent's own draws.
        budget: runs of one round, over all rows.
        observation_space: single observation space (only policies need it).
        action_space: single action space (only policies need it).
        centre_scale: centre and scale per observation key, arrays that broadcast against it (policies).
        screen: scores candidates (only screening agents need it).
    """

    space: ScenarioSpaceLike
    seed: int = 0
    budget: int = 32
    observation_space: Any = None
    action_space: Any = None
    centre_scale: Mapping[str, tuple[Any, Any]] | None = None
    screen: ScreenLike | None = None


@dataclass(frozen=True)
class AgentEntry:
    """A registered agent.

    Attributes:
        options: model of its options.
        build: builds it.
        screens: whether it needs a screening environment.
        rewarded: whether it uses the reward, so that replicates and the reference detector are charged to it.
    """

    options: type[Options]
    build: Callable[[AgentContext, Any], Sampler]
    screens: bool = False
    rewarded: bool = False


class SamplerBase:
    """Seeded generator, run accounting and the state of both.

    Args:
        context: scenario space, seed and the rest.
    """

    key: ClassVar[str] = ""

    def __init__(self, context: AgentContext) -> None:
        self.context = context
        self.space = context.space
        self.rng = np.random.Generator(np.random.PCG64(context.seed))
        self.told = 0

    @property
    def simulated(self) -> int:
        """Runs stepped for this agent: those told to it, and those it screened."""
        return self.told + (self.context.screen.simulated if self.context.screen is not None else 0)

    def draw(self, families: Int) -> Float32:
        """Draw one action from the prior for each family index (n,); returns (n, K + D)."""
        if len(families) == 0:
            return np.zeros((0, self.space.width), np.float32)
        drawn = self.space.sample(len(families), int(self.rng.integers(2**62)), families=families)
        return np.asarray(drawn, np.float32)

    def start_round(self, round_index: int) -> None:
        """Announce a round; most samplers do not care."""

    def tell(self, actions: Float32, rewards: Float, infos: Infos, observation: Observation | None = None) -> None:
        """Count the runs; samplers that learn extend this."""
        self.told += len(actions)

    def state_dict(self) -> dict[str, Any]:
        """Return key, generator state and run count."""
        state: dict[str, Any] = json.loads(json.dumps(self.rng.bit_generator.state))
        return {"key": self.key, "rng": state, "told": self.told}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state.

        Raises:
            InputError: the state of another kind of sampler.
        """
        if state.get("key") != self.key:
            raise InputError("sampler state", f"belongs to {state.get('key')!r}", self.key)
        self.rng.bit_generator.state = copy.deepcopy(dict(state["rng"]))
        self.told = int(state["told"])


def explain(where: str, error: ValidationError) -> InputError:
    """Turn the first complaint of a pydantic error into one InputError: place, field, value and bound."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    place = f"{where}: {field}" if field else where
    if first["type"] == "extra_forbidden":
        return InputError(place, f"unknown key (value {first['input']!r})", "only documented keys")
    if first["type"] == "missing":
        return InputError(place, "is missing", "a value is required")
    return InputError(place, f"got {first['input']!r}", str(first["msg"]).removeprefix("Value error, "))
