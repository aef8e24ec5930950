"""Laws of the lens, of glints and of fog on the way to the camera."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import optics, radiometry

CASES: list[tuple[Any, list[float], tuple[Any, ...]]] = [
    (optics.barrel, [0.0, 0.4, 1.0], (0.04,)),
    (optics.unbarrel, [0.0, 0.4, 0.96], (0.04,)),
    (radiometry.sun_band, [0.0, 500.0, 1000.0], ()),
]


@pytest.mark.parametrize(("law", "values", "more"), CASES)
def test_libraries_and_precisions_agree(law: Any, values: list[float], more: tuple[Any, ...]) -> None:
    exact = law(np.array(values), *more)
    np.testing.assert_allclose(law(np.array(values, np.float32), *more), exact, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(law(torch.tensor(values), *more).numpy(), exact, rtol=1e-5, atol=1e-6)


def test_laws_of_several_arguments_agree_in_both_libraries() -> None:
    rng = np.random.default_rng(1)
    v = rng.normal(size=(3, 7, 3))
    v /= np.linalg.norm(v, axis=-1, keepdims=True)
    e, gap = np.full(7, 1.5), np.linspace(0.0, 0.1, 7)
    for law, args in (
        (radiometry.mirror_gap, tuple(v)),
        (radiometry.glint_exitance, (e, 0 * e + 0.7, gap, 0 * e + 0.02)),
        (radiometry.fog_transmission, (np.linspace(1.0, 50.0, 7), 0 * e + 80.0)),
    ):
        exact = law(*args)
        np.testing.assert_allclose(law(*(a.astype(np.float32) for a in args)), exact, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(law(*(torch.tensor(a) for a in args)).numpy(), exact, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.2), st.floats(0.0, 0.08))
def test_the_lens_is_undone(radius: float, share: float) -> None:
    there = optics.barrel(np.array([radius]), share)
    assert optics.unbarrel(there, share)[0] == pytest.approx(radius, abs=1e-9)


def test_the_corner_loses_its_share_and_the_middle_nothing() -> None:
    assert optics.barrel(np.array([1.0]), 0.04)[0] == pytest.approx(0.96)
    assert optics.barrel(np.array([0.01]), 0.04)[0] == pytest.approx(0.01, rel=1e-5)


def test_a_mirror_sends_the_sun_where_the_law_says() -> None:
    sun, normal = np.array([[0.6, 0.0, 0.8]]), np.array([[0.0, 0.0, 1.0]])
    assert radiometry.mirror_gap(sun, normal, np.array([[-0.6, 0.0, 0.8]]))[0] == pytest.approx(0.0, abs=1e-7)
    assert radiometry.mirror_gap(sun, normal, np.array([[0.0, 0.0, 1.0]]))[0] == pytest.approx(np.arcsin(0.6))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.006, 0.1), st.floats(0.1, 1.0))
def test_a_glint_holds_what_is_mirrored(roughness: float, reflectivity: float) -> None:
    gap = np.linspace(0.0, 12 * roughness + 0.05, 20001)
    sent = radiometry.glint_exitance(np.array(1.6), np.array(reflectivity), gap, np.array(roughness))
    lobe = sent / np.pi * 2.0 * np.pi * gap
    total = ((lobe[1:] + lobe[:-1]) * 0.5 * np.diff(gap)).sum()
    assert total == pytest.approx(1.6 * reflectivity, rel=2e-3)


def test_the_suns_share_of_the_band_is_a_thousandth() -> None:
    assert radiometry.sun_band(np.array([1361.0]))[0] == pytest.approx(1.55, rel=0.05)


def test_fog_at_the_visibility_leaves_a_fiftieth() -> None:
    assert radiometry.fog_transmission(np.array([100.0]), np.array([100.0]))[0] == pytest.approx(0.02, abs=1e-3)
