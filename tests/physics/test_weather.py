"""Weather: sources, typical years, the sun's table, and what the module sets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gg_gym.errors import InputError
from gg_gym.parameters.atmosphere import SubHour
from gg_gym.physics import weather_sources as ws
from gg_gym.physics import weather_sun
from gg_gym.physics.engine import ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, Site
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import FAST, Weather, rush_hour

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)))
GREENSBORO = Site("greensboro", 36.1, -79.95, 273.0, -5.0, 0.1, 300e3, 2000.0, "light", "tmy3:723170TYA.CSV")
SAND_POINT = Site("sand_point", 55.317, -160.517, 7.0, -9.0, 0.03, 300.0, 500.0, "heavy", "tmy3:703165TY.csv")
INLAND = Site("inland", 40.0, 0.0, 100.0, 0.0, 0.1, 500e3, 20.0, "light", "climate")


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GG_GYM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def engine(hours: Any, *, sites: Any = (GREENSBORO,), site: Any = None, dt: Any = 10.0, seed: Any = 1) -> Any:
    n = len(hours)
    seeds = np.arange(n).astype(np.uint64) + np.uint64(seed)
    zero = np.zeros(n)
    index = np.zeros(n, np.int64) if site is None else np.asarray(site)
    conditions = Conditions(seeds, index, np.asarray(hours, float), zero + 1, seeds, zero, seeds)
    state = Environment3DState.neutral(GEOMETRY, n, dt)
    state.hour = conditions.hour.copy()
    built = ModularPhysicsEngine(("weather",), PhysicsContext(GEOMETRY, sites, conditions, {}), dt)
    built.start(state)
    return built, state


def test_greensboro_is_a_typical_year_of_recorded_months() -> None:
    table = ws.load_weather(GREENSBORO)
    assert "typical year" in table.description and "Greensboro" in table.description
    assert len(table.digest) == 64
    assert table["rain"].sum() == pytest.approx(834.5)
    assert table["temperature"].mean() - 273.15 == pytest.approx(14.4, abs=0.1)
    assert table["pressure"].mean() == pytest.approx(98690.0, abs=50.0)
    assert (table["dew_point"] <= table["temperature"]).all()


def test_sand_points_filler_pressure_is_replaced() -> None:
    table = ws.load_weather(SAND_POINT)
    assert 300.0 < table["pressure"].std() < 1500.0
    assert table["rain"].sum() == pytest.approx(759.2)


def test_seams_are_spread_over_six_hours() -> None:
    series = np.where(np.arange(ws.HOURS) < 4000, 0.0, 6.0)
    blended = ws.blend(series, np.array([4000]))
    assert np.diff(blended[3996:4004]).max() == pytest.approx(1.0)
    assert (np.diff(blended[3990:4010]) >= 0.0).all()
    np.testing.assert_array_equal(np.delete(blended, np.arange(3997, 4003)), np.delete(series, np.arange(3997, 4003)))


def test_climate_is_a_function_of_the_site_alone() -> None:
    one, two = ws.climate_year(INLAND), ws.climate_year(replace(INLAND))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, ws.climate_year(replace(INLAND, key="other")))


def test_atm_7_climate_day() -> None:
    """Minimum near sunrise, maximum in the afternoon, humidity lowest near the maximum."""
    table = ws.load_weather(INLAND)
    days = slice(160 * 24, 220 * 24)
    day = table["temperature"][days].reshape(-1, 24).mean(axis=0)
    up = ws.sun_table(INLAND)[160 * 144 : 220 * 144, 2].reshape(-1, 144).mean(axis=0)
    sunrise = np.argmax(up > 0.0) / 6.0
    assert abs(np.argmin(day) - sunrise) <= 1.0
    assert 13 <= np.argmax(day) <= 16  # solar noon is at 12
    humidity = (table["dew_point"] - table["temperature"])[days].reshape(-1, 24).mean(axis=0)
    assert abs(int(np.argmin(humidity)) - int(np.argmax(day))) <= 1
    assert table["temperature"][days].mean() > table["temperature"][:1440].mean() + 8.0


def test_sun_table_agrees_with_usno() -> None:
    from gg_gym.equations.sun import sun_angles

    table, step = ws.sun_table(GREENSBORO), np.arange(0, 52560, 97)
    first = 8400.5 + 5.0 / 24.0  # 2023-01-01 05:00 UTC, days after JD 2451545.0
    zenith, _ = sun_angles(first + step / 144.0, GREENSBORO.latitude, GREENSBORO.longitude)
    assert np.abs(np.cos(zenith) - table[step, 2]).max() < 5e-4


def test_cache_survives_concurrent_writers_and_damage(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("GG_GYM_CACHE", str(tmp_path / "new"))
    table, path = np.random.default_rng(0).normal(size=(52560, 4)), tmp_path / "new" / "sun-x.npz"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: weather_sun.write_table(path, table), range(16)))
    np.testing.assert_array_equal(weather_sun.read_table(path), table)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    path.write_bytes(path.read_bytes()[:1000])
    assert weather_sun.read_table(path) is None
    blocked = tmp_path / "file"
    blocked.write_text("")
    weather_sun.write_table(blocked / "sun-x.npz", table)  # an unwritable cache is only slower


@pytest.mark.parametrize("weather", ["tmy4:X", "nothing", "tmy3:", "tmy3:../setup.py", "file:/no/such/file.csv"])
def test_bad_source(weather: Any) -> None:
    with pytest.raises(InputError, match=r"weather|cannot be read"):
        ws.load_weather(replace(INLAND, weather=weather))


def test_wrong_time_zone() -> None:
    with pytest.raises(InputError, match="utc_offset"):
        ws.load_weather(replace(GREENSBORO, utc_offset=-6.0))


def write_csv(path: Any, change: Any = lambda rows: rows) -> Any:
    table = ws.load_weather(INLAND).columns
    rows = [list(ws.COLUMNS), *[[f"{x!r}" for x in row] for row in table.tolist()]]
    path.write_text("\n".join(",".join(row) for row in change(rows)))
    return replace(INLAND, weather=f"file:{path}")


def test_csv_round_trip_and_malformed(tmp_path: Any) -> None:
    table = ws.load_weather(write_csv(tmp_path / "a.csv"))
    np.testing.assert_array_equal(table.columns, ws.load_weather(INLAND).columns)
    assert table.digest == ws.load_weather(INLAND).digest
    with pytest.raises(InputError, match="rows"):
        ws.load_weather(write_csv(tmp_path / "b.csv", lambda r: r[:-1]))
    with pytest.raises(InputError, match="missing columns temperature"):
        ws.load_weather(write_csv(tmp_path / "c.csv", lambda r: [["x", *r[0][1:]], *r[1:]]))
    with pytest.raises(InputError, match="line 3"):
        ws.load_weather(write_csv(tmp_path / "d.csv", lambda r: [*r[:2], ["warm", *r[2][1:]], *r[3:]]))
    with pytest.raises(InputError, match="temperature, hour 0"):
        ws.load_weather(write_csv(tmp_path / "e.csv", lambda r: [r[0], ["15.0", *r[1][1:]], *r[2:]]))


def test_module_follows_the_table_at_the_hour() -> None:
    table, hour = ws.load_weather(GREENSBORO), 4000
    _, state = engine(np.full(400, float(hour)))
    assert state.air_temperature.mean() == pytest.approx(table["temperature"][hour], abs=0.08)
    assert state.air_temperature.std() == pytest.approx(SubHour().temperature_sigma, rel=0.2)  # eddies add little
    assert state.wind_speed.mean() == pytest.approx(table["wind_speed"][hour], rel=0.05)
    assert state.pressure.mean() == pytest.approx(table["pressure"][hour], abs=5.0)
    assert state.pressure.std() == pytest.approx(SubHour().pressure_sigma, rel=0.15)
    assert np.allclose(np.linalg.norm(state.sun, axis=1), 1.0)


def test_closure_and_bounds_over_the_year() -> None:
    _, state = engine(np.linspace(0.0, 8759.99, 4000))
    horizontal = state.dni * np.clip(state.sun[:, 2], 0.0, None) + state.dhi
    np.testing.assert_allclose(horizontal, state.ghi, rtol=1e-9, atol=1e-9)
    assert (state.ghi[state.sun[:, 2] < -0.05] == 0.0).all()
    assert (state.dew_point <= state.air_temperature).all()
    assert (state.sky_temperature <= state.air_temperature).all() and (state.sky_temperature > 180.0).all()
    assert ((state.sky_window > 5.0) & (state.sky_window < 220.0)).all()
    for name in vars(state):
        value = getattr(state, name)
        if isinstance(value, np.ndarray):
            assert np.isfinite(value).all(), name


def test_module_returns_the_recorded_years_irradiation() -> None:
    hours = np.arange(0.0, 8760.0, 0.25)
    _, state = engine(hours)
    table = ws.load_weather(GREENSBORO)
    assert state.ghi.mean() == pytest.approx(table["ghi"].mean(), rel=0.02)
    assert state.dhi.mean() == pytest.approx(table["dhi"].mean(), rel=0.05)
    assert state.dni.mean() == pytest.approx(table["dni"].mean(), rel=0.05)


def test_background_levels_and_road() -> None:
    far, near = replace(INLAND, distance_to_road=1e5), replace(INLAND, distance_to_road=5.0)
    hours = np.tile(np.full(500, 24.0 * 100 + 8.0), 2)
    _, state = engine(hours, sites=(far, near), site=np.repeat([0, 1], 500))
    mean = [state.background[:500].mean(axis=0), state.background[500:].mean(axis=0)]
    for name, level in {
        "CO": 150.0,
        "NO2": 8.0,
        "H2": 530.0,
        "CH4": 1900.0,
        "CO2": 420e3,
        "PM1": 6.0,
        "HCHO": 2.0,
    }.items():
        assert mean[0][INDEX[name]] == pytest.approx(level, rel=0.1), name
    for name in ("CO", "NO", "NO2", "BTEX", "PM1"):
        assert mean[1][INDEX[name]] > 1.3 * mean[0][INDEX[name]], name
    assert mean[1][INDEX["O3"]] < mean[0][INDEX["O3"]]
    vapour = 1e-9 * state.background[:, INDEX["H2O"]] * state.pressure
    assert ((vapour > 50.0) & (vapour < 5000.0)).all()
    assert (state.background >= 0.0).all()


def test_rush_hour_is_on_working_days() -> None:
    assert rush_hour(np.array([8.0]))[0] > 3.0 * rush_hour(np.array([3.0]))[0]
    assert rush_hour(np.array([5 * 24 + 8.0]))[0] < 0.6 * rush_hour(np.array([8.0]))[0]


@pytest.mark.parametrize("dt", [0.5, 10.0, 3600.0])
def test_statistics_do_not_depend_on_dt(dt: Any) -> None:
    built, state = engine(np.full(3000, 5000.0), dt=dt)
    before = state.memory["weather.fast"].copy()
    for index in range(3):
        built.step(state, dt, 3, index, coarse=True)
    after = state.memory["weather.fast"]
    assert after.std(axis=0) == pytest.approx(1.0, abs=0.05)
    expected = np.exp(-3.0 * dt / np.array(list(FAST.values())))
    assert [np.mean(before[:, i] * after[:, i]) for i in range(len(FAST))] == pytest.approx(expected, abs=0.08)


def test_a_row_does_not_depend_on_the_batch() -> None:
    hours = np.linspace(10.0, 8000.0, 16)
    many, big = engine(hours, sites=(GREENSBORO, INLAND), site=np.arange(16) % 2)
    many.step(big, 10.0, 3, 0)
    one, small = engine(hours[5:6], sites=(GREENSBORO, INLAND), site=[1], seed=6)
    one.step(small, 10.0, 3, 0)
    for name in ("air_temperature", "wind_speed", "ghi", "dni", "sky_window", "background", "sun"):
        np.testing.assert_array_equal(getattr(small, name)[0], getattr(big, name)[5], err_msg=name)


def test_priors_are_keyed_by_the_module() -> None:
    assert all(p.key.startswith("weather.") for p in Weather.priors())
