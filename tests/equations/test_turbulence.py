"""Turbulence: published cases TUR-1 to 4 and the laws of the exact step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from gg_gym.equations import turbulence as t


@pytest.mark.parametrize(("component", "sigma"), [("along", 2.1847), ("across", 1.6384), ("up", 1.2370)])
def test_tur_1_kaimal_integrals(component: Any, sigma: Any) -> None:
    variance = quad(lambda x: t.kaimal(np.exp(x), component), -20.0, 40.0, limit=400)[0]
    assert np.sqrt(variance) == pytest.approx(sigma, rel=1e-3)


def test_tur_2_von_karman() -> None:
    def spectrum(f: Any) -> Any:
        return t.von_karman(np.asarray(f), np.array(1.0), np.array(100.0), np.array(10.0))

    assert quad(lambda x: np.exp(x) * spectrum(np.exp(x)), -25.0, 25.0, limit=400)[0] == pytest.approx(1.0, rel=1e-3)
    assert spectrum([0.1, 1.0]) == pytest.approx([1.1358, 0.02475], rel=1e-3)
    f = np.geomspace(1e-3, 1.0, 20001)
    peak = f * spectrum(f)
    assert peak.max() == pytest.approx(0.2713, rel=1e-3)
    assert f[np.argmax(peak)] == pytest.approx(0.01455, rel=3e-3)


@pytest.mark.parametrize("dt", [0.05, 0.2])
def test_tur_3_dispersion_of_ou_velocity_is_taylors(dt: Any) -> None:
    rng, n = np.random.default_rng(3), 20_000
    sigma, tau = np.full(n, 0.5), np.full(n, 2.0)
    v: Any = sigma * rng.standard_normal(n)
    x, spread = np.zeros(n), {}
    for step in range(1, round(20.0 / dt) + 1):
        new = t.ou_step(v, dt, tau, sigma, rng.standard_normal(n))
        x, v = x + 0.5 * dt * (v + new), new
        spread[round(step * dt, 6)] = x.std()
    times = np.array([1.0, 5.0, 20.0])
    expected = t.taylor_spread(times, np.full(3, 0.5), np.full(3, 2.0))
    assert expected == pytest.approx([0.462, 1.779, 4.243], rel=1e-3)
    assert [spread[x] for x in times] == pytest.approx(expected, rel=0.02)


def test_tur_4_iec() -> None:
    assert t.iec_deviation(np.array(10.0)) == pytest.approx(2.096)


@settings(max_examples=25, deadline=None)
@given(h=st.floats(1e-3, 3600.0), parts=st.integers(2, 20), tau=st.floats(0.05, 1e4))
def test_one_ou_step_is_many(h: Any, parts: Any, tau: Any) -> None:
    """Mean decay and variance of one step equal those of its parts."""
    tau_ = np.array([tau])
    whole, part = t.ou_decay(h, tau_), t.ou_decay(h / parts, tau_)
    assert part**parts == pytest.approx(whole, rel=1e-9, abs=1e-300)
    variance = sum((1.0 - part**2) * part ** (2 * k) for k in range(parts))
    assert variance == pytest.approx(1.0 - whole**2, rel=1e-6, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(s=st.floats(1e-3, 1e3))
def test_rational_spread_stays_near_taylors(s: Any) -> None:
    time, one = np.array([s]), np.ones(1)
    assert np.sqrt(t.rational_spread_squared(time, one, one)) == pytest.approx(
        t.taylor_spread(time, one, one), rel=0.075
    )


def test_convection_adds_to_the_deviations_and_stability_does_not() -> None:
    ustar, zeta = np.full(3, 0.3), np.array([-1.0, 0.0, 1.0])
    mixing = t.mixing_factor(zeta / 10.0, np.full(3, 1000.0))
    along, across, up = t.velocity_deviations(ustar, mixing, zeta)
    assert mixing[1:] == pytest.approx([0.0, 0.0])
    for sigma, factor in ((along, 2.39), (across, 1.92), (up, 1.25)):
        assert sigma[1:] == pytest.approx(factor * 0.3)
        assert sigma[0] > sigma[1]


def test_parity_with_torch() -> None:
    x = np.linspace(0.1, 3.0, 9)
    y = torch.as_tensor(x)
    pairs = (
        (t.ou_step(x, 2.0, x, x, x), t.ou_step(y, 2.0, y, y, y)),
        (t.taylor_spread(x, x, x), t.taylor_spread(y, y, y)),
        (t.velocity_deviations(x, x, -x)[0], t.velocity_deviations(y, y, -y)[0]),
        (t.mixing_factor(-x, x), t.mixing_factor(-y, y)),
    )
    for ours, theirs in pairs:
        np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-12)
