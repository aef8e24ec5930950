from typing import Any

import numpy as np
import pytest
import torch

from gg_gym.equations import wood

T, H = np.array([21.1] * 4), np.array([0.30, 0.50, 0.65, 0.80])


def test_pyr_8_equilibrium_moisture() -> None:
    np.testing.assert_allclose(100.0 * wood.equilibrium_moisture(T, H), [6.17, 9.24, 11.96, 15.99], atol=0.1)


def test_moisture_rises_with_humidity_and_falls_with_temperature() -> None:
    humidity = np.linspace(0.05, 0.95, 19)
    cold, warm = (wood.equilibrium_moisture(np.full(19, t), humidity) for t in (5.0, 40.0))
    assert (np.diff(cold) > 0).all() and (warm < cold).all()


def test_resistivity_covers_the_recalled_ranges() -> None:
    low, middle, high = wood.resistivity(np.array([0.075, 0.16, 0.28]))
    assert 1e8 <= low <= 1e10 and 1e5 <= middle <= 1e6 and 1e3 <= high <= 1e4


@pytest.mark.parametrize("function", [lambda t, h: wood.equilibrium_moisture(t, h), lambda t, h: wood.resistivity(h)])
def test_numpy_and_torch_agree(function: Any) -> None:
    oracle = function(T, H)
    np.testing.assert_allclose(function(torch.tensor(T), torch.tensor(H)).numpy(), oracle, rtol=1e-12)
    single = function(T.astype(np.float32), H.astype(np.float32))
    tensor = function(torch.tensor(T, dtype=torch.float32), torch.tensor(H, dtype=torch.float32))
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(single, oracle, rtol=1e-4)
    np.testing.assert_allclose(tensor.numpy(), oracle, rtol=1e-4)
