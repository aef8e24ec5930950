"""Where weather comes from: recorded typical years, CSV files and a climate model; and the sun over each site."""

from __future__ import annotations

import csv
import hashlib
import os
import tempfile
import warnings
import zipfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtr

from gg_gym.equations import atmosphere, sun
from gg_gym.errors import InputError
from gg_gym.parameters.atmosphere import ClimateParameters
from gg_gym.physics.site import Site
from gg_gym.streams import consumer_code, normals
from gg_gym.units import Float, Int

HOURS, SUN_STEPS = 8760, 6
#: Columns of a weather table. The first six hold at the full hour, the last four are means of the hour that follows.
COLUMNS: tuple[str, ...] = (
    "temperature", "dew_point", "pressure", "wind_speed", "wind_from", "cloud", "ghi", "dni", "dhi", "rain",
)  # fmt: skip
_RANGES = {
    "temperature": (180.0, 340.0), "dew_point": (170.0, 320.0), "pressure": (4e4, 1.1e5), "wind_speed": (0.0, 90.0),
    "wind_from": (-7.0, 7.0), "cloud": (0.0, 1.0), "ghi": (0.0, 1500.0), "dni": (0.0, 1500.0), "dhi": (0.0, 1500.0),
    "rain": (0.0, 400.0),
}  # fmt: skip
_MONTH_STARTS = 24 * np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])
_TMY3 = {
    "temp_air": "temperature", "temp_dew": "dew_point", "pressure": "pressure", "wind_speed": "wind_speed",
    "wind_direction": "wind_from", "TotCld (tenths)": "cloud", "ghi": "ghi", "dni": "dni", "dhi": "dhi",
    "Lprecip depth (mm)": "rain", "Lprecip quantity (hr)": "rain_hours",
}  # fmt: skip
_CLIMATE = ClimateParameters()


@dataclass(frozen=True)
class WeatherTable:
    """A typical year of hourly weather in local standard time.

    Attributes:
        name: source.
        description: what it is, in words.
        columns: (8760, 10) in the order of :data:`COLUMNS`: temperature and dew point [K], pressure [Pa], wind speed
            [m/s], direction the wind comes from [rad], cloud [1] at the hour; ghi, dni, dhi [W/m2] and rain [mm/h]
            as means of the hour that follows.
        digest: sha256 of the content.
    """

    name: str
    description: str
    columns: Float
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Check shape and ranges, freeze the array and take its digest.

        Raises:
            InputError: wrong shape, a value that is not finite or out of range.
        """
        if self.columns.shape != (HOURS, len(COLUMNS)):
            raise InputError(self.name, f"shape {self.columns.shape}", f"({HOURS}, {len(COLUMNS)})")
        for i, column in enumerate(COLUMNS):
            low, high = _RANGES[column]
            wrong = ~((self.columns[:, i] >= low) & (self.columns[:, i] <= high))
            if wrong.any():
                row = int(np.argmax(wrong))
                raise InputError(f"{self.name}, {column}, hour {row}", f"{self.columns[row, i]}", f"{low} to {high}")
        self.columns.setflags(write=False)
        text = ",".join(COLUMNS).encode() + np.ascontiguousarray(self.columns, dtype="<f8").tobytes()
        object.__setattr__(self, "digest", hashlib.sha256(text).hexdigest())

    def __getitem__(self, column: str) -> Float:
        """Return a column (8760,) by name."""
        out: Float = self.columns[:, COLUMNS.index(column)]
        return out


@lru_cache(maxsize=64)
def load_weather(site: Site) -> WeatherTable:
    """Load the weather that a site names: "tmy3:NAME", "file:PATH" or "climate".

    Raises:
        InputError: unknown source, missing file, malformed or missing columns, another time zone than the site's.
    """
    kind, _, rest = site.weather.partition(":")
    if kind == "tmy3" and rest:
        return _load_tmy3(site, rest)
    if kind == "file" and rest:
        return _load_csv(Path(rest))
    if site.weather == "climate":
        what = f"typical year of the climate model at {site.key}"
        return WeatherTable("climate", what, climate_year(site))
    allowed = "tmy3:NAME (a file in the pvlib wheel), file:PATH or climate"
    raise InputError(f"site {site.key}, weather", repr(site.weather), allowed)


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
    years = frame.index.year.to_numpy()[_MONTH_STARTS + 300]
    seams = _MONTH_STARTS[years != np.roll(years, 1)] + 1
    place = meta["Name"].strip('" ').title()
    what = f"typical year (TMY3) of {place}: recorded months of {years.min()} to {years.max()}, seams blended over 6 h"
    return WeatherTable(f"tmy3:{name}", what, _tmy3_columns(site, raw, seams))


def _tmy3_columns(site: Site, raw: dict[str, Float], seams: Int) -> Float:
    """TMY3 units and labels (end of the hour) to ours; missing values filled; seams blended."""
    at_hour = {k: np.roll(raw[k], 1) for k in COLUMNS[:6]}
    calm = at_hour["wind_speed"] <= 0.0
    last = np.maximum.accumulate(np.where(calm, 0, np.arange(HOURS)))
    direction = np.deg2rad(at_hour["wind_from"][last])
    states = {
        "temperature": at_hour["temperature"] + 273.15,
        "dew_point": at_hour["dew_point"] + 273.15,
        "pressure": 100.0 * at_hour["pressure"],
        "wind_speed": at_hour["wind_speed"],
        "cloud": at_hour["cloud"] / 10.0,
        "sin": np.sin(direction),
        "cos": np.cos(direction),
    }
    if np.std(states["pressure"]) < 50.0:
        states["pressure"] = _climate_pressure(site)
    blended = {k: blend(v, seams) for k, v in states.items()}
    blended["wind_from"] = np.arctan2(blended["sin"], blended["cos"])
    blended["dew_point"] = np.minimum(blended["dew_point"], blended["temperature"])
    blended["wind_speed"] = np.clip(blended["wind_speed"], 0.0, None)
    blended["cloud"] = np.clip(blended["cloud"], 0.0, 1.0)
    flux = {k: raw[k] for k in ("ghi", "dni", "dhi")}
    flux["rain"] = _spread_rain(0.1 * raw["rain"], raw["rain_hours"])
    return np.column_stack([(blended | flux)[k] for k in COLUMNS])


def _spread_rain(depth: Float, hours: Float) -> Float:
    """Rain (8760,) [mm/h] from depths [mm] summed over the ``hours`` that end with a row; missing values are dry."""
    rate = np.zeros(HOURS)
    for row in np.flatnonzero(depth > 0.0):
        count = int(np.clip(hours[row], 1.0, 24.0))
        rate[max(0, row + 1 - count) : row + 1] += depth[row] / count
    return rate


def blend(series: Float, seams: Int) -> Float:
    """Spread the jump before each seam row (k,) of a series (8760,) evenly over the six hours about it."""
    out = series.copy()
    offset = np.arange(-3, 3)
    share = np.where(offset < 0, (offset + 3.5) / 6.0, (offset - 2.5) / 6.0)
    for seam in seams:
        jump = series[seam % HOURS] - series[(seam - 1) % HOURS]
        out[(seam + offset) % HOURS] += jump * share
    return out


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


def _ou_series(site: Site, name: str, tau: float) -> Float:
    """A stationary standard OU series (8760,) with time ``tau`` [h], the same for every site of this key."""
    noise = normals(int(consumer_code(f"climate.{site.key}")), f"climate.{name}", HOURS)
    a = np.exp(-1.0 / tau)
    drive = np.sqrt(1.0 - a * a) * noise
    drive[0] = noise[0]
    series: Float = lfilter([1.0], [1.0, -a], drive)
    return blend(series, np.array([0]))


def climate_year(site: Site) -> Float:
    """A year (8760, 10) of the climate model, in the columns of a weather table; a function of the site alone.

    Source: harmonic year, Parton-Logan day, OU weather; numbers in ``parameters.atmosphere.ClimateParameters``.
    """
    p = _CLIMATE
    hour = np.arange(HOURS, dtype=np.float64)
    inland = 1.0 - np.exp(-site.distance_to_coast / p.inland_distance)
    cloud = ndtr(p.cloud_slope * _ou_series(site, "cloud", p.cloud_tau) + p.cloud_shift)
    summer = np.cos(2.0 * np.pi * (hour / 24.0 - p.warmest_day) / 365.0) * np.sign(site.latitude + 1e-9)
    mean = _climate_mean(site, inland, summer)
    temperature = _climate_day(site, inland, mean, cloud)
    temperature += p.temperature_sigma * _ou_series(site, "temperature", p.temperature_tau)
    depression = p.coast_depression + (p.inland_depression - p.coast_depression) * inland
    dew = mean - depression + p.dew_sigma * _ou_series(site, "dew", p.dew_tau)
    dew += 0.7 * p.temperature_sigma * _ou_series(site, "temperature", p.temperature_tau)
    speed, direction = _climate_wind(site, inland, hour)
    ghi, dni, dhi = _climate_sun(site, cloud)
    wet = _ou_series(site, "rain", p.rain_tau) - p.rain_threshold + (cloud - 1.0) * 2.0
    columns = {
        "temperature": temperature, "dew_point": np.minimum(dew, temperature), "pressure": _climate_pressure(site),
        "wind_speed": speed, "wind_from": direction, "cloud": cloud, "ghi": ghi, "dni": dni, "dhi": dhi,
        "rain": p.rain_scale * np.clip(wet, 0.0, None) * np.exp(np.clip(wet, 0.0, None)),
    }  # fmt: skip
    return np.column_stack([columns[k] for k in COLUMNS])


def _climate_mean(site: Site, inland: float, summer: Float) -> Float:
    """Daily mean temperature (8760,) [K]."""
    p, latitude = _CLIMATE, abs(site.latitude)
    level = p.equator_temperature - p.latitude_slope * latitude - p.lapse * site.altitude
    swing = (p.coast_range + (p.inland_range - p.coast_range) * inland) * min(latitude / 45.0, 1.5)
    mean: Float = level + swing * summer
    return mean


def _climate_day(site: Site, inland: float, mean: Float, cloud: Float) -> Float:
    """Temperature (8760,) [K]: the daily course about the daily mean, smaller under cloud."""
    p = _CLIMATE
    daily_mean, daily_cloud = mean.reshape(-1, 24)[:, 12], cloud.reshape(-1, 24).mean(axis=1)
    half = (p.coast_daily + (p.inland_daily - p.coast_daily) * inland) * (1.0 - p.cloud_damping * daily_cloud)
    solar = np.arange(HOURS) + site.longitude / 15.0 - site.utc_offset
    declination = np.deg2rad(23.44) * np.sin(2.0 * np.pi * (np.arange(365) - 80.0) / 365.0)
    length = 24.0 / np.pi * np.arccos(np.clip(-np.tan(np.deg2rad(site.latitude)) * np.tan(declination), -0.95, 0.95))
    day = np.mod(np.floor(solar / 24.0).astype(np.int64), 365)
    since = np.mod(solar, 24.0) - (12.0 - 0.5 * length[day] - 0.17)
    today = np.where(since < 0.0, np.mod(day - 1, 365), day)
    since = np.where(since < 0.0, np.mod(solar, 24.0) + 24.0 - (12.0 - 0.5 * length[today] - 0.17), since)
    low, high, next_low = daily_mean - half, daily_mean + half, np.roll(daily_mean - half, -1)
    sunset = length + 0.17
    by_day = atmosphere.daytime_temperature(since, low[today], high[today], length[today])
    at_sunset = atmosphere.daytime_temperature(sunset, low, high, length)
    after = np.clip(since - sunset[today], 0.0, None)
    by_night = atmosphere.nighttime_temperature(after, at_sunset[today], next_low[today], 24.0 - sunset[today])
    course: Float = np.where(since <= sunset[today], by_day, by_night)
    return course


def _climate_pressure(site: Site) -> Float:
    """Pressure (8760,) [Pa]: standard air, OU weather stronger in winter, semidiurnal tide."""
    p, hour = _CLIMATE, np.arange(HOURS, dtype=np.float64)
    winter = 0.5 - 0.5 * np.cos(2.0 * np.pi * (hour / 24.0 - p.warmest_day) / 365.0) * np.sign(site.latitude + 1e-9)
    sigma = p.pressure_summer + (p.pressure_winter - p.pressure_summer) * winter
    level = atmosphere.standard_pressure(atmosphere.geopotential_height(np.array(site.altitude)))
    solar = hour + site.longitude / 15.0 - site.utc_offset
    out: Float = level + sigma * _ou_series(site, "pressure", p.pressure_tau)
    out = out + atmosphere.semidiurnal_tide(site.latitude, solar)
    return out


def _climate_wind(site: Site, inland: float, hour: Float) -> tuple[Float, Float]:
    """Wind speed (8760,) [m/s], Weibull, stronger by day; direction it comes from [rad]."""
    p = _CLIMATE
    scale = p.coast_wind + (p.inland_wind - p.coast_wind) * inland
    rank = ndtr(_ou_series(site, "wind", p.wind_tau))
    daily = 1.0 - p.wind_daily * np.cos(2.0 * np.pi * (hour - 3.0) / 24.0)
    speed = scale * daily * (-np.log1p(-np.clip(rank, 1e-9, 1.0 - 1e-9))) ** (1.0 / p.wind_shape)
    prevailing = float(np.deg2rad(p.prevailing))
    east = p.steadiness * np.sin(prevailing) + _ou_series(site, "east", p.direction_tau)
    north = p.steadiness * np.cos(prevailing) + _ou_series(site, "north", p.direction_tau)
    return speed, np.arctan2(east, north)


def _climate_sun(site: Site, cloud: Float) -> tuple[Float, Float, Float]:
    """Global, direct normal and diffuse irradiance (8760,) [W/m2] under cloud: Kasten-Czeplak and Erbs."""
    p, table = _CLIMATE, sun_table(site).reshape(HOURS, SUN_STEPS, 4)
    clear, up = table[..., 3].mean(axis=1), np.clip(table[..., 2], 0.0, None).mean(axis=1)
    ghi = clear * (1.0 - p.cloud_share * cloud**p.cloud_power)
    outside = sun.extraterrestrial(1.0 + np.arange(HOURS) // 24) * up
    dhi = ghi * sun.erbs_diffuse(np.clip(ghi / np.clip(outside, 1.0, None), 0.0, 1.0))
    dni = np.where(up > 0.02, (ghi - dhi) / np.clip(up, 0.02, None), 0.0)
    return ghi, np.clip(dni, 0.0, 1100.0), dhi


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
    table = _read_table(path)
    if table is None:
        table = _compute_sun(latitude, longitude, altitude, utc_offset)
        _write_table(path, table)
    table.setflags(write=False)
    return table


def _read_table(path: Path) -> Float | None:
    """A cached table (52560, 4), or None if there is none that is whole."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            table: Float = np.asarray(data["table"], dtype=np.float64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return table if table.shape == (HOURS * SUN_STEPS, 4) else None


def _write_table(path: Path, table: Float) -> None:
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
