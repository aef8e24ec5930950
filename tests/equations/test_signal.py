"""Laws of lags, drifts, flicker, chains, quantisers and clipping."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations.signal import (
    clipped_sine,
    enclosure_rise,
    flicker_sigma,
    hold_weights,
    lag_step,
    ou_weights,
    pole_time,
    quantise,
    shield_error,
    soft_knee,
    spectral_ou,
    telegraph_probability,
    wake_factor,
    wake_turn,
)

steps = st.floats(0.02, 3600.0)
taus = st.floats(0.1, 3600.0)


def run_lag(x, h, tau):
    weights = hold_weights(h, np.array(tau))
    y, out = np.array(x[0]), []
    for before, after in itertools.pairwise(x):
        y = lag_step(y, np.array(before), np.array(after), weights, weights)
        out.append(float(y))
    return np.array(out)


@settings(max_examples=25, deadline=None)
@given(steps, taus)
def test_a_lag_answers_a_ramp_exactly_for_any_step(h, tau):
    t = h * np.arange(9)
    exact = t - tau * -np.expm1(-t / tau)
    assert run_lag(t, h, tau) == pytest.approx(exact[1:], rel=1e-9, abs=1e-6 * h)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 20.0), st.floats(1.0, 100.0))
def test_a_lag_answers_a_step_exponentially(h, tau):
    keep, _, _ = hold_weights(h, np.array(tau))
    assert 1 - keep**5 == pytest.approx(-np.expm1(-5 * h / tau), rel=1e-9)


@pytest.mark.parametrize("h", [0.02, 0.5, 2.0])
def test_a_lag_turns_the_phase_of_a_sine_as_a_pole_does(h):
    tau, period = 10.0, 60.0
    w = 2 * np.pi / period
    t = h * np.arange(int(600 / h))
    y = run_lag(np.sin(w * t), h, tau)
    exact = np.sin(w * t - np.arctan(w * tau)) / np.hypot(1, w * tau)
    late = t[1:] > 200
    assert np.abs(y - exact[1:])[late].max() < 0.003


def test_rise_and_decay_have_their_own_times():
    up, down = hold_weights(1.0, np.array(5.0)), hold_weights(1.0, np.array(19.0))
    one, zero = np.array(1.0), np.array(0.0)
    assert lag_step(zero, one, one, up, down) == pytest.approx(-np.expm1(-1 / 5))
    assert lag_step(one, zero, zero, up, down) == pytest.approx(np.exp(-1 / 19))


@pytest.mark.parametrize("dt", [0.02, 10.0, 3600.0, 86400.0])
def test_ou_keeps_its_stationary_spread_for_any_step(dt):
    rng = np.random.default_rng(1)
    keep, fresh = ou_weights(dt, np.array(3600.0))
    x = rng.standard_normal(20000)
    for _ in range(5):
        x = keep * x + fresh * rng.standard_normal(x.size)
    assert x.std() == pytest.approx(1.0, rel=0.03)


def test_a_unit_drifts_smoothly_with_age_and_with_the_covariance_of_ou():
    rng = np.random.default_rng(2)
    n, j, tau = 20000, 16, 1.0
    frequency, phase = np.tan(np.pi * (rng.random((n, j)) - 0.5)) / tau, 2 * np.pi * rng.random((n, j))
    now, later = (spectral_ou(np.full(n, a), frequency, phase) for a in (1.0, 1.5))
    assert now.std() == pytest.approx(1.0, rel=0.03)
    assert np.mean(now * later) == pytest.approx(np.exp(-0.5), abs=0.03)


def allan(x, m):
    means = x[: x.size // m * m].reshape(-1, m).mean(axis=1)
    return np.sqrt(0.5 * np.mean(np.diff(means) ** 2))


@pytest.mark.parametrize("dt", [1.0, 10.0])
def test_the_flicker_bank_has_a_flat_allan_floor(dt):
    rng = np.random.default_rng(3)
    corner = np.logspace(-6, -1, 6)
    sigma, tau, floor = flicker_sigma(np.array(0.01)), pole_time(corner), 0.01
    keep, fresh = ou_weights(dt, tau)
    x = sigma * rng.standard_normal((200, 6))
    series = []
    for _ in range(1500):
        x = keep * x + fresh * sigma * rng.standard_normal(x.shape)
        series.append(x.sum(axis=1))
    rows = np.array(series).T
    for m in (int(100 / dt), int(200 / dt)):
        deviation = np.sqrt(np.mean([allan(s, m) ** 2 for s in rows]))
        assert deviation == pytest.approx(floor, rel=0.10)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1e5), st.floats(1e-6, 1.0), st.floats(1e-6, 1.0))
def test_a_chain_forgets_towards_its_share_and_composes(h, up, down):
    state = np.array([0.0, 1.0])
    p = telegraph_probability(state, h, up, down)
    twice = telegraph_probability(telegraph_probability(state, h / 2, up, down), h / 2, up, down)
    assert p == pytest.approx(twice, abs=1e-9)
    assert ((p >= 0) & (p <= 1)).all()
    assert telegraph_probability(state, np.inf, up, down) == pytest.approx(up / (up + down))


@settings(max_examples=25, deadline=None)
@given(st.floats(-1e4, 1e4), st.floats(1e-3, 10.0))
def test_a_quantiser_is_off_by_half_a_quantum_at_most(x, lsb):
    q = quantise(np.array(x), np.array(lsb))
    assert abs(q - x) <= lsb / 2 * (1 + 1e-9)
    assert quantise(q, np.array(lsb)) == pytest.approx(q)


@pytest.mark.parametrize("peak", [0.5, 1.0, 1.3, 5.0, 1000.0])
def test_harmonics_of_a_clipped_sine_match_its_fourier_integral(peak):
    t = (np.arange(40000) + 0.5) / 40000 * 2 * np.pi
    wave = np.clip(peak * np.sin(t), -1, 1)
    for order in (1, 3, 5):
        exact = 2 * np.mean(wave * np.sin(order * t))
        assert clipped_sine(np.array(peak), 1.0, order) == pytest.approx(exact, abs=1e-4)


def test_sun_heats_the_shield_and_wind_cools_it():
    sun = np.array([0.0, 1000.0, 1000.0])
    assert shield_error(sun, np.array([0.0, 0.0, 0.8]), 2.0) == pytest.approx([0, 2, 1])
    assert enclosure_rise(sun, np.array([0.0, 0.0, 5.0]), 3.0, 11.0) == pytest.approx([3, 14, 8.5])


def test_a_pole_shadows_the_wind_behind_it_only():
    angle = np.deg2rad([0.0, 25.0, 90.0])
    width = np.deg2rad(25.0)
    assert wake_factor(angle, 0.35, width) == pytest.approx([0.65, 1 - 0.35 / np.e, 1.0], abs=1e-4)
    turn = wake_turn(np.deg2rad(np.linspace(-90, 90, 3601)), np.deg2rad(5.0), width)
    assert np.rad2deg(turn.max()) == pytest.approx(5.0, abs=1e-3)
    assert turn == pytest.approx(-turn[::-1])


CASES = {
    "hold": lambda a: hold_weights(2.0, a),
    "lag": lambda a: lag_step(0.1 * a, a, 0.5 * a, hold_weights(2.0, a), hold_weights(3.0, a)),
    "ou": lambda a: ou_weights(2.0, a),
    "spectral": lambda a: spectral_ou(a[:, 0], a, 2.0 * a),
    "flicker": lambda a: flicker_sigma(a),
    "pole": lambda a: pole_time(a),
    "telegraph": lambda a: telegraph_probability(0.0 * a, 1.0, a, 2.0 * a),
    "quantise": lambda a: quantise(a, 0.0 * a + 0.25),
    "clip": lambda a: clipped_sine(a, 1.5, 3),
    "clip_first": lambda a: clipped_sine(a, 1.5, 1),
    "shield": lambda a: shield_error(a, a, 2.0),
    "wake": lambda a: wake_factor(a, 0.35, 0.4),
    "turn": lambda a: wake_turn(a, 0.1, 0.4),
    "box": lambda a: enclosure_rise(a, a, 3.0, 11.0),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_law_in_numpy_and_torch(name):
    torch = pytest.importorskip("torch")
    x = np.array([[0.4, 1.1, 2.3], [3.2, 4.6, 0.9]])
    as_tuple = lambda out: out if isinstance(out, tuple) else (out,)  # noqa: E731
    exact = as_tuple(CASES[name](x))
    for other in (
        as_tuple(CASES[name](x.astype(np.float32))),
        as_tuple(CASES[name](torch.tensor(x, dtype=torch.float32))),
    ):
        for a, b in zip(exact, other, strict=True):
            assert str(b.dtype).endswith("float32")
            assert np.asarray(b) == pytest.approx(a, rel=2e-4, abs=1e-6)


def test_a_soft_knee_halves_at_the_knee_and_is_linear_without_one():
    x = np.array([-10.0, 0.0, 5.0, 100.0])
    assert soft_knee(x, np.array(100.0))[3] == 50.0
    assert np.array_equal(soft_knee(x, np.array(np.inf)), x)
    kinds: list[Any] = [x.astype(np.float32), torch.tensor(x, dtype=torch.float32)]
    for other in kinds:
        knee = other * 0 + 100
        assert np.asarray(soft_knee(other, knee)) == pytest.approx(soft_knee(x, np.array(100.0)), rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1.0, 1e6))
def test_a_soft_knee_keeps_sign_and_order(x, knee):
    a, b = soft_knee(np.array(x), np.array(knee)), soft_knee(np.array(x + 1.0), np.array(knee))
    assert abs(a) <= abs(x) and a * x >= 0.0 and b >= a
