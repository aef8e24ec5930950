"""Dispersion: what sources add, by geometry; mass; fluctuation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations.wind import profile_ratio
from gg_gym.physics import dispersion as d
from gg_gym.physics.engine import ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, Site
from gg_gym.physics.species import INDEX, SPECIES
from gg_gym.physics.state import Environment3DState

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)))
SITE = Site("field", 40.0, 0.0, 100.0, 0.0, 0.03, 500e3, 2000.0, "light", "climate")
SOURCE = np.array([0.0, 0.0, 9.7])


def scene(
    n: Any = 1, wind: Any = (3.0, 0.0, 0.0), *, rate: Any = 1e-6, source: Any = SOURCE, dt: Any = 10.0, **values: Any
) -> Any:
    state = Environment3DState.uniform(GEOMETRY, n, dt, wind=wind, **values)
    state.sigma_w[:] = (0.7, 0.6, 0.4)
    state.source_position[:, 0] = source
    state.source_rate[:, 0, INDEX["CO"]] = rate
    state.source_rate[:, 0, INDEX["PM1"]] = rate
    state.plume = d.plume_increment
    return state


def seen(state: Any, points: Any, radius: Any = 0.05, species: Any = "CO") -> Any:
    return state.concentration(np.atleast_2d(points), radius)[..., INDEX[species]]


@pytest.mark.parametrize("speed", [1.0, 3.0, 8.0])
def test_flux_through_a_plane_is_the_rate(speed: Any) -> None:
    state = scene(wind=(speed, 0.0, 0.0))
    state.sigma_w[:] = speed * np.array([0.23, 0.2, 0.13])
    y, z = np.linspace(-6.0, 6.0, 61), np.linspace(0.05, 19.95, 101)
    plane = np.stack([np.full((61, 101), 4.0), *np.meshgrid(y, z, indexing="ij")], axis=-1).reshape(-1, 3)
    c = 1e-9 * seen(state, plane, 0.0, "PM1")[0, -1].reshape(61, 101)
    flux = np.trapezoid(np.trapezoid(speed * c, z, axis=1), y)
    height = profile_ratio(np.array([9.7]), 10.0, state.roughness, state.inverse_obukhov)[0]
    assert flux * height == pytest.approx(1e-6, rel=0.02)


@settings(max_examples=25, deadline=None)
@given(
    speed=st.floats(0.0, 12.0), angle=st.floats(-3.2, 3.2), up=st.floats(-1.0, 1.0), x=st.floats(-30.0, 30.0),
    z=st.floats(0.0, 15.0), radius=st.floats(0.0, 0.5), heat=st.floats(0.0, 2e4),
)  # fmt: skip
def test_finite_and_not_negative_anywhere(
    speed: Any, angle: Any, up: Any, x: Any, z: Any, radius: Any, heat: Any
) -> None:
    state = scene(wind=(speed * np.cos(angle), speed * np.sin(angle), up), source_heat=heat)
    c = state.concentration(np.array([[x, 0.5 * x, z], SOURCE, [0.3, -1.6, 8.4]]), radius)
    assert np.isfinite(c).all() and (c >= 0.0).all()
    assert (c[:, :, 1, INDEX["CO"]] > 0.0).all() or heat > 0.0 or abs(up) > 0.0


def dense(state: Any, point: Any, radius: Any) -> Any:
    """The same integral by brute force."""
    tau = np.geomspace(1e-5, 2000.0, 20001)
    source, wind = state.source_position[0, 0], state.wind10[0, 0]
    height = np.clip(source[2:], 0.5, None)
    wind = wind * profile_ratio(height, 10.0, state.roughness, state.inverse_obukhov)[0]
    grow_h, grow_z = 0.5 * state.sigma_w[0, 1], 0.5 * state.sigma_w[0, 2]
    scale = 0.5 * height[0] / state.sigma_w[0, 2]
    least = state.source_size[0, 0] ** 2 + radius**2
    s2_h = least + (grow_h * tau) ** 2 / (1.0 + 0.25 * tau / scale)
    s2_z = least + (grow_z * tau) ** 2 / (1.0 + 0.5 * tau / scale)
    at = source[:, None] + wind[:, None] * tau
    level = np.exp(-0.5 * ((point[0] - at[0]) ** 2 + (point[1] - at[1]) ** 2) / s2_h)
    upright = np.exp(-0.5 * (point[2] - at[2]) ** 2 / s2_z) + np.exp(-0.5 * (point[2] + at[2]) ** 2 / s2_z)
    c = level * upright / ((2.0 * np.pi) ** 1.5 * s2_h * np.sqrt(s2_z))
    return np.trapezoid(c * tau, np.log(tau)) + c[0] * tau[0]


@pytest.mark.parametrize("wind", [(3.0, 0.4, -0.2), (1.0, 0.0, 0.1), (0.3, 0.1, 0.0), (0.0, 0.0, 0.0)])
@pytest.mark.parametrize("point", [(2.0, 0.2, 9.6), (6.0, 0.5, 9.0), (0.3, -0.3, 9.5), (0.0, 0.0, 9.7)])
def test_quadrature_equals_brute_force(wind: Any, point: Any) -> None:
    state = scene(wind=wind)
    found = d.source_dilution(state, np.array([0]), 0, np.array([[point]]), 0.05)[0, 0, 0]
    assert found == pytest.approx(dense(state, np.array(point), 0.05), rel=0.02 if any(wind) else 0.05, abs=1e-4)


def test_low_source_is_reflected_by_the_ground() -> None:
    state = scene(wind=(2.0, 0.0, 0.0), source=np.array([0.0, 0.0, 0.3]))
    found = d.source_dilution(state, np.array([0]), 0, np.array([[(4.0, 0.0, 0.2)]]), 0.0)[0, 0, 0]
    assert found == pytest.approx(dense(state, np.array((4.0, 0.0, 0.2)), 0.0), rel=0.02)


def test_turning_wind_and_source_by_half_a_turn_changes_nothing() -> None:
    """About the axis through the sensor."""
    sensor = np.array([0.3, -1.6, 8.4])
    source = np.array([-1.0, -1.2, 8.6])
    turned = 2.0 * sensor - source
    turned[2] = source[2]
    one = seen(scene(wind=(2.0, -0.3, -0.1), source=source), sensor)
    two = seen(scene(wind=(-2.0, 0.3, -0.1), source=turned), sensor)
    np.testing.assert_allclose(one, two, rtol=1e-5)
    assert (one > 1.0).all()


def test_distance_and_upwind_reduce() -> None:
    state = scene()
    near, far, upwind, aside = seen(state, [(3, 0, 9.7), (6, 0, 9.7), (-3, 0, 9.7), (3, 3, 9.7)])[0, 0]
    assert near > 2.0 * far > 0.0
    assert upwind < 1e-6 * near and aside < 1e-2 * near


def test_still_air_is_the_same_in_every_direction() -> None:
    state = scene(wind=(0.0, 0.0, 0.0))
    around = seen(state, [(1, 0, 9.7), (0, 1, 9.7), (-1, 0, 9.7), (0, -1, 9.7)])[0, 0]
    assert around == pytest.approx(around[0]) and around[0] > 0.0


def test_heat_lifts_the_plume() -> None:
    points = [(3.0, 0.0, 9.7), (3.0, 0.0, 11.5)]
    cold, hot = (seen(scene(wind=(1.0, 0.0, 0.0), source_heat=q), points)[0, 0] for q in (0.0, 5e3))
    assert hot[0] < cold[0] and hot[1] > cold[1]


def test_rates_add_and_units() -> None:
    points = np.array([[2.0, 0.1, 9.5]])
    one, two = scene(rate=1e-6), scene(rate=2e-6)
    np.testing.assert_allclose(seen(two, points), 2.0 * seen(one, points), rtol=1e-12)
    one.source_position[:, 3], one.source_rate[:, 3] = SOURCE, one.source_rate[:, 0]
    np.testing.assert_allclose(seen(one, points), seen(two, points), rtol=1e-12)
    ratio = seen(two, points, species="PM1") / seen(two, points)
    assert ratio == pytest.approx(1.145 * 298.15 / 293.15, rel=2e-3)  # ug/m3 per ppb of CO


def test_sources_answer_per_row_points() -> None:
    state = scene(3)
    points = np.array([[[1.0, 0.0, 9.7]], [[2.0, 0.0, 9.7]], [[3.0, 0.0, 9.7]]])
    own = state.concentration(points)[:, 0, 0, INDEX["CO"]]
    shared = state.concentration(points[:, 0])[0, 0, :, INDEX["CO"]]
    np.testing.assert_allclose(own, shared, rtol=1e-6)


def test_without_the_module_or_a_source_only_background_is_left() -> None:
    state = scene(2)
    state.background[:] = 5.0
    state.plume = None
    assert (state.concentration(np.array([[1.0, 0.0, 9.7]])) == 5.0).all()
    state.plume, state.source_rate = d.plume_increment, 0.0 * state.source_rate
    assert (state.concentration(np.array([[1.0, 0.0, 9.7]])) == 5.0).all()


def engine(n: Any, dt: Any, first: Any = 0) -> Any:
    seeds = (np.arange(n) + first).astype(np.uint64)
    zero = np.zeros(n)
    conditions = Conditions(seeds, np.zeros(n, np.int64), zero, zero + 1, seeds, zero, seeds)
    state = Environment3DState.neutral(GEOMETRY, n, dt)
    built = ModularPhysicsEngine(("dispersion",), PhysicsContext(GEOMETRY, (SITE,), conditions, {}), dt)
    built.start(state)
    return built, state


@pytest.mark.parametrize("dt", [0.1, 10.0, 3600.0])
def test_dis_11_fluctuation(dt: Any) -> None:
    built, state = engine(4000, dt)
    values = []
    for index in range(3):
        built.step(state, dt, 3, index, coarse=True)
        values.append(state.intermittency[:, -1])
    pooled = np.concatenate(values) if dt > 1.0 else values[-1]
    assert pooled.mean() == pytest.approx(1.0, abs=0.035)
    assert pooled.std() == pytest.approx(0.7, rel=0.06)
    assert (state.intermittency >= 0.0).all()


def test_gamma_table_has_mean_one_and_the_intensity() -> None:
    score = np.random.default_rng(5).standard_normal((1, 400_000))
    for intensity in (0.33, 0.7, 1.2):
        x = d.gamma_fluctuation(score, np.array([intensity]))
        assert x.mean() == pytest.approx(1.0, abs=0.01)
        assert x.std() == pytest.approx(intensity, rel=0.02)


@pytest.mark.parametrize(("dt", "steps"), [(0.5, 4), (1.0, 2), (2.0, 1)])
def test_fluctuation_correlates_over_two_seconds_alike(dt: Any, steps: Any) -> None:
    built, state = engine(6000, dt)
    first = state.memory["dispersion.fluctuation"].copy()
    for index in range(steps):
        built.step(state, dt, 3, index)
    assert np.mean(first * state.memory["dispersion.fluctuation"]) == pytest.approx(np.exp(-1.0), abs=0.04)


def test_a_row_does_not_depend_on_the_batch() -> None:
    rng = np.random.default_rng(2)
    state = scene(40)
    state.wind10 += rng.normal(size=state.wind10.shape)
    state.source_rate[::3] = 0.0
    state.source_rate[5, 1, INDEX["NO2"]] = 1e-7
    state.source_position[5, 1] = (1.0, 0.0, 9.0)
    state.source_heat[:, 0] = rng.uniform(0.0, 1000.0, 40)
    points = np.array([[0.3, -1.6, 8.4], [2.0, 0.0, 9.5]])
    whole = state.concentration(points, 0.05)
    for row in (0, 5, 17, 39):
        np.testing.assert_array_equal(state.take([row]).concentration(points, 0.05)[0], whole[row])


def test_world_numbers_are_read() -> None:
    narrow, wide = scene(), scene()
    narrow.world["dispersion.relative_share"] = np.array([0.25])
    assert seen(narrow, (3.0, 0.0, 9.7))[0, 0, 0] > seen(wide, (3.0, 0.0, 9.7))[0, 0, 0]
    assert all(p.key.startswith("dispersion.") for p in d.Dispersion.priors())
    assert len(SPECIES) == narrow.concentration(SOURCE[None]).shape[-1]
