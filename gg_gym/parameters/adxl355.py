"""ADXL355 accelerometer: sway, modes and tilt.

Source: datasheet class values; noise density read, offset and temperature coefficients recalled.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SlowAccelerometer:
    """In g unless said."""

    density: float = 22.5e-6  # g per root hertz (read)
    limit: float = 2.048  # g, the +-2 g range (read)
    lsb: float = 3.9e-6  # g (recalled)
    gain_sd: float = 0.005  # over units (estimated)
    offset_tempco: float = 0.05e-3  # g/K, sd (recalled: 0.15 mg/K at most)
    cross_axis: float = 0.01  # (recalled)
    mount_tilt: float = 0.3  # deg, sd of the installation after its zero was set (estimated)
    creep: float = 0.1  # deg, sd over units of the bracket's slow lean (estimated), one year
    window: float = 20.0  # s over which sway and tilt are taken (estimated)


ADXL355 = SlowAccelerometer()
