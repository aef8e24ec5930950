from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import enclosure as law

U = np.random.default_rng(7).uniform(0.3, 1.0, (4, 3))
CASES: dict[str, Any] = {
    "outer_coefficient": lambda u: law.outer_coefficient(5 * u),
    "neutral_ratio": lambda u: law.neutral_ratio(7 * u, 10.0, 0.1 * u),
    "steady": lambda u: law.steady(u, 2 * u, 300 * u, 3 * u)[1],
    "change": lambda u: law.change((5 * u, -3 * u), u, 0.5 * u, (800 * u, 600 * u), 200.0)[0],
    "mean_gap": lambda u: law.mean_gap((u, 2 * u), u, 0.5 * u, (800 * u, 600 * u), 200.0)[1],
}


@pytest.mark.parametrize("name", CASES)
def test_numpy_and_torch_agree(name: str) -> None:
    function = CASES[name]
    oracle = function(U)
    single, tensor = function(U.astype(np.float32)), function(torch.tensor(U, dtype=torch.float32))
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(function(torch.tensor(U)).numpy(), oracle, rtol=1e-12)
    np.testing.assert_allclose(single, oracle, rtol=3e-4)
    np.testing.assert_allclose(tensor.numpy(), oracle, rtol=3e-4)


def test_enc_1_steady_box() -> None:
    air, loss = 293.15, np.array([10.0 * 0.1])
    shell, inside = law.steady(loss, np.array([5.0 * 0.1]), loss * air, np.array([2.0]))
    assert shell[0] - air == pytest.approx(2.0, abs=1e-6)
    assert inside[0] - air == pytest.approx(6.0, abs=1e-6)


def _numbers(*values: float) -> list[np.ndarray]:
    return [np.array([x]) for x in values]


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-50, 50), st.floats(-50, 50), st.floats(0.05, 50), st.floats(0.05, 20),
    st.sampled_from([0.02, 1.0, 60.0, 3600.0, 1e6]), st.integers(2, 7),
)  # fmt: skip
def test_step_is_exact_and_its_ledger_closes(a: Any, b: Any, loss: Any, link: Any, h: Any, count: Any) -> None:
    shell, air, g, k, cs, ci = _numbers(a, b, loss, link, 800.0, 600.0)
    once = law.change((shell, air), g, k, (cs, ci), h)
    many = [shell, air]
    for _ in range(count):
        step = law.change((many[0], many[1]), g, k, (cs, ci), h / count)
        many = [many[0] + step[0], many[1] + step[1]]
    np.testing.assert_allclose(many, [shell + once[0], air + once[1]], atol=1e-9)
    assert max(np.abs(many)).max() <= max(abs(a), abs(b)) + 1e-9
    means = law.mean_gap(once, g, k, (cs, ci), h)
    flow = -h * (g * means[0] + k * (means[0] - means[1]))
    np.testing.assert_allclose(cs * once[0], flow, rtol=1e-9, atol=1e-9)


def test_exponential_is_that_of_the_matrix() -> None:
    from scipy.linalg import expm

    g, k, cs, ci, h = 1.3, 0.5, 800.0, 600.0, 700.0
    matrix = np.array([[-(g + k) / cs, k / cs], [k / ci, -k / ci]])
    expected = (expm(matrix * h) - np.eye(2)) @ np.array([7.0, -4.0])
    x, y, loss, link, c0, c1 = _numbers(7.0, -4.0, g, k, cs, ci)
    shell, air = law.change((x, y), loss, link, (c0, c1), h)
    np.testing.assert_allclose([shell[0], air[0]], expected, rtol=1e-12)


def test_neutral_ratio_is_the_diabatic_one_in_neutral_air() -> None:
    from gg_gym.equations.wind import profile_ratio

    z0 = np.array([0.01, 0.1, 0.5])
    np.testing.assert_allclose(
        law.neutral_ratio(np.array([6.5]), 10.0, z0), profile_ratio(np.array([6.5]), 10.0, z0, 0.0 * z0), rtol=1e-12
    )
