"""Arc voltage (ARC-1), black boxes (ARC-2, ARC-3), the telegraph and the harmonics of a symmetric arc; parity."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import arcs

RATE, TIME = st.floats(0.05, 20.0), st.floats(0.02, 60.0)


def a(*values: float) -> Any:
    return np.array(values, dtype=float)


def test_arc1_stokes_oppenlander() -> None:
    voltage = arcs.stokes_oppenlander_voltage(a(0.1, 0.1), a(10.0, 100.0))
    np.testing.assert_allclose(voltage, [96.8, 127.6], rtol=1e-3)
    np.testing.assert_allclose(voltage / a(10.0, 100.0), [9.676, 1.2755], rtol=1e-3)
    np.testing.assert_allclose(arcs.stokes_oppenlander_limit(a(0.1)), 30.0)


def test_voltage_is_continuous_at_the_limit_and_falls_below_it() -> None:
    gap = a(0.02, 0.02, 0.02)
    limit = arcs.stokes_oppenlander_limit(gap)
    at, below, far = arcs.arc_voltage(gap, limit * a(1.0, 1.0 - 1e-9, 0.1))
    np.testing.assert_allclose(below, at, rtol=1e-8)
    assert far > 2 * at


def test_arc2_steady_states() -> None:
    g, cooling, tau = a(0.1, 2.0), a(500.0, 500.0), 1e-3
    current = a(1.0, 30.0)
    power = arcs.mayr_voltage(current, cooling) * current
    np.testing.assert_allclose(power, cooling, rtol=1e-12)
    np.testing.assert_allclose(arcs.mayr_rate(g, power, cooling, tau), 0.0, atol=1e-9)
    np.testing.assert_array_equal(arcs.cassie_rate(g, a(-80.0, 80.0), a(80.0, 80.0), tau), 0.0)
    assert np.all(arcs.mayr_rate(g, 2 * power, cooling, tau) > 0)


def test_arc3_free_decay_solves_mayr() -> None:
    tau, steps = 2e-4, 4000
    h, g = 5e-4 / steps, a(0.3)
    for _ in range(steps):
        middle = g + 0.5 * h * arcs.mayr_rate(g, 0 * g, a(1.0), tau)
        g = g + h * arcs.mayr_rate(middle, 0 * g, a(1.0), tau)
    np.testing.assert_allclose(arcs.mayr_free_decay(a(0.3), a(5e-4), tau), g, rtol=1e-6)
    np.testing.assert_allclose(g, 0.3 * math.exp(-2.5), rtol=1e-4)


@settings(max_examples=25, deadline=None)
@given(RATE, RATE, TIME, TIME)
def test_transition_obeys_chapman_kolmogorov_and_stays_stationary(on: float, off: float, s: float, t: float) -> None:
    strike, die, start = a(on), a(off), a(1.0)
    once = arcs.telegraph_transition(arcs.telegraph_transition(start, strike, die, s), strike, die, t)
    np.testing.assert_allclose(once, arcs.telegraph_transition(start, strike, die, s + t), rtol=1e-12)
    p = arcs.telegraph_on_probability(strike, die)
    np.testing.assert_allclose(arcs.telegraph_transition(p, strike, die, t), p, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(RATE, RATE, TIME)
def test_bridge_moments_average_to_the_stationary_moments(on: float, off: float, t: float) -> None:
    """Law of total expectation and variance over both ends."""
    start, end = a(0.0, 0.0, 1.0, 1.0), a(0.0, 1.0, 0.0, 1.0)
    strike, die = np.full(4, on), np.full(4, off)
    p = arcs.telegraph_on_probability(strike, die)
    to_on = arcs.telegraph_transition(start, strike, die, t)
    weight = np.where(start == 1, p, 1 - p) * np.where(end == 1, to_on, 1 - to_on)
    first, second = arcs.telegraph_bridge_moments(start, end, strike, die, t)
    mean, variance = arcs.telegraph_average_moments(strike[:1], die[:1], t)
    np.testing.assert_allclose((weight * first).sum(), mean[0], rtol=1e-9)
    np.testing.assert_allclose((weight * second).sum() - mean[0] ** 2, variance[0], rtol=1e-6, atol=1e-12)
    stay = arcs.telegraph_stay_probability(start, end, strike, die, t)
    assert np.all((stay >= 0) & (stay <= 1)) and stay[1] == stay[2] == 0.0


def test_bridge_moments_against_simulated_paths() -> None:
    rng, n, on, off, t = np.random.default_rng(4), 40000, 0.7, 1.9, 1.5
    state, clock, share = np.ones(n, bool), np.zeros(n), np.zeros(n)
    while np.any(clock < t):
        stay = np.minimum(rng.exponential(1.0 / np.where(state, off, on)), t - clock)
        share += np.where(state, stay, 0.0) / t
        clock += stay
        state = np.where(clock < t, ~state, state)
    moments = [arcs.telegraph_bridge_moments(a(1.0), a(e), a(on), a(off), t) for e in (0.0, 1.0)]
    for end, (first, second) in enumerate(moments):
        seen = share[state == bool(end)]
        np.testing.assert_allclose(seen.mean(), first[0], rtol=0.02)
        np.testing.assert_allclose((seen**2).mean(), second[0], rtol=0.03)
    stay = arcs.telegraph_stay_probability(a(1.0), a(1.0), a(on), a(off), t)
    np.testing.assert_allclose((share[state] == 1.0).mean(), stay[0], rtol=0.03)


def test_simplex_factors_meet_at_the_series() -> None:
    one, two = arcs.simplex_factors(a(0.0, 0.02 - 1e-9, 0.02))
    assert one[0] == two[0] == 1.0
    np.testing.assert_allclose(one[1], one[2], rtol=1e-8)
    np.testing.assert_allclose(two[1], two[2], rtol=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.2))
def test_symmetric_arc_harmonics_match_the_waveform(dead: float) -> None:
    wt = (np.arange(8192) + 0.5) / 8192 * 2 * math.pi
    source = np.sin(wt)
    wave = np.sign(source) * np.clip(np.abs(source) - math.sin(dead), 0.0, None)
    orders = (1, 3, 5, 7, 9)
    series = np.array([2 * (wave * np.sin(h * wt)).mean() for h in orders])
    even = np.array([(wave * np.sin(h * wt)).mean() for h in (2, 4)])
    got = arcs.symmetric_arc_harmonics(a(dead), orders)[0]
    np.testing.assert_allclose(got, series / series[0], atol=1e-4)
    np.testing.assert_allclose(even, 0.0, atol=1e-12)
    assert got[0] == 1.0


def test_harmonic_shares_are_those_reported_for_arcs() -> None:
    """3rd 5-30 %, 5th 2-10 % for dead times of a tenth to some tenths of the peak."""
    third, fifth = np.abs(arcs.symmetric_arc_harmonics(np.arcsin(a(0.1, 0.4)), (1, 3, 5))[:, 1:]).T
    assert 0.04 < third[0] < third[1] < 0.30 and fifth.min() > 0.01 and fifth.max() < 0.10


BRIDGE: tuple[Any, Any, Any, Any] = (a(0.0, 1.0, 1.0), a(0.0, 0.0, 1.0), a(0.5, 1.0, 2.0), a(1.5, 0.7, 1.0))
CASES: list[tuple[Any, Any]] = [
    (arcs.stokes_oppenlander_voltage, (a(0.01, 0.1), a(5.0, 100.0))),
    (arcs.stokes_oppenlander_limit, (a(0.01, 0.1),)),
    (arcs.arc_voltage, (a(0.01, 0.1), a(5.0, 100.0))),
    (lambda g, p, c: arcs.mayr_rate(g, p, c, 1e-3), (a(0.1), a(400.0), a(100.0))),
    (lambda g, v, u: arcs.cassie_rate(g, v, u, 1e-3), (a(0.1), a(40.0), a(80.0))),
    (arcs.mayr_voltage, (a(10.0), a(100.0))),
    (lambda g, t: arcs.mayr_free_decay(g, t, 1e-3), (a(0.3), a(1e-3))),
    (arcs.telegraph_on_probability, BRIDGE[2:]),
    (lambda s, on, off: arcs.telegraph_transition(s, on, off, 0.8), (BRIDGE[0], *BRIDGE[2:])),
    (lambda on, off: arcs.telegraph_average_moments(on, off, 2.0)[1], BRIDGE[2:]),
    (lambda s, e, on, off: arcs.telegraph_bridge_moments(s, e, on, off, 2.0)[0], BRIDGE),
    (lambda s, e, on, off: arcs.telegraph_bridge_moments(s, e, on, off, 2.0)[1], BRIDGE),
    (lambda s, e, on, off: arcs.telegraph_stay_probability(s, e, on, off, 2.0), BRIDGE),
    (lambda d: arcs.symmetric_arc_harmonics(d, (1, 3, 5)), (a(0.2, 0.6),)),
    (lambda x: arcs.simplex_factors(x)[0], (a(0.001, 1.0),)),
    (lambda x: arcs.simplex_factors(x)[1], (a(0.001, 1.0),)),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_parity(case: int) -> None:
    function, args = CASES[case]
    exact = function(*args)
    single = function(*[x.astype(np.float32) for x in args])
    tensor = function(*[torch.tensor(x, dtype=torch.float32) for x in args])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(single, exact, rtol=5e-5, atol=1e-6)
    np.testing.assert_allclose(tensor.numpy(), exact, rtol=5e-5, atol=1e-6)
