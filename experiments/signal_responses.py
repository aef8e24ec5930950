"""Draw the responses of the signal instruments for docs/sensors: lightning, acoustic, vibration, EMF, waveforms."""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np

from gg_gym.equations import lightning_sensor, microphone, spectrum
from gg_gym.parameters.as3935 import AS3935
from gg_gym.parameters.emf import FRONT_END
from gg_gym.parameters.emf_probe import PROBE
from gg_gym.parameters.sound import BANDS
from gg_gym.parameters.spu0410 import SPU0410
from gg_gym.physics.vibration import BANDS as SHAKES
from gg_gym.products import load_product
from gg_gym.sensors import synthesise
from gg_gym.sensors.vibration import FLOOR
from gg_gym.twin import Twin


def lightning(axis) -> None:  # type: ignore[no-untyped-def]
    """Efficiency over distance for three settings of the firmware."""
    away = np.linspace(100.0, 50e3, 300)
    for dog, ratio, label in ((1, 1.0, "watchdog 1"), (2, 1.0, "watchdog 2 (default)"), (8, 2.3, "raised by noise")):
        chance = lightning_sensor.detection_efficiency(
            away, np.full(1, float(dog)), AS3935.rejection, np.full(1, ratio), AS3935.reach
        )
        axis.plot(away / 1e3, chance, label=label)
    axis.set(xlabel="distance of the flash [km]", ylabel="probability that it is told", title="AS3935")
    axis.legend()


def acoustic(axis) -> None:  # type: ignore[no-untyped-def]
    """Response of the port and the floor of the bands."""
    f = np.geomspace(20, 8e4, 500)
    gain = microphone.port_response(f, np.full(1, SPU0410.resonance), SPU0410.quality, SPU0410.lead)
    axis.semilogx(f, 10 * np.log10(gain), label="port [dB re 1 kHz]")
    low, high = np.array(BANDS[:-1]), np.array(BANDS[1:])
    floor = 10 * np.log10(microphone.band_floor(SPU0410.density, low, high))
    axis.step(np.array(BANDS), [*floor, floor[-1]], where="post", label="own noise per band [dB re 20 uPa]")
    axis.set(xlabel="frequency [Hz]", ylabel="dB", title="SPU0410LR5H")
    axis.legend()


def vibration(axis) -> None:  # type: ignore[no-untyped-def]
    """Rms read over rms in, band by band."""
    true = np.geomspace(1e-6, 1.0, 200)
    for k, (low, high) in enumerate(pairwise(SHAKES)):
        axis.loglog(true, np.hypot(true, FLOOR[k]), label=f"{low:g}-{high:g} Hz")
    axis.set(xlabel="true rms [g]", ylabel="rms read [g]", title="ADXL355 (two lower), IIS3DWB (two upper)")
    axis.legend()


def emf(axis) -> None:  # type: ignore[no-untyped-def]
    """Gain of the plates dry and wet, and of the coils."""
    f = np.geomspace(1, 1e4, 400)
    low = spectrum.low_pass(f, np.full(1, FRONT_END.low_pass))
    for corner, label in ((PROBE.high_pass, "E, dry"), (PROBE.high_pass + PROBE.wet_corner, "E, soaked")):
        axis.loglog(f, spectrum.high_pass(f, np.full(1, corner)) * low, label=label)
    axis.axvline(60.0, color="grey", lw=0.5)
    axis.set(xlabel="frequency [Hz]", ylabel="gain", title="field probe, before the firmware corrects the dry corner")
    axis.legend()


def waveforms(axes) -> None:  # type: ignore[no-untyped-def]
    """Current, field, sound and vibration while an arc burns."""
    product = load_product("grid_guardian").replace(
        physics=("weather", "background", "airflow", "line", "arcs", "traffic", "heat", "vibration", "acoustics"),
        families=("baseline_operation",),
    )
    twin = Twin(product, thermal=False)
    session = twin.begin(twin.draw([7]))
    session.state.causes["arc_gap"][:], session.state.causes["arc_off_rate"][:] = 0.01, 1e-3
    session.engine.step(session.state, 10.0, 3, 0)
    for axis, (kind, span) in zip(
        axes, (("current", 0.02), ("electric", 0.02), ("sound", 0.05), ("vibration", 2.0)), strict=True
    ):
        wave = synthesise(session.state, kind, 0, seed=7, duration=span)
        time = 1e3 * np.arange(wave.values.shape[1]) / wave.rate
        for name, values in zip(wave.names, wave.values, strict=True):
            axis.plot(time, values - (values.mean() if kind == "vibration" else 0.0), lw=0.7, label=name)
        axis.set(xlabel="time [ms]", ylabel=f"{kind} [{wave.unit}]")
        axis.legend(loc="upper right")


def main() -> None:
    """Write the five figures."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/sensors"))
    out = parser.parse_args().out
    for draw in (lightning, acoustic, vibration, emf):
        figure, axis = pyplot.subplots(figsize=(6, 3.6), layout="constrained")
        draw(axis)
        figure.savefig(out / f"{draw.__name__}.png", dpi=110)
    figure, axes = pyplot.subplots(4, 1, figsize=(7, 9), layout="constrained")
    waveforms(axes)
    figure.savefig(out / "waveforms.png", dpi=110)


if __name__ == "__main__":
    main()
