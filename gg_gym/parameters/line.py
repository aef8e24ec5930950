"""Numbers of a distribution feeder: shape of the load, imbalance, harmonics, regulation.

No source was read for these: all are recalled engineering estimates. Those that hold for all poles at once are
priors (drawn per world); those that differ from run to run are drawn per run around the values here.
"""

from __future__ import annotations

from dataclasses import dataclass

#: A lognormal prior: key, median, standard deviation of the logarithm, unit, source.
Prior = tuple[str, float, float, str, str]

LINE_PRIORS: tuple[Prior, ...] = (
    ("line_cooling", 0.025, 0.4, "1/K", "recalled: load rise per kelvin of outdoor air above 22 Cel"),
    ("line_heating", 0.012, 0.5, "1/K", "recalled: load rise per kelvin of outdoor air below 15 Cel"),
    ("line_weekend", 0.10, 0.4, "1", "recalled: share of the load missing at weekends"),
    ("line_noise", 0.04, 0.4, "1", "recalled: standard deviation of the load's logarithm over minutes"),
    ("line_droop", 0.02, 0.4, "1", "recalled: voltage drop at rated current"),
    ("line_harmonic_current", 1.0, 0.3, "1", "recalled: multiplier of the harmonic current shares"),
    ("line_harmonic_voltage", 1.0, 0.3, "1", "recalled: multiplier of the harmonic voltage shares"),
    ("line_interharmonic", 1.0e-3, 0.4, "1", "recalled: broadband share of current between harmonics"),
)


@dataclass(frozen=True)
class LineParameters:
    """Shape of the feeder's load and waveform (recalled).

    Attributes:
        day: relative amplitude of the once-a-day course [1].
        day_peak: hour of its peak [h].
        half_day: relative amplitude of the twice-a-day course [1].
        half_day_peak: hour of its first peak [h].
        cooling_from: air temperature above which cooling adds load [K].
        heating_from: air temperature below which heating adds load [K].
        weekend_edge: time over which the weekend fades in and out [h].
        noise_time: correlation time of the load's noise [s].
        phase_noise: standard deviation of each phase's own noise [1].
        phase_time: its correlation time [s].
        imbalance: lowest and highest zero-sequence share of the current (facts: 5-15 %) [1].
        lag: lowest and highest angle by which current lags voltage [rad] (power factor 0.99 to 0.90).
        regulation: standard deviation of the voltage about its nominal [1] (+-2 % taken as two deviations).
        regulation_time: its correlation time [s].
        tap_step: change of voltage by one step of a regulator's tap [1]: 32 steps of 5/8 % (IEEE C57.15, recalled).
        taps: steps up or down at most.
        current_shares: shares of the harmonics of current, order 1 first [1].
        voltage_shares: shares of the harmonics of voltage, order 1 first [1].
        share_spread: spread of each share from run to run (of the logarithm) [1].
    """

    day: float = 0.25
    day_peak: float = 16.5
    half_day: float = 0.15
    half_day_peak: float = 7.5
    cooling_from: float = 295.15
    heating_from: float = 288.15
    weekend_edge: float = 4.0
    noise_time: float = 600.0
    phase_noise: float = 0.01
    phase_time: float = 1800.0
    imbalance: tuple[float, float] = (0.05, 0.15)
    lag: tuple[float, float] = (0.14, 0.45)
    regulation: float = 0.01
    regulation_time: float = 900.0
    tap_step: float = 0.00625
    taps: float = 16.0
    current_shares: tuple[float, ...] = (1.0, 0.035, 0.025, 0.015, 0.007, 0.006, 0.005, 0.003, 0.002)
    voltage_shares: tuple[float, ...] = (1.0, 0.008, 0.015, 0.010, 0.003, 0.004, 0.003, 0.0015, 0.0015)
    share_spread: float = 0.3


LINE = LineParameters()
