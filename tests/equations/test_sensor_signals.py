"""Spectra, microphone, lightning sensor and accelerometer: identities, worked examples, parity of both libraries."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import accelerometer, lightning_sensor, microphone, spectrum
from gg_gym.equations.signal import clipped_sine
from gg_gym.parameters.spu0410 import SPU0410

ORDERS, PHASE = np.arange(1.0, 19.0, 2.0), 2 * np.pi * np.arange(128) / 128


def a(*values: float) -> Any:
    return np.array(values, dtype=float)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=18, max_size=18))
def test_projection_undoes_synthesis(parts: list[float]) -> None:
    real, imag = np.array(parts[:9]), np.array(parts[9:])
    again = spectrum.harmonic_phasors(spectrum.periodic_wave(real, imag, ORDERS, PHASE), ORDERS, PHASE)
    np.testing.assert_allclose(again, (real, imag), atol=1e-10)
    wave = spectrum.periodic_wave(real, imag, ORDERS, PHASE)
    np.testing.assert_allclose((wave**2).mean(), (real**2 + imag**2).sum(), atol=1e-8)


def test_clipping_a_sine_gives_the_odd_harmonics_of_the_describing_function() -> None:
    wave = np.clip(spectrum.periodic_wave(a(10.0), a(0.0), a(1.0), PHASE), -5.0, 5.0)
    real, imag = spectrum.harmonic_phasors(wave, ORDERS, PHASE)
    peak = np.sqrt(2) * np.hypot(real, imag)
    for k, order in enumerate((1, 3, 5)):
        law = clipped_sine(a(10.0 * np.sqrt(2)), 5.0, order)[0]
        np.testing.assert_allclose(peak[k], abs(law), rtol=0.02, atol=0.01)


def test_worked_examples() -> None:
    np.testing.assert_allclose(spectrum.distortion(a(10.0), a(3.0, 4.0)), 0.5)
    assert 20 * np.log10(spectrum.leakage(a(0.01), a(1.0)))[0] == pytest.approx(-40.0, abs=0.01)
    np.testing.assert_allclose(spectrum.high_pass(a(7.0), a(7.0)), np.sqrt(0.5))
    np.testing.assert_allclose(spectrum.low_pass(a(4500.0), a(4500.0)), np.sqrt(0.5))
    turn = np.exp(-2j * np.pi / 3 * np.arange(3))
    zero, positive, negative = spectrum.sequence_components(turn.real, turn.imag)
    np.testing.assert_allclose((zero, positive, negative), (0.0, 1.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(spectrum.sequence_components(np.ones(3), np.zeros(3))[0], 1.0)


def test_the_port_has_the_peak_and_the_fall_of_the_part() -> None:
    frequency = np.geomspace(100, 8e4, 4000)
    gain = 10 * np.log10(
        microphone.port_response(frequency, np.full(1, SPU0410.resonance), SPU0410.quality, SPU0410.lead)
    )
    assert gain[0] == pytest.approx(0.0, abs=0.01)
    assert 6.0 < gain.max() < 10.0 and 20e3 < frequency[gain.argmax()] < 30e3
    assert gain[frequency.searchsorted(70e3)] == pytest.approx(-5.0, abs=1.0)
    # the noise of the part, 20 to 80 kHz: 36 dB
    assert 10 * np.log10(microphone.band_floor(-12.0, a(20e3), a(80e3)))[0] == pytest.approx(35.8, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(3.0, 500.0))
def test_a_mixture_is_no_more_impulsive_than_its_pulses(share: float, kurtosis: float) -> None:
    mixed = microphone.mixed_kurtosis(a(share), a(kurtosis))[0]
    assert 3.0 - 1e-9 <= mixed <= kurtosis + 1e-9


def test_pulses_levels_and_overload() -> None:
    rng = np.random.default_rng(0)
    levels = 10 * np.log10((rng.standard_normal((4000, 2 * 450)) ** 2).mean(1))
    assert levels.std() == pytest.approx(microphone.level_spread(a(50.0), a(500.0), 1.0)[0], rel=0.05)
    peaks = np.abs(rng.standard_normal((2000, 900))).max(1)
    assert 20 * np.log10(np.median(peaks)) == pytest.approx(
        microphone.gaussian_crest(a(50.0), a(500.0), 1.0)[0], abs=1.0
    )
    assert microphone.overload(a(2.0), 2.0)[0] == 0.5
    assert microphone.pulse_kurtosis(a(1e3), a(1e-3))[0] == pytest.approx(4.5)
    assert microphone.clog_loss(a(3e3), a(20.0), 3e3)[0] == pytest.approx(10.0)
    assert microphone.modulation_index(a(0.5), 0.8, 0.0)[0] == pytest.approx(0.4)
    assert microphone.phase_lock(PHASE).mean() == pytest.approx(1.0)


@settings(max_examples=25, deadline=None)
@given(st.floats(100.0, 5e4), st.floats(1.0, 10.0))
def test_efficiency_falls_with_distance_and_rejection(distance: float, watchdog: float) -> None:
    def law(d: float, w: float) -> float:
        return float(lightning_sensor.detection_efficiency(a(d), a(w), 2.0, a(1.0), 35e3)[0])

    assert law(distance * 1.5, watchdog) < law(distance, watchdog) <= 0.6
    assert law(distance, watchdog + 3.0) == pytest.approx(0.5 * law(distance, watchdog))


def test_lightning_examples() -> None:
    assert lightning_sensor.stroke_energy(a(3e4), a(1e4), 3e4)[0] == pytest.approx(3e4)
    assert lightning_sensor.stroke_energy(a(3e5), a(1e2), 3e4)[0] == 2**21 - 1
    assert lightning_sensor.dead_time_rate(a(1e9), 1.5)[0] == pytest.approx(1 / 1.5)
    # 60 dB(uV/m) at 20 m is 1 mV/m; at 2 m ten times that, by 2 m of antenna
    assert lightning_sensor.antenna_noise(a(60.0), a(2.0), a(2.0), a(0.0))[0] == pytest.approx(2e4)


def test_accelerometer_examples() -> None:
    # 22.5 ug per root hertz over 500 Hz with a noise bandwidth of 1.6: 636 ug (class value)
    assert accelerometer.band_noise(a(22.5), a(0.0), a(800.0))[0] == pytest.approx(636.4, abs=0.1)
    assert accelerometer.rms_spread(a(0.0), a(100.0), a(1.0))[0] == pytest.approx(0.05)
    assert accelerometer.in_squares(a(3.0), a(4.0))[0] == 5.0
    assert accelerometer.clipped_rms(a(2.0), a(8.0), 4.0)[0] == 1.0
    assert accelerometer.clipped_rms(a(2.0), a(3.0), 4.0)[0] == 2.0


CASES: list[tuple[Any, tuple[Any, ...], tuple[Any, ...]]] = [
    (spectrum.periodic_wave, (np.ones((2, 9)), 0.5 * np.ones((2, 9)), ORDERS, PHASE), ()),
    (spectrum.harmonic_phasors, (np.cos(PHASE)[None], ORDERS, PHASE), ()),
    (spectrum.distortion, (a(2.0, 3.0), np.ones((2, 8))), ()),
    (spectrum.leakage, (a(0.01, 0.3), a(2.0, 4.0)), ()),
    (spectrum.high_pass, (a(60.0, 180.0), a(7.0, 50.0)), ()),
    (spectrum.low_pass, (a(60.0, 1020.0), a(4500.0, 4500.0)), ()),
    (spectrum.sequence_components, (np.ones((2, 3)), np.arange(6.0).reshape(2, 3)), ()),
    (microphone.port_response, (a(1e3, 3e4), a(25e3, 25e3)), (1.5, 1.8)),
    (microphone.gaussian_crest, (a(20.0, 2e3), a(100.0, 8e3)), (1.0,)),
    (microphone.level_spread, (a(20.0, 2e3), a(100.0, 8e3)), (1.0,)),
    (microphone.overload, (a(1.0, 1e9),), (1e8,)),
    (microphone.mixed_kurtosis, (a(0.1, 0.9), a(4.0, 60.0)), ()),
    (microphone.pulse_kurtosis, (a(10.0, 120.0), a(1e-3, 2e-4)), ()),
    (microphone.modulation_index, (a(0.1, 0.9),), (0.8, 0.01)),
    (microphone.clog_loss, (a(100.0, 4e4), a(10.0, 25.0)), (3e3,)),
    (microphone.phase_lock, (PHASE,), ()),
    (lightning_sensor.stroke_energy, (a(3e4, 9e4), a(1e4, 2e3)), (3e4,)),
    (lightning_sensor.dead_time_rate, (a(0.1, 10.0),), (1.5,)),
    (lightning_sensor.antenna_noise, (a(20.0, 60.0), a(2.0, 5.0), a(2.0, 1.0), a(100.0, 120.0)), ()),
    (accelerometer.band_noise, (a(2e-5, 7e-5), a(0.2, 50.0), a(2.0, 500.0)), ()),
    (accelerometer.rms_spread, (a(0.2, 50.0), a(2.0, 500.0), a(20.0, 1.0)), ()),
    (accelerometer.in_squares, (a(1.0, 2.0), a(3.0, 4.0)), ()),
    (accelerometer.clipped_rms, (a(1.0, 2.0), a(3.0, 40.0)), (16.0,)),
]


@pytest.mark.parametrize(("law", "arrays", "rest"), CASES, ids=lambda x: getattr(x, "__name__", ""))
def test_one_law_in_both_libraries_and_precisions(law: Any, arrays: Any, rest: Any) -> None:
    def flat(x: Any) -> Any:
        return np.concatenate([np.asarray(y, float).ravel() for y in (x if isinstance(x, tuple) else (x,))])

    oracle = flat(law(*arrays, *rest))
    single = law(*(x.astype(np.float32) for x in arrays), *rest)
    tensor = law(*(torch.tensor(x, dtype=torch.float32) for x in arrays), *rest)
    first = tensor[0] if isinstance(tensor, tuple) else tensor
    assert first.dtype == torch.float32
    scale = np.abs(oracle).max() + 1e-12
    np.testing.assert_allclose(flat(single), oracle, rtol=2e-5, atol=3e-6 * scale)
    np.testing.assert_allclose(flat(tensor), oracle, rtol=2e-5, atol=3e-6 * scale)
