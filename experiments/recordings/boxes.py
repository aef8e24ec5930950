"""Temperature inside boxes: the twin's enclosure driven by recorded weather, and what recorded boxes do by themselves.

The logger's box of the ARM mast is not the twin's: other walls, other content. So the module runs once with the medians
of its priors, and once with heat inside, inner coefficient and absorptivity fitted on two days, tested on the next two.
Sun and sky were recorded on the first day only; it was overcast, and the second to the middle of the fourth day were
taken to be as the first. On the clear afternoon of the fourth the sun is unknown: it stays out of the score.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gg_gym.parameters.enclosure import BOX, ENCLOSURE_PRIORS
from gg_gym.physics.enclosure import internal_temperature
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState

from . import DATA

#: A logger's box hangs at about 1.5 m.
GEOMETRY = Geometry(3.0, 0.1, (), (), None, Mount((0.0, -0.3, 1.5), (0.0, 0.0, 2.0)))
ROUGHNESS = 0.05
MEDIAN = {p[0]: p[1] for p in ENCLOSURE_PRIORS}
#: Heat inside [W], coefficient inside [W/(m2.K)], absorptivity: what is fitted.
GRID = (np.geomspace(0.25, 8.0, 16), np.geomspace(1.25, 40.0, 16), np.linspace(0.0, 1.0, 6))
DAY = 1440
#: Minutes left out at the beginning, in which the start is forgotten, and those of the clear afternoon (14 to 24 UTC).
SETTLE, CLEAR = 240, slice(3 * DAY + 840, 4 * DAY)


def recorded(data: Path = DATA) -> dict[str, np.ndarray]:
    """Four days by the minute: outside and inside [Cel], wind [m/s], and sun and sky of the first day, repeated."""
    frame = pd.read_csv(data / "arm_met" / "sgpmetE13_1min_days1-4.csv")
    sky = pd.read_csv(data / "arm_met" / "sgpsirsE13_1min_20190101.csv")
    light = np.clip(sky.down_short_hemisp.to_numpy(), 0.0, None)
    long_wave = (sky.down_long_hemisp_shaded.to_numpy() / 5.670374419e-8) ** 0.25
    colder = long_wave - (frame.temp_mean.to_numpy()[:DAY] + 273.15)
    return {
        "air": frame.temp_mean.to_numpy(), "inside": frame.logger_temp.to_numpy(),
        "wind": frame.wspd_arith_mean.to_numpy(), "light": np.tile(light, 4), "sky_over_air": np.tile(colder, 4),
    }  # fmt: skip


def drive(record: dict[str, np.ndarray], heat: np.ndarray, inner: np.ndarray, absorptivity: np.ndarray) -> np.ndarray:
    """Temperatures inside (k, minutes) [Cel] of k boxes under the recorded weather."""
    k, zero = len(heat), np.zeros(len(heat))
    serial = np.arange(k, dtype=np.uint64)
    conditions = Conditions(serial, np.zeros(k, np.int64), zero, zero + 1.0, serial, zero, serial)
    world = {key: np.full(k, value) for key, value in MEDIAN.items()}
    world |= {"enclosure_inner": inner, "enclosure_absorptivity": absorptivity}
    engine = ModularPhysicsEngine(["enclosure"], PhysicsContext(GEOMETRY, (), conditions, world), 60.0)
    state = Environment3DState.neutral(GEOMETRY, k, 60.0, world)
    state.roughness = np.full(k, ROUGHNESS)
    state.causes["enclosure_heat"] = heat - BOX.draw
    out = np.empty((k, len(record["air"])))
    for minute in range(out.shape[1]):
        air = record["air"][minute] + 273.15
        state.air_temperature[:], state.sky_temperature[:] = air, air + record["sky_over_air"][minute]
        state.wind10[:] = (record["wind"][minute], 0.0, 0.0)
        state.dni[:], state.dhi[:], state.ghi[:] = 0.0, record["light"][minute], record["light"][minute]
        if minute == 0:
            engine.start(state)
        engine.step(state, 60.0, RECORD, minute)
        out[:, minute] = internal_temperature(state) - 273.15
    return out


def _score(error: np.ndarray) -> dict[str, float]:
    """Mean, rms, and spread about the mean of errors [K]."""
    return {"mean_K": float(error.mean()), "rms_K": float(np.sqrt((error**2).mean())), "spread_K": float(error.std())}


def enclosure(data: Path = DATA) -> dict[str, Any]:
    """The module by its medians and fitted, on the days of the fit and on the days of the test."""
    record = recorded(data)
    first = {key: values[: 2 * DAY] for key, values in record.items()}
    grid = np.array(list(product(*GRID)))
    error = drive(first, *grid.T) - first["inside"]
    best = grid[np.sqrt((error[:, SETTLE:] ** 2).mean(axis=1)).argmin()]
    prior = np.array([BOX.draw, MEDIAN["enclosure_inner"], MEDIAN["enclosure_absorptivity"]])
    inside = drive(record, *np.stack([prior, best]).T)
    test = np.r_[2 * DAY : 3 * DAY + 840]
    out: dict[str, Any] = {
        "heat_W_inner_W_m2K_absorptivity": {"prior": prior.tolist(), "fitted": best.round(3).tolist()},
    }  # fmt: skip
    for name, course in (("prior", inside[0]), ("fitted", inside[1]), ("air itself", record["air"])):
        off = course - record["inside"]
        out[name] = {
            "days 1-2": _score(off[SETTLE : 2 * DAY]), "days 3-4 to the clear afternoon": _score(off[test]),
            "clear afternoon, sun unknown": _score(off[CLEAR]),
        }  # fmt: skip
    out["arrays"] = (record, inside)
    return out


def alone(data: Path = DATA) -> dict[str, Any]:
    """What the recorded boxes do by themselves: lag and excess of the logger, a quiet unit whose board heats itself."""
    record = recorded(data)
    inside, outside = record["inside"], record["air"]
    best, lags = (np.inf, 0.0, 0.0), np.geomspace(60.0, 4 * 3600.0, 40)
    for tau in lags:
        a = np.exp(-60.0 / tau)
        follow = np.empty_like(outside)
        follow[0] = inside[0]
        for i in range(1, len(outside)):
            follow[i] = outside[i] + (follow[i - 1] - outside[i]) * a
        warm = float(np.median(inside[600:] - follow[600:]))
        best = min(best, (float(np.std((inside - follow)[600:])), float(tau), warm))
    quiet = pd.read_csv(data / "quiet_unit_1hz" / "quiet_1hz.csv.gz")
    t = quiet["Temperature[C]"].to_numpy()
    minute = t[: len(t) // 60 * 60].reshape(-1, 60).mean(1)
    return {
        "logger_lag_s": best[1], "logger_excess_K": best[2], "logger_residual_K": best[0],
        "quiet_second_std_within_minute_K": float(np.mean(t[: len(minute) * 60].reshape(-1, 60).std(1))),
        "quiet_minute_step_std_K": float(np.diff(minute).std()), "quiet_range_of_minutes_K": float(np.ptp(minute)),
    }  # fmt: skip


def plot(found: dict[str, Any], path: Path) -> None:
    """Four days inside the box."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    record, inside = found["arrays"]
    hour = np.arange(len(record["air"])) / 60.0
    figure, axis = plt.subplots(figsize=(11, 4), layout="constrained")
    axis.plot(hour, record["air"], "0.7", lw=0.8, label="air, recorded")
    axis.plot(hour, record["inside"], "k", lw=1.0, label="logger's box, recorded")
    axis.plot(hour, inside[0], "C0", lw=0.8, label="twin's enclosure, medians of its priors")
    axis.plot(hour, inside[1], "C1", lw=0.8, label="the same, fitted on the first two days")
    axis.axvspan(48.0, 86.0, color="C2", alpha=0.1, label="test")
    axis.axvspan(86.0, 96.0, color="0.9", label="clear afternoon, sun not recorded")
    axis.set(xlabel="hour since 2019-01-01 00 UTC", ylabel="temperature [Cel]", xlim=(0, 96))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    figure.savefig(path, dpi=100)
    plt.close(figure)
