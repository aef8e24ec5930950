"""Cost of the physics: CPU time of each module per 4,096 instances and step, and where the step's time goes.

One process, one thread. A module's figure is the lowest quintile over steps, so that a busy machine hardly counts; the
whole step is what the engine takes, draws included.
Run: OMP_NUM_THREADS=1 python experiments/benchmarks/bench_physics.py [rows ...] [--dt 10] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym import Twin
from gg_gym.physics.engine import RECORD
from gg_gym.products import load_product

#: Instances that a figure is for, and its budget [ms].
INSTANCES, BUDGET = 4096, 10.0
#: Rows times steps that are measured for a batch.
WORK = 24 * 4096


def timed(owner: Any, name: str, key: str, spent: dict[str, float]) -> None:
    """Let a method book its CPU seconds under ``key``."""
    work: Callable[..., Any] = getattr(owner, name)

    def booked(*arguments: Any, **options: Any) -> Any:
        start = time.process_time()
        out = work(*arguments, **options)
        spent[key] += time.process_time() - start
        return out

    setattr(owner, name, booked)


def step_seconds(rows: int, dt: float) -> dict[str, float]:
    """CPU seconds of a step of ``rows`` rows: by module, of the draws, and as a whole."""
    product = load_product("grid_guardian")
    short = {**product.operation.model_dump(), "spin_up_hours": 1}
    twin = Twin(product.replace(operation=short), thermal=False, dt=dt)
    session = twin.begin(twin.draw(np.arange(rows)))
    spent: dict[str, float] = defaultdict(float)
    for module in session.engine.modules:
        timed(module, "step", module.key, spent)
    taken: dict[str, list[float]] = defaultdict(list)
    for index in range(int(np.clip(WORK // rows, 16, 300))):
        spent.clear()
        start = time.process_time()
        session.engine.step(session.state, dt, RECORD, index)
        whole = time.process_time() - start
        spent["draws and engine"] = whole - sum(spent.values())
        for key, value in (*spent.items(), ("whole step", whole)):
            taken[key].append(value)
    # draws of small batches are made ahead, so theirs is a mean
    return {k: float(np.mean(v) if k.startswith("draws") else np.percentile(v, 20)) for k, v in taken.items()}


def empty_call(count: int = 20_000) -> float:
    """CPU seconds of one NumPy call on 16 numbers."""
    x, out = np.ones(16), np.empty(16)
    start = time.process_time()
    for _ in range(count):
        np.multiply(x, x, out=out)
    return (time.process_time() - start) / count


def main() -> None:
    """Measure, print a table, and write JSON where asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("rows", nargs="*", type=int, default=[1, 64, 256, 4096])
    parser.add_argument("--dt", type=float, default=10.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = {rows: step_seconds(rows, arguments.dt) for rows in arguments.rows}
    last = figures[arguments.rows[-1]]
    order = sorted(last, key=lambda key: -last[key])
    print("ms per 4,096 instances and step".ljust(34) + "".join(f"{f'batch {n}':>12s}" for n in figures))
    for key in order:
        print(key.ljust(34) + "".join(f"{1e3 * INSTANCES / n * figures[n].get(key, 0.0):12.2f}" for n in figures))
    print(f"budget {BUDGET:g} ms; a NumPy call on 16 numbers takes {1e6 * empty_call():.2f} us here")
    if arguments.json:
        arguments.json.write_text(json.dumps({str(n): f for n, f in figures.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
