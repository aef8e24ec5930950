"""Laws of passers-by: worked examples, limits, parity of NumPy f64, f32 and torch f32."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import nuisances as eq


def a(*values: float) -> Any:
    return np.array(values, dtype=float)


def test_a_hovering_helicopter_of_1400_kg_blows_with_21_metres_a_second() -> None:
    """T = 13.7 kN over a disc of 4 m: induced 10.7 m/s, twice that far below."""
    np.testing.assert_allclose(eq.rotor_wash(a(13734.0), a(4.0), a(1.2)), 21.34, rtol=1e-3)


def test_a_jet_keeps_its_speed_in_the_core_and_falls_as_one_over_distance() -> None:
    got = eq.jet_velocity(a(10, 10, 10, 10), a(1, 1, 1, 1), a(3.0, 12.0, 24.0, -1.0), a(0, 0, 0, 0))
    np.testing.assert_allclose(got, [10.0, 5.0, 2.5, 0.0])


def test_a_vortex_is_fastest_at_its_core_and_deepest_in_its_middle() -> None:
    speed, deficit = eq.vortex(a(10, 10, 10), a(0.0, 1.0, 3.0), a(1.2, 1.2, 1.2))
    np.testing.assert_allclose(speed, [0.0, 10.0, 6.0])
    np.testing.assert_allclose(deficit, [240.0, 120.0, 24.0])


@settings(max_examples=25, deadline=None)
@given(st.floats(1.0, 30.0), st.floats(0.05, 20.0))
def test_the_pressure_of_a_vortex_balances_its_rotation(speed: float, share: float) -> None:
    """dp/ds = rho v^2 / s, by differences."""
    step = 1e-4 * share
    low, high = eq.vortex(a(speed), a(share - step), a(1.2))[1], eq.vortex(a(speed), a(share + step), a(1.2))[1]
    v = eq.vortex(a(speed), a(share), a(1.2))[0]
    np.testing.assert_allclose((low - high) / (2.0 * step), 1.2 * v**2 / share, rtol=1e-4)


def test_the_plume_of_a_megawatt_fire_rises_with_some_five_metres_a_second() -> None:
    """Heskestad at 7 m over 1 MW: 25 Q^(2/3) z^(-5/3) = 97 K and 1.03 (Q/z)^(1/3) = 5.4 m/s."""
    np.testing.assert_allclose(eq.plume_velocity(a(97.0), a(293.0), a(7.0)), 5.4, rtol=0.02)


def test_a_floating_sphere_triples_the_field_at_its_pole_and_cancels_it_at_its_equator() -> None:
    field = np.zeros((2, 3, 1))
    field[:, 2, 0] = 100.0
    offset = np.array([[0.0, 0.0, 0.5], [0.5, 0.0, 0.0]])
    total = field + eq.floating_sphere(field, a(0.5, 0.5), offset)
    np.testing.assert_allclose(total[:, 2, 0], [300.0, 0.0], atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.6, 20.0), st.floats(0.1, 0.5))
def test_what_a_floating_sphere_adds_falls_with_the_cube_of_distance(distance: float, radius: float) -> None:
    field, away = np.ones((1, 3, 2)), np.array([[0.0, distance, 0.0]])
    near, far = (eq.floating_sphere(field, a(radius), k * away) for k in (1.0, 2.0))
    np.testing.assert_allclose(near, 8.0 * far, rtol=1e-9)


def test_the_ground_shakes_less_from_afar() -> None:
    np.testing.assert_allclose(
        eq.ground_velocity(a(1e-3, 1e-3, 1e-3), a(1.0, 10.0, 0.1)), [1e-3, 7.943e-5, 2.144e-3], rtol=1e-3
    )


def test_shots_give_off_their_mass_and_no_more() -> None:
    """The integral of the rate after one shot is its mass, whatever the step."""
    rate, total, time = a(0.0), 0.0, a(10.0)
    rate = eq.decaying_shots(rate, a(0.15), np.array([[0.0]]), a(1.0), time)
    for _ in range(4000):
        total += float(rate[0]) * 0.05
        rate = eq.decaying_shots(rate * np.exp(-0.05 / 10.0), a(0.15), np.array([[np.inf]]), a(0.0), time)
    assert total == pytest.approx(0.15, rel=0.01)


_ONE = np.linspace(0.5, 5.0, 7)
_CASES = {
    "rotor_wash": (_ONE * 1e3, _ONE, _ONE), "jet_velocity": (_ONE, _ONE, 4.0 * _ONE, _ONE),
    "plume_velocity": (10.0 * _ONE, 290.0 + _ONE, _ONE), "ground_velocity": (_ONE, 3.0 * _ONE),
    "floating_sphere": (np.ones((7, 3, 2)), 0.1 * _ONE, np.stack([_ONE, 2.0 * _ONE, _ONE], 1)),
    "decaying_shots": (_ONE, _ONE, np.stack([_ONE, 3.0 * _ONE], 1), 2.0 * np.ones(7), _ONE),
}  # fmt: skip


@pytest.mark.parametrize("name", _CASES)
def test_parity(name: str) -> None:
    law, given_ = getattr(eq, name), _CASES[name]
    double = law(*given_)
    single = law(*(x.astype(np.float32) for x in given_))
    tensor = law(*(torch.tensor(x, dtype=torch.float32) for x in given_))
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(single, double, rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(tensor.numpy(), double, rtol=2e-5, atol=1e-6)


def test_parity_of_the_vortex() -> None:
    for one, other in zip(
        eq.vortex(_ONE, _ONE, _ONE), eq.vortex(*(torch.tensor(_ONE, dtype=torch.float32),) * 3), strict=True
    ):
        np.testing.assert_allclose(other.numpy(), one, rtol=2e-5)
