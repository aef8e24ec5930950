"""MLTrainingPipeline: from dataset folders to a saved detector and its metrics in one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from gg_gym.datasets.splits import split_by
from gg_gym.datasets.windows import WIDTH, WindowDataset
from gg_gym.detection.alarms import AlarmPolicy
from gg_gym.detection.ensemble import Ensemble
from gg_gym.detection.evaluation import evaluate
from gg_gym.detection.spec import DetectorSpec
from gg_gym.detection.training import TrainingOptions, TrainingReport, train
from gg_gym.errors import InputError

Folders = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class PipelineResult:
    """What a training pipeline left.

    Attributes:
        folder: the saved detector.
        metrics: metrics of the evaluation windows, finite numbers.
        report: what the training did.
        windows: windows of each part: "train", "validation" (0 where a share of the training windows was kept back
            for the temperature) and "evaluation".
        seconds: wall time.
    """

    folder: Path
    metrics: dict[str, float]
    report: TrainingReport
    windows: Mapping[str, int]
    seconds: float


class MLTrainingPipeline:
    """Dataset folders, windows, training, evaluation, a saved detector.

    Args:
        datasets: folders to train on.
        out: folder of the detector.
        evaluation: folders to evaluate on; without them, whole groups of runs of ``datasets`` are set aside (see
            ``by`` and ``share``; never single rows).
        validation: folders for the temperature; without them every sixth training window is kept back.
        by: what the groups have in common: "world", "unit", "site" or "weather_block".
        share: share of the groups that is set aside.
        members: members of the ensemble.
        steps: optimiser steps of each member.
        seed: of the split, weights, batches and augmentation.
        small: a narrower network.
        frames: use the thermal camera.
        ends: window ends, in samples from the beginning of a run; None = the end of each run.
        threads: torch threads.
        options: the recipe.
        policy: with it, alarms are judged too (give several ``ends``).

    Raises:
        InputError: folders without runs, with different channels, or with too few groups to split.
        DamagedFileError: a dataset that does not verify.
    """

    def __init__(
        self,
        datasets: Folders,
        out: str | Path,
        *,
        evaluation: Folders = (),
        validation: Folders = (),
        by: str = "world",
        share: float = 0.25,
        members: int = 5,
        steps: int = 300,
        seed: int = 0,
        small: bool = False,
        frames: bool = True,
        ends: Sequence[int] | None = (WIDTH,),
        threads: int = 1,
        options: TrainingOptions | None = None,
        policy: AlarmPolicy | None = None,
    ) -> None:
        if not 0.0 < share < 1.0:
            raise InputError("share", str(share), "between 0 and 1")
        self.out, self.members, self.steps, self.seed = Path(out), members, steps, seed
        self.small, self.threads, self.policy = small, threads, policy
        self._how: dict[str, Any] = {"frames": frames, "ends": ends}
        self.held = self._open(validation)
        held_back = 0 if self.held else 6
        self.options = options or TrainingOptions(holdout=held_back)
        self.train_set, self.evaluation_set = self._split(datasets, evaluation, by, share)
        self._same_channels()

    def _open(self, folders: Folders, runs: Sequence[str] | None = None) -> WindowDataset | None:
        if not isinstance(folders, str | Path) and not folders:
            return None
        return WindowDataset(folders, runs=runs, **self._how)

    def _split(
        self, datasets: Folders, evaluation: Folders, by: str, share: float
    ) -> tuple[WindowDataset, WindowDataset]:
        """Windows to train on and windows to evaluate on."""
        whole, apart = self._open(datasets), self._open(evaluation)
        if whole is None:
            raise InputError("datasets", "none", "at least one dataset folder")
        if apart is not None:
            return whole, apart
        parts = split_by(whole.headers, by, {"train": 1.0 - share, "evaluation": share}, self.seed)
        mine, theirs = (self._open(datasets, parts[name]) for name in ("train", "evaluation"))
        assert mine is not None and theirs is not None
        return mine, theirs

    def _same_channels(self) -> None:
        for name, other in (("evaluation", self.evaluation_set), ("validation", self.held)):
            if other is not None and other.channels != self.train_set.channels:
                raise InputError(name, "other channels than the training datasets", "datasets of one product")

    def run(self, progress: Callable[[str, int, int], None] | None = None) -> PipelineResult:
        """Train, evaluate and save.

        Args:
            progress: called with ("train", member steps done, member steps in all).

        Raises:
            InputError: sizes out of bounds, or a folder that cannot be written.
        """
        started = time.perf_counter()
        spec = DetectorSpec.of(self.train_set.channels)
        ensemble = Ensemble(spec.small() if self.small else spec, self.members, self.seed)
        report = train(
            ensemble,
            self.train_set,
            self.steps,
            self.seed,
            validation=self.held,
            options=self.options,
            threads=self.threads,
            progress=None if progress is None else lambda done, total: progress("train", done, total),
        )
        found = evaluate(ensemble, self.evaluation_set, policy=self.policy)
        metrics = {name: float(value) for name, value in found.items() if isfinite(value)}
        ensemble.card["evaluation"] = metrics
        ensemble.save(self.out)
        held = 0 if self.held is None else len(self.held)
        sizes = {"train": len(self.train_set), "validation": held, "evaluation": len(self.evaluation_set)}
        return PipelineResult(self.out, metrics, report, sizes, time.perf_counter() - started)
