"""Runs a study: shared sets, reference detector, then every arm under every seed; resumes wherever it was stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Protocol

from gg_gym.errors import InputError
from gg_gym.executors import Executor, make_executor
from gg_gym.studies.cells import CELL, is_done, new_cell, read_json, write_json
from gg_gym.studies.chain import Chain, Layout, collect, count_families, fit, study_seed
from gg_gym.studies.configuration import StudyConfiguration, check_configuration, load_configuration
from gg_gym.studies.results import compare, load_cells
from gg_gym.studies.workshop import TwinWorkshop, Workshop

#: Told (runs done, runs in all, a few words).
StudyProgress = Callable[[int, int, str], None]


class Tracker(Protocol):
    """What a study tells about itself while it runs; :class:`gg_gym.tracking.MlflowTracker` is one."""

    def start_study(self, name: str, config: Mapping[str, Any]) -> None:
        """Begin a study."""
        ...

    def start_arm(self, arm: str) -> None:
        """Begin or resume an arm."""
        ...

    def log_round(self, arm: str, round: int, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log a round's metrics at ``step`` runs trained on."""
        ...

    def log_runs(self, arm: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Log the numbers of single runs."""
        ...

    def log_dataset(self, folder: Path | str, context: str) -> None:
        """Note that a dataset was used."""
        ...

    def log_detector(self, folder: Path | str, alias: str = "champion") -> None:
        """Log and register a saved detector."""
        ...

    def finish(self) -> None:
        """End the study."""
        ...


class NullTracker:
    """Keeps nothing."""

    def start_study(self, name: str, config: Mapping[str, Any]) -> None:
        """Keep nothing."""

    def start_arm(self, arm: str) -> None:
        """Keep nothing."""

    def log_round(self, arm: str, round: int, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Keep nothing."""

    def log_runs(self, arm: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep nothing."""

    def log_dataset(self, folder: Path | str, context: str) -> None:
        """Keep nothing."""

    def log_detector(self, folder: Path | str, alias: str = "champion") -> None:
        """Keep nothing."""

    def finish(self) -> None:
        """Keep nothing."""


@dataclass(frozen=True)
class StudyOutcome:
    """A finished study.

    Attributes:
        folder: where everything lies.
        config: the study.
        cells: one per arm, seed and round.
        comparison: what :func:`gg_gym.studies.results.compare` says.
        champion: folder of the detector with the best validation AUPRC after the last round.
        seconds: wall time of this invocation.
    """

    folder: Path
    config: StudyConfiguration
    cells: list[dict[str, Any]]
    comparison: dict[str, Any]
    champion: Path
    seconds: float


def total_runs(config: StudyConfiguration) -> int:
    """Runs recorded by a study (replicates and screening not counted)."""
    sizes = config.sets
    shared = sizes.heldout + sizes.validation + sizes.reference + config.repeats * sizes.initial
    return shared + len(config.arms) * config.repeats * config.rounds * config.budget


class Study:
    """One study in one folder.

    Args:
        config: the study.
        folder: where it lies; made if missing, resumed if it holds the same study.
        shop: makes environments and detectors.
        progress: told about every finished piece.

    Raises:
        InputError: the folder holds another study or cannot be written.
    """

    def __init__(
        self, config: StudyConfiguration, folder: Path, shop: Workshop, progress: StudyProgress | None = None
    ) -> None:
        self.config, self.folder, self.shop = config, folder, shop
        self.layout = Layout(folder, config)
        self._report, self._done, self._total = progress, 0, total_runs(config)
        self._claim()

    def _claim(self) -> None:
        """Write what the study is, or check that the folder holds this very study."""
        place = self.folder / "study.json"
        if place.is_file():
            found = read_json(place).get("digest")
            if found != self.config.digest():
                raise InputError(str(self.folder), "holds a study with another configuration", "a new folder")
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(place, self.describe())
        except OSError as error:
            raise InputError(str(self.folder), f"cannot be written: {error.strerror}", "a writable folder") from None

    def describe(self) -> dict[str, Any]:
        """What is written to ``study.json``."""
        c = self.config
        return {
            "name": c.name,
            "digest": c.digest(),
            "seeds": list(c.seeds),
            "arms": [arm.name for arm in c.arms],
            "threads": c.threads,
            "config": c.model_dump(mode="json"),
        }

    def advance(self, runs: int, text: str) -> None:
        """Count finished runs and report."""
        self._done += runs
        if self._report is not None:
            self._report(self._done, self._total, text)

    def prepare(self) -> None:
        """Make what all arms share: sets, reference detector, and each seed's initial runs and first detector."""
        c, sizes = self.config, self.config.sets
        for name, size in (
            ("heldout", sizes.heldout),
            ("validation", sizes.validation),
            ("reference", sizes.reference),
        ):
            if size:
                self._shared_set(name, size)
        self._reference()
        for seed in c.seeds:
            self._base(seed)

    def _shared_set(self, name: str, size: int) -> None:
        """A frozen, family-stratified set with seeds and a partition of its own."""
        folder = self.folder / "sets" / name
        if not is_done(folder):
            with new_cell(folder) as partial:
                seed = study_seed(self.config.seed, "set", name)
                result, families = collect(self.shop, self.config, size, seed, name, partial / "runs")
                write_json(partial / CELL, {"set": name, "runs": size, "families": count_families(result, families)})
        self.advance(size, f"{name} set")

    def _reference(self) -> None:
        """The reference detector, trained once."""
        if is_done(self.layout.reference):
            return
        with new_cell(self.layout.reference) as partial:
            seed = study_seed(self.config.seed, "reference")
            detector = self.shop.train_reference(self.layout.reference_runs / "runs", seed)
            self.shop.save(detector, partial / "detector")
            write_json(partial / CELL, {"detector": "reference", "threads": self.config.threads})

    def _base(self, seed: int) -> None:
        """A seed's initial runs, first detector and round 0."""
        folder, size = self.layout.base(seed), self.config.sets.initial
        if not is_done(folder):
            with new_cell(folder) as partial:
                draw = study_seed(seed, "set", "initial")
                result, families = collect(self.shop, self.config, size, draw, "initial", partial / "runs")
                _, numbers, card = fit(self.shop, self.layout, [partial / "runs"], partial, study_seed(seed, "fit", 0))
                cell = {"arm": "", "agent": "stratified", "reward": "", "seed": seed, "round": 0, "choices": []}
                cell |= {"n_train": size, "n_sim": size, "metrics": numbers, "card": card, "runs": []}
                cell |= {"families": count_families(result, families), "threads": self.config.threads}
                write_json(partial / CELL, cell)
        self.advance(size, f"initial runs of seed {seed}")

    def chain(self, arm: str, seed: int) -> Iterator[dict[str, Any]]:
        """The cells of one arm under one seed, as they finish."""
        return Chain(self.config, self.layout, self.shop, self.config.arm(arm), seed, self.advance).cells()


@dataclass(frozen=True)
class _Task:
    """A chain for another process."""

    config: StudyConfiguration
    folder: Path
    arm: str
    seed: int
    make_workshop: Callable[[StudyConfiguration], Workshop]


def _run_task(task: _Task) -> list[dict[str, Any]]:
    """Run a chain in a worker."""
    from gg_gym.detection.ensemble import torch_threads

    with torch_threads(task.config.threads):
        study = Study(task.config, task.folder, task.make_workshop(task.config))
        return list(study.chain(task.arm, task.seed))


def _chains(
    study: Study, make_workshop: Callable[[StudyConfiguration], Workshop], executor: Executor
) -> Iterator[dict[str, Any]]:
    """All cells of all chains, arm by arm."""
    pairs = list(product([arm.name for arm in study.config.arms], study.config.seeds))
    if study.config.workers == 1:
        for arm, seed in pairs:
            yield from study.chain(arm, seed)
        return
    tasks = [_Task(study.config, study.folder, arm, seed, make_workshop) for arm, seed in pairs]
    with _watching(study, pairs):
        for cells in executor.map(_run_task, tasks):
            yield from cells


@contextmanager
def _watching(study: Study, pairs: Sequence[tuple[str, int]]) -> Iterator[None]:
    """Report cells as other processes finish them."""
    open_cells = [(*pair, r) for pair in pairs for r in range(1, study.config.rounds + 1)]
    end = threading.Event()

    def sweep() -> None:
        for cell in [cell for cell in open_cells if is_done(study.layout.round(*cell))]:
            open_cells.remove(cell)
            study.advance(study.config.budget, f"{cell[0]} seed {cell[1]} round {cell[2]}")

    def watch() -> None:
        while not end.wait(0.5):
            sweep()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
        sweep()


def run_study(
    config: StudyConfiguration | Mapping[str, Any] | str | Path,
    out: str | Path | None = None,
    tracker: Tracker | None = None,
    progress: StudyProgress | None = None,
    *,
    make_workshop: Callable[[StudyConfiguration], Workshop] = TwinWorkshop,
) -> StudyOutcome:
    """Run or resume a study.

    Args:
        config: a YAML file, a mapping or a checked configuration.
        out: folder; default ``runs/NAME``. A folder that holds the same study is continued.
        tracker: told about the study while it runs; finished cells are told again when a study resumes.
        progress: called with (runs done, runs in all, a few words).
        make_workshop: makes the workshop; with more than one worker it must be picklable.

    Returns:
        The outcome; everything in it also lies in the folder (``study.json``, cells, ``results.json``).

    Raises:
        InputError: bad configuration, or a folder that holds another study or cannot be written.
    """
    from gg_gym.detection.ensemble import torch_threads

    begin = time.perf_counter()
    checked = _checked(config)
    folder = Path(out) if out is not None else Path("runs") / checked.name
    tell: Tracker = tracker or NullTracker()
    executor = make_executor(checked.workers)
    try:
        with torch_threads(checked.threads):
            study = Study(checked, folder, make_workshop(checked), progress)
            tell.start_study(checked.name, checked.model_dump(mode="json"))
            study.prepare()
            tell_sets(tell, study.layout)
            for cell in _chains(study, make_workshop, executor):
                tell_cell(tell, cell, study.layout)
    except BaseException:
        executor.close(now=True)
        raise
    executor.close()
    comparison = compare(folder)
    write_json(folder / "results.json", comparison)
    cells = load_cells(folder)
    best = champion(cells, study.layout)
    tell.log_detector(best, "champion")
    tell.finish()
    return StudyOutcome(folder, checked, cells, comparison, best, time.perf_counter() - begin)


def _checked(config: StudyConfiguration | Mapping[str, Any] | str | Path) -> StudyConfiguration:
    """Check a configuration in any of its forms."""
    if isinstance(config, StudyConfiguration):
        return config
    return load_configuration(config) if isinstance(config, str | Path) else check_configuration(dict(config), "study")


def tell_sets(tracker: Tracker, layout: Layout) -> None:
    """Tell the tracker about the shared datasets."""
    tracker.log_dataset(layout.heldout / "runs", "heldout")
    tracker.log_dataset(layout.validation / "runs", "validation")


def tell_cell(tracker: Tracker, cell: Mapping[str, Any], layout: Layout) -> None:
    """Tell the tracker about a finished round."""
    single = layout.config.repeats == 1
    arm = str(cell["arm"]) if single else f"{cell['arm']}-seed{cell['seed']}"
    offset = (int(cell["round"]) - 1) * layout.config.budget
    tracker.start_arm(arm)
    tracker.log_runs(arm, [{**row, "index": offset + row["run"]} for row in cell["runs"]])
    tracker.log_dataset(layout.round(cell["arm"], cell["seed"], cell["round"]) / "runs", "training")
    metrics = {**cell["metrics"], "n_train": float(cell["n_train"]), "n_sim": float(cell["n_sim"])}
    tracker.log_round(arm, int(cell["round"]), metrics, int(cell["n_train"]))


def champion(cells: Sequence[Mapping[str, Any]], layout: Layout) -> Path:
    """The detector with the best validation AUPRC after the last round; held-out numbers never choose."""
    last = [cell for cell in cells if cell["round"] == layout.config.rounds]
    best = max(last, key=lambda cell: float(cell["metrics"].get("validation_auprc", 0.0)))
    return layout.round(best["arm"], best["seed"], best["round"]) / "detector"
