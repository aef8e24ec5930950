"""Recorded weather from NetCDF: classic files by SciPy, NetCDF-4 files by xarray where it is installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.physics.site import Site
from gg_gym.physics.weather_files import Mapping_, mapped_record
from gg_gym.physics.weather_series import Record
from gg_gym.units import Float

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_HDF5 = b"\x89HDF\r\n\x1a\n"


def read_netcdf(site: Site, path: Path, mapping: Mapping_) -> Record:
    """A record from a NetCDF file with one time axis; times are "UNITs since DATE" in the file's clock.

    Raises:
        InputError: unreadable, a missing variable, a time that is not understood, or NetCDF-4 without xarray.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error}", "a NetCDF file") from None
    if head != _HDF5 and head[:3] != b"CDF":
        raise InputError(str(path), f"begins with {head[:4]!r}", "a NetCDF file")
    raw, units = (_read_modern if head == _HDF5 else _read_classic)(path, mapping)
    name = mapping.time[0]
    if name not in raw:
        raise InputError(str(path), f"missing columns {name} (time)", ", ".join(raw))
    time = raw[name] if np.issubdtype(raw[name].dtype, np.datetime64) else _times(path, raw[name], units)
    wrong = [k for k, _ in mapping.columns.values() if k in raw and raw[k].shape != time.shape]
    if wrong:
        raise InputError(f"{path}, {wrong[0]}", f"shape {raw[wrong[0]].shape}", f"{time.shape}, that of {name}")
    return mapped_record(site, str(path), raw, time.astype("datetime64[s]"), mapping)


def _read_classic(path: Path, mapping: Mapping_) -> tuple[dict[str, Any], str]:
    """Variables of a classic file by name, and the units of time."""
    from scipy.io import netcdf_file

    try:
        with netcdf_file(str(path), "r", mmap=False) as data:
            wanted = {mapping.time[0], *(name for name, _ in mapping.columns.values())}
            raw = {k: _scaled(v) if k in wanted else np.zeros(0) for k, v in data.variables.items()}
            time = data.variables.get(mapping.time[0])
            units = getattr(time, "units", b"") if time is not None else b""
    except (OSError, TypeError, ValueError, IndexError) as error:
        raise InputError(str(path), f"cannot be read: {error}", "a NetCDF file") from None
    return raw, units.decode() if isinstance(units, bytes) else str(units)


def _scaled(variable: Any) -> Float:
    """Values of a variable with its missing codes, scale and offset applied."""
    values = np.array(variable.data, dtype=np.float64)
    for code in ("_FillValue", "missing_value"):
        if hasattr(variable, code):
            values = np.where(values == float(np.ravel(getattr(variable, code))[0]), np.nan, values)
    out: Float = values * float(getattr(variable, "scale_factor", 1.0)) + float(getattr(variable, "add_offset", 0.0))
    return out


def _read_modern(path: Path, mapping: Mapping_) -> tuple[dict[str, Any], str]:
    """Variables of a NetCDF-4 file by name; xarray decodes times and missing codes."""
    try:
        import xarray  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        what = "NetCDF-4 needs packages that are not installed"
        raise InputError(str(path), what, "pip install 'gg-gym[netcdf]', or a classic (NetCDF-3) file") from None
    try:
        with xarray.open_dataset(path) as data:
            return {str(k): np.asarray(v.values) for k, v in data.variables.items()}, ""
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"cannot be read: {error}", "a NetCDF file") from None


def _times(path: Path, values: Float, units: str) -> np.ndarray:
    """Times (N,) datetime64[s] of numbers since a date."""
    found = re.fullmatch(r"\s*(second|minute|hour|day)s?\s+since\s+([0-9-]+)(?:[T ]([0-9:]+))?.*", units, re.IGNORECASE)
    if not found:
        raise InputError(
            f"{path}, time, units", f"{units!r}", "seconds, minutes, hours or days since YYYY-MM-DD hh:mm:ss"
        )
    unit, date, clock = found.groups()
    try:
        start = np.datetime64(f"{date}T{clock or '00:00:00'}", "s")
    except ValueError:
        raise InputError(f"{path}, time, units", f"{units!r}", "a date YYYY-MM-DD hh:mm:ss") from None
    if not np.isfinite(values).all():
        raise InputError(f"{path}, time", "values that are not finite", "a time in every row")
    return np.asarray(start + np.round(values * _SECONDS[unit.lower()]).astype("timedelta64[s]"))
