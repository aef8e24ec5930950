"""Cost of the detector on one core: scoring, a training step, the commissioning preset. Prints a table.

Run as a script; takes about half a minute. CPU time of one thread, median over repetitions.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from gg_gym.detection.ensemble import Ensemble, torch_threads
from gg_gym.detection.spec import DetectorSpec
from gg_gym.detection.training import SMALL_STEPS, TrainingOptions, train, train_small

#: Budget of scoring: five members, batches of 64.
BUDGET_MS = 0.6


def specification(channels: int = 40) -> DetectorSpec:
    """Forty channels in four instruments, as the pole unit has."""
    instruments = ["voc"] * 8 + ["t_rh"] * 2 + ["wind"] * 3 + ["emf"] * (channels - 13)
    return DetectorSpec.of(
        {"name": f"c{i}", "instrument": k, "unit": "1", "low": -10, "high": 10, "centre": 0.0, "scale": 1.0}
        for i, k in enumerate(instruments)
    )


def batch(n: int, spec: DetectorSpec, seed: int = 0) -> dict[str, torch.Tensor]:
    """Random windows with labels."""
    g = torch.Generator().manual_seed(seed)
    label = torch.randint(0, len(spec.classes), (n,), generator=g)
    x = torch.randn(n, len(spec.channels), spec.window, generator=g)
    x[:, 0] += label[:, None]
    return {
        "x": x,
        "mask": torch.ones_like(x),
        "thermal": 288 + torch.randn(n, spec.frames, spec.frame_rows, spec.frame_columns, generator=g),
        "tmask": torch.ones(n, spec.frames),
        "event_class": label,
        "severity": label / 4.0,
        "anomaly": (label > 0).float(),
    }


def cpu_ms(call: Callable[[], Any], repetitions: int = 15) -> float:
    """Median CPU milliseconds of a call."""
    call()
    spent = []
    for _ in range(repetitions):
        start = time.process_time()
        call()
        spent.append(1e3 * (time.process_time() - start))
    return statistics.median(spent)


def measure() -> list[tuple[str, float, str]]:
    """Rows of (what, value, unit)."""
    spec = specification()
    windows, many = batch(64, spec), batch(300, spec)
    bare = {key: windows[key] for key in ("x", "mask")}
    rows: list[tuple[str, float, str]] = []
    for members in (5, 1):
        ensemble = Ensemble(spec, members, 0)
        rows.append((f"score, {members} members", cpu_ms(lambda e=ensemble: e.predict(windows)) / 64, "ms/window"))
        rows.append(
            (f"score, {members} members, no camera", cpu_ms(lambda e=ensemble: e.predict(bare)) / 64, "ms/window")
        )
        start = time.process_time()
        report = train(ensemble, many, 20, 0, options=TrainingOptions())
        rows.append((f"train, {members} members, batch 64", report.milliseconds_per_step, "ms/step (wall)"))
        rows.append((f"train, {members} members, 20 steps, all", 1e3 * (time.process_time() - start), "ms (CPU)"))
    start, wall = time.process_time(), time.perf_counter()
    train_small(spec, many)
    rows.append((f"commission: 3 + 1 members, {SMALL_STEPS} steps", time.process_time() - start, "s (CPU)"))
    rows.append((f"commission: 3 + 1 members, {SMALL_STEPS} steps", time.perf_counter() - wall, "s (wall)"))
    return rows


def main() -> None:
    """Print the table."""
    with torch_threads(1):
        rows = measure()
    for what, value, unit in rows:
        print(f"{what:45s} {value:10.3f} {unit}")
    print(f"{'budget: score, 5 members':45s} {BUDGET_MS:10.3f} ms/window")


if __name__ == "__main__":
    main()
