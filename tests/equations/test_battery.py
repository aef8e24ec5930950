from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import battery as law

U = np.random.default_rng(6).uniform(0.1, 0.95, (4, 3))
CASES: dict[str, Any] = {
    "positive_potential": law.positive_potential,
    "negative_potential": law.negative_potential,
    "open_circuit": law.open_circuit,
    "usable_share": lambda u: law.usable_share(80 * u - 30, -23.5 * u, 11.5 * u + 5),
    "resistance": lambda u: law.resistance(0.01 * u, 250 + 60 * u, 27e3 * u),
    "polarisation_step": lambda u: law.polarisation_step(0.1 * u, 3 * u, 0.01 * u, 60 * u, 20.0),
    "current_for_power": lambda u: law.current_for_power(20 * u - 10, 3.3 * u, 0.01 * u),
    "terminal_voltage": lambda u: law.terminal_voltage(3.3 * u, u, 0.01 * u, 0.02 * u),
    "charge_change": lambda u: law.charge_change(u - 0.5, 0.99, 10.0),
}


@pytest.mark.parametrize("name", CASES)
def test_numpy_and_torch_agree(name: str) -> None:
    function = CASES[name]
    oracle = function(U)
    single, tensor = function(U.astype(np.float32)), function(torch.tensor(U, dtype=torch.float32))
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(function(torch.tensor(U)).numpy(), oracle, rtol=1e-12)
    np.testing.assert_allclose(single, oracle, rtol=3e-4, atol=1e-6)
    np.testing.assert_allclose(tensor.numpy(), oracle, rtol=3e-4, atol=1e-6)


def test_bat_1_half_cell() -> None:
    ours = law.positive_potential(np.array([0.05, 0.2, 0.5, 0.8, 0.95, 0.99]))
    np.testing.assert_allclose(ours, [3.40696, 3.40365, 3.39757, 3.38925, 3.18763, 2.72090], atol=1e-5)


def test_open_circuit_table() -> None:
    charge = np.array([0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0])
    table = [1.64, 2.701, 2.951, 3.162, 3.201, 3.249, 3.263, 3.267, 3.272, 3.309, 3.314, 3.315, 3.598]
    np.testing.assert_allclose(law.open_circuit(charge)[1:], table[1:], atol=6e-4)
    assert law.open_circuit(charge)[0] == pytest.approx(table[0], abs=5e-3)
    fine = law.open_circuit(np.linspace(0, 1, 500))
    assert (np.diff(fine) > 0.0).all()
    assert law.open_circuit(np.array([0.033, 0.010])) == pytest.approx([2.5, 2.0], abs=0.03)


def test_bat_2_coulombs_close_over_a_cycle() -> None:
    size, charge = 3600.0 * 12.0, np.array([0.8])
    for amperes in (3.0, 1.5, -2.0, -2.5):
        charge = charge + law.charge_change(np.array([amperes]), 1.0, 900.0) / size
    np.testing.assert_allclose(charge, 0.8, atol=1e-9)


def test_bat_3_step_of_current() -> None:
    current, resistance, tau = np.array([2.0]), np.array([0.008]), np.array([60.0])
    voltage: Any = np.zeros(1)
    for k in range(1, 40):
        voltage = law.polarisation_step(voltage, current, resistance, tau, 5.0)
        assert voltage[0] == pytest.approx(2.0 * 0.008 * (1.0 - np.exp(-5.0 * k / 60.0)), rel=1e-6)


def test_cold_takes_capacity_and_raises_resistance() -> None:
    share = law.usable_share(np.array([40.0, 25.0, 0.0, -10.0, -20.0]), np.array([-23.5]), np.array([11.5]))
    assert share[0] == 1.0 and share[1] == pytest.approx(1.0)
    assert 0.85 <= share[2] <= 0.92 and 0.70 <= share[3] <= 0.80 and 0.50 <= share[4] <= 0.65
    ratio = law.resistance(np.ones(2), np.array([273.15, 253.15]), np.array([27e3]))
    assert 2.5 <= ratio[0] <= 2.9 and 6.0 <= ratio[1] <= 8.0
    assert law.resistance(np.ones(2), np.array([273.15, 253.15]), np.array([40e3])) == pytest.approx(
        [4.4, 17.6], rel=0.02
    )


@settings(max_examples=25, deadline=None)
@given(st.floats(-30, 30), st.floats(2.0, 3.6), st.floats(1e-3, 0.05))
def test_current_gives_the_power(power: Any, source: Any, ohm: Any) -> None:
    p, e, r = (np.array([x]) for x in (power, source, ohm))
    current = law.current_for_power(p, e, r)
    assert current[0] * (e[0] - current[0] * r[0]) == pytest.approx(min(power, source**2 / (4 * ohm)), abs=1e-6)
