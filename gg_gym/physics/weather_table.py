"""WeatherTable: a year of hourly weather in one place's local standard time, and what of it was not measured."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gg_gym.errors import InputError
from gg_gym.units import Float, Int

HOURS, SUN_STEPS = 8760, 6
#: Columns of a weather table. The first six hold at the full hour, the last four are means of the hour that follows.
COLUMNS: tuple[str, ...] = (
    "temperature", "dew_point", "pressure", "wind_speed", "wind_from", "cloud", "ghi", "dni", "dhi", "rain",
)  # fmt: skip
#: Columns that hold at an instant; the others are means of an hour.
STATES, FLUXES = COLUMNS[:6], COLUMNS[6:]
RANGES: Mapping[str, tuple[float, float]] = {
    "temperature": (180.0, 340.0), "dew_point": (170.0, 320.0), "pressure": (4e4, 1.1e5), "wind_speed": (0.0, 90.0),
    "wind_from": (-7.0, 7.0), "cloud": (0.0, 1.0), "ghi": (0.0, 1500.0), "dni": (0.0, 1500.0), "dhi": (0.0, 1500.0),
    "rain": (0.0, 400.0),
}  # fmt: skip
#: Where a value comes from: the record; a gap of a few hours interpolated; another column of the record by a law of
#: physics; the climate model, continuous with the record at the gap's ends.
MEASURED, INTERPOLATED, DERIVED, MODELLED = 0, 1, 2, 3
FLAGS: tuple[str, ...] = ("measured", "interpolated", "derived", "modelled")


@dataclass(frozen=True)
class WeatherTable:
    """A year of hourly weather in local standard time.

    Attributes:
        name: source.
        description: what it is, in words.
        columns: (8760, 10) in the order of :data:`COLUMNS`: temperature and dew point [K], pressure [Pa], wind speed
            [m/s], direction the wind comes from [rad], cloud [1] at the hour; ghi, dni, dhi [W/m2] and rain [mm/h]
            as means of the hour that follows.
        flags: (8760, 10) uint8, see :data:`FLAGS`; by default nothing is marked (a climate year is
            modelled as a whole, and not marked).
        digest: sha256 of the content, flags included where any is set.
    """

    name: str
    description: str
    columns: Float
    flags: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((HOURS, len(COLUMNS)), np.uint8))
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Check shapes and ranges, freeze the arrays and take their digest.

        Raises:
            InputError: wrong shape, a value that is not finite or out of range, an unknown flag.
        """
        shape = (HOURS, len(COLUMNS))
        if self.columns.shape != shape or self.flags.shape != shape:
            raise InputError(self.name, f"shapes {self.columns.shape} and {self.flags.shape}", f"{shape}")
        for i, column in enumerate(COLUMNS):
            low, high = RANGES[column]
            wrong = ~((self.columns[:, i] >= low) & (self.columns[:, i] <= high))
            if wrong.any():
                row = int(np.argmax(wrong))
                raise InputError(f"{self.name}, {column}, hour {row}", f"{self.columns[row, i]}", f"{low} to {high}")
        if self.flags.max() >= len(FLAGS):
            raise InputError(self.name, f"flag {self.flags.max()}", ", ".join(f"{i} {f}" for i, f in enumerate(FLAGS)))
        self.columns.setflags(write=False)
        self.flags.setflags(write=False)
        text = ",".join(COLUMNS).encode() + np.ascontiguousarray(self.columns, dtype="<f8").tobytes()
        text += np.ascontiguousarray(self.flags, dtype=np.uint8).tobytes() if self.flags.any() else b""
        object.__setattr__(self, "digest", hashlib.sha256(text).hexdigest())

    def __getitem__(self, column: str) -> Float:
        """Return a column (8760,) by name."""
        out: Float = self.columns[:, COLUMNS.index(column)]
        return out

    def uncertainty(self) -> dict[str, dict[str, float]]:
        """Column -> kind of value -> share of the year's hours; kinds that do not occur are left out."""
        shares = {c: np.bincount(self.flags[:, i], minlength=len(FLAGS)) / HOURS for i, c in enumerate(COLUMNS)}
        return {c: {FLAGS[k]: float(s) for k, s in enumerate(share) if s} for c, share in shares.items()}


def blend(series: Float, seams: Int) -> Float:
    """Spread the jump before each seam row (k,) of a series (8760,) evenly over the six hours about it."""
    out = series.copy()
    offset = np.arange(-3, 3)
    share = np.where(offset < 0, (offset + 3.5) / 6.0, (offset - 2.5) / 6.0)
    for seam in seams:
        jump = series[seam % HOURS] - series[(seam - 1) % HOURS]
        out[(seam + offset) % HOURS] += jump * share
    return out
