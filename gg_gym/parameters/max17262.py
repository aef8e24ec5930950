"""Fuel gauge of the MAX17262 class on a pack of four cells.

Source: MAX17262, MAX17263 and MAX17047 datasheets (charge and voltage quanta, temperature accuracy: read); accuracies
of voltage and current are recalled, the errors of the estimate of charge are estimates.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gauge:
    """The part and the pack it was told to expect."""

    cells: int = 4
    charge_lsb: float = 1.0 / 256.0  # % (read)
    voltage_lsb: float = 78.125e-6  # V a cell (read)
    voltage_high: float = 5.12  # V a cell (read)
    voltage_offset: float = 3.75e-3  # V a cell, sd of units; limit 7.5 mV (recalled)
    current_lsb: float = 156.25e-6  # A with a shunt of 10 mOhm (recalled)
    current_high: float = 5.12  # A with that shunt (recalled)
    current_offset: float = 0.75e-3  # A, sd of units; limit 1.5 mA (recalled)
    current_gain: float = 0.005  # sd of units; limit 1 % (recalled)
    current_white: float = 0.5e-3  # A (estimated)
    temperature_offset: float = 0.5  # K, sd of units; limit 1 K (read)
    temperature_lag: float = 300.0  # s, mass of the pack (estimated)
    averaging: float = 0.5  # s (estimated)
    capacity: float = 12.0  # A.h as told at installation
    capacity_error: float = 0.03  # sd of units of the learned capacity (estimated)
    fade: float = 0.02  # 1/a that the gauge assumes (estimated)
    resistance: float = 0.020  # Ohm a cell that the gauge assumes, at any temperature (estimated)
    pull: float = 21600.0  # s at rest on a cell whose voltage rises by pull_slope over its charge (estimated)
    pull_slope: float = 1.0  # V (estimated: a cobalt cell)
    rest: float = 0.6  # A beyond which the voltage is not believed: a twentieth of the capacity an hour (estimated)
    error: float = 2.0  # %, sd of the estimate at 25 Cel and new (estimated)
    error_cold: float = 0.18  # % per kelvin below 25 Cel: 6.5 % at 0 Cel (estimated 5 to 8)
    error_age: float = 0.5  # % a year (estimated)
    error_empty: float = 0.2  # charge below which the error shrinks with the charge (estimated)
    nominal: tuple[float, float, float] = (0.8, 13.2, 0.1)  # charge, V, A without a power module (assumed)
    coldest: float = -40.0  # Cel (read)
    hottest: float = 85.0  # Cel (read)


GAUGE = Gauge()
