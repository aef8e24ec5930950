"""The parts beside a recording of quiet hours at 1 Hz: Allan deviations, floors, and PM2.5 over PM1.

``python -m experiments.quiet_unit DATA`` writes docs/results/quiet_unit.json, .png and quiet_two_sample.png. DATA holds
the folders quiet_unit_1hz, smartcitizen and arm_met. Comparisons: the parts alone in constant air at the record's means
(what they add), and the whole twin in its calmest of some hours (what air and parts show together); each by Allan
deviations and by a classifier (``quiet_two_sample.py``); pressure beside four days of a weather mast; what remains of
the record's temperature where its board heats itself.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.physics.site import Conditions
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors import SensorConfiguration, SensorSuite

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"
PLACE = (0.0, -0.7, 7.2)
TIMES = (1, 10, 60, 120, 300, 600, 1200)
#: Channel to (column of the record, its factor to the channel's unit).
COLUMNS = {
    "t_rh.temperature": ("Temperature[C]", 1.0), "t_rh.humidity": ("Humidity[%]", 1.0),
    "baro.pressure": ("Pressure[hPa]", 100.0), "pm.pm2_5": ("PM2.5", 1.0), "voc.MOXB": ("Raw Ethanol", -1.0 / 512.0),
    "pm.pm1": ("PM1.0", 1.0),
}  # fmt: skip
#: The metal oxide in ln of concentration: 512 ticks of the recorded part (its datasheet), ln(c + K) [ppb] of ours.
OXIDE, KNEE = "voc.MOXB", 300.0
#: Hours of the twin beside the record, of those simulated.
CALMEST = 8
#: A handling event ends here [s of the record].
EVENT = 3500.0
PARTS = (
    {"key": "sht45", "name": "t_rh", "position": PLACE, "rate": 1.0},
    {"key": "sps30", "name": "pm", "position": PLACE, "rate": 1.0},
    {"key": "bmp390", "name": "baro", "position": PLACE, "rate": 25.0},
    {"key": "voc_array", "name": "voc", "position": PLACE, "rate": 1.0},
)


def record(data: Path) -> dict[str, Any]:
    """Channel to (T,) values of the record after its event."""
    with gzip.open(data / "quiet_unit_1hz" / "quiet_1hz.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kept = [row for row in rows if float(row["t_s"]) > EVENT]
    return {k: f * np.array([float(row[column]) for row in kept]) for k, (column, f) in COLUMNS.items()}


def allan(x: Any, m: int) -> Any:
    """Allan deviation of (T, ...) samples of 1 s over ``m`` seconds."""
    k = len(x) // m
    means = x[: k * m].reshape(k, m, *x.shape[1:]).mean(axis=1)
    return np.sqrt(0.5 * np.mean(np.diff(means, axis=0) ** 2, axis=0))


def alone(levels: dict[str, float], steps: int = 3600, n: int = 8) -> dict[str, Any]:
    """Channel to (T, n) readings of new units without faults in constant calm air at the record's means."""
    still = {"stuck": 0.0, "dropout": 0.0, "clock": 0.0}
    none = {**still, **dict.fromkeys(("fan", "laser", "web", "fouling"), 0.0)}
    configs = [SensorConfiguration(**p, faults=none if p["name"] == "pm" else {}) for p in PARTS]
    i, one = np.arange(n), np.ones(n)
    new = Conditions((i + 1).astype(np.uint64), 0 * i, 0 * one, one, i.astype(np.uint64), 0 * one, i.astype(np.uint64))
    geometry = load_product("grid_guardian").geometry
    suite = SensorSuite(configs, geometry, new, {}, 1.0)
    kelvin = levels["t_rh.temperature"] + 273.15
    vapour = np.log(0.01 * levels["t_rh.humidity"])
    state = Environment3DState.uniform(
        geometry, n, 1.0, concentration={"PM1": levels["pm.pm1"], "PM2.5": 0.3}, air_temperature=kelvin,
        dew_point=1.0 / (1.0 / kelvin - vapour / 5400.0), pressure=levels["baro.pressure"],
    )  # fmt: skip
    suite.start(state, 3, 0)
    read = np.array([suite.read(state, 1.0, 3, k + 1, truth=False).reading for k in range(steps)])
    names = [f"{c.instrument}.{c.name}" for c in suite.channels]
    return channels(read, names)


def channels(read: Any, names: list[str]) -> dict[str, Any]:
    """Channel to (T, n) of readings (T, n, C), the metal oxide as ln of concentration."""
    found = {k: read[:, :, names.index(k)] for k in COLUMNS}
    return {**found, OXIDE: np.log(np.maximum(found[OXIDE], 1.0 - KNEE) + KNEE)}


def whole(steps: int = 6000, n: int = 24, dt: float = 1.0) -> dict[str, Any]:
    """Channel to (T, n) readings of the twin in n hours, the calmest first."""
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": 6, "logic": {}}
    physics = ("weather", "background", "airflow", "line", "power", "enclosure")
    small = product.replace(sensors=PARTS, physics=physics, families=("baseline_operation",), operation=operation)
    twin = Twin(small, thermal=False, dt=dt)
    session = twin.begin(twin.draw(np.arange(100, 100 + n)))
    session.set_scenarios([ScenarioDefinition(family="baseline_operation") for _ in range(n)])
    session.lead_in()
    wind, read = np.zeros(n), []
    for _ in range(steps):
        read.append(session.sample(frame=False, truth=False).suite.reading)
        wind += np.hypot(session.state.wind10[:, -1, 0], session.state.wind10[:, -1, 1]) / steps
    names = [f"{c.instrument}.{c.name}" for c in twin.channels]
    calm = np.argsort(wind, kind="stable")
    return channels(np.array(read)[:, calm], names)


def compare(real: dict[str, Any], twin: dict[str, Any]) -> dict[str, Any]:
    """Channel to Allan deviations of the record and (median over units) of the twin, at :data:`TIMES`."""
    out = {}
    for key, x in real.items():
        pairs = [(float(allan(x, m)), float(np.median(allan(twin[key], m)))) for m in TIMES if len(twin[key]) >= 3 * m]
        out[key] = {"record": [p[0] for p in pairs], "twin": [p[1] for p in pairs], "times": list(TIMES[: len(pairs)])}
    return out


def pressure_hours(series: Any, step: int, block: int = 10_800) -> Any:
    """(B, 4) Allan deviations at 1, 5, 10, 20 min of blocks of (T, n) pressures each ``step`` s, rounded to 10 Pa."""
    out = []
    for x in series.T:
        minutes = x[: len(x) * step // 60 * 60 // step].reshape(-1, 60 // step).mean(axis=1)
        minutes, size = 10.0 * np.round(minutes / 10.0), min(block // 60, len(minutes))
        for k in range(len(minutes) // size):
            out.append([allan(minutes[k * size : (k + 1) * size], m) for m in (1, 5, 10, 20)])
    return np.array(out)


def pressures(data: Path, real: Any, twin: Any) -> dict[str, Any]:
    """Quantiles (0.1, 0.5, 0.9) over blocks of hours of a mast's, the twin's and the record's pressure."""
    import pandas as pd

    frame = pd.read_csv(data / "arm_met" / "sgpmetE13_1min_days1-4.csv")
    mast = pressure_hours(1e3 * frame.atmos_pressure.to_numpy(float)[:, None], 60)
    sets = {"mast": mast, "twin": pressure_hours(twin, 1), "record": pressure_hours(real[:, None], 1)}
    return {k: np.quantile(v, (0.1, 0.5, 0.9), axis=0).tolist() for k, v in sets.items()}


def board(x: Any) -> dict[str, float]:
    """Share of the variance within minutes that repeats each minute, and Allan deviations at 1 s: raw and at rest.

    At rest: 1.4826 times the median second difference over root 6, which neither edges nor ramps of the wave reach.
    """
    within = x[: len(x) // 60 * 60].reshape(-1, 60)
    within = within - within.mean(axis=1, keepdims=True)
    repeated = float(within.mean(axis=0).var() / within.var())
    rest = float(1.4826 * np.median(np.abs(np.diff(x, 2))) / np.sqrt(6.0))
    return {"repeated_each_minute": repeated, "allan_1s": float(allan(x, 1)), "allan_1s_at_rest": rest}


def picture(found: dict[str, Any]) -> None:
    """Allan deviations: the record black, the parts alone dashed, the whole twin in colour."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 5, figsize=(15, 3.2), constrained_layout=True)
    for axis, key in zip(axes, list(COLUMNS)[:5], strict=True):
        for name, style in (("alone", "--"), ("whole", "-")):
            axis.loglog(found[name][key]["times"], found[name][key]["twin"], style, color="tab:blue", label=name)
        axis.loglog(found["whole"][key]["times"], found["whole"][key]["record"], "k.-", label="record")
        axis.set(title=key, xlabel="averaging time [s]")
    axes[0].legend()
    figure.savefig(RESULTS / "quiet_unit.png", dpi=80)


def main() -> None:
    """Compare, and write numbers and pictures."""
    from experiments import quiet_two_sample as two_sample

    real = record(Path(sys.argv[1]))
    levels = {k: float(v.mean()) for k, v in real.items()}
    parts = alone(levels)
    shares = parts["pm.pm2_5"].mean(axis=0) / parts["pm.pm1"].mean(axis=0)
    ratio = {"record": levels["pm.pm2_5"] / levels["pm.pm1"], "twin": float(np.median(shares))}
    twin = whole()
    calm = {k: v[:, :CALMEST] for k, v in twin.items()}
    found = {"means": levels, "pm2_5_over_pm1": ratio, "alone": compare(real, parts), "whole": compare(real, calm)}
    found["level_of_twin"] = {k: float(v.mean()) for k, v in calm.items()}
    found["pressure_hours"] = pressures(Path(sys.argv[1]), real["baro.pressure"], twin["baro.pressure"])
    found["board"] = {k: board(real[k]) for k in ("t_rh.temperature", "t_rh.humidity")}
    found["two_sample"] = two_sample.compare(real, {"alone": parts, "whole": calm})
    far = whole(steps=960, n=12, dt=30.0)
    found["two_sample_second"] = two_sample.compare_citizen(two_sample.citizen(Path(sys.argv[1])), far)
    two_sample.picture(found["two_sample"], RESULTS / "quiet_two_sample.png")
    (RESULTS / "quiet_unit.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    picture(found)


if __name__ == "__main__":
    main()
