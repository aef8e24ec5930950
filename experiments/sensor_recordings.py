"""Metal oxides and thermal frames beside recordings: docs/results/recordings_sensors.json and .png.

Run: OMP_NUM_THREADS=1 python -m experiments.sensor_recordings DATA. DATA holds gas_drift_uci, uci_airquality and
thermal_frames. The same findings are tests in tests/recordings.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from experiments.camera_plots import camera, even
from gg_gym.parameters import mox
from gg_gym.plots.style import COLOURS, page

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"
#: Least rows and spread of ln ppm for a slope.
FEWEST, NARROWEST = 30, 0.2


def exponents(data: Path) -> Any:
    """(16, 6) log-log slopes of the steady response of sixteen metal oxides to six gases (batches 1 and 2)."""
    rows = []
    for name in ("batch1.dat", "batch2.dat"):
        for line in (data / "gas_drift_uci" / name).read_text(encoding="utf-8").splitlines():
            head, *features = line.split()
            gas, ppm = head.split(";")
            rows.append([float(gas), float(ppm), *(float(f.partition(":")[2]) for f in features[1::8])])
    table, out = np.array(rows), np.full((16, 6), np.nan)
    for g in range(6):
        mine = table[(table[:, 0] == g + 1) & (table[:, 1] > 0)]
        x = np.log(mine[:, 1])
        for s in range(16):
            y = np.abs(mine[:, 2 + s])
            ok = y > 1e-3
            if ok.sum() > FEWEST and x[ok].std() > NARROWEST:
                out[s, g] = np.polyfit(x[ok], np.log(y[ok]), 1)[0]
    return out


def roadside(data: Path) -> dict[str, list[float]]:
    """Sensor to its coefficients of ln CO, temperature [1/K], ln absolute humidity and time [1/a], of ln signal."""
    text = (data / "uci_airquality" / "AirQualityUCI.csv").read_text(encoding="utf-8", errors="replace").splitlines()
    separator = ";" if ";" in text[0] else ","
    rows = [r for r in csv.reader(text, delimiter=separator) if any(r)]
    names = [h.strip() for h in rows[0]]

    def column(name: str) -> Any:
        cells = (r[names.index(name)].replace(",", ".") for r in rows[1:])
        return np.array([float(c) if c.strip() else np.nan for c in cells])

    co, t, humid = column("CO_GT"), column("T"), column("AH")
    out = {}
    for name in (n for n in names if n.startswith("PT08")):
        signal = column(name)
        ok = (co > 0) & (signal > 0) & (t > -100) & (humid > 0)
        years = np.flatnonzero(ok) / 8766.0
        design = np.stack([np.ones(ok.sum()), np.log(co[ok]), t[ok] - 20.0, np.log(humid[ok]), years], axis=1)
        found = np.linalg.lstsq(design, np.log(signal[ok]), rcond=None)[0]
        out[name] = [float(v * np.sign(found[1])) for v in found[1:]]
    return out


def spatial(image: Any) -> float:
    """Standard deviation of what planes and edges do not explain (Immerkaer 1996, median in place of the mean)."""
    c = image[1:-1, 1:-1]
    sides = image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:]
    corners = image[:-2, :-2] + image[:-2, 2:] + image[2:, :-2] + image[2:, 2:]
    return float(np.median(np.abs(4.0 * c - 2.0 * sides + corners)) / 0.6745 / 6.0)


def frames(data: Path) -> tuple[list[float], list[float]]:
    """Spatial noise [K] of recorded frames, and of 16 units of the twin at 24 Cel all around."""
    real = [np.loadtxt(p, delimiter=",") for p in sorted((data / "thermal_frames").glob("*_bbT_degC.csv"))]
    suite, state = camera(16, 10.0)
    even(state, 297.15)
    suite.start(state, 3, 0)
    made = suite.read(state, 10.0, 3, 1, frame=True).frame
    assert made is not None
    return [spatial(f) for f in real], [spatial(f.astype(float) / 100.0) for f in made]


def picture(slopes: Any, fits: dict[str, list[float]], noise: tuple[list[float], list[float]]) -> None:
    """Exponents, spread of pairs, climate and drift over a year, noise of frames."""
    with page(RESULTS / "recordings_sensors.png", 12.0, 6.0) as figure:
        slope, pairs, climate, drift, thermal, spare = figure.subplots(2, 3).ravel()
        slope.hist(slopes[np.isfinite(slopes)], 16, color="0.85", label="16 sensors, 6 gases")
        for i, part in enumerate((mox.BROADBAND, mox.HYDROGEN)):
            slope.axvline(part.beta, color=COLOURS[i], label=("model: broadband", "model: hydrogen")[i])
        slope.set(title="log-log slope", xlabel="exponent")
        pairs.hist(np.log(slopes[0::2] / slopes[1::2]).ravel(), np.linspace(-0.5, 0.5, 21), color="0.75", density=True)
        x, sd = np.linspace(-0.5, 0.5, 201), np.sqrt(2.0) * mox.BROADBAND.gain_spread
        pairs.plot(x, np.exp(-0.5 * (x / sd) ** 2) / sd / np.sqrt(2 * np.pi), color=COLOURS[0], label="model's spread")
        pairs.set(title="pairs of one type: ln ratio of slopes")
        table = np.array(list(fits.values()))
        climate.plot(100.0 * table[:, 1], table[:, 2], "ko", label="five sensors, a year at a roadside")
        climate.plot(100.0 * mox.BROADBAND.per_kelvin, mox.BROADBAND.humidity, "s", color=COLOURS[0], label="model")
        climate.set(title="cross-talk", xlabel="temperature [%/K]", ylabel="exponent of humidity")
        year, drift_sd = np.linspace(0.0, 3.0, 61), mox.BROADBAND.zero_drift
        moved = drift_sd * np.sqrt(-2.0 * np.expm1(-year / mox.BROADBAND.drift_time))
        drift.fill_between(year, -moved, moved, color=COLOURS[0], alpha=0.2, label="model, one sd")
        for value in table[:, 3]:
            drift.plot([0.0, 1.0], [0.0, value], "k.-", lw=0.8)
        drift.set(title="drift of ln conductance (black: recorded year)", xlabel="[a]")
        thermal.plot(np.zeros(len(noise[0])), 1e3 * np.array(noise[0]), "ko", label="E40, office")
        thermal.plot(np.ones(len(noise[1])), 1e3 * np.array(noise[1]), "o", color=COLOURS[0], label="twin, 16 units")
        thermal.set(title="spatial noise of thermal frames", ylabel="[mK]", xlim=(-0.7, 1.7), ylim=(0, None), xticks=[])
        figure.delaxes(spare)
        for axes in (slope, pairs, climate, drift, thermal):
            axes.legend()


def main() -> None:
    """Compare, and write numbers and picture."""
    data = Path(sys.argv[1])
    slopes, fits, noise = exponents(data), roadside(data), frames(data)
    ratio = np.log(slopes[0::2] / slopes[1::2])
    found = {
        "exponent_quantiles_0.25_0.5_0.75": np.nanquantile(slopes, (0.25, 0.5, 0.75)).tolist(),
        "spread_of_a_sensor": float(np.nanmedian(np.abs(ratio)) / 0.6745 / np.sqrt(2)),
        "roadside": dict(zip(("order", *fits), ("ln CO, 1/K, ln humidity, 1/a", *fits.values()), strict=True)),
        "spatial_noise_K": {"recorded": noise[0], "twin": noise[1]},
    }  # fmt: skip
    (RESULTS / "recordings_sensors.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    picture(slopes, fits, noise)


if __name__ == "__main__":
    main()
