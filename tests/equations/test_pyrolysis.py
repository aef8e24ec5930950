from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import pyrolysis as law
from gg_gym.parameters.pyrolysis import DI_BLASI_BRANCA, PINE, PM_SHARES, STEP_GAS, release_matrix

FACTOR, ENERGY = 10.0 ** np.array(PINE.log_factor), np.array(PINE.energy)


def heat_up(temperature: np.ndarray, dt: float) -> np.ndarray:
    """Mass left along a temperature programme (steps,) [K], one reactive kilogram."""
    mass, left = np.array([1.0, 0, 0, 0, 0, 0]), []
    for t in temperature:
        decay = law.arrhenius(np.array([t]), FACTOR, ENERGY) * dt
        mass, _ = law.sequential_decay(mass, decay, PINE.solid_yield)
        left.append(mass.sum())
    return np.array(left)


def linear_heating(rate: float) -> tuple[np.ndarray, np.ndarray]:
    step = 0.1
    temperature = np.arange(400.0, 873.2, step)
    return temperature, heat_up(temperature, step / (rate / 60.0))


def test_pyr_1_linear_heating_at_10_kelvin_a_minute() -> None:
    temperature, left = linear_heating(10.0)
    rate = -np.gradient(left, temperature)
    assert temperature[rate.argmax()] - 273.15 == pytest.approx(365.7, abs=1.0)
    assert 361.0 < temperature[rate.argmax()] - 273.15 < 383.0
    assert rate.max() == pytest.approx(9.64e-3, rel=0.02)
    assert left[-1] == pytest.approx(0.178, rel=0.02)


@pytest.mark.parametrize(("rate", "peak"), [(5.0, 353.4), (20.0, 378.4)])
def test_pyr_2_other_heating_rates(rate: Any, peak: Any) -> None:
    temperature, left = linear_heating(rate)
    assert temperature[np.gradient(left, temperature).argmin()] - 273.15 == pytest.approx(peak, abs=1.0)


@pytest.mark.parametrize(
    ("celsius", "ten", "hour"), [(200, 0.0291, 0.0835), (250, 0.0995, 0.209), (300, 0.288, 0.517), (350, 0.688, 0.815)]
)
def test_pyr_3_isothermal_loss(celsius: Any, ten: Any, hour: Any) -> None:
    left = heat_up(np.full(3600, celsius + 273.15), 1.0)
    assert 1.0 - left[599] == pytest.approx(ten, rel=0.01)
    assert 1.0 - left[3599] == pytest.approx(hour, rel=0.01)


def test_pyr_4_di_blasi_branca_split() -> None:
    total, share = law.competing_split(np.array([573.15]), DI_BLASI_BRANCA)
    assert total[0] == pytest.approx(6.205e-4, rel=5e-3)
    np.testing.assert_allclose(share[0], [0.086, 0.566, 0.348], atol=1e-3)


@pytest.mark.parametrize(
    ("factor", "energy", "peak"),
    [(2.83e19, 242.4e3, 320.9), (1e13, 183.3e3, 363.3), (1e18, 238e3, 351.2), (10**17.9, 228e3, 328.4)],
)
def test_pyr_5_kissinger_peaks(factor: Any, energy: Any, peak: Any) -> None:
    assert law.kissinger_peak(np.array([10.0 / 60.0]), factor, energy)[0] - 273.15 == pytest.approx(peak, abs=0.2)


def test_pyr_10_combustion_efficiency() -> None:
    assert law.modified_combustion_efficiency(np.array([1647.0]), np.array([88.0]))[0] == pytest.approx(
        0.9226, abs=1e-3
    )


def test_char_yield_of_pine() -> None:
    assert law.char_yield(PINE.solid_yield) == pytest.approx(0.151, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 5.0), min_size=6, max_size=6), st.lists(st.floats(0.0, 50.0), min_size=5, max_size=5))
def test_pyr_7_mass_closes(masses: Any, decay: Any) -> None:
    mass = np.array([masses])
    after, reacted = law.sequential_decay(mass, np.array([decay]), PINE.solid_yield)
    gas = (reacted * (1.0 - np.array(PINE.solid_yield))).sum()
    assert after.sum() + gas == pytest.approx(mass.sum(), rel=1e-12, abs=1e-15)
    assert (after >= 0.0).all() and (reacted >= 0.0).all()


def test_every_step_of_gas_is_whole() -> None:
    for gas in STEP_GAS:
        assert sum(gas.values()) == pytest.approx(1.0, abs=1e-12)
    assert sum(PM_SHARES.values()) == pytest.approx(1.0)
    with_all = release_matrix(
        tuple(dict.fromkeys(name for gas in STEP_GAS for name in gas if name not in ("LVG", "LTAR")))
    )
    np.testing.assert_allclose(with_all.sum(axis=1), 1.0)


def test_first_gas_is_the_low_temperature_gas() -> None:
    assert STEP_GAS[0]["CO2"] + STEP_GAS[0]["H2O"] + STEP_GAS[0]["CO"] > 0.7
    assert max(STEP_GAS[2], key=lambda name: STEP_GAS[2][name]) == "LVG"
    assert all(STEP_GAS[1]["HOAc"] > gas.get("HOAc", 0.0) for gas in (STEP_GAS[0], *STEP_GAS[2:]))


RNG = np.random.default_rng(1)
T, MASS, DECAY = RNG.uniform(450, 900, (4, 5)), RNG.uniform(0, 1, (4, 6)), RNG.uniform(0, 3, (4, 5))
CASES: list[tuple[str, Any, tuple[np.ndarray, ...]]] = [
    ("arrhenius", lambda t: law.arrhenius(t, 1e8, 1e5), (T,)),
    ("sequential_decay", lambda m, d: law.sequential_decay(m, d, PINE.solid_yield)[0], (MASS, DECAY)),
    ("sequential_reacted", lambda m, d: law.sequential_decay(m, d, PINE.solid_yield)[1], (MASS, DECAY)),
    ("kissinger_peak", lambda b: law.kissinger_peak(b, 1e13, 183.3e3), (MASS + 0.01,)),
    ("competing_split", lambda t: law.competing_split(t, DI_BLASI_BRANCA)[1], (T,)),
    ("modified_combustion_efficiency", law.modified_combustion_efficiency, (T, T[::-1].copy())),
]


@pytest.mark.parametrize(("name", "function", "arguments"), CASES, ids=[case[0] for case in CASES])
def test_numpy_and_torch_agree(name: Any, function: Any, arguments: Any) -> None:
    oracle = function(*arguments)
    single = function(*[a.astype(np.float32) for a in arguments])
    tensor = function(*[torch.tensor(a, dtype=torch.float32) for a in arguments])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(function(*[torch.tensor(a) for a in arguments]).numpy(), oracle, rtol=1e-12)
    for other in (single, tensor.numpy()):
        np.testing.assert_allclose(other, oracle, rtol=2e-4, atol=1e-6)
