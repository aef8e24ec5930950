"""The twin's weather against real recordings; writes plots and docs/results/recordings_weather.json.

Recordings are not ours to ship: they are read from ``--data`` (by default ``../shared/data`` beside the repository).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal import welch

from gg_gym.equations.atmosphere import saturation_pressure
from gg_gym.physics.engine import PHYSICS, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, Site, Uncertain, draw_world
from gg_gym.physics.state import Environment3DState

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)))
SGP = Site("sgp", 36.605, -97.485, 318.0, -6.0, 0.05, 900e3, 1000.0, "light", "climate")
ALAMOSA = Site("alamosa", 37.70, -105.92, 2317.0, -7.0, 0.03, 900e3, 1000.0, "light", "climate")
#: Channels of a window: temperature [Cel], humidity [%], wind [m/s], direction [deg] and pressure [Pa], each minute.
CHANNELS = ("temperature", "humidity", "wind", "direction", "pressure")
MINUTES, STEP = 30, 10.0
MODULES = ("weather", "airflow")


# Recordings -----------------------------------------------------------------------------------------------------------


def arm_days(data: Path = DATA) -> dict[str, np.ndarray]:
    """ARM's four days by the minute: hour of the year at the start of the minute (local standard) and the channels."""
    frame = pd.read_csv(data / "arm_met" / "sgpmetE13_1min_days1-4.csv", parse_dates=["time"])
    hour = (frame.time - pd.Timestamp("2019-01-01")).dt.total_seconds().to_numpy() / 3600.0 + SGP.utc_offset
    values = [frame.temp_mean, frame.rh_mean, frame.wspd_arith_mean, frame.wdir_vec_mean, 1e3 * frame.atmos_pressure]
    return {"hour": hour, **{k: v.to_numpy(float) for k, v in zip(CHANNELS, values, strict=True)}}


def arm_site(data: Path = DATA) -> Site:
    """The site whose hours are ARM's."""
    return replace(SGP, weather=f"arm:{data / 'arm_met' / 'sgpmetE13_1min_days1-4.csv'};partial=1")


def cut(series: dict[str, np.ndarray], first: float = 0.5, last: float = 89.5) -> tuple[np.ndarray, np.ndarray]:
    """Windows (W, 30, 5) of a series by the minute, and the hours (W,) at which they begin."""
    stack = np.stack([series[k] for k in CHANNELS], axis=1)
    start = int(np.argmax(series["hour"] >= first - 1e-9))
    count = int((last - first) * 60 // MINUTES)
    rows = start + MINUTES * np.arange(count)[:, None] + np.arange(MINUTES)
    return stack[rows], series["hour"][rows[:, 0]]


# The twin -------------------------------------------------------------------------------------------------------------


def twin_minutes(
    site: Site, hours: np.ndarray, minutes: int = MINUTES, seed: int = 1, record: tuple[str, ...] = ()
) -> np.ndarray:
    """What a mast beside the pole would have read: (n, minutes, 5), one row per starting hour, each in its own world.

    Means of other attributes of the state, named by ``record``, follow the five channels.
    """
    n = len(hours)
    seeds = np.arange(n).astype(np.uint64) + np.uint64(1000 * seed)
    zero = np.zeros(n)
    conditions = Conditions(seeds, np.zeros(n, np.int64), np.asarray(hours), zero + 1, seeds, zero, seeds)
    priors: list[Uncertain] = [p for key in MODULES for p in PHYSICS[key].priors()]
    world = draw_world(priors, seeds)
    state = Environment3DState.neutral(GEOMETRY, n, STEP, world)
    state.hour = np.mod(conditions.hour - LEAD / 3600.0, 8760.0)
    engine = ModularPhysicsEngine(MODULES, PhysicsContext(GEOMETRY, (site,), conditions, world), STEP)
    engine.start(state)
    mast = Mast(n)
    for i in range(int(LEAD // 60)):
        engine.step(state, 60.0, 2, i, coarse=True)
        mast.follow(state, 60.0)
    out = np.zeros((n, minutes, 5 + len(record)))
    for minute in range(minutes):
        for k in range(6):
            engine.step(state, STEP, 3, 6 * minute + k)
            mast.sample(state)
            for j, name in enumerate(record):
                out[:, minute, 5 + j] += getattr(state, name) / 6.0
        out[:, minute, :5] = mast.minute()
    return out


#: Time before a window in which the instruments settle [s].
LEAD = 900.0


class Mast:
    """A surface station as the recordings' is: a shielded probe, a propeller vane, a barometer; minute means in FP2."""

    def __init__(self, n: int) -> None:
        self.probe: np.ndarray | None = None
        self.element: np.ndarray | None = None
        self.humid: np.ndarray | None = None
        self.rows: list[np.ndarray] = []
        self.n = n

    def follow(self, state: Any, h: float) -> None:
        air = state.air_temperature
        self.probe = air if self.probe is None else air + (self.probe - air) * np.exp(-h / PROBE_LAG)
        self.element = air if self.element is None else air + (self.element - air) * np.exp(-h / ELEMENT_LAG)

    def sample(self, state: Any) -> None:
        self.follow(state, STEP)
        vapour = saturation_pressure(state.dew_point)
        humidity = 100.0 * vapour / saturation_pressure(self.element)
        u, v = state.wind10[..., 0], state.wind10[..., 1]
        speed = np.hypot(u, v)
        self.humid = humidity if self.humid is None else humidity + (self.humid - humidity) * np.exp(-STEP / HUMID_LAG)
        row = [self.probe - 273.15, self.humid, speed.mean(1), u.mean(1), v.mean(1), state.pressure]
        self.rows.append(np.stack(row, axis=1))

    def minute(self) -> np.ndarray:
        t, rh, speed, u, v, p = np.mean(self.rows, axis=0).T
        self.rows = []
        direction = np.rad2deg(np.mod(np.arctan2(-u, -v), 2 * np.pi))
        stalled = speed < STALL
        out = [
            fp2(t),
            fp2(np.minimum(rh, 102.0)),
            np.where(stalled, 0.0, fp2(speed)),
            fp2(direction),
            10.0 * np.round(0.1 * p),
        ]
        return np.stack(out, axis=1)


#: Lags of the thermometer in its shield and of the humidity element [s]; speed at which the propeller stops [m/s].
PROBE_LAG, ELEMENT_LAG, HUMID_LAG, STALL = 20.0, 90.0, 30.0, 0.3


def fp2(x: np.ndarray) -> np.ndarray:
    """Rounded as the logger's two-byte float keeps it: a mantissa of at most 7999."""
    scale = np.where(np.abs(x) < 7.9995, 1e3, np.where(np.abs(x) < 79.995, 1e2, 10.0))
    return np.round(x * scale) / scale


def naive_windows(windows: np.ndarray, seed: int = 2) -> np.ndarray:
    """AR(1) with each window's own mean, deviation and lag-one correlation: what a surrogate without physics gives."""
    rng = np.random.default_rng(seed)
    x = unwrap(windows)
    mean, dev = x.mean(1, keepdims=True), x - x.mean(1, keepdims=True)
    var = (dev**2).mean(1)
    phi = np.clip((dev[:, 1:] * dev[:, :-1]).mean(1) / np.maximum(var, 1e-12), 0.0, 0.98)
    out = np.empty_like(x)
    out[:, 0] = np.sqrt(var) * rng.standard_normal(var.shape)
    for i in range(1, x.shape[1]):
        out[:, i] = phi * out[:, i - 1] + np.sqrt(var * (1 - phi**2)) * rng.standard_normal(var.shape)
    out += mean
    out[..., 0], out[..., 1] = fp2(out[..., 0]), fp2(out[..., 1])
    out[..., 2], out[..., 3] = fp2(np.clip(out[..., 2], 0.0, None)), fp2(np.mod(out[..., 3], 360.0))
    out[..., 4] = 10.0 * np.round(0.1 * out[..., 4])
    return out


# Numbers --------------------------------------------------------------------------------------------------------------


LAGS = (1, 2, 4, 8, 15, 29)


def structure(windows: np.ndarray) -> dict[str, dict[str, list[float]]]:
    """Per channel: root of the structure function at the lags, quantiles of step sizes, their autocorrelation."""
    x = unwrap(windows)
    out = {}
    for i, channel in enumerate(CHANNELS):
        step = np.diff(x[..., i], axis=1)
        lagged = [np.sqrt(np.mean((x[:, k:, i] - x[:, :-k, i]) ** 2)) for k in LAGS]
        correlation = [(step[:, k:] * step[:, :-k]).mean() / (step**2).mean() for k in (1, 2, 3)]
        quantiles = np.quantile(np.abs(step), (0.5, 0.9, 0.99))
        out[channel] = {
            "structure": [round(float(v), 3) for v in lagged],
            "step_quantiles_50_90_99": [round(float(v), 3) for v in quantiles],
            "step_autocorrelation": [round(float(v), 3) for v in correlation],
        }
    return out


def spectrum(windows: np.ndarray, channel: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean power density of a channel over the windows: frequency [Hz] and density."""
    x = unwrap(windows)[..., channel]
    f, density = welch(x, 1.0 / 60.0, nperseg=x.shape[1], detrend="linear", axis=1)
    return f[1:], density.mean(0)[1:]


def sonic(data: Path = DATA) -> dict[str, Any]:
    """The 10 Hz record over a roof against the module's turbulence at the same mean wind and deviations."""
    path = data / "tracer_roof2018" / "TOA5_tracer-stationary.tsfast.dat.gz"
    frame = pd.read_csv(path, skiprows=[0, 2, 3], na_values=["NAN"])
    wind = frame[["csat3b_Ux", "csat3b_Uy", "csat3b_Uz"]].interpolate().to_numpy()
    block = 6000  # ten minutes
    rows, spectra, lengths = [], [], []
    for start in range(0, len(wind) - block, block):
        part = wind[start : start + block]
        angle = np.arctan2(part[:, 1].mean(), part[:, 0].mean())
        along = part[:, 0] * np.cos(angle) + part[:, 1] * np.sin(angle)
        across = -part[:, 0] * np.sin(angle) + part[:, 1] * np.cos(angle)
        parts = np.stack([along, across, part[:, 2]])
        rows.append([along.mean(), *parts.std(1)])
        f, density = welch(parts - parts.mean(1, keepdims=True), 10.0, nperseg=1024, axis=1)
        spectra.append(density / parts.var(1)[:, None])
        lengths.append(along.mean() * _integral_time(along - along.mean(), 0.1))
    mean = np.mean(rows, axis=0)
    measured = np.mean(spectra, axis=0)
    ours = _twin_spectrum(float(mean[0]), mean[1:])
    inertial = (f > 0.2) & (f < 2.0)
    fit = [np.polyfit(np.log(f[inertial]), np.log(s[inertial]), 1)[0] for s in (*measured, *ours[1])]
    return {
        "blocks": len(rows), "mean_wind": mean[0], "sigma_over_u": (mean[1:] / mean[0]).tolist(),
        "sigma_across_over_along": mean[2] / mean[1], "sigma_up_over_along": mean[3] / mean[1],
        "integral_length_along": float(np.median(lengths)),
        "slope_measured_along_across_up": [round(float(v), 2) for v in fit[:3]],
        "slope_twin_along_across_up": [round(float(v), 2) for v in fit[3:]],
        "spectrum": (f, measured, *ours),
    }  # fmt: skip


def _integral_time(x: np.ndarray, step: float) -> float:
    """Integral of the autocorrelation to its first crossing of zero [s]."""
    n = len(x)
    power = np.abs(np.fft.rfft(x, 2 * n)) ** 2
    correlation = np.fft.irfft(power)[:n] / np.arange(n, 0, -1)
    correlation /= correlation[0]
    end = int(np.argmax(correlation < 0.0)) or n
    return float(step * correlation[:end].sum())


def _twin_spectrum(speed: float, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normalised spectra of the module's wind at 10 Hz: along, across, up."""
    n, m = 16, 24
    seeds, zero = np.arange(n).astype(np.uint64), np.zeros(n)
    conditions = Conditions(seeds, np.zeros(n, np.int64), zero, zero + 1, seeds, zero, seeds)
    context = PhysicsContext(GEOMETRY, (SGP,), conditions, {})
    state = Environment3DState.neutral(GEOMETRY, n, 2.4)
    state.wind_speed[:], state.sigma_w[:] = speed, sigma
    engine = ModularPhysicsEngine(("airflow",), context, 2.4)
    module: Any = engine.modules[0]
    state.memory["airflow.turbulence"] = (
        engine.streams(m).draw(phase=1, index=0).normal("airflow.turbulence")[:, :9].copy()
    )
    parts = []
    for index in range(250):
        state.fine_step, state.substeps = 0.1, m
        module._set_wind(
            state, 0.0, engine.streams(m).draw(phase=3, index=index).normal("airflow.turbulence").reshape(n, -1, 9)
        )
        parts.append(state.wind10)
    wind = np.concatenate(parts, axis=1)
    components = np.stack([-wind[..., 1], -wind[..., 0], wind[..., 2]])
    f, density = welch(components - components.mean(-1, keepdims=True), 10.0, nperseg=1024, axis=-1)
    return f, (density / components.var(-1)[..., None]).mean(1)


def enclosure(data: Path = DATA) -> dict[str, Any]:
    """Temperature inside closed boxes: a logger on a mast, and a quiet unit whose board heats itself."""
    frame = pd.read_csv(data / "arm_met" / "sgpmetE13_1min_days1-4.csv")
    inside, outside = frame.logger_temp.to_numpy(), frame.temp_mean.to_numpy()
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


def surfrad_steps(data: Path = DATA) -> dict[str, Any]:
    """One-minute steps of irradiance and temperature at Alamosa, recorded and of the twin, over the day's light."""
    import warnings

    import pvlib

    path = data / "weather_pvlib" / "surfrad-slv16001.dat"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pvlib.iotools.read_surfrad(path)[0]
    hour = (frame.index.hour + frame.index.minute / 60.0).to_numpy() + ALAMOSA.utc_offset
    site = replace(ALAMOSA, weather=f"surfrad:{path};partial=1")
    light = (hour > 9.0) & (hour < 15.0)
    twin = twin_minutes(site, np.arange(9.0, 15.0, 0.5), record=("ghi",))
    found = {
        "ghi_step_W_m2": frame.ghi.to_numpy()[light], "temperature_step_K": frame.temp_air.to_numpy()[light],
    }  # fmt: skip
    quantiles = {k: np.quantile(np.abs(np.diff(v)), (0.5, 0.9, 0.99)).round(3).tolist() for k, v in found.items()}
    ours = {"ghi_step_W_m2": twin[..., 5], "temperature_step_K": np.round(twin[..., 0], 1)}
    return {
        "recorded_50_90_99": quantiles,
        "twin_50_90_99": {
            k: np.quantile(np.abs(np.diff(v, axis=1)), (0.5, 0.9, 0.99)).round(3).tolist() for k, v in ours.items()
        },
    }


# The two-sample test --------------------------------------------------------------------------------------------------


def unwrap(windows: np.ndarray) -> np.ndarray:
    """Windows whose direction goes on beyond 360 degrees."""
    out = windows.copy()
    out[..., 3] = np.rad2deg(np.unwrap(np.deg2rad(windows[..., 3]), axis=1))
    return out


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


# Everything -----------------------------------------------------------------------------------------------------------


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


def plot(found: dict[str, Any], turbulence: dict[str, Any], folder: Path) -> None:
    """Structure functions and spectra of the weather, and spectra of turbulence."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    real, twin, naive = found["arrays"]
    figure, axes = plt.subplots(2, 5, figsize=(16, 6), layout="constrained")
    for i, channel in enumerate(CHANNELS):
        for name, windows, colour in (("recorded", real, "k"), ("twin", twin, "C0"), ("naive AR(1)", naive, "0.6")):
            axes[0, i].loglog(LAGS, structure(windows)[channel]["structure"], "o-", color=colour, label=name)
            axes[1, i].loglog(*spectrum(windows, i), color=colour)
        axes[0, i].set(title=channel, xlabel="lag [min]")
        axes[1, i].set(xlabel="frequency [Hz]")
    axes[0, 0].set_ylabel("rms difference")
    axes[1, 0].set_ylabel("power density")
    axes[0, 0].legend(frameon=False)
    figure.savefig(folder / "recordings_weather.png", dpi=110)
    plt.close(figure)
    f, measured, g, ours = turbulence["spectrum"]
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for i, name in enumerate(("along", "across", "up")):
        axes[i].loglog(f[1:], (f * measured[i])[1:], "k", label="sonic, roof")
        axes[i].loglog(g[1:], (g * ours[i])[1:], "C0", label="twin")
        axes[i].set(title=name, xlabel="frequency [Hz]")
    axes[0].set_ylabel("f S / variance")
    axes[0].legend(frameon=False)
    figure.savefig(folder / "recordings_turbulence.png", dpi=110)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--replicates", type=int, default=3)
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"no recordings at {options.data}: name their folder with --data")
    found, turbulence = two_sample(options.data, options.replicates), sonic(options.data)
    plot(found, turbulence, options.out)
    result = {
        "two_sample": {k: v for k, v in found.items() if k != "arrays"},
        "roughness": roughness(options.data), "held_out": held_out(options.data),
        "surfrad": surfrad_steps(options.data), "enclosure": enclosure(options.data),
        "turbulence": {k: v for k, v in turbulence.items() if k != "spectrum"},
    }  # fmt: skip
    text = json.dumps(result, indent=1, default=float)
    (options.out / "recordings_weather.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
