"""Char oxidation: stoichiometry, limits in series, exact burning, front, hazard; parity of the array libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import combustion as c
from gg_gym.equations.pyrolysis import modified_combustion_efficiency
from gg_gym.parameters import combustion as p
from gg_gym.physics.species import SPECIES


def arr(x: Any) -> Any:
    return np.asarray(x, dtype=np.float64)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.0))
def test_products_weigh_what_went_in(share: float) -> None:
    co, co2 = c.carbon_products(arr(share))
    assert co + co2 == pytest.approx(1.0 + c.oxygen_per_carbon(arr(share)), rel=1e-12)


def test_carbon_to_dioxide_takes_2_66_times_its_mass() -> None:
    """Worked example: 12.011 g of carbon and 31.998 g of oxygen give 44.009 g."""
    assert c.oxygen_per_carbon(arr(0.0)) == pytest.approx(2.664, rel=1e-3)
    assert c.carbon_products(arr(0.0))[1] == pytest.approx(3.664, rel=1e-3)


def test_mce_of_the_char_is_its_dioxide_share() -> None:
    co, co2 = c.carbon_products(arr(0.2))
    assert modified_combustion_efficiency(co2, co) == pytest.approx(0.8, rel=1e-3)


def test_supply_grows_with_wind_and_access() -> None:
    flux = c.oxygen_supply(arr([1e-3, 2e-3, 1e-3]), arr([0.0, 0.0, 4.0]), arr(0.5), arr(1.2), 0.232)
    assert flux == pytest.approx([1.2 * 0.232e-3, 2.4 * 0.232e-3, 2.4 * 0.232e-3])


@settings(max_examples=25, deadline=None)
@given(*[st.just(0.0) | st.floats(1e-25, 1e3)] * 2)
def test_the_slower_of_two_limits_rules(k: float, d: float) -> None:
    rate = float(c.series_rate(arr(k), arr(d)))
    assert 0.0 <= rate <= min(k, d) * (1 + 1e-12)
    assert rate >= 0.5 * min(k, d) * (1 - 1e-12)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1e3), st.floats(0.02, 3600.0))
def test_never_more_burns_than_there_is(mass: float, rate: float, h: float) -> None:
    burnt = float(c.burnt_mass(arr(mass), arr(rate), h))
    assert 0.0 <= burnt <= mass and burnt <= rate * h * (1 + 1e-9)


def test_front_has_the_volume_that_burnt() -> None:
    r = c.front_radius(arr(0.01), arr(0.065), arr(600.0))
    assert 4.0 / 3.0 * np.pi * (r**3 - 1e-6) * 600.0 == pytest.approx(0.065)
    assert c.front_radius(arr(0.01), arr(0.0), arr(600.0)) == pytest.approx(0.01)


def test_hazard_of_flame_and_its_probability() -> None:
    """Facts 3.5: 1e-4 (u / 1 m/s)^2 per second on a large front."""
    rate = c.flame_hazard(arr(1e-4), arr([1.0, 3.0, 3.0]), arr([2.0, 1.0, 0.5]))
    assert rate == pytest.approx([1e-4, 9e-4, 4.5e-4])
    whole, half = c.event_probability(rate, 600.0), c.event_probability(rate, 300.0)
    np.testing.assert_allclose(1.0 - whole, (1.0 - half) ** 2)


def test_heat_that_stays_is_none_at_the_adiabatic_temperature() -> None:
    """12 MJ/kg of oxygen, a third of it used: 1150 J/(kg.K) carry everything off at a rise of 847 K."""
    share = c.kept_heat(arr([-5.0, 0.0, 423.5, 847.0, 2000.0]), arr(12e6), 0.232, arr(0.35))
    assert share == pytest.approx([1.0, 1.0, 0.5, 0.0, 0.0], abs=2e-3)


def test_published_front_crosses_a_pole_in_an_hour() -> None:
    assert c.smoulder_time(arr(0.13), arr(0.05e-3)) == pytest.approx(2600.0)


def test_emission_tables() -> None:
    smoulder, flaming = (sum(p.shares(t, SPECIES)) for t in (p.SMOULDER, p.FLAMING))
    assert 0.9 < smoulder - 1.0 < 1.4 and 1.1 < flaming - 1.0 < 1.5  # oxygen per fuel; complete burning takes 1.4
    mce = {k: modified_combustion_efficiency(arr(t["CO2"]), arr(t["CO"])) for k, t in vars(p).items() if k in
           ("SMOULDER", "FLAMING")}  # fmt: skip
    assert 0.75 < mce["SMOULDER"] < 0.85 and 0.97 < mce["FLAMING"] < 0.99


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_parity(dtype: Any) -> None:
    x = np.linspace(0.1, 1.0, 7)
    calls = (
        lambda v: c.oxygen_per_carbon(v), lambda v: c.carbon_products(v)[0],
        lambda v: c.oxygen_supply(v, v, v, v, 0.232), lambda v: c.series_rate(v, v), lambda v: c.burnt_mass(v, v, 3.0),
        lambda v: c.front_radius(v, v, v), lambda v: c.flame_hazard(v, v, v), lambda v: c.event_probability(v, 2.0),
        lambda v: c.smoulder_time(v, v), lambda v: c.kept_heat(v, v * 100.0, 0.232, v, 1.0),
    )  # fmt: skip
    for call in calls:
        reference = call(x)
        tolerance = 1e-5 if dtype is torch.float32 else 1e-12
        np.testing.assert_allclose(call(torch.as_tensor(x, dtype=dtype)).numpy(), reference, rtol=tolerance)
        np.testing.assert_allclose(call(x.astype(np.float32)), reference, rtol=1e-5)
