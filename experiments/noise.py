"""The noise study of docs/results/noise.md: run it, or what is missing of it, and print the four statements.

    python experiments/noise.py [--workers 2] [--out docs/results/noise.json]

Finished cells (a noise family under a seed) are kept in the JSON file; a stopped study goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gg_gym.executors import make_executor
from gg_gym.studies.cells import write_json
from gg_gym.studies.noise import STATEMENTS, NoisePlan, run_cell, verdicts

PLACE = Path(__file__).resolve().parents[1] / "docs" / "results" / "noise.json"
FAMILIES = tuple(dict.fromkeys(s.noise for s in STATEMENTS))


def run_task(task: tuple[NoisePlan, str, int]) -> tuple[dict[str, Any], float]:
    """One cell and its CPU seconds."""
    begin = time.process_time()
    return run_cell(*task), time.process_time() - begin


def load(place: Path, plan: NoisePlan) -> list[dict[str, Any]]:
    """Finished cells of this plan."""
    kept = json.loads(place.read_text(encoding="utf-8"))["cells"] if place.is_file() else []
    return [cell for cell in kept if cell["plan"] == plan.digest() and cell["seed"] in plan.seeds]


def save(place: Path, plan: NoisePlan, cells: list[dict[str, Any]]) -> None:
    cells = sorted(cells, key=lambda cell: (cell["noise"], cell["seed"]))
    place.parent.mkdir(parents=True, exist_ok=True)
    write_json(place, {"plan": json.loads(json.dumps(asdict(plan))), "cells": cells, "verdicts": verdicts(cells)})


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| statement | chosen | share | 95 % bounds | uniform | per round | per seed | holds | drawn in proportion |"
    ]
    lines += ["| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for v in rows:
        rounds, seeds = (", ".join(f"{x:.2f}" for x in v[key]) for key in ("per_round", "per_seed"))
        d = v["drawn"]
        drawn = f"{d['share']:.3f} ({d['low']:.3f} to {d['high']:.3f})"
        bounds = f"{v['low']:.3f} to {v['high']:.3f}"
        cells = (v["text"], f"{v['k']} of {v['n']}", f"{v['share']:.3f}", bounds, f"{v['uniform']:.3f}", rounds, seeds)
        lines.append("| " + " | ".join(cells) + f" | {'yes' if v['holds'] else 'NO'} | {drawn} |")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--out", type=Path, default=PLACE)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(NoisePlan.seeds))
    for name in ("rounds", "initial", "validation", "pool", "chosen", "replicates", "members", "steps"):
        parser.add_argument(f"--{name}", type=int, default=getattr(NoisePlan, name))
    return parser.parse_args()


def main() -> None:
    given = vars(arguments())
    workers, place = given.pop("workers"), given.pop("out")
    plan = NoisePlan(**{**given, "seeds": tuple(given["seeds"])})
    cells = load(place, plan)
    done = {(cell["noise"], cell["seed"]) for cell in cells}
    tasks = [(plan, noise, seed) for seed in plan.seeds for noise in FAMILIES if (noise, seed) not in done]
    print(f"{len(done)} cells done before, {len(tasks)} to run with {workers} workers", flush=True)
    executor, begin = make_executor(workers), time.perf_counter()
    try:
        for cell, seconds in executor.map(run_task, tasks):
            cells.append(cell)
            save(place, plan, cells)
            wall = time.perf_counter() - begin
            print(f"{cell['noise']} seed {cell['seed']}: {seconds:.0f} CPU-s, {wall:.0f} s since start", flush=True)
    finally:
        executor.close(now=True)
    save(place, plan, cells)
    print(table(verdicts(cells)))


if __name__ == "__main__":
    main()
