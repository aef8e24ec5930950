"""Published lateral profiles (FIELDS), identities, parity."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import electromagnetics as em

FOOT, INCH = 0.3048, 0.0254
EM1 = [(-32.58, 28.50, 240, 1), (-17.41, 34.50, 0, 1), (-32.58, 40.50, 120, 1), (-25.0, 54.83, 0, 0)]
EM2 = [
    (-37.5, 33, 240, 1), (-25, 33, 0, 1), (-12.5, 33, 120, 1), (13.5, 25, 120, 2), (25, 25, 240, 2), (36.5, 25, 0, 2),
    (-31.25, 47.5, 0, 0), (-18.75, 47.5, 0, 0), (30.75, 40.75, 0, 0),
]  # fmt: skip
EM1_TABLE = """
-81 6.448 6.733 9.322 7.204 .024 .209 .211 .210
-41 26.150 16.478 30.908 26.447 .091 .943 .947 .944
-21 15.104 31.591 35.016 31.592 .183 .690 .714 .692
-1 18.626 12.039 22.178 20.029 .048 .665 .667 .666
19 10.456 5.851 11.982 10.664 .039 .388 .390 .390
59 3.069 3.150 4.398 3.823 .009 .112 .112 .112
99 1.343 1.711 2.175 1.865 .003 .045 .045 .045
"""
EM2_TABLE = """
-100 6.008 5.946 .154 .155 .155
-50 26.842 26.752 .713 .713 .713
-25 46.736 46.679 .130 .240 .239
0 59.773 59.618 1.490 1.494 1.492
25 71.072 70.148 .285 .455 .384
50 36.075 36.074 .992 .996 .996
100 6.111 6.110 .117 .117 .117
"""


def rows(text: str) -> Any:
    return np.array([[float(v) for v in line.split()] for line in text.strip().splitlines()])


def profile(conductors: Any, currents: Any, diameters: Any, volts: float, x: Any, z: Any) -> tuple[Any, Any]:
    """B and E phasors (P, 2) of one line at points."""
    cx, ch, angle, group = (np.array(v, dtype=float) for v in zip(*conductors, strict=True))
    phasor = np.exp(1j * np.deg2rad(angle))
    live = group > 0
    volts = np.where(live, volts, 0.0) * phasor
    amps = np.array([currents[int(g)] for g in group]) * phasor
    radius = np.array([diameters[int(g)] for g in group]) / 2
    charge = em.capacitance_matrix(em.potential_coefficients(cx, ch, radius)) @ volts
    e = em.field_phasors(em.electric_map(x, z, cx, ch), charge[None, :, None])[0, :, :, 0]
    b = em.field_phasors(em.magnetic_map(x, z, cx, ch), amps[None, :, None])[0, :, :, 0]
    return b, e


def columns(field: Any) -> tuple[Any, ...]:
    parts = (field.real, field.imag)
    return np.abs(field[:, 0]), np.abs(field[:, 1]), em.resultant(*parts), em.ellipse_maximum(*parts)


def in_feet(conductors: Any) -> list[Any]:
    return [(x * FOOT, h * FOOT, a, g) for x, h, a, g in conductors]


def assert_field(computed: Any, published: Any) -> None:
    np.testing.assert_array_less(np.abs(computed - published), np.maximum(0.01 * published, 0.003))


def test_em1_profile_of_fields_17p() -> None:
    table = rows(EM1_TABLE)
    x = table[:, 0] * FOOT
    inches = {1: 1.29 * INCH, 0: 1.0 * INCH}
    b, e = profile(in_feet(EM1), {1: 301.0, 0: 0.0}, inches, 115e3 / math.sqrt(3), x, np.full(7, 0.9144))
    for got, want in zip(columns(b), table[:, 1:5].T, strict=True):
        np.testing.assert_allclose(got * 1e7, want, rtol=0.005)
    for got, want in zip(columns(e), table[:, 5:9].T, strict=True):
        assert_field(got / 1e3, want)


def test_em2_profile_of_fields_18e() -> None:
    table = rows(EM2_TABLE)
    x = table[:, 0] * FOOT
    inches = {1: 0.52 * INCH, 2: 0.52 * INCH, 0: 1.0 * INCH}
    b, e = profile(in_feet(EM2), {1: 301.0, 2: 316.0, 0: 0.0}, inches, 115e3 / math.sqrt(3), x, np.full(7, 0.9144))
    _, _, b_product, b_max = columns(b)
    _, e_v, e_product, e_max = columns(e)
    np.testing.assert_allclose(b_product * 1e7, table[:, 1], rtol=0.005)
    np.testing.assert_allclose(b_max * 1e7, table[:, 2], rtol=0.005)
    for got, want in zip((e_v, e_product, e_max), table[:, 3:6].T, strict=True):
        assert_field(got / 1e3, want)


def test_em3_single_wire() -> None:
    one = np.array([0.0])
    b = em.magnetic_map(np.array([6.0]), np.array([8.0]), one, one)[0, :, 0] * 200.0
    np.testing.assert_allclose(np.hypot(*b), 4e-6, rtol=1e-6)


def test_em4_twin_default() -> None:
    line = [(-1.12, 10.0, 0.0, 1), (0.4, 10.3, -120.0, 1), (1.12, 10.0, 120.0, 1)]
    x = np.array([0.5, 5.0, 20.0])
    b, e = profile(line, {1: 200.0}, {1: 10.1e-3}, 12470 / math.sqrt(3), x, np.full(3, 8.0))
    np.testing.assert_allclose(columns(e)[3], [412.5, 79.2, 5.05], rtol=0.005)
    np.testing.assert_allclose(columns(b)[3] * 1e6, [14.54, 2.772, 0.196], rtol=0.005)


def test_isolated_conductor_gradient_and_bundle() -> None:
    h, r = np.array([10.0]), np.array([5.05e-3])
    charge = em.capacitance_matrix(em.potential_coefficients(0 * h, h, r))[0] * 7200.0
    np.testing.assert_allclose(em.surface_gradient(charge, r), 7200.0 / (r * np.log(2 * h / r)), rtol=1e-12)
    assert 1.6e5 < em.surface_gradient(charge, r)[0] < 1.8e5
    d, b = np.array([0.03]), np.array([0.45])
    np.testing.assert_allclose(em.bundle_diameter(b, d, 1), d)
    np.testing.assert_allclose(em.bundle_diameter(b, d, 2), np.sqrt(2 * d * b))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 2 * math.pi))
def test_ellipse_lies_between_largest_axis_and_product_and_ignores_phase(seed: int, turn: float) -> None:
    f = np.random.default_rng(seed).normal(size=(5, 2, 2)) @ np.array([1, 1j])
    low = np.abs(f).max(-1)
    top, product = em.ellipse_maximum(f.real, f.imag), em.resultant(f.real, f.imag)
    assert np.all(top >= low * (1 - 1e-12)) and np.all(top <= product * (1 + 1e-12))
    g = f * np.exp(1j * turn)
    np.testing.assert_allclose(em.ellipse_maximum(g.real, g.imag), top, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_ground_is_an_equipotential(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, points = rng.uniform(-5, 5, 4), rng.uniform(-20, 20, 6)
    e = em.electric_map(points, np.zeros(6), x, rng.uniform(5, 15, 4))
    np.testing.assert_allclose(e[:, 0], 0.0, atol=1e-3 * np.abs(e[:, 1]).max())


CX, CH, CR = np.array([[-1.12, 0.4, 1.12]]), np.array([[10.0, 10.3, 10.0]]), np.full((1, 3), 5e-3)
PX, PZ = np.array([[0.5, 5.0]]), np.array([[8.0, 1.0]])
PAIR = np.array([[3.0, 1.0]]), np.array([[0.5, -2.0]])
CASES: list[tuple[Any, Any]] = [
    (em.potential_coefficients, (CX, CH, CR)),
    (em.capacitance_matrix, (em.potential_coefficients(CX, CH, CR),)),
    (em.electric_map, (PX, PZ, CX, CH)),
    (em.magnetic_map, (PX, PZ, CX, CH)),
    (em.resultant, PAIR),
    (em.ellipse_maximum, PAIR),
    (em.surface_gradient, (np.array([1e-8]), np.array([5e-3]))),
    (lambda b, d: em.bundle_diameter(b, d, 3), (np.array([0.45]), np.array([0.03]))),
    (em.field_phasors, (np.ones((2, 2, 3)), np.ones((4, 3, 5)))),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_parity(case: int) -> None:
    function, args = CASES[case]
    exact = function(*args)
    single = function(*[a.astype(np.float32) for a in args])
    tensor = function(*[torch.tensor(a, dtype=torch.float32) for a in args])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    scale = np.abs(exact).max()
    np.testing.assert_allclose(single, exact, rtol=2e-5, atol=2e-5 * scale)
    np.testing.assert_allclose(tensor.numpy(), exact, rtol=2e-5, atol=2e-5 * scale)
