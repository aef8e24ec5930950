"""Cost of the twin: full-suite readings per CPU-second, single and vector, against the cost of drawing the same noise.

One process, one thread, CPU time; every figure is a median of repeats, and ratios are taken within one repeat.
Run: python experiments/benchmarks/bench_twin.py [--json FILE]
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

REPEATS = 5


def cpu(work, count):
    """CPU seconds per item of ``work`` that handles ``count`` items."""
    start = time.process_time()
    work()
    return (time.process_time() - start) / count


def noise_cost(frames=200):
    """CPU seconds for 4,800 float32 standard normals of SFC64, plus writing them."""
    generator, out = np.random.Generator(np.random.SFC64(1)), np.empty(4800, np.float32)
    kept = np.empty((frames, 4800), np.float32)

    def work():
        for i in range(frames):
            generator.standard_normal(4800, dtype=np.float32, out=out)
            kept[i] = out

    return cpu(work, frames)


def session(n, thermal, samples=64):
    from gg_gym import ScenarioDefinition, Twin

    twin = Twin("grid_guardian", thermal=thermal, samples=samples)
    made = twin.begin(twin.draw(np.arange(n)))
    made.set_scenarios([ScenarioDefinition(family="arcing_event", parameters={"phase": 0.5})] * n)
    made.lead_in()
    return made


def readings(n, thermal, frame, steps=64):
    """CPU seconds per full-suite reading in a batch of n."""
    made = session(n, thermal, samples=64 * (1 + (REPEATS + 1) * steps // 64))
    advance = lambda: [made.sample(frame=frame, truth=False) for _ in range(steps)]
    advance()
    return [cpu(advance, n * steps) for _ in range(REPEATS)]


def steering(steps=60):
    """CPU seconds per step of the single Steering environment, full suite, interval of one sample."""
    import gymnasium

    env = gymnasium.make(
        "gg_gym/ScenarioSteering-v0", interval=1, intervals=512, detector="none", disable_env_checker=True
    )
    env.reset(seed=0)
    action = np.zeros(env.action_space.shape, np.float32)
    env.step(action)
    return [cpu(lambda: [env.step(action) for _ in range(steps)], steps) for _ in range(REPEATS)]


def import_seconds():
    """Seconds to import gg_gym in a fresh interpreter, less the interpreter's own start."""
    run = lambda code: min(_wall([sys.executable, "-c", code]) for _ in range(5))
    return run("import gg_gym") - run("pass")


def _wall(command):
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def memory_per_instance(n=256):
    """Bytes of resident memory an instance adds."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = session(n, True)
    made.sample(frame=True)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / n


def main():
    import gg_gym  # noqa: F401

    memory = memory_per_instance()
    noise = [noise_cost() for _ in range(REPEATS)]
    figures = {"noise_us": statistics.median(noise) * 1e6}
    for n in (1, 64, 256):
        for name, thermal, frame in (("scalars", False, False), ("full", True, True)):
            figures[f"{name}_{n}_us"] = statistics.median(readings(n, thermal, frame)) * 1e6
    figures["full_256_over_noise"] = figures["full_256_us"] / figures["noise_us"]
    figures["camera_256_over_noise"] = (figures["full_256_us"] - figures["scalars_256_us"]) / figures["noise_us"]
    figures["full_256_per_cpu_s"] = 1e6 / figures["full_256_us"]
    figures["full_1_per_cpu_s"] = 1e6 / figures["full_1_us"]
    figures["steering_steps_per_cpu_s"] = 1 / statistics.median(steering())
    figures["import_s"] = import_seconds()
    figures["memory_MB_per_instance"] = memory / 1e6
    for key, value in figures.items():
        print(f"{key:28s} {value:12.3f}")
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
