"""The species axis: what the air carries. Gases in ppb (nmol/mol), particles in ug/m3."""

from __future__ import annotations

import numpy as np

#: Gases with molar mass [kg/mol]; lumps carry the mass of their main member (PHENOL: guaiacol, TAR: levoglucosan).
GASES: dict[str, float] = {
    "CO": 0.02801, "NO2": 0.04601, "O3": 0.04800, "NO": 0.03001, "HCHO": 0.03003, "H2": 0.002016,
    "CH3CHO": 0.04405, "HOAc": 0.06005, "FURAN": 0.09608, "PHENOL": 0.12414, "BTEX": 0.09214, "TERP": 0.13624,
    "ALC": 0.04607, "C2H4": 0.02805, "C2H2": 0.02604, "2EH": 0.13023, "NH3": 0.01703, "CARB": 0.09008,
    "CO2": 0.04401, "CH4": 0.01604, "CH3OH": 0.03204, "H2O": 0.01802, "TAR": 0.16214,
}  # fmt: skip
#: Particle classes: below 1 um, 1 to 2.5 um, 2.5 to 10 um.
PARTICLES: tuple[str, ...] = ("PM1", "PM2.5", "PM10")
SPECIES: tuple[str, ...] = (*GASES, *PARTICLES)
INDEX: dict[str, int] = {name: i for i, name in enumerate(SPECIES)}
N_GASES = len(GASES)
#: (S,) molar masses [kg/mol]; NaN for particles.
MOLAR_MASS = np.array([*GASES.values(), *[np.nan] * len(PARTICLES)])
