"""Pyrolysis of pine: kinetics of MaCFP's UMD/FSRI white pine, and what each step's gas is made of.

Kinetics: MaCFP matl-db, Wood/Material_Properties/Wood_UMD_FSRI-DM.json (facts section 3.1). Composition: made by the
project from yields computed with the CRECK biomass mechanism (solid version 2502) and from the order in which species
appear (facts section 3.3); it is a prior, not a measurement. The five steps are read as: slow low-temperature loss,
hemicellulose, cellulose, lignin, char.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: (key, median, spread of the natural logarithm, unit, source).
PRIORS: tuple[tuple[str, float, float, str, str], ...] = (
    ("wood_low_temperature_rate", 0.2, 1.2, "1", "models disagree 40-fold at 200 Cel, MaCFP is fastest (facts 0.1)"),
    ("wood_tar_vapour", 0.05, 0.5, "1", "share of levoglucosan that stays vapour; assumption (facts 3.3)"),
    ("wood_lignin_vapour", 0.40, 0.3, "1", "share of heavy lignin tar that stays vapour; assumption (facts 3.3)"),
    ("wood_yield_CO", 1.0, 0.4, "1", "multiplier of the CO share; spread of stove and open-fire data (facts 3.4)"),
    ("wood_yield_HCHO", 1.0, 0.5, "1", "multiplier of the HCHO share; EPA range 0.1 to 0.7 g/kg (facts 3.4)"),
    ("wood_yield_HOAc", 1.0, 0.8, "1", "multiplier of the acetic acid share; 2 to 35 g/kg (facts 3.4)"),
    ("wood_yield_FURAN", 1.0, 0.6, "1", "multiplier of the furfural share; EPA range 0.2 to 1.6 g/kg (facts 3.4)"),
    ("wood_yield_PHENOL", 1.0, 0.7, "1", "multiplier of the phenols share; assumption"),
)
#: Mass share of lignin in sound pine, LIG-C, -H and -O of CRECK's softwood (facts 3.3).
LIGNIN = 0.27
#: Between these temperatures [K] the low-temperature multiplier fades out: above 280 Cel the models agree (facts 3.1).
LOW_TEMPERATURE, AGREEMENT = 493.15, 553.15
#: Condensed matter by size class, PM1 : PM2.5 : PM10 = .80 : .88 : 1 cumulative (facts 3.4; sizes recalled).
PM_SHARES: dict[str, float] = {"PM1": 0.80, "PM2.5": 0.08, "PM10": 0.12}
#: Mean heat capacity of the released vapours [J/(kg.K)]; recalled.
VAPOUR_HEAT_CAPACITY = 1200.0


@dataclass(frozen=True)
class Scheme:
    """Sequential first-order steps.

    Attributes:
        log_factor: log10 of the pre-exponential factors A [1/s].
        energy: activation energies E [J/mol].
        solid_yield: nu, kg of next solid per kg that reacts [1].
        heat: heat of reaction per kg that reacts, endothermic positive [J/kg].
    """

    log_factor: tuple[float, ...]
    energy: tuple[float, ...]
    solid_yield: tuple[float, ...]
    heat: tuple[float, ...]


PINE = Scheme(
    log_factor=(5.224581, 9.623536, 12.086253, 2.59569, -1.525875),
    energy=(76009.0, 131985.0, 173004.0, 66703.0, 23336.0),
    solid_yield=(0.914, 0.785, 0.387, 0.779, 0.698),
    heat=(-3073.0, 9962.0, 223104.0, -211702.0, -8738.0),
)
#: Di Blasi and Branca 2001: gas, tar, char as (A [1/s], E [J/mol]) (facts section 3.2).
DI_BLASI_BRANCA: tuple[tuple[float, float], ...] = ((4.38e9, 152.7e3), (1.08e10, 148.0e3), (3.27e6, 111.7e3))

#: Mass shares of the gas of each step. "LVG" is levoglucosan and sugars, "LTAR" heavy lignin tar (guaiacols); FURAN
#: carries furfural, HMF and furans, CH3CHO the light carbonyls (glycolaldehyde, acetone, acrolein).
STEP_GAS: tuple[dict[str, float], ...] = (
    {"H2O": 0.4446, "CO2": 0.25, "CO": 0.07, "HCHO": 0.06, "HOAc": 0.02, "FURAN": 0.05, "PHENOL": 0.025, "CH4": 0.025,
     "TERP": 0.005, "CH3OH": 0.03, "LVG": 0.02, "H2": 0.0004},
    {"CO2": 0.20, "LVG": 0.24, "FURAN": 0.15, "H2O": 0.14, "CO": 0.05, "HOAc": 0.06, "HCHO": 0.035, "CH4": 0.02,
     "CH3OH": 0.035, "CH3CHO": 0.03, "C2H4": 0.01, "LTAR": 0.03},
    {"LVG": 0.62, "H2O": 0.11, "FURAN": 0.07, "LTAR": 0.08, "CH3CHO": 0.04, "CO2": 0.03, "CO": 0.02, "HCHO": 0.012,
     "CH3OH": 0.01, "C2H4": 0.005, "CH4": 0.003},
    {"CO": 0.25, "LTAR": 0.15, "PHENOL": 0.05, "H2O": 0.15, "CH3OH": 0.12, "CH4": 0.08, "CO2": 0.08, "C2H4": 0.07,
     "CH3CHO": 0.03, "HCHO": 0.01, "H2": 0.005, "BTEX": 0.005},
    {"CO": 0.35, "CH4": 0.15, "CO2": 0.15, "H2O": 0.15, "LTAR": 0.06, "BTEX": 0.04, "C2H4": 0.03, "PHENOL": 0.03,
     "CH3OH": 0.02, "H2": 0.02},
)  # fmt: skip


def release_matrix(species: tuple[str, ...]) -> np.ndarray:
    """(5, S + 2) mass shares of each step's gas: species, then the condensable lumps LVG and LTAR; rows sum to 1."""
    columns = (*species, "LVG", "LTAR")
    return np.array([[gas.get(name, 0.0) for name in columns] for gas in STEP_GAS])
