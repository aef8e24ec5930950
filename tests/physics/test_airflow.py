"""Airflow: stability, turbulence that does not depend on dt, directions, calm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gg_gym.equations.turbulence import von_karman
from gg_gym.parameters.atmosphere import TurbulenceScales
from gg_gym.physics.airflow import Airflow
from gg_gym.physics.engine import ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, Site
from gg_gym.physics.state import Environment3DState

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)))
SCALES = TurbulenceScales()
SITE = Site("field", 40.0, 0.0, 100.0, 0.0, 0.03, 500e3, 2000.0, "light", "climate")


def engine(
    n: Any, dt: Any = 10.0, *, speed: Any = 4.0, wind_from: Any = 0.0, ghi: Any = 0.0, cloud: Any = 1.0, first: Any = 0
) -> Any:
    seeds = (np.arange(n) + first).astype(np.uint64)
    zero = np.zeros(n)
    conditions = Conditions(seeds, np.zeros(n, np.int64), zero, zero + 1, seeds, zero, seeds)
    state = Environment3DState.neutral(GEOMETRY, n, dt)
    state.wind_speed[:], state.wind_from[:], state.ghi[:], state.cloud[:] = speed, wind_from, ghi, cloud
    built = ModularPhysicsEngine(("airflow",), PhysicsContext(GEOMETRY, (SITE,), conditions, {}), dt)
    built.start(state)
    return built, state


def run(built: Any, state: Any, dt: Any, steps: Any) -> Any:
    for index in range(steps):
        built.step(state, dt, 3, index, coarse=dt > 60.0)


def correlation(lag: float, state: Any, component: int) -> float:
    """Autocorrelation across (1) or up (2) that the three scales give, at the rows' mean speed."""
    tau = SCALES.lengths[component] / np.sqrt(16.0 + np.mean(np.sum(state.sigma_w**2, axis=1)))
    pairs = zip(SCALES.cross_shares, SCALES.cross_divisors, strict=True)
    return float(sum(s * np.exp(-lag * d / tau) for s, d in pairs))


@pytest.mark.parametrize("dt", [0.1, 1.0, 10.0, 60.0, 3600.0])
def test_turbulence_is_stationary_for_any_step(dt: Any) -> None:
    built, state = engine(4000, dt)
    run(built, state, dt, 3)
    for values in (state.wind10[:, 0], state.wind10[:, -1]):
        along, across, up = -values[:, 1], values[:, 0], values[:, 2]
        assert along.mean() == pytest.approx(4.0, abs=0.06)
        expected = np.sqrt(np.mean(state.sigma_w**2, axis=0))
        assert [along.std(), across.std(), up.std()] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(("dt", "steps"), [(2.5, 8), (10.0, 2), (20.0, 1)])
def test_correlation_over_twenty_seconds_does_not_depend_on_dt(dt: Any, steps: Any) -> None:
    built, state = engine(6000, dt)
    first = state.wind10[:, -1, 0].copy()
    run(built, state, dt, steps)
    found = np.corrcoef(first, state.wind10[:, -1, 0])[0, 1]
    assert found == pytest.approx(correlation(20.0, state, 1), abs=0.04)


def test_fine_steps_are_correlated_as_their_length_says() -> None:
    built, state = engine(6000, 60.0)
    run(built, state, 60.0, 1)
    assert state.wind10.shape == (6000, 24, 3)
    up = state.wind10[:, :, 2]
    found = np.mean([np.corrcoef(up[:, k], up[:, k + 1])[0, 1] for k in range(23)])
    assert found == pytest.approx(correlation(2.5, state, 2), abs=0.02)


@pytest.mark.parametrize(("wind_from", "towards"), [(0.0, (0.0, -4.0)), (np.pi / 2, (-4.0, 0.0)), (np.pi, (0.0, 4.0))])
def test_wind_blows_away_from_where_it_comes(wind_from: Any, towards: Any) -> None:
    _, state = engine(4000, wind_from=wind_from)
    assert state.wind10.mean(axis=(0, 1))[:2] == pytest.approx(towards, abs=0.08)


def test_turning_the_wind_turns_its_turbulence() -> None:
    _, one = engine(50, wind_from=0.4)
    _, two = engine(50, wind_from=0.4 + np.pi)
    np.testing.assert_allclose(one.wind10[..., :2], -two.wind10[..., :2], atol=1e-12)


def test_sun_makes_the_air_unstable_and_night_stable() -> None:
    _, day = engine(1, speed=2.5, ghi=800.0, cloud=0.1)
    _, night = engine(1, speed=2.5, ghi=0.0, cloud=0.1)
    _, overcast = engine(1, speed=2.5)
    assert day.inverse_obukhov[0] < 0.0 < night.inverse_obukhov[0]
    assert overcast.inverse_obukhov[0] == 0.0
    assert day.sigma_w[0, 1] > overcast.sigma_w[0, 1] > night.sigma_w[0, 1]
    assert overcast.friction_velocity[0] == pytest.approx(0.4 * 2.5 / np.log(10.0 / 0.03))


def test_stability_follows_within_minutes() -> None:
    built, state = engine(1, speed=2.5, cloud=0.1)
    night = state.inverse_obukhov[0]
    state.ghi[:] = 800.0
    built.step(state, 60.0, 3, 0)
    assert 0.5 * night < state.inverse_obukhov[0] < night
    built.step(state, 3600.0, 3, 1, coarse=True)
    assert state.inverse_obukhov[0] < 0.0


def test_calm_keeps_some_wind() -> None:
    _, state = engine(2000, speed=0.0, cloud=0.0)
    assert np.sqrt((state.sigma_w[:, :2] ** 2).mean()) > 0.1
    assert -state.wind10[..., 1].mean() == pytest.approx(0.3, abs=0.03)


def test_a_row_does_not_depend_on_the_batch() -> None:
    many, big = engine(33)
    one, small = engine(1, first=20)
    for dt, coarse in ((3600.0, True), (60.0, False), (10.0, False)):
        for built, state in ((many, big), (one, small)):
            built.step(state, dt, 3, 7, coarse)
    np.testing.assert_array_equal(small.wind10[0], big.wind10[20])


def test_world_numbers_are_read() -> None:
    _, state = engine(1, speed=0.0)
    state.world["airflow.calm_sigma"] = np.array([1.0])
    state.memory["airflow.activity"][:] = 0.0
    module = Airflow.__new__(Airflow)
    module._stability(state, np.zeros(1))
    assert state.sigma_w[0, 0] >= 0.9
    assert all(p.key.startswith("airflow.") for p in Airflow.priors())


def test_tur_5_the_spectrum_along_the_mean_is_von_karmans() -> None:
    """Welch at 10 Hz of the wind along the mean, between 2/T and fs/5, in octaves, within 20 % of von Karman."""
    from scipy.signal import welch

    n, seconds, fs = 48, 1200, 10.0
    built, state = engine(n, 2.4, speed=8.0)
    state.memory["airflow.activity"][:] = 0.0
    # the activity is a slow amplitude of its own: held at its mean while the spectrum is measured
    sigma = TurbulenceScales().activity_sigma
    along = []
    for index in range(int(seconds / 2.4)):
        state.fine_step, state.substeps = 0.1, 24
        state.hold_fast()
        draws = built.streams(24).draw(phase=3, index=index)
        state.memory["airflow.activity"][:] = sigma
        built.modules[0]._stability(state, state.memory["airflow.inverse_obukhov"])
        z = draws.normal("airflow.turbulence").reshape(n, -1, 9)
        built.modules[0]._set_wind(state, 0.0, z)
        along.append(-state.wind10[:, :, 1])
    u = np.concatenate(along, axis=1)
    frequency, density = welch(u - u.mean(1, keepdims=True), fs, nperseg=6000)
    mean = np.sqrt(64.0 + np.sum(state.sigma_w[0] ** 2))
    expected = von_karman(frequency, state.sigma_w[:1, 0], np.array(SCALES.lengths[0]), np.array(mean))
    for low in 2.0 / 600.0 * 2.0 ** np.arange(9):
        band = (frequency >= low) & (frequency < min(2.0 * low, fs / 5.0))
        assert density[:, band].mean() == pytest.approx(expected[band].mean(), rel=0.2), low


def test_activity_keeps_the_mean_square_and_is_largest_in_stable_air() -> None:
    _, night = engine(4000, speed=2.5, cloud=0.1)
    _, neutral = engine(4000, speed=8.0)
    spread = [np.log(s.sigma_w[:, 1]).std() for s in (night, neutral)]
    assert spread[1] == pytest.approx(SCALES.activity_sigma, rel=0.1) and spread[0] > spread[1] + 0.05
    similarity = neutral.friction_velocity * 1.92
    ratio = neutral.sigma_w[:, 1] ** 2 / (similarity**2 + SCALES.calm_sigma**2)
    assert ratio.mean() == pytest.approx(1.0, abs=0.05)
