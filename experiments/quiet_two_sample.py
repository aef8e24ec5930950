"""Which channel gives the twin away beside a recorded unit: a classifier on windows of one channel at a time.

Called by ``experiments/quiet_unit.py``. Windows know nothing of the level, which is the place's, and both sides are
rounded to the record's resolution. A score is an area under the ROC curve: 0.5 cannot be told apart, 1 always can. The
interval is of 200 bootstraps over blocks of ten minutes.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

#: Resolution of the records.
GRID = {
    "t_rh.temperature": 0.01, "t_rh.humidity": 0.01, "baro.pressure": 0.1, "pm.pm2_5": 0.01, "pm.pm1": 0.01,
    "voc.MOXB": 1.0 / 512.0,
}  # fmt: skip
#: Kind of window to (seconds averaged, values of a window).
KINDS = {"seconds": (1, 60), "minutes": (60, 5)}
BLOCK = 600
TINY = 1e-6
#: The second record's columns, their factors and resolutions, and its step [s].
CITIZEN = {
    "t_rh.temperature": ("TEMP", 1.0, 0.01), "t_rh.humidity": ("HUM", 1.0, 0.01), "baro.pressure": ("PRESS", 1e3, 10.0),
}  # fmt: skip
CITIZEN_STEP = 30


def windows(x: Any, average: int, size: int, step: int = 1) -> tuple[Any, Any]:
    """(W, size) means over ``average`` seconds of each series of x (T, n), and the window's block (W,)."""
    per = max(average // step, 1)
    out, blocks = [], []
    for i, series in enumerate(x.T):
        count = len(series) // (per * size)
        cut = series[: count * per * size].reshape(count, size, per).mean(axis=2)
        out.append(cut)
        blocks.append(100_000 * i + np.arange(count) * per * size * step // BLOCK)
    return np.concatenate(out), np.concatenate(blocks)


def features(x: Any) -> Any:
    """(W, f) statistics of windows (W, size) that do not know the level: sizes (logarithms) and shapes."""
    x = x - x.mean(axis=1, keepdims=True)
    steps = np.diff(x, axis=1)
    power = np.maximum((steps**2).mean(1), TINY**2)
    lags = [(steps[:, k:] * steps[:, :-k]).mean(1) / power for k in (1, 2) if steps.shape[1] > k]
    shapes = [(steps == 0).mean(1), np.abs(steps).mean(1) / np.sqrt(power), x.std(1) / np.sqrt(power)]
    sizes = x.std(1), np.sqrt(power), np.abs(steps).max(1), np.ptp(x, axis=1), np.abs(np.median(steps, 1))
    return np.stack([*(np.log(s + TINY) for s in sizes), *lags, *shapes], axis=1)


def scores(x: Any, y: Any, groups: Any, small: bool) -> Any:
    """(W,) cross-validated probability of being the twin's; logistic where windows are few, else boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    out = np.zeros(len(y))
    for train, test in StratifiedGroupKFold(5, shuffle=True, random_state=0).split(x, y, groups):
        model: Any = HistGradientBoostingClassifier(
            max_iter=60, learning_rate=0.1, max_leaf_nodes=7, class_weight="balanced", random_state=0
        )
        if small:
            model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, class_weight="balanced", max_iter=1000))
        out[test] = model.fit(x[train], y[train]).predict_proba(x[test])[:, 1]
    return out


def auroc(real: Any, other: Any, kind: str, step: int = 1, many: int = 200) -> dict[str, float]:
    """Area and 95 % interval for recorded (T, n) against other series (T, m) of one channel."""
    from sklearn.metrics import roc_auc_score

    average, size = KINDS[kind]
    average = max(average, step)
    (a, in_a), (b, in_b) = (windows(x, average, size if step == 1 else 20, step) for x in (real, other))
    x, y = features(np.concatenate([a, b])), np.repeat([0, 1], [len(a), len(b)])
    groups = np.concatenate([in_a, 50_000_000 + in_b])
    score = scores(x, y, groups, kind == "minutes")
    rng, found = np.random.default_rng(0), []
    rows = {g: np.flatnonzero(groups == g) for g in np.unique(groups)}
    sides = [np.unique(in_a), 50_000_000 + np.unique(in_b)]
    for _ in range(many):
        picked = np.concatenate([rows[g] for side in sides for g in rng.choice(side, len(side))])
        found.append(roc_auc_score(y[picked], score[picked]))
    low, high = np.quantile(found, (0.025, 0.975))
    return {"auroc": float(roc_auc_score(y, score)), "low": float(low), "high": float(high), "windows": len(a)}


def halves(x: Any) -> tuple[Any, Any]:
    """A record (T, 1) as two of its own: alternate blocks."""
    count = len(x) // BLOCK
    parts = x[: count * BLOCK].reshape(count, BLOCK)
    return parts[0::2].T, parts[1::2].T


def compare(real: dict[str, Any], sources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Channel to kind of window to source ("record" is the record against itself) to area and interval."""
    out: dict[str, Any] = {}
    for key, series in real.items():
        grid = GRID[key]
        mine = np.round(np.asarray(series)[:, None] / grid) * grid
        out[key] = {}
        for kind in KINDS:
            rows = {"record": auroc(*halves(mine), kind)}
            rows |= {name: auroc(mine, np.round(x[key] / grid) * grid, kind) for name, x in sources.items()}
            out[key][kind] = rows
    return out


def citizen(data: Path) -> dict[str, Any]:
    """Channel to (T,) values of the second record, every 30 s, without gaps of its sensors."""
    with (data / "smartcitizen" / "sck_example.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    names, out = rows[0], {}
    body = [r for r in rows[1:] if r and r[0][:2] == "20"]
    for key, (column, factor, _) in CITIZEN.items():
        texts = [r[names.index(column)] for r in body]
        out[key] = np.array([factor * float(t) for t in texts if t not in ("", "null")])
    return out


def compare_citizen(real: dict[str, Any], twin: dict[str, Any]) -> dict[str, Any]:
    """The same for the second record, windows of 20 values (ten minutes)."""
    out = {}
    for key, (_, _, grid) in CITIZEN.items():
        mine, other = (np.round(x / grid) * grid for x in (real[key][:, None], twin[key]))
        half = len(mine) // 40 * 20
        pair = mine[:half], mine[half : 2 * half]
        out[key] = {
            "record": auroc(*pair, "minutes", CITIZEN_STEP), "whole": auroc(mine, other, "minutes", CITIZEN_STEP)
        }  # fmt: skip
    return out


def picture(found: dict[str, Any], path: Path) -> None:
    """Areas and intervals by channel: seconds and minutes, parts alone and whole twin, and the record with itself."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True, constrained_layout=True)
    style = {"record": ("k", "record and itself"), "alone": ("tab:orange", "parts"), "whole": ("tab:blue", "twin")}
    names = list(found)
    for axis, kind in zip(axes, KINDS, strict=True):
        for j, (source, (colour, label)) in enumerate(style.items()):
            rows = [found[k][kind][source] for k in names]
            at = np.arange(len(names)) + 0.2 * (j - 1)
            area, low, high = (np.array([r[c] for r in rows]) for c in ("auroc", "low", "high"))
            width = [np.maximum(area - low, 0), np.maximum(high - area, 0)]
            axis.errorbar(area, at, xerr=width, fmt="o", color=colour, label=label)
        axis.axvline(0.5, color="0.7", lw=0.8)
        title = "windows of 60 values at 1 Hz" if kind == "seconds" else "windows of 5 minute means"
        axis.set(title=title, xlabel="AUROC", xlim=(0.0, 1.02), yticks=range(len(names)), yticklabels=names)
    axes[0].legend(fontsize=8, loc="center", bbox_to_anchor=(0.74, 0.5))
    figure.savefig(path, dpi=80)
    plt.close(figure)
