"""The configuration of a study: a YAML file, checked once, then frozen."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from gg_gym.agents.base import explain
from gg_gym.agents.catalogue import agent_options
from gg_gym.errors import InputError

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_LIMIT = 2**20


class _Part(BaseModel):
    """Unknown keys are refused; values do not change after the check."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ArmConfiguration(_Part):
    """One arm of a study: an agent with its options, and optionally a reward of its own.

    Attributes:
        name: of the arm, unique in the study; also a folder name.
        agent: registry key of the agent.
        options: of the agent.
        reward: replaces the study's reward in this arm.
    """

    name: str
    agent: str
    options: dict[str, Any] = Field(default_factory=dict)
    reward: str | None = None

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        """Names are folder names: lower-case letters, digits, dot, dash and underscore."""
        if not _NAME.fullmatch(value):
            raise ValueError("1 to 64 of a-z 0-9 . _ - with a letter or digit first")
        return value

    @model_validator(mode="after")
    def _options(self) -> ArmConfiguration:
        """Check the agent and its options against the registry."""
        try:
            agent_options(self.agent, self.options)
        except InputError as error:
            raise ValueError(str(error)) from None
        return self


class SetSizes(_Part):
    """Runs of the shared sets, all family-stratified; each set has seeds of its own.

    Attributes:
        initial: trained on by every arm before its first round.
        heldout: frozen; only ever evaluated on.
        validation: for the temperature and the card.
        reference: trains the reference detector; 0 uses the validation set.
    """

    initial: int = Field(default=96, ge=8, le=1_000_000)
    heldout: int = Field(default=192, ge=8, le=1_000_000)
    validation: int = Field(default=96, ge=8, le=1_000_000)
    reference: int = Field(default=0, ge=0, le=1_000_000)


class DetectorConfiguration(_Part):
    """The detector and its training recipe, the same for every arm and round.

    Attributes:
        members: of the ensemble.
        steps: optimiser steps of each training, always from scratch.
        batch: windows per step.
        learning_rate: peak of the schedule.
        size: "small" or "full" network.
        frames: whether the detector sees the thermal camera.
        window_ends: samples at which training windows end (64 is the whole record).
        evaluation_every: samples between the window ends of the alarm metrics.
        alarm_threshold: probability of "something is wrong" that counts towards an alarm.
        alarm_k, alarm_n: an alarm needs k counting windows among the last n.
    """

    members: int = Field(default=5, ge=1, le=32)
    steps: int = Field(default=120, ge=1, le=1_000_000)
    batch: int = Field(default=32, ge=2, le=4096)
    learning_rate: float = Field(default=2e-3, gt=0.0, le=1.0)
    size: str = Field(default="small", pattern="^(small|full)$")
    frames: bool = True
    window_ends: tuple[int, ...] = (64,)
    evaluation_every: int = Field(default=8, ge=1, le=64)
    alarm_threshold: float = Field(default=0.5, gt=0.0, lt=1.0)
    alarm_k: int = Field(default=2, ge=1, le=64)
    alarm_n: int = Field(default=3, ge=1, le=64)

    @model_validator(mode="after")
    def _windows(self) -> DetectorConfiguration:
        """Check window ends and the alarm rule."""
        if not self.window_ends or any(not 1 <= end <= 1_000_000 for end in self.window_ends):
            raise ValueError("window_ends: one or more sample counts, 1 or more")
        if self.alarm_k > self.alarm_n:
            raise ValueError("alarm_k must not exceed alarm_n")
        return self


class StudyConfiguration(_Part):
    """A study: arms that choose runs, round by round, for detectors that are compared on one frozen held-out set.

    Attributes:
        name: of the study; also the name of its folder and of its experiment in the tracker.
        seed: everything random follows from it.
        repeats: seeds per arm: ``seed``, ``seed + 1``, ...
        product: registry key.
        arms: one or more, of unique names.
        families: scenario families; ``None`` takes those of the product's space.
        rounds: rounds per arm; each is one episode and one retraining.
        budget: runs per round, over all rows.
        envs: rows of the vector environment; must divide ``budget``.
        replicates: simulations of each chosen run, for the reward.
        reward: name of the reward.
        samples, dt: recorded samples of a run and seconds between them.
        sets: sizes of the shared sets.
        detector: detector and training recipe.
        workers: processes over which (arm, seed) chains are spread; 1 stays in this process.
        threads: torch threads, fixed and recorded, because results depend on them.
    """

    name: str
    seed: int = Field(default=0, ge=0, lt=2**31)
    repeats: int = Field(default=1, ge=1, le=1000)
    product: str = "grid_guardian"
    arms: tuple[ArmConfiguration, ...] = Field(min_length=1)
    families: tuple[str, ...] | None = None
    rounds: int = Field(default=3, ge=1, le=1000)
    budget: int = Field(default=32, ge=1, le=100_000)
    envs: int = Field(default=16, ge=1, le=4096)
    replicates: int = Field(default=4, ge=1, le=64)
    reward: str = "default"
    samples: int = Field(default=64, ge=64, le=4096, multiple_of=64)
    dt: float = Field(default=10.0, ge=0.02, le=3600.0)
    sets: SetSizes = SetSizes()
    detector: DetectorConfiguration = DetectorConfiguration()
    workers: int = Field(default=1, ge=1, le=256)
    threads: int = Field(default=2, ge=1, le=256)

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        """The name of a study is a folder name too."""
        return ArmConfiguration._name(value)

    @model_validator(mode="after")
    def _whole(self) -> StudyConfiguration:
        """Check what concerns more than one field."""
        names = [arm.name for arm in self.arms]
        if len(set(names)) != len(names):
            raise ValueError(f"arms need unique names, got {', '.join(names)}")
        if self.budget % self.envs:
            raise ValueError(f"budget ({self.budget}) must be a multiple of envs ({self.envs})")
        return self

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the study."""
        return tuple(range(self.seed, self.seed + self.repeats))

    def arm(self, name: str) -> ArmConfiguration:
        """Return an arm by name."""
        return next(arm for arm in self.arms if arm.name == name)

    def digest(self) -> str:
        """SHA-256 of everything that decides the results (not the number of workers)."""
        text = json.dumps(self.model_dump(mode="json", exclude={"workers"}), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def check_configuration(data: Any, where: str) -> StudyConfiguration:
    """Check a mapping.

    Raises:
        InputError: naming ``where``, the field, the value and what is allowed.
    """
    if not isinstance(data, dict):
        raise InputError(where, f"is a {type(data).__name__}", "a mapping with name, arms, ...")
    try:
        return StudyConfiguration.model_validate(data)
    except ValidationError as error:
        raise explain(where, error) from None


def load_configuration(path: str | Path) -> StudyConfiguration:
    """Read and check a study file.

    Raises:
        InputError: missing, oversized, malformed, unknown keys or values out of range.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(str(path), "no such file", "a study in YAML")
    if path.stat().st_size > _LIMIT:
        raise InputError(str(path), f"{path.stat().st_size} bytes", f"at most {_LIMIT}")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: {getattr(error, 'problem', error)}" if mark else str(error)
        raise InputError(str(path), f"malformed YAML, {place}", "YAML") from None
    return check_configuration(data, str(path))
