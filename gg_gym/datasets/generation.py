"""MLDataGenerator: labelled runs without an agent, from a manifest; killed and resumed, it ends with the same bytes.

Run i of a manifest is a function of the manifest and of i: its seed is derived, its family follows from the weights by
a golden-ratio sequence shuffled in blocks (each has the shares of the whole), its parameters are drawn from the prior.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from scipy.special import betainc

from gg_gym import __version__
from gg_gym.executors import Executor, make_executor
from gg_gym.products import ProductConfiguration, load_product, parse_product
from gg_gym.products.configuration import describe, load_yaml
from gg_gym.records.avro import DatasetWriter
from gg_gym.records.blocks import CODECS
from gg_gym.records.manifest import read_manifest
from gg_gym.records.run import RunData
from gg_gym.records.simulated import channel_table, run_data
from gg_gym.scenarios.base import SCENARIOS, ScenarioDefinition
from gg_gym.scenarios.parameters import Slot
from gg_gym.scenarios.priors import importance_weights
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.streams import derive, uniforms
from gg_gym.twin import Twin
from gg_gym.units import Float, Int, UInt64

#: Runs that a worker simulates together, and records after which a pair of shards is sealed. The first changes no
#: byte; the second is part of what a dataset looks like on disk.
TASK, COMMIT = 32, 256
#: Runs whose families are shuffled together, so that a run's place does not tell its family.
SHUFFLED = 64
#: Steps of the golden-ratio sequence.
_GOLDEN = 0.6180339887498949
#: Who asked for the runs, in their records.
AGENT = "generator"
_UINT64 = 2**64 - 1


class GenerationManifest(BaseModel):
    """What to generate.

    Attributes:
        name: name of the dataset, and of its folder.
        product: product key or YAML file.
        partition: partition of the product's sites, units, weather weeks and worlds; also the split in the records.
        seed: another seed, other runs.
        runs: runs, not counting null twins.
        families: family to weight; by default the product's families with equal weights.
        severity: (low, high): the prior of the severity is cut to this range.
        dt: seconds between samples [s]; the product's by default.
        samples: samples of a run, a multiple of 64; the product's by default.
        null_twins: each run is followed by the same run with its cause switched off.
        frames: record thermal frames, where the product has a camera.
        truth: also record the ideal readings.
        truth_frames: also record the ideal thermal frames and the masks of hot spots; needs frames and truth.
        codec: "zstandard" or "null".
        workers: processes; the dataset does not depend on it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    product: str = "grid_guardian"
    partition: str = "train"
    seed: int = Field(0, ge=0, le=_UINT64)
    runs: int = Field(ge=1, le=10_000_000)
    families: dict[str, Annotated[float, Field(gt=0, le=1e6)]] | None = Field(None, min_length=1)
    severity: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]] | None = None
    dt: float | None = Field(None, ge=0.02, le=3600)
    samples: int | None = Field(None, ge=64, le=65536, multiple_of=64)
    null_twins: bool = False
    frames: bool = True
    truth: bool = True
    truth_frames: bool = False
    codec: str = "zstandard"
    workers: int = Field(1, ge=1, le=256)

    @model_validator(mode="after")
    def _consistent(self) -> GenerationManifest:
        if self.severity is not None and self.severity[0] >= self.severity[1]:
            raise ValueError(f"severity: low {self.severity[0]} is not below high {self.severity[1]}")
        if self.truth_frames and not (self.frames and self.truth):
            raise ValueError("truth_frames: needs frames: true and truth: true")
        if self.codec not in CODECS:
            raise ValueError(f"codec: {self.codec!r} is unknown; allowed: {', '.join(CODECS)}")
        return self


def load_manifest(source: str | Path | Mapping[str, Any] | GenerationManifest) -> GenerationManifest:
    """A manifest from a YAML file, plain data, or itself.

    Raises:
        InputError: a file that cannot be read, an unknown key, a value out of range.
    """
    if isinstance(source, GenerationManifest):
        return source
    plain, where = (source, "manifest") if isinstance(source, Mapping) else (load_yaml(Path(source)), str(source))
    try:
        return GenerationManifest.model_validate(plain)
    except ValidationError as error:
        raise describe(error, where) from None


class RunPlan:
    """Which runs a manifest asks for.

    Args:
        manifest: the manifest.
        product: the product.

    Raises:
        InputError: an unknown partition or family, or a family that the product cannot show.
    """

    def __init__(self, manifest: GenerationManifest, product: ProductConfiguration) -> None:
        self.manifest, self.product = manifest, product
        weights = manifest.families or dict.fromkeys(product.families, 1.0)
        self.space = ScenarioSpace(tuple(weights))
        self._edges = np.cumsum(np.array(list(weights.values())))
        for family in self.space.families:
            SCENARIOS[family]().validate(product.geometry, product.physics)
        product.draw(np.zeros(1, np.uint64), manifest.partition)

    def __len__(self) -> int:
        """Number of records."""
        return self.manifest.runs * self._each

    @property
    def _each(self) -> int:
        return 2 if self.manifest.null_twins else 1

    def seeds(self, index: Int) -> UInt64:
        """(n,) run seeds of runs ``index``; two partitions share none, so they share no noise."""
        m = self.manifest
        return derive(np.asarray(index, np.uint64), f"generation {m.partition}", m.seed)

    def families(self, index: Int) -> Int:
        """(n,) indices of the families of runs ``index``: each block of runs has the shares, in an order of its own."""
        start = uniforms(self.manifest.seed, "generation.family", 1).reshape(-1)[0]
        block, place = np.divmod(np.asarray(index, np.int64), SHUFFLED)
        keys, which = np.unique(block, return_inverse=True)
        seeds = derive(keys.astype(np.uint64), "generation.order", self.manifest.seed)
        order = np.argsort(uniforms(seeds, "generation.order", SHUFFLED))
        where = np.mod(start + (block * SHUFFLED + order[which, place]) * _GOLDEN, 1.0) * self._edges[-1]
        found: Int = np.minimum(np.searchsorted(self._edges, where, side="right"), len(self._edges) - 1)
        return found

    def weights(self, seeds: UInt64, definitions: list[ScenarioDefinition]) -> Float:
        """(n,) operational over sampling probability of the scenarios of records; a null twin has its run's."""
        actions = np.stack([self.space.encode(d) for d in definitions])
        shares = np.diff(self._edges, prepend=0.0)
        conditions = self.product.draw(seeds, self.manifest.partition)
        weight = importance_weights(self.space, actions, self.product, conditions, shares=shares)
        if self.manifest.severity is None:
            return weight
        low, high = self.manifest.severity
        mass = np.array([mass_between(s[0], low, high) for s in self.space.slots])
        out: Float = weight * mass[self.space.family_of(actions)]
        return out

    def records(self, start: int, stop: int) -> tuple[UInt64, list[ScenarioDefinition]]:
        """Seeds and definitions of records ``start`` to ``stop``."""
        number = np.arange(start, min(stop, len(self)))
        index = number // self._each
        seeds, family = self.seeds(index), self.families(index)
        p = np.array(uniforms(seeds, "generation.parameters", self.space.n_slots))
        if self.manifest.severity is not None:
            p[:, 0] = [
                within(self.space.slots[k][0], float(x), self.manifest.severity)
                for k, x in zip(family, p[:, 0], strict=True)
            ]
        chosen = [self.space.decode(action) for action in self.space.at(family, p)]
        twin_of = number % self._each
        return seeds, [d.null() if null else d for d, null in zip(chosen, twin_of, strict=True)]


def within(slot: Slot, p: float, bounds: tuple[float, float]) -> float:
    """The quantile of a slot's prior that is the quantile p of the prior cut to ``bounds`` [slot's unit]."""
    a, b = slot.prior
    low, high = (float(betainc(a, b, slot.coordinate(x))) for x in bounds)
    return low + (high - low) * p


def mass_between(slot: Slot, low: float, high: float) -> float:
    """The prior probability that a slot's value lies between two values."""
    return within(slot, 1.0, (low, high)) - within(slot, 0.0, (low, high))


@dataclass(frozen=True)
class _Task:
    """Records ``start`` to ``stop`` of a manifest, for a worker."""

    manifest: GenerationManifest
    product: str
    created: int
    start: int
    stop: int


@lru_cache(maxsize=2)
def _ready(product: str, manifest: str) -> tuple[Twin, RunPlan]:
    """The twin and the plan of a manifest, both given as JSON; kept in the process."""
    made, checked = parse_product(json.loads(product), "product"), GenerationManifest.model_validate_json(manifest)
    return Twin(made, dt=checked.dt, samples=checked.samples, thermal=checked.frames), RunPlan(checked, made)


def simulate(task: _Task) -> list[RunData]:
    """Simulate the records of a task."""
    twin, plan = _ready(task.product, task.manifest.model_dump_json())
    seeds, definitions = plan.records(task.start, task.stop)
    partition = task.manifest.partition
    asked = task.manifest
    runs = twin.run(twin.draw(seeds, partition), definitions, truth=asked.truth, frame_truth=asked.truth_frames)
    about: dict[str, Any] = {"split": partition, "agent": AGENT, "created": task.created}
    weights = plan.weights(seeds, definitions)
    return [run_data(twin, runs, row, importance_weight=float(w), **about) for row, w in enumerate(weights)]


@dataclass(frozen=True)
class Generated:
    """What a generation left.

    Attributes:
        folder: the dataset.
        records: records in it, null twins included.
        resumed: records that were there before.
    """

    folder: Path
    records: int
    resumed: int


class MLDataGenerator:
    """Plain data generation without an agent.

    Args:
        product: a product, its registry key or a YAML file; None takes the manifest's.
        out: folder in which datasets are made, each under its manifest's name.
        progress: called with (records done, records in all).
        executor: where blocks of runs are simulated; by default as many processes as the manifest says. Processes
            know the physics modules, sensors and families of the package; what a program registers itself is
            simulated in its own process (one worker).

    Example:
        >>> from tempfile import mkdtemp
        >>> made = MLDataGenerator(out=mkdtemp()).generate_dataset({"name": "demo", "runs": 2, "frames": False})
        >>> made.records
        2
    """

    def __init__(
        self,
        product: str | Path | ProductConfiguration | None = None,
        out: str | Path = "datasets",
        *,
        progress: Callable[[int, int], None] | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.product = None if product is None else load_product(product)
        self.out, self.progress, self.executor = Path(out), progress, executor

    def generate_dataset(self, manifest: str | Path | Mapping[str, Any] | GenerationManifest) -> Generated:
        """Generate a dataset, or go on with an interrupted one.

        The dataset depends on the manifest (``workers`` apart), the product and the engine, and on nothing else: a
        killed and resumed generation ends with the bytes of an undisturbed one. Records carry the time at which the
        dataset was begun (``SOURCE_DATE_EPOCH`` fixes it).

        Args:
            manifest: YAML file, plain data or a checked manifest.

        Raises:
            InputError: a manifest or product that does not hold together, or a folder with another dataset.
            DamagedFileError: what is there already does not verify.
        """
        checked = load_manifest(manifest)
        product = self.product or load_product(checked.product)
        twin, plan = _ready(product.canonical, checked.model_dump_json())
        folder = self.out / checked.name
        with DatasetWriter(
            folder,
            checked.name,
            channels=channel_table(twin),
            config=self._config(checked, product),
            split=checked.partition,
            codec=checked.codec,
        ) as writer:
            resumed = len(writer)
            self._fill(writer, checked, product, len(plan))
        return Generated(folder, len(plan), resumed)

    def _config(self, manifest: GenerationManifest, product: ProductConfiguration) -> dict[str, Any]:
        """What the dataset is a function of."""
        plain = manifest.model_dump(mode="json", exclude={"workers", "product"})
        return {"manifest": plain, "product": product.digest, "engine": __version__, "commit": COMMIT}

    def _fill(
        self, writer: DatasetWriter, manifest: GenerationManifest, product: ProductConfiguration, total: int
    ) -> None:
        """Simulate what is missing, in order, and commit at fixed counts."""
        done, created = len(writer), int(read_manifest(writer.folder)["created"])
        self._tell(done, total)
        tasks = (
            _Task(manifest, product.canonical, created, start, min(start + TASK, total))
            for start in range(done, total, TASK)
        )
        with closing(self._simulated(tasks, manifest.workers)) as runs:
            for run in runs:
                writer.write(run)
                done += 1
                if done % COMMIT == 0:
                    writer.commit()
                self._tell(done, total)

    def _simulated(self, tasks: Iterator[_Task], workers: int) -> Generator[RunData, None, None]:
        """Runs in the order of the tasks."""
        executor = self.executor or make_executor(workers)
        finished = False
        try:
            for runs in executor.map(simulate, tasks):
                yield from runs
            finished = True
        finally:
            if self.executor is None:
                executor.close(now=not finished)

    def _tell(self, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(done, total)
