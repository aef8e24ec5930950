"""Synthetic runs with the shapes of the pole unit: for tests and benchmarks of records and loaders."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from gg_gym.records.run import RunData, RunHeader, canonical_json

WIDTHS = {"voc": 8, "t_rh": 2, "wind": 3, "emf": 27}
UNITS = {"voc": ["[ppb]"] * 8, "t_rh": ["Cel", "%"], "wind": ["m/s", "1", "1"], "emf": ["V/m"] * 27}


def channels() -> list[dict[str, Any]]:
    return [
        {
            "name": f"{k}_{i}",
            "instrument": k,
            "unit": UNITS[k][i],
            "low": -100.0,
            "high": 1000.0,
            "centre": 20.0,
            "scale": 5.0,
        }
        for k, width in WIDTHS.items()
        for i in range(width)
    ]


def make_run(number: int = 0, samples: int = 64, frame_every: int = 8, **changes: Any) -> RunData:
    """A run whose values look like sensor data: quantised random walks, noisy frames."""
    rng = np.random.default_rng(number)
    frame_samples = np.arange(frame_every - 1, samples, frame_every, dtype=np.int32)
    walk = {k: np.cumsum(rng.normal(0, 0.1, (samples, w)), 0) + 20.0 for k, w in WIDTHS.items()}
    readings: dict[str, Any] = {k: (np.round(v * 64) / 64).astype(np.float32) for k, v in walk.items()}
    scene = 29500 + 300 * np.arange(60)[:, None] / 60 + 100 * np.sin(np.arange(80) / 9)
    frames = scene + rng.normal(0, 5, (frame_samples.size, 60, 80))
    onset = int(rng.integers(0, samples))
    event = int(rng.integers(0, 4))
    severity = np.where(np.arange(samples) >= onset, 0.5 * (event > 0), 0.0).astype(np.float32)
    header = RunHeader(
        product="grid_guardian", product_config=canonical_json({"sensors": sorted(WIDTHS)}), weather="0" * 64,
        site=f"site_{number % 3}", hour=float(rng.uniform(0, 8760)), load=1.0, unit=2**63 + number, age=2.5,
        world=number % 4,
        definition={"family": "arcing_event", "version": 1, "parameters": {"severity": 0.5, "phase": rng.uniform()}},
        seed=2**64 - 1 - number, dt=10.0, samples=samples, engine_version="0.1.0",
        onset_s=onset * 10.0 if event else np.inf, event_class=event, agent="stratified", arm="stratified",
        action=tuple(rng.uniform(-1, 1, 8).tolist()), reward=0.25, reward_terms=(("raw", 0.5), ("z", 0.25)),
        weak_spot_ids=("w1",), history={"t_rh": rng.normal(size=(48, 2)).astype(np.float32)}, created=1_700_000_000_000,
    )  # fmt: skip
    status = {k: (rng.random(samples) < 0.02).astype(np.uint32) << 6 for k in (*WIDTHS, "thermal")}
    return RunData(
        header=dataclasses.replace(header, run_id="", **changes) if changes else header,
        readings={**readings, "thermal": np.round(frames).astype(np.uint16)},
        truth={
            **{k: v.astype(np.float32) for k, v in walk.items()},
            "thermal": np.round(scene / 10 + 0 * frames).astype(np.uint16),
        },
        status=status,
        labels={
            "event_class": np.where(severity > 0, event, 0).astype(np.uint8),
            "severity": severity,
            "anomaly": (severity > 0).astype(np.uint8),
        },
        physics={
            k: np.abs(rng.normal(size=samples)).astype(np.float32)
            for k in ("arc_power", "arc_energy", "mass_rate", "mass_lost", "hot_spot")
        },
        frame_samples=frame_samples,
    )
