"""NetCDF-4 by xarray (extra `netcdf`): weather and gridded fields are those of the classic files; else skipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gg_gym.errors import InputError
from gg_gym.physics import weather_sources as ws
from gg_gym.physics.gridded import load_field
from gg_gym.physics.site import Site
from gg_gym.physics.weather_table import HOURS

xarray = pytest.importorskip("xarray", reason="xarray is not installed: pip install gg-gym[netcdf]")
pytest.importorskip("netCDF4", reason="netCDF4 is not installed: pip install gg-gym[netcdf]")

PLACE = Site("place", 40.0, -100.0, 700.0, -7.0, 0.1, 500e3, 1e3, "light", "climate")
MAPPING = "temperature=t:Cel;relative_humidity=rh:%;wind_speed=u:m/s;pressure=p:kPa;ghi=g:W/m2"
AXES = {
    "time": np.array([0.0, 60.0, 120.0]), "x": np.linspace(0.0, 2.0, 3), "y": np.linspace(-1.0, 1.0, 3),
    "z": np.linspace(8.0, 10.0, 3),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GG_GYM_CACHE", str(tmp_path / "cache"))


def year(zero: str = "2021-01-01T00") -> Any:
    """A made year by the hour as a dataset."""
    h = np.arange(HOURS, dtype=float)
    columns = {
        "t": 10.0 + 8.0 * np.sin(2 * np.pi * h / 24), "rh": 60.0 + 20.0 * np.cos(h / 40.0), "u": 3.0 + np.sin(h / 9.0),
        "p": 93.0 + 0.5 * np.sin(h / 50.0), "g": np.clip(600.0 * np.sin(2 * np.pi * (h - 6) / 24), 0.0, None),
    }  # fmt: skip
    time = np.datetime64(zero, "s") + (3600 * h).astype("timedelta64[s]")
    return xarray.Dataset({k: ("time", v) for k, v in columns.items()}, {"time": time.astype("datetime64[ns]")})


def stored(data: Any, path: Path, kind: str = "NETCDF4", **encoding: Any) -> Site:
    data.to_netcdf(path, format=kind, encoding=encoding)
    return replace(PLACE, weather=f"netcdf:{path};{MAPPING}")


@pytest.mark.parametrize("units", ["hours since 2021-01-01", "seconds since 1970-01-01 00:00:00"])
def test_a_year_of_netcdf_4_is_that_of_the_classic_file(tmp_path: Path, units: str) -> None:
    time = {"units": units, "dtype": "float64"}
    modern = ws.load_weather(stored(year(), tmp_path / "four.nc", time=time))
    assert (tmp_path / "four.nc").read_bytes()[:4] == b"\x89HDF"
    classic = ws.load_weather(stored(year(), tmp_path / "three.nc", "NETCDF3_CLASSIC", time=time))
    np.testing.assert_array_equal(modern.columns, classic.columns)
    np.testing.assert_allclose(modern["temperature"], year()["t"].values + 273.15)
    assert modern.uncertainty()["temperature"] == {"measured": 1.0}


def test_packed_values_and_missing_codes_are_unpacked(tmp_path: Path) -> None:
    data = year()
    data["t"].values[100:103] = np.nan
    packed = {"dtype": "int16", "scale_factor": 0.01, "add_offset": 10.0, "_FillValue": -32768}
    table = ws.load_weather(stored(data, tmp_path / "packed.nc", t=packed, time={"units": "hours since 2021-01-01"}))
    keep = np.isfinite(data["t"].values)
    np.testing.assert_allclose(table["temperature"][keep], data["t"].values[keep] + 273.15, atol=0.006)
    assert table.uncertainty()["temperature"]["measured"] == pytest.approx(1.0 - 3 / HOURS)


def test_what_is_wrong_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing columns u"):
        ws.load_weather(stored(year().drop_vars("u"), tmp_path / "without.nc"))
    with pytest.raises(InputError, match="row 2: the clock goes"):
        ws.load_weather(stored(year().isel(time=slice(None, None, -1)), tmp_path / "backwards.nc"))
    grid = year()
    grid["t"] = (("place", "time"), np.ones((2, HOURS)))
    with pytest.raises(InputError, match="shape"):
        ws.load_weather(stored(grid, tmp_path / "two_places.nc"))
    (tmp_path / "broken.nc").write_bytes((tmp_path / "without.nc").read_bytes()[:300])
    with pytest.raises(InputError, match="cannot be read"):
        ws.load_weather(replace(PLACE, key="broken", weather=f"netcdf:{tmp_path / 'broken.nc'};{MAPPING}"))


def field(unit: str = "ppb") -> Any:
    values = sum(a.reshape([-1 if i == j else 1 for j in range(4)]) for i, a in enumerate(AXES.values()))
    data = xarray.Dataset({"CO": (tuple(AXES), np.asarray(values) + 1.0, {"units": unit})})
    return data.assign_coords({k: (k, v, {"units": "s" if k == "time" else "m"}) for k, v in AXES.items()})


def test_a_field_of_netcdf_4_is_that_of_the_classic_file(tmp_path: Path) -> None:
    field().to_netcdf(tmp_path / "four.nc", format="NETCDF4")
    field().to_netcdf(tmp_path / "three.nc", format="NETCDF3_CLASSIC")
    field().transpose("z", "y", "x", "time").to_netcdf(tmp_path / "turned.nc", format="NETCDF4")
    one, two, three = (load_field(tmp_path / f"{name}.nc") for name in ("four", "three", "turned"))
    assert one.digest == two.digest == three.digest
    field("mg/m3").to_netcdf(tmp_path / "unit.nc", format="NETCDF4")
    with pytest.raises(InputError, match="unit 'mg/m3'"):
        load_field(tmp_path / "unit.nc")
