"""Knowles SPU0410LR5H-QB microphone, band features of one second.

Source: rev D (sensitivity, SNR, range: read); overload point, resonance and the fall at 60-80 kHz recalled; port
faults and interference estimated.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Microphone:
    """The capsule and its features; levels in dB re 20 uPa."""

    sensitivity_sd: float = 0.5  # dB over units (read: +-1 dB grade)
    density: float = -12.0  # dB re 20 uPa per root hertz (computed from EIN 31 dB(A))
    overload: float = 118.0  # dB (recalled)
    high: float = 124.0  # dB, highest level that is told
    resonance: float = 25e3  # Hz (recalled 20-30 kHz)
    resonance_sd: float = 0.04  # of its logarithm over units (estimated)
    quality: float = 1.5  # with ``lead``: +8 dB at the resonance, -5 dB at 70 kHz (recalled)
    lead: float = 1.8
    span: float = 1.0  # s of a feature
    fast: float = 0.125  # s of the level whose maximum is told
    ageing: float = -0.5  # dB per year (estimated)
    tempco: float = 0.015  # dB/K, sd over units (estimated)
    ring: float = 2e-4  # s in which a spark's sound falls to 1/e at the capsule (estimated)
    corona_rate: float = 2e4  # pulses a second of corona (estimated)
    drop_rate: float = 20.0  # drops a second on the box per mm/h (estimated)
    drop_ring: float = 2e-3  # s (estimated)
    rattle_rate: float = 5.0  # blows a second of loose hardware (estimated)
    corona_depth: float = 0.8  # modulation at twice the mains of corona (estimated)
    spark_depth: float = 0.4  # the same of sparks and arcs (estimated)
    index_floor: float = 0.01  # of the modulation index (computed from B T)
    pickup: float = 15.0  # dB at twice the mains in 100 V/m (estimated)
    clogged_rate: float = 0.5  # per unit-year (estimated; insects, webs)
    clogged_length: float = 14.0 * 86400.0  # s (days to weeks)
    clogged: float = 25.0  # dB at high frequency (10-40 estimated)
    clog_corner: float = 3e3  # Hz
    wet_rate: float = 2e-5  # films a second per mm/h of rain (estimated)
    wet_length: float = 5400.0  # s until a film dries (estimated)
    wet: float = 35.0  # dB of a water film (estimated)


SPU0410 = Microphone()
