"""Normal families: load, season, weather, outage and visit move what they should, and none of them is an anomaly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.equations.atmosphere import fog_visibility, relative_humidity
from gg_gym.physics import weather_events as events
from gg_gym.physics.background import soiling
from gg_gym.physics.causes import NEUTRAL
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.surface_wetness import film, snow_load
from gg_gym.physics.surroundings import active
from gg_gym.physics.weather import fog_liquid
from gg_gym.scenarios import SCENARIOS, BaseScenario
from gg_gym.scenarios.normal import WEATHER_KINDS

BASE = load_product("grid_guardian")
PRODUCT = BASE.replace(
    operation={"dt": 10.0, "samples": 64, "frame_every": 8, "spin_up_hours": 3, "lead_in": 600},
    physics=tuple(dict.fromkeys((*BASE.physics, "soiling", "surroundings"))),
)
TWIN = Twin(PRODUCT, thermal=False)
NORMAL = (
    "baseline_operation", "diurnal_cycle", "seasonal_variation", "weather_event", "deenergised", "maintenance_visit",
)  # fmt: skip
POINT = np.array([PRODUCT.geometry.mount.position])
JULY, JANUARY = 195 * 24.0 + 14.0, 15 * 24.0 + 14.0


def kind(name: str) -> float:
    return WEATHER_KINDS.index(name) + 0.5


def define(family: str, **parameters: float) -> ScenarioDefinition:
    return ScenarioDefinition(family=family, parameters={"phase": 0.5, **parameters})


def conditions(n: int, hour: float, seed: int = 1) -> Any:
    """One pole, n times: rows differ only in what happens."""
    drawn = TWIN.draw(np.array([seed])).take(np.zeros(n, np.int64))
    drawn.hour[:] = hour
    drawn.load[:] = 0.6
    return drawn


def walk(definitions: list[ScenarioDefinition], hour: float = JULY, steps: int = 60, dt: float = 10.0) -> Any:
    """The states of a record, physics only; no cause is left out by chance."""
    session = TWIN.begin(conditions(len(definitions), hour))
    session.set_scenarios(definitions)
    for row, definition in enumerate(definitions):
        scenario = BaseScenario.from_definition(definition)
        session.course.place(row, scenario, PRODUCT.geometry, 640.0, 600.0)
    session.lead_in()
    out = []
    for i in range(steps):
        session._advance(dt, 3, i)
        out.append(session.state.take(np.arange(session.state.n)))
    return out


def weather(names: tuple[str, ...], hour: float, dt: float = 10.0, **more: float) -> Any:
    """The states of sixty steps of a spell, the last row without one."""
    given = {"severity": 1.0, "length": 7200.0, **more}
    chosen = [define("weather_event", kind=kind(name), **given) for name in names]
    return walk([*chosen, chosen[0].null()], hour, dt=dt)


def test_the_normal_families_are_registered_and_normal() -> None:
    for key in NORMAL:
        family = SCENARIOS[key]
        assert (family.category, family.event) == ("normal", "normal")
        assert set(family({}).causes(PRODUCT.geometry)) <= set(NEUTRAL)


def test_a_load_step_is_monotone_in_current_and_field() -> None:
    last = walk([define("baseline_operation", severity=s) for s in (0.0, 0.25, 0.5, 0.75, 1.0)], steps=3)[-1]
    current = np.abs(last.current[:, 0, 0])
    field = np.linalg.norm(np.abs(last.magnetic_field(POINT)[:, 0, :, 0]), axis=1)
    assert (np.diff(current) > 0).all() and (np.diff(field) > 0).all()
    assert current[4] / current[0] == pytest.approx(3.0, rel=1e-6)


def test_a_tap_is_five_eighths_of_a_percent_of_voltage() -> None:
    last = walk([define("baseline_operation", severity=0.5, taps=t) for t in (-8.0, 0.0, 1.0, 8.0)], steps=2)[-1]
    volts = np.abs(last.voltage[:, 0, 0])
    np.testing.assert_allclose(volts / volts[1], [0.95, 1.0, 1.00625, 1.05], rtol=1e-9)
    field = np.abs(last.electric_field(POINT)[:, 0, 2, 0])
    np.testing.assert_allclose(field / field[1], volts / volts[1], rtol=1e-9)


def test_an_old_definition_keeps_its_meaning() -> None:
    causes = SCENARIOS["baseline_operation"]({"severity": 0.8}).causes(PRODUCT.geometry)
    assert causes["load_factor"] == pytest.approx(1.3) and causes["tap_steps"] == 0.0
    assert set(SCENARIOS["diurnal_cycle"].Parameters.model_fields) == {"severity", "phase", "place", "load_swing"}


def test_a_dead_line_has_no_field_no_corona_and_cools_its_joints() -> None:
    states = walk([define("deenergised", length=400.0), define("deenergised").null()])
    off, joints = states[30], PRODUCT.geometry.place("joint")
    assert not np.abs(off.magnetic_field(POINT)[0]).any() and not np.abs(off.electric_field(POINT)[0]).any()
    assert off.memory["discharges.corona"][0] == 0.0 and not off.memory["insulators.leakage"][0].any()
    assert (off.temperature[0, joints] < off.temperature[1, joints]).all()
    assert np.abs(states[-1].current[0]).max() > 0  # 400 s later it is back
    np.testing.assert_allclose(np.abs(states[-1].current[0]), np.abs(states[-1].current[1]), rtol=1e-6)


def test_fog_saturates_wets_and_thins_visibility_even_in_dry_air() -> None:
    states = weather(("fog",), JULY, dt=40.0)
    dry = relative_humidity(states[0].air_temperature, states[0].dew_point)
    foggy, clear = states[-1].take([0]), states[-1].take([1])
    assert dry[1] < 0.7
    assert relative_humidity(foggy.air_temperature, foggy.dew_point) > 0.98
    assert foggy.air_temperature < clear.air_temperature and foggy.dew_point > clear.dew_point
    visibility = fog_visibility(np.maximum(fog_liquid(states[-1]), 1e-6))
    assert visibility[0] < 1000.0 < visibility[1]
    assert (film(foggy) > film(clear)).all() and foggy.ghi < 0.6 * clear.ghi


def test_no_fog_at_twenty_percent_humidity() -> None:
    """Whatever the drawn air, droplets come with saturated air only."""
    state = Environment3DState.uniform(PRODUCT.geometry, 40)
    air, dew = np.full(40, 305.0), 305.0 - np.linspace(0.0, 30.0, 40)
    for share in (0.3, 0.9, 1.0):
        state.causes["fog"][:] = share
        got, damp = events.saturated(events.target(state), air, dew)
        assert (damp <= got).all() and (got <= air).all() and (damp >= dew - 1e-9).all()
        np.testing.assert_allclose(got - damp, (1.0 - share) * (air - dew), atol=1e-6)


def test_rain_wets_and_a_thunderstorm_flashes() -> None:
    last = weather(("rain", "thunderstorm"), JULY)[-1]
    assert (film(last)[:2] > film(last)[2]).all() and (last.rain[:2] >= 49.0).all()
    assert last.memory["lightning.count"][1] > last.memory["lightning.count"][2]
    assert last.air_temperature[1] < last.air_temperature[2] - 4.0
    assert last.wind_speed[1] > last.wind_speed[2] + 10.0 and last.ghi[1] < 0.5 * last.ghi[2]


def test_a_front_cools_turns_the_wind_and_kicks_the_pressure() -> None:
    states = weather(("front",), JULY)
    last = states[-1]
    assert last.air_temperature[0] < last.air_temperature[1] - 5.0 and last.dew_point[0] < last.dew_point[1]
    assert last.wind_from[0] - last.wind_from[1] > 0.8 and last.wind_speed[0] > last.wind_speed[1]
    assert last.pressure[0] > last.pressure[1] + 150.0
    fall = [s.air_temperature[0] - s.air_temperature[1] for s in states]
    assert fall[1] > 0.3 * fall[-1]  # minutes, not at once


def test_a_gust_passes() -> None:
    states = weather(("gust",), JULY, length=3600.0)
    added = np.array([s.wind_speed[0] - s.wind_speed[1] for s in states])
    assert added.max() > 18.0 and abs(added[-1]) < 0.1


def test_snow_falls_where_it_is_cold_and_rain_where_it_is_not() -> None:
    winter, summer = (weather(("snow",), hour)[-1] for hour in (JANUARY, JULY))
    assert snow_load(winter)[0] > snow_load(winter)[1] + 0.1
    assert snow_load(summer)[0] == 0.0 and (film(summer)[0] > film(summer)[1]).all()


def test_a_heat_wave_is_hotter_and_drier() -> None:
    last = weather(("heat_wave",), JULY)[-1]
    humidity = relative_humidity(last.air_temperature, last.dew_point)
    assert last.air_temperature[0] > last.air_temperature[1] + 4.0 and humidity[0] < humidity[1]


def test_the_season_moves_weather_and_sun_but_not_the_clock() -> None:
    half = [define("seasonal_variation", days=d) for d in (0.0, 180.0, -180.0)]
    last = walk(half, JANUARY, steps=2)[-1]
    quiet = walk([half[0].null()], JANUARY, steps=2)[-1]
    np.testing.assert_array_equal(last.air_temperature[0], quiet.air_temperature[0])
    assert (last.air_temperature[1:] > last.air_temperature[0] + 5.0).all()
    assert (last.sun[1:, 2] > last.sun[0, 2] + 0.2).all() and (last.ghi[1:] > 0.0).all()
    np.testing.assert_array_equal(last.hour, np.repeat(quiet.hour, 3))


@pytest.mark.parametrize("name", WEATHER_KINDS)
def test_weather_follows_its_causes_the_same_for_any_step(name: str) -> None:
    causes = SCENARIOS["weather_event"]({"kind": kind(name), "severity": 1.0}).causes(PRODUCT.geometry)
    one, many = (Environment3DState.uniform(PRODUCT.geometry, 2) for _ in range(2))
    for state in (one, many):
        events.start(state)
        for key, value in causes.items():
            state.causes[key][0] = value
    events.advance(one, 300.0)
    for h in (0.02, 9.98, *[29.0] * 10):
        events.advance(many, h)
    np.testing.assert_allclose(one.memory["weather.event"], many.memory["weather.event"], rtol=1e-9, atol=1e-12)
    assert not many.memory["weather.event"][1].any()


def test_a_visit_steps_the_baselines_and_they_stay() -> None:
    visit = define("maintenance_visit", severity=1.0, length=120.0, place=0.5)
    states = walk([visit, visit.null()])
    during, after = states[5], states[-1]
    assert active(during).tolist() == [True, False] and not active(after).any()
    assert (soiling(after)[0] < 0.5 * soiling(after)[1]).all()
    assert after.memory["power.soiling"][0] < 0.2 * after.memory["power.soiling"][1]
    assert (after.memory["insulators.esdd"][0] < after.memory["insulators.esdd"][1]).all()
    assert after.causes["mount_yaw"][0] == pytest.approx(0.05, abs=1e-6)


def test_a_visit_is_a_part_of_a_superposition_like_any_other() -> None:
    both = SCENARIOS["maintenance_visit+vehicle_exhaust"]({"severity_2": 0.9})
    assert [p.key for p in both.parts()] == ["maintenance_visit"] * 2 + ["vehicle_exhaust"]
    both.validate(PRODUCT.geometry, PRODUCT.physics)
    assert {"body_kind", "cleaning", "exhaust_fuel"} <= set(both.causes(PRODUCT.geometry))
    kept = BaseScenario.from_definition(both.to_definition()).to_definition()
    assert BaseScenario.from_definition(kept).to_definition() == kept


def test_grease_dulls_the_oxides_and_cleaning_clears_the_inlets() -> None:
    twin = TWIN
    grease = define("maintenance_visit", severity=0.0, silicone=0.5, phase=0.4)
    clean = define("maintenance_visit", severity=1.0, silicone=0.0, phase=0.4)
    drawn = conditions(3, JANUARY + 6.0, seed=4)
    drawn.age[:] = 5.0
    runs = twin.run(drawn, [grease, clean, grease.null()])
    assert np.isfinite(runs.onset[0])
    dull = np.abs(runs.readings["voc"][0] - runs.readings["voc"][2])[-10:].mean(axis=0)
    assert dull[[4, 7]].max() > 0.0 and not dull[[0, 1, 2, 3, 5, 6]].any()
    ratio = runs.readings["pm"][1, -10:, 1].mean() / runs.readings["pm"][2, -10:, 1].mean()
    assert ratio > 1.0


def test_the_camera_sees_the_lineworker_and_then_another_frame() -> None:
    twin = Twin(PRODUCT)
    visit = define("maintenance_visit", severity=1.0, yaw=0.1, pitch=0.0, silicone=0.0, length=120.0, place=0.5)
    aim = define("maintenance_visit", severity=0.0, yaw=0.0, pitch=0.0, silicone=0.0, length=120.0, place=0.5)
    runs = twin.run(conditions(3, JANUARY + 6.0, seed=4), [visit, aim, visit.null()], frame_truth=True)
    assert np.isfinite(runs.onset[:2]).all()
    warm = runs.truth["thermal"].astype(float)
    people, later = warm[1, 0] - warm[2, 0], warm[1, -1] - warm[2, -1]
    assert people.max() > 50.0 and not later.any()  # 5 K in decikelvin; the pole as before when they have gone
    moved = np.abs(warm[0, -1] - warm[2, -1])
    assert (moved > 1.0).mean() > 0.05
    pole = [w[20:40, :].mean(axis=0) for w in (warm[2, -1], warm[0, -1])]
    shift = [np.corrcoef(pole[0][12:-12], np.roll(pole[1], k)[12:-12])[0, 1] for k in range(12)]
    assert 4 <= int(np.argmax(shift)) <= 10  # 0.1 rad at 1.4 pixels a degree, to the right


@pytest.mark.parametrize("severity", [0.0, 1.0])
def test_nothing_normal_is_an_anomaly(severity: float) -> None:
    chosen = [define(k, severity=severity, phase=0.45) for k in NORMAL if k != "weather_event"]
    chosen += [define("weather_event", severity=severity, phase=0.45, kind=kind(k)) for k in WEATHER_KINDS]
    corners = [SCENARIOS[k].corners.values() for k in NORMAL] if severity else []
    chosen += [
        define(k, **{**c, "phase": 0.45}) for k, cs in zip(NORMAL, corners, strict=False) for c in cs
    ]  # fmt: skip
    seeds = np.arange(100, 100 + len(chosen))
    runs, null = (TWIN.run(TWIN.draw(seeds), d) for d in (chosen, [d.null() for d in chosen]))
    for i, definition in enumerate(chosen):
        assert not runs.labels["anomaly"][i].any(), definition
    for values in runs.readings.values():
        assert np.isfinite(values).all()
    assert not null.labels["anomaly"].any()


def test_a_null_twin_is_bit_equal_to_no_weather_event() -> None:
    states = walk([define("weather_event", kind=kind("snow")).null(), define("baseline_operation").null()], steps=3)
    for key in ("air_temperature", "dew_point", "ghi", "wind_speed", "pressure", "cloud", "sun"):
        np.testing.assert_array_equal(getattr(states[-1], key)[0], getattr(states[-1], key)[1], err_msg=key)
    assert not states[-1].memory["weather.event"].any()


def test_rows_beside_weather_are_bit_equal_to_themselves_alone() -> None:
    chosen = [define("weather_event", kind=kind(k), severity=0.9) for k in WEATHER_KINDS]
    chosen += [define("seasonal_variation"), define("maintenance_visit"), define("baseline_operation")]
    together = walk(chosen, steps=4)[-1]
    for i, definition in enumerate(chosen):
        alone = walk([definition], steps=4)[-1]
        for key in ("air_temperature", "dew_point", "ghi", "dhi", "wind10", "cloud", "background", "current"):
            np.testing.assert_array_equal(getattr(alone, key)[0], getattr(together, key)[i], err_msg=key)


@pytest.mark.parametrize("dt", [0.02, 60.0, 3600.0])
def test_any_step_is_finite_and_physical(dt: float) -> None:
    chosen = [define("weather_event", kind=kind(k), severity=1.0) for k in WEATHER_KINDS]
    chosen += [define(k, severity=1.0) for k in NORMAL if k != "weather_event"]
    for hour in (JULY, JANUARY):
        last = walk(chosen, hour, steps=3, dt=dt)[-1]
        for key in ("air_temperature", "dew_point", "ghi", "dhi", "dni", "wind10", "temperature", "background"):
            assert np.isfinite(getattr(last, key)).all(), key
        assert (last.dew_point <= last.air_temperature).all() and (last.wind_speed >= 0.0).all()
        assert (last.dhi >= 0.0).all() and (last.dni >= 0.0).all() and (last.cloud <= 1.0).all()
