"""ST IIS3DWB vibration sensor: hum, ringing, peak and kurtosis.

Source: AN5444 and sheet (noise, range, bandwidth: read); gain spread recalled; mounting faults estimated.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FastAccelerometer:
    """In g unless said."""

    density: float = 75e-6  # g per root hertz, three axes (read)
    limit: float = 16.0  # g (read: 2, 4, 8 or 16)
    lsb: float = 0.488e-3  # g at +-16 g (read)
    gain_sd: float = 0.01  # over units (recalled)
    span: float = 1.0  # s of a feature
    loose_rate: float = 0.05  # per unit-year of a mount that comes loose, silent (estimated)
    loose_gain: float = 4.0  # of the bands above 50 Hz on a loose mount (estimated)
    loose_kurtosis: float = 9.0  # added (estimated)
    stuck_rate: float = 0.02  # per unit-year of an axis that is stuck, silent (estimated)


IIS3DWB = FastAccelerometer()
