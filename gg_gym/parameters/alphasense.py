"""Electrochemical gas cells: Alphasense CO-A4, NO2-A43F, OX-A431 and Sensirion SFA30.

Sources: Alphasense Application Note AAN 803-04 (2017), table 3; populations of the public Smart Citizen calibration
file; datasheets of the cells. "recalled" and "estimated" numbers are priors, not facts.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Grid of AAN 803-04, table 3 [Cel].
TEMPERATURES: tuple[float, ...] = (-30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0, 40.0, 50.0)
#: Grid of the span tables [Cel].
SPAN_TEMPERATURES: tuple[float, ...] = (-20.0, 0.0, 20.0, 50.0)


@dataclass(frozen=True)
class Cell:
    """One electrochemical cell.

    Attributes:
        sensitivity: nA/ppb, population median.    gain: board gain [mV/nA].
        spread: relative sd of sensitivity over units.
        zero: zero shift relative to 20 Cel on ``TEMPERATURES`` [mV].
        span: sensitivity relative to 20 Cel on ``SPAN_TEMPERATURES``.
        offset: sd of the zero left after factory calibration [ppb].
        noise: sd of one native sample [ppb].    t90: [s].
        zero_drift: stationary sd of the drifting zero [ppb].
        span_loss: exponential loss of span [1/a].
        transient: reading per step of relative humidity [ppb/%].
        low: lowest output [ppb].    high: highest output [ppb].    lod: detection limit [ppb].
    """

    sensitivity: float
    gain: float
    spread: float
    zero: tuple[float, ...]
    span: tuple[float, ...]
    offset: float
    noise: float
    t90: float
    zero_drift: float
    span_loss: float
    transient: float
    low: float
    high: float
    lod: float


CO_A4 = Cell(
    sensitivity=0.335,  # nA/ppb, median of 6 cells (computed)
    gain=0.8,  # mV/nA (read)
    spread=0.05,  # (computed)
    zero=(13, 12, 16, 11, 4, 0, -15, -18, -36),  # mV (read; the note does not print the unit, nA fits as well)
    span=(0.58, 0.80, 1.0, 1.17),  # as CO-B4 (read, 0 Cel estimated)
    offset=15.0,  # ppb (estimated: half the spread of raw zeros)
    noise=10.0,  # ppb, 20 ppb at 2 sigma (recalled)
    t90=20.0,  # s, below (recalled)
    zero_drift=50.0,  # ppb, below 100 a year (recalled)
    span_loss=0.07,  # 1/a, below 10 % a year (recalled)
    transient=5.0,  # ppb/% (estimated)
    low=-1000.0,
    high=500_000.0,  # ppb, range (recalled)
    lod=20.0,
)
NO2_A43F = Cell(
    sensitivity=-0.342,  # n = 126 (computed)
    gain=-0.73,
    spread=0.11,  # (computed)
    zero=(-4, -4, -4, -4, -2, 0, 10, 35, 132),
    span=(0.70, 0.88, 1.0, 1.05),  # (recalled)
    offset=6.0,  # (computed)
    noise=7.5,  # (recalled)
    t90=60.0,  # (recalled)
    zero_drift=10.0,  # 0 to 20 ppb a year (recalled)
    span_loss=0.30,  # -20 to -40 % a year (recalled)
    transient=2.0,  # (estimated)
    low=-500.0,
    high=20_000.0,  # (recalled)
    lod=15.0,
)
OX_A431 = Cell(
    sensitivity=-0.356,  # n = 120 (computed)
    gain=-0.73,
    spread=0.087,  # (computed)
    zero=(-5, -5, -4, -3, 0.5, 0, 9, 42, 134),
    span=(0.70, 0.88, 1.0, 1.05),  # (recalled)
    offset=6.0,  # (computed)
    noise=7.5,  # (recalled)
    t90=45.0,  # (recalled)
    zero_drift=10.0,  # (recalled)
    span_loss=0.30,  # (recalled)
    transient=2.0,  # (estimated)
    low=-500.0,
    high=20_000.0,  # (recalled)
    lod=15.0,
)
SFA30 = Cell(
    sensitivity=1.0,  # digital ppb
    gain=1.0,
    spread=0.10,  # +-20 % class (read)
    zero=(0.0,) * 9,
    span=(1.0, 1.0, 1.0, 1.0),
    offset=10.0,  # +-20 ppb (read)
    noise=4.0,  # ppb per second (estimated)
    t90=200.0,  # 131 to 439 s measured (read)
    zero_drift=5.0,  # (estimated)
    span_loss=0.05,  # (estimated)
    transient=0.0,
    low=0.0,
    high=1000.0,  # (read)
    lod=11.3,  # (read)
)
CELLS: tuple[Cell, ...] = (CO_A4, NO2_A43F, OX_A431, SFA30)


@dataclass(frozen=True)
class Board:
    """What the cells share.

    Attributes:
        residual: sd of the share of the zero shift that the auxiliary electrode leaves (10 to 25 %, estimated).
        humidity_time: low pass of the humidity transient [s] (estimated).
        ox_no2: NO2 response of the OX cell, and its sd over units (computed from 120 cells).
        ox_no2_sd: see ``ox_no2``.
        drift_time: correlation time of zero drifts [a] (estimated).
        ozone: mean ozone that doses the NO2 cell's scrubber [ppm] (estimated).
        continuous: limits of continuous use: temperature [Cel] and humidity [%] (read).
    """

    residual: float = 0.17
    humidity_time: float = 1200.0
    ox_no2: float = 1.02
    ox_no2_sd: float = 0.08
    drift_time: float = 1.0
    ozone: float = 0.03
    continuous: tuple[float, float, float, float] = (-30.0, 50.0, 15.0, 90.0)


BOARD = Board()
#: Reading [ppb] per ppb of a species, rows of the linear channels (manufacturers' limits, RAE TN-106 class response
#: factors, estimates; facts, section 1.2). Species that are not named answer zero.
CROSS: dict[str, dict[str, float]] = {
    "CO": {"CO": 1, "NO2": -0.005, "NO": -0.02, "HCHO": 0.10, "H2": 0.25, "CH3CHO": 0.05, "ALC": 0.03, "C2H4": 0.20,
           "C2H2": 0.80, "NH3": 0.001},
    "NO2": {"CO": -0.005, "NO2": 1, "O3": 0.03, "NO": 0.03, "NH3": 0.005},
    "OX": {"NO2": 1.02, "O3": 1, "NO": 0.03},
    "HCHO": {"CO": 0.005, "NO2": -0.05, "O3": -0.03, "NO": 0.03, "HCHO": 1, "H2": 0.002, "CH3CHO": 0.10, "FURAN": 0.02,
             "PHENOL": 0.05, "ALC": 0.05, "C2H4": 0.01, "C2H2": 0.05, "2EH": 0.02, "CH3OH": 0.05},
}  # fmt: skip
