"""The sun over a site: computed by pvlib once, then read from a cache folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from gg_gym.physics.site import Site
from gg_gym.physics.weather_table import HOURS, SUN_STEPS
from gg_gym.units import Float


def cache_folder() -> Path:
    """The folder of computed tables: ``GG_GYM_CACHE``, or ``~/.cache/gg_gym``."""
    return Path(os.environ.get("GG_GYM_CACHE", Path.home() / ".cache" / "gg_gym"))


def sun_table(site: Site) -> Float:
    """The sun over a site every ten minutes of a year (52560, 4): unit vector to it and clear-sky GHI [W/m2].

    Computed by pvlib once (SPA; Ineichen with climatological turbidity), then read from the cache folder.
    """
    return _sun_table(site.latitude, site.longitude, site.altitude, site.utc_offset)


@lru_cache(maxsize=256)
def _sun_table(latitude: float, longitude: float, altitude: float, utc_offset: float) -> Float:
    """Read the table from the cache, or compute and write it; a damaged or unwritable cache is only slower."""
    text = f"sun 1 {latitude!r} {longitude!r} {altitude!r} {utc_offset!r}"
    path = cache_folder() / f"sun-{hashlib.sha256(text.encode()).hexdigest()[:24]}.npz"
    table = read_table(path)
    if table is None:
        table = _compute_sun(latitude, longitude, altitude, utc_offset)
        write_table(path, table)
    table.setflags(write=False)
    return table


def read_table(path: Path) -> Float | None:
    """A cached table (52560, 4), or None if there is none that is whole."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            table: Float = np.asarray(data["table"], dtype=np.float64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return table if table.shape == (HOURS * SUN_STEPS, 4) else None


def write_table(path: Path, table: Float) -> None:
    """Write to a name of our own and rename, so that readers and other writers see whole files only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as stream:
            np.savez(stream, table=table)
        Path(stream.name).replace(path)
    except OSError:
        return


def _compute_sun(latitude: float, longitude: float, altitude: float, utc_offset: float) -> Float:
    """The sun table by pvlib, for a year of 365 days."""
    import pandas as pd
    import pvlib

    start = pd.Timestamp("2023-01-01", tz="UTC") - pd.Timedelta(hours=utc_offset)
    times = pd.date_range(start, periods=HOURS * SUN_STEPS, freq="10min")
    place = pvlib.location.Location(latitude, longitude, tz="UTC", altitude=altitude)
    position = place.get_solarposition(times)
    with warnings.catch_warnings():  # pvlib calls what pandas is about to rename
        warnings.simplefilter("ignore", DeprecationWarning)
        clear = place.get_clearsky(times, model="ineichen", solar_position=position)["ghi"].to_numpy()
    zenith, azimuth = np.deg2rad(position["zenith"].to_numpy()), np.deg2rad(position["azimuth"].to_numpy())
    east, north = np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth)
    return np.column_stack([east, north, np.cos(zenith), np.nan_to_num(clear)])
