import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import heat

RNG = np.random.default_rng(3)
T = RNG.uniform(260.0, 700.0, (5, 3))
POSITIVE = RNG.uniform(0.5, 2.0, (5, 3))
CHAIN = (RNG.uniform(3.0, 5.0, (4, 3)), RNG.uniform(0.1, 1.0, (4, 2)), RNG.normal(size=(4, 3)))
CASES: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, float]]] = [
    (heat.air_viscosity, (T,), {}),
    (heat.air_conductivity, (T,), {}),
    (heat.air_density, (T, 1e5 * POSITIVE), {}),
    (heat.reynolds_number, (POSITIVE, 0.1 * POSITIVE, POSITIVE, 1e-5 * POSITIVE), {}),
    (heat.rayleigh_number, (T - 400.0, 0.1 * POSITIVE, T, POSITIVE, 2e-5 * POSITIVE), {}),
    (heat.nusselt_forced_cylinder, (1e4 * POSITIVE,), {}),
    (heat.nusselt_natural_cylinder, (1e6 * POSITIVE,), {}),
    (heat.nusselt_natural_plate, (1e6 * POSITIVE,), {}),
    (heat.nusselt_mixed, (10.0 * POSITIVE, 5.0 * POSITIVE[::-1].copy()), {}),
    (heat.heat_transfer_coefficient, (10.0 * POSITIVE, 0.03 * POSITIVE, 0.1 * POSITIVE), {}),
    (heat.radiated, (T,), {}),
    (heat.radiation_slope, (T,), {}),
    (heat.relax, (T, T[::-1].copy(), POSITIVE), {}),
    (heat.relax_mean, (T, T[::-1].copy(), POSITIVE), {}),
    (heat.sphere_conductance, (POSITIVE, 0.1 * POSITIVE), {}),
    (heat.shell_conductance, (POSITIVE, 0.1 * POSITIVE, 0.1 + 0.1 * POSITIVE), {}),
    (heat.sphere_rise, (POSITIVE, POSITIVE, 0.01 * POSITIVE), {}),
    (heat.pore_conductivity, (T, 1e-3 * POSITIVE), {}),
    (heat.contact_heat, (POSITIVE, POSITIVE), {}),
    (heat.contact_temperature, (T, 0.1 * POSITIVE), {}),
    (heat.solve_chain, CHAIN, {}),
    (heat.balance_step, (T, T, 500.0 * POSITIVE, (POSITIVE, 300.0 * POSITIVE), 1e-8 * POSITIVE, 0.1 * POSITIVE), {}),
    (heat.emission_bound, (T, 500.0 * POSITIVE, 1e-8 * POSITIVE), {}),
    (heat.view_share, (POSITIVE, POSITIVE[::-1].copy()), {}),
    (heat.contact_ageing_rate, (T, 1e7 * POSITIVE, 7e4 * POSITIVE), {"reference": 363.15}),
    (heat.contact_limit, (1e-3 * POSITIVE, 200.0 * POSITIVE, 0.3 * POSITIVE), {}),
    (heat.stored_heat, (POSITIVE, T, T + POSITIVE * 50.0), {}),
    (heat.thick_ignition_time, (1e4 * (POSITIVE - 1.0), 300.0 * POSITIVE), {"inertia": 4e5}),
]


@pytest.mark.parametrize(("law", "arguments", "options"), CASES, ids=[case[0].__name__ for case in CASES])
def test_numpy_and_torch_agree(law: Any, arguments: Any, options: Any) -> None:
    def first(change: Callable[[np.ndarray], Any]) -> Any:
        changed = [tuple(map(change, a)) if isinstance(a, tuple) else change(a) for a in arguments]
        result = law(*changed, **options)
        return result[0] if isinstance(result, tuple) else result

    oracle = first(np.copy)
    assert oracle.dtype == np.float64
    single = first(lambda a: a.astype(np.float32))
    tensor = first(lambda a: torch.tensor(a, dtype=torch.float32))
    double = first(torch.tensor).numpy()
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(double, oracle, rtol=1e-12)
    for other in (single, tensor.numpy()):
        np.testing.assert_allclose(other, oracle, rtol=3e-4, atol=1e-4)


def test_cnv_1_churchill_bernstein() -> None:
    assert heat.nusselt_forced_cylinder(np.array([6071.0]), 0.70)[0] == pytest.approx(40.637, rel=1e-4)


def test_cnv_2_steam_pipe() -> None:
    nusselt = heat.nusselt_natural_cylinder(np.array([5.073e6]), 0.697)
    assert nusselt[0] == pytest.approx(23.09, rel=5e-3)
    h = heat.heat_transfer_coefficient(nusselt, np.array([0.0313]), np.array([0.1]))[0]
    assert h == pytest.approx(7.23, rel=5e-3)
    surface, air = (heat.radiated(np.array([t + 273.0]))[0] for t in (165.0, 23.0))
    loss = math.pi * 0.1 * (h * 142.0 + 0.85 * (surface - air))
    assert loss == pytest.approx(763.0, rel=5e-3)


def test_cnv_3_holman_cylinder() -> None:
    nusselt = heat.nusselt_forced_cylinder(np.array([1.128e5]), 0.695)[0]
    assert nusselt * 0.0312 * math.pi * 115.0 == pytest.approx(2611.0, rel=5e-3)


def test_mixed_convection_is_at_least_each_part() -> None:
    forced, natural = np.linspace(0.3, 50, 40), np.linspace(40, 0.4, 40)
    assert (heat.nusselt_mixed(forced, natural) >= np.maximum(forced, natural)).all()


def test_th_5_joint_heating() -> None:
    power = heat.contact_heat(np.full(3, 200.0), np.array([50e-6, 200e-6, 1e-3]))
    np.testing.assert_allclose(power, [2.0, 8.0, 40.0])
    np.testing.assert_allclose(power / (15.0 * 0.02), [6.67, 26.7, 133.0], rtol=5e-3)


def test_th_6_kohlrausch() -> None:
    assert heat.contact_temperature(np.array([300.0]), np.array([0.1]))[0] == pytest.approx(438.2, abs=0.1)


def test_pyr_9_hot_spot_rise() -> None:
    rise = heat.sphere_rise(np.array([7.5]), np.array([0.13]), np.array([0.02]))[0]
    assert rise == pytest.approx(229.6, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(1e-4, 20.0), st.integers(1, 7))
def test_relaxation_does_not_depend_on_the_number_of_steps(start: Any, target: Any, steps: Any, count: Any) -> None:
    x, goal = np.array([start]), np.array([target])
    once = heat.relax(x, goal, np.array([steps]))
    for _ in range(count):
        x = heat.relax(x, goal, np.array([steps / count]))
    np.testing.assert_allclose(x, once, atol=1e-9)
    assert min(start, target) - 1e-9 <= once[0] <= max(start, target) + 1e-9


@settings(max_examples=25, deadline=None)
@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(1e-6, 500.0))
def test_lumped_balance_closes_with_the_mean(start: Any, target: Any, steps: Any) -> None:
    x, goal, r = np.array([start]), np.array([target]), np.array([steps])
    change = heat.relax(x, goal, r) - x
    np.testing.assert_allclose(change, r * (goal - heat.relax_mean(x, goal, r)), atol=1e-9)


def test_linearised_radiation_is_the_slope() -> None:
    t = np.linspace(250, 1000, 7)
    numeric = (heat.radiated(t + 1e-3) - heat.radiated(t - 1e-3)) / 2e-3
    np.testing.assert_allclose(heat.radiation_slope(t), numeric, rtol=1e-6)


def test_shells_in_series_are_a_sphere() -> None:
    k, a = np.array([0.13]), np.array([0.02])
    far = heat.sphere_conductance(k, 3.0 * a)
    near = heat.shell_conductance(k, a, 3.0 * a)
    np.testing.assert_allclose(1.0 / (1.0 / far + 1.0 / near), heat.sphere_conductance(k, a))


def test_chain_solution_solves_the_matrix() -> None:
    diagonal, coupling, right = CHAIN
    for d, g, b, x in zip(diagonal, coupling, right, heat.solve_chain(diagonal, coupling, right), strict=True):
        matrix = np.diag(d) - np.diag(g, 1) - np.diag(g, -1)
        np.testing.assert_allclose(matrix @ x, b, atol=1e-12)


def _net_flux(flux: float, ignition: float = 573.15, start: float = 293.15) -> float:
    surface, first = heat.radiated(np.array([ignition]))[0], heat.radiated(np.array([start]))[0]
    return float(0.85 * flux - 10.0 * (ignition - start) - 0.85 * (surface - first))


def test_ign_1_ratio_of_ignition_times() -> None:
    times = heat.thick_ignition_time(np.array([_net_flux(25e3), _net_flux(50e3)]), np.array([280.0, 280.0]), 4e5)
    assert 3.5 < times[0] / times[1] < 9.0
    assert times[0] / times[1] == pytest.approx(6.6, rel=0.05)


def test_ign_2_no_ignition_below_the_least_flux() -> None:
    assert np.isinf(heat.thick_ignition_time(np.array([_net_flux(4.3e3)]), np.array([280.0]), 4e5))[0]


def test_balance_step_closes_and_is_exact_without_emission() -> None:
    old, gained, loss = np.array([300.0]), np.array([50.0]), (np.array([0.5]), np.array([0.5 * 290.0]))
    emitted, capacity, h = np.array([1e-9]), 400.0, 700.0
    new, mean, lost = heat.balance_step(old, old, gained, loss, emitted, np.array([h / capacity]))
    bounded = np.minimum(mean, heat.emission_bound(old, gained + loss[1], emitted))
    np.testing.assert_allclose(capacity * (new - old), h * (gained - lost), rtol=1e-12)
    none = heat.balance_step(old, old, gained, loss, np.array([1e-30]), np.array([h / capacity]))[0]
    np.testing.assert_allclose(none, heat.relax(old, np.array([390.0]), np.array([0.5 * h / capacity])), rtol=1e-12)
    assert old[0] < bounded[0] <= mean[0] < new[0]
    bound = heat.emission_bound(old, gained, emitted)
    np.testing.assert_allclose(emitted * bound**4, np.maximum(gained, emitted * old**4))


def test_a_joint_at_the_reference_grows_e_fold_in_its_time() -> None:
    tau, activation = np.array([1.6e7]), np.array([75e3])
    rates = [heat.contact_ageing_rate(np.array([t]), tau, activation, 363.15)[0] for t in (313.15, 363.15, 423.15)]
    assert rates[1] == pytest.approx(1.0 / 1.6e7, rel=1e-12)
    assert rates[0] < 0.03 * rates[1] and rates[2] > 20.0 * rates[1]


def test_no_contact_bears_more_than_its_melting_voltage() -> None:
    limited = heat.contact_limit(np.array([1e-4, 1e-2]), np.array([200.0, 200.0]), np.array([0.3, 0.3]))
    np.testing.assert_allclose(limited * 200.0, [0.02, 0.3])


def test_a_sphere_far_away_fills_its_solid_angle() -> None:
    radius, distance = 0.1, 5.0
    share = heat.view_share(np.array([4.0 * math.pi * radius**2]), np.array([distance**2]))
    assert share[0] == pytest.approx(0.5 * (1.0 - math.sqrt(1.0 - (radius / distance) ** 2)), rel=1e-3)
