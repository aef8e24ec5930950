"""What a study works with: environments, sinks, detectors and their evaluation.

:class:`Workshop` is the whole of it as a protocol (tests bring a toy); :class:`TwinWorkshop` is the real one. It makes
environments with ``gymnasium.make_vec`` only, trains from the Avro through a DataLoader, and evaluates on Avro.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from gg_gym.studies.configuration import StudyConfiguration

#: Partition of the product's sites, units, weather weeks and worlds for each kind of set.
PARTITIONS = {
    "train": "train",
    "initial": "train",
    "validation": "validation",
    "reference": "validation",
    "heldout": "heldout",
}


class Sink(Protocol):
    """Where an environment's runs are recorded."""

    def close(self) -> Any:
        """Commit what was recorded."""
        ...


class Workshop(Protocol):
    """What a study needs from the layers below."""

    def sink(self, folder: Path, split: str, arm: str = "", round_index: int = 0, agent: str = "stratified") -> Sink:
        """A sink that records runs as a dataset in ``folder``."""
        ...

    def environment(self, split: str, rows: int, budget: int, reward: str, sink: Sink | None) -> Any:
        """A vector environment for runs of a split, so many per row; may be one it handed out before."""
        ...

    def screening(self, rows: int, reward: str) -> Any:
        """A vector environment for screening: one run a row, scalars only, no sink."""
        ...

    def centre_scale(self, environment: Any) -> Mapping[str, tuple[Any, Any]] | None:
        """Centre and scale per observation key, for policies."""
        ...

    def overhead(self) -> int:
        """Runs simulated once per study for the reward alone, beside the reference set."""
        ...

    def train(self, folders: Sequence[Path], validation: Path, seed: int) -> Any:
        """A detector trained from scratch on datasets."""
        ...

    def train_reference(self, folder: Path, seed: int) -> Any:
        """The reference detector."""
        ...

    def evaluate(self, detector: Any, folder: Path) -> dict[str, float]:
        """Metrics of a detector on a dataset, finite numbers only."""
        ...

    def card(self, detector: Any, folder: Path, before: Mapping[str, float] | None) -> dict[str, float]:
        """Numbers about a detector for the environment's context, from the validation set."""
        ...

    def save(self, detector: Any, folder: Path) -> None:
        """Write a detector."""
        ...

    def load(self, folder: Path) -> Any:
        """Read a detector."""
        ...


class TwinWorkshop:
    """The real workshop: environments over the twin, Avro datasets, torch ensembles.

    Args:
        config: the study.
    """

    def __init__(self, config: StudyConfiguration) -> None:
        self.config = config
        self._environments: dict[tuple[Any, ...], Any] = {}
        self._prepared: dict[Path, Any] = {}
        self._spec: Any = None

    def sink(self, folder: Path, split: str, arm: str = "", round_index: int = 0, agent: str = "stratified") -> Sink:
        """A sink that records runs as a dataset in ``folder``."""
        from gg_gym.envs.sink import RunSink

        made: Sink = RunSink(folder, split=split, agent=agent, arm=arm, round_=round_index)
        return made

    def _make(self, rows: int, budget: int, **more: Any) -> Any:
        """Make a vector environment; the only place where a study does."""
        import gymnasium

        import gg_gym.envs  # noqa: F401  (registers the environments)

        c = self.config
        return gymnasium.make_vec(
            "gg_gym/ScenarioSelection-v0",
            num_envs=rows,
            product=c.product,
            budget=budget,
            families=c.families,
            dt=c.dt,
            samples=c.samples,
            detector="none",
            thermal="none",
            autoreset_mode=gymnasium.vector.AutoresetMode.DISABLED,
            **more,
        )

    def environment(self, split: str, rows: int, budget: int, reward: str, sink: Sink | None) -> Any:
        """A vector environment; one that was made before with these arguments is reused, with the new sink."""
        c, key = self.config, (split, rows, budget, reward)
        if key not in self._environments:
            replicates = c.replicates if split == "train" else 1
            more = {"partition": PARTITIONS[split], "reward": reward, "replicates": replicates}
            self._environments[key] = self._make(rows, budget, frames=c.detector.frames, **more)
        environment = self._environments[key]
        environment.unwrapped.sink = sink
        return environment

    def screening(self, rows: int, reward: str) -> Any:
        """A vector environment for screening: one run a row, scalars only, no sink."""
        return self._make(rows, 1, frames=False, partition="train", reward=reward, replicates=1)

    def centre_scale(self, environment: Any) -> Mapping[str, tuple[Any, Any]] | None:
        """Centre and scale of every instrument's channels."""
        from gg_gym.envs.spaces import scaling

        return scaling(environment.unwrapped.twin)

    def overhead(self) -> int:
        """Runs of the reference batch that scales the scores."""
        from gg_gym.detection import commission

        return int(getattr(commission, "REFERENCE_RUNS", 256))

    def _options(self) -> Any:
        """The training recipe."""
        from gg_gym.detection.training import TrainingOptions

        d = self.config.detector
        return TrainingOptions(batch=d.batch, learning_rate=d.learning_rate)

    def _loader(self, folders: Sequence[Path], ends: Sequence[int]) -> tuple[Any, Any]:
        """A window dataset over Avro folders, and a DataLoader of its batches."""
        from torch.utils.data import DataLoader

        from gg_gym.datasets.windows import WindowDataset

        dataset: Any = WindowDataset([str(f) for f in folders], frames=self.config.detector.frames, ends=list(ends))
        return dataset, DataLoader(dataset, batch_size=64, shuffle=False, num_workers=0, collate_fn=_as_it_is)

    def spec(self, dataset: Any) -> Any:
        """The detector's specification for a dataset's channels."""
        from gg_gym.detection.spec import ChannelSpec, DetectorSpec

        if self._spec is None:
            spec = DetectorSpec(tuple(ChannelSpec.of(channel) for channel in dataset.channels))
            self._spec = spec.small() if self.config.detector.size == "small" else spec
        return self._spec

    def _ready(self, folder: Path, ends: Sequence[int]) -> Any:
        """The windows of a fixed dataset, prepared once."""
        from gg_gym.studies.evaluation import prepare_windows

        if folder not in self._prepared:
            dataset, loader = self._loader([folder], ends)
            self._prepared[folder] = prepare_windows(dataset, loader, self.spec(dataset))
        return self._prepared[folder]

    def _ends(self) -> list[int]:
        """Window ends of the alarm metrics; the last is the whole run."""
        samples, every = self.config.samples, self.config.detector.evaluation_every
        return sorted({*range(every, samples + 1, every), samples})

    def train(self, folders: Sequence[Path], validation: Path, seed: int) -> Any:
        """An ensemble trained from scratch on datasets, its temperature fitted on the validation set."""
        from gg_gym.detection.ensemble import Ensemble
        from gg_gym.detection.training import train

        d = self.config.detector
        dataset, loader = self._loader(folders, d.window_ends)
        ensemble = Ensemble(self.spec(dataset), d.members, seed % 2**31)
        held = self._ready(validation, self._ends()).at_end()
        train(
            ensemble,
            loader,
            d.steps,
            seed % 2**31,
            validation=held,
            options=self._options(),
            threads=self.config.threads,
        )
        return ensemble

    def train_reference(self, folder: Path, seed: int) -> Any:
        """The reference detector: one member, the same recipe, trained once."""
        from gg_gym.detection.training import train_reference

        d = self.config.detector
        dataset, loader = self._loader([folder], d.window_ends)
        options = self._options()
        made, _ = train_reference(
            self.spec(dataset), loader, d.steps, seed % 2**31, options=options, threads=self.config.threads
        )
        return made

    def evaluate(self, detector: Any, folder: Path) -> dict[str, float]:
        """Window and alarm metrics on a dataset."""
        from gg_gym.studies.evaluation import evaluate

        d = self.config.detector
        return evaluate(detector, self._ready(folder, self._ends()), (d.alarm_threshold, d.alarm_k, d.alarm_n))

    def card(self, detector: Any, folder: Path, before: Mapping[str, float] | None) -> dict[str, float]:
        """Validation loss, AUPRC and its change, ECE, and the error per family."""
        from gg_gym.studies.evaluation import card

        return card(detector, self._ready(folder, self._ends()), before)

    def save(self, detector: Any, folder: Path) -> None:
        """Write an ensemble."""
        detector.save(folder)

    def load(self, folder: Path) -> Any:
        """Read an ensemble."""
        from gg_gym.detection.ensemble import Ensemble

        return Ensemble.load(folder)


def _as_it_is(batch: Any) -> Any:
    """The dataset returns whole batches already."""
    return batch


def batches(loader: Any, facts: dict[str, list[Any]]) -> Iterator[Any]:
    """Hand on a loader's batches and note run and end of each window."""
    for batch in loader:
        for key in ("run", "end"):
            facts.setdefault(key, []).append(batch[key].numpy())
        yield batch
