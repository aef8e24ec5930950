"""Reproduce: simulate a logged run again from its own record and compare bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gg_gym import __version__
from gg_gym.physics.weather_sources import load_weather
from gg_gym.records.avro import DatasetReader
from gg_gym.records.run import RunData, cpu_features
from gg_gym.records.simulated import conditions_of, definition_of, product_of, replay, run_data, steered_of
from gg_gym.twin import Twin

GROUPS = ("readings", "truth", "status", "labels", "physics")


@dataclass(frozen=True)
class Difference:
    """Where a regenerated array differs: its largest difference and the first sample (or frame) that forked."""

    array: str
    largest: float
    first: int


@dataclass
class Reproduction:
    """What came of reproducing one run.

    Attributes:
        run_id: the run.
        differences: arrays that differ; empty when all are bit-equal.
        missing: arrays that only one side has.
        notes: differences of engine, NumPy, CPU features or weather between the record and this machine.
        compared: number of arrays compared.
    """

    run_id: str
    differences: list[Difference] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    compared: int = 0

    @property
    def equal(self) -> bool:
        """Whether every array is bit-equal."""
        return not self.differences and not self.missing

    @property
    def largest_difference(self) -> float:
        """The largest difference over all arrays."""
        return max((d.largest for d in self.differences), default=0.0)


def regenerate(run: RunData) -> RunData:
    """Simulate a run again from its header.

    Raises:
        InputError: the record does not describe a run that this version can simulate.
    """
    header = run.header
    product = product_of(header)
    thermal = "thermal" in run.readings or not run.has_samples
    steered = steered_of(header)
    if steered is not None:
        whole = Twin(product, dt=header.dt, samples=steered.horizon, thermal=thermal)
        return run_data(*replay(whole, conditions_of(header, product), steered), 0, steered)
    twin = Twin(product, dt=header.dt, samples=header.samples, thermal=thermal)
    runs = twin.run(
        conditions_of(header, product),
        [definition_of(header)],
        truth=bool(run.truth),
        frame_truth="thermal" in run.truth,
    )
    return run_data(twin, runs, 0)


def compare(run: RunData, again: RunData) -> Reproduction:
    """Compare a recorded run with its regeneration, array by array."""
    result = Reproduction(run.header.run_id, notes=_notes(run))
    for group in GROUPS:
        mine, theirs = getattr(run, group), getattr(again, group)
        result.missing += [f"{group}.{k}" for k in sorted(set(mine) ^ set(theirs))]
        for key in sorted(set(mine) & set(theirs)):
            result.compared += 1
            a, b = np.asarray(mine[key]), np.asarray(theirs[key])
            if a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes():
                continue
            result.differences.append(_difference(f"{group}.{key}", a, b))
    return result


def _difference(name: str, a: np.ndarray, b: np.ndarray) -> Difference:
    if a.shape != b.shape:
        return Difference(name, float("inf"), 0)
    gap = np.abs(a.astype(np.float64) - b.astype(np.float64)).reshape(len(a), -1)
    return Difference(name, float(np.nanmax(gap)), int(np.flatnonzero((gap != 0).any(axis=1))[0]))


def _notes(run: RunData) -> list[str]:
    header = run.header
    here = {"engine_version": __version__, "numpy_version": np.__version__, "cpu_features": cpu_features()}
    notes = [f"{k}: recorded {getattr(header, k)}, here {v}" for k, v in here.items() if getattr(header, k) != v]
    product = product_of(header)
    site = next((s for s in product.site_objects if s.key == header.site), None)
    if site is not None and load_weather(site).digest != header.weather:
        notes.append("weather: the recorded digest differs from the file that is here")
    return notes


def reproduce(folder: str | Path, run_id: str | None = None) -> list[Reproduction]:
    """Reproduce one run of a dataset, or every run with arrays.

    Args:
        folder: dataset folder.
        run_id: one run, or None for all.

    Raises:
        InputError: no such folder or run.
        DamagedFileError: the file does not verify.
    """
    reader = DatasetReader(folder)
    ids = [run_id] if run_id else list(reader.run_ids)
    runs = (reader.read(i) for i in ids)
    return [compare(run, regenerate(run)) for run in runs if run.has_samples]
