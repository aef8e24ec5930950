"""Laws of vibration: worked examples VIB-1 to VIB-6, limits, exactness, parity."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import vibration as eq


def a(*values: float) -> Any:
    return np.array(values, dtype=float)


def modes(length: float, foot: float, tip: float, modulus: float, density: float, mass: float, n: int = 60) -> Any:
    diameter = foot + (tip - foot) * (np.arange(n) + 0.5) / n
    section = eq.circle_section(diameter, modulus, density)
    added = np.zeros(n)
    added[-1] = mass
    return eq.beam_modes(*eq.beam_matrices(*section, added, length / n))


def test_vib1_and_vib2_vortices() -> None:
    np.testing.assert_allclose(eq.vortex_frequency(a(3.0), a(0.0281)), 21.35, atol=0.01)
    np.testing.assert_allclose(eq.vortex_frequency(a(1.0, 7.0), a(0.0101, 0.0101)), [19.8, 138.6], atol=0.05)


def test_vib3_uniform_cantilever() -> None:
    want = [1.87693, 11.7625, 32.9353]
    section = eq.circle_section(a(0.30), 12e9, 600.0)
    exact = [eq.cantilever_frequency(i, a(10.0), *section)[0] for i in range(3)]
    np.testing.assert_allclose(exact, want, rtol=1e-5)
    np.testing.assert_allclose(modes(10.0, 0.30, 0.30, 12e9, 600.0, 0.0)[0], want, rtol=1e-3)


@pytest.mark.parametrize(("mass", "want"), [(0.0, [1.7951, 8.5363, 22.0186]), (150.0, [0.8569, 6.1215, 17.8700])])
def test_vib4_tapered_pole(mass: float, want: list[float]) -> None:
    np.testing.assert_allclose(modes(10.36, 0.271, 0.170, 12.4e9, 700.0, mass)[0], want, rtol=0.005)


def test_modes_are_mass_normalised_and_converge_with_the_elements() -> None:
    n = 40
    section = eq.circle_section(np.linspace(0.27, 0.17, n), 12e9, 650.0)
    stiffness, mass = eq.beam_matrices(*section, np.zeros(n), 10.0 / n)
    frequency, shape = eq.beam_modes(stiffness, mass)
    assert shape.shape == (n, 3) and np.all(shape[-1] > 0)
    middle = 0.5 * (shape + np.vstack([np.zeros((1, 3)), shape[:-1]]))
    np.testing.assert_allclose((middle**2 * (section[1] * 10.0 / n)[:, None]).sum(0), 1.0, atol=0.01)
    first = [modes(10.0, 0.27, 0.17, 12e9, 650.0, 0.0, k)[0][0] for k in (5, 10, 20, 80)]
    errors = [abs(f - first[-1]) for f in first[:-1]]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]
    assert np.all(np.diff(frequency) > 0)


def test_vib5_shock_spectrum_of_a_half_sine() -> None:
    got = eq.half_sine_amplification(a(0.2, 0.5, 0.8, 1.0, 2.0))
    np.testing.assert_allclose(got, [0.770, 1.571, 1.768, 1.732, 1.268], rtol=1e-3)
    assert eq.half_sine_amplification(np.linspace(0.05, 5.0, 2000)).max() < 1.77


@pytest.mark.parametrize("ratio", [0.2, 0.8, 2.0])
def test_vib5_follows_from_the_oscillator_step_by_step(ratio: float) -> None:
    h, best = 2e-3, 0.0
    x, v, omega = a(0.0), a(0.0), a(2 * np.pi)
    for i in range(int((ratio + 1.0) / h)):
        t = (i + 0.5) * h
        force = np.sin(np.pi * t / ratio) * (t < ratio) * omega**2
        x, v = eq.sdof_step(x, v, force, h, omega, np.zeros(1))
        best = max(best, x[0])
    np.testing.assert_allclose(best, eq.half_sine_amplification(a(ratio))[0], rtol=0.005)


def test_vib6_step_load_doubles_the_static_deflection() -> None:
    x, _ = eq.sdof_step(a(0.0), a(0.0), a(9.0), np.pi / 3.0, a(3.0), a(0.0))
    np.testing.assert_allclose(x, 2.0, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 100.0), st.floats(0.0, 0.5), st.floats(0.01, 3600.0), st.integers(1, 40))
def test_oscillator_is_exact_for_any_step(omega: float, zeta: float, h: float, parts: int) -> None:
    args = a(omega), a(zeta)
    whole = eq.sdof_step(a(1.0), a(-0.5), a(2.0), h, *args)
    x, v = a(1.0), a(-0.5)
    for _ in range(parts):
        x, v = eq.sdof_step(x, v, a(2.0), h / parts, *args)
    np.testing.assert_allclose(x, whole[0], atol=1e-6)
    np.testing.assert_allclose(v, whole[1], atol=1e-6 * (1 + omega))


def test_undamped_oscillator_keeps_its_energy() -> None:
    x, v, omega = a(0.3), a(1.1), a(7.0)
    energy = v**2 + (omega * x) ** 2
    for _ in range(1000):
        x, v = eq.sdof_step(x, v, a(0.0), 0.37, omega, a(0.0))
    np.testing.assert_allclose(v**2 + (omega * x) ** 2, energy, rtol=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 60.0))
def test_half_sine_factor_is_that_of_the_integral(phase: float) -> None:
    t = (np.arange(20000) + 0.5) / 20000
    want = abs((np.pi / 2 * np.sin(np.pi * t) * np.exp(-1j * phase * t)).mean())
    np.testing.assert_allclose(np.abs(eq.half_sine_factor(a(phase))), want, atol=1e-4)


def test_admittance_damping_and_resonance_have_their_limits() -> None:
    pass_ = eq.admittance(a(1e-6, 1.0, 100.0), a(2.0, 2.0, 2.0), a(5.0, 5.0, 5.0))
    assert pass_[0] > 0.999 and np.all(np.diff(pass_) < 0) and pass_[2] < 0.02
    damping = eq.aerodynamic_damping(a(2.0), a(10.0), a(6.0), a(300.0))
    np.testing.assert_allclose(damping, 0.5 * 1.2 * 2.0 * 10.0 / (300.0 * 6.0))
    np.testing.assert_allclose(eq.resonant_variance(a(2.0), a(1.0), a(0.02)), 2.0 * np.pi / 0.08)


def test_resonant_variance_is_that_of_an_oscillator_in_white_noise() -> None:
    rng, h, f, zeta, density = np.random.default_rng(4), 0.02, 1.0, 0.05, 0.3
    x, v, omega = (a(y) * np.ones(400) for y in (0.0, 0.0, 2 * np.pi * f))
    seen = []
    for i in range(3000):
        force = rng.standard_normal(400) * np.sqrt(density / (2 * h))
        x, v = eq.sdof_step(x, v, force, h, omega, np.full(400, zeta))
        if i > 1000:
            seen.append((omega**2 * x).var())
    want = eq.resonant_variance(a(density), a(f), a(zeta))[0]
    np.testing.assert_allclose(np.mean(seen), want, rtol=0.05)


def test_kurtosis_of_random_blows() -> None:
    rng, rate, decay, h, n = np.random.default_rng(2), 3.0, 0.05, 0.002, 1_500_000
    keep = np.exp(-h / decay)
    hits = (rng.uniform(size=n) < rate * h) * np.exp(2j * np.pi * rng.uniform(size=n))
    kernel = keep ** np.arange(400)
    path = np.fft.ifft(np.fft.fft(hits) * np.fft.fft(kernel, n))
    x = (path * np.exp(2j * np.pi * rng.uniform(size=n))).real
    got = (x**4).mean() / (x**2).mean() ** 2
    np.testing.assert_allclose(got, eq.shot_kurtosis(a(rate), a(decay)), rtol=0.05)


CASES: list[tuple[Any, Any]] = [
    (eq.vortex_frequency, (a(3.0), a(0.01))),
    (lambda *x: eq.cantilever_frequency(1, *x), (a(10.0), a(4e6), a(30.0))),
    (lambda d: eq.circle_section(d, 12e9, 600.0)[0], (a(0.3),)),
    (lambda k, m, t: eq.beam_matrices(k, m, t, 0.5)[1], (a(4e6, 3e6), a(30.0, 25.0), a(0.0, 100.0))),
    (lambda k, m, t: eq.beam_modes(*eq.beam_matrices(k, m, t, 5.0), 2)[0], (a(4e6, 3e6), a(30.0, 25.0), a(0.0, 90.0))),
    (lambda x, v, f, w, d: eq.sdof_step(x, v, f, 0.3, w, d)[0], (a(0.1), a(0.2), a(1.0), a(6.0), a(0.03))),
    (lambda x, v, f, w, d: eq.sdof_step(x, v, f, 0.3, w, d)[1], (a(0.1), a(0.2), a(1.0), a(6.0), a(0.03))),
    (eq.half_sine_factor, (a(0.3, 9.0),)),
    (eq.half_sine_amplification, (a(0.2, 0.8, 2.0),)),
    (eq.aerodynamic_damping, (a(2.0), a(9.0), a(6.0), a(300.0))),
    (eq.admittance, (a(1.0), a(2.0), a(5.0))),
    (eq.resonant_variance, (a(1.0), a(2.0), a(0.03))),
    (eq.shot_kurtosis, (a(2.0), a(0.03))),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_parity(case: int) -> None:
    function, args = CASES[case]
    exact = function(*args)
    single = function(*[x.astype(np.float32) for x in args])
    tensor = function(*[torch.tensor(x, dtype=torch.float32) for x in args])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(single, exact, rtol=2e-4)
    np.testing.assert_allclose(tensor.numpy(), exact, rtol=2e-4)
