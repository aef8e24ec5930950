"""Sensirion SPS30 optical particle counter.

Source: SPS30 datasheet v1.0 (range, precision, cleaning, status: read); lag, volume, growth and fouling are estimates;
the mass per count and the share of the second bin are computed from a public recording of the part.
"""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

SPS30_PRIORS: tuple[Prior, ...] = (
    ("sensor.pm_growth", 0.3, 0.4, "1", "recalled: hygroscopicity kappa, fresh smoke 0.1-0.2, ambient 0.3-0.5"),
    ("sensor.pm_aerosol", 1.0, 0.15, "1", "estimate: gain for the kind of aerosol, smoke 0.9-1.3"),
    ("sensor.pm_fog", 3e-4, 0.8, "1", "estimate: share of a fog's water seen as particles: 0-200 ug/m3 in fog"),
)


@dataclass(frozen=True)
class Mode:
    """A lognormal mode of dry particles within a class of sizes.

    Attributes:
        median: of the number [um].    spread: geometric standard deviation [1].
        density: [g/cm3].    low, high: limits of the class [um].
    """

    median: float
    spread: float
    density: float
    low: float
    high: float


#: Modes of the classes below 1 um, 1-2.5 um and 2.5-10 um: aged accumulation mode (recalled; the median is chosen so
#: that the bins of a recording come out), and a coarse mode of mass median 4 um (recalled) cut into two.
MODES: tuple[Mode, ...] = (
    Mode(0.125, 1.8, 1.65, 0.0, 1.0),
    Mode(0.95, 2.0, 2.0, 1.0, 2.5),
    Mode(0.95, 2.0, 2.0, 2.5, 10.0),
)


@dataclass(frozen=True)
class Counter:
    """The part. Masses in ug/m3, numbers in 1/cm3, sizes in um."""

    mass_high: float = 1000.0  # (read)
    number_high: float = 3000.0  # (read)
    edges: tuple[float, ...] = (0.3, 0.5, 1.0, 2.5, 4.0, 10.0)  # bins (read)
    mass_per_count: tuple[float, ...] = (0.109, 0.23, 1.05)  # of the three seen bins (computed from a recording)
    size: tuple[float, ...] = (0.40, 0.68, 1.30)  # mean diameter of the seen bins (computed from the modes)
    cut: float = 1.3  # half of the particles of this size are seen (laboratory: 0.7 to 1.3; read)
    cut_order: float = 8.0  # steepness of the fall (estimated)
    tail: float = 0.05  # PM10 over PM2.5 less 1, computed by the part and not measured (estimated 0.02 to 0.1)
    tail_spread: float = 0.4  # its ln sd over units (estimated)
    tail_four: float = 0.6  # share of the tail below 4 um (estimated)
    lag: float = 0.3  # s, air of the chamber (estimated)
    averaging: tuple[float, float] = (2.0, 16.0)  # s, shortest and longest of the part (from its start-up: recalled)
    enough: float = 400.0  # s/cm3: it averages for this over the number: start-up of 8, 16, 30 s (recalled table)
    volume: float = 0.5  # cm3/s counted (estimated; agrees with a recording of the part)
    relative: float = 0.03  # of the value, besides counting (estimated)
    flat: float = 5.0  # one sd of units below 100 ug/m3: half of the precision (read)
    share: float = 0.05  # one sd of units above (read)
    fade: float = 30.0  # ug/m3 below which the flat error vanishes: no particles, no counts (estimated)
    per_kelvin: float = 0.0025  # sd of units of the temperature coefficient; limit 0.5 % from 25 Cel (read)
    span_drift: float = 0.00625  # stationary sd; limit 1.25 % a year (read)
    drift_time: float = 1.0  # a (estimated)
    fouling: float = 0.02  # 1/a, loss of gain (estimated)
    stray: float = 1.0  # ug/m3 a year, light from dirt in the chamber (estimated)
    coincidence: float = 0.1 / 3000.0  # cm3, counts lost at the upper end of the range a tenth (estimated)
    growth_cap: float = 0.95  # water activity beyond which growth is held (recalled)
    kappa: float = 0.3  # of the product's correction of humidity (recalled)
    droplets: tuple[float, ...] = (0.1, 0.2, 0.7)  # how the seen mass of droplets falls into the bins (estimated)
    cleaning_period: float = 604800.0  # s (read)
    cleaning_spread: float = 0.01  # sd over units; limit 3 % (read)
    cleaning_length: float = 10.0  # s (read)
    stopped: float = 0.05  # share of counts that still comes through without a fan (estimated)
    web: float = 40.0  # ug/m3 seen for an insect or a web of size 1: 5 to 80 (estimated)
    coldest: float = -10.0  # Cel (read)
    hottest: float = 60.0  # Cel (read)
    wettest: float = 95.0  # % (read)
    warm_up: float = 30.0  # s at low counts; 8 s at 200 /cm3 and more (read)


SPS30 = Counter()
