"""Three-axis magnetic (coil or DRV425 fluxgate) and electric (plates) probe at power frequency.

Sources: TI SBOS729A (range, over-range flag: read), Narda EHP-50F manual p. 13 (uncertainty to beat: read), node
errors estimated at twice the meter's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """Errors of the probe; B in uT, E in V/m, rms."""

    gain_b: float = 0.02  # sd over units (estimated)
    gain_e: float = 0.05  # sd over units (estimated)
    tempco: float = 3e-4  # 1/K, sd (estimated)
    misalign: float = 0.026  # rad, sd of each small rotation, 1.5 deg (estimated)
    cross_axis: float = 0.02  # sd (estimated)
    floor_b: float = 0.005  # uT per bin (estimated)
    floor_e: float = 0.2  # V/m per bin (estimated)
    crosstalk: float = 1e-4  # uT per V/m (estimated)
    thd_floor: float = 0.003  # (estimated)
    limit_b: float = 2000.0  # uT peak (read)
    limit_e: float = 20_000.0  # V/m peak (read range of the study plates)
    lsb_b: float = 2000.0 / 32768  # uT, 16 bit; spectra average it down (estimated)
    lsb_e: float = 20_000.0 / 32768  # V/m
    high_pass: float = 7.0  # Hz (estimated 5-10)
    wet_corner: float = 50.0  # Hz, largest rise of the E corner in rain (estimated 20-80)
    clock: float = 20e-6  # sd of the clock's relative error (estimated)
    frequency_white: float = 0.003  # Hz (estimated)
    inter_white: float = 0.0005  # (estimated)
    burst_reach: float = 5.0  # m at which every second restrike is seen (estimated)


PROBE = Probe()
#: Averaging of 5 spectra of 2048 points brings the quantum of an rms far below one ADC step.
SPECTRAL_GAIN = 64.0
