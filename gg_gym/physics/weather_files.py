"""Files of recorded weather: EPW, SURFRAD, and any CSV or NetCDF with a mapping of its columns."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from gg_gym.errors import InputError
from gg_gym.physics.site import Site
from gg_gym.physics.weather_series import Record, dew_of
from gg_gym.physics.weather_table import COLUMNS, HOURS
from gg_gym.units import Float, Int

#: What a mapping may name: the columns of a table, and relative humidity in place of the dew point.
MAPPED: tuple[str, ...] = (*COLUMNS, "relative_humidity")
_NEEDED = ("temperature", "wind_speed")
#: UCUM unit -> (factor, offset) to the table's unit, by quantity.
_KELVIN = {"Cel": (1.0, 273.15), "K": (1.0, 0.0), "[degF]": (5.0 / 9.0, 273.15 - 160.0 / 9.0)}
_SHARE = {"1": (1.0, 0.0), "%": (0.01, 0.0), "tenths": (0.1, 0.0), "oktas": (0.125, 0.0)}
_FLUX = {"W/m2": (1.0, 0.0), "kJ/m2/h": (1.0 / 3.6, 0.0)}
UNITS: dict[str, dict[str, tuple[float, float]]] = {
    "temperature": _KELVIN, "dew_point": _KELVIN, "relative_humidity": _SHARE, "cloud": _SHARE,
    "pressure": {"Pa": (1.0, 0.0), "hPa": (100.0, 0.0), "mbar": (100.0, 0.0), "kPa": (1000.0, 0.0)},
    "wind_speed": {"m/s": (1.0, 0.0), "km/h": (1.0 / 3.6, 0.0), "[kn_i]": (0.514444, 0.0), "[mi_i]/h": (0.44704, 0.0)},
    "wind_from": {"rad": (1.0, 0.0), "deg": (np.pi / 180.0, 0.0)},
    "ghi": _FLUX, "dni": _FLUX, "dhi": _FLUX, "rain": {"mm/h": (1.0, 0.0), "mm": (np.nan, 0.0)},
}  # fmt: skip
#: Irradiance slightly below zero at night is a thermopile's offset [W/m2].
_OFFSET = -20.0


@dataclass(frozen=True)
class Mapping_:
    """How a file's columns become a table's.

    Attributes:
        columns: table column -> (name in the file, unit).
        time: names of the columns that make the time, joined by a blank.
        format: strptime format of the time; "" is ISO 8601.
        pad: digits of the last of those columns, zeros in front (a clock 0, 1 ... 2359 has 4).
        zone: hours that the file's clock is ahead of UTC; None is the site's local standard time [h].
        label: what the time of a row names, the "start" or the "end" of the stretch it stands for.
        missing: values that mean missing.
        year: the year wanted; 0 is the only one there.
        partial: whether less than a year will do.
        separator: of a CSV.
        skip: header lines before the names.
    """

    columns: dict[str, tuple[str, str]]
    time: tuple[str, ...] = ("time",)
    format: str = ""
    pad: int = 0
    zone: float | None = None
    label: str = "start"
    missing: tuple[float, ...] = ()
    year: int = 0
    partial: bool = False
    separator: str = ","
    skip: int = 0
    name: str = field(default="mapping", compare=False)


#: ARM surface meteorology (b1 files and their 1-min CSV form) in UTC; the radiation is another ARM file.
ARM = Mapping_(
    columns={
        "temperature": ("temp_mean", "Cel"), "relative_humidity": ("rh_mean", "%"),
        "pressure": ("atmos_pressure", "kPa"), "wind_speed": ("wspd_arith_mean", "m/s"),
        "wind_from": ("wdir_vec_mean", "deg"), "rain": ("tbrg_precip_total", "mm"),
    },
    zone=0.0, missing=(-9999.0,), name="arm",
)  # fmt: skip


def parse_mapping(where: str, data: Any, preset: Mapping_ | None = None) -> Mapping_:
    """A mapping from the fields of a YAML file or of a site's weather string.

    ``data`` holds ``columns`` (table column -> "name:unit" or {column, unit}) and any other field of
    :class:`Mapping_`; table columns may also stand beside the fields.

    Raises:
        InputError: an unknown field, column or unit, or a needed column that is not mapped.
    """
    if not isinstance(data, dict):
        raise InputError(where, f"{type(data).__name__}", "a mapping of fields")
    fields = {f: getattr(preset, f) for f in Mapping_.__dataclass_fields__} if preset else {}
    columns = dict(fields.pop("columns", {}))
    named = dict(data.get("columns", {}) or {})
    for key, value in data.items():
        if key in MAPPED:
            named[key] = value
        elif key in Mapping_.__dataclass_fields__ and key != "name":
            if key != "columns":
                fields[key] = _option(where, key, value)
        else:
            allowed = sorted({*Mapping_.__dataclass_fields__, *MAPPED} - {"name"})
            raise InputError(f"{where}, {key}", "unknown field", ", ".join(allowed))
    columns |= {key: _column(where, key, value) for key, value in named.items()}
    lacking = [k for k in _NEEDED if k not in columns]
    if "dew_point" not in columns and "relative_humidity" not in columns:
        lacking.append("dew_point or relative_humidity")
    if lacking:
        raise InputError(f"{where}, columns", f"nothing is mapped to {', '.join(lacking)}", ", ".join(MAPPED))
    return Mapping_(**{**fields, "columns": columns, "name": where})


def _column(where: str, key: str, value: Any) -> tuple[str, str]:
    """A column's name in the file and its unit."""
    if key not in MAPPED:
        raise InputError(f"{where}, {key}", "unknown column", ", ".join(MAPPED))
    if isinstance(value, dict):
        name, unit = str(value.get("column", "")), str(value.get("unit", ""))
    else:
        name, _, unit = str(value).rpartition(":")
    if not name or unit not in UNITS[key]:
        allowed = "NAME:UNIT with a unit of " + ", ".join(UNITS[key])
        raise InputError(f"{where}, {key}", f"{value!r}", allowed)
    return name, unit


def _option(where: str, key: str, value: Any) -> Any:
    """A field that is not a column, in its type."""
    split: Callable[[Any], list[Any]] = lambda v: v if isinstance(v, list) else str(v).split("+")  # noqa: E731
    kinds: dict[str, Callable[[Any], Any]] = {
        "time": lambda v: tuple(map(str, split(v))), "missing": lambda v: tuple(map(float, split(v))),
        "zone": float, "year": int, "skip": int, "pad": int,
        "partial": lambda v: str(v).lower() in ("1", "true", "yes"),
        "format": str, "separator": str, "label": str,
    }  # fmt: skip
    try:
        out = kinds[key](value)
    except (TypeError, ValueError):
        raise InputError(f"{where}, {key}", f"{value!r}", "a number" if key != "missing" else "numbers") from None
    if key == "label" and out not in ("start", "end"):
        raise InputError(f"{where}, label", f"{value!r}", "start or end")
    return out


def parse_source(rest: str, preset: Mapping_ | None = None) -> tuple[Path, Mapping_]:
    """Split "PATH;field=value;..." into the path and the mapping; ``map=FILE.yaml`` names a file of fields.

    Raises:
        InputError: as :func:`parse_mapping`, or a YAML file that cannot be read.
    """
    path, *options = rest.split(";")
    data: dict[str, Any] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise InputError(f"{path}, option", f"{option!r}", "field=value")
        data[key.strip()] = value.strip()
    where = path
    if "map" in data:
        where = data.pop("map")
        try:
            loaded = yaml.safe_load(Path(where).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise InputError(where, f"cannot be read: {error}", "a YAML file of fields") from None
        if not isinstance(loaded, dict):
            raise InputError(where, f"{type(loaded).__name__}", "a mapping of fields")
        data = loaded | data
    return Path(path), parse_mapping(where, data, preset)


def mapped_record(site: Site, source: str, raw: dict[str, Any], time: np.ndarray, mapping: Mapping_) -> Record:
    """A record from a file's columns (N,) and its clock (N,) datetime64[s], in a table's columns and units.

    Raises:
        InputError: a mapped column that the file lacks.
    """
    absent = [name for name, _ in mapping.columns.values() if name not in raw]
    if absent:
        raise InputError(source, f"missing columns {', '.join(absent)}", ", ".join(map(str, raw)))
    step = np.median(np.diff(time).astype(float)) if time.size > 1 else 3600.0
    columns = {}
    for key, (name, unit) in mapping.columns.items():
        values = np.array(raw[name], dtype=np.float64)
        values[np.isin(values, mapping.missing)] = np.nan
        factor, offset = UNITS[key][unit]
        values = values * (3600.0 / max(step, 1.0) if np.isnan(factor) else factor) + offset
        if key in ("ghi", "dni", "dhi"):
            values = np.where((values < 0.0) & (values > _OFFSET), 0.0, values)
        columns[key] = values
    if "relative_humidity" in columns:
        humidity = columns.pop("relative_humidity")
        off = (humidity < 0.0) | (humidity > 1.2)
        if off.any():
            what = f"{humidity[off][0]:g} in row {int(np.argmax(off)) + 1}: a wrong unit?"
            raise InputError(f"{source}, relative_humidity", what, "0 to 1.2, or a declared missing code")
        columns.setdefault("dew_point", dew_of(columns["temperature"], humidity))
    shift = 0.0 if mapping.zone is None else site.utc_offset - mapping.zone
    local = time + np.timedelta64(round(3600.0 * shift), "s")
    what = f"recorded weather from {Path(source).name}"
    return Record(source, what, local, columns, mapping.year, mapping.partial, mapping.label == "end")


def read_csv(site: Site, path: Path, mapping: Mapping_) -> Record:
    """A record from a CSV file.

    Raises:
        InputError: unreadable, a missing column, a time or a number that cannot be read.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(path, sep=mapping.separator, skiprows=mapping.skip, skipinitialspace=True)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError(str(path), f"cannot be read: {error}", "a CSV file") from None
    absent = [name for name in mapping.time if name not in frame]
    if absent:
        raise InputError(str(path), f"missing columns {', '.join(absent)} (time)", ", ".join(map(str, frame.columns)))
    parts = [frame[name].astype(str) for name in mapping.time]
    parts[-1] = parts[-1].str.zfill(mapping.pad)
    text = parts[0]
    for part in parts[1:]:
        text = text + " " + part
    try:
        stamps = pd.to_datetime(text, format=mapping.format or "ISO8601")
    except ValueError as error:
        raise InputError(f"{path}, time", str(error)[:120], mapping.format or "ISO 8601") from None
    raw = {str(c): frame[c] for c in frame.columns}
    for name, _ in mapping.columns.values():
        if name in raw:
            try:
                raw[name] = pd.to_numeric(raw[name])
            except (ValueError, TypeError) as error:
                raise InputError(f"{path}, {name}", str(error)[:120], "numbers") from None
    return mapped_record(site, str(path), raw, stamps.to_numpy().astype("datetime64[s]"), mapping)


def read_surfrad(site: Site, path: Path, year: int, partial: bool) -> Record:
    """A record from a SURFRAD daily file or a folder of them; flagged values are missing. The clock is UTC.

    Raises:
        InputError: no file, or one that cannot be read.
    """
    import pandas as pd
    import pvlib

    files = sorted(path.glob("*.dat")) if path.is_dir() else [path]
    frames = []
    for file in files:
        try:
            with warnings.catch_warnings():  # pvlib calls what pandas is about to rename
                warnings.simplefilter("ignore")
                frames.append(pvlib.iotools.read_surfrad(file)[0])
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise InputError(str(file), f"cannot be read: {error}", "a SURFRAD daily file") from None
    if not frames:
        raise InputError(str(path), "no files *.dat", "a SURFRAD daily file or a folder of them")
    frame = pd.concat(frames)
    names = {
        "temperature": ("temp_air", "Cel"), "relative_humidity": ("relative_humidity", "%"),
        "pressure": ("pressure", "hPa"), "wind_speed": ("wind_speed", "m/s"), "wind_from": ("wind_direction", "deg"),
        "ghi": ("ghi", "W/m2"), "dni": ("dni", "W/m2"), "dhi": ("dhi", "W/m2"),
    }  # fmt: skip
    raw = {n: frame[n].where(frame[f"{n}_flag"] == 0).to_numpy(np.float64) for n, _ in names.values()}
    time = frame.index.tz_convert(None).to_numpy().astype("datetime64[s]")
    mapping = Mapping_(names, zone=0.0, year=year, partial=partial, missing=(-9999.9,))
    return mapped_record(site, str(path), raw, time, mapping)


def epw_columns(site: Site, path: Path) -> tuple[dict[str, Float], Int, str]:
    """The columns of an EPW file in a table's units (missing: not a number); years of its rows (8760,); its place.

    Raises:
        InputError: unreadable, wrong number of rows, or another time zone than the site's.
    """
    import pvlib

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame, meta = pvlib.iotools.read_epw(path)
    except (OSError, ValueError, KeyError, IndexError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read: {error}", "an EPW file") from None
    frame = frame[~((frame.index.month == 2) & (frame.index.day == 29))]
    if meta["TZ"] != site.utc_offset:
        raise InputError(f"site {site.key}, utc_offset", f"{site.utc_offset} h, but {path} is in {meta['TZ']:g} h")
    codes = {
        "temp_air": 99.9, "temp_dew": 99.9, "atmospheric_pressure": 999999.0, "wind_speed": 999.0,
        "wind_direction": 999.0, "total_sky_cover": 99.0, "ghi": 9999.0, "dni": 9999.0, "dhi": 9999.0,
        "liquid_precipitation_depth": 999.0,
    }  # fmt: skip
    values = {k: frame[k].to_numpy(np.float64) for k in codes}
    v = {k: np.where(x >= codes[k], np.nan, x) for k, x in values.items()}
    if len(frame) != HOURS:
        raise InputError(str(path), f"{len(frame)} rows but 29 February", f"{HOURS} rows")
    columns = {
        "temperature": v["temp_air"] + 273.15, "dew_point": v["temp_dew"] + 273.15,
        "pressure": v["atmospheric_pressure"],
        "wind_speed": v["wind_speed"], "wind_from": np.deg2rad(v["wind_direction"]),
        "cloud": 0.1 * v["total_sky_cover"],
        "ghi": v["ghi"], "dni": v["dni"], "dhi": v["dhi"], "rain": v["liquid_precipitation_depth"],
    }  # fmt: skip
    return columns, frame["year"].to_numpy().astype(np.int64), f"{meta['city']}, {meta['country']}"
