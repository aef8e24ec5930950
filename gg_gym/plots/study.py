"""Figures of a study: learning curves, what each agent chose, and how far stated probabilities hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.plots import style

#: Titles of metrics that have one; others show their key.
TITLES = {
    "auprc": "macro AUPRC",
    "macro_auprc": "macro AUPRC",
    "ece": "calibration error (ECE)",
    "nll": "negative log-likelihood [nat]",
    "mean_reward": "mean reward",
    "delay_s": "median detection delay [s]",
    "false_alarms_per_pole_year": "false alarms per pole-year",
}


def learning_curves(
    cells: Sequence[Mapping[str, Any]],
    path: Path | str,
    metric: str = "auprc",
) -> Path:
    """Draw a held-out metric against runs trained on and against runs simulated, one line per arm and seed.

    Args:
        cells: mappings with arm, seed, n_train, n_sim and metrics.
        path: PNG to write.
        metric: key in ``metrics``.

    Raises:
        InputError: ``path`` cannot be written.
    """
    arms = list(dict.fromkeys(cell["arm"] for cell in cells))
    axes_of = (("n_train", "runs trained on"), ("n_sim", "runs simulated (screening and reference included)"))
    with style.page(path, 9.0, 3.4) as figure:
        for i, (key, title) in enumerate(axes_of):
            axis = figure.add_subplot(1, 2, i + 1)
            for colour, arm in zip(_cycle(len(arms)), arms, strict=True):
                _curve(axis, [c for c in cells if c["arm"] == arm], key, metric, colour, arm)
            axis.set_xlabel(title)
            axis.set_ylabel(TITLES.get(metric, metric))
            if i == 0:
                axis.legend()
    return Path(path)


def _cycle(n: int) -> list[str]:
    return [style.COLOURS[i % len(style.COLOURS)] for i in range(n)]


def _curve(axis: Any, cells: Sequence[Mapping[str, Any]], key: str, metric: str, colour: str, arm: str) -> None:
    """Thin lines for seeds, a thick one for their mean when there are several."""
    seeds = sorted({cell["seed"] for cell in cells})
    lines = []
    for seed in seeds:
        own = sorted((c for c in cells if c["seed"] == seed), key=lambda c: c[key])
        points = [(c[key], c["metrics"][metric]) for c in own if c["metrics"].get(metric) is not None]
        if points:
            lines.append(np.array(points, dtype=np.float64))
    for line in lines:
        axis.plot(line[:, 0], line[:, 1], color=colour, lw=0.8 if len(lines) > 1 else 1.6, marker="o", ms=3, alpha=0.6)
    if len(lines) > 1 and len({len(line) for line in lines}) == 1:
        mean = np.mean(lines, axis=0)
        axis.plot(mean[:, 0], mean[:, 1], color=colour, lw=2.2)
    axis.plot([], [], color=colour, lw=2, label=f"{arm} (n = {len(lines)})")


def scenario_choices(cells: Sequence[Mapping[str, Any]], path: Path | str) -> Path:
    """Draw which families each arm chose in each round, and where its runs lie in severity and phase.

    Args:
        cells: mappings with arm, round, families (name -> runs or share) and, optionally, choices (a list of
            mappings with family, severity and phase).
        path: PNG to write.

    Raises:
        InputError: ``path`` cannot be written.
    """
    arms = list(dict.fromkeys(cell["arm"] for cell in cells))
    families = sorted({name for cell in cells for name in cell.get("families", {})})
    colours = dict(zip(families, _cycle(len(families)), strict=True))
    scattered = any(cell.get("choices") for cell in cells)
    with style.page(path, 3.2 * max(len(arms), 2), 5.6 if scattered else 3.0) as figure:
        axes = figure.subplots(2 if scattered else 1, max(len(arms), 1), squeeze=False)
        for column, arm in enumerate(arms):
            own = [cell for cell in cells if cell["arm"] == arm]
            _shares(axes[0][column], own, colours)
            axes[0][column].set_title(arm)
            if scattered:
                _scatter(axes[1][column], own, colours)
        if families:
            handles = axes[0][0].get_legend_handles_labels()
            figure.legend(*handles, loc="outside lower center", ncols=min(len(families), 6))
    return Path(path)


def _shares(axis: Any, cells: Sequence[Mapping[str, Any]], colours: Mapping[str, str]) -> None:
    """Stacked shares of families by round, the mean over seeds."""
    rounds = sorted({cell["round"] for cell in cells if cell.get("families")})
    base = np.zeros(len(rounds))
    for family, colour in colours.items():
        share = []
        for number in rounds:
            of_round = [cell["families"] for cell in cells if cell["round"] == number and cell.get("families")]
            share.append(np.mean([f.get(family, 0) / max(sum(f.values()), 1e-12) for f in of_round]))
        axis.bar(np.arange(len(rounds)), share, bottom=base, color=colour, width=0.8, label=family)
        base = base + np.array(share)
    axis.set_xticks(np.arange(len(rounds)), [str(r) for r in rounds])
    axis.set_xlabel("round")
    axis.set_ylabel("share of runs")
    axis.set_ylim(0, 1)
    axis.grid(False)


def _scatter(axis: Any, cells: Sequence[Mapping[str, Any]], colours: Mapping[str, str]) -> None:
    """Severity and phase of the chosen runs."""
    for cell in cells:
        for choice in cell.get("choices") or ():
            axis.plot(
                choice["phase"], choice["severity"], ".", ms=4, color=colours.get(choice["family"], "black"), alpha=0.7
            )
    axis.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="phase of the record", ylabel="severity asked for")


def reliability(bins: Mapping[str, Sequence[Mapping[str, float]]], path: Path | str) -> Path:
    """Draw observed frequency against stated probability.

    Args:
        bins: arm -> bins with confidence, accuracy and count.
        path: PNG to write.

    Raises:
        InputError: ``path`` cannot be written.
    """
    with style.page(path, 4.2, 3.6) as figure:
        axis = figure.add_subplot()
        axis.plot([0, 1], [0, 1], color=style.NULL, lw=1)
        for colour, (arm, rows) in zip(_cycle(len(bins)), bins.items(), strict=True):
            kept = [row for row in rows if row["count"] > 0]
            size = [4 + 4 * np.sqrt(row["count"]) for row in kept]
            x, y = [row["confidence"] for row in kept], [row["accuracy"] for row in kept]
            axis.plot(x, y, color=colour, lw=1, label=arm)
            axis.scatter(x, y, s=size, color=colour)
        axis.set(xlabel="stated probability", ylabel="observed frequency", xlim=(0, 1), ylim=(0, 1.02))
        if bins:
            axis.legend()
    return Path(path)
