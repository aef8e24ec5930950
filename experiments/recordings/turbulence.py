"""The twin's turbulence beside a sonic anemometer at 10 Hz."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal import welch

from gg_gym.physics.engine import ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState

from . import DATA
from .weather import GEOMETRY, SGP


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
