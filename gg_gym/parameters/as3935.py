"""ams AS3935 lightning sensor.

Source: datasheet v1-04 (codes, registers, times, thresholds: read); efficiency, energy scale, noise coupling and
disturber rates are estimates.
"""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

#: Distances to the storm's head that the part can say [km]; 63 is out of range, 1 is overhead (read).
CODES: tuple[float, ...] = (1.0, 5.0, 6.0, 8.0, 10.0, 12.0, 14.0, 17.0, 20.0, 24.0, 27.0, 31.0, 34.0, 37.0, 40.0, 63.0)
#: Noise floor thresholds, outdoor gain [uV rms] (read).
THRESHOLDS: tuple[float, ...] = (390.0, 630.0, 860.0, 1100.0, 1140.0, 1570.0, 1800.0, 2000.0)
#: The interrupt register: none, noise too high, disturber, lightning (read).
INT_NONE, INT_NH, INT_D, INT_L = 0.0, 1.0, 4.0, 8.0

AS3935_PRIORS: tuple[Prior, ...] = (
    ("as3935_height", 2.0, 0.7, "m", "estimate: effective height of the antenna beside a metal pole head, 500 kHz"),
    ("as3935_arc", 70.0, 0.1, "dB", "estimate: radio noise of a burning arc at 20 m, dB(uV/m)"),
    ("as3935_disturber", 2.0, 0.6, "1/s", "estimate: pulses a second of an arc or gap that wake the part"),
    ("as3935_efficiency", 1.0, 0.2, "1", "estimate: factor of the reach of 35 km"),
)


@dataclass(frozen=True)
class Lightning:
    """The part and its firmware (estimates unless said)."""

    noise_floor: float = 2.0  # register NF_LEV after power-up (read)
    watchdog: float = 2.0  # WDTH (read)
    rejection: float = 2.0  # SREJ (read)
    reach: float = 35e3  # m
    range_sd: float = 0.35  # of ln distance, one stroke
    memory: float = 900.0  # s that a stroke stays in the statistics (read: 15 min)
    kept: int = 12  # strokes in the statistics
    quantile: float = 0.2  # of the noisy distances, taken as the storm's head
    resolve: float = 1.0  # s of verification: two strokes closer are one (read)
    deaf: float = 1.5  # s after a disturber (read)
    energy: float = 3e4  # at 30 kA and 10 km
    energy_sd: float = 0.3  # of ln energy, unit and stroke
    background: float = 0.02 / 3600.0  # disturbers a second in a quiet place
    corona: float = 0.05  # disturbers a second at the noise threshold
    fooled: float = 0.02  # share of disturbers that pass as lightning
    masked: float = 0.25  # share of disturbers that are still told while the noise is too high
    own: float = 120.0  # uV of the unit's converters
    own_sun: float = 150.0  # uV more while the charger works in full sun
    scatter: float = 0.3  # sd of ln noise from sample to sample
    margin: float = 1.25  # the firmware sets the floor so far above the noise
    relax: float = 900.0  # s of quiet after which it goes one step back
    busy: float = 0.1  # disturbers a second above which the firmware raises the watchdog
    watchdog_most: float = 10.0  # highest watchdog the firmware sets
    detuned: float = 0.35  # factor of the reach of a detuned antenna (a silent fault of size 1)
    tune_sd: float = 0.08  # sd of ln reach over units (antenna within 3.5 %: read)


AS3935 = Lightning()
