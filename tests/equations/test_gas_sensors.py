"""Laws of gas sensors."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations.gas_sensors import (
    absolute_humidity,
    humidity_quench,
    lamp_sees,
    mox_climate,
    mox_concentration,
    mox_log_conductance,
    poisoned_hydrogen,
    poisoned_span,
    poisoned_time,
    scrubber_breakthrough,
    surface_leak,
    table,
)
from gg_gym.parameters.mox import BROADBAND, HYDROGEN


def test_absolute_humidity_of_saturated_air_at_20_cel():
    assert absolute_humidity(np.array([2339.0]), np.array([293.15])) == pytest.approx([17.3], abs=0.05)


def test_a_table_is_linear_between_knots_and_held_outside():
    knots, values = np.array([0.0, 1.0, 3.0]), np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 0.0]])
    out = table(np.array([-5.0, 0.5, 2.0, 9.0]), knots, values)
    assert out == pytest.approx(np.array([[0, 1], [1, 1], [3, 0.5], [4, 0]]))


@pytest.mark.parametrize("oxide", [BROADBAND, HYDROGEN])
def test_the_log_log_slope_of_a_metal_oxide_lies_where_it_was_measured(oxide):
    c = np.array([1e5, 1e6])
    g = mox_log_conductance(c, 0 * c, oxide.beta, oxide.k, oxide.beta_ox, oxide.k_ox)
    assert 0.25 < np.diff(g)[0] / np.log(10) < 0.65


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_mixture_adds_inside_the_power(a, b):
    args = (BROADBAND.beta, BROADBAND.k, BROADBAND.beta_ox, BROADBAND.k_ox)
    zero = np.array([0.0])
    together = mox_log_conductance(np.array([a + b]), zero, *args)
    apart = mox_log_conductance(np.array([a]), zero, *args) + mox_log_conductance(np.array([b]), zero, *args)
    assert together <= apart + 1e-9
    assert together >= max(mox_log_conductance(np.array([x]), zero, *args)[0] for x in (a, b)) - 1e-9


def test_oxidisers_lower_conductance():
    zero, ozone = np.array([0.0]), np.array([100.0])
    args = (BROADBAND.beta, BROADBAND.k, BROADBAND.beta_ox, BROADBAND.k_ox)
    assert mox_log_conductance(zero, ozone, *args) < 0


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1e6))
def test_the_firmware_inverts_the_power_law_over_its_baseline(c):
    beta, k, clean = BROADBAND.beta, BROADBAND.k, BROADBAND.background
    zero = np.array([0.0])
    g = mox_log_conductance(np.array([c]), zero, beta, k, 0.25, 50.0)
    base = mox_log_conductance(np.array([clean]), zero, beta, k, 0.25, 50.0)
    assert mox_concentration(g - base, beta, k, clean) == pytest.approx([c], rel=1e-9, abs=1e-6)


def test_damp_air_raises_conductance_by_its_exponent():
    g = mox_climate(np.array([10.0, 20.0]), np.array([20.0, 20.0]), 0.15, -0.004)
    assert g == pytest.approx([0.0, 0.15 * np.log(2)])


def test_a_lamp_sees_what_it_can_ionise():
    energies = np.array([10.65, 10.70, 10.88, 8.5])
    assert lamp_sees(energies, 10.64) == pytest.approx([1, 0, 0, 1])


def test_water_quenches_and_fouled_windows_leak():
    assert humidity_quench(np.array([0.0, 25.0]), 0.10) == pytest.approx([1.0, 0.9])
    assert surface_leak(np.array([50.0, 92.0, 100.0]), 1.0) == pytest.approx([0, 0, 300])


def test_a_scrubber_lets_ozone_through_after_500_ppm_hours():
    x = scrubber_breakthrough(np.array([0.0, 500.0, 2000.0]))
    assert x == pytest.approx([0.03, 0.615, 1.2], abs=0.01)


CASES = {
    "absolute": lambda a: absolute_humidity(1000.0 * a, 290.0 + a),
    "table": lambda a: table(a, 0.0 * a + a, a[:, None]),
    "mox": lambda a: mox_log_conductance(a, 2.0 * a, 0.4, 300.0, 0.25, 50.0),
    "climate": lambda a: mox_climate(a, a, 0.15, -0.004),
    "inverse": lambda a: mox_concentration(a, 0.4, 300.0, 800.0),
    "lamp": lambda a: lamp_sees(a, 2.0),
    "quench": lambda a: humidity_quench(a, 0.1),
    "leak": lambda a: surface_leak(90.0 + a, 0.5),
    "scrubber": lambda a: scrubber_breakthrough(200.0 * a),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_law_in_numpy_and_torch(name):
    torch = pytest.importorskip("torch")
    x = np.array([0.4, 1.1, 2.3, 3.2])
    exact = CASES[name](x)
    for other in (CASES[name](x.astype(np.float32)), CASES[name](torch.tensor(x, dtype=torch.float32))):
        assert str(other.dtype).endswith("float32")
        assert np.asarray(other) == pytest.approx(exact, rel=2e-4, abs=1e-6)


@pytest.mark.parametrize("law", [poisoned_span, poisoned_hydrogen, poisoned_time])
def test_poisoning_is_the_same_in_every_arithmetic(law):
    poison = np.linspace(0.0, 1.0, 11)
    reference = law(poison)
    assert np.asarray(law(poison.astype(np.float32))) == pytest.approx(reference, rel=1e-5, abs=1e-6)
    assert law(torch.tensor(poison, dtype=torch.float32)).numpy() == pytest.approx(reference, rel=1e-5, abs=1e-6)


def test_poisoning_first_raises_then_ends_the_answer_to_all_but_hydrogen():
    poison = np.linspace(0.0, 1.0, 101)
    span = poisoned_span(poison)
    assert span[0] == 1.0 and span[10] == pytest.approx(1.2) and span[-1] == 0.0
    assert span.argmax() in range(5, 15) and (np.diff(span[15:]) < 0).all()
    assert poisoned_hydrogen(np.array(1.0)) == pytest.approx(0.8) and poisoned_time(np.array(1.0)) == 3.0


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.0))
def test_poisoned_answers_stay_between_nothing_and_a_fifth_more(poison):
    assert 0.0 <= poisoned_span(np.array(poison)) <= 1.25
