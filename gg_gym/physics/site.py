"""Site, unit and world: where a pole stands, which unit hangs on it, and the numbers nobody knows well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gg_gym.streams import normals
from gg_gym.units import Bool, Float, Int, UInt64


@dataclass(frozen=True)
class Site:
    """A place.

    Attributes:
        key: name, unique in a product.
        latitude: [deg].
        longitude: [deg], east positive.
        altitude: above sea level [m].
        utc_offset: local standard time minus UTC [h].
        roughness: roughness length of the surroundings [m].
        distance_to_coast: [m].
        distance_to_road: [m].
        pollution_class: IEC 60815 site pollution severity ("very_light" ... "very_heavy").
        weather: weather source, "tmy3:NAME" for a file shipped in the pvlib wheel, "file:PATH" or "climate".
    """

    key: str
    latitude: float
    longitude: float
    altitude: float
    utc_offset: float
    roughness: float
    distance_to_coast: float
    distance_to_road: float
    pollution_class: str
    weather: str


@dataclass(frozen=True)
class Uncertain:
    """A number that nobody knows well: a lognormal prior, drawn once per world.

    Attributes:
        key: name.
        median: central value, in ``unit``.
        spread: standard deviation of the natural logarithm.
        unit: UCUM unit.
        source: where it comes from; "recalled" where no source was read.
    """

    key: str
    median: float
    spread: float
    unit: str
    source: str


def draw_world(priors: Sequence[Uncertain], world: UInt64) -> Mapping[str, Float]:
    """Draw the uncertain numbers of worlds (n,): key -> (n,) values. The same world has the same numbers everywhere."""
    return {p.key: p.median * np.exp(p.spread * normals(world, f"world.{p.key}", 1)[:, 0]) for p in priors}


@dataclass(frozen=True)
class Conditions:
    """Nature's draw for n runs; row i is a function of seed i and the product.

    Attributes:
        seed: (n,) run seeds.
        site: (n,) indices into the product's sites.
        hour: (n,) hour of the year (local standard time) of the record's first sample [h].
        load: (n,) feeder load scale [1].
        unit: (n,) unit serial numbers.
        age: (n,) unit ages [a].
        world: (n,) world numbers.
        group: (n,) seeds of what poles share (weather, regional air, feeder); the run's own seed unless said.
        delay: (n,) time that weather needs from the group's origin to the pole, negative upwind [s]; 0 unless said.
    """

    seed: UInt64
    site: Int
    hour: Float
    load: Float
    unit: UInt64
    age: Float
    world: UInt64
    group: UInt64 = None  # type: ignore[assignment]
    delay: Float = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        """A pole that shares with nobody."""
        if self.group is None:
            object.__setattr__(self, "group", np.asarray(self.seed, np.uint64))
        if self.delay is None:
            object.__setattr__(self, "delay", np.zeros(len(self.seed)))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.seed)

    @property
    def grouped(self) -> Bool:
        """(n,) whether a row shares with other poles."""
        shares: Bool = np.asarray(self.group) != np.asarray(self.seed)
        return shares

    def reseeded(self, seeds: UInt64) -> Conditions:
        """The same conditions with new run seeds (n,); what poles share goes on."""
        seeds = np.asarray(seeds, np.uint64)
        group = np.where(self.grouped, self.group, seeds)
        return Conditions(**{**vars(self), "seed": seeds, "group": group})

    def take(self, rows: Int) -> Conditions:
        """The conditions of some rows."""
        return Conditions(**{k: v[rows] for k, v in vars(self).items()})
