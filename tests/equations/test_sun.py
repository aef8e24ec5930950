"""The sun and the clear sky: published cases SOL-1, 5 and 6."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import torch

from gg_gym.equations import atmosphere, sun

PLACE = (39.742, -105.18)


def days(year: int, month: int, day: int, hour: int) -> np.ndarray:
    elapsed = datetime(year, month, day, hour, tzinfo=UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)
    return np.array(elapsed.total_seconds() / 86400.0)


def test_sol_1_haurwitz() -> None:
    up = np.sin(np.deg2rad([-5.0, 0.0, 5.0, 10.0, 30.0, 50.0, 90.0]))
    expected = [0.0, 0.0, 48.62987, 135.74175, 487.89413, 778.76669, 1035.09203]
    assert sun.haurwitz(up) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("stamp", "zenith", "azimuth"),
    [((2025, 6, 21, 19), 16.315, 177.84), ((2025, 12, 21, 19), 63.183, 180.24), ((2025, 3, 20, 16), 58.293, 120.71)],
)
def test_sol_5_place_of_the_sun(stamp: Any, zenith: Any, azimuth: Any) -> None:
    z, a = sun.sun_angles(days(*stamp), *PLACE)
    assert np.rad2deg(z) == pytest.approx(zenith, abs=0.03)
    assert np.rad2deg(a) == pytest.approx(azimuth, abs=0.05)


@pytest.mark.parametrize(
    ("stamp", "day", "expected"),
    [((2025, 6, 21, 19), 172.0, (1085.7, 988.2, 137.3)), ((2025, 12, 21, 19), 355.0, (479.6, 892.9, 76.4))],
)
def test_sol_6_ineichen(stamp: Any, day: Any, expected: Any) -> None:
    up = np.cos(sun.sun_angles(days(*stamp), *PLACE)[0])
    ratio = float(atmosphere.standard_pressure(np.array(1830.0))) / 101325.0
    clear = sun.ineichen(up, sun.air_mass(up, ratio), sun.extraterrestrial(np.array(day)), 3.0, 1830.0)
    assert [float(x) for x in clear] == pytest.approx(expected, rel=5e-3)


def test_erbs_is_a_share_and_falls_with_clearness() -> None:
    share = sun.erbs_diffuse(np.linspace(0.0, 1.0, 101))
    assert ((share > 0.0) & (share <= 1.0)).all()
    assert share[0] == 1.0 and share[-1] == 0.165


def test_parity_with_torch() -> None:
    t = np.linspace(9000.0, 9365.0, 50)
    up, tup = (
        np.cos(sun.sun_angles(x, *PLACE)[0]) if isinstance(x, np.ndarray) else torch.cos(sun.sun_angles(x, *PLACE)[0])
        for x in (t, torch.as_tensor(t))
    )
    np.testing.assert_allclose(tup.numpy(), up, atol=1e-10)
    np.testing.assert_allclose(sun.haurwitz(tup).numpy(), sun.haurwitz(up), atol=1e-6)
    ours, theirs = (sun.ineichen(x, sun.air_mass(x), 1361.0 + 0.0 * x, 3.0, 200.0)[1] for x in (up, tup))
    np.testing.assert_allclose(theirs.numpy(), ours, atol=1e-6)
    np.testing.assert_allclose(
        sun.erbs_diffuse(torch.as_tensor(np.abs(up))).numpy(), sun.erbs_diffuse(np.abs(up)), rtol=1e-12
    )
