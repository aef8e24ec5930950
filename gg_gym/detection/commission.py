"""Commissioning: a small detector for a fresh environment, its reference, and the fixed batch that scales rewards.

Both are functions of the product, the scenario families, dt and samples; they are made once and kept on disk.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gg_gym import __version__
from gg_gym.detection.ensemble import Ensemble
from gg_gym.detection.spec import DetectorSpec
from gg_gym.detection.training import train_small
from gg_gym.records.assemble import window_labels, windows
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.twin import Twin
from gg_gym.units import Int

#: Runs of the reference batch.
REFERENCE_RUNS = 256
#: Seed of the reference batch; its run seeds start here.
REFERENCE_SEED = 1 << 40


@dataclass(frozen=True)
class ReferenceBatch:
    """Windows of a fixed batch of family-stratified runs.

    Attributes:
        windows: inputs of a detector (x, mask, thermal, tmask) of N windows.
        labels: (N,) event classes.
        severity: (N,).
        anomaly: (N,).
    """

    windows: dict[str, np.ndarray]
    labels: Int
    severity: np.ndarray
    anomaly: np.ndarray

    def data(self) -> dict[str, np.ndarray]:
        """Windows with labels, as a training set."""
        return {**self.windows, "event_class": self.labels, "severity": self.severity, "anomaly": self.anomaly}


def cache_folder() -> Path:
    """Folder of things that can be made again: ``GG_GYM_CACHE``, or ``~/.cache/gg_gym``."""
    return Path(os.environ.get("GG_GYM_CACHE", Path.home() / ".cache" / "gg_gym"))


def _key(twin: Twin, space: ScenarioSpace, what: str) -> str:
    made_by = (__version__, source_digest(), np.__version__)
    parts = (what, made_by, twin.product.digest, twin.dt, twin.samples, twin.thermal, space.families)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def source_digest() -> str:
    """A digest of the package's own sources: a changed engine never meets an old cache."""
    root = Path(__file__).parent.parent
    stamp = [(str(p.relative_to(root)), p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(root.rglob("*.py"))]
    return hashlib.sha256(repr(stamp).encode()).hexdigest()[:16]


def reference_batch(twin: Twin, space: ScenarioSpace, runs: int = REFERENCE_RUNS) -> ReferenceBatch:
    """The fixed reference batch of a product, from the cache or simulated.

    Args:
        twin: the twin.
        space: the scenario space; families are stratified.
        runs: number of runs.
    """
    path = cache_folder() / f"reference-{_key(twin, space, f'batch{runs}')}.npz"
    if not path.is_file():
        _write_npz(path, _simulate(twin, space, runs))
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    arrays["thermal"] = arrays["thermal"].astype(np.float32) * np.float32(0.01)
    inputs = {k: arrays[k] for k in ("x", "mask", "thermal", "tmask")}
    return ReferenceBatch(inputs, arrays["event_class"], arrays["severity"], arrays["anomaly"])


def _simulate(twin: Twin, space: ScenarioSpace, runs: int) -> dict[str, np.ndarray]:
    seeds = REFERENCE_SEED + np.arange(runs, dtype=np.uint64)
    actions = space.sample(runs, REFERENCE_SEED, families=range(space.n_families))
    batch = twin.run(twin.draw(seeds), [space.decode(a) for a in actions], truth=False)
    inputs = windows(batch.readings, batch.status, tuple(twin.slices), every=twin.product.operation.frame_every)
    inputs["thermal"] = np.rint(inputs["thermal"] * 100).astype(np.uint16)
    return {**inputs, **window_labels(batch.labels)}


def _write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    os.replace(name, path)


def commission(twin: Twin, space: ScenarioSpace, batch: ReferenceBatch) -> tuple[Ensemble, Ensemble]:
    """A small ensemble and a reference detector, trained on the reference batch, from the cache or fitted.

    Returns:
        (ensemble, reference).
    """
    folder = cache_folder() / f"detector-{_key(twin, space, 'commission')}"
    if not all((folder / part / "detector.json").is_file() for part in ("ensemble", "reference")):
        ensemble, reference = train_small(DetectorSpec.of(twin.channels), batch.data(), seed=0, threads=1)
        ensemble.save(folder / "ensemble")
        reference.save(folder / "reference")
    return Ensemble.load(folder / "ensemble"), Ensemble.load(folder / "reference")
