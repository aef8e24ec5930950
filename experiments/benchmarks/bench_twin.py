"""Cost of the twin: full-suite readings per CPU-second, single and vector, against the cost of drawing the same noise.

One process, one thread, CPU time; every figure is a median of repeats, and every ratio is the median of ratios taken
within one repeat, so that a busy machine slows both sides. The least of the repeats is told beside the median: the
farther they are apart, the busier the machine was.
Run: OMP_NUM_THREADS=1 python experiments/benchmarks/bench_twin.py [--json FILE]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from gg_gym import ScenarioDefinition, Twin
from gg_gym.products import load_product

REPEATS = 7
BUDGETS = {
    "full_256_us": 83.0, "full_256_over_noise": 2.5, "steering_1_us": 500.0, "import_s": 0.5,
    "memory_MB_per_instance": 2.0,
}  # fmt: skip


def cpu(work: Callable[[], Any], count: int) -> float:
    """CPU microseconds per item of ``work`` that handles ``count`` items."""
    start = time.process_time()
    work()
    return (time.process_time() - start) / count * 1e6


def noise(frames: int = 200) -> float:
    """CPU microseconds for 4,800 float32 standard normals of SFC64, plus writing them."""
    generator, out = np.random.Generator(np.random.SFC64(1)), np.empty(4800, np.float32)
    kept = np.empty((frames, 4800), np.float32)

    def work() -> None:
        for i in range(frames):
            generator.standard_normal(4800, dtype=np.float32, out=out)
            kept[i] = out

    return cpu(work, frames)


def session(n: int, samples: int = 64) -> Any:
    """A session of n arcing runs at the first sample of its record."""
    made = (twin := Twin("grid_guardian", samples=samples)).begin(twin.draw(np.arange(n)))
    made.set_scenarios([ScenarioDefinition(family="arcing_event", parameters={"phase": 0.5})] * n)
    made.lead_in()
    return made


def readings(n: int, frame: bool) -> Callable[[], float]:
    """A measurement of the cost of a reading in a batch of n, a fresh frame in each or none at all."""
    steps = 64 if n < 64 else 16
    made = session(n, samples=64 * (2 + (REPEATS + 1) * steps // 64))

    def work() -> None:
        for _ in range(steps):
            made.sample(frame=frame, truth=False)

    work()
    return lambda: cpu(work, n * steps)


def steering(n: int, steps: int = 32) -> Callable[[], float]:
    """A measurement of Steering at an interval of one sample, n rows (1: the single environment), per reading."""
    options: dict[str, Any] = {"interval": 1, "intervals": 512, "detector": "none"}
    env: Any = (
        gymnasium.make("gg_gym/ScenarioSteering-v0", disable_env_checker=True, **options)
        if n == 1
        else gymnasium.make_vec("gg_gym/ScenarioSteering-v0", num_envs=n, **options)
    )
    env.reset(seed=0)
    action = np.zeros(env.action_space.shape, np.float32)

    def work() -> None:
        for _ in range(steps):
            env.step(action)

    work()
    return lambda: cpu(work, n * steps)


def selection(n: int, every: int, replicates: int = 2) -> Callable[[], float]:
    """A measurement of whole Selection runs, a frame each ``every`` samples, per recorded reading.

    Spin-up (48 steps), the quiet reading, lead-in (60 steps) and observations are part of the cost of 64 readings.
    """
    product = load_product("grid_guardian")
    product = product.replace(operation={**product.operation.model_dump(), "frame_every": every})
    env: Any = gymnasium.make_vec(
        "gg_gym/ScenarioSelection-v0", num_envs=n, product=product, detector="none", replicates=replicates
    )
    env.reset(seed=0)
    actions = np.random.default_rng(0).uniform(-1, 1, env.action_space.shape).astype(np.float32)
    return lambda: cpu(lambda: env.step(actions), n * replicates * 64)


def import_seconds() -> float:
    """Seconds to import gg_gym in a fresh interpreter, less the interpreter's own start."""

    def wall(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    return statistics.median(wall("import gg_gym") - wall("pass") for _ in range(5))


def memory_per_instance(n: int = 256) -> float:
    """Megabytes that an instance holds at most, from its spin-up to a sample with a frame (as Python counts them)."""
    session(16).sample(frame=True)
    tracemalloc.start()
    made = session(n)
    made.sample(frame=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / n / 1e6


def main() -> None:
    """Measure, print a table, and write JSON where asked for."""
    figures = {"memory_MB_per_instance": memory_per_instance(), "import_s": import_seconds()}
    work = {"noise": noise, "steering_1": steering(1), "steering_256": steering(256)}
    work |= {f"scalars_{n}": readings(n, False) for n in (1, 64, 256)}
    work |= {f"full_{n}": readings(n, True) for n in (1, 64, 256)}
    work |= {"selection_256_frame_each": selection(128, 1), "selection_256": selection(128, 8)}
    taken: dict[str, list[float]] = {key: [] for key in work}
    for repeat in range(REPEATS):
        for key, measure in work.items():
            if repeat < 3 or not key.startswith("selection"):
                taken[key].append(measure())
    for key, values in taken.items():
        figures[f"{key}_us"], figures[f"{key}_least_us"] = statistics.median(values), min(values)
        figures[f"{key}_over_noise"] = statistics.median(v / w for v, w in zip(values, taken["noise"], strict=False))
    for key in taken:
        figures[f"{key}_per_cpu_s"] = 1e6 / figures[f"{key}_us"]
    print(f"{'per reading':26s} {'us':>10s} {'least us':>10s} {'over noise':>11s} {'per CPU-s':>10s}")
    for key in taken:
        us, least, over, rate = (figures[f"{key}_{k}"] for k in ("us", "least_us", "over_noise", "per_cpu_s"))
        print(f"{key:26s} {us:10.1f} {least:10.1f} {over:11.2f} {rate:10.0f}")
    for key, budget in BUDGETS.items():
        print(f"{key:26s} {figures[key]:10.3f}   budget {budget:g}: {figures[key] / budget:.2f} of it")
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
