"""Weather from files: EPW, SURFRAD, ARM, CSV and NetCDF; gaps filled and flagged; bad files are one clear error."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import netcdf_file

from gg_gym.errors import InputError
from gg_gym.physics import weather_series as series
from gg_gym.physics import weather_sources as ws
from gg_gym.physics.site import Site
from gg_gym.physics.weather_table import DERIVED, HOURS, INTERPOLATED, MEASURED, MODELLED, WeatherTable

PLACE = Site("place", 40.0, -100.0, 700.0, -7.0, 0.1, 500e3, 1e3, "light", "climate")
MAPPING = (
    "temperature=t:Cel;relative_humidity=rh:%;wind_speed=u:m/s;pressure=p:kPa;wind_from=d:deg;ghi=g:W/m2;rain=r:mm"
)
Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GG_GYM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def year(first: str = "2021-01-01T00", hours: int = HOURS) -> dict[str, Any]:
    """A made record by the hour in local standard time."""
    h = np.arange(hours, dtype=float)
    return {
        "time": np.datetime64(first, "s") + (3600 * h).astype("timedelta64[s]"),
        "t": 10.0 + 8.0 * np.sin(2 * np.pi * h / 24) + 0.001 * h, "rh": 60.0 + 20.0 * np.cos(h / 40.0),
        "u": 3.0 + np.sin(h / 9.0), "p": 93.0 + 0.5 * np.sin(h / 50.0), "d": np.mod(3.0 * h, 360.0),
        "g": np.clip(600.0 * np.sin(2 * np.pi * (h - 6) / 24), 0, None), "r": np.where(h % 50 == 0, 1.2, 0.0),
    }  # fmt: skip


def csv(path: Path, data: dict[str, Any], options: str = "") -> Site:
    rows = zip(*[np.asarray(v).astype(str) for v in data.values()], strict=True)
    path.write_text("\n".join([",".join(data), *(",".join(r) for r in rows)]))
    return replace(PLACE, weather=f"csv:{path};{MAPPING}{options}")


def test_a_year_by_the_hour_arrives_unchanged(tmp_path: Path) -> None:
    data = year()
    table = ws.load_weather(csv(tmp_path / "a.csv", data))
    np.testing.assert_allclose(table["temperature"], data["t"] + 273.15)
    np.testing.assert_allclose(table["pressure"], 1e3 * data["p"])
    np.testing.assert_allclose(table["rain"], data["r"])
    np.testing.assert_allclose(np.mod(np.rad2deg(table["wind_from"]), 360.0), data["d"], atol=1e-9)
    shares = table.uncertainty()
    assert shares["temperature"] == shares["wind_speed"] == {"measured": 1.0}
    assert shares["dni"]["derived"] > 0.4 and "measured" not in shares["cloud"]


def test_minutes_become_means_and_another_clock_is_shifted(tmp_path: Path) -> None:
    minutes = np.arange(2 * 24 * 60)
    data = {
        "time": np.datetime64("2021-03-01T00:00", "s") + (60 * minutes).astype("timedelta64[s]"),
        "t": minutes / 60.0, "rh": np.full(minutes.size, 50.0), "u": np.full(minutes.size, 2.0),
        "p": np.full(minutes.size, 93.0), "d": np.where(minutes % 2 == 0, 350.0, 10.0), "g": 0.0 * minutes,
        "r": np.full(minutes.size, 0.1),
    }  # fmt: skip
    table = ws.load_weather(csv(tmp_path / "a.csv", data, ";zone=0;partial=1"))
    row = (31 + 28) * 24 + 5  # 5 h local standard time is 12 h UTC
    assert table["temperature"][row] - 273.15 == pytest.approx(12.0, abs=0.02)
    assert table["rain"][row] == pytest.approx(6.0)
    assert table["wind_from"][row] == pytest.approx(0.0, abs=1e-9)
    assert table.flags[row, 0] == MEASURED and table.flags[row + 72, 0] == MODELLED


def test_leap_day_is_left_out_and_the_year_is_named(tmp_path: Path) -> None:
    data = year("2020-01-01T00", 2 * 366 * 24)
    with pytest.raises(InputError, match=r"several.*2020, 2021"):
        ws.load_weather(csv(tmp_path / "a.csv", data))
    table = ws.load_weather(csv(tmp_path / "b.csv", data, ";year=2020"))
    np.testing.assert_allclose(table["temperature"][59 * 24 :], data["t"][60 * 24 : 366 * 24] + 273.15)
    with pytest.raises(InputError, match=r"year: 1999"):
        ws.load_weather(csv(tmp_path / "c.csv", data, ";year=1999"))


def test_gaps_are_filled_and_every_filled_value_is_flagged_and_in_the_digest(tmp_path: Path) -> None:
    data = year()
    whole = ws.load_weather(csv(tmp_path / "a.csv", data))
    data["t"][1000:1004], data["t"][2000:2100], data["r"][60:70] = -999.0, -999.0, -999.0
    table = ws.load_weather(csv(tmp_path / "b.csv", data, ";missing=-999"))
    assert (table.flags[1000:1004, 0] == INTERPOLATED).all() and (table.flags[2000:2100, 0] == MODELLED).all()
    assert (table.flags[60:70, 9] == MODELLED).all() and (table["rain"][60:70] == 0.0).all()
    assert (table.flags[:, 0] != MEASURED).sum() == 104
    assert abs(table["temperature"][2000] - table["temperature"][1999]) < 3.0  # the model joins the record
    assert abs(table["temperature"][2100] - table["temperature"][2099]) < 3.0
    assert table.digest != whole.digest
    flags = np.array(whole.flags)
    flags[0, 0] = INTERPOLATED
    assert WeatherTable(whole.name, "", np.array(whole.columns), flags).digest != whole.digest


def test_fill_of_nothing_and_of_everything() -> None:
    model = np.sin(np.arange(HOURS) / 50.0)
    values, flags = series.fill(np.full(HOURS, np.nan), model)
    assert (flags == MODELLED).all() and np.array_equal(values, model)
    values, flags = series.fill(model, 0.0 * model)
    assert (flags == MEASURED).all() and np.array_equal(values, model)


def word(data: dict[str, Any], column: str, text: str) -> dict[str, Any]:
    """The record with a word in the sixth row of a column."""
    values = data[column].astype(str).astype(object)
    values[5] = text
    return {**data, column: values}


BAD: dict[str, tuple[Change, str, str]] = {
    "missing column": (lambda d: {k: v for k, v in d.items() if k != "u"}, "", "missing columns u"),
    "no time": (lambda d: {k: v for k, v in d.items() if k != "time"}, "", r"missing columns time \(time\)"),
    "clock goes back": (
        lambda d: {**d, "time": np.r_[d["time"][:9], d["time"][7], d["time"][10:]]}, "", r"row 10.*clock"
    ),
    "wrong unit": (lambda d: d, ";pressure=p:hPa", r"pressure: 9300 .*100%.*wrong unit"),
    "kelvin for Celsius": (lambda d: {**d, "t": d["t"] + 273.15}, "", "temperature: .*wrong unit"),
    "humidity as a share": (lambda d: d, ";relative_humidity=rh:1", "relative_humidity: 80 in row 1: a wrong unit"),
    "unknown unit": (lambda d: d, ";pressure=p:bar", "NAME:UNIT with a unit of Pa, hPa"),
    "unknown field": (lambda d: d, ";colour=red", "colour: unknown field"),
    "not a number": (lambda d: word(d, "u", "calm"), "", r"u:.*calm"),
    "not a time": (lambda d: word(d, "time", "noon"), "", "time:"),
    "too little": (lambda d: {k: v[:100] for k, v in d.items()}, "", "covers 1% of 2021"),
    "bad label": (lambda d: d, ";label=middle", "start or end"),
    "bad option": (lambda d: d, ";year=soon", "year: 'soon'"),
    "missing code undeclared": (lambda d: {**d, "t": np.where(d["u"] > 3.9, -999.0, d["t"])}, "", "missing code"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_clear_error(case: str, tmp_path: Path) -> None:
    change, options, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        ws.load_weather(csv(tmp_path / "bad.csv", change(year()), options))
    assert "bad.csv" in str(caught.value)


def test_nothing_is_mapped_to_what_is_needed(tmp_path: Path) -> None:
    csv(tmp_path / "a.csv", year(hours=100))
    with pytest.raises(InputError, match="nothing is mapped to wind_speed, dew_point or relative_humidity"):
        ws.load_weather(replace(PLACE, weather=f"csv:{tmp_path / 'a.csv'};temperature=t:Cel"))


def test_a_yaml_mapping_says_the_same(tmp_path: Path) -> None:
    site = csv(tmp_path / "a.csv", year())
    pairs = []
    for pair in MAPPING.split(";"):
        key, _, value = pair.partition("=")
        name, _, unit = value.partition(":")
        pairs.append(f"  {key}: {{column: {name}, unit: '{unit}'}}")
    (tmp_path / "map.yaml").write_text("\n".join(["columns:", *pairs, "missing: [-999]"]))
    other = replace(PLACE, weather=f"csv:{tmp_path / 'a.csv'};map={tmp_path / 'map.yaml'}")
    assert ws.load_weather(other).digest == ws.load_weather(site).digest
    (tmp_path / "map.yaml").write_text("- a\n- b")
    with pytest.raises(InputError, match=r"map\.yaml: list"):
        ws.load_weather(replace(other, key="again"))
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read"):
        ws.load_weather(replace(PLACE, weather=f"csv:a.csv;map={tmp_path / 'none.yaml'}"))


def netcdf(path: Path, data: dict[str, Any], units: str = "hours since 2021-01-01 00:00:00") -> Site:
    with netcdf_file(str(path), "w") as out:
        out.createDimension("time", len(data["t"]))
        for key, values in data.items():
            variable = out.createVariable(key, "d", ("time",))
            variable[:] = np.arange(len(data["t"])) if key == "time" else values
            if key == "time":
                variable.units = units
    return replace(PLACE, weather=f"netcdf:{path};{MAPPING}")


def test_classic_netcdf_equals_csv(tmp_path: Path) -> None:
    data = year()
    table = ws.load_weather(netcdf(tmp_path / "a.nc", data))
    np.testing.assert_array_equal(table.columns, ws.load_weather(csv(tmp_path / "a.csv", data)).columns)
    with pytest.raises(InputError, match="units"):
        ws.load_weather(netcdf(tmp_path / "b.nc", data, "fortnights since noon"))
    with pytest.raises(InputError, match="missing columns u"):
        ws.load_weather(netcdf(tmp_path / "c.nc", {k: v for k, v in data.items() if k != "u"}))


def test_netcdf_4_without_its_packages_names_the_extra(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    try:
        importlib.import_module("xarray")
        expected = "cannot be read"
    except ImportError:
        expected = r"gg-gym\[netcdf\]"
    with pytest.raises(InputError, match=expected):
        ws.load_weather(replace(PLACE, weather=f"netcdf:{path};{MAPPING}"))
    path.write_bytes(b"hello, this is text")
    with pytest.raises(InputError, match="begins with"):
        ws.load_weather(replace(PLACE, key="text", weather=f"netcdf:{path};{MAPPING}"))


def epw(path: Path, years: Any, change: Any = None, zone: float = -7.0) -> Site:
    """A made EPW file: 35 fields a row, months of the given years."""
    head = [f"LOCATION,Somewhere,NE,USA,TMY3,0,40.0,-100.0,{zone},700.0", *["X"] * 7]
    rows, months = [], [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    for m, days in enumerate(months):
        for d in range(days):
            for h in range(24):
                row = ["0"] * 35
                t = 10 + 8 * np.sin(2 * np.pi * (h - 8) / 24)
                named = {0: years[m], 1: m + 1, 2: d + 1, 3: h + 1, 6: f"{t:.1f}", 7: f"{t - 5:.1f}", 8: 70, 9: 93000,
                         13: max(0, 500 - 60 * abs(h - 12)), 14: 400 if 7 < h < 17 else 0, 15: 80 if 7 < h < 17 else 0,
                         20: 180, 21: 3.5, 22: 5, 33: 0.5 if h == 3 else 0, 34: 1}  # fmt: skip
                for k, v in named.items():
                    row[k] = str(v)
                rows.append(row)
    if change:
        change(rows)
    path.write_text("\n".join([*head, *(",".join(r) for r in rows)]))
    return replace(PLACE, weather=f"epw:{path}")


def test_epw_is_read_with_its_labels_and_its_gaps(tmp_path: Path) -> None:
    def gap(rows: Any) -> None:
        for row in rows[100:103]:
            row[6] = "99.9"
        for row in rows[500:600]:
            row[9] = "999999"

    table = ws.load_weather(epw(tmp_path / "a.epw", [1990 + i for i in range(12)], gap))
    assert "typical year (EPW) of Somewhere, USA" in table.description
    assert table["temperature"][15] - 273.15 == pytest.approx(10 + 8 * np.sin(2 * np.pi * 6 / 24), abs=0.06)
    assert table["rain"][24 + 3] == pytest.approx(0.5) and table["wind_from"][5] == pytest.approx(np.pi)
    assert (table.flags[101:104, 0] == INTERPOLATED).all() and (table.flags[501:601, 2] == MODELLED).all()
    assert table.uncertainty()["ghi"] == {"measured": 1.0}
    assert "recorded year (EPW)" in ws.load_weather(epw(tmp_path / "b.epw", [2021] * 12)).description


def test_bad_epw(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="utc_offset"):
        ws.load_weather(epw(tmp_path / "a.epw", [2021] * 12, zone=-5.0))
    with pytest.raises(InputError, match="8759 rows"):
        ws.load_weather(epw(tmp_path / "b.epw", [2021] * 12, lambda rows: rows.pop()))
    with pytest.raises(InputError, match="cannot be read"):
        ws.load_weather(replace(PLACE, weather=f"epw:{tmp_path / 'none.epw'}"))
    (tmp_path / "c.epw").write_text("hello\nworld\n")
    with pytest.raises(InputError, match="cannot be read"):
        ws.load_weather(replace(PLACE, weather=f"epw:{tmp_path / 'c.epw'}"))


def surfrad(path: Path, rows: int = 1440) -> None:
    """A made SURFRAD day: header, then 48 fields a minute, value and flag in turn."""
    lines = [" Testland", "   40.0  100.0 700 m version 1"]
    for i in range(rows):
        pairs = [0.0] * 19
        pairs[15], pairs[16], pairs[17], pairs[18] = 5.0 + i / 1440, 50.0, 3.0, 270.0
        text = " ".join(f"{v:.2f} 0" for v in pairs)
        lines.append(f"2021 60 3 1 {i // 60} {i % 60} {i / 60:.3f} 90.0 {text} 930.0 {1 if i < 60 else 0}")
    path.write_text("\n".join(lines))


def test_surfrad_flags_are_missing_values(tmp_path: Path) -> None:
    surfrad(tmp_path / "tst21060.dat")
    table = ws.load_weather(replace(PLACE, weather=f"surfrad:{tmp_path};partial=1"))
    row = 59 * 24 - 7  # 0 h UTC of 1 March
    assert table["temperature"][row + 12] - 273.15 == pytest.approx(5.5, abs=0.01)
    assert table["pressure"][row + 12] == pytest.approx(93000.0)
    assert table.flags[row, 2] == MODELLED and table.flags[row, 0] == MEASURED  # the first hour's pressure is flagged
    assert table.uncertainty()["cloud"].get("measured") is None
    with pytest.raises(InputError, match="no files"):
        (tmp_path / "empty").mkdir()
        ws.load_weather(replace(PLACE, weather=f"surfrad:{tmp_path / 'empty'}"))
    with pytest.raises(InputError, match="option"):
        ws.load_weather(replace(PLACE, weather=f"surfrad:{tmp_path};when=now"))


def test_flags_are_checked() -> None:
    columns = np.array(ws.load_weather(PLACE).columns)
    flags = np.full(columns.shape, 9, np.uint8)
    with pytest.raises(InputError, match="flag 9"):
        WeatherTable("x", "", columns, flags)
    with pytest.raises(InputError, match="shapes"):
        WeatherTable("x", "", columns, flags[:5])
    assert WeatherTable("x", "", columns).uncertainty()["rain"] == {"measured": 1.0}
    assert DERIVED == 2


def test_tmy3_flags_what_was_filled() -> None:
    sand_point = Site("sp", 55.317, -160.517, 7.0, -9.0, 0.03, 300.0, 500.0, "heavy", "tmy3:703165TY.csv")
    shares = ws.load_weather(sand_point).uncertainty()
    assert shares["pressure"] == {"modelled": 1.0} and shares["temperature"] == {"measured": 1.0}
