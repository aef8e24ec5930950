"""Wind with height and stability: published cases ATM-8 to 12 and Pasquill's table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import wind as w


def arr(x: Any) -> Any:
    return np.asarray(x, dtype=np.float64)


def test_atm_8_log_law() -> None:
    ratio = w.profile_ratio(arr(100.0), 10.0, arr(0.15), arr(0.0))
    assert arr([5.0, 6.5]) * ratio == pytest.approx([7.74136523, 10.0637748], rel=1e-6)


def test_atm_9_11_power_law() -> None:
    exponent = arr(1.0 / np.log(100.0 / 0.15))
    assert w.power_law(arr(5.0), arr(100.0), 10.0, exponent) == pytest.approx(7.12462437, rel=1e-6)
    u = w.power_law(arr(3.0), arr(10.0), 1.0, arr(w.POWER_LAW))
    assert u == pytest.approx([3.84699, 3.88259, 3.95477, 4.16027, 4.78764, 5.37182], rel=1e-5)


def test_atm_10_obukhov_length() -> None:
    inverse = w.inverse_obukhov(arr([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), np.full(6, 1.2))
    assert inverse[3] == 0.0
    assert 1.0 / inverse[[0, 1, 2, 4, 5]] == pytest.approx(
        [-11.60975, -26.81848, -129.91506, 129.91506, 26.81848], rel=1e-5
    )


def test_atm_12_diabatic_profile() -> None:
    inverse = arr([-1 / 10, -1 / 50, 0.0, 1 / 50, 1 / 20])
    ratio = w.profile_ratio(arr(8.0), 10.0, np.full(5, 0.03), inverse)
    assert ratio == pytest.approx([0.97602, 0.97025, 0.96159, 0.93783, 0.91289], abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(z0=st.floats(0.005, 0.3), inverse=st.floats(-0.1, 0.1))
def test_wind_grows_with_height_and_is_one_at_the_reference(z0: Any, inverse: Any) -> None:
    ratio = w.profile_ratio(arr([0.5, 2.0, 5.0, 10.0, 30.0]), 10.0, arr([z0]), arr([inverse]))
    assert (np.diff(ratio) > 0.0).all()
    assert ratio[3] == pytest.approx(1.0)


def test_profile_broadcasts_points_over_rows() -> None:
    ratio = w.profile_ratio(arr([[2.0, 8.0]]), 10.0, arr([[0.03], [0.5], [0.1]]), arr([[0.0], [0.01], [-0.1]]))
    assert ratio.shape == (3, 2)


def test_friction_velocity_is_the_log_law() -> None:
    assert w.friction_velocity(arr(5.0), 10.0, arr(0.1), arr(0.0)) == pytest.approx(0.4 * 5.0 / np.log(100.0))


@pytest.mark.parametrize(
    ("speed", "ghi", "cloud", "stability"),
    [
        (1.0, 800.0, 0.1, 0.0),  # A
        (2.5, 500.0, 0.1, 1.0),  # B
        (4.0, 100.0, 0.3, 2.0),  # C
        (5.5, 500.0, 0.3, 2.5),  # C-D
        (7.0, 800.0, 0.1, 2.0),  # C
        (7.0, 0.0, 0.1, 3.0),  # D
        (2.5, 0.0, 0.6, 4.0),  # E
        (2.5, 0.0, 0.2, 5.0),  # F
        (4.0, 0.0, 0.2, 4.0),  # E
        (1.0, 200.0, 1.0, 3.0),  # overcast
    ],
)
def test_pasquill_table(speed: Any, ghi: Any, cloud: Any, stability: Any) -> None:
    assert w.pasquill_class(arr([speed]), arr([ghi]), arr([cloud])) == stability


def test_parity_with_torch() -> None:
    rng = np.random.default_rng(1)
    speed, ghi, cloud = rng.uniform(0, 8, 50), rng.uniform(-300, 900, 50), rng.uniform(0, 1, 50)
    ours = w.pasquill_class(speed, ghi, cloud)
    theirs = w.pasquill_class(*(torch.as_tensor(x) for x in (speed, ghi, cloud)))
    np.testing.assert_array_equal(theirs.numpy(), ours)
    z0 = rng.uniform(0.01, 0.5, 50)
    inverse = w.inverse_obukhov(ours, z0)
    np.testing.assert_allclose(w.inverse_obukhov(theirs, torch.as_tensor(z0)).numpy(), inverse, rtol=1e-12)
    height, rough, inv = (torch.as_tensor(x) for x in (np.full(50, 5.0), z0, inverse))
    both = w.profile_ratio(height, 10.0, rough, inv)
    np.testing.assert_allclose(both.numpy(), w.profile_ratio(np.full(50, 5.0), 10.0, z0, inverse), rtol=1e-12)
