"""Compare the twin with recordings: ``python -m experiments.recordings [PART ...] [--data FOLDER] [--out FOLDER]``.

Parts: weather (two-sample test, sun, turbulence; minutes), cone, plume, boxes. Writes recordings_PART.json and plots.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import DATA, RESULTS, boxes, cone, plume, turbulence, two_sample
from .weather import CHANNELS, LAGS, spectrum, structure, surfrad_steps


def weather(data: Path, out: Path) -> dict[str, Any]:
    """Weather below an hour, sun and turbulence."""
    found, sonic = two_sample.two_sample(data), turbulence.sonic(data)
    plot(found, sonic, out)
    return {
        "two_sample": {k: v for k, v in found.items() if k != "arrays"},
        "roughness": two_sample.roughness(data), "held_out": two_sample.held_out(data),
        "surfrad": surfrad_steps(data), "turbulence": {k: v for k, v in sonic.items() if k != "spectrum"},
    }  # fmt: skip


def wood(data: Path, out: Path) -> dict[str, Any]:
    """Mass loss of wood under a cone."""
    found = cone.compare(data)
    cone.plot(found, out / "recordings_cone.png")
    return dict(found["tests"])


def hot_plume(data: Path, out: Path) -> dict[str, Any]:
    """Temperatures above a fire."""
    plume.plot(out / "recordings_plume.png", data)
    return plume.compare(data)


def inside(data: Path, out: Path) -> dict[str, Any]:
    """Temperatures inside boxes."""
    found = boxes.enclosure(data)
    boxes.plot(found, out / "recordings_boxes.png")
    return {"enclosure": {k: v for k, v in found.items() if k != "arrays"}, "by themselves": boxes.alone(data)}


PARTS: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "weather": weather, "cone": wood, "plume": hot_plume, "boxes": inside,
}  # fmt: skip


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
    """Run the parts that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m experiments.recordings", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    if unknown := [name for name in options.parts if name not in PARTS]:
        parser.error(f"unknown part {', '.join(unknown)}: one of {', '.join(PARTS)}")
    if not options.data.is_dir():
        parser.error(f"no recordings at {options.data}: name their folder with --data")
    for name in options.parts or PARTS:
        text = json.dumps(PARTS[name](options.data, options.out), indent=1, default=float)
        (options.out / f"recordings_{name}.json").write_text(text + "\n", encoding="utf-8")
        print(text)


if __name__ == "__main__":
    main()
