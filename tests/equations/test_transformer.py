from typing import Any

import numpy as np
import pytest
import torch

from gg_gym.equations import transformer as law


def test_th_7_distribution_transformer() -> None:
    top_oil, winding = np.array([20.0]), np.array([0.0])
    oils, spots = [20.0], [20.0]
    for step in range(1, 10):
        load = np.array([1000.0 / 1500.0 if step < 8 else 0.0])
        target = law.top_oil_target(np.array([20.0]), law.loss_share(load, 200.0, 1000.0), 80.0, 0.8)
        top_oil = law.approach(top_oil, target, 180.0, 180.0)
        rise, over = law.winding_rise_targets(load, 1.1 * 23.0, 1.6, 1.0)
        assert over[0] == 0.0
        winding = law.approach(winding, rise, 180.0, 2.0 * 4.0)
        oils.append(top_oil[0])
        spots.append((top_oil + winding)[0])
    np.testing.assert_allclose(oils[1:4], [50.7534, 62.0670, 66.2290], atol=1e-3)
    np.testing.assert_allclose(spots[1:4], [63.9778, 75.2913, 79.4533], atol=1e-3)
    np.testing.assert_allclose(oils[8:], [49.9420, 43.0757], atol=1e-3)
    np.testing.assert_allclose(spots[8:], [49.9420, 43.0757], atol=1e-3)


def test_th_8_ageing() -> None:
    np.testing.assert_allclose(law.ageing_rate_normal(np.array([98.0, 100.0])), [1.0, 1.259921], rtol=1e-4)
    upgraded = law.ageing_rate_upgraded(np.array([100.0, 110.0, 120.0, 140.0]))
    np.testing.assert_allclose(upgraded, [0.349942, 1.0, 2.709, 17.20], rtol=3e-4)


def test_th_9_idle_transformer() -> None:
    idle = np.array([0.0])
    assert law.top_oil_target(np.array([20.0]), law.loss_share(idle, 0.0, 1000.0), 60.0, 0.8)[0] == 20.0
    rise = law.top_oil_target(idle, law.loss_share(idle, 200.0, 1000.0), 60.0, 0.8)[0]
    assert rise == pytest.approx(14.310, abs=1e-3)


def test_approach_does_not_depend_on_the_number_of_steps() -> None:
    x = np.array([20.0])
    for _ in range(60):
        x = law.approach(x, np.array([80.0]), 3.0, 180.0)
    np.testing.assert_allclose(x, law.approach(np.array([20.0]), np.array([80.0]), 180.0, 180.0), rtol=1e-12)


U = np.random.default_rng(4).uniform(0.1, 1.2, (4, 3))


@pytest.mark.parametrize(
    "function",
    [
        lambda u: law.loss_share(u, 200.0, 1000.0),
        lambda u: law.top_oil_target(30 * u, u, 60.0, 0.8),
        lambda u: law.approach(30 * u, 60 * u, 10.0, 180.0),
        lambda u: law.winding_rise_targets(u, 25.0, 1.6, 2.0)[1],
        lambda u: law.ageing_rate_normal(100 * u),
        lambda u: law.ageing_rate_upgraded(100 * u),
    ],
)
def test_numpy_and_torch_agree(function: Any) -> None:
    oracle = function(U)
    single, tensor = function(U.astype(np.float32)), function(torch.tensor(U, dtype=torch.float32))
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(function(torch.tensor(U)).numpy(), oracle, rtol=1e-12)
    np.testing.assert_allclose(single, oracle, rtol=2e-4)
    np.testing.assert_allclose(tensor.numpy(), oracle, rtol=2e-4)
