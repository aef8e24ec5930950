"""The twin's weather beside recorded weather: windows, a surface station, statistics."""

from __future__ import annotations

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

from . import DATA

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)))
SGP = Site("sgp", 36.605, -97.485, 318.0, -6.0, 0.05, 900e3, 1000.0, "light", "climate")
ALAMOSA = Site("alamosa", 37.70, -105.92, 2317.0, -7.0, 0.03, 900e3, 1000.0, "light", "climate")
#: Channels of a window: temperature [Cel], humidity [%], wind [m/s], direction [deg] and pressure [Pa], each minute.
CHANNELS = ("temperature", "humidity", "wind", "direction", "pressure")
MINUTES, STEP = 30, 10.0
MODULES = ("weather", "airflow")
#: Lags of the thermometer in its shield and of the humidity element [s]; speed at which the propeller stops [m/s].
PROBE_LAG, ELEMENT_LAG, HUMID_LAG, STALL = 20.0, 90.0, 30.0, 0.3
#: Time before a window in which the instruments settle [s]; lags of the structure function [min].
LEAD = 900.0
LAGS = (1, 2, 4, 8, 15, 29)


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


class Mast:
    """A surface station as the recordings' is: a shielded probe, a propeller vane, a barometer; minute means in FP2."""

    def __init__(self, n: int) -> None:
        self.probe: Any = None
        self.element: Any = None
        self.humid: Any = None
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


def unwrap(windows: np.ndarray) -> np.ndarray:
    """Windows whose direction goes on beyond 360 degrees."""
    out = windows.copy()
    out[..., 3] = np.rad2deg(np.unwrap(np.deg2rad(windows[..., 3]), axis=1))
    return out
