"""Where weather comes from: typical years, files of recorded years, and a climate model."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np

from gg_gym.errors import InputError
from gg_gym.physics.site import Site
from gg_gym.physics.weather_climate import climate_pressure, climate_year
from gg_gym.physics.weather_files import ARM, epw_columns, parse_source, read_csv, read_surfrad
from gg_gym.physics.weather_netcdf import read_netcdf
from gg_gym.physics.weather_series import check_range, fill, split_global, year_table
from gg_gym.physics.weather_sun import cache_folder, sun_table
from gg_gym.physics.weather_table import (
    COLUMNS,
    DERIVED,
    FLUXES,
    HOURS,
    MEASURED,
    MODELLED,
    STATES,
    SUN_STEPS,
    WeatherTable,
    blend,
)  # fmt: skip
from gg_gym.units import Float, Int

__all__ = [
    "COLUMNS", "HOURS", "SUN_STEPS", "WeatherTable", "blend", "cache_folder", "climate_year", "load_weather",
    "sun_table",
]  # fmt: skip

_MONTH_STARTS = 24 * np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])
_TMY3 = {
    "temp_air": "temperature", "temp_dew": "dew_point", "pressure": "pressure", "wind_speed": "wind_speed",
    "wind_direction": "wind_from", "TotCld (tenths)": "cloud", "ghi": "ghi", "dni": "dni", "dhi": "dhi",
    "Lprecip depth (mm)": "rain", "Lprecip quantity (hr)": "rain_hours",
}  # fmt: skip
_ALLOWED = "tmy3:NAME (a file in the pvlib wheel), epw:, surfrad:, arm:, csv:, netcdf: or file:PATH, or climate"


@lru_cache(maxsize=64)
def load_weather(site: Site) -> WeatherTable:
    """Load the weather that a site names.

    ``tmy3:NAME`` (in the pvlib wheel), ``epw:PATH``, ``surfrad:PATH`` (a daily file or a folder), ``arm:PATH`` (surface
    meteorology, CSV or NetCDF), ``csv:PATH;OPTIONS`` and ``netcdf:PATH;OPTIONS`` with a mapping (see
    :func:`gg_gym.physics.weather_files.parse_source`), ``file:PATH`` (a table as it is kept here) or ``climate``.

    Raises:
        InputError: unknown source, missing file, malformed or missing columns, a clock that does not increase, values
            out of range, another time zone than the site's.
    """
    kind, _, rest = site.weather.partition(":")
    if site.weather == "climate":
        what = f"typical year of the climate model at {site.key}"
        return WeatherTable("climate", what, climate_year(site))
    if kind == "tmy3" and rest:
        return _load_tmy3(site, rest)
    if kind == "epw" and rest:
        return _load_epw(site, Path(rest))
    if kind == "file" and rest:
        return _load_csv(Path(rest))
    if kind == "surfrad" and rest:
        name, *options = rest.split(";")
        known = _surfrad_options(name, options)
        return year_table(site, read_surfrad(site, Path(name), known["year"], bool(known["partial"])))
    if kind in ("arm", "csv", "netcdf") and rest:
        path, mapping = parse_source(rest, ARM if kind == "arm" else None)
        modern = kind == "netcdf" or path.suffix in (".nc", ".cdf")
        return year_table(site, (read_netcdf if modern else read_csv)(site, path, mapping))
    raise InputError(f"site {site.key}, weather", repr(site.weather), _ALLOWED)


def _surfrad_options(path: str, options: list[str]) -> dict[str, int]:
    """The options year and partial of a SURFRAD source."""
    known = {"year": 0, "partial": 0}
    for option in options:
        key, _, value = option.partition("=")
        if key not in known or not value.isdigit():
            raise InputError(f"{path}, option", f"{option!r}", "year=YYYY or partial=1")
        known[key] = int(value)
    return known


def _load_tmy3(site: Site, name: str) -> WeatherTable:
    """Load a TMY3 file that ships inside the pvlib wheel."""
    import pandas as pd
    import pvlib

    folder = Path(pvlib.__file__).parent / "data"
    known = sorted(p.name for p in folder.glob("7*TY*.[cC][sS][vV]"))
    if name not in known:
        raise InputError(f"site {site.key}, weather", f"no TMY3 file {name!r} in the pvlib wheel", ", ".join(known))
    frame, meta = pvlib.iotools.read_tmy3(folder / name, map_variables=True)
    missing = [c for c in _TMY3 if c not in frame]
    if missing or len(frame) != HOURS:
        raise InputError(name, f"{len(frame)} rows, missing columns {missing}", f"{HOURS} rows, {sorted(_TMY3)}")
    if meta["TZ"] != site.utc_offset:
        raise InputError(f"site {site.key}, utc_offset", f"{site.utc_offset} h, but {name} is in {meta['TZ']:g} h")
    raw = {ours: pd.to_numeric(frame[theirs]).to_numpy(np.float64) for theirs, ours in _TMY3.items()}
    raw["temperature"], raw["dew_point"] = raw["temperature"] + 273.15, raw["dew_point"] + 273.15
    raw["pressure"], raw["cloud"] = 100.0 * raw["pressure"], raw["cloud"] / 10.0
    raw["wind_from"] = np.deg2rad(raw["wind_from"])
    flags = {"rain": np.where(raw["rain"] < 0.0, MODELLED, MEASURED)}
    raw["rain"] = _spread_rain(0.1 * raw["rain"], raw["rain_hours"])
    years = frame.index.year.to_numpy()[_MONTH_STARTS + 300]
    place = meta["Name"].strip('" ').title()
    what = f"typical year (TMY3) of {place}: recorded months of {years.min()} to {years.max()}, seams blended over 6 h"
    return _typical_year(site, f"tmy3:{name}", what, raw, flags, years)


def _load_epw(site: Site, path: Path) -> WeatherTable:
    """Load an EPW file: a typical year of recorded months, or a year as it was."""
    raw, rows, place = epw_columns(site, path)
    for key, values in raw.items():
        check_range(str(path), key, values)
    model = dict(zip(COLUMNS, climate_year(site).T, strict=True))
    flags = {}
    for key in ("temperature", "dew_point", "pressure", "wind_speed", "cloud", "ghi"):
        raw[key], flags[key] = fill(raw[key], model[key])
    unknown = ~np.isfinite(raw["wind_from"])
    raw["wind_from"], flags["wind_from"] = np.where(unknown, model["wind_from"], raw["wind_from"]), unknown * MODELLED
    dni, dhi = split_global(site, raw["ghi"])
    for key, split in (("dni", dni), ("dhi", dhi)):
        lost = ~np.isfinite(raw[key]) | (flags["ghi"] != MEASURED)
        raw[key], flags[key] = np.where(lost, split, raw[key]), np.where(lost, DERIVED, MEASURED)
    dry = ~np.isfinite(raw["rain"])
    raw["rain"], flags["rain"] = np.where(dry, 0.0, raw["rain"]), dry * MODELLED
    years = rows[_MONTH_STARTS + 300]
    kind = "typical year" if years.min() < years.max() else "recorded year"
    what = f"{kind} (EPW) of {place}: months of {years.min()} to {years.max()}"
    return _typical_year(site, f"epw:{path.name}", what, raw, flags, years)


def _typical_year(
    site: Site, name: str, what: str, raw: dict[str, Float], flags: dict[str, Int], years: Int
) -> WeatherTable:
    """Labels at the end of the hour to ours; a calm's direction is the last; a constant pressure is a filler.

    ``raw`` and ``flags`` (8760,) are in a table's units; ``years`` (12,) are the months' years: where they change, the
    seam is blended.
    """
    seams = _MONTH_STARTS[years != np.roll(years, 1)] + 1
    at = {k: np.roll(raw[k], 1) for k in STATES}
    mark = {k: np.roll(flags[k], 1) if k in STATES else flags[k] for k in flags}
    last = np.maximum.accumulate(np.where(at["wind_speed"] <= 0.0, 0, np.arange(HOURS)))
    direction = at.pop("wind_from")[last]
    at |= {"sin": np.sin(direction), "cos": np.cos(direction)}
    if np.std(at["pressure"]) < 50.0:
        at["pressure"], mark["pressure"] = climate_pressure(site), np.full(HOURS, MODELLED)
    blended = {k: blend(v, seams) for k, v in at.items()}
    blended["wind_from"] = np.arctan2(blended["sin"], blended["cos"])
    blended["dew_point"] = np.minimum(blended["dew_point"], blended["temperature"])
    blended["wind_speed"] = np.clip(blended["wind_speed"], 0.0, None)
    blended["cloud"] = np.clip(blended["cloud"], 0.0, 1.0)
    columns = blended | {k: raw[k] for k in FLUXES}
    none = np.zeros(HOURS)
    marks = np.column_stack([mark.get(k, none) for k in COLUMNS]).astype(np.uint8)
    return WeatherTable(name, what, np.column_stack([columns[k] for k in COLUMNS]), marks)


def _spread_rain(depth: Float, hours: Float) -> Float:
    """Rain (8760,) [mm/h] from depths [mm] summed over the ``hours`` that end with a row; missing values are dry."""
    rate = np.zeros(HOURS)
    for row in np.flatnonzero(depth > 0.0):
        count = int(np.clip(hours[row], 1.0, 24.0))
        rate[max(0, row + 1 - count) : row + 1] += depth[row] / count
    return rate


def _load_csv(path: Path) -> WeatherTable:
    """Load a CSV with one header line of :data:`COLUMNS` (any order) and 8760 rows in the table's units."""
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read: {error}", "a CSV file") from None
    header = [name.strip() for name in rows[0]] if rows else []
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise InputError(f"{path}, header", f"missing columns {', '.join(missing)}", ", ".join(COLUMNS))
    if len(rows) != HOURS + 1:
        raise InputError(str(path), f"{len(rows) - 1} rows", f"{HOURS} rows")
    pick = [header.index(name) for name in COLUMNS]
    values = np.empty((HOURS, len(COLUMNS)))
    for i, row in enumerate(rows[1:]):
        try:
            values[i] = [float(row[j]) for j in pick]
        except (ValueError, IndexError):
            raise InputError(f"{path}, line {i + 2}", f"{','.join(row)[:60]!r}", "a number in every column") from None
    return WeatherTable(f"file:{path.name}", f"typical year from {path.name}", values)
