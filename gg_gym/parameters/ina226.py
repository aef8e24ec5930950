"""Texas Instruments INA226 on the panel's lead, and the state a charger says. Recalled but where marked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Monitor:
    """The part with a shunt of 50 mOhm."""

    shunt: float = 0.05  # Ohm (chosen)
    voltage_lsb: float = 1.25e-3  # V (read)
    voltage_high: float = 36.0  # V (recalled)
    shunt_lsb: float = 2.5e-6  # V
    shunt_high: float = 81.92e-3  # V
    shunt_offset: float = 5e-6  # V, sd of units; limit 10 uV
    gain: float = 0.0005  # sd of units; limit 0.1 %
    shunt_gain: float = 0.0025  # sd of units of the shunt; limit 0.5 % (estimated)
    voltage_white: float = 0.6e-3  # V (estimated)
    shunt_white: float = 1.2e-6  # V (estimated)
    averaging: float = 0.5  # s (estimated)


INA226 = Monitor()
