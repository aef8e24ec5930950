"""Measured mass loss of pine (three repeats a rate, one laboratory of MaCFP) beside the kinetic scheme."""

from pathlib import Path

import numpy as np
import pytest

from gg_gym.fidelity.pyrolysis import loss_temperature, peak_rate, peak_temperature, residue

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "macfp_wood_tga"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the recordings are not on this machine")


def recorded(rate):
    """Temperature [Cel] every kelvin and mass over that at 410 K, mean of the repeats, smoothed over 9 K."""
    grid, curves = np.arange(400.0, 873.0, 1.0), []
    for path in sorted(DATA.glob(f"Aalto_Wood_TGA_N2_{rate}K_R*.csv")):
        table = np.genfromtxt(path, delimiter=",", skip_header=1)
        rising = np.maximum.accumulate(table[:, 1])
        keep = np.concatenate([[True], np.diff(rising) > 0.0])
        mass = np.interp(grid, table[keep, 1], table[keep, 2])
        curves.append(mass / mass[(grid >= 400.0) & (grid <= 420.0)].mean())
    assert len(curves) == 3
    smooth = np.convolve(np.pad(np.mean(curves, axis=0), 4, mode="edge"), np.full(9, 1.0 / 9.0), mode="valid")
    return grid - 273.15, smooth


@pytest.mark.parametrize("rate", [5, 10, 20])
def test_peak_char_and_onset_of_pine(rate):
    celsius, mass = recorded(rate)
    loss = -np.gradient(mass, celsius)
    assert float(peak_temperature(rate)) == pytest.approx(celsius[loss.argmax()], abs=10.0)
    assert 0.12 < mass[-1] < 0.25 and 0.12 < float(residue(rate)) < 0.25
    assert float(peak_rate(rate)) == pytest.approx(loss.max(), rel=0.25)
    measured = np.interp(0.05, 1.0 - np.minimum.accumulate(mass), celsius)
    assert float(loss_temperature(rate, 0.05)) == pytest.approx(measured, abs=20.0)


def test_faster_heating_moves_both_peaks_alike():
    peaks = []
    for rate in (5, 10, 20):
        celsius, mass = recorded(rate)
        peaks.append(celsius[np.gradient(mass, celsius).argmin()])
    ours = [float(peak_temperature(rate)) for rate in (5, 10, 20)]
    np.testing.assert_allclose(np.diff(ours), np.diff(peaks), atol=4.0)
