"""Cost of each instrument: CPU microseconds per row that it adds to a suite's reading, in a batch of 256 and of one.

An instrument's cost is that of a suite of it alone (with what it needs) less that of a suite of the humidity probe,
which every suite here has; medians of repeats on one thread. Readings are without frames, of a world in which gaps arc;
what a state remembers of itself (such as the plume at the inlet) is forgotten before each reading.
Run: OMP_NUM_THREADS=1 python experiments/benchmarks/bench_sensors.py [--json FILE]
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from gg_gym import ScenarioDefinition, Twin
from gg_gym.physics.engine import RECORD
from gg_gym.products import load_product
from gg_gym.sensors import SensorSuite
from gg_gym.sensors.configuration import SensorConfiguration

REPEATS, STEPS = 7, 40


def cost(configs: list[SensorConfiguration], n: int) -> float:
    """Median CPU microseconds per row and reading of a suite of ``configs``."""
    twin = Twin("grid_guardian", thermal=False)
    session = twin.begin(twin.draw(np.arange(n)))
    session.set_scenarios([ScenarioDefinition(family="arcing_event", parameters={"phase": 0.0})] * n)
    session.lead_in()
    state = session.state
    suite = SensorSuite(configs, twin.product.geometry, session.conditions, state.world, twin.dt, thermal=False)
    suite.start(state, RECORD, 0)
    taken = []
    for repeat in range(REPEATS + 1):
        start = time.process_time()
        for i in range(STEPS):
            state.answers.clear()
            suite.read(state, twin.dt, RECORD, STEPS * repeat + i, truth=False)
        taken.append((time.process_time() - start) / STEPS / n * 1e6)
    return statistics.median(taken[1:])


def main() -> None:
    """Measure, print a table, and write JSON where asked for."""
    product = load_product("grid_guardian")
    configs = {s.name: s for s in product.sensors if s.name != "thermal"}
    base = [configs["t_rh"]]
    figures: dict[str, dict[str, float]] = {}
    floor = {n: cost(base, n) for n in (256, 1)}
    figures["t_rh"] = {str(n): v for n, v in floor.items()}
    for name in configs:
        if name == "t_rh":
            continue
        needed = [configs[k] for k in dict.fromkeys((*configs[name].needs, "t_rh", name)) if k in configs]
        figures[name] = {str(n): cost(needed, n) - floor[n] for n in (256, 1)}
    figures["all"] = {str(n): cost(list(configs.values()), n) for n in (256, 1)}
    print(f"{'instrument':14s} {'us, batch 256':>14s} {'us, batch 1':>12s}")
    for name, values in figures.items():
        print(f"{name:14s} {values['256']:14.2f} {values['1']:12.0f}")
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
