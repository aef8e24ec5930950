"""What foreign sources near a pole give off: engines, stoves, fires, solvents, paving, silage, fireworks.

No source was read for most of these numbers: tags are [R] recalled and [E] estimated. Wood smoke is that of
:mod:`gg_gym.parameters.combustion`. The scatter between sources of a kind is in the priors of the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gg_gym.parameters.combustion import FLAMING, SMOULDER, STOVE
from gg_gym.parameters.line import Prior
from gg_gym.parameters.sound import Band8

#: (key, median, spread of the natural logarithm, unit, source).
RELEASE_PRIORS: tuple[Prior, ...] = (
    ("releases.gas", 1.0, 0.5, "1", "estimate: factor on what a foreign source gives off, CO2 and water apart"),
    ("releases.particles", 1.0, 0.6, "1", "estimate: factor on its particles"),
    ("releases.heat", 1.0, 0.3, "1", "estimate: factor on its convective heat"),
    ("releases.sound", 1.0, 0.7, "1", "estimate: factor on its sound power"),
    ("releases.shake", 1.0, 0.8, "1", "estimate: factor on the shaking of the ground"),
    ("releases.radio", 50.0, 0.1, "dB", "estimate: magneto ignition at 20 m and 0.5 MHz, dB(uV/m)"),
)


@dataclass(frozen=True)
class Release:
    """A kind of foreign source.

    Attributes:
        name: what it is.
        emission: species -> kg per kg of fuel or material.
        heat: convective heat per kg [J/kg].
        size: standard deviation of the source [m].
        rate: usual material per second, at which ``sound``, ``shake`` and ignition are meant [kg/s].
        sound: (8,) sound power in the bands of the acoustic sensor at ``rate`` [W].
        shake: velocity of the ground at 1 m, rms, at ``rate`` [m/s].
        frequency: of that shaking [Hz].
        ignition: whether it has a spark ignition that disturbs radio.
        burst: mass of one burst; 0 is a steady source [kg].
        burst_time: in which a burst's smoke leaves the place of the burst [s].
        burst_sound: sound energy of a burst [J].
    """

    name: str
    emission: Mapping[str, float]
    heat: float
    size: float
    rate: float
    sound: Band8 = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    shake: float = 0.0
    frequency: float = 25.0
    ignition: bool = False
    burst: float = 0.0
    burst_time: float = 10.0
    burst_sound: float = 0.0
    note: str = field(default="")


def _of_wood(*parts: tuple[float, Mapping[str, float]]) -> dict[str, float]:
    """Kg per kg of a mix of burning wood tables [g/kg]."""
    names = {name for _, table in parts for name in table}
    return {name: 1e-3 * sum(share * table.get(name, 0.0) for share, table in parts) for name in sorted(names)}


#: Small spark-ignition engine without a catalyst: rich, so CO 300-600 g/kg [R]; HC 20-100 g/kg [R].
_PETROL: dict[str, float] = {
    "CO": 0.40, "NO": 4e-3, "NO2": 2e-4, "HCHO": 1.5e-3, "CH3CHO": 4e-4, "BTEX": 12e-3, "C2H4": 6e-3, "C2H2": 4e-3,
    "H2": 9e-3, "CH4": 4e-3, "CO2": 2.4, "H2O": 1.3, "PM1": 1.0e-3, "PM2.5": 1e-4,
}  # fmt: skip
#: Diesel: NOx 20-40 g/kg, CO 5-20 g/kg, PM 0.5-3 g/kg [R].
_DIESEL: dict[str, float] = {
    "CO": 12e-3, "NO": 22e-3, "NO2": 5e-3, "HCHO": 1.2e-3, "CH3CHO": 5e-4, "BTEX": 4e-4, "C2H4": 1.0e-3, "H2": 2e-4,
    "CO2": 3.15, "H2O": 1.2, "PM1": 1.5e-3, "PM2.5": 1e-4,
}  # fmt: skip
_TURBINE: dict[str, float] = {"CO": 8e-3, "NO": 5e-3, "NO2": 1e-3, "HCHO": 8e-4, "CO2": 3.15, "H2O": 1.24, "PM1": 3e-4}
#: Fresh cut grass: leaf alcohols and aldehydes, some mg per kg of grass; counted per kg of fuel burnt [E].
_CUT_GRASS: dict[str, float] = {"ALC": 8e-3, "CH3CHO": 6e-3, "TERP": 3e-3, "CH3OH": 1.5e-2, "PM10": 4e-2, "PM2.5": 2e-3}

#: Kinds 1, 2, ... of the cause ``release_kind``.
RELEASES: tuple[Release, ...] = (
    Release(  # 30 % of 43 MJ/kg leave by the pipe, some by the radiator [R]; 95-100 dB at full rate [R]
        "generator", _DIESEL, 20e6, 0.3, 2e-3, (6e-3, 8e-3, 4e-3, 1e-3, 1e-4, 6e-6, 1e-6, 2e-7), 4e-4, 25.0,
    ),
    Release(  # 65-75 dB at 7 m, 3600 rpm [R]
        "portable generator", _PETROL, 20e6, 0.2, 3e-4, (1e-3, 4e-3, 4e-3, 1.5e-3, 2e-4, 1e-5, 2e-6, 3e-7), 1e-4, 40.0,
        ignition=True,
    ),
    Release("wood stove", _of_wood((1.0, STOVE)), 4e6, 0.3, 6e-4),  # a quarter of 17 MJ/kg goes up the flue [R]
    Release("barbecue", _of_wood((0.5, SMOULDER), (0.5, FLAMING)), 9e6, 0.3, 3e-4),
    Release(  # crackle of some 80 dB [E]
        "brush fire", _of_wood((0.6, SMOULDER), (0.4, FLAMING)), 8e6, 1.5, 0.05,
        (2e-4, 2e-4, 4e-4, 6e-4, 3e-4, 5e-5, 1e-5, 2e-6),
    ),
    Release("herbicide", {"BTEX": 0.35, "ALC": 0.05, "TERP": 0.02, "PM10": 0.12, "PM2.5": 0.01}, 0.0, 0.8, 5e-4),  # [E]
    Release(
        "paint", {"BTEX": 0.45, "CARB": 0.10, "ALC": 0.15, "HOAc": 0.05, "PM2.5": 0.02, "PM10": 0.05}, 0.0, 0.5, 5e-4,
    ),
    Release(  # per kg of hot mix: organics 2-20 mg (plant load-out, AP-42, recalled); the machines' diesel with it
        "asphalt paving",
        {"CH4": 2e-6, "BTEX": 4e-6, "PHENOL": 5e-7, "HCHO": 6e-7, "CO": 1.0e-5, "NO": 8e-6, "TERP": 2e-6,
         "PM1": 6e-6, "PM2.5": 1e-6, "PM10": 2e-6},
        8e3, 2.0, 30.0, (3e-2, 3e-2, 2e-2, 4e-3, 4e-4, 2e-5, 4e-6, 8e-7), 1.5e-3, 30.0,
    ),
    Release(  # silage, mash, compost: ethanol with CO2, acetic acid, ammonia [E]
        "fermentation",
        {"CO2": 1.0, "ALC": 0.02, "CH3CHO": 1e-3, "HOAc": 2e-3, "CH3OH": 1e-3, "NH3": 1e-3, "CH4": 2e-3}, 0.0, 3.0,
        2e-3,
    ),
    Release(  # black powder and stars: smoke a third of the mass [R]; sound exposure 100 dB at 50 m [E]
        "fireworks", {"PM1": 0.20, "PM2.5": 0.05, "PM10": 0.03, "CO": 0.12, "NO": 4e-3, "NO2": 2e-3, "H2": 5e-3},
        2e6, 4.0, 0.02, (0.3, 0.3, 0.2, 0.15, 0.05, 4e-3, 1e-3, 2e-4), burst=0.15, burst_sound=150.0,
    ),
    Release(  # 95-100 dB [R]
        "lawn mower", {**_PETROL, **{k: v + _PETROL.get(k, 0.0) for k, v in _CUT_GRASS.items()}}, 18e6, 0.3, 2e-4,
        (5e-4, 2e-3, 4e-3, 2e-3, 5e-4, 4e-5, 6e-6, 8e-7), 1e-4, 45.0, ignition=True,
    ),
    Release(  # light turbine helicopter in hover: 1-3 W per band, low frequencies lead [R]
        "helicopter", _TURBINE, 12e6, 2.0, 0.035, (20.0, 8.0, 3.0, 0.6, 0.1, 6e-3, 1e-3, 2e-4),
    ),
    Release("earthworks", {"PM10": 0.85, "PM2.5": 0.10, "PM1": 0.02}, 0.0, 1.0, 2e-3,
            (1e-2, 1e-2, 5e-3, 1e-3, 1e-4, 1e-5, 2e-6, 4e-7), 6e-4, 20.0),
)  # fmt: skip
#: Kind -> code of the cause ``release_kind``.
CODES: dict[str, int] = {release.name: i for i, release in enumerate(RELEASES, 1)}
#: Largest warming of the air at the unit by a plume that is followed [K].
WARMEST = 80.0


@dataclass(frozen=True)
class Wash:
    """Rotor wash at the pole head.

    Attributes:
        turbulence: rms of each component over the jet's velocity on the axis [1] (0.25-0.28, Pope 2000; recalled).
        reach: smallest height of a rotor above the unit that counts [m].
    """

    turbulence: float = 0.25
    reach: float = 1.0


WASH = Wash()
#: Radius of the sphere that stands for a body in an electric field [m]: none, person, lineworker and bucket, bird,
#: squirrel; the cube root of their semi-axes' product, the bucket's boom included [E].
FLOATING: tuple[float, ...] = (0.0, 0.38, 0.60, 0.10, 0.075)
