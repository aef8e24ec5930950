"""Photo-ionisation detectors with 10.6 and 10.0 eV lamps (MiniPID 2 class).

Sources: MiniPID data page (range, limit, t90, lamp life; read), response factors of RAE TN-106 class lists (read for
toluene, benzene, ethanol, ammonia, anisole; recalled for the others), ionisation energies recalled.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Ionisation energies [eV] (recalled; CO2, CH4, CH3OH and H2O from the same kind of list).
IONISATION: dict[str, float] = {
    "CO": 14.0, "NO2": 9.6, "O3": 12.5, "NO": 9.26, "HCHO": 10.88, "H2": 15.4, "CH3CHO": 10.23, "HOAc": 10.65,
    "FURAN": 9.22, "PHENOL": 8.5, "BTEX": 9.0, "TERP": 8.5, "ALC": 10.3, "C2H4": 10.51, "C2H2": 11.40, "2EH": 9.9,
    "NH3": 10.1, "CARB": 10.5, "CO2": 13.8, "CH4": 12.6, "CH3OH": 10.85, "H2O": 12.6, "TAR": 9.5,
}  # fmt: skip


@dataclass(frozen=True)
class Detector:
    """One photo-ionisation head; response is isobutylene equivalent per ppb.

    Attributes:
        lamp: line [eV].    t90: [s].    white: sd of a native sample [ppb] (estimated MDL/3).
        flicker: Allan floor [ppb] (estimated).    lsb: [ppb].    high: [ppb].
        scatter: ln sd of response factors over units (estimated).
        quench: loss of span at 25 g/m3 of water (estimated).
        per_kelvin: sd of the span's temperature coefficient [1/K] (recalled +-10 % over 0 to 40 Cel).
        lamp_loss: exponential loss of intensity [1/a].    lamp_life: [a].
        zero_drift: stationary sd [ppb] (estimated).    zero_time: [a].    offset: sd [ppb].
        response: species to response.
    """

    lamp: float
    t90: float
    white: float
    flicker: float
    lsb: float
    high: float
    response: dict[str, float]
    scatter: float = 0.10
    quench: float = 0.10
    per_kelvin: float = 0.0025
    lamp_loss: float = 0.448
    lamp_life: float = 1.14
    zero_drift: float = 20.0
    zero_time: float = 0.083
    offset: float = 5.0


HEAD_106 = Detector(
    lamp=10.64, t90=8.0, white=0.33, flicker=0.5, lsb=1.0, high=40_000.0,
    response={"NO2": 0.06, "NO": 0.19, "CH3CHO": 0.17, "HOAc": 0.045, "FURAN": 1.09, "PHENOL": 1.2, "BTEX": 1.96,
              "TERP": 2.4, "ALC": 0.12, "C2H4": 0.10, "2EH": 0.5, "NH3": 0.118, "CARB": 0.02},
)  # fmt: skip
HEAD_100 = Detector(
    lamp=10.03, t90=8.0, white=1.0, flicker=1.5, lsb=5.0, high=100_000.0,
    response={"NO2": 0.03, "NO": 0.15, "FURAN": 1.0, "PHENOL": 1.2, "BTEX": 1.9, "TERP": 2.3, "2EH": 0.1},
)  # fmt: skip
