"""Poles of a group: what they share, what is their own, and that one pole changes nothing of another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.errors import InputError
from gg_gym.physics.groups import Travelling
from gg_gym.physics.site import Conditions
from gg_gym.physics.weather import REGIONAL
from gg_gym.physics.weather_sources import load_weather
from gg_gym.products.groups import travel

PRODUCT = load_product("grid_guardian").replace(
    operation={"dt": 10.0, "samples": 64, "frame_every": 8, "spin_up_hours": 3, "lead_in": 600}
)
TWIN = Twin(PRODUCT, thermal=False)
PLACES = [(0.0, 0.0), (0.0, 60.0), (800.0, -500.0)]
GROUP = PRODUCT.draw_group(11, PLACES)
QUIET = ScenarioDefinition(family="baseline_operation", parameters={"severity": 0.5})


def _walk(conditions: Conditions, steps: int, dt: float = 10.0) -> list[Any]:
    """The states of a quiet record."""
    session = TWIN.begin(conditions)
    session.set_scenarios([QUIET] * len(conditions))
    session.lead_in()
    out = []
    for i in range(steps):
        session._advance(dt, 3, i)
        out.append(session.state.take(np.arange(session.state.n)))
    return out


@pytest.fixture(scope="module")
def walk() -> list[Any]:
    return _walk(GROUP, 40)


def test_a_group_is_one_neighbourhood_of_different_poles() -> None:
    for key in ("site", "hour", "load", "world", "group"):
        assert len(np.unique(getattr(GROUP, key))) == 1, key
    assert len(np.unique(GROUP.seed)) == len(PLACES) and GROUP.grouped.all()
    assert GROUP.delay[0] == 0.0


def test_the_delay_is_distance_along_the_wind_over_wind() -> None:
    site = PRODUCT.site_objects[0]
    table = load_weather(site)
    row = int(np.argmax(table["wind_speed"]))
    speed, wind_from = table["wind_speed"][row], table["wind_from"][row]
    down = -1000.0 * np.array([np.sin(wind_from), np.cos(wind_from)])
    across = np.array([down[1], -down[0]])
    time = travel(site, float(row), np.stack([down, -down, across]))
    np.testing.assert_allclose(time, [1000.0 / speed, -1000.0 / speed, 0.0], atol=1e-9)


def test_another_pole_or_another_order_changes_nobody() -> None:
    more = PRODUCT.draw_group(11, [(5.0, 5.0), *PLACES[::-1], (-40.0, 0.0)])
    for key, values in vars(GROUP).items():
        np.testing.assert_array_equal(values, getattr(more, key)[[3, 2, 1]], err_msg=key)


@pytest.mark.parametrize("family", ["weather_event", "early_combustion", "vehicle_exhaust"])
def test_a_pole_of_a_group_is_bit_equal_to_itself_alone(family: str) -> None:
    definition = ScenarioDefinition(family=family, parameters={"severity": 0.8, "phase": 0.45})
    together = TWIN.run(GROUP, [definition] * 3)
    for i in (0, 2):
        alone = TWIN.run(GROUP.take(np.array([i])), [definition])
        for group in ("readings", "truth", "status", "labels", "physics"):
            for key, values in getattr(alone, group).items():
                np.testing.assert_array_equal(values[0], getattr(together, group)[key][i], err_msg=key)


def test_shared_processes_are_one_function_of_time_less_the_delay() -> None:
    processes, time = Travelling(GROUP, "weather.regional", range(7)), np.linspace(-5000.0, 5000.0, 400)
    tau, zero = np.full(7, 1800.0), np.zeros((3, 7))
    series = np.stack([processes.put(zero, np.full(3, t) + GROUP.delay, tau) for t in time])
    np.testing.assert_allclose(series, series[:, :1] * np.ones((1, 3, 1)), atol=1e-9)
    assert 0.1 < series[:, 0].std(axis=0).mean() < 2.0


def test_the_regions_weather_correlates_fully_and_turbulence_not_at_all(walk: list[Any]) -> None:
    fast = np.stack([s.memory["weather.fast"] for s in walk])
    own = [k for k in range(fast.shape[2]) if k not in REGIONAL]
    together = fast[:, :, list(REGIONAL)]
    gap = np.abs(together[:, 1] - together[:, 0]).max()
    assert gap < 0.6 and (together.std(axis=0) > 0.0).all()  # 60 m apart: a delay of less than a minute
    wind = np.stack([s.memory["airflow.turbulence"] for s in walk])
    for series in (fast[:, :, own].reshape(len(walk), 3, -1), wind):
        for a, b in ((0, 1), (0, 2)):
            pairs = np.array([np.corrcoef(series[:, a, k], series[:, b, k])[0, 1] for k in range(series.shape[2])])
            assert abs(pairs.mean()) < 0.35 and np.abs(pairs).max() < 1.0


def test_the_feeder_is_one(walk: list[Any]) -> None:
    for key in ("line.ou", "line.current", "line.voltage", "line.floor", "line.scale"):
        value = walk[-1].memory[key]
        np.testing.assert_array_equal(value, np.repeat(value[:1], 3, axis=0), err_msg=key)
    current = np.abs(np.stack([s.current[:, 0, 0] for s in walk]))
    assert np.ptp(current, axis=1).max() < 0.02 * current.mean()  # what is left is each pole's own air temperature
    assert np.corrcoef(np.abs(current[:, 0]), np.abs(current[:, 1]))[0, 1] > 0.9


def test_sensor_noise_is_each_units_own() -> None:
    runs = TWIN.run(GROUP, [QUIET] * 3)
    for key in ("emf", "baro", "t_int"):
        noise = runs.readings[key][:, :, 0] - runs.truth[key][:, :, 0]
        pairs = np.corrcoef(np.diff(noise, axis=1))[np.triu_indices(3, 1)]
        assert abs(np.mean(pairs)) < 0.25, key  # 63 differences: a standard error of 0.1


def test_a_front_reaches_the_poles_one_after_the_other() -> None:
    event = ScenarioDefinition(family="weather_event", parameters={"severity": 1.0, "phase": 0.4})
    local = ScenarioDefinition(family="arcing_event", parameters={"severity": 1.0, "phase": 0.4})
    for seed in range(11, 19):
        group = PRODUCT.draw_group(seed, PLACES)
        session = TWIN.begin(group)
        session.set_scenarios([event] * 3)
        onset = session.onset
        if not np.isfinite(onset).all():
            assert np.isinf(onset).all()  # for all of a group or for none
            continue
        np.testing.assert_allclose(onset - onset[0], group.delay, atol=1e-6)
        session.set_scenarios([local] * 3)
        assert len(np.unique(session.onset[np.isfinite(session.onset)])) <= 1


def test_regional_smoke_travels() -> None:
    def slow(conditions: Conditions) -> Any:
        return TWIN.begin(conditions).state.memory["background.slow"]

    twins = Conditions(**{**vars(GROUP), "delay": np.zeros(3)})
    np.testing.assert_array_equal(slow(twins), np.repeat(slow(twins)[:1], 3, axis=0))
    assert not np.array_equal(slow(GROUP)[0], slow(GROUP)[2])


def test_who_shares_with_nobody_is_as_before() -> None:
    plain = PRODUCT.draw(np.array([5], np.uint64))
    assert not plain.grouped.any() and not plain.delay.any()
    named = Conditions(**{k: v for k, v in vars(plain).items() if k not in ("group", "delay")})
    np.testing.assert_array_equal(named.group, plain.seed)
    mixed = Conditions(**{k: np.concatenate([v, getattr(GROUP, k)]) for k, v in vars(plain).items()})
    a, b = _walk(plain, 3)[-1], _walk(mixed, 3)[-1]
    for key in ("air_temperature", "wind10", "background", "current"):
        np.testing.assert_array_equal(getattr(a, key)[0], getattr(b, key)[0], err_msg=key)


def test_new_run_seeds_leave_the_group_together() -> None:
    again = GROUP.reseeded(GROUP.seed + np.uint64(1))
    np.testing.assert_array_equal(again.group, GROUP.group)
    plain = PRODUCT.draw(np.array([5], np.uint64)).reseeded(np.array([9], np.uint64))
    assert plain.group[0] == 9 and not plain.grouped.any()


def test_a_recorded_pole_comes_back_with_its_group() -> None:
    from gg_gym.records.simulated import conditions_of, definition_of, run_header

    runs = TWIN.run(GROUP, [QUIET] * 3)
    header = run_header(TWIN, runs, 2)
    back = conditions_of(header, PRODUCT)
    for key, values in vars(back).items():
        np.testing.assert_array_equal(values[0], getattr(GROUP, key)[2], err_msg=key)
    assert definition_of(header).family == QUIET.family


@pytest.mark.parametrize(
    ("poles", "what"),
    [
        ([], "poles"), ([(0.0, 0.0), (0.0, 0.0)], "one place"), ([(np.nan, 0.0)], "nan"), ([(1.0, 2.0, 3.0)], "shape"),
        ([(3e5, 3e5), (-3e5, 3e5)], "s to it"),
    ],
)  # fmt: skip
def test_bad_places_are_refused(poles: Any, what: str) -> None:
    with pytest.raises(InputError, match=what):
        PRODUCT.draw_group(1, poles)
