"""Wakes, warm layers, the exact joint OU step, deposition, and the filament model against the plume (DIS-10)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import dispersion as d
from gg_gym.equations.turbulence import taylor_spread
from gg_gym.physics import dispersion as plume
from gg_gym.physics.engine import ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, Site
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)))
SITE = Site("field", 40.0, 0.0, 100.0, 0.0, 0.03, 500e3, 2000.0, "light", "climate")
POINTS = np.array([(2.0, 0.0, 9.7), (5.0, 0.0, 9.7), (20.0, 0.0, 9.7), (20.0, 2.0, 9.7)])


def arr(x: Any) -> Any:
    return np.asarray(x, dtype=np.float64)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.5, 200.0), st.floats(0.01, 1.0), st.floats(0.5, 2.5))
def test_a_wake_carries_the_momentum_that_drag_took(x: float, size: float, drag: float) -> None:
    width = d.wake_width(arr(x), drag, size)
    y = np.linspace(-8.0, 8.0, 4001) * width
    deficit = d.wake_deficit(width, drag, size, 1e9) * np.exp(-0.5 * (y / width) ** 2)
    assert np.trapezoid(deficit, y) == pytest.approx(0.5 * drag * size, rel=1e-6)


def test_schlichting_wake() -> None:
    """Half width 0.25 sqrt(Cd d x); deficit 0.98 (x / Cd d)^-1/2 on the axis, within the shape of the profile (5 %)."""
    half = d.wake_width(arr(50.0), 1.0, 1.0) * np.sqrt(2.0 * np.log(2.0))
    assert half == pytest.approx(0.25 * np.sqrt(50.0), rel=1e-3)
    assert d.wake_deficit(d.wake_width(arr(50.0), 1.0, 1.0), 1.0, 1.0) == pytest.approx(0.976 / np.sqrt(50.0), rel=0.05)


def test_cavity_holds_what_enters_in_the_time_it_stays() -> None:
    assert d.cavity_concentration(arr(5.0), arr(3.0), arr(0.26), arr(0.03)) * 0.03 == pytest.approx(5 * 0.26 / 3)


def test_warm_layer_of_a_pole() -> None:
    """Eckert and Jackson: 15 K over 9 m gives about 1.1 m/s; a cold pole sinks as fast; no contrast, no flow."""
    v = d.layer_velocity(arr([15.0, -15.0, 0.0]), arr(300.0), arr(9.0))
    assert v == pytest.approx([1.14, -1.14, 0.0], rel=0.02)
    assert d.layer_velocity(arr(15.0), arr(300.0), arr(2.25)) == pytest.approx(0.5 * v[0])


def test_wind_sweeps_the_layer_off() -> None:
    still = arr([1.0, -1.0])
    weak, strong = (d.swept_velocity(still, arr(9.0), arr(1.3), arr(u)) for u in (1e-6, 5.0))
    np.testing.assert_allclose(weak, still, rtol=1e-4)
    assert (np.abs(strong) < 0.04).all() and (np.sign(strong) == np.sign(still)).all()


@pytest.mark.parametrize("scale", [0.5, 4.0, 20.0])
def test_joint_ou_step_is_exact_for_any_step(scale: float) -> None:
    """Variances of Gillespie 1996 after 6 s, in one step and in 1,000."""
    want = taylor_spread(arr(6.0), arr(1.0), arr(scale))
    for count in (1, 3, 1000):
        # second moments of (x, v) carried through the steps from a stationary velocity at rest
        decay, mean, slope, rest = (float(q) for q in d.ou_displacement(arr(6.0 / count), arr(scale)))
        root = np.sqrt(1.0 - decay * decay)
        step = np.array([[1.0, mean], [0.0, decay]])
        noise = np.array([[slope**2 + rest**2, slope * root], [slope * root, root**2]])
        moment = np.array([[0.0, 0.0], [0.0, 1.0]])
        for _ in range(count):
            moment = step @ moment @ step.T + noise
        assert np.sqrt(moment[0, 0]) == pytest.approx(want, rel=1e-4)
        assert moment[1, 1] == pytest.approx(1.0)


def test_deposit_grows_and_is_washed() -> None:
    """10 ug/m3 at 2 mm/s for a day: 1.73 mg/m2; rain leaves the balance of flux and loss."""
    assert d.deposited(arr(0.0), arr(2e-11), arr(0.0), 86400.0) == pytest.approx(1.728e-6)
    assert d.deposited(arr(1.0), arr(2e-11), arr(1e-3), 1e6) == pytest.approx(2e-8)
    steps = arr(0.5)
    for _ in range(24):
        steps = d.deposited(steps, arr(1e-5), arr(1e-4), 150.0)
    assert steps == pytest.approx(d.deposited(arr(0.5), arr(1e-5), arr(1e-4), 3600.0))


def test_scavenging_of_coarse_particles() -> None:
    assert d.scavenging(arr([0.0, 1.0, 10.0]), 1e-4) == pytest.approx([0.0, 1e-4, 6.31e-4], rel=1e-3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_parity(dtype: Any) -> None:
    x = np.linspace(0.3, 3.0, 9)
    calls = (
        lambda v: d.wake_width(v, 1.1, 0.3), lambda v: d.wake_deficit(v, 1.1, 0.3),
        lambda v: d.cavity_concentration(v, v, v, v), lambda v: d.layer_velocity(v, 300.0 * v, v),
        lambda v: d.swept_velocity(v, v, v, v), lambda v: d.ou_displacement(v, v)[1],
        lambda v: d.ou_displacement(0.02 * v, v)[2], lambda v: d.ou_displacement(v, 0.2 * v)[3],
        lambda v: d.deposited(v, v, v, 0.5), lambda v: d.scavenging(v, 1e-4),
    )  # fmt: skip
    for call in calls:
        reference = call(x)
        tolerance = 2e-4 if dtype is torch.float32 else 1e-10
        np.testing.assert_allclose(call(torch.as_tensor(x, dtype=dtype)).numpy(), reference, rtol=tolerance)
        np.testing.assert_allclose(call(x.astype(np.float32)), reference, rtol=2e-4)


def cloud(n: int, dt: float, steps: int, first: int = 0, rows: Any = None, skip: float = 15.0) -> Any:
    """Concentrations (samples, n, P) of CO from filaments in a steady wind of 3 m/s, and the state."""
    seeds, zero = np.arange(first, first + n).astype(np.uint64), np.zeros(n)
    conditions = Conditions(seeds, np.zeros(n, np.int64), zero, zero + 1, seeds, zero, seeds)
    state = Environment3DState.neutral(GEOMETRY, n, dt)
    keys = ("dispersion", "filaments")
    engine = ModularPhysicsEngine(keys, PhysicsContext(GEOMETRY, (SITE,), conditions, {}), dt)
    state.sigma_w[:] = (0.7, 0.6, 0.4)
    state.source_position[:, 0], state.source_size[:, 0] = (0.0, 0.0, 9.7), 0.1
    state.source_rate[:, 0, INDEX["CO"]] = 1e-6
    engine.start(state)
    found = []
    for index in range(steps):
        state.wind10 = np.broadcast_to([3.0, 0.0, 0.0], (n, state.substeps, 3)).copy()
        engine.step(state, dt, 3, index)
        if index * dt >= skip:
            found.append(state.concentration(POINTS, 0.05)[:, -1, :, INDEX["CO"]])
    return np.array(found), state


@pytest.mark.parametrize(("dt", "steps"), [(10.0, 16), (2.5, 30)])
def test_dis_10_filaments_average_to_the_plume(dt: float, steps: int) -> None:
    found, state = cloud(60, dt, steps)
    state.plume, state.intermittency = plume.plume_increment, np.ones_like(state.intermittency)
    want = state.concentration(POINTS, 0.05)[0, -1, :, INDEX["CO"]]
    assert found.mean(axis=(0, 1)) == pytest.approx(want, rel=0.15)
    near = found[..., 0].std() / found[..., 0].mean()
    assert 0.3 < near < 1.5


def test_filaments_of_a_row_do_not_depend_on_the_batch() -> None:
    many, _ = cloud(5, 10.0, 3, skip=0.0)
    one, _ = cloud(1, 10.0, 3, first=3, skip=0.0)
    np.testing.assert_array_equal(one[:, 0], many[:, 3])


def test_filaments_survive_any_step_and_a_copy() -> None:
    for dt in (0.02, 60.0, 3600.0):
        found, state = cloud(2, dt, 2, skip=0.0)
        assert np.isfinite(found).all() and (found >= 0.0).all()
        again = state.take([1]).concentration(POINTS, 0.05)[0, -1, :, INDEX["CO"]]
        np.testing.assert_array_equal(again, found[-1, 1])
