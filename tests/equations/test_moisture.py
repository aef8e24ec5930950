"""Wet bulb, snow, fog and films of water: published examples, properties, parity of libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import atmosphere as a


def test_stulls_example() -> None:
    assert a.wet_bulb(np.array([293.15]), np.array([0.5])) - 273.15 == pytest.approx([13.7], abs=0.05)


@settings(max_examples=25, deadline=None)
@given(t=st.floats(263.0, 320.0), h=st.floats(0.1, 0.98))
def test_the_wet_bulb_lies_between_dew_point_and_air(t: Any, h: Any) -> None:
    wet = a.wet_bulb(np.array([t]), np.array([h]))
    assert a.dew_point(np.array([t]), np.array([h]))[0] - 1.0 <= wet[0] <= t + 0.5


def test_snow_below_and_rain_above_the_change() -> None:
    share = a.snow_share(np.array([250.0, 268.0, 274.15, 280.0, 310.0]), 274.15, 0.6)
    assert share == pytest.approx([1.0, 1.0, 0.5, 0.0, 0.0], abs=1e-3)


def test_kunkels_fog() -> None:
    """0.1 g/m3 is a visibility of about 200 m; more water, less visibility."""
    assert a.fog_visibility(np.array([0.1, 0.3])) == pytest.approx([204.8, 77.9], rel=0.01)


def test_fog_needs_saturated_calm_air() -> None:
    liquid = a.fog_liquid(
        np.array([0.0, 0.25, 0.5, 3.0, 0.0]), np.array([0.0, 0.0, 0.0, 0.0, 12.0]), np.full(5, 0.2), 0.5, 4.0
    )
    assert liquid == pytest.approx([0.2, 0.1, 0.0, 0.0, 0.2 * np.exp(-9.0)])


def test_temperature_scale_of_120_watts_at_03() -> None:
    assert a.temperature_scale(np.array([120.0]), np.array([0.3])) == pytest.approx([1.0 / 3.0])


def test_density_of_saturated_vapour_at_20_celsius() -> None:
    """17.3 g/m3 (any psychrometric table)."""
    t = np.array([293.15])
    assert a.vapour_density(a.saturation_pressure(t), t) == pytest.approx([0.0173], rel=0.01)


@settings(max_examples=25, deadline=None)
@given(
    film=st.floats(0.0, 0.15), gain=st.floats(0.0, 1e-4), loss=st.floats(0.0, 1e-3), h=st.floats(0.01, 3600.0),
    parts=st.integers(2, 9),
)  # fmt: skip
def test_film_of_one_step_is_that_of_many_and_stays_in_range(
    film: Any, gain: Any, loss: Any, h: Any, parts: Any
) -> None:
    args = (np.array([gain]), np.array([loss]), 0.15)
    whole = a.vapour_exchange(h, np.array([film]), *args)
    part = np.array([film])
    for _ in range(parts):
        part = a.vapour_exchange(h / parts, part, *args)
    assert 0.0 <= whole[0] <= 0.15
    assert part[0] == pytest.approx(whole[0], rel=1e-6, abs=1e-12)


def test_film_dries_as_the_wet_share_falls() -> None:
    """0.1 kg/m2 of 0.2, 1e-5 kg/(m2.s) from a fully wet surface, one hour: W = 0.1 exp(-h e / W_max)."""
    assert a.vapour_exchange(3600.0, np.array([0.1]), np.zeros(1), np.array([1e-5]), 0.2) == pytest.approx(
        [0.1 * np.exp(-0.18)]
    )


def test_parity_of_libraries() -> None:
    t, h = np.linspace(260.0, 310.0, 9), np.linspace(0.1, 0.99, 9)
    cases = (
        (a.wet_bulb, (t, h)), (lambda x: a.snow_share(x, 274.15, 0.6), (t,)), (a.fog_visibility, (h,)),
        (lambda x, y: a.fog_liquid(x, 5 * y, y, 0.5, 4.0), (h, h)), (a.temperature_scale, (t, h)),
        (a.vapour_density, (t, t)), (lambda x, y: a.vapour_exchange(60.0, 0.1 * x, 1e-5 * y, 1e-4 * x, 0.15), (h, h)),
    )  # fmt: skip
    for law, args in cases:
        wide = law(*args)
        half = law(*(x.astype(np.float32) for x in args))
        other = law(*(torch.as_tensor(x, dtype=torch.float32) for x in args))
        assert half.dtype == np.float32 and other.dtype == torch.float32
        np.testing.assert_allclose(half, wide, rtol=2e-4, atol=1e-6)
        np.testing.assert_allclose(other.numpy(), wide, rtol=2e-4, atol=1e-6)
