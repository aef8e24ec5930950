"""Results of studies: load the finished cells, one row per arm, seed and round; compare arms; rank them honestly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.studies.cells import CELL, read_json

#: Metrics whose smaller values are better.
LOWER_IS_BETTER = ("nll", "ece", "brier", "delay", "false_alarms")
BASELINES = ("stratified", "random", "sobol")


def load_cells(folder: str | Path) -> list[dict[str, Any]]:
    """All finished cells of a study, in the order arm, seed, round; every arm begins with its seed's round 0.

    Raises:
        InputError: no study there, or a damaged cell.
    """
    folder = Path(folder)
    study = read_json(folder / "study.json")
    base = {seed: folder / "base" / f"seed-{seed}" / CELL for seed in study["seeds"]}
    cells = []
    for arm in study["arms"]:
        for seed in study["seeds"]:
            if base[seed].is_file():
                cells.append({**read_json(base[seed]), "arm": arm})
            rounds = sorted((folder / "arms" / arm / f"seed-{seed}").glob("round-???"))
            cells.extend(read_json(path / CELL) for path in rounds if (path / CELL).is_file())
    return cells


def results_table(cells: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One flat row per cell: arm, seed, round, runs trained on, runs simulated, every metric, mean reward, shares."""
    rows = []
    for cell in cells:
        total = max(sum(cell["families"].values()), 1)
        rows.append(
            {
                **{key: cell[key] for key in ("arm", "seed", "round", "n_train", "n_sim")},
                **cell["metrics"],
                **{f"share/{name}": count / total for name, count in cell["families"].items()},
            }
        )
    return rows


def wording(seeds: int) -> str:
    """How far results of so many seeds reach."""
    return f"demonstration, {seeds} seed{'' if seeds == 1 else 's'}, not evidence"


@dataclass(frozen=True)
class Standing:
    """Where an arm ended.

    Attributes:
        arm: name.
        rank: 1 is best.
        value: mean of the metric over the seeds, after the last round that all seeds finished.
        low, high: 95 % bootstrap interval of the paired difference to the baseline; None with one seed.
        difference: mean paired difference to the baseline.
        n_train, n_sim: mean runs trained on and simulated.
    """

    arm: str
    rank: int
    value: float
    difference: float
    low: float | None
    high: float | None
    n_train: float
    n_sim: float


def bootstrap_interval(differences: Sequence[float], seed: int = 0, draws: int = 10_000) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a mean of paired differences."""
    x = np.asarray(differences, np.float64)
    picks = np.random.default_rng(seed).integers(0, len(x), (draws, len(x)))
    low, high = np.percentile(x[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def last_values(cells: Sequence[Mapping[str, Any]], metric: str) -> dict[str, dict[int, Mapping[str, Any]]]:
    """Arm to seed to the cell of the last round that every arm and seed has finished with this metric."""
    table: dict[tuple[str, int], dict[int, Mapping[str, Any]]] = {}
    for cell in cells:
        if cell["metrics"].get(metric) is not None:
            table.setdefault((cell["arm"], cell["seed"]), {})[cell["round"]] = cell
    if not table:
        return {}
    common = set.intersection(*(set(rounds) for rounds in table.values()))
    out: dict[str, dict[int, Mapping[str, Any]]] = {}
    for (arm, seed), rounds in table.items():
        if common:
            out.setdefault(arm, {})[seed] = rounds[max(common)]
    return out


def rank(
    cells: Sequence[Mapping[str, Any]], metric: str = "macro_auprc", baseline: str | None = None
) -> list[Standing]:
    """Rank arms by a metric after their last common round, with paired differences to a baseline arm.

    Args:
        cells: of one study.
        metric: name in the cells' metrics.
        baseline: arm; default the first present of stratified, random, sobol, else the first arm.

    Raises:
        InputError: no finished cell has the metric, or an unknown baseline.
    """
    ends = last_values(cells, metric)
    if not ends:
        raise InputError("metric", f"no finished cell has {metric!r}", ", ".join(sorted(_metrics(cells))))
    base = baseline or next((name for name in BASELINES if name in ends), next(iter(ends)))
    if base not in ends:
        raise InputError("baseline", f"unknown arm {base!r}", ", ".join(ends))
    sign = -1.0 if metric.startswith(LOWER_IS_BETTER) else 1.0
    value = {arm: float(np.mean([c["metrics"][metric] for c in by_seed.values()])) for arm, by_seed in ends.items()}
    order = sorted(ends, key=lambda arm: -sign * value[arm])
    return [_standing(arm, i + 1, ends, base, metric, value[arm]) for i, arm in enumerate(order)]


def _standing(
    arm: str, place: int, ends: Mapping[str, Mapping[int, Mapping[str, Any]]], base: str, metric: str, value: float
) -> Standing:
    """One arm's standing."""
    mine, theirs = ends[arm], ends[base]
    pairs = [mine[s]["metrics"][metric] - theirs[s]["metrics"][metric] for s in sorted(mine) if s in theirs]
    low, high = bootstrap_interval(pairs) if len(pairs) > 1 else (None, None)
    n_train, n_sim = (float(np.mean([c[key] for c in mine.values()])) for key in ("n_train", "n_sim"))
    return Standing(arm, place, value, float(np.mean(pairs)), low, high, n_train, n_sim)


def _metrics(cells: Sequence[Mapping[str, Any]]) -> set[str]:
    """Names of all metrics there are."""
    return {name for cell in cells for name in cell["metrics"]}


def compare(
    folders: Sequence[str | Path] | str | Path, metric: str = "macro_auprc", baseline: str | None = None
) -> dict[str, Any]:
    """Compare the arms of one or more study folders.

    Args:
        folders: study folders; with more than one, arms are named "study/arm".
        metric: what to rank by.
        baseline: arm to difference against.

    Returns:
        JSON-able: ``metric``, ``seeds``, ``wording``, ``standings`` (rank, arm, value, difference, low, high, n_train,
        n_sim) and ``rows`` (the flat table).

    Raises:
        InputError: no study, a damaged cell, an unknown metric or baseline.
    """
    paths = [Path(folders)] if isinstance(folders, str | Path) else [Path(folder) for folder in folders]
    cells: list[dict[str, Any]] = []
    for path in paths:
        found = load_cells(path)
        prefix = f"{read_json(path / 'study.json')['name']}/" if len(paths) > 1 else ""
        cells.extend({**cell, "arm": prefix + cell["arm"]} for cell in found)
    standings = rank(cells, metric, baseline)
    seeds = len({cell["seed"] for cell in cells})
    return {
        "metric": metric,
        "seeds": seeds,
        "wording": wording(seeds),
        "standings": [vars(standing) for standing in standings],
        "rows": results_table(cells),
    }
