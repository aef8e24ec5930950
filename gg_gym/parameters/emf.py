"""What the field probe's front end and its surroundings add, beside :mod:`gg_gym.parameters.emf_probe`.

Sources: IEC 61000-4-7 windows (recalled); common-mode rejection, low pass and transients estimated. Thresholds of the
field's anomaly pattern are ours; they are labels, not readings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FrontEnd:
    """Filters and coupling of the probe (estimates unless said)."""

    low_pass: float = 4500.0  # Hz, second order
    window: float = 0.2  # s of a spectrum: 12 or 10 periods (recalled)
    common_dry: float = 1e-3  # common-mode gain of the plates, 60 dB
    common_wet: float = 1e-2  # the same when wet, 40 dB
    transient: float = 5e-5  # s, length of a lightning pulse that a window averages
    transient_span: float = 1.0  # s of spectra in a reading: a flash that long ago is still in it
    points: int = 128  # samples of a period when the front end clips


@dataclass(frozen=True)
class PatternLimits:
    """When the field around the pole is called abnormal (ours)."""

    dead: float = 0.1  # highest voltage of a dead line over the nominal one
    broadband: float = 0.02  # share of current between harmonics that tells an arc
    corona: float = 0.05  # W of corona that are told
    harmonic: float = 0.15  # distortion of a current that is told
    asymmetric: float = 0.25  # negative or zero sequence over positive that is told


FRONT_END = FrontEnd()
PATTERN = PatternLimits()
