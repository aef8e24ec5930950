"""Char that burns in air: kinetics, access of oxygen, emission factors, preservatives. Recalled but where a source is.

Facts sections 3.4 to 3.6. What nobody knows well is a prior of the world.
"""

from __future__ import annotations

from dataclasses import dataclass

#: (key, median, spread of the natural logarithm, unit, source).
PRIORS: tuple[tuple[str, float, float, str, str], ...] = (
    ("smoulder_access", 1.5e-3, 0.7, "m/s", "conductance of cracks for oxygen; fronts glow at 450-700 Cel"),
    ("smoulder_wind", 0.5, 0.4, "1", "growth of that conductance with the root of the wind over 1 m/s; estimate"),
    (
        "smoulder_co_share",
        0.20,
        0.3,
        "1",
        "molar share of CO from char; MCE .75-.85 of smouldering (facts 3.4)",
    ),
    ("smoulder_converted", 0.3, 0.4, "1", "share of the vapours that burns while it passes the front; estimate"),
    ("smoulder_heat", 12.0e6, 0.15, "J/kg", "heat per kg of oxygen: Huggett 13.1 MJ/kg, less with CO; recalled"),
    ("smoulder_utilisation", 0.35, 0.25, "1", "share of the passing oxygen that reacts; sets the peak, 450-700 Cel"),
    (
        "smoulder_ignition",
        523.15,
        0.04,
        "K",
        "glowing ignition of wood, about 250 Cel (Babrauskas 2001, abstract read)",
    ),
    ("smoulder_flame_hazard", 1.0e-4, 1.0, "1/s", "transition to flame at 1 m/s on the reference front; assumption"),
    ("smoulder_flame_area", 0.02, 0.4, "m2", "reference area of the front for that hazard; assumption"),
    ("smoulder_flame_surface", 823.15, 0.05, "K", "hottest wood below which no flame starts, 500-600 Cel; assumption"),
    ("smoulder_critical_flux", 1.5e-3, 0.4, "kg/(m2.s)", "mass flux below which a flame dies, 1-4 g/(m2.s); recalled"),
    ("smoulder_cca_rate", 3.0, 0.3, "1", "char oxidation catalysed by copper, chromium, arsenic (facts 3.6)"),
    ("smoulder_cca_threshold", 80.0, 0.3, "K", "by which CCA lowers glowing ignition (facts 3.6)"),
    (
        "smoulder_creosote",
        2.0,
        0.4,
        "1",
        "particles, phenols and aromatics of burning creosote over clean wood; estimate",
    ),
)


@dataclass(frozen=True)
class CharOxidation:
    """Kinetics and limits.

    Attributes:
        log_factor: log10 of the pre-exponential factor [1/s per unit oxygen mass share]; the energy is CRECK's
            CHAR + O2 (26.25 kcal/mol), the factor is set so that kinetics and diffusion cross near 400 Cel; estimate.
        energy: activation energy [J/mol].
        oxygen: mass share of oxygen in air [1].
        first: first solid of the pyrolysis scheme that counts as char (after cellulose has gone).
        ash: share of the dry wood that cannot burn [1]; softwood 0.3-1 %.
        lag: time in which the heat of the front reaches the shells [s].
        flame_flux: heat flux of a small flame to the wood [W/m2]; 15-30 kW/m2.
        feedback: largest share of the flame's heat that returns to the wood [1].
        fuel_heat: net heat of combustion of the vapours [J/kg]; convective share of it [1].
        convective: see above.
        blow_off: wind above which the small flame does not hold [m/s].
    """

    log_factor: float = 6.5
    energy: float = 26250.0 * 4.184
    oxygen: float = 0.232
    first: int = 3
    ash: float = 0.01
    lag: float = 30.0
    flame_flux: float = 2.0e4
    feedback: float = 0.1
    fuel_heat: float = 13.0e6
    convective: float = 0.65
    blow_off: float = 15.0


CHAR = CharOxidation()

#: Emission factors [g per kg of dry fuel] of the burnt vapours. Smouldering: between boreal and peat of the GFED table
#: (Akagi et al. 2011; read); flaming: its temperate row scaled to MCE .98, particles of well-ventilated fir (Dod 1989).
#: Water from the hydrogen of wood (6 %). Oxygen taken up is their sum less the fuel.
SMOULDER: dict[str, float] = {
    "CO2": 1450.0, "CO": 190.0, "CH4": 13.0, "H2": 2.7, "HCHO": 1.9, "CH3CHO": 3.5, "HOAc": 6.5, "CH3OH": 5.5,
    "FURAN": 1.0, "PHENOL": 1.6, "BTEX": 3.0, "TERP": 0.5, "C2H4": 1.5, "NH3": 2.0, "NO": 0.9, "H2O": 450.0,
    "PM1": 12.0, "PM2.5": 1.2, "PM10": 1.8,
}  # fmt: skip
FLAMING: dict[str, float] = {
    "CO2": 1750.0, "CO": 23.0, "CH4": 0.8, "H2": 0.5, "HCHO": 0.5, "CH3CHO": 0.1, "HOAc": 0.4, "CH3OH": 0.2,
    "FURAN": 0.1, "PHENOL": 0.1, "BTEX": 0.3, "C2H4": 0.3, "C2H2": 0.2, "NO": 1.9, "NO2": 0.3, "H2O": 540.0,
    "PM1": 1.5, "PM2.5": 0.2, "PM10": 0.3,
}  # fmt: skip
#: Wood stoves, EPA-453/R-93-036 [g/kg] (middle of the ranges; phenols and PM recalled).
STOVE: dict[str, float] = {
    "CO": 200.0, "CH4": 19.0, "HCHO": 0.4, "CH3CHO": 0.5, "FURAN": 1.5, "BTEX": 2.4, "HOAc": 2.1, "PHENOL": 1.5,
    "C2H4": 2.0, "NO": 0.5, "PM1": 12.0, "PM2.5": 1.5, "PM10": 1.5,
}  # fmt: skip
#: Aged regional smoke of forests [g/kg]: GFED temperate; short-lived vapours have gone.
REGIONAL: dict[str, float] = {
    "CO": 88.0, "CH4": 3.4, "HCHO": 2.1, "HOAc": 2.1, "CH3OH": 1.7, "BTEX": 0.5, "H2": 2.0, "NO2": 0.5, "NH3": 0.4,
    "CH3CHO": 0.5, "O3": 0.0, "PM1": 11.5, "PM2.5": 1.4, "PM10": 1.5,
}  # fmt: skip


def shares(table: dict[str, float], species: tuple[str, ...]) -> list[float]:
    """(S,) kg per kg of dry fuel of each species."""
    return [1e-3 * table.get(name, 0.0) for name in species]
