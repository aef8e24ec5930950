"""Whether a classifier tells windows of the twin from recorded ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gg_gym.physics.site import Site

from . import DATA
from .weather import CHANNELS, arm_days, arm_site, cut, naive_windows, structure, twin_minutes, unwrap


def features(windows: np.ndarray, kind: str) -> np.ndarray:
    """Kind "raw": the 150 values about the window's mean, and the means; "steps": those and statistics of steps."""
    x = unwrap(windows)
    flat = (x - x.mean(1, keepdims=True)).reshape(len(x), -1)
    level = x.mean(1)[:, [0, 1, 2, 4]]
    if kind == "raw":
        return np.concatenate([flat, level], axis=1)
    parts = [flat, level]
    for lag in (1, 2, 4, 8):
        d = x[:, lag:] - x[:, :-lag]
        parts += [d.std(1), np.abs(d).mean(1), np.abs(d).max(1)]
    d = np.diff(x, axis=1)
    d = d - d.mean(1, keepdims=True)
    scale = np.maximum((d**2).mean(1), 1e-12)
    parts += [(d[:, k:] * d[:, :-k]).mean(1) / scale for k in (1, 2, 3)]
    parts += [
        (d[..., i] * d[..., j]).mean(1)[:, None] / np.sqrt(scale[:, i] * scale[:, j])[:, None]
        for i in range(5)
        for j in range(i)
    ]
    return np.concatenate(parts, axis=1)


def auroc(real: np.ndarray, other: np.ndarray, blocks: tuple[np.ndarray, np.ndarray], kind: str = "raw") -> float:
    """Cross-validated AUROC of a gradient-boosting classifier; a block of hours is in one fold, for both sets."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold

    x = features(np.concatenate([real, other]), kind)
    y = np.repeat([0, 1], [len(real), len(other)])
    groups, score = np.concatenate(blocks), np.zeros(len(y))
    weight = np.where(y == 0, len(y) / len(real), len(y) / len(other))
    for train, test in GroupKFold(5).split(x, y, groups):
        model = HistGradientBoostingClassifier(max_iter=80, learning_rate=0.12, max_leaf_nodes=15, random_state=0)
        score[test] = model.fit(x[train], y[train], weight[train]).predict_proba(x[test])[:, 1]
    return float(roc_auc_score(y, score))


def two_sample(data: Path = DATA, replicates: int = 3) -> dict[str, Any]:
    """The twin, a naive AR(1) and the record itself against the record."""
    real, hours = cut(arm_days(data))
    block = (hours // 6).astype(int)
    site = arm_site(data)
    twin = np.concatenate([twin_minutes(site, hours, seed=1 + k) for k in range(replicates)])
    naive = np.concatenate([naive_windows(real, seed=k) for k in range(replicates)])
    many, even, day = np.tile(block, replicates), np.arange(len(block)) % 2 == 0, (hours // 24).astype(int) % 2 == 0
    out: dict[str, Any] = {"windows": len(real), "replicates": replicates}
    for kind in ("raw", "steps"):
        out[kind] = {
            "twin": auroc(real, twin, (block, many), kind),
            "naive_ar1": auroc(real, naive, (block, many), kind),
            "real_alternate_windows": auroc(real[even], real[~even], (block[even], block[~even]), kind),
            "real_other_days": auroc(real[day], real[~day], (block[day], block[~day]), kind),
        }
    out["structure"] = {"recorded": structure(real), "twin": structure(twin), "naive_ar1": structure(naive)}
    out["arrays"] = (real, twin, naive)
    return out


def roughness(data: Path = DATA) -> dict[str, dict[str, float]]:
    """The test at other roughness lengths than the site's: the record does not name one."""
    real, hours = cut(arm_days(data))
    block, out = (hours // 6).astype(int), {}
    for z0 in (0.01, 0.1):
        twin = twin_minutes(replace(arm_site(data), roughness=z0), hours)
        out[f"{z0} m"] = {kind: auroc(real, twin, (block, block), kind) for kind in ("raw", "steps")}
    return out


def held_out(data: Path = DATA, replicates: int = 6) -> dict[str, Any]:
    """The test on a day that nothing was fitted to: MIDC, Tucson, October; wind at 3 m against the twin's at 10 m."""
    path = data / "weather_pvlib" / "midc_raw_20181018.txt"
    frame = pd.read_csv(path)
    names = ["Air Temperature [deg C]", "Rel Humidity [%]", "Avg Wind Speed @ 3m [m/s]"]
    names += ["Avg Wind Direction @ 3m [deg from N]", "Station Pressure [mBar]"]
    keys = ("temperature", "relative_humidity", "wind_speed", "wind_from", "pressure")
    mapped = ";".join(f"{k}={n}:{u}" for k, n, u in zip(keys, names, ("Cel", "%", "m/s", "deg", "mbar"), strict=True))
    mapped += ";ghi=Global Horiz (platform) [W/m^2]:W/m2"
    weather = f"csv:{path};time=Year+DOY+MST;format=%Y %j %H%M;pad=4;missing=-7999;partial=1;{mapped}"
    site = Site("tucson", 32.23, -110.955, 786.0, -7.0, 0.3, 500e3, 1e3, "light", weather)
    clock = frame["MST"].to_numpy()
    series = {"hour": 24.0 * (frame["DOY"].to_numpy() - 1) + clock // 100 + (clock % 100) / 60.0}
    series |= {c: frame[n].to_numpy(float) for c, n in zip(CHANNELS, names, strict=True)}
    series["pressure"] = 100.0 * series["pressure"]
    real, hours = cut(series, 290 * 24 + 0.5, 290 * 24 + 23.5)
    twin = np.concatenate([twin_minutes(site, hours, seed=1 + k) for k in range(replicates)])
    naive = np.concatenate([naive_windows(real, seed=k) for k in range(replicates)])
    grid, block = np.array([0.01, 0.1, 0.01, 0.1, 10.0]), (hours // 3).astype(int)
    real, twin, naive = (np.round(x / grid) * grid for x in (real, twin, naive))
    out: dict[str, Any] = {"windows": len(real), "structure": {"recorded": structure(real), "twin": structure(twin)}}
    for kind in ("raw", "steps"):
        blocks = (block, np.tile(block, replicates))
        out[kind] = {"twin": auroc(real, twin, blocks, kind), "naive_ar1": auroc(real, naive, blocks, kind)}
    return out
