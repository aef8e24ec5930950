"""The registered agents. Heavy libraries are imported only when such an agent is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from gg_gym.agents.bandits import EpsilonGreedyOptions, EpsilonGreedySampler
from gg_gym.agents.base import AgentContext, AgentEntry, Options, Sampler, explain
from gg_gym.agents.learnability import LearnabilityOptions, LearnabilitySampler
from gg_gym.agents.samplers import NoOptions, RandomSampler, SobolSampler, StratifiedSampler
from gg_gym.registry import Registry

#: Registry key to agent.
AGENTS: Registry[AgentEntry] = Registry("agent")


class PPOOptions(Options):
    """Options of the PPO agent (stable-baselines3), sized for a few hundred runs.

    Attributes:
        learning_rate: of Adam.
        epochs: passes over a round's runs per update.
        batch: runs per gradient step.
        width: units of each of the two hidden layers.
        entropy: weight of the entropy bonus.
        clip: clipping range of the probability ratio.
    """

    learning_rate: float = Field(default=1e-3, gt=0.0, le=1.0)
    epochs: int = Field(default=10, ge=1, le=200)
    batch: int = Field(default=32, ge=2, le=4096)
    width: int = Field(default=64, ge=4, le=1024)
    entropy: float = Field(default=0.01, ge=0.0, le=1.0)
    clip: float = Field(default=0.2, gt=0.0, lt=1.0)


def _ppo(context: AgentContext, options: PPOOptions) -> Sampler:
    """Build the PPO agent; torch and stable-baselines3 are imported here."""
    from gg_gym.agents.ppo import PPOSampler

    return PPOSampler(context, options)


AGENTS.add("random", AgentEntry(NoOptions, lambda context, _: RandomSampler(context)))
AGENTS.add("stratified", AgentEntry(NoOptions, lambda context, _: StratifiedSampler(context)))
AGENTS.add("sobol", AgentEntry(NoOptions, lambda context, _: SobolSampler(context)))
AGENTS.add("learnability", AgentEntry(LearnabilityOptions, LearnabilitySampler, screens=True, rewarded=True))
AGENTS.add("epsilon_greedy", AgentEntry(EpsilonGreedyOptions, EpsilonGreedySampler, rewarded=True))
AGENTS.add("ppo", AgentEntry(PPOOptions, _ppo, rewarded=True))


def agent_options(key: str, options: Mapping[str, Any], where: str = "agent") -> Options:
    """Validate the options of an agent.

    Raises:
        InputError: an unknown agent, an unknown option or a value out of range.
    """
    try:
        return AGENTS[key].options.model_validate(dict(options))
    except ValidationError as error:
        raise explain(f"{where} {key}", error) from None


def make_sampler(key: str, context: AgentContext, **options: Any) -> Sampler:
    """Build a registered agent.

    Args:
        key: registry key.
        context: scenario space, seed, budget, spaces and screen.
        options: options of that agent.

    Raises:
        InputError: an unknown agent, an unknown option or a value out of range.
    """
    return AGENTS[key].build(context, agent_options(key, options))
