"""From a recorded series of any step to a year of hours: averaged, gaps filled, and every filled value flagged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gg_gym.equations import atmosphere, sun
from gg_gym.errors import InputError
from gg_gym.parameters.atmosphere import ClimateParameters
from gg_gym.physics.site import Site
from gg_gym.physics.weather_climate import climate_year
from gg_gym.physics.weather_sun import sun_table
from gg_gym.physics.weather_table import (
    COLUMNS,
    DERIVED,
    FLUXES,
    HOURS,
    INTERPOLATED,
    MEASURED,
    MODELLED,
    RANGES,
    SUN_STEPS,
    WeatherTable,
)  # fmt: skip
from gg_gym.units import Bool, Float, Int

#: Longest gap that is interpolated [h], and the time over which a modelled gap leaves the record at its ends [h].
SHORT_GAP, RELAX = 6, 12.0
#: Cloud is carried over so many dark hours [h].
_NIGHT = 10
#: Share of the hours that must hold a temperature unless a source says "partial".
_COVERAGE = 0.9
#: Days of a second year that make a record one of several years; fewer are what clocks differ by.
_DAYS = 20.0


@dataclass(frozen=True)
class Record:
    """A recorded series in a table's units.

    Attributes:
        name: source.
        description: what it is, in words.
        time: (N,) local standard time, datetime64[s], strictly increasing.
        columns: some of the columns of a weather table, (N,) each; missing values are not a number.
        year: the year wanted; 0 is the only one there.
        partial: whether a record of less than a year will do, the climate model being the rest.
        end_label: whether the clock names the end of the stretch a row stands for, not its start.
    """

    name: str
    description: str
    time: np.ndarray
    columns: dict[str, Float]
    year: int = 0
    partial: bool = False
    end_label: bool = False


def year_table(site: Site, record: Record) -> WeatherTable:
    """The weather table of one contiguous year of a record; 29 February is left out.

    States are means of the half hours about the full hour, fluxes means of the hour that follows; hourly records are
    taken as they are. Gaps up to six hours are interpolated. Longer ones are the climate model's, joined to the record.

    Raises:
        InputError: the clock does not increase, a value is out of range, several years, or too little of one.
    """
    check_clock(record.name, record.time)
    for key, values in record.columns.items():
        check_range(record.name, key, values)
    year = _year(record)
    values, flags = np.full((HOURS, len(COLUMNS)), np.nan), np.zeros((HOURS, len(COLUMNS)), np.uint8)
    hourly = _hourly(record, year)
    if not record.partial and np.isfinite(hourly["temperature"]).mean() < _COVERAGE:
        share = np.isfinite(hourly["temperature"]).mean()
        raise InputError(record.name, f"covers {share:.0%} of {year}", f"{_COVERAGE:.0%}, or the option partial=1")
    model = dict(zip(COLUMNS, climate_year(site).T, strict=True))
    hourly, derived = _derive(site, hourly)
    pairs = {key: fill(hourly[key], model[key]) for key in ("temperature", "pressure", "wind_speed", "cloud")}
    pairs["dew_point"] = fill(hourly["dew_point"], model["dew_point"])
    pairs["wind_from"] = _fill_direction(hourly["wind_from"], model["wind_from"])
    pairs |= _fill_sun(site, {k: hourly[k] for k in FLUXES[:3]}, model)
    missing = ~np.isfinite(hourly["rain"])
    pairs["rain"] = np.where(missing, 0.0, hourly["rain"]), np.where(missing, MODELLED, MEASURED)
    for i, key in enumerate(COLUMNS):
        low, high = RANGES[key]
        values[:, i] = np.clip(pairs[key][0], low, high)
        flags[:, i] = np.where(derived[key] & (pairs[key][1] == MEASURED), DERIVED, pairs[key][1])
    warm, dew = COLUMNS.index("temperature"), COLUMNS.index("dew_point")
    values[:, dew] = np.minimum(values[:, dew], values[:, warm])
    return WeatherTable(record.name, f"{record.description}, year {year}", values, flags)


def check_clock(name: str, time: np.ndarray) -> None:
    """Refuse a clock that is empty, has gaps in itself or does not increase.

    Raises:
        InputError: naming the row.
    """
    if time.size < 2 or np.isnat(time).any():
        raise InputError(f"{name}, clock", f"{time.size} rows, {int(np.isnat(time).sum())} unreadable", "two or more")
    back = np.flatnonzero(np.diff(time) <= np.timedelta64(0, "s"))
    if back.size:
        row = int(back[0])
        raise InputError(f"{name}, row {row + 2}", f"the clock goes from {time[row]} to {time[row + 1]}", "later rows")


def check_range(name: str, column: str, values: Float) -> None:
    """Refuse values out of a column's range, most often a wrong unit.

    Raises:
        InputError: naming column, row, value in the table's unit and range.
    """
    low, high = RANGES[column]
    wrong = (values < low) | (values > high)
    if wrong.any():
        row = int(np.argmax(wrong))
        what = f"{values[row]:g} in row {row + 1} ({wrong.mean():.0%} of the rows are out of range): a wrong unit?"
        raise InputError(
            f"{name}, {column}", what, f"{low:g} to {high:g} in the table's unit, or a declared missing code"
        )


def _year(record: Record) -> int:
    """The year of the table."""
    years, counts = np.unique(record.time.astype("datetime64[Y]").astype(int) + 1970, return_counts=True)
    days = counts * np.median(np.diff(record.time)).astype(float) / 86400.0
    known = ", ".join(map(str, years))
    if record.year and record.year not in years:
        raise InputError(f"{record.name}, year", f"{record.year}", known)
    if not record.year and (days > _DAYS).sum() > 1:
        raise InputError(f"{record.name}, year", "none is named, and the record holds several", known)
    return record.year or int(years[np.argmax(counts)])


def _hourly(record: Record, year: int) -> dict[str, Float]:
    """(8760,) per column, not a number where nothing was recorded; wind directions as unit vectors' angles."""
    seconds = (record.time - np.datetime64(f"{year}-01-01", "s")).astype(np.int64)
    step = float(np.median(np.diff(seconds)))
    start = seconds - round(step) if record.end_label else seconds
    out = {key: np.full(HOURS, np.nan) for key in COLUMNS}
    for key, values in record.columns.items():
        # a state's hour begins half an hour before it; in an hourly record it holds at the label
        at = start if key in FLUXES else start + 1800 if step <= 1800.0 else seconds
        hour = _hour_of_year(at // 3600, year)
        if key == "wind_from":
            sine, cosine = (_bin(hour, f(values)) for f in (np.sin, np.cos))
            out[key] = np.arctan2(sine, cosine)
        else:
            out[key] = _bin(hour, values)
    return out


def _hour_of_year(hour: Int, year: int) -> Int:
    """Hours since New Year to rows of the table; 29 February and other years are -1."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    total, start = HOURS + 24 * leap, 24 * 59
    out = np.where((hour < 0) | (hour >= total), -1, hour)
    if leap:
        out = np.where((out >= start) & (out < start + 24), -1, np.where(out >= start + 24, out - 24, out))
    return out.astype(np.int64)


def _bin(hour: Int, values: Float) -> Float:
    """(8760,) means of the finite values whose row is ``hour`` (-1 is none)."""
    good = np.isfinite(values) & (hour >= 0)
    count = np.bincount(hour[good], minlength=HOURS)
    total = np.bincount(hour[good], weights=values[good], minlength=HOURS)
    mean: Float = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean


def fill(values: Float, model: Float) -> tuple[Float, Int]:
    """Fill the gaps of a series (8760,): short ones linearly, long ones by a model joined to the record.

    Returns:
        (8760,) values, and their flags.
    """
    good = np.isfinite(values)
    flags = np.where(good, MEASURED, MODELLED)
    if not good.any():
        return model.copy(), flags
    rows, known = np.arange(HOURS), np.flatnonzero(good)
    left = np.maximum.accumulate(np.where(good, rows, -1))
    right = np.minimum.accumulate(np.where(good, rows, 2 * HOURS)[::-1])[::-1]
    short = ~good & (left >= 0) & (right < HOURS) & (right - left <= SHORT_GAP + 1)
    line = np.interp(rows, known, values[known])
    offset = np.where(good, np.nan_to_num(values) - model, 0.0)
    before = np.where(left >= 0, offset[left] * np.exp(-(rows - left) / RELAX), 0.0)
    after = np.where(right < HOURS, offset[np.minimum(right, HOURS - 1)] * np.exp(-(right - rows) / RELAX), 0.0)
    out = np.where(good, values, np.where(short, line, model + before + after))
    return out, np.where(short, INTERPOLATED, flags)


def _fill_direction(values: Float, model: Float) -> tuple[Float, Int]:
    """As :func:`fill`, for an angle [rad]."""
    east, flags = fill(np.sin(values), np.sin(model))
    north, _ = fill(np.cos(values), np.cos(model))
    return np.arctan2(east, north), flags


def clear_sky(site: Site) -> tuple[Float, Float]:
    """Hourly means (8760,) of clear-sky GHI [W/m2] and of the cosine of the zenith angle [1]."""
    table = sun_table(site).reshape(HOURS, SUN_STEPS, 4)
    return table[..., 3].mean(axis=1), np.clip(table[..., 2], 0.0, None).mean(axis=1)


def split_global(site: Site, ghi: Float) -> tuple[Float, Float]:
    """Direct normal and diffuse irradiance (8760,) of hourly GHI [W/m2] by Erbs' correlation."""
    _, up = clear_sky(site)
    outside = sun.extraterrestrial(1.0 + np.arange(HOURS) // 24) * up
    dhi = ghi * sun.erbs_diffuse(np.clip(ghi / np.clip(outside, 1.0, None), 0.0, 1.0))
    dni = np.where(up > 0.02, (ghi - dhi) / np.clip(up, 0.02, None), 0.0)
    return np.clip(dni, 0.0, 1100.0), dhi


def _fill_sun(site: Site, flux: dict[str, Float], model: dict[str, Float]) -> dict[str, tuple[Float, Int]]:
    """Irradiance: a short gap keeps the clear-sky index, a long one is the model's; beam and diffuse by Erbs."""
    clear, _ = clear_sky(site)
    dark = clear < 1.0
    ghi = np.where(dark, 0.0, np.clip(flux["ghi"], 0.0, None))
    scale = np.clip(clear, 1.0, None)
    index, flags = fill(np.where(dark, np.nan, ghi / scale), model["ghi"] / scale)
    flags = np.where(dark, np.where(np.isfinite(flux["ghi"]), MEASURED, DERIVED), flags)
    total = np.where(dark, 0.0, np.clip(index, 0.0, 1.4) * clear)
    dni, dhi = split_global(site, total)
    out: dict[str, tuple[Float, Int]] = {"ghi": (np.where(flags == MEASURED, ghi, total), flags)}
    for key, derived in (("dni", dni), ("dhi", dhi)):
        kept = np.isfinite(flux[key]) & (flags == MEASURED)
        mark = np.where(kept, MEASURED, np.where(flags == MEASURED, DERIVED, flags))
        value: Float = np.where(kept, np.clip(np.nan_to_num(flux[key]), 0.0, None), derived)
        out[key] = np.where(dark, 0.0, value), mark
    return out


def _derive(site: Site, hourly: dict[str, Float]) -> tuple[dict[str, Float], dict[str, Bool]]:
    """Cloud from the clear-sky index where it is not recorded (Kasten and Czeplak inverted); which values were."""
    derived = {key: np.zeros(HOURS, bool) for key in COLUMNS}
    out = dict(hourly)
    if not np.isfinite(hourly["cloud"]).any() and np.isfinite(hourly["ghi"]).any():
        p, (clear, _) = ClimateParameters(), clear_sky(site)
        light = (clear > 50.0) & np.isfinite(hourly["ghi"])
        index = np.clip(hourly["ghi"] / np.clip(clear, 1.0, None), 0.0, 1.0)
        cloud = np.clip((1.0 - index) / p.cloud_share, 0.0, 1.0) ** (1.0 / p.cloud_power)
        rows, hours = np.flatnonzero(light), np.arange(HOURS)
        if rows.size:
            after = np.clip(np.searchsorted(rows, hours), 0, rows.size - 1)
            gap = np.minimum(np.abs(hours - rows[after]), np.abs(hours - rows[np.clip(after - 1, 0, None)]))
            out["cloud"] = np.where(gap <= _NIGHT, np.interp(hours, rows, cloud[rows]), np.nan)
        derived["cloud"] = np.isfinite(out["cloud"])
    return out, derived


def dew_of(temperature: Float, humidity: Float) -> Float:
    """Dew point [K] (N,) from temperature [K] and relative humidity [1]; saturated above 1, at least 1 %."""
    return np.asarray(atmosphere.dew_point(temperature, np.clip(humidity, 0.01, 1.0)), np.float64)
